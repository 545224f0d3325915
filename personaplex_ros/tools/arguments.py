# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Arguments of a call: names made canonical, defaults filled in, all of it checked."""

from collections.abc import Callable
from collections.abc import Mapping
from functools import lru_cache
import json
from typing import Any

from jsonschema import Draft7Validator

from personaplex_ros.tools.catalogue import Tool
from personaplex_ros.tools.scanner import plain_words
from personaplex_ros.tools.text_patterns import longest_text

MAX_JSON_CHARS = 4_000

MAX_DIGITS = 18
"""Before the point: what every integer of a message can take. A checker may overflow on more."""


class ArgumentError(ValueError):
    """Arguments that a tool does not take; the text names the first wrong one."""


def decode_arguments(text: str) -> dict[str, Any]:
    """Return the JSON object of a structured call.

    Raises ArgumentError for anything else, and for what JSON leaves open: NaN, infinities, numbers
    that no message could take and keys given twice.
    """
    if len(text) > MAX_JSON_CHARS:
        raise ArgumentError(f'arguments of over {MAX_JSON_CHARS} characters')
    try:
        data = json.loads(
            text or '{}',
            parse_constant=_no_constant,
            parse_int=_number(int),
            parse_float=_number(float),
            object_pairs_hook=_no_twins,
        )
    except (ValueError, RecursionError) as error:
        raise ArgumentError(f'arguments are no JSON: {error}') from None
    if not isinstance(data, dict):
        raise ArgumentError('arguments must be a JSON object')
    return data


def checked_arguments(tool: Tool, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return all arguments of a call, in the order of the file. Raises ArgumentError."""
    named = {name: _canonical(tool, name, value) for name, value in given.items()}
    _check_lengths(tool, named)
    error = next(iter(sorted(_validator(tool).iter_errors(named), key=str)), None)
    if error is not None:
        where = '.'.join(map(str, error.absolute_path))
        raise ArgumentError((f'{where}: ' if where else '') + error.message[:200])
    out = {}
    for name, schema in tool.parameters.items():
        value: Any = named.get(name, schema.get('default'))
        out[name] = int(value) if schema['type'] == 'integer' else value
    return out


def _check_lengths(tool: Tool, named: Mapping[str, Any]) -> None:
    """Refuse texts that are too long before a pattern is tried on them."""
    for name, value in named.items():
        schema = tool.parameters.get(name, {})
        if 'pattern' not in schema or not isinstance(value, str):
            continue
        most = longest_text(schema)
        if len(value) > most:
            raise ArgumentError(f'{name}: {value[:80]!r} has {len(value)} characters, over {most}')


@lru_cache(maxsize=4_096)
def _validator_of(schema: str) -> Draft7Validator:
    return Draft7Validator(json.loads(schema))


def _validator(tool: Tool) -> Draft7Validator:
    return _validator_of(json.dumps(tool.schema))


def _canonical(tool: Tool, name: str, value: Any) -> Any:
    """Return the value a word stands for; anything else as it came."""
    if not isinstance(value, str) or name not in tool.parameters:
        return value
    spoken = plain_words(value)
    for meant in tool.parameters[name].get('enum', ()):
        if isinstance(meant, str) and plain_words(meant.replace('_', ' ')) == spoken:
            return meant
    for meant, sayings in tool.words.get(name, {}).items():
        if spoken in [plain_words(saying) for saying in sayings]:
            return meant
    return value


def _no_constant(name: str) -> None:
    raise ValueError(f'{name} is no number')


def _number(kind: type) -> Callable[[str], float]:
    def parse(digits: str) -> float:
        number: float = kind(digits)
        if not abs(number) < 10**MAX_DIGITS:
            raise ValueError(f'{digits[:24]} has over {MAX_DIGITS} digits')
        return number

    return parse


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) != len(pairs):
        raise ValueError('a key is given twice')
    return out
