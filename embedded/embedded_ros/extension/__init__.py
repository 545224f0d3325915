# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Everything `rclpy._rclpy_pybind11` exports, written in Python over the in-process graph."""

from embedded_ros.extension.action_client import ActionClient
from embedded_ros.extension.action_goal_handle import ActionGoalHandle
from embedded_ros.extension.action_server import ActionServer
from embedded_ros.extension.client import Client
from embedded_ros.extension.clock import Clock
from embedded_ros.extension.clock_event import ClockEvent
from embedded_ros.extension.context import Context
from embedded_ros.extension.context import RCL_DEFAULT_DOMAIN_ID
from embedded_ros.extension.destroyable import Destroyable
from embedded_ros.extension.enums import ClockChange
from embedded_ros.extension.enums import ClockType
from embedded_ros.extension.enums import QoSCompatibility
from embedded_ros.extension.enums import SignalHandlerOptions
from embedded_ros.extension.exceptions import InvalidHandle
from embedded_ros.extension.exceptions import NodeNameNonExistentError
from embedded_ros.extension.exceptions import NotImplementedError
from embedded_ros.extension.exceptions import RCLError
from embedded_ros.extension.exceptions import RCLInvalidROSArgsError
from embedded_ros.extension.exceptions import RCUtilsError
from embedded_ros.extension.exceptions import RMWError
from embedded_ros.extension.exceptions import UnknownROSArgsError
from embedded_ros.extension.exceptions import UnsupportedEventTypeError
from embedded_ros.extension.graph_queries import rclpy_get_client_names_and_types_by_node
from embedded_ros.extension.graph_queries import rclpy_get_publisher_names_and_types_by_node
from embedded_ros.extension.graph_queries import rclpy_get_publishers_info_by_topic
from embedded_ros.extension.graph_queries import rclpy_get_service_names_and_types
from embedded_ros.extension.graph_queries import rclpy_get_service_names_and_types_by_node
from embedded_ros.extension.graph_queries import rclpy_get_subscriber_names_and_types_by_node
from embedded_ros.extension.graph_queries import rclpy_get_subscriptions_info_by_topic
from embedded_ros.extension.graph_queries import rclpy_get_topic_names_and_types
from embedded_ros.extension.guard_condition import GuardCondition
from embedded_ros.extension.lifecycle import LifecycleStateMachine
from embedded_ros.extension.lifecycle import TransitionCallbackReturnType
from embedded_ros.extension.logging import rclpy_logging_configure
from embedded_ros.extension.logging import rclpy_logging_fini
from embedded_ros.extension.logging import rclpy_logging_get_logger_effective_level
from embedded_ros.extension.logging import rclpy_logging_get_logging_directory
from embedded_ros.extension.logging import rclpy_logging_initialize
from embedded_ros.extension.logging import rclpy_logging_logger_is_enabled_for
from embedded_ros.extension.logging import rclpy_logging_rcutils_log
from embedded_ros.extension.logging import rclpy_logging_set_logger_level
from embedded_ros.extension.logging import rclpy_logging_severity_level_from_string
from embedded_ros.extension.logging import rclpy_logging_shutdown
from embedded_ros.extension.logging import RCUTILS_LOG_SEVERITY
from embedded_ros.extension.middleware import rclpy_get_rmw_implementation_identifier
from embedded_ros.extension.names import rclpy_expand_topic_name
from embedded_ros.extension.names import rclpy_get_validation_error_for_full_topic_name
from embedded_ros.extension.names import rclpy_get_validation_error_for_namespace
from embedded_ros.extension.names import rclpy_get_validation_error_for_node_name
from embedded_ros.extension.names import rclpy_get_validation_error_for_topic_name
from embedded_ros.extension.names import rclpy_remap_topic_name
from embedded_ros.extension.names import rclpy_resolve_name
from embedded_ros.extension.node import Node
from embedded_ros.extension.publisher import Publisher
from embedded_ros.extension.publisher import rclpy_assert_liveliness
from embedded_ros.extension.qos_event import QoSEvent
from embedded_ros.extension.qos_event import rcl_publisher_event_type_t
from embedded_ros.extension.qos_event import rcl_subscription_event_type_t
from embedded_ros.extension.qos_event import rmw_liveliness_changed_status_t
from embedded_ros.extension.qos_event import rmw_liveliness_lost_status_t
from embedded_ros.extension.qos_event import rmw_message_lost_status_t
from embedded_ros.extension.qos_event import rmw_offered_deadline_missed_status_t
from embedded_ros.extension.qos_event import rmw_qos_policy_kind_t
from embedded_ros.extension.qos_event import rmw_requested_deadline_missed_status_t
from embedded_ros.extension.qos_event import rmw_requested_qos_incompatible_event_status_t
from embedded_ros.extension.qos_profile import QoSCheckCompatibleResult
from embedded_ros.extension.qos_profile import rclpy_action_get_rmw_qos_profile
from embedded_ros.extension.qos_profile import rclpy_qos_check_compatible
from embedded_ros.extension.qos_profile import RMW_DURATION_INFINITE
from embedded_ros.extension.qos_profile import rmw_qos_profile_t
from embedded_ros.extension.ros_arguments import rclpy_remove_ros_args
from embedded_ros.extension.serialization import rclpy_deserialize
from embedded_ros.extension.serialization import rclpy_serialize
from embedded_ros.extension.service import Service
from embedded_ros.extension.service_info import rmw_request_id_t
from embedded_ros.extension.service_info import rmw_service_info_t
from embedded_ros.extension.signals import get_current_signal_handlers_options
from embedded_ros.extension.signals import install_signal_handlers
from embedded_ros.extension.signals import register_sigint_guard_condition
from embedded_ros.extension.signals import uninstall_signal_handlers
from embedded_ros.extension.signals import unregister_sigint_guard_condition
from embedded_ros.extension.subscription import Subscription
from embedded_ros.extension.time_point import rcl_duration_t
from embedded_ros.extension.time_point import rcl_time_point_t
from embedded_ros.extension.timer import Timer
from embedded_ros.extension.wait_set import WaitSet
from embedded_ros.rcl.action_goal import GoalEvent

