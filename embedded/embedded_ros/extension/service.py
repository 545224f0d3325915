# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""rclpy's Service handle."""

from typing import Any

from embedded_ros.extension.endpoint import Endpoint
from embedded_ros.extension.endpoint import new_entry
from embedded_ros.extension.node import Node
from embedded_ros.extension.qos_profile import qos_to_dict
from embedded_ros.extension.qos_profile import rmw_qos_profile_t
from embedded_ros.extension.service_info import rmw_request_id_t
from embedded_ros.extension.service_info import rmw_service_info_t
from embedded_ros.extension.service_info import service_info
from embedded_ros.graph.service import Server


class Service(Endpoint):
    """A service. Raises ValueError for a malformed name."""

    def __init__(
        self,
        node: Node,
        srv_type: type,
        service_name: str,
        qos_profile: rmw_qos_profile_t | None,
    ) -> None:
        super().__init__(
            node,
            Server(
                new_entry(
                    node,
                    srv_type,
                    service_name,
                    qos_profile,
                    what='service',
                    writes=True,
                    is_service=True,
                )
            ),
        )

    @property
    def name(self) -> str:
        """The fully qualified name."""
        return self.end.entry.name

    @property
    def qos(self) -> dict[str, Any]:
        """The QoS settings, as keyword arguments of rclpy.qos.QoSProfile."""
        return qos_to_dict(self.end.entry.qos)

    def service_send_response(self, response: Any, header: rmw_request_id_t) -> None:
        """Reply to a request; a client that is gone is skipped."""
        self.end.reply(header.requester, header.sequence_number, response)

    def service_take_request(
        self,
        request_type: type,
    ) -> tuple[Any, rmw_service_info_t] | tuple[None, None]:
        """Return the oldest request and its header, (None, None) where none waits."""
        envelope = self.end.take()
        if envelope is None:
            return None, None
        return envelope.payload, service_info(envelope)
