# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Makes service and action classes from their messages, as rosidl does."""

from typing import Any
from typing import ClassVar
from typing import NoReturn

from embedded_ros.interfaces.classes import InterfaceType
from embedded_ros.interfaces.classes import make_class
from embedded_ros.interfaces.classes import make_message_class
from embedded_ros.interfaces.classes import Resolve
from embedded_ros.interfaces.specification import ActionSpec
from embedded_ros.interfaces.specification import Field
from embedded_ros.interfaces.specification import FieldType
from embedded_ros.interfaces.specification import InterfaceSpec
from embedded_ros.interfaces.specification import MessageSpec
from embedded_ros.interfaces.specification import ServiceSpec

UUID = FieldType('UUID', 'unique_identifier_msgs')
TIME = FieldType('Time', 'builtin_interfaces')
CANCEL_GOAL = FieldType('CancelGoal', 'action_msgs', 'srv')
GOAL_STATUS_ARRAY = FieldType('GoalStatusArray', 'action_msgs')


class CompositeType(InterfaceType):
    """Metaclass of services and actions: importing its type support imports that of its parts."""

    _PARTS: ClassVar[tuple[type, ...]] = ()

    @classmethod
    def __import_type_support__(cls) -> None:
        super().__import_type_support__()
        for part in cls._PARTS:
            if part.__class__._TYPE_SUPPORT is None:
                part.__class__.__import_type_support__()


class Service:
    """Base of all service classes: they name their messages and have no instances."""

    _SPECIFICATION: ClassVar[ServiceSpec]
    Request: ClassVar[type]
    Response: ClassVar[type]

    def __init__(self) -> NoReturn:
        raise NotImplementedError('Service classes can not be instantiated')


class Action:
    """Base of all action classes: they name their messages and have no instances."""

    _SPECIFICATION: ClassVar[ActionSpec]
    Goal: ClassVar[type]
    Result: ClassVar[type]
    Feedback: ClassVar[type]

    def __init__(self) -> NoReturn:
        raise NotImplementedError('Action classes can not be instantiated')


def make_service_classes(spec: ServiceSpec, module: str, resolve: Resolve) -> list[type]:
    """The request, the response and the service, in this order."""
    request = make_message_class(spec.request, module, resolve)
    response = make_message_class(spec.response, module, resolve)
    namespace = {'Request': request, 'Response': response}
    service = _make_composite(spec, module, Service, namespace, (request, response))
    return [request, response, service]


def make_action_classes(spec: ActionSpec, module: str, resolve: Resolve) -> list[type]:
    """Goal, result, feedback, the parts of the two hidden services, feedback message, action."""
    goal, result, feedback = (
        make_message_class(part, module, resolve)
        for part in (spec.goal, spec.result, spec.feedback)
    )
    own = {cls.__name__: cls for cls in (goal, result, feedback)}

    def resolve_own(type_: FieldType) -> type:
        return own.get(type_.name) or resolve(type_)

    send_goal = make_service_classes(_send_goal(spec), module, resolve_own)
    get_result = make_service_classes(_get_result(spec), module, resolve_own)
    feedback_message = make_message_class(_feedback_message(spec), module, resolve_own)
    implementation = type(
        'Impl',
        (),
        {
            '__module__': module,
            '__qualname__': f'{spec.name}.Impl',
            'SendGoalService': send_goal[-1],
            'GetResultService': get_result[-1],
            'FeedbackMessage': feedback_message,
            'CancelGoalService': resolve(CANCEL_GOAL),
            'GoalStatusMessage': resolve(GOAL_STATUS_ARRAY),
        },
    )
    namespace = {'Goal': goal, 'Result': result, 'Feedback': feedback, 'Impl': implementation}
    parts = (
        send_goal[-1],
        get_result[-1],
        feedback_message,
        implementation.CancelGoalService,
        implementation.GoalStatusMessage,
    )
    action = _make_composite(spec, module, Action, namespace, parts)
    return [goal, result, feedback, *send_goal, *get_result, feedback_message, action]


def _make_composite(
    spec: InterfaceSpec,
    module: str,
    base: type,
    namespace: dict[str, Any],
    parts: tuple[type, ...],
) -> type:
    cls = make_class(spec, module, base, CompositeType, namespace)
    cls.__class__._PARTS = parts
    return cls


def _part(spec: ActionSpec, suffix: str, **fields: FieldType) -> MessageSpec:
    members = tuple(Field(name, type_) for name, type_ in fields.items())
    return MessageSpec(spec.package, spec.kind, f'{spec.name}_{suffix}', members)


def _own(spec: ActionSpec, suffix: str) -> FieldType:
    return FieldType(f'{spec.name}_{suffix}', spec.package, spec.kind)


def _send_goal(spec: ActionSpec) -> ServiceSpec:
    return ServiceSpec(
        spec.package,
        spec.kind,
        f'{spec.name}_SendGoal',
        _part(spec, 'SendGoal_Request', goal_id=UUID, goal=_own(spec, 'Goal')),
        _part(spec, 'SendGoal_Response', accepted=FieldType('boolean'), stamp=TIME),
    )


def _get_result(spec: ActionSpec) -> ServiceSpec:
    return ServiceSpec(
        spec.package,
        spec.kind,
        f'{spec.name}_GetResult',
        _part(spec, 'GetResult_Request', goal_id=UUID),
        _part(spec, 'GetResult_Response', status=FieldType('int8'), result=_own(spec, 'Result')),
    )


def _feedback_message(spec: ActionSpec) -> MessageSpec:
    return _part(spec, 'FeedbackMessage', goal_id=UUID, feedback=_own(spec, 'Feedback'))
