# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A model that repeats what it hears: the API of model/personaplex.py, without weights."""

from dataclasses import dataclass
from dataclasses import field
import threading
import time

import numpy as np

from personaplex_ros.model.hold import HoldSettings
from personaplex_ros.model.persona_cache import PersonaCache
from personaplex_ros.model.prompt import Prompt
from personaplex_ros.model.prompt import PromptReport
from personaplex_ros.model.prompt import PromptTooLong
from personaplex_ros.model.prompt import UnknownVoice
from personaplex_ros.model.sampling import Sampling
from personaplex_ros.model.session import FrameOutput
from personaplex_ros.model.session_events import PersonaTaken
from personaplex_ros.model.session_events import Released
from personaplex_ros.model.session_events import SessionEvent

VOICES = ('NATF0', 'NATF2', 'NATM1')
MAX_TEXT_CHARS = 3_000
PIECE_EVERY = 3


@dataclass
class FakeModel:
    """Deterministic stand-in whose time and failures a test decides."""

    step_s: float = 0.0
    fail_at_step: int = -1
    """Raise in this step of every session but those that check the model."""

    broken: bool = False
    """Every step fails."""

    step_gate: threading.Event = field(default_factory=threading.Event)
    """Steps wait for it; set from the start."""

    prompt_gate: threading.Event = field(default_factory=threading.Event)
    """Prompts wait for it; set from the start."""

    in_step: threading.Event = field(default_factory=threading.Event)
    in_prompt: threading.Event = field(default_factory=threading.Event)
    prompts: list[Prompt] = field(default_factory=list)
    learnt: list[tuple[list[str], bool]] = field(default_factory=list)
    samplings: list[Sampling] = field(default_factory=list)
    threads: set[int] = field(default_factory=set)
    open_sessions: int = 0
    sessions: int = 1
    hold: HoldSettings = field(default_factory=HoldSettings)

    name = 'fake'
    voices = list(VOICES)
    device = 'cpu'
    dtype = 'float32'
    sampling = Sampling()
    persona_cache = PersonaCache(0)
    pending = False

    def __post_init__(self) -> None:
        """Let steps and prompts through."""
        self.step_gate.set()
        self.prompt_gate.set()

    def open_session(self, sampling: Sampling | None = None) -> 'FakeSession':
        """Open one of the sessions."""
        assert self.open_sessions < self.sessions, 'one session too many was opened'
        self.open_sessions += 1
        self.threads.add(threading.get_ident())
        if sampling is not None:
            self.samplings.append(sampling)
        return FakeSession(self, self.hold, checks_the_model=sampling is None)


class FakeSession:
    """Says each frame back; a piece of text every third one."""

    def __init__(self, model: FakeModel, hold: HoldSettings, checks_the_model: bool) -> None:
        self._model = model
        self._hold = hold
        self._may_fail = not checks_the_model
        self._held_frames = 0
        self._was_held = False
        self._events: list[SessionEvent] = []
        self.frame = 0
        self.ready = False

    pending = False

    @property
    def events(self) -> list[SessionEvent]:
        """Drained list, as the real one's."""
        drained, self._events = self._events, []
        return drained

    def prompt(self, prompt: Prompt) -> None:
        """Take a prompt for good."""
        self.change_persona(prompt)
        self._events.clear()

    def change_persona(self, prompt: Prompt, keep_memory: bool = False) -> None:
        """Take a prompt at once; refuses as the real one does, before anything changes."""
        self._model.in_prompt.set()
        assert self._model.prompt_gate.wait(30)
        if prompt.voice not in VOICES:
            raise UnknownVoice(f'voice {prompt.voice!r} is not in voices/ (have {VOICES})')
        if len(prompt.text) > MAX_TEXT_CHARS:
            raise PromptTooLong(f'the prompt takes {len(prompt.text)} positions: shorten it')
        self._model.prompts.append(prompt)
        if self._held_frames:
            self._held_frames = 0
            self._was_held = False
            self._events.append(Released(self.frame, 'persona'))
        report = PromptReport(positions=10 + len(prompt.text), ms=1.5)
        self._events.append(PersonaTaken(self.frame, report))
        self.ready = True

    def learn(self, facts: list[str], at_the_next_pause: bool = False) -> None:
        """Note what was told."""
        self._model.learnt.append((facts, at_the_next_pause))

    def step(self, pcm: np.ndarray) -> FrameOutput:
        """Say the frame back, or silence while held."""
        self._model.in_step.set()
        assert self._model.step_gate.wait(30)
        step, self.frame = self.frame, self.frame + 1
        if self._model.broken or (self._may_fail and step == self._model.fail_at_step):
            raise RuntimeError('the fake was told to fail')
        time.sleep(self._model.step_s)
        held = self._held_frames > 0
        if held:
            self._held_frames -= 1
        elif self._was_held:
            self._events.append(Released(step, 'timeout'))
        self._was_held = held
        return FrameOutput(
            pcm=np.zeros_like(pcm) if held else pcm.copy(),
            text_id=step,
            piece=f' w{step}' if step % PIECE_EVERY == 0 else '',
            held=held,
            encode_ms=0.0,
            step_ms=1e3 * self._model.step_s,
            decode_ms=0.0,
        )

    def interrupt(self) -> None:
        """Be silent for hold_ms."""
        self._held_frames = self._hold.hold_frames

    def close(self) -> None:
        """Give the model back."""
        self._model.open_sessions -= 1
