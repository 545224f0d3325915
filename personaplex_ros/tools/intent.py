# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""From what is heard to what is done: the one object that the node holds."""

from collections import OrderedDict
from collections.abc import Callable
import math
import time

from personaplex_ros.tools import english
from personaplex_ros.tools.audit import Audit
from personaplex_ros.tools.catalogue import Catalogue
from personaplex_ros.tools.context import Context
from personaplex_ros.tools.echo import EchoMemory
from personaplex_ros.tools.echo import Mouth
from personaplex_ros.tools.english import Words
from personaplex_ros.tools.gate import Gate
from personaplex_ros.tools.hearing import Grammar
from personaplex_ros.tools.hearing import Heard
from personaplex_ros.tools.hearing import Listener
from personaplex_ros.tools.open_calls import OpenCall
from personaplex_ros.tools.reading import is_made_of
from personaplex_ros.tools.steps import Hands
from personaplex_ros.tools.steps import Step
from personaplex_ros.tools.stop_phrases import StopPhrases
from personaplex_ros.tools.structured import function_call
from personaplex_ros.tools.structured import short_name
from personaplex_ros.tools.structured import StructuredCall
from personaplex_ros.tools.structured import TagSplitter

MAX_VOICES = 8
"""Users listened to at once; the one silent for longest is forgotten."""

MAX_CHARS = 5_000
"""More text at once is no speech; a part of it could mean something else."""


