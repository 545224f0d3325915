# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The state machine of managed nodes, with rcl_lifecycle's ids, labels and order.

Ids are those of lifecycle_msgs/msg/State and Transition; the table is default_state_machine.c.
"""

from __future__ import annotations

from typing import NamedTuple

from embedded_ros.rcl.errors import InvalidLifecycleTransition

SUCCESS = 'transition_success'
FAILURE = 'transition_failure'
ERROR = 'transition_error'


class State(NamedTuple):
    """A state's id and label."""

    id: int
    label: str


class Transition(NamedTuple):
    """A step from one state to another."""

    id: int
    label: str
    start: State
    goal: State


STATES = tuple(
    State(*pair)
    for pair in (
        (0, 'unknown'),
        (1, 'unconfigured'),
        (2, 'inactive'),
        (3, 'active'),
        (4, 'finalized'),
        (10, 'configuring'),
        (11, 'cleaningup'),
        (12, 'shuttingdown'),
        (13, 'activating'),
        (14, 'deactivating'),
        (15, 'errorprocessing'),
    )
)
_BY_LABEL = {state.label: state for state in STATES}

TRANSITIONS = tuple(
    Transition(number, label, _BY_LABEL[start], _BY_LABEL[goal])
    for number, label, start, goal in (
        (1, 'configure', 'unconfigured', 'configuring'),
        (10, SUCCESS, 'configuring', 'inactive'),
        (11, FAILURE, 'configuring', 'unconfigured'),
        (12, ERROR, 'configuring', 'errorprocessing'),
        (2, 'cleanup', 'inactive', 'cleaningup'),
        (20, SUCCESS, 'cleaningup', 'unconfigured'),
        (21, FAILURE, 'cleaningup', 'inactive'),
        (22, ERROR, 'cleaningup', 'errorprocessing'),
        (3, 'activate', 'inactive', 'activating'),
        (30, SUCCESS, 'activating', 'active'),
        (31, FAILURE, 'activating', 'inactive'),
        (32, ERROR, 'activating', 'errorprocessing'),
        (4, 'deactivate', 'active', 'deactivating'),
        (40, SUCCESS, 'deactivating', 'inactive'),
        (41, FAILURE, 'deactivating', 'active'),
        (42, ERROR, 'deactivating', 'errorprocessing'),
        (5, 'shutdown', 'unconfigured', 'shuttingdown'),
        (6, 'shutdown', 'inactive', 'shuttingdown'),
        (7, 'shutdown', 'active', 'shuttingdown'),
        (50, SUCCESS, 'shuttingdown', 'finalized'),
        (51, FAILURE, 'shuttingdown', 'finalized'),
        (52, ERROR, 'shuttingdown', 'errorprocessing'),
        (60, SUCCESS, 'errorprocessing', 'unconfigured'),
        (61, FAILURE, 'errorprocessing', 'finalized'),
        (62, ERROR, 'errorprocessing', 'finalized'),
    )
)


class LifecycleMachine:
    """Follows transitions from 'unconfigured' on."""

    def __init__(self) -> None:
        self.current = _BY_LABEL['unconfigured']

    def available(self) -> list[Transition]:
        """Return the transitions that leave the current state."""
        return [transition for transition in TRANSITIONS if transition.start == self.current]

    def find(self, id_or_label: int | str) -> Transition:
        """Return a transition of the current state; InvalidLifecycleTransition if it has none."""
        for transition in self.available():
            if id_or_label in (transition.id, transition.label):
                return transition
        raise InvalidLifecycleTransition(
            f'No transition matching {id_or_label} found for current state {self.current.label}'
        )

    def trigger(self, id_or_label: int | str) -> Transition:
        """Follow a transition and return it; InvalidLifecycleTransition as in find."""
        transition = self.find(id_or_label)
        self.current = transition.goal
        return transition
