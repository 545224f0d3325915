# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The stand-in engine as a command, with the arguments of `personaplex-engine serve`.

FAKE_ENGINE_LOG names a file that gets a line `<pid> <port>` per start. FAKE_ENGINE_FAULT is
`dies` to end at once with status 3, or `mute` never to listen.
"""

import argparse
import os
from pathlib import Path
import sys
import threading

from fakes.engine import FakeEngine


def main() -> int:
    """Serve until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument('command', choices=['serve'])
    parser.add_argument('--model')
    parser.add_argument('--port', type=int)
    parser.add_argument('--port-file', type=Path)
    parser.add_argument('--exit-with-parent', action='store_true')
    options = parser.parse_args()
    fault = os.environ.get('FAKE_ENGINE_FAULT', '')
    if fault == 'dies':
        return 3
    with FakeEngine(port=options.port) as engine:
        with open(os.environ['FAKE_ENGINE_LOG'], 'a') as log:
            log.write(f'{os.getpid()} {engine.port}\n')
        if options.port_file and fault != 'mute':
            partial = options.port_file.with_suffix('.partial')
            partial.write_text(str(engine.port))
            partial.rename(options.port_file)
        threading.Event().wait()
    return 0


if __name__ == '__main__':
    sys.exit(main())
