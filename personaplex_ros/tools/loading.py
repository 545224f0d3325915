# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Reading tools.yaml: everything that is wrong with it, each with its line, or a catalogue."""

from collections.abc import Callable
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from jsonschema import Draft7Validator
from jsonschema import ValidationError

from personaplex_ros.tools.catalogue import Catalogue
from personaplex_ros.tools.catalogue import Listening
from personaplex_ros.tools.catalogue import Tool
from personaplex_ros.tools.entry import build_tool
from personaplex_ros.tools.entry import EntryProblem
from personaplex_ros.tools.entry import literals
from personaplex_ros.tools.entry import trial_arguments
from personaplex_ros.tools.file_schema import FILE_SCHEMA
from personaplex_ros.tools.interfaces import call_problems
from personaplex_ros.tools.interfaces import Interfaces
from personaplex_ros.tools.one_type import type_clashes
from personaplex_ros.tools.template import fill
from personaplex_ros.tools.yaml_lines import Lines
from personaplex_ros.tools.yaml_lines import load_with_lines
from personaplex_ros.tools.yaml_lines import Path
from personaplex_ros.tools.yaml_lines import YamlProblem

MAX_FILE_BYTES = 4 << 20
MAX_PROBLEMS = 50
_RESERVED = ('voice', 'interrupt', 'estop')
"""What `cancel_on` names beside tools."""


@dataclass(frozen=True)
class Problem:
    """Something wrong in the file."""

    line: int
    text: str


class CatalogueError(ValueError):
    """A file that cannot be used; one line of text per problem, `file:line: what`."""

    def __init__(self, name: str, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems), key=lambda problem: (problem.line, problem.text))
        shown = self.problems[:MAX_PROBLEMS]
        super().__init__('\n'.join(f'{name}:{problem.line}: {problem.text}' for problem in shown))


def load_catalogue(path: FilePath, interfaces: Interfaces | None = None) -> Catalogue:
    """Read a file. interfaces: where given, types and field names are checked against it.

    Raises CatalogueError.
    """
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise CatalogueError(str(path), [Problem(1, f'over {MAX_FILE_BYTES} bytes')])
        text = path.read_text(encoding='utf-8')
    except OSError as error:
        raise CatalogueError(str(path), [Problem(1, str(error.strerror))]) from None
    except UnicodeDecodeError as error:
        raise CatalogueError(str(path), [Problem(1, f'no UTF-8 text: {error.reason}')]) from None
    return read_catalogue(text, str(path), interfaces)


def read_catalogue(
    text: str, name: str = 'tools.yaml', interfaces: Interfaces | None = None
) -> Catalogue:
    """Read the text of a file; `name` is shown in errors. Raises CatalogueError."""
    try:
        data, lines = load_with_lines(text)
    except YamlProblem as problem:
        raise CatalogueError(name, [Problem(problem.line, str(problem))]) from None
    problems = [_schema_problem(error, lines) for error in _schema_errors(data)]
    if not problems:
        reader = _Reader(data, lines, interfaces)
        catalogue = reader.catalogue()
        problems = reader.problems
    if problems:
        raise CatalogueError(name, problems)
    return catalogue


def _schema_errors(data: Any) -> Iterable[ValidationError]:
    return Draft7Validator(FILE_SCHEMA).iter_errors(data if data is not None else {})


def _schema_problem(error: ValidationError, lines: Lines) -> Problem:
    path: Path = tuple(error.absolute_path)
    where = '.'.join(map(str, path)) or 'the file'
    if error.validator == 'additionalProperties' and isinstance(error.instance, dict):
        schema: Any = error.schema
        known = schema.get('properties', {})
        unknown = [key for key in error.instance if key not in known]
        path = (*path, unknown[0])
        text = f'{where} has no {", ".join(map(repr, unknown))} (has {", ".join(known)})'
        return Problem(lines.of(path), text)
    return Problem(lines.of(path), f'{where}: {error.message[:300]}')


class _Reader:
    """What the schema cannot say, collected instead of stopping at the first."""

    def __init__(self, data: dict[str, Any], lines: Lines, interfaces: Interfaces | None) -> None:
        self.problems: list[Problem] = []
        self._data = data
        self._lines = lines
        self._interfaces = interfaces

    def catalogue(self) -> Catalogue:
        data = self._data
        estop = data['estop']
        tools = [tool for tool in map(self._tool, range(len(data['tools']))) if tool]
        self._check_names()
        for path, text in type_clashes(data, self._lines):
            self._problem(path, text)
        return Catalogue(
            tools={tool.name: tool for tool in tools},
            estop_phrases=self._literals(('estop', 'phrases'), estop['phrases']),
            estop_topic=estop.get('topic', ''),
            estop_say=estop.get('say', ''),
            cancel_phrases=self._literals(
                ('cancel', 'phrases'), data.get('cancel', {}).get('phrases', [])
            ),
            address=self._literals(('address',), data.get('address', [])),
            listening=Listening(**data.get('listening', {})),
            tables=data.get('tables', {}),
        )

    def _tool(self, index: int) -> Tool | None:
        path: Path = ('tools', index)
        entry = self._data['tools'][index]
        tool: Tool | None = self._tried(
            path, lambda: build_tool(entry, self._data.get('defaults', {}), self._tables)
        )
        if tool is not None and self._interfaces is not None:
            self._check_interface(path, tool, self._interfaces)
        return tool

    def _check_interface(self, path: Path, tool: Tool, interfaces: Interfaces) -> None:
        for arguments in trial_arguments(tool):
            args = fill(tool.call.args, arguments, self._tables)
            for below, text in call_problems(tool.call.type_name, args, interfaces):
                self._problem((*path, 'call', *below), f'{tool.name}: {text}')

    @property
    def _tables(self) -> dict[str, Any]:
        return self._data.get('tables', {})

    def _check_names(self) -> None:
        names = [entry['name'] for entry in self._data['tools']]
        for index, entry in enumerate(self._data['tools']):
            path: Path = ('tools', index)
            if entry['name'] in names[:index] or entry['name'] in _RESERVED:
                what = 'is reserved' if entry['name'] in _RESERVED else 'is given twice'
                self._problem((*path, 'name'), f'tool name {entry["name"]!r} {what}')
            for other in entry.get('policy', {}).get('cancel_on', []):
                if other not in names and other not in _RESERVED:
                    self._problem(
                        (*path, 'policy', 'cancel_on'),
                        f'cancel_on: {other!r} is neither voice, interrupt, estop nor a tool',
                    )

    def _literals(self, path: Path, phrases: list[str]) -> tuple[tuple[str, ...], ...]:
        return self._tried(path, lambda: literals(phrases)) or ()

    def _tried(self, path: Path, make: Callable[[], Any]) -> Any:
        try:
            return make()
        except EntryProblem as problem:
            self._problem((*path, *problem.below), str(problem))
        return None

    def _problem(self, path: Path, text: str) -> None:
        self.problems.append(Problem(self._lines.of(path), text))
