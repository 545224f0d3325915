# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`personaplex-engine doctor`: its options and the run."""

import argparse

from personaplex_ros.engine.argument_types import torch_device
from personaplex_ros.engine.argument_types import whole_number
from personaplex_ros.engine.command_serve import MAX_PERSONA_CACHE_MB
from personaplex_ros.engine.settings import ServeSettings
from personaplex_ros.wire.limits import MAX_SESSIONS

NAME = 'doctor'
SUMMARY = 'tell whether this machine can run a model in real time, before anything is fetched'


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options; they mean what they mean to serve."""
    default = ServeSettings()
    parser.add_argument(
        '--model',
        default=default.model,
        help='nano, a model directory, or a Hugging Face id, fetched or not (%(default)s)',
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
        default=1,
        help='conversations at a time (%(default)s)',
    )
    parser.add_argument(
        '--persona-cache-mb',
        type=whole_number(0, MAX_PERSONA_CACHE_MB),
        default=default.persona_cache_mb,
        metavar='MIB',
        help='memory for personas, 0 for none (256 on the CPU, 1024 on a GPU)',
    )
    parser.add_argument('--json', action='store_true', help='for programs')


def run(options: argparse.Namespace) -> int:
    """Print the findings; returns 1 where something is bad."""
    # Imported here, not above: torch takes seconds and is not needed for --help.
    from personaplex_ros.engine.doctor.examination import DoctorSettings
    from personaplex_ros.engine.doctor.examination import examine

    report = examine(
        DoctorSettings(
            model=options.model,
            device=options.device,
            threads=options.threads,
            sessions=options.sessions,
            persona_cache_mb=options.persona_cache_mb,
        )
    )
    print(report.as_json() if options.json else report.as_text())
    return report.exit_status
