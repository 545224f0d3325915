# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Templates for what is sent and said: `${...}` looks a value up, and nothing is ever evaluated.

`${place}` is an argument, `${tables.map.frame}` a value of the file's tables, and
`${tables.places[place]}` the entry of a table that an argument names. A text that is one look-up
takes the value with its type; within a longer text the value becomes text.
"""

from collections.abc import Mapping
import re
from typing import Any

_LOOKUP = re.compile(r'\$\{([^{}]*)\}')
_FORM = re.compile(
    r'^(?:(?P<argument>[a-z][a-z0-9_]*)'
    r'|tables\.(?P<path>\w+(?:\.\w+)*)(?:\[(?P<key>[a-z][a-z0-9_]*)\])?)$'
)


class TemplateError(ValueError):
    """A look-up that finds nothing, or is none; the text says which."""


def fill(template: Any, arguments: Mapping[str, Any], tables: Mapping[str, Any]) -> Any:
    """Return the template with its look-ups replaced. Raises TemplateError."""
    if isinstance(template, str):
        return _fill_text(template, arguments, tables)
    if isinstance(template, Mapping):
        return {key: fill(value, arguments, tables) for key, value in template.items()}
    if isinstance(template, list):
        return [fill(value, arguments, tables) for value in template]
    return template


def _fill_text(text: str, arguments: Mapping[str, Any], tables: Mapping[str, Any]) -> Any:
    whole = _LOOKUP.fullmatch(text)
    if whole:
        return _look_up(whole.group(1), arguments, tables)
    return _LOOKUP.sub(lambda found: _spoken(_look_up(found.group(1), arguments, tables)), text)


def _look_up(lookup: str, arguments: Mapping[str, Any], tables: Mapping[str, Any]) -> Any:
    form = _FORM.match(lookup.strip())
    if form is None:
        raise TemplateError(
            f'${{{lookup}}} is no look-up: use ${{argument}}, ${{tables.a.b}} or '
            '${tables.a[argument]}'
        )
    if form['argument']:
        return _entry(arguments, form['argument'], f'${{{lookup}}}: the arguments')
    value: Any = tables
    for key in form['path'].split('.'):
        value = _entry(value, key, f'${{{lookup}}}: the tables')
    if form['key']:
        key = _entry(arguments, form['key'], f'${{{lookup}}}: the arguments')
        value = _entry(value, key, f'${{{lookup}}}: table {form["path"]}')
    return value


def _entry(where: Any, key: Any, what: str) -> Any:
    if not isinstance(where, Mapping) or key not in where:
        have = (
            ', '.join(map(str, list(where)[:10])) if isinstance(where, Mapping) else 'no entries'
        )
        raise TemplateError(f'{what} have no {key!r} (have {have or "none"})')
    return where[key]


def _spoken(value: Any) -> str:
    return str(value).replace('_', ' ') if isinstance(value, str) else str(value)