class ToolIntent:
    """Words in, steps out. Not thread safe: call it from one thread at a time.

    Every method returns the steps it led to, in order, already in the audit log. Call tick() a
    few times a second.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        hands: Hands,
        audit: Audit,
        dry_run: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """dry_run: everything happens but the sending. clock: seconds, monotonic."""
        self._clock = clock
        self._echo = EchoMemory()
        self._mouth = Mouth(hands, self._echo, clock)
        self._gate = Gate(catalogue, self._mouth, audit, dry_run, clock)
        self._context = Context(clock)
        self._epoch = 0
        self._ended_s = -math.inf
        self._ended_by = ''
        self._is_resting = False
        self._use(catalogue)

    # What is heard

    def agent_piece(self, piece: str, epoch: int = 0) -> list[Step]:
        """Take a text token of the agent. epoch: as in TextToken; older ones were not heard."""
        if epoch < self._epoch:
            return []
        if epoch > self._epoch:
            self._epoch = epoch
            self._forget_agent_words()
        if len(piece) > MAX_CHARS:
            self.miss_agent_words()
            return self._done(self._gate.refuse('', 'agent', f'over {MAX_CHARS} characters'))
        now_s = self._clock()
        self._echo.agent_said(piece, now_s)
        words, calls = self._tags.feed(piece)
        heard = self._agent.feed(words, now_s) if words else []
        if self._is_resting:
            return []
        return self._done([*self._agent_heard(heard), *self._structured(calls, 'agent')])

    def miss_agent_words(self) -> list[Step]:
        """Say that words of the agent were lost: the rest of its utterance does not count."""
        self._agent.cut(self._clock())
        self._tags = TagSplitter()
        return []

    def agent_ended(self, interrupted: bool = False) -> list[Step]:
        """Say that the agent's utterance is over (a final Transcript)."""
        if interrupted:
            self._forget_agent_words()
            return []
        now_s = self._clock()
        self._echo.agent_paused(now_s)
        words, calls = self._tags.end()
        heard = [*self._agent.feed(words, now_s), *self._agent.end()]
        return self._done([*self._agent_heard(heard), *self._structured(calls, 'agent')])

    def user_said(self, text: str, voice: str = '', is_final: bool = True) -> list[Step]:
        """Take user words. voice: who, where known. Words so far serve the emergency stop only."""
        now_s = self._clock()
        if self.hears_estop(text):
            return self._done(self._press_estop('user'))
        if len(text) > MAX_CHARS:
            return self._done(self._gate.refuse('', 'user', f'over {MAX_CHARS} characters'))
        steps: list[Step] = []
        if is_final:
            listener = self._listener(voice)
            steps = self._user_heard([*listener.feed(text, now_s), *listener.end()], voice, now_s)
        return self._done(steps)

    def hears_estop(self, text: str) -> bool:
        """Whether user words hold an emergency stop. On any thread, and it changes nothing."""
        return self._stop_phrases.are_in(text)

    def function_call(
        self, name: str, arguments: str, source: str = 'agent', asked_s: float | None = None
    ) -> list[Step]:
        """Take a function call of a backend or of the slow mind. arguments: JSON text.

        asked_s: when it was asked for, by the clock, where known. What was asked for before an
        interrupt, an emergency stop or its release was meant for another moment.
        """
        if asked_s is not None and asked_s < self._ended_s:
            return self.refuse_call(name, source, f'too late: asked for before {self._ended_by}')
        return self._done(self._structured([function_call(name, arguments)], source))

    def refuse_call(self, name: str, source: str, reason: str) -> list[Step]:
        """Record a function call that is none, such as one that comes too late."""
        return self._done(self._gate.refuse(short_name(name), source, reason))

    def session_began(self) -> list[Step]:
        """Take the begin of a conversation: epochs count from 0 again, nothing was said yet."""
        self._epoch = 0
        self._forget_agent_words()
        self._end_all_before('the conversation began anew')
        return self._done(self._gate.cancel_on('interrupt', 'the conversation began anew'))

    def interrupt(self, epoch: int = 0) -> list[Step]:
        """Take an interrupt: what the agent had not finished saying does not count.

        epoch: the one that begins with it, where known; words of older ones may still come.
        """
        self._epoch = max(self._epoch, epoch)
        self._forget_agent_words()
        self._end_all_before('an interrupt')
        return self._done(self._gate.cancel_on('interrupt', 'interrupt'))

    def stand_down(self, why: str) -> list[Step]:
        """Forget what was said and end what waits for words; calls that run go on."""
        self._forget_agent_words()
        return self._end_waiting(why)

    def rest(self, why: str) -> list[Step]:
        """Act on no words of the agent until wake(); what waits for words ends, calls that run
        go on. Sentences are followed all the same, to know where the next one begins."""
        self._is_resting = True
        return self._end_waiting(why)

    @property
    def is_resting(self) -> bool:
        """Whether words of the agent call nothing."""
        return self._is_resting

    def wake(self) -> list[Step]:
        """Act on words again, from the next sentence on: half of one may mean the opposite."""
        self._is_resting = False
        if self._agent.has_begun:
            self.miss_agent_words()
        else:
            self._forget_agent_words()
        return []

    def tick(self) -> list[Step]:
        """Let silences, windows and timeouts end."""
        now_s = self._clock()
        heard = self._agent.tick(now_s)
        steps = [] if self._is_resting else self._agent_heard(heard)
        return self._done(steps + self._gate.tick())

    # What people decide

    def decide(self, call_id: str, is_yes: bool) -> list[Step]:
        """Take an operator's decision; [] if this call does not wait for one."""
        return self._done(self._gate.decide(call_id, is_yes))

    def cancel(self, call_id: str) -> list[Step]:
        """End one call; [] if it has ended."""
        return self._done(self._gate.cancel(call_id, 'an operator cancelled it'))

    def press_estop(self, by: str) -> list[Step]:
        """Stop everything until release_estop(). by: service, ..."""
        return self._done(self._press_estop(by))

    def estop_button(self, is_down: bool) -> list[Step]:
        """Take the value of the emergency stop topic; false does not release."""
        steps = self._press_estop('topic') if is_down else []
        self._gate.estop.button(is_down)
        return self._done(steps)

    def release_estop(self) -> str:
        """Release the emergency stop; returns why that is not possible, or ''."""
        was_pressed = bool(self._gate.estop.pressed_by)
        why = self._gate.estop.release()
        if was_pressed and not why:
            self._end_all_before('the emergency stop was released')
        return why

    @property
    def estop_pressed_by(self) -> str:
        """Who pressed the emergency stop, or ''."""
        return self._gate.estop.pressed_by

    # How calls go on

    def feedback(self, call_id: str, text: str) -> list[Step]:
        """Take feedback of an action."""
        return self._done(self._gate.feedback(call_id, text))

    def succeeded(self, call_id: str, text: str = '') -> list[Step]:
        """Take a good result."""
        return self._done(self._gate.succeeded(call_id, text))

    def failed(self, call_id: str, reason: str) -> list[Step]:
        """Take a bad end: no server, refused, aborted, wrong type."""
        return self._done(self._gate.failed(call_id, reason))

    def speaking(self, text: str) -> list[Step]:
        """Take that a text begins which Hands.say was given, or that nobody will speak it."""
        self._gate.speaking(text)
        return []

    def context_lines(self) -> list[str]:
        """Return what the persona should know of the last calls."""
        return self._context.lines()

    @property
    def open_calls(self) -> list[OpenCall]:
        """Calls that wait or run."""
        return self._gate.open_calls

    def set_catalogue(self, catalogue: Catalogue) -> list[Step]:
        """Take a new file; open calls of a tool that it changes are cancelled."""
        has_begun = self._agent.has_begun
        self._use(catalogue)
        if has_begun:
            self.miss_agent_words()
        return self._done(self._gate.set_catalogue(catalogue))

    def _use(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._tags = TagSplitter()
        self._agent: Listener = Listener(Grammar(catalogue, 'agent'))
        self._user_grammar = Grammar(catalogue, 'user')
        self._users: OrderedDict[str, Listener] = OrderedDict()
        self._companions = (*catalogue.address, ('please',))
        self._stop_phrases = StopPhrases(catalogue.estop_phrases)

    def _listener(self, voice: str) -> Listener:
        listener = self._users.pop(voice, None) or Listener(self._user_grammar)
        self._users[voice] = listener
        if len(self._users) > MAX_VOICES:
            self._users.popitem(last=False)
        return listener

    def _agent_heard(self, heard: list[Heard]) -> list[Step]:
        steps: list[Step] = []
        for sentence in heard:
            if not self._echo.is_ours(sentence.words, self._clock()):
                steps += self._proposals(sentence, 'agent', '')
        return steps

    def _user_heard(self, heard: list[Heard], voice: str, now_s: float) -> list[Step]:
        """Take the sentences of one utterance."""
        steps: list[Step] = []
        own: list[Heard] = []
        has_question = self._gate.has_question
        for sentence in heard:
            if self._is_cancel(sentence.words):
                reason = f'the user said: {" ".join(sentence.words)}'
                steps += self._gate.cancel_on('voice', reason)
            if self._echo.is_echo(sentence.words, now_s - self._catalogue.listening.echo_s):
                steps += self._refused_as_echo(sentence)
            else:
                own.append(sentence)
        if has_question:
            steps += self._answered(own, voice)
        for sentence in own:
            steps += self._proposals(sentence, 'user', voice)
        return steps

    def _is_cancel(self, words: Words) -> bool:
        return is_made_of(words, self._catalogue.cancel_phrases, self._companions)

    def _refused_as_echo(self, heard: Heard) -> list[Step]:
        reason = 'echo: the agent just said it'
        refusals = (self._gate.refuse(match.tool, 'user', reason) for match in heard.matches)
        return [step for steps in refusals for step in steps]

    def _answered(self, sentences: list[Heard], voice: str) -> list[Step]:
        """Take an answer as a whole: neither `Yes. No, wait.` nor `Yes. Wait, what?` is one."""
        if any(not english.REFUSALS.isdisjoint(said.words) for said in sentences):
            return self._gate.answer(False, voice)
        plain = [said.words for said in sentences if said.is_plain]
        if any(is_made_of(words, english.YES, self._companions) for words in plain):
            return self._gate.answer(True, voice)
        return []

    def _proposals(self, heard: Heard, source: str, voice: str) -> list[Step]:
        steps: list[Step] = []
        said = f'said: {" ".join(heard.words)[:200]}'
        for match in heard.refused:
            steps += self._gate.refuse(match.tool, source, f'{heard.reason}; {said}')
        for match in heard.matches:
            steps += self._gate.propose(match.tool, dict(match.arguments), source, said, voice)
        return steps

    def _structured(self, calls: list[StructuredCall], source: str) -> list[Step]:
        steps: list[Step] = []
        for call in calls:
            if call.problem:
                steps += self._gate.refuse(call.name, source, call.problem)
            else:
                steps += self._gate.propose(call.name, call.arguments, source, 'structured call')
        return steps

    def _press_estop(self, by: str) -> list[Step]:
        """Calls end first; only then the robot speaks of it."""
        self._end_all_before('the emergency stop')
        is_new = not self._gate.estop.pressed_by
        steps = self._gate.press_estop(by)
        if is_new and self._catalogue.estop_say:
            self._mouth.say(self._catalogue.estop_say)
        return steps

    def _end_waiting(self, why: str) -> list[Step]:
        self._users.clear()
        self._end_all_before(why)
        return self._done(self._gate.cancel_waiting(why))

    def _end_all_before(self, what: str) -> None:
        """Take no call any more that was asked for before now."""
        self._ended_s, self._ended_by = self._clock(), what

    def _forget_agent_words(self) -> None:
        self._agent.drop()
        self._tags = TagSplitter()

    def _done(self, steps: list[Step]) -> list[Step]:
        self._context.take(steps)
        return steps
