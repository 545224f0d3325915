# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What `personaplex-engine serve` can be told, and what it keeps to itself."""

from dataclasses import dataclass
from dataclasses import field
import ipaddress
from pathlib import Path


@dataclass(frozen=True)
class ServeSettings:
    """One engine process."""

    model: str = 'nano'
    """nano, a model directory, or a Hugging Face id that is converted when it is not there yet."""

    host: str = '127.0.0.1'
    port: int = 8998
    """0 takes a free one. 8998 is NVIDIA's default (personaplex 3428dfd, server.py)."""

    device: str = 'auto'
    threads: int = 1
    """Torch threads on the CPU: two that spin for each other on a shared machine are slower."""

    sessions: int = 1
    """Conversations at a time; each has a state of its own, and they share the frame's 80 ms."""

    memory_s: float = 60.0
    """What a conversation remembers when its state is rebuilt before the window ends."""

    hold_ms: float = 1_500.0
    """How long an interrupt holds the agent silent when the user says nothing."""

    persona_cache_mb: int | None = None
    """MiB of the device's memory for prompted personas; 0 keeps none, None suits the device."""

    persona_cache_dir: Path | None = None
    """Folder in which prompted personas outlive the process; None writes nothing."""

    persona_cache_disk_mb: int = 2_048
    """MiB of it: about forty prompts of 92 positions of PersonaPlex-7B in bfloat16."""

    token: str = field(default='', repr=False)
    """What callers must present; empty asks for none."""

    tls_certificate: Path | None = None
    """PEM, with its chain; None serves without TLS."""

    tls_key: Path | None = None
    """PEM, of that certificate."""

    port_file: Path | None = None
    exit_with_parent: bool = False

    warming_wait_s: float = 8.0
    """A caller waits this long for a model that still loads: less than callers' own patience."""

    heartbeat_s: float = 15.0
    """A dead peer is let go after 1.5 times this (aiohttp: ping, then half of it for the pong)."""

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can connect."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine alone."""
    if host == 'localhost':
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
