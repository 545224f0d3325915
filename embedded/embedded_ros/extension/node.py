# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""rclpy's Node handle: a name in the graph, its arguments, and questions about the graph."""

from collections.abc import Callable

from embedded_ros.extension.context import Context
from embedded_ros.extension.destroyable import Destroyable
from embedded_ros.extension.exceptions import NodeNameNonExistentError
from embedded_ros.extension.exceptions import RCLError
from embedded_ros.extension.exceptions import RCLInvalidROSArgsError
from embedded_ros.extension.ros_arguments import parse_ros_arguments
from embedded_ros.graph.domain import NamesAndTypes
from embedded_ros.graph.endpoint import NodeEntry
from embedded_ros.graph.topic import Reader
from embedded_ros.graph.topic import Writer
from embedded_ros.rcl.arguments import overrides_for_node
from embedded_ros.rcl.names import join
from embedded_ros.rcl.names import validate_namespace
from embedded_ros.rcl.names import validate_node_name
from embedded_ros.rcl.param_yaml import ParameterValue
from embedded_ros.rcl.remap import remap_node
from embedded_ros.rcl.remap import RemapKind

ACTION_TOPIC_SUFFIX = '/_action/feedback'
ACTION_TYPE_SUFFIX = '_FeedbackMessage'

rosout_attach_hooks: list[Callable[['Node'], None]] = []
"""Called with each node created with enable_rosout, once it can carry publishers."""

rosout_detach_hooks: list[Callable[['Node'], None]] = []
"""Called with each such node just before it leaves the graph."""


