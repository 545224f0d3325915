# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""rclpy's LifecycleStateMachine handle: the state machine and its services and topic."""

from __future__ import annotations

import enum

from embedded_ros.extension.destroyable import Destroyable
from embedded_ros.extension.exceptions import RCLError
from embedded_ros.extension.logging import system as logging_system
from embedded_ros.extension.node import Node
from embedded_ros.extension.publisher import Publisher
from embedded_ros.extension.qos_profile import rmw_qos_profile_t
from embedded_ros.extension.service import Service
from embedded_ros.rcl import lifecycle_machine
from embedded_ros.rcl.errors import InvalidLifecycleTransition
from embedded_ros.rcl.lifecycle_machine import LifecycleMachine
from embedded_ros.rcl.lifecycle_machine import STATES
from embedded_ros.rcl.lifecycle_machine import Transition
from embedded_ros.rcl.lifecycle_machine import TRANSITIONS
from embedded_ros.rcl.severity import Severity

StateTuple = tuple[int, str]
TransitionTuple = tuple[int, str, int, str, int, str]


class TransitionCallbackReturnType(enum.Enum):
    """What a transition callback says; numbers of lifecycle_msgs/msg/Transition."""

    SUCCESS = 97
    FAILURE = 98
    ERROR = 99

    def to_label(self) -> str:
        """Return the label of the transition that follows."""
        return {
            TransitionCallbackReturnType.SUCCESS: lifecycle_machine.SUCCESS,
            TransitionCallbackReturnType.FAILURE: lifecycle_machine.FAILURE,
            TransitionCallbackReturnType.ERROR: lifecycle_machine.ERROR,
        }[self]


class LifecycleStateMachine(Destroyable):
    """The state of a managed node, announced on ~/transition_event.

    With enable_com_interface there are the five services as well; rclpy answers them.
    Raises TypeError where it is no bool.
    """

    def __init__(self, node: Node, enable_com_interface: bool) -> None:
        if not isinstance(enable_com_interface, bool):
            raise TypeError(f'enable_com_interface must be a bool, got {enable_com_interface!r}')
        from lifecycle_msgs.msg import TransitionEvent

        self._event_type = TransitionEvent
        self._machine = LifecycleMachine()
        self._publisher = Publisher(
            node,
            TransitionEvent,
            '~/transition_event',
            rmw_qos_profile_t.predefined('qos_profile_default'),
        )
        self._services = _services(node) if enable_com_interface else {}
        super().__init__()

    @property
    def initialized(self) -> bool:
        """Whether the state machine can be used."""
        return True

    @property
    def current_state(self) -> StateTuple:
        """Id and label of the state."""
        return tuple(self._machine.current)

    @property
    def available_states(self) -> list[StateTuple]:
        """Id and label of every state there is."""
        return [tuple(state) for state in STATES]

    @property
    def available_transitions(self) -> list[TransitionTuple]:
        """(id, label, start id, start label, goal id, goal label) from the current state on."""
        return [_flat(transition) for transition in self._machine.available()]

    @property
    def transition_graph(self) -> list[TransitionTuple]:
        """(id, label, start id, start label, goal id, goal label) of every transition."""
        return [_flat(transition) for transition in TRANSITIONS]

    def get_transition_by_label(self, label: str) -> int:
        """Return a transition's id. Raises RCLError where the current state has none such."""
        try:
            return self._machine.find(label).id
        except InvalidLifecycleTransition as error:
            raise _refused('Failed to get transition from label', error) from None

    def trigger_transition_by_id(self, transition_id: int, publish_update: bool) -> None:
        """Follow a transition. Raises RCLError where the current state has none such."""
        self._trigger(transition_id, publish_update)

    def trigger_transition_by_label(self, label: str, publish_update: bool) -> None:
        """Follow a transition. Raises RCLError where the current state has none such."""
        self._trigger(label, publish_update)

    @property
    def service_change_state(self) -> Service | None:
        """The service ~/change_state."""
        return self._services.get('change_state')

    @property
    def service_get_state(self) -> Service | None:
        """The service ~/get_state."""
        return self._services.get('get_state')

    @property
    def service_get_available_states(self) -> Service | None:
        """The service ~/get_available_states."""
        return self._services.get('get_available_states')

    @property
    def service_get_available_transitions(self) -> Service | None:
        """The service ~/get_available_transitions."""
        return self._services.get('get_available_transitions')

    @property
    def service_get_transition_graph(self) -> Service | None:
        """The service ~/get_transition_graph."""
        return self._services.get('get_transition_graph')

    def _trigger(self, id_or_label: int | str, publish_update: bool) -> None:
        try:
            transition = self._machine.trigger(id_or_label)
        except InvalidLifecycleTransition as error:
            raise _refused('Failed to trigger lifecycle state machine transition', error) from None
        if publish_update:
            self._publish(transition)

    def _publish(self, transition: Transition) -> None:
        event = self._event_type()
        event.start_state.id, event.start_state.label = transition.start
        event.goal_state.id, event.goal_state.label = transition.goal
        self._publisher.publish(event)

    def _release(self) -> None:
        for part in (self._publisher, *self._services.values()):
            part.destroy_when_not_in_use()

    def _abandon(self) -> None:
        """Leave the parts to their own finalizers."""


def _services(node: Node) -> dict[str, Service]:
    from lifecycle_msgs import srv

    types = {
        'change_state': srv.ChangeState,
        'get_state': srv.GetState,
        'get_available_states': srv.GetAvailableStates,
        'get_available_transitions': srv.GetAvailableTransitions,
        'get_transition_graph': srv.GetAvailableTransitions,
    }
    qos = rmw_qos_profile_t.predefined('qos_profile_services_default')
    return {name: Service(node, srv_type, f'~/{name}', qos) for name, srv_type in types.items()}


def _flat(transition: Transition) -> TransitionTuple:
    return transition.id, transition.label, *transition.start, *transition.goal


def _refused(what_failed: str, error: InvalidLifecycleTransition) -> RCLError:
    logging_system.log('rcl_lifecycle', Severity.WARN, str(error))
    return RCLError(f'{what_failed}: {error}')
