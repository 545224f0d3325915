# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the conversation can be asked: interrupt, hold_words, set_persona, list_personas."""

import time

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from std_srvs.srv import SetBool
from std_srvs.srv import Trigger

from personaplex_ros.backends.base import BackendError
from personaplex_ros.conversation.personas import Persona
from personaplex_ros.conversation.personas import PersonaBook
from personaplex_ros.conversation.personas import PersonaError
from personaplex_ros.conversation.runner import ConversationRunner
from personaplex_ros.srv import ListPersonas
from personaplex_ros.srv import SetPersona
from personaplex_ros.wire.limits import MAX_HOLD_TEXT_MS

NOT_CONFIGURED = 'the node is not configured: configure and activate it first'


class Desk:
    """The services of a node; they answer whatever state node and engine are in."""

    def __init__(self, node: Node) -> None:
        self._served: tuple[ConversationRunner, PersonaBook] | None = None
        self.voices: list[str] = []
        quick = MutuallyExclusiveCallbackGroup()
        slow = MutuallyExclusiveCallbackGroup()  # waits for the engine, so on its own
        serve = node.create_service
        self._services = [
            serve(Trigger, 'interrupt', self._interrupt, callback_group=quick),
            serve(ListPersonas, 'list_personas', self._list_personas, callback_group=quick),
            serve(SetBool, 'hold_words', self._hold_words, callback_group=quick),
            serve(SetPersona, 'set_persona', self._set_persona, callback_group=slow),
        ]

    def open(self, runner: ConversationRunner, book: PersonaBook) -> None:
        """Serve this conversation."""
        self._served = (runner, book)

    def close(self) -> None:
        """Serve none; requests are told so."""
        self._served = None

    def _interrupt(self, request: Trigger.Request, response: Trigger.Response):
        served = self._served
        if served is None:
            response.message = NOT_CONFIGURED
            return response
        try:
            response.message = f'silent; epoch {served[0].interrupt()}'
            response.success = True
        except BackendError as error:
            response.message = str(error)
        return response

    def _hold_words(self, request: SetBool.Request, response: SetBool.Response):
        served = self._served
        if served is None:
            response.message = NOT_CONFIGURED
            return response
        try:
            served[0].hold_words(request.data)
        except BackendError as error:
            response.message = str(error)
            return response
        response.success = True
        most_s = MAX_HOLD_TEXT_MS // 1_000
        response.message = f'held, for {most_s} s at most' if request.data else 'free'
        return response

    def _list_personas(self, request: ListPersonas.Request, response: ListPersonas.Response):
        served = self._served
        if served is not None:
            runner, book = served
            response.names = book.names
            response.voices = self.voices
            response.active = runner.persona.name
        return response

    def _set_persona(self, request: SetPersona.Request, response: SetPersona.Response):
        served = self._served
        if served is None:
            response.message = NOT_CONFIGURED
            return response
        begun_s = time.monotonic()
        runner, book = served
        try:
            persona = self._requested(request, runner, book)
            in_place = runner.set_persona(persona, request.keep_memory) is not None
        except (PersonaError, BackendError) as error:
            response.message = str(error)
            return response
        response.success = True
        response.ready_ms = (time.monotonic() - begun_s) * 1000
        response.message = f'{persona.name} speaks with voice {persona.role.voice}'
        if not in_place:
            response.message = f'the engine is away; {persona.name} speaks when it is back'
        return response

    def _requested(
        self, request: SetPersona.Request, runner: ConversationRunner, book: PersonaBook
    ) -> Persona:
        """Return who is meant; a voice the engine does not have is refused without asking it."""
        persona = book.resolve(request.name, request.text_prompt, request.voice, runner.persona)
        if self.voices and persona.role.voice not in self.voices:
            known = ', '.join(self.voices)
            raise PersonaError(f'voice {persona.role.voice!r} is not in the engine (have {known})')
        return persona
