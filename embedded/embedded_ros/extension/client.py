# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""rclpy's Client handle."""

from typing import Any

from embedded_ros.extension.endpoint import Endpoint
from embedded_ros.extension.endpoint import new_entry
from embedded_ros.extension.node import Node
from embedded_ros.extension.qos_profile import rmw_qos_profile_t
from embedded_ros.extension.service_info import rmw_service_info_t
from embedded_ros.extension.service_info import service_info
from embedded_ros.graph.service import Requester


class Client(Endpoint):
    """A service's client. Raises ValueError for a malformed name."""

    def __init__(
        self,
        node: Node,
        srv_type: type,
        service_name: str,
        qos_profile: rmw_qos_profile_t | None,
    ) -> None:
        super().__init__(
            node,
            Requester(
                new_entry(
                    node,
                    srv_type,
                    service_name,
                    qos_profile,
                    what='client',
                    writes=True,
                    is_service=True,
                )
            ),
        )

    def send_request(self, request: Any) -> int:
        """Send a request; return the sequence number that its reply will carry."""
        return self.end.request(request)

    def service_server_is_available(self) -> bool:
        """Return whether anybody offers the service."""
        self.node.check_valid('failed to check service availability')
        return bool(self.end.servers)

    def take_response(
        self,
        response_type: type,
    ) -> tuple[rmw_service_info_t, Any] | tuple[None, None]:
        """Return the oldest reply with its header first, (None, None) where none waits."""
        envelope = self.end.take()
        if envelope is None:
            return None, None
        return service_info(envelope), envelope.payload