__all__ = [
    'ActionClient',
    'ActionGoalHandle',
    'ActionServer',
    'Client',
    'Clock',
    'ClockChange',
    'ClockEvent',
    'ClockType',
    'Context',
    'Destroyable',
    'get_current_signal_handlers_options',
    'GoalEvent',
    'GuardCondition',
    'install_signal_handlers',
    'InvalidHandle',
    'LifecycleStateMachine',
    'Node',
    'NodeNameNonExistentError',
    'NotImplementedError',
    'Publisher',
    'QoSCheckCompatibleResult',
    'QoSCompatibility',
    'QoSEvent',
    'RCL_DEFAULT_DOMAIN_ID',
    'rcl_duration_t',
    'rcl_publisher_event_type_t',
    'rcl_subscription_event_type_t',
    'rcl_time_point_t',
    'RCLError',
    'RCLInvalidROSArgsError',
    'rclpy_action_get_rmw_qos_profile',
    'rclpy_assert_liveliness',
    'rclpy_deserialize',
    'rclpy_expand_topic_name',
    'rclpy_get_client_names_and_types_by_node',
    'rclpy_get_publisher_names_and_types_by_node',
    'rclpy_get_publishers_info_by_topic',
    'rclpy_get_rmw_implementation_identifier',
    'rclpy_get_service_names_and_types',
    'rclpy_get_service_names_and_types_by_node',
    'rclpy_get_subscriber_names_and_types_by_node',
    'rclpy_get_subscriptions_info_by_topic',
    'rclpy_get_topic_names_and_types',
    'rclpy_get_validation_error_for_full_topic_name',
    'rclpy_get_validation_error_for_namespace',
    'rclpy_get_validation_error_for_node_name',
    'rclpy_get_validation_error_for_topic_name',
    'rclpy_logging_configure',
    'rclpy_logging_fini',
    'rclpy_logging_get_logger_effective_level',
    'rclpy_logging_get_logging_directory',
    'rclpy_logging_initialize',
    'rclpy_logging_logger_is_enabled_for',
    'rclpy_logging_rcutils_log',
    'rclpy_logging_set_logger_level',
    'rclpy_logging_severity_level_from_string',
    'rclpy_logging_shutdown',
    'rclpy_qos_check_compatible',
    'rclpy_remap_topic_name',
    'rclpy_remove_ros_args',
    'rclpy_resolve_name',
    'rclpy_serialize',
    'RCUTILS_LOG_SEVERITY',
    'RCUtilsError',
    'register_sigint_guard_condition',
    'RMW_DURATION_INFINITE',
    'rmw_liveliness_changed_status_t',
    'rmw_liveliness_lost_status_t',
    'rmw_message_lost_status_t',
    'rmw_offered_deadline_missed_status_t',
    'rmw_qos_policy_kind_t',
    'rmw_qos_profile_t',
    'rmw_request_id_t',
    'rmw_requested_deadline_missed_status_t',
    'rmw_requested_qos_incompatible_event_status_t',
    'rmw_service_info_t',
    'RMWError',
    'Service',
    'SignalHandlerOptions',
    'Subscription',
    'Timer',
    'TransitionCallbackReturnType',
    'uninstall_signal_handlers',
    'UnknownROSArgsError',
    'unregister_sigint_guard_condition',
    'UnsupportedEventTypeError',
    'WaitSet',
]
