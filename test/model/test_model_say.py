# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Speech on request goes word by word at the pace of the model, whatever the model draws."""

import random

import pytest
from scripted_speech import CONTROL
from scripted_speech import EPAD
from scripted_speech import never_pads
from scripted_speech import only_pads
from scripted_speech import OWN_PIECE
from scripted_speech import PAD
from scripted_speech import Stage

from personaplex_ros.model.say import SayError
from personaplex_ros.model.say import Speech
from personaplex_ros.model.say_events import SayEnded
from personaplex_ros.model.say_events import TextFreed
from personaplex_ros.model.say_events import WordBegun
from personaplex_ros.model.saying import SpeechSettings
from personaplex_ros.model.spoken_text import Reading
from personaplex_ros.wire.limits import MAX_SAYS


def drawing(script: str):
    """Draw what a script says, one letter a frame from frame 10 on: . PAD, ^ EPAD, o a piece."""
    tokens = {'.': PAD, '^': EPAD, 'o': OWN_PIECE}
    return lambda frame: tokens[script[frame - 10]] if frame - 10 < len(script) else PAD


def ends(stage: Stage) -> list[SayEnded]:
    return [event for event in stage.events if isinstance(event, SayEnded)]


def begun(stage: Stage) -> list[tuple[str, int]]:
    return [(e.word, e.frame) for e in stage.events if isinstance(e, WordBegun)]


def test_nothing_is_forced_before_anything_is_to_be_said():
    stage = Stage(never_pads)
    assert stage.run(3) == 'own own own'
    assert stage.forced == 0 and not stage.speech.active


def test_the_first_word_is_announced_after_a_short_lead():
    stage = Stage(only_pads)
    stage.say('stop')
    assert stage.run(4) == '. . ^ _stop'


def test_what_the_model_was_saying_is_padded_away_while_it_rings_out():
    stage = Stage(never_pads)
    stage.run(3)
    stage.say('stop')
    assert stage.run(4) == '. . ^ _stop'


def test_a_word_of_many_pieces_comes_on_consecutive_frames():
    stage = Stage(drawing('...o.o^..'))
    stage.say('understandings')
    assert stage.run(7) == '. . ^ _unde rsta ndin gs'


def test_the_model_times_the_words_by_drawing_end_pad():
    stage = Stage(drawing('....' + '...^' + '.^'))
    stage.say('one two ten')
    assert stage.run(12) == '. . ^ _one . . . ^ _two ^ _ten .'


def test_where_the_model_begins_a_word_itself_end_pad_stands_and_ours_follows():
    stage = Stage(drawing('....' + '..o'))
    stage.say('one two')
    assert stage.run(8) == '. . ^ _one . . ^ _two'


def test_after_seven_pads_without_a_word_the_next_one_is_announced_for_the_model():
    stage = Stage(only_pads)
    stage.say('one two')
    assert stage.run(13) == '. . ^ _one . . . . . . . ^ _two'


@pytest.mark.parametrize('nudge', [6, 8])
def test_how_soon_the_model_is_nudged_is_a_setting(nudge):
    stage = Stage(only_pads, SpeechSettings(nudge_frames=nudge, chars_per_frame=100))
    stage.say('one two')
    assert stage.run(5 + nudge) == '. . ^ _one ' + '. ' * nudge + '^'


def test_after_the_last_word_the_text_is_padded_for_a_while_and_then_free():
    stage = Stage(never_pads)
    stage.say('one two')
    assert stage.run(11) == '. . ^ _one ^ _two . . . own own'
    assert not stage.speech.active


def test_a_model_that_never_pads_is_kept_from_rattling():
    stage = Stage(never_pads, SpeechSettings(chars_per_frame=2.0, tail_frames=1))
    stage.say('platform ten')
    assert stage.run(13) == '. . ^ _plat form . . ^ _ten . . own own'


def test_a_word_longer_than_the_nudge_is_given_its_time():
    stage = Stage(never_pads, SpeechSettings(chars_per_frame=0.5, nudge_frames=6, tail_frames=1))
    stage.say('nine ten')
    assert stage.run(14) == '. . ^ _nine . . . . . . . ^ _ten .'


