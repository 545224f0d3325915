# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Play damaged messages by hand: one receiver, or one conversation again that did harm."""

import argparse
import asyncio
from collections.abc import Callable
import json
import os
from pathlib import Path
import sys
import time

from .campaign import Campaign
from .campaign import Failure
from .campaign import Report
from .script import Message
from .targets import TARGETS

TELL_EVERY_S = 2.0


def main() -> int:
    """Return the exit status: 1 for a message that did harm."""
    parser = argparse.ArgumentParser(prog='python -m fuzz', description=__doc__)
    parser.add_argument('target', choices=TARGETS)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--messages', type=int, default=100_000, help='damaged ones')
    parser.add_argument('--conversation', type=int, help='play this one alone, and show it')
    parser.add_argument('--where', type=Path, help='keep the number of the conversation here')
    options = parser.parse_args()
    campaign = Campaign(options.target, options.seed)
    try:
        if options.conversation is not None:
            asyncio.run(campaign.replay(options.conversation, _show))
        else:
            tell = _teller(options.messages, options.where)
            report = asyncio.run(campaign.run(options.messages, tell))
            print(json.dumps(report.as_json()))
    except Failure as failure:
        print(f'fuzz {options.target}: {failure}', file=sys.stderr)
        return 1
    return 0


def _show(index: int, message: Message) -> None:
    print(index, message.damage or 'in order', message.data.hex(), flush=True)


def _teller(damaged: int, where: Path | None) -> Callable[[Report], None]:
    """Return what tells a person how far it is, and a supervisor in which conversation."""
    file = os.open(where, os.O_WRONLY | os.O_CREAT) if where else None
    told = time.monotonic()

    def tell(report: Report) -> None:
        nonlocal told
        if file is not None:
            os.pwrite(file, b'%020d' % report.conversations, 0)
        if time.monotonic() - told > TELL_EVERY_S:
            told = time.monotonic()
            share = 100 * report.damaged / damaged
            line = f'{report.damaged} of {damaged} damaged messages ({share:.0f} %)'
            print(f'fuzz {report.target}: {line}', file=sys.stderr, flush=True)

    return tell


if __name__ == '__main__':
    sys.exit(main())
