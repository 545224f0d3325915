# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the README tells a newcomer to do leaves the checkout as it was."""

from fnmatch import fnmatch
from pathlib import Path
import re

ROOT = Path(__file__).resolve().parents[2]


def test_the_environment_that_it_makes_is_ignored_by_git_and_so_by_ruff():
    made = re.findall(r'python3 -m venv (\S+)', (ROOT / 'README.md').read_text(encoding='utf-8'))
    ignored = (ROOT / '.gitignore').read_text(encoding='utf-8').split()
    assert made
    for folder in made:
        assert any(fnmatch(f'/{folder}/', pattern) for pattern in ignored), folder
