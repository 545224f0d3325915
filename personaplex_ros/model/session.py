# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""One conversation: prompted with a persona, then frame in, frame out, without end."""

from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
import time

import numpy as np

from personaplex_ros.audio.level import rms_dbfs
from personaplex_ros.model.config import ModelConfig
from personaplex_ros.model.continuity import Arrival
from personaplex_ros.model.continuity import Continuity
from personaplex_ros.model.hold import Fader
from personaplex_ros.model.hold import Hold
from personaplex_ros.model.hold import HoldSettings
from personaplex_ros.model.hold import OnsetDetector
from personaplex_ros.model.memory import MemorySettings
from personaplex_ros.model.personas import Personas
from personaplex_ros.model.prompt import Prompt
from personaplex_ros.model.prompt import PromptReport
from personaplex_ros.model.random_stream import RandomStream
from personaplex_ros.model.sampling import Sampling
from personaplex_ros.model.say import Speech
from personaplex_ros.model.say_events import SayEvent
from personaplex_ros.model.seat import Seat
from personaplex_ros.model.session_events import PersonaTaken
from personaplex_ros.model.session_events import Rebuilt
from personaplex_ros.model.session_events import Released
from personaplex_ros.model.session_events import SessionEvent
from personaplex_ros.model.text import PieceDecoder

SAY_FIRST_FRAMES = 3
"""Silence before a text that shall interrupt: the agent's sound has time to end."""


@dataclass(frozen=True)
class SessionSettings:
    """One session's own values."""

    hold: HoldSettings = field(default_factory=HoldSettings)
    memory: MemorySettings = field(default_factory=MemorySettings)


@dataclass(frozen=True)
class FrameOutput:
    """What the agent says in one frame, and what the frame cost."""

    pcm: np.ndarray
    """int16 [1920]."""

    text_id: int
    piece: str
    """Text that this token adds; '' for padding."""

    held: bool
    """An interrupt holds the agent silent in this frame."""

    encode_ms: float
    step_ms: float
    decode_ms: float