def test_a_model_that_only_pads_says_all_of_it_in_bounded_time():
    stage = Stage(only_pads)
    stage.say(' '.join(['word'] * 50))
    stage.run_out()
    assert len(stage.tokens) <= 50 * (7 + 1 + 1) + 10
    assert ends(stage)[0].reason == 'finished'


def test_the_models_own_words_never_appear_whatever_it_draws():
    dice = random.Random(7)
    for _ in range(50):
        stage = Stage(lambda frame: dice.choice([PAD, PAD, EPAD, OWN_PIECE, 1, 2]))
        text = ' '.join(dice.choice(['a', 'platform', 'incomprehensible']) for _ in range(9))
        stage.say(text)
        stage.run_out()
        said = [t for t in stage.tokens[: stage.forced] if t not in (PAD, EPAD)]
        wanted = [piece for word in text.split() for piece in stage.vocabulary.encode(word)]
        assert said == wanted
        assert ends(stage) == [SayEnded(1, text, 'finished', ends(stage)[0].frame)]


def test_a_word_is_told_when_its_sound_goes_out_and_not_before():
    stage = Stage(only_pads)
    stage.say('one two')
    stage.run(4)
    assert begun(stage) == [], 'decided, but nobody has heard it'
    stage.run(1)
    assert begun(stage) == [('one', 13)]
    stage.run_out()
    assert begun(stage) == [('one', 13), ('two', 22)]


def test_the_end_is_told_when_the_last_frame_went_out():
    stage = Stage(only_pads)
    stage.say('one')
    stage.run(7)
    assert ends(stage) == []
    stage.run(1)
    assert ends(stage) == [SayEnded(1, 'one', 'finished', frame=17)]


def test_an_interrupt_in_the_middle_of_a_word_ends_it_at_once_without_that_word():
    stage = Stage(only_pads)
    stage.say('one understandings')
    stage.run(13)
    assert stage.run(1) == 'rsta'
    stage.cancel('interrupt')
    assert ends(stage) == [SayEnded(1, 'one', 'interrupt', frame=23)]
    assert stage.run(3) == '. . .' and not stage.speech.active


def test_a_word_that_was_decided_but_silenced_is_not_told():
    stage = Stage(only_pads)
    stage.say('one')
    stage.run(4)
    stage.cancel('interrupt')
    assert stage.events == [SayEnded(1, '', 'interrupt', frame=13)]


def test_a_user_who_speaks_ends_everything_that_waits():
    stage = Stage(only_pads)
    stage.say('one two', say_id=1)
    stage.say('three', say_id=2)
    stage.run(14)
    stage.cancel('user_speech')
    assert ends(stage) == [
        SayEnded(1, 'one', 'user_speech', frame=23),
        SayEnded(2, '', 'user_speech', frame=23),
    ]
    assert not stage.speech.active


def test_an_interrupt_while_the_last_word_rings_out_leaves_that_word_out():
    stage = Stage(only_pads)
    stage.say('one two')
    assert stage.run(16).endswith('_two . . .'), 'decided to its end, but not heard to it'
    stage.cancel('interrupt')
    assert ends(stage) == [SayEnded(1, 'one', 'interrupt', frame=25)]


def test_a_word_in_the_frame_before_the_cancelled_one_is_told():
    stage = Stage(only_pads)
    stage.say('one')
    stage.run(4)
    stage.speech.cancel('user_speech', 14)
    assert stage.speech.events == [WordBegun(1, 'one', 13), SayEnded(1, '', 'user_speech', 14)]


def test_what_was_finished_before_an_interrupt_stays_finished():
    stage = Stage(only_pads)
    stage.say('one')
    stage.run(8)
    stage.speech.cancel('interrupt', stage.next)
    assert ends(stage) == [SayEnded(1, 'one', 'finished', frame=17)]


