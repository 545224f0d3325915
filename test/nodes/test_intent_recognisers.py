# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Speech recognisers of other packages: found on the graph by topic and type, and understood."""

import json
import os
from pathlib import Path
import subprocess
import sys

import pytest
from rclpy.utilities import get_rmw_implementation_identifier

pytestmark = [
    pytest.mark.graph,
    pytest.mark.skipif(
        get_rmw_implementation_identifier() != 'embedded',
        reason='the messages of other packages are beside the tests for the embedded graph alone',
    ),
]

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def test_every_kind_of_recogniser_leads_to_one_call(tmp_path):
    paths = [ROOT, ROOT / 'test', HERE, *sys.path]
    done = subprocess.run(
        [sys.executable, HERE / 'recogniser_child.py', tmp_path],
        env={
            **os.environ,
            'EMBEDDED_ROS_INTERFACE_PATH': str(HERE / 'interfaces' / 'others'),
            'PYTHONPATH': os.pathsep.join(map(str, paths)),
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert len(result['calls']) == result['shouts'] == 3
    assert result['heard'] == ['robot shout', 'Shout.', 'Shout.', ' Shout.']
