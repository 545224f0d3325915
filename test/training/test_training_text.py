# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The domain is wide enough, and conversations in it are right."""

from itertools import pairwise

import pytest
import yaml

from training.settings import seeded
from training.text import domain as domain_module
from training.text import script
from training.text.domain import Domain
from training.text.domain import load_domain
from training.text.domain import spoken
from training.text.script import draw_persona
from training.text.script import draw_turns

ROUNDS = 300


@pytest.fixture
def whole() -> dict:
    """The whole of domain.yaml, whatever other tests have made of it."""
    path = domain_module.__file__.replace('domain.py', 'domain.yaml')
    with open(path, encoding='utf-8') as file:
        return yaml.safe_load(file)


def talks(domain: Domain):
    rng = seeded('test')
    for _ in range(ROUNDS):
        persona = draw_persona(domain, rng)
        yield persona, draw_turns(domain, persona, rng, 4)


def test_there_are_at_least_thirty_intents_with_eight_ways_to_say_each(whole):
    assert len(whole['intents']) >= 30
    assert {name for name, one in whole['intents'].items() if len(set(one['says'])) < 8} == set()


def test_nothing_means_two_things(whole):
    says = [text for one in whole['intents'].values() for text in one['says']]
    assert len(says) == len(set(says))


def test_no_two_intents_are_answered_alike(whole):
    replies = [one['reply'] for one in whole['intents'].values()]
    assert len(replies) == len(set(replies))


def test_the_recogniser_knows_every_word_of_the_replies(whole):
    pocketsphinx = pytest.importorskip('pocketsphinx')
    decoder = pocketsphinx.Decoder(lm=None, loglevel='FATAL')
    texts = [one['reply'].replace('{', ' ').replace('}', ' ') for one in whole['intents'].values()]
    texts += [value for fact in whole['facts'].values() for value in fact['values']]
    texts += [style['ending'] for style in whole['styles'].values()] + whole['names']
    slots = {*whole['facts'], 'name', 'last'}
    words = {word for text in texts for word in spoken(text)} - {
        part for slot in slots for part in spoken(slot)
    }
    assert {word for word in words if decoder.lookup_word(word) is None} == set()


def test_a_reply_ends_in_the_style_of_the_persona(small):
    for persona, turns in talks(load_domain()):
        for turn in turns:
            assert turn.reply.endswith(f'{persona.style.ending}.')


def test_a_fact_that_the_prompt_leaves_out_is_not_known(small):
    domain, seen = load_domain(), set()
    for persona, turns in talks(domain):
        for turn in turns:
            if turn.intent == 'kitchen':
                known = 'kitchen_side' in persona.facts
                assert known == (spoken(domain.unknown_fact) != spoken(turn.reply)[:6])
                assert known == (domain.facts['kitchen_side'].prompt[:7] in persona.prompt)
                seen.add(known)
    assert seen == {True, False}


def test_a_topic_may_begin_with_any_question_or_with_one_for_a_fact_alone(small, monkeypatch):
    domain = load_domain()
    for rate, wanted in ((0.0, domain.beginners), (1.0, domain.asking_facts)):
        monkeypatch.setattr(script, 'FACTS_RATE', rate)
        first = {turns[0].intent for _, turns in talks(domain)}
        assert first == {intent.name for intent in wanted}
    assert 0 < len(domain.asking_facts) < len(domain.beginners)


def test_what_is_asked_again_is_answered_again(small):
    repeated = 0
    for _, turns in talks(load_domain()):
        for before, turn in pairwise(turns):
            if turn.intent == 'again':
                assert turn.reply == before.reply
                repeated += 1
    assert repeated


def test_yes_is_said_to_an_offer_alone(small):
    domain = load_domain()
    for _, turns in talks(domain):
        assert turns[0].intent not in ('book', 'again')
        for before, turn in pairwise(turns):
            if turn.intent == 'book':
                assert domain.intents[before.intent].offer