def test_two_texts_are_said_one_after_the_other_with_a_breath_between():
    stage = Stage(only_pads)
    stage.say('one', say_id=1)
    stage.say('two', say_id=2)
    assert stage.run_out() == '. . ^ _one . . . . . ^ _two . . . .'
    assert [(end.id, end.spoken, end.reason) for end in ends(stage)] == [
        (1, 'one', 'finished'), (2, 'two', 'finished'),
    ]  # fmt: skip


def test_a_cancelled_text_finishes_the_word_it_is_in_and_begins_no_other():
    stage = Stage(only_pads)
    stage.say('understandings are hard')
    stage.run(5)
    stage.speech.cancel_one(1, stage.next)
    assert stage.run(8) == 'ndin gs . . . . . .'
    assert ends(stage) == [SayEnded(1, 'understandings', 'cancelled', frame=20)]


def test_a_text_cancelled_between_two_words_says_no_more():
    stage = Stage(only_pads)
    stage.say('one two')
    stage.run(6)
    stage.speech.cancel_one(1, stage.next)
    assert '_two' not in stage.run_out()
    assert [(end.spoken, end.reason) for end in ends(stage)] == [('one', 'cancelled')]


def test_a_text_cancelled_right_after_a_word_was_announced_does_not_begin_it():
    stage = Stage(only_pads)
    stage.say('one two')
    stage.run(12)
    assert stage.tokens[-1] == EPAD
    stage.speech.cancel_one(1, stage.next)
    assert stage.run_out() == '.' + ' .'
    assert [(end.spoken, end.reason) for end in ends(stage)] == [('one', 'cancelled')]


def test_a_text_cancelled_before_its_first_word_is_over_at_once():
    stage = Stage(only_pads)
    stage.say('one', say_id=1)
    stage.run(1)
    stage.speech.cancel_one(1, stage.next)
    assert stage.speech.events == [SayEnded(1, '', 'cancelled', frame=11)]
    assert not stage.speech.active


def test_a_text_that_is_decided_to_its_end_is_not_cancelled_any_more():
    stage = Stage(only_pads)
    stage.say('one')
    stage.run(7)
    stage.speech.cancel_one(1, stage.next)
    stage.run_out()
    assert ends(stage) == [SayEnded(1, 'one', 'finished', frame=17)]


def test_cancelling_one_text_leaves_the_others():
    stage = Stage(only_pads)
    for say_id, word in enumerate(('one', 'two', 'three'), start=1):
        stage.say(word, say_id)
    stage.speech.cancel_one(2, stage.next)
    stage.speech.cancel_one(99, stage.next)
    stage.run_out()
    assert [(end.id, end.spoken, end.reason) for end in ends(stage)] == [
        (2, '', 'cancelled'), (1, 'one', 'finished'), (3, 'three', 'finished'),
    ]  # fmt: skip


def test_a_frame_that_something_else_silenced_is_tried_again():
    stage = Stage(only_pads)
    stage.say('one')
    stage.run(3)
    assert stage.speech.force(13) is not None
    stage.speech.decided(13, PAD)
    stage.next = 14
    assert stage.run(1) == '_one'


def test_words_read_together_are_told_and_counted_as_the_caller_wrote_them():
    readings = [
        Reading('12.5 km', ('twelve', 'point', 'five', 'kilometers')),
        Reading('on', ('on',)),
    ]
    stage = Stage(only_pads, read=lambda text: readings)
    stage.say('12.5 km on')
    stage.run(40)
    assert begun(stage) == [('12.5 km', 13)]
    stage.cancel('interrupt')
    assert ends(stage)[0].spoken == '', 'not all of its words were heard'
    whole = Stage(only_pads, read=lambda text: readings)
    whole.say('12.5 km on')
    whole.run_out()
    assert [word for word, _ in begun(whole)] == ['12.5 km', 'on']
    assert ends(whole)[0].spoken == '12.5 km on'


@pytest.mark.parametrize('text', ['', '   ', 'x' * 1_001, 'a\x00b', 'be \ud800 kind'])
def test_a_text_that_cannot_be_said_is_refused(text):
    stage = Stage(only_pads)
    with pytest.raises(SayError) as error:
        stage.say(text)
    assert error.value.code == 'bad_say'
    assert not stage.speech.active


