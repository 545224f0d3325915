# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""YAML as plain data, and the line on which each value stands."""

from collections.abc import Hashable
import math
from typing import Any

import yaml

Path = tuple[Hashable, ...]
"""Keys and list indices from the top of the file."""

MAX_DEPTH = 24
MAX_NODES = 200_000


class YamlProblem(ValueError):
    """YAML that cannot be read; `line` counts from 1."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line


class _Loader(yaml.SafeLoader):
    """As YAML 1.2 has it: `on`, `off`, `yes` and `no` are words here, not truth values."""

    yaml_implicit_resolvers = {
        letter: [
            entry for entry in entries if entry[0] != 'tag:yaml.org,2002:bool' or letter in 'tTfF'
        ]
        for letter, entries in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


class Lines:
    """Where values stand."""

    def __init__(self) -> None:
        self._lines: dict[Path, int] = {}

    def put(self, path: Path, line: int) -> None:
        """Note a line, counted from 1."""
        self._lines[path] = line

    def of(self, path: Path) -> int:
        """Return the line of a value, or of the nearest one around it."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)


def load_with_lines(text: str) -> tuple[Any, Lines]:
    """Return the data of one YAML document and its lines.

    Raises YamlProblem for bad syntax, keys given twice, keys that are not texts or numbers, and
    nesting deeper than MAX_DEPTH.
    """
    lines = Lines()
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        data = _Reader(loader, lines).plain(node, ()) if node is not None else None
    except YamlProblem:
        raise
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlProblem(mark.line + 1 if mark else 1, str(error.problem)) from None
    except yaml.reader.ReaderError as error:
        line = text.count('\n', 0, error.position) + 1
        raise YamlProblem(
            line, f'character #x{ord(text[error.position]):04x}: {error.reason}'
        ) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise YamlProblem(1, ' '.join(str(error).split())) from None
    return data, lines


class _Reader:
    """Nodes to data; aliases count as often as they are used, so that none explodes."""

    def __init__(self, loader: _Loader, lines: Lines) -> None:
        self._loader = loader
        self._lines = lines
        self._count = 0

    def plain(self, node: yaml.Node, path: Path) -> Any:
        line = node.start_mark.line + 1
        self._count += 1
        if len(path) > MAX_DEPTH or self._count > MAX_NODES:
            raise YamlProblem(line, f'nested deeper than {MAX_DEPTH} or over {MAX_NODES} values')
        self._lines.put(path, line)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.plain(item, (*path, index)) for index, item in enumerate(node.value)]
        value = self._loader.construct_object(node)
        if isinstance(value, float) and not math.isfinite(value):
            raise YamlProblem(line, f'{value} bounds nothing and can be compared with nothing')
        return value

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[Hashable, Any]:
        out: dict[Hashable, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise YamlProblem(line, 'a key must be a text or a number')
            key = self._loader.construct_object(key_node)
            if key in out:
                raise YamlProblem(line, f'{key!r} is given twice')
            out[key] = self.plain(value_node, (*path, key))
            self._lines.put((*path, key), line)
        return out
