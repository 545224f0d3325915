# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A subscription with a DDS participant of its own, for a second type on one topic."""

from collections.abc import Callable
import threading
from typing import Any

import rclpy
from rclpy.context import Context
from rclpy.executors import ExternalShutdownException
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile

SPIN_S = 0.2
"""How often it looks whether it shall end."""

ERROR_PERIOD_S = 5.0


class ListenerApart:
    """Hears a topic on a thread of its own.

    Fast DDS, the middleware most robots run, lets no participant have two types on one topic:
    create_subscription raises. A context is a participant, so this one has its own.
    """

    def __init__(
        self, beside: Node, kind: type, topic: str, qos: QoSProfile, take: Callable[[Any], None]
    ) -> None:
        """beside: the node that wants it. topic: full name. take: called with every message."""
        self._log = beside.get_logger()
        self._topic = topic
        self._context = Context()
        rclpy.init(args=[], context=self._context, domain_id=beside.context.get_domain_id())
        self._node = Node(
            f'{beside.get_name()}_{kind.__name__.lower()}',
            namespace=beside.get_namespace(),
            context=self._context,
            use_global_arguments=False,
            enable_rosout=False,
            start_parameter_services=False,
        )
        self._node.create_subscription(kind, topic, take, qos)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self._node)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._spin, name=f'hears {topic}', daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hear no more."""
        self._stop.set()
        self._thread.join()
        self._executor.shutdown()
        self._node.destroy_node()
        self._context.try_shutdown()

    def _spin(self) -> None:
        while not self._stop.is_set():
            try:
                self._executor.spin_once(timeout_sec=SPIN_S)
            except ExternalShutdownException:
                return
            except Exception as error:  # a mistake in one message must not make the robot deaf
                self._log.error(
                    f'{self._topic}: a mistake in this node: {type(error).__name__}: {error}',
                    throttle_duration_sec=ERROR_PERIOD_S,
                )
                self._stop.wait(SPIN_S)  # where it comes at once again, it takes no core
