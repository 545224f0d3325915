# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The slow mind at work: what is heard goes in on any thread, answers come out on its own."""

from collections.abc import Callable
import concurrent.futures
import threading
from typing import Protocol

from personaplex_ros.backends.base import BackendError
from personaplex_ros.backends.chat_endpoint import ChatEndpoint
from personaplex_ros.conversation.loop_thread import LoopThread
from personaplex_ros.nodes.background_settings import BackgroundSettings
from personaplex_ros.tools.catalogue import Catalogue
from personaplex_ros.tools.mind.chat import Answer
from personaplex_ros.tools.mind.chat import AnswerError
from personaplex_ros.tools.mind.chat import callable_tools
from personaplex_ros.tools.mind.chat import chat_request
from personaplex_ros.tools.mind.chat import read_answer
from personaplex_ros.tools.mind.talk import RollingTalk
from personaplex_ros.tools.mind.thinker import Thinker
from personaplex_ros.tools.mind.thinker import Trouble

CLOSE_S = 2.0
"""How long a connection may take to close."""


class MindListener(Protocol):
    """What a mind tells; called on its thread, where nothing may wait."""

    def on_answer(self, answer: Answer) -> None:
        """It wants something done or said."""

    def on_trouble(self, why: str) -> None:
        """A request failed; the next one waits longer."""

    def on_busy(self, is_busy: bool) -> None:
        """It begins or ends to think about a user's words."""


class Mind:
    """Lives from activation to deactivation. Nothing queues: a talk and one wish to think."""

    def __init__(
        self,
        settings: BackgroundSettings,
        endpoint: ChatEndpoint,
        catalogue: Callable[[], Catalogue],
        listener: MindListener,
    ) -> None:
        """catalogue: returns the tools as they are now."""
        self._settings = settings
        self._endpoint = endpoint
        self._catalogue = catalogue
        self._lock = threading.Lock()
        self._talk = RollingTalk(settings.talk_chars)
        self._is_woken = False
        self._by_user = False
        self.requests = 0
        self._loop = LoopThread('background')
        self._thinker = Thinker(
            settings.thinking,
            self._ask,
            listener.on_answer,
            listener.on_trouble,
            listener.on_busy,
        )

    @property
    def failures(self) -> int:
        """Requests that failed since the last good one."""
        return self._thinker.failures

    def hear(self, speaker: str, text: str) -> None:
        """Take a line: of the user, of the robot, or about tools. Never waits."""
        with self._lock:
            if not self._talk.add(speaker, text) or speaker == 'tools':
                return
            self._by_user = self._by_user or speaker == 'user'
            is_awake, self._is_woken = self._is_woken, True
        if not is_awake:
            self._loop.post(self._wake)

    def stop(self) -> None:
        """End the thought under way, hang up, and wait for it."""
        closing = self._loop.submit(self._close())
        concurrent.futures.wait((closing,), CLOSE_S)
        self._loop.stop()

    def _wake(self) -> None:
        with self._lock:
            by_user, self._by_user, self._is_woken = self._by_user, False, False
        self._thinker.words_came(by_user)

    async def _ask(self) -> Answer:
        with self._lock:
            talk = self._talk.text()
        settings, tools = self._settings, callable_tools(self._catalogue())
        body = chat_request(settings.model, settings.about, talk, tools, settings.max_tokens)
        self.requests += 1
        try:
            return read_answer(await self._endpoint.ask(body))
        except (BackendError, AnswerError) as error:
            raise Trouble(str(error)) from None

    async def _close(self) -> None:
        await self._thinker.stop()
        await self._endpoint.close()
