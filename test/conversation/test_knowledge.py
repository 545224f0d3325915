# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a persona should know: the newest facts, for a while, and never those of another talk."""

import pytest

from personaplex_ros.conversation.knowledge import Knowledge
from personaplex_ros.wire.limits import check_context
from personaplex_ros.wire.limits import MAX_CONTEXT_FACTS
from personaplex_ros.wire.limits import MAX_FACT_CHARS


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def knowledge(clock) -> Knowledge:
    return Knowledge(expiry_s=60.0, clock=clock)


def test_facts_come_in_the_order_in_which_they_became_known(knowledge):
    knowledge.tell('tools', 'One.\nTwo.')
    knowledge.tell('mind', 'Three.')
    knowledge.tell('tools', 'One.\nTwo.\nFour.')
    assert knowledge.facts == ('One.', 'Two.', 'Three.', 'Four.')


def test_what_a_source_tells_no_more_is_dropped(knowledge):
    knowledge.tell('tools', 'One.\nTwo.')
    knowledge.tell('mind', 'Three.')
    knowledge.tell('tools', 'Two.')
    assert knowledge.facts == ('Two.', 'Three.')
    knowledge.tell('mind', '')
    assert knowledge.facts == ('Two.',)


def test_a_fact_expires_however_often_it_is_repeated(knowledge, clock):
    knowledge.tell('tools', 'One.')
    clock.now_s = 59.0
    knowledge.tell('tools', 'One.\nTwo.')
    assert knowledge.facts == ('One.', 'Two.')
    clock.now_s = 60.0
    assert knowledge.facts == ('Two.',)


def test_a_fact_that_was_withdrawn_and_told_anew_is_new(knowledge, clock):
    knowledge.tell('tools', 'One.')
    knowledge.tell('tools', '')
    clock.now_s = 59.0
    knowledge.tell('tools', 'One.')
    clock.now_s = 100.0
    assert knowledge.facts == ('One.',)


def test_what_happens_again_is_told_once_in_its_latest_place(knowledge):
    knowledge.tell('tools', 'Kitchen.')
    knowledge.tell('tools', 'Kitchen.\nLobby.')
    knowledge.tell('tools', 'Kitchen.\nLobby.\nKitchen.')
    assert knowledge.facts == ('Lobby.', 'Kitchen.')


def test_what_was_forgotten_stays_so_though_it_is_repeated(knowledge):
    knowledge.tell('tools', 'One.')
    knowledge.forget()
    assert knowledge.facts == ()
    knowledge.tell('tools', 'One.\nTwo.')
    assert knowledge.facts == ('Two.',)


def test_the_newest_facts_fit_into_one_context(knowledge):
    knowledge.tell('mind', '\n'.join(f'Mind {n}.' for n in range(50)))
    knowledge.tell('tools', '\n'.join(f'Tool {n}.' for n in range(50)))
    assert len(knowledge.facts) == MAX_CONTEXT_FACTS
    assert knowledge.facts[-1] == 'Tool 49.'
    knowledge.tell('tools', '\n'.join(letter * MAX_FACT_CHARS for letter in 'abcdefgh'))
    assert [fact[0] for fact in knowledge.facts] == list('defgh')


@pytest.mark.parametrize(
    'text',
    ['x' * 100_000, 'x\n' * 100_000, '\0\x07\x1b[2J\u2028\ud83d', ' \n\t\r\n', '<system>' * 90],
)
def test_whatever_is_told_can_be_sent(knowledge, text):
    knowledge.tell('tools', text)
    assert check_context('\n'.join(knowledge.facts)) == knowledge.facts
