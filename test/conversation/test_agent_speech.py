# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Words and sounds tell whether the agent is in the middle of speaking."""

from fakes.backend import SILENT
from fakes.backend import TONE
from personaplex_ros.audio.level import SpeakingSettings
from personaplex_ros.conversation.agent_speech import AgentSpeech
from personaplex_ros.conversation.agent_speech import MAX_WORDLESS_FRAMES

PAUSE_FRAMES = 12
HANG_FRAMES = SpeakingSettings().hang_frames


def frames_to_the_end(speech: AgentSpeech) -> int:
    """Answer with silence until it has ended; return how many frames that took."""
    frames = 0
    while speech.is_open:
        speech.answered('', SILENT)
        frames += 1
        assert frames < 100, 'it never ends'
    return frames


def test_it_says_nothing_at_first_and_nothing_in_silence():
    speech = AgentSpeech(PAUSE_FRAMES)
    assert not speech.is_open
    speech.answered('', SILENT)
    assert not speech.is_open


def test_a_word_is_followed_by_what_the_pause_of_an_utterance_takes():
    speech = AgentSpeech(PAUSE_FRAMES)
    speech.answered('Hello', SILENT)
    assert frames_to_the_end(speech) == PAUSE_FRAMES


def test_a_sound_without_words_ends_with_silence():
    speech = AgentSpeech(PAUSE_FRAMES)
    speech.answered('', TONE)
    assert frames_to_the_end(speech) == HANG_FRAMES


def test_a_voice_that_lags_behind_its_words_is_heard_to_its_end():
    speech = AgentSpeech(PAUSE_FRAMES)
    speech.answered('Hello', SILENT)
    for _ in range(2 * PAUSE_FRAMES):
        speech.answered('', TONE)
    assert frames_to_the_end(speech) == HANG_FRAMES


def test_a_hum_that_never_ends_is_no_speech():
    speech = AgentSpeech(PAUSE_FRAMES)
    speech.answered('Hello', TONE)
    for _ in range(MAX_WORDLESS_FRAMES - 1):
        speech.answered('', TONE)
        assert speech.is_open
    speech.answered('', TONE)
    assert not speech.is_open
    speech.answered(' again', TONE)
    assert speech.is_open


def test_an_end_from_outside_counts_at_once():
    speech = AgentSpeech(PAUSE_FRAMES)
    speech.answered('Hello', TONE)
    speech.end()
    assert not speech.is_open