class Node(Destroyable):
    """A node. cli_args: its own command line, or None.

    Raises ValueError for a bad name or namespace, RCLError where the context is shut down,
    RCLInvalidROSArgsError or UnknownROSArgsError for bad arguments.
    """

    def __init__(
        self,
        node_name: str,
        namespace: str,
        context: Context,
        cli_args: list[str] | None,
        use_global_arguments: bool,
        enable_rosout: bool,
    ) -> None:
        self.context = context
        self.domain = context.domain
        self.arguments = parse_ros_arguments(
            cli_args or [], during='Failed to parse ROS arguments', invalid=RCLInvalidROSArgsError
        )
        self._process_arguments = context.arguments if use_global_arguments else None
        context.check_valid('error creating node')
        self.name = self._remapped_name(node_name)
        self.namespace = self._remapped_namespace(namespace)
        self.fully_qualified_name = join(self.namespace, self.name)
        self.entry = NodeEntry(self.name, self.namespace, context.enclave, context)
        self._rosout = enable_rosout
        super().__init__()
        self.pointer = id(self)
        self.domain.add(self.entry)
        if enable_rosout:
            _call_all(rosout_attach_hooks, self)

    @property
    def remap_rule_sets(self) -> list[list]:
        """The remap rules that hold for this node: its own, then the process's."""
        process = self._process_arguments
        return [self.arguments.remap_rules, *([process.remap_rules] if process else [])]

    def check_valid(self, what_failed: str) -> None:
        """Raise RCLError when the node's context was shut down."""
        if not self.context.ok():
            raise RCLError(f"{what_failed}: rcl node's context is invalid")

    def get_fully_qualified_name(self) -> str:
        """Return namespace and name."""
        return self.fully_qualified_name

    def logger_name(self) -> str:
        """Return the name of the node's logger: the namespace's parts and the name, by dots."""
        return self.fully_qualified_name[1:].replace('/', '.')

    def get_node_name(self) -> str:
        """Return the name, after remapping."""
        return self.name

    def get_namespace(self) -> str:
        """Return the namespace, after remapping."""
        return self.namespace

    def get_count_publishers(self, topic_name: str) -> int:
        """Return how many publishers a fully qualified topic has."""
        return self._count(Writer, topic_name)

    def get_count_subscribers(self, topic_name: str) -> int:
        """Return how many subscriptions a fully qualified topic has."""
        return self._count(Reader, topic_name)

    def get_node_names_and_namespaces(self) -> list[tuple[str, str]]:
        """Return (name, namespace) of every node of the domain."""
        return [(entry.name, entry.namespace) for entry in self._nodes()]

    def get_node_names_and_namespaces_with_enclaves(self) -> list[tuple[str, str, str]]:
        """Return (name, namespace, enclave) of every node of the domain."""
        return [(entry.name, entry.namespace, entry.enclave) for entry in self._nodes()]

    def get_action_client_names_and_types_by_node(
        self,
        node_name: str,
        node_namespace: str,
    ) -> NamesAndTypes:
        """Return the actions a node has clients for: those whose feedback it subscribes to."""
        return _actions(self.names_and_types_by_node(Reader, node_name, node_namespace))

    def get_action_server_names_and_types_by_node(
        self,
        node_name: str,
        node_namespace: str,
    ) -> NamesAndTypes:
        """Return the actions a node serves: those whose feedback it publishes."""
        return _actions(self.names_and_types_by_node(Writer, node_name, node_namespace))

    def get_action_names_and_types(self) -> NamesAndTypes:
        """Return every action of the domain."""
        self.check_valid('Failed to get action names and type')
        return _actions(self.domain.topic_names_and_types())

    def get_parameters(self, parameter_class: type) -> dict[str, object]:
        """Return the parameter overrides of the command lines as {name: parameter_class}."""
        overrides = overrides_for_node(
            self._process_arguments, self.arguments, self.fully_qualified_name
        )
        return {
            name: _parameter(parameter_class, name, value) for name, value in overrides.items()
        }

    def names_and_types_by_node(
        self,
        kind: type,
        node_name: str,
        node_namespace: str,
    ) -> NamesAndTypes:
        """Return what a node has of one kind of endpoint, sorted.

        Raises NodeNameNonExistentError where there is no such node.
        """
        self.check_valid('failed to get names and types')
        try:
            return self.domain.names_and_types_by_node(kind, node_name, node_namespace or '/')
        except LookupError as error:
            raise NodeNameNonExistentError(
                f'cannot get names and types for nonexistent node: {error}'
            ) from None

    def _nodes(self) -> tuple[NodeEntry, ...]:
        self.check_valid('Failed to get node names')
        return self.domain.members(NodeEntry)

    def _count(self, kind: type, topic_name: str) -> int:
        if not isinstance(topic_name, str):
            raise TypeError(f'topic name must be a str, got {topic_name!r}')
        self.check_valid('Error counting endpoints')
        return sum(end.entry.name == topic_name for end in self.domain.members(kind))

    def _remapped_name(self, name: str) -> str:
        error = validate_node_name(name)
        if error:
            raise ValueError(f'invalid node name: {error[0]}')
        return remap_node(self.remap_rule_sets, RemapKind.NODE_NAME, name) or name

    def _remapped_namespace(self, namespace: str) -> str:
        if not namespace.startswith('/'):
            namespace = f'/{namespace}'
        error = validate_namespace(namespace)
        if error:
            raise ValueError(f'invalid node namespace: {error[0]}')
        return remap_node(self.remap_rule_sets, RemapKind.NAMESPACE, self.name) or namespace

    def _release(self) -> None:
        if self._rosout:
            _call_all(rosout_detach_hooks, self)
        self.domain.remove(self.entry)

    def _abandon(self) -> None:
        if self._rosout:
            _call_all(rosout_detach_hooks, self)
        self.domain.abandon(self.entry)


def _call_all(hooks: list[Callable[[Node], None]], node: Node) -> None:
    for hook in hooks:
        hook(node)


def _actions(topics: NamesAndTypes) -> NamesAndTypes:
    return [
        (
            name.removesuffix(ACTION_TOPIC_SUFFIX),
            [type_name.removesuffix(ACTION_TYPE_SUFFIX) for type_name in types],
        )
        for name, types in topics
        if name.endswith(ACTION_TOPIC_SUFFIX)
    ]


def _parameter(parameter_class: type, name: str, value: ParameterValue) -> object:
    if value is None:  # an empty sequence: its type is not known
        return parameter_class(name, parameter_class.Type.NOT_SET, None)
    return parameter_class(name, parameter_class.Type.from_parameter_value(value), value)
