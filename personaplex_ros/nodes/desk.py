# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the conversation can be asked: interrupt, set_persona, list_personas."""

from collections.abc import Callable
import time

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from std_srvs.srv import Trigger

from personaplex_ros.backends.base import BackendError
from personaplex_ros.conversation.personas import PersonaBook
from personaplex_ros.conversation.personas import PersonaError
from personaplex_ros.conversation.runner import ConversationRunner
from personaplex_ros.srv import ListPersonas
from personaplex_ros.srv import SetPersona


class Desk:
    """The services of one conversation; they answer while the engine is away too."""

    def __init__(
        self,
        node: Node,
        runner: ConversationRunner,
        book: PersonaBook,
        voices: Callable[[], list[str]],
    ) -> None:
        self._node = node
        self._runner = runner
        self._book = book
        self._voices = voices
        quick = MutuallyExclusiveCallbackGroup()
        slow = MutuallyExclusiveCallbackGroup()  # waits for the engine, so on its own
        serve = node.create_service
        self._services = [
            serve(Trigger, 'interrupt', self._interrupt, callback_group=quick),
            serve(ListPersonas, 'list_personas', self._list_personas, callback_group=quick),
            serve(SetPersona, 'set_persona', self._set_persona, callback_group=slow),
        ]

    def close(self) -> None:
        """Serve no more."""
        for service in self._services:
            self._node.destroy_service(service)

    def _interrupt(self, request: Trigger.Request, response: Trigger.Response):
        try:
            response.message = f'silent; epoch {self._runner.interrupt()}'
            response.success = True
        except BackendError as error:
            response.success, response.message = False, str(error)
        return response

    def _list_personas(self, request: ListPersonas.Request, response: ListPersonas.Response):
        response.names = self._book.names
        response.voices = self._voices()
        response.active = self._runner.persona.name
        return response

    def _set_persona(self, request: SetPersona.Request, response: SetPersona.Response):
        begun_s = time.monotonic()
        try:
            persona = self._book.resolve(
                request.name, request.text_prompt, request.voice, self._runner.persona.role
            )
            self._check_voice(persona.role.voice)
            in_place = self._runner.set_persona(persona) is not None
        except (PersonaError, BackendError) as error:
            response.success, response.message = False, str(error)
            return response
        response.success = True
        response.ready_ms = (time.monotonic() - begun_s) * 1000
        response.message = f'{persona.name} speaks with voice {persona.role.voice}'
        if not in_place:
            response.message = f'the engine is away; {persona.name} speaks when it is back'
        return response

    def _check_voice(self, voice: str) -> None:
        """Refuse a voice the engine does not have without asking it."""
        voices = self._voices()
        if voices and voice not in voices:
            known = ', '.join(voices)
            raise PersonaError(f'voice {voice!r} is not among the voices of the engine ({known})')
