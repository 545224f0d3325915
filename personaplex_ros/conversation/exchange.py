# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Frames go to the engine, answers come back: nothing waits for long, everything is counted."""

import asyncio
import time

import numpy as np

from personaplex_ros.audio.format import FRAME_S
from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from personaplex_ros.audio.live_queue import LiveQueue
from personaplex_ros.backends.base import AgentFrame
from personaplex_ros.conversation.agent_speech import AgentSpeech
from personaplex_ros.conversation.ledger import Ledger
from personaplex_ros.conversation.link import Link
from personaplex_ros.conversation.microphone import Microphone
from personaplex_ros.conversation.passage import HeardFrame
from personaplex_ros.conversation.passage import Passage
from personaplex_ros.conversation.settings import ConversationSettings
from personaplex_ros.conversation.standing import Standing

_SILENCE = np.zeros(SAMPLES_PER_FRAME, np.int16)


class Exchange:
    """Goes on over one connection after the other. Used on the conversation's loop alone."""

    def __init__(self, settings: ConversationSettings, standing: Standing) -> None:
        self._standing = standing
        self._may_owe = settings.max_frames_in_flight
        self._waiting: LiveQueue[HeardFrame] = LiveQueue(settings.max_frames_waiting)
        self._wake = asyncio.Event()
        self._answer = asyncio.Event()
        self._last_out_s: float | None = None
        self._microphone = Microphone(settings.listen_on_s)
        self._speech = AgentSpeech(settings.utterance_pause_frames)
        self.ledger = Ledger()
        self.is_open = False
        """Whether frames are taken."""

    def open(self) -> None:
        """Take frames, and count them from zero."""
        self.ledger = Ledger()
        self._last_out_s = None
        self._speech.end()
        self._microphone.begin(time.monotonic())
        self.is_open = True

    def close(self) -> None:
        """Take no more; those that were taken are still to be answered."""
        self.is_open = False

    def hear(self, frames: list[HeardFrame], link: Link | None) -> None:
        """Take frames that are complete; without an engine they are lost."""
        if not self.is_open or not frames:
            return
        now_s = time.monotonic()
        self._microphone.heard(now_s, len(frames))
        self.ledger.frames_in += len(frames)
        for frame in frames:
            if self._speech.is_open and self._microphone.is_late(now_s):
                self.ledger.frames_dropped += 1
            else:
                self.ledger.frames_dropped += self._waiting.push(frame)
        if link is None:
            self.ledger.frames_dropped += self._waiting.clear()
        self._wake.set()

    def lacks_microphone(self, now_s: float) -> bool:
        """Whether nothing is heard, as far as the clock tells."""
        return not self._microphone.is_there(now_s)

    def is_under_way(self, now_s: float) -> bool:
        """Whether the agent is speaking, or may still answer what it heard last."""
        return self._speech.is_open or self._microphone.wants_answer(now_s)

    async def fill_in(self, link: Link) -> None:
        """Send a frame of silence that nobody heard, unless the engine has enough to do."""
        if not self.is_open or self._waiting or link.in_flight >= self._most_owed(link):
            return
        now_s = time.monotonic()
        self._microphone.filled(now_s)
        self.ledger.frames_filled += 1
        await link.send(_SILENCE, Passage(now_s - FRAME_S, now_s, is_filled_in=True))

    async def pump(self, link: Link) -> None:
        """Send what was heard, never more than the engine may owe us answers for."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            most_owed = self._most_owed(link)
            while self._waiting and link.in_flight < most_owed:
                if link.pace.is_slow:  # the newest alone: it cannot answer them all
                    self.ledger.frames_dropped += self._waiting.keep_newest()
                await link.send(*self._waiting.pop())

    def _most_owed(self, link: Link) -> int:
        return 1 if link.pace.is_slow else self._may_owe

    def answered(self, link: Link, frame: AgentFrame) -> None:
        """Pass an answer on to the listener and note what it took."""
        self._wake.set()
        passage, lost = link.answered(frame.report)
        self.ledger.frames_dropped += lost
        if passage is None:
            return
        silenced = link.silenced or frame.report.held
        self._standing.listener.on_frame(frame, self._standing.epoch, silenced, passage)
        if silenced:
            self._speech.end()
        else:
            self._speech.answered(frame.piece, frame.pcm)
        if frame.piece:
            link.says.goes_on()
        now_s = time.monotonic()
        self.ledger.frames_out += not passage.is_filled_in
        self.ledger.model_ms.add(frame.report.model_ms)
        self.ledger.overhead_ms.add((now_s - passage.complete_s) * 1000 - frame.report.model_ms)
        if self._last_out_s is not None:
            self.ledger.frame_interval_ms.add((now_s - self._last_out_s) * 1000)
        self._last_out_s = now_s
        self._answer.set()

    def unanswered(self, link: Link, before: int) -> None:
        """Wait no more for the answers to frames before this number."""
        self.ledger.frames_dropped += link.give_up(before)
        self._wake.set()

    async def drain(self, at_most_s: float) -> None:
        """Wait until everything that was heard is answered."""
        give_up_s = time.monotonic() + at_most_s
        while self.ledger.frames_in_flight and time.monotonic() < give_up_s:
            self._answer.clear()
            try:
                await asyncio.wait_for(self._answer.wait(), give_up_s - time.monotonic())
            except asyncio.TimeoutError:
                break

    def drop(self, link: Link | None) -> None:
        """Count every frame that will get no answer any more, here and in the engine."""
        self.ledger.frames_dropped += self._waiting.clear()
        if link is not None:
            self.ledger.frames_dropped += link.disown()

    def lost(self, link: Link) -> None:
        """Give up what this connection owed; the next answer has none before it."""
        self.drop(link)
        self._speech.end()
        self._last_out_s = None