class Session:
    """The one user of a seat; call it from one thread at a time.

    Frames are counted from 0 over all personas; a frame's number is that of its output.
    """

    def __init__(
        self,
        config: ModelConfig,
        seat: Seat,
        pieces: PieceDecoder,
        speech: Speech,
        personas: Personas,
        sampling: Sampling,
        settings: SessionSettings,
        on_close: Callable[[], None],
    ) -> None:
        """Made by PersonaPlex.open_session."""
        self._pad = config.control_ids.pad
        self._lm = seat.lm
        self._codec = seat.codec
        self._pieces = pieces
        self._speech = speech
        self._sampling = sampling
        self._on_close = on_close
        self._settings = settings.hold
        self._random = RandomStream(seat.lm.device)
        self._continuity = Continuity(seat.lm, personas, settings.memory, seat.lm.device)
        self._hold = Hold(seat.lm.delays, [self._pad, *config.prompt.silence_codes])
        self._onset = OnsetDetector(settings.hold)
        self._fader = Fader(settings.hold)
        self._frame = 0
        self._release_reason = ''
        self._events: list[SessionEvent] = []
        self._state = 'unprompted'
        seat.lm.set_sampling(sampling)

    @property
    def frame(self) -> int:
        """Number of the next frame."""
        return self._frame

    @property
    def held(self) -> bool:
        """Whether an interrupt keeps the next frame silent."""
        return self._hold.covers(self._frame)

    @property
    def ready(self) -> bool:
        """Whether there is a persona, so that step() may be called."""
        return self._state == 'prompted'

    @property
    def pending(self) -> bool:
        """Whether another state is being prepared: PersonaPlex.advance() goes on with that."""
        return self._continuity.pending

    @property
    def events(self) -> list[SessionEvent | SayEvent]:
        """What happened since the last look; a release comes with the first free frame."""
        drained, self._events = self._events, []
        return [*drained, *self._speech.events]

    def prompt(self, prompt: Prompt) -> PromptReport:
        """Become this persona and wait for it; what was said before is forgotten.

        Raises PromptError before anything is changed: the old persona goes on.
        """
        self.change_persona(prompt)
        self._continuity.finish()
        taken = next(one for one in reversed(self._events) if isinstance(one, PersonaTaken))
        self._events.remove(taken)
        return taken.report

    def change_persona(self, prompt: Prompt, keep_memory: bool = False) -> None:
        """Become this persona as soon as it is ready; PersonaTaken tells when.

        A persona that is kept is there with the next frame. Another one is prefilled beside the
        running state, by PersonaPlex.advance(), and the old one talks on meanwhile. keep_memory:
        what was said lately stays behind the new prompt. Takes the place of a change under way.
        Raises PromptError before anything is changed.
        """
        self._refuse_closed()
        if keep_memory and self.ready:
            self._continuity.become_remembering(prompt, self._turned)
        else:
            self._continuity.become(prompt, self._begun_anew)

    def learn(self, facts: Sequence[str], at_the_next_pause: bool = False) -> None:
        """Let the persona know these facts, the oldest first, from its next rebuild on.

        They take the place of those given before; a persona without keep_memory forgets them.
        at_the_next_pause: rebuild as soon as nobody speaks, where they are new.
        """
        self._refuse_closed()
        self._continuity.learn(tuple(facts), at_the_next_pause)

    def step(self, pcm: np.ndarray) -> FrameOutput:
        """Hear one frame and say one: int16 [1920] in, always an output.

        Raises AudioFormatError for another shape or dtype, RuntimeError before prompt().
        """
        self._refuse_closed()
        if not self.ready:
            raise RuntimeError('the session has no persona yet: call prompt() first')
        frame = self._frame
        started = time.perf_counter()
        user_codes = self._codec.encode(pcm)
        encoded = time.perf_counter()
        level_dbfs = rms_dbfs(pcm)
        self._listen(level_dbfs)
        word = None if self._hold.covers(frame + 1) else self._speech.force(frame + 1)
        with self._random.drawing():
            tokens = self._lm.step(user_codes, self._hold.column(frame + 1), word)
        text_id = int(tokens[0, 0, 0])
        stepped = time.perf_counter()
        said = self._codec.decode(tokens[:, 1:])
        if word is not None:
            self._speech.decided(frame + 1, int(self._lm.waiting[0]))
        held = self._hold.covers(frame)
        self._tell_release(frame)
        output = FrameOutput(
            pcm=self._fader.pass_through(said, held),
            text_id=text_id,
            piece=self._pieces.piece(text_id),
            held=held,
            encode_ms=(encoded - started) * 1e3,
            step_ms=(stepped - encoded) * 1e3,
            decode_ms=(time.perf_counter() - stepped) * 1e3,
        )
        self._frame += 1
        self._speech.given_out(frame)
        somebody_speaks = text_id != self._pad or self._onset.loud(level_dbfs)
        self._continuity.note_frame(somebody_speaks, self._rebuilt)
        return output

    def interrupt(self) -> None:
        """Silence the agent from the very next frame on, also in its own memory.

        Lasts HoldSettings.hold_ms, until release(), or until the user begins to speak.
        """
        self._speech.cancel('interrupt', self._frame)
        self._release_reason = 'timeout'
        self._hold.start(self._frame, self._settings.hold_frames)
        # Text and semantic code of the next frame are drawn already; nobody has heard them.
        pending = self._hold.column(self._frame)
        if pending is not None:
            self._lm.rewrite(pending)

    def release(self, reason: str) -> None:
        """Let the agent speak again from the frame after the next: the next one is decided."""
        if self.held:
            self._hold.release_at(self._frame + 1)
            self._release_reason = reason

    def say(self, say_id: int, text: str, interrupt_first: bool = False) -> None:
        """Say this text in the agent's own voice, after those that wait; events tell how far.

        interrupt_first: what the agent says or was told to say ends first. The text itself ends
        with interrupt(), with new user speech and with another persona. Raises SayError.
        """
        self._refuse_closed()
        if interrupt_first:
            self._speech.check(text)
            self.interrupt()
            self._hold.release_at(self._frame + SAY_FIRST_FRAMES)
            self._release_reason = 'say'
        self._speech.add(say_id, text, self._frame + 1)
        if not interrupt_first:
            self.release('say')

    def cancel_say(self, say_id: int) -> None:
        """Begin no other word of this text; one that is over is left alone."""
        self._speech.cancel_one(say_id, self._frame + 1)

    def hold_text(self, hold_id: int, frames: int) -> None:
        """Let the agent begin no word of its own for so many frames, while somebody thinks."""
        self._speech.hold_text(hold_id, frames, self._frame + 1)

    def release_text(self, hold_id: int) -> None:
        """End this hold of the text, if it is the one that is running."""
        self._speech.release_text('request', self._frame + 1, hold_id)

    def close(self) -> None:
        """Give the seat back; closing twice does nothing."""
        if self._state != 'closed':
            self._state = 'closed'
            self._continuity.cancel()
            self._on_close()

    def _listen(self, level_dbfs: float) -> None:
        """Let the user's speech end what it may end."""
        if self._onset.hears(level_dbfs) and self._hold.covers(self._frame):
            self.release('user_speech')
        if self._onset.barged_in:
            # This frame's token is decided, so the next one is the first without the text.
            self._speech.cancel('user_speech', self._frame + 1)

    def _begun_anew(self, arrival: Arrival) -> None:
        """Let the conversation begin: nothing of the old one is left but the frame count."""
        if self._release_reason:  # held, or free from this frame on and nobody was told
            self._events.append(Released(self._frame, 'persona'))
        self._speech.cancel('persona', self._frame)
        self._hold.clear()
        self._release_reason = ''
        self._onset = OnsetDetector(self._settings)
        self._fader = Fader(self._settings)
        self._pieces.reset()
        self._codec.reset()
        self._random.seed(self._sampling.seed)
        # The prompt's last frame: its delayed codes are given, what follows is free.
        with self._random.drawing():
            self._lm.step(arrival.prepared.last_user_codes, arrival.prepared.last_forced)
        self._state = 'prompted'
        self._turned(arrival)

    def _turned(self, arrival: Arrival) -> None:
        self._events.append(PersonaTaken(self._frame, arrival.report))

    def _rebuilt(self, arrival: Arrival) -> None:
        self._events.append(Rebuilt(self._frame, arrival.report, arrival.memory_frames))

    def _tell_release(self, frame: int) -> None:
        if self._hold.end == frame and self._release_reason:
            self._events.append(Released(frame, self._release_reason))
            self._release_reason = ''

    def _refuse_closed(self) -> None:
        if self._state == 'closed':
            raise RuntimeError('the session is closed: open another')
