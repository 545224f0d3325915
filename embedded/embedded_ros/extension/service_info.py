# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The headers that come with requests and replies."""

from dataclasses import dataclass

from embedded_ros.graph.service import Envelope
from embedded_ros.graph.service import Requester


@dataclass(frozen=True)
class rmw_request_id_t:  # noqa: N801  rclpy's name
    """Names one request of one client."""

    sequence_number: int
    requester: Requester
    """Where the reply goes (what rmw calls the writer's guid)."""


@dataclass(frozen=True)
class rmw_service_info_t:  # noqa: N801  rclpy's name
    """When a request or reply was sent and received, nanoseconds, and which one it is."""

    source_timestamp: int
    received_timestamp: int
    request_id: rmw_request_id_t


def service_info(envelope: Envelope) -> rmw_service_info_t:
    """Return the header of a request or reply."""
    request_id = rmw_request_id_t(envelope.sequence_number, envelope.requester)
    return rmw_service_info_t(envelope.sent_ns, envelope.sent_ns, request_id)