def test_a_text_without_a_known_piece_is_refused_as_an_unknown_piece_is_a_control_id():
    speech = Speech(lambda word: [EPAD], CONTROL, read=lambda text: [Reading(text, (text,))])
    with pytest.raises(SayError, match="nothing in '你好' can be spoken"):
        speech.add(1, '你好', 0)


def test_what_has_no_piece_is_left_out_and_not_reported_as_spoken():
    known = Stage(only_pads).vocabulary.encode
    speech = Speech(
        lambda word: [EPAD] if word == '你好' else known(word),
        CONTROL,
        read=lambda text: [Reading(word, (word,)) for word in text.split()],
    )
    speech.add(1, 'say 你好 now', 0)
    for frame in range(40):
        choice = speech.force(frame)
        if choice is not None:
            speech.decided(frame, choice[0])
        speech.given_out(frame)
    assert [e.spoken for e in speech.events if isinstance(e, SayEnded)] == ['say now']


def test_a_text_that_grows_without_bound_when_it_is_read_is_refused():
    stage = Stage(only_pads, read=lambda text: [Reading(text, ('million',) * 2_000)])
    with pytest.raises(SayError, match='say it in parts'):
        stage.say('1000000')


def test_more_texts_than_may_wait_are_refused_as_busy():
    stage = Stage(only_pads)
    for say_id in range(MAX_SAYS):
        stage.say('one', say_id)
    with pytest.raises(SayError, match=f'{MAX_SAYS} texts wait') as error:
        stage.say('more', 9)
    assert error.value.code == 'busy'
    stage.run(8)
    stage.say('more', 9)


def test_held_text_is_padding_until_its_time_is_over():
    stage = Stage(never_pads)
    stage.speech.hold_text(5, 3, stage.next)
    assert stage.run(5) == '. . . own own'
    assert stage.events == [TextFreed(5, 13, 'timeout')]


def test_held_text_is_free_at_once_when_released():
    stage = Stage(never_pads)
    stage.speech.hold_text(5, 100, stage.next)
    stage.run(2)
    stage.speech.release_text('request', stage.next, hold_id=5)
    assert stage.run(2) == 'own own'
    assert stage.events == [TextFreed(5, 12, 'request')]


def test_releasing_an_older_hold_leaves_the_one_there_is():
    stage = Stage(never_pads)
    stage.speech.hold_text(5, 100, stage.next)
    stage.speech.hold_text(6, 100, stage.next)
    stage.speech.release_text('request', stage.next, hold_id=5)
    assert stage.run(2) == '. .'
    assert stage.events == [TextFreed(5, 10, 'request')]


def test_a_say_ends_a_hold_and_follows_it():
    stage = Stage(never_pads)
    stage.speech.hold_text(5, 100, stage.next)
    stage.run(2)
    stage.say('answer')
    assert stage.events == [TextFreed(5, 12, 'say')]
    assert stage.run_out().startswith('. . ^ _answ er')
    assert not stage.speech.active


def test_a_hold_asked_for_during_a_say_goes_on_after_it():
    stage = Stage(never_pads)
    stage.say('one')
    stage.speech.hold_text(5, 12, stage.next)
    assert stage.run(14) == '. . ^ _one . . . . . . . . own own'
    assert TextFreed(5, 22, 'timeout') in stage.events


@pytest.mark.parametrize('reason', ['interrupt', 'persona'])
def test_an_interrupt_and_a_new_persona_end_a_hold(reason):
    stage = Stage(never_pads)
    stage.speech.hold_text(5, 100, stage.next)
    stage.run(2)
    stage.cancel(reason)
    assert stage.events == [TextFreed(5, 11, reason)]
    assert not stage.speech.active


def test_a_user_who_speaks_does_not_end_a_hold():
    stage = Stage(never_pads)
    stage.speech.hold_text(5, 100, stage.next)
    stage.cancel('user_speech')
    assert stage.run(2) == '. .'
