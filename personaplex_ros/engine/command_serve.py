# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`personaplex-engine serve`: its options, checked, and the run."""

import argparse
import math
import os
from pathlib import Path

from personaplex_ros.engine.argument_types import torch_device
from personaplex_ros.engine.argument_types import whole_number
from personaplex_ros.engine.failure import StartFailure
from personaplex_ros.engine.settings import ServeSettings
from personaplex_ros.wire.limits import MAX_SESSIONS

NAME = 'serve'
SUMMARY = 'serve conversations on /api/chat'

TOKEN_VARIABLE = 'PERSONAPLEX_TOKEN'
"""The same variable that callers read; unlike an option it does not show in `ps`."""

MAX_HOLD_MS = 60_000.0
MAX_MEMORY_S = 3_600.0
MAX_PERSONA_CACHE_MB = 1 << 20


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options; defaults are those of ServeSettings."""
    default = ServeSettings()
    parser.add_argument(
        '--model',
        default=default.model,
        help='nano, a model directory, or a Hugging Face id to fetch and convert (%(default)s)',
    )
    parser.add_argument('--host', default=default.host, help='address to bind (%(default)s)')
    parser.add_argument(
        '--port',
        type=whole_number(0, 65_535),
        default=default.port,
        help='0 takes a free one (%(default)s)',
    )
    parser.add_argument('--device', type=torch_device, default=default.device)
    parser.add_argument(
        '--threads',
        type=whole_number(1, 256),
        default=default.threads,
        help='torch on the CPU (%(default)s)',
    )
    parser.add_argument(
        '--sessions',
        type=whole_number(1, MAX_SESSIONS),
        default=default.sessions,
        help='conversations at a time; each takes memory and its share of every 80 ms '
        '(%(default)s)',
    )
    parser.add_argument(
        '--memory-s',
        type=_memory_s,
        default=default.memory_s,
        help='seconds of both sides that a conversation keeps when its window runs out '
        '(%(default)s)',
    )
    parser.add_argument(
        '--hold-ms',
        type=_hold_ms,
        default=default.hold_ms,
        help='silence after an interrupt, unless the user speaks sooner (%(default)s)',
    )
    parser.add_argument(
        '--persona-cache-mb',
        type=whole_number(0, MAX_PERSONA_CACHE_MB),
        default=default.persona_cache_mb,
        metavar='MIB',
        help='memory for personas that can return without a prefill, 0 for none '
        '(256 on the CPU, 1024 on a GPU)',
    )
    parser.add_argument(
        '--persona-cache-dir',
        type=Path,
        metavar='DIR',
        help='folder in which prompted personas outlive the engine; none without',
    )
    parser.add_argument(
        '--persona-cache-disk-mb',
        type=whole_number(0, MAX_PERSONA_CACHE_MB),
        default=default.persona_cache_disk_mb,
        metavar='MIB',
        help='of that folder; the least recently used persona goes first (%(default)s)',
    )
    parser.add_argument(
        '--token',
        default=None,
        help=f'what callers must present; needed off loopback; better in {TOKEN_VARIABLE}',
    )
    parser.add_argument(
        '--tls-cert', type=Path, metavar='PEM', help='serve https and wss with this certificate'
    )
    parser.add_argument('--tls-key', type=Path, metavar='PEM', help='its key, not encrypted')
    parser.add_argument(
        '--port-file', type=Path, help='write the port here once the server listens'
    )
    parser.add_argument(
        '--exit-with-parent', action='store_true', help='end when the process that started it ends'
    )


def run(options: argparse.Namespace) -> int:
    """Serve until a signal; returns the exit status. Raises StartFailure, ModelFailure."""
    from personaplex_ros.engine.serve import serve  # aiohttp is not needed for --help

    return serve(_settings(options))


def _settings(options: argparse.Namespace) -> ServeSettings:
    token = os.environ.get(TOKEN_VARIABLE, '') if options.token is None else options.token
    if not token.isascii() or any(c.isspace() or not c.isprintable() for c in token):
        raise StartFailure('the token holds spaces or special characters; use letters and digits')
    settings = ServeSettings(
        model=options.model,
        host=options.host,
        port=options.port,
        device=options.device,
        threads=options.threads,
        sessions=options.sessions,
        memory_s=options.memory_s,
        hold_ms=options.hold_ms,
        persona_cache_mb=options.persona_cache_mb,
        persona_cache_dir=options.persona_cache_dir,
        persona_cache_disk_mb=options.persona_cache_disk_mb,
        token=token,
        tls_certificate=options.tls_cert,
        tls_key=options.tls_key,
        port_file=options.port_file,
        exit_with_parent=options.exit_with_parent,
    )
    if not settings.on_loopback and not token:
        raise StartFailure(
            f'--host {settings.host} can be reached from other machines: '
            f'set {TOKEN_VARIABLE} to a secret that callers must present'
        )
    if (settings.tls_certificate is None) is not (settings.tls_key is None):
        raise StartFailure('--tls-cert and --tls-key belong together; give both or none')
    return settings


def _hold_ms(value: str) -> float:
    return _float_up_to(value, MAX_HOLD_MS, 'milliseconds')


def _memory_s(value: str) -> float:
    return 0.0 if value == '0' else _float_up_to(value, MAX_MEMORY_S, 'seconds')


def _float_up_to(value: str, highest: float, unit: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not 0 < number <= highest:
        raise argparse.ArgumentTypeError(
            f'{value!r}; expected {unit} above 0, at most {highest:.0f}'
        )
    return number
