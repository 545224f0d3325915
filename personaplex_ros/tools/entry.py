# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""One entry of tools.yaml, already of the right form, to a Tool; or what does not fit together."""

from collections.abc import Mapping
import math
import re
from typing import Any

from jsonschema import Draft7Validator

from personaplex_ros.tools.catalogue import Call
from personaplex_ros.tools.catalogue import Policy
from personaplex_ros.tools.catalogue import Sayings
from personaplex_ros.tools.catalogue import Tool
from personaplex_ros.tools.file_schema import SOURCES
from personaplex_ros.tools.pattern import expand
from personaplex_ros.tools.pattern import Expansion
from personaplex_ros.tools.pattern import literal
from personaplex_ros.tools.pattern import PatternError
from personaplex_ros.tools.pattern import Slot
from personaplex_ros.tools.template import fill
from personaplex_ros.tools.template import TemplateError
from personaplex_ros.tools.text_patterns import slow_pattern
from personaplex_ros.tools.yaml_lines import Path

MAX_TABLE_TRIES = 1_000
_TYPES: dict[str, tuple[type, ...]] = {
    'string': (str,),
    'integer': (int,),
    'number': (int, float),
    'boolean': (bool,),
}


class EntryProblem(ValueError):
    """What is wrong, and where below the entry."""

    def __init__(self, below: Path, text: str) -> None:
        super().__init__(text)
        self.below = below


def literals(phrases: list[str]) -> tuple[tuple[str, ...], ...]:
    """Return phrases that are plain words. Raises EntryProblem."""
    out = []
    for index, phrase in enumerate(phrases):
        try:
            out.append(literal(phrase))
        except PatternError as error:
            raise EntryProblem((index,), f'{phrase!r}: {error}') from None
    return tuple(out)


def build_tool(
    entry: Mapping[str, Any], defaults: Mapping[str, Any], tables: Mapping[str, Any]
) -> Tool:
    """Return the tool of an entry. Raises EntryProblem."""
    policy = {**defaults, **entry.get('policy', {})}
    if 'max_per_min' in policy:
        policy['max_per_min'] = int(policy['max_per_min'])  # 12.0 is an integer in JSON Schema
    call = entry['call']
    tool = Tool(
        name=entry['name'],
        description=entry['description'],
        source=entry['source'],
        parameters=entry.get('parameters', {}),
        words=entry.get('words', {}),
        phrases={
            speaker: _expansions(phrases, ('phrases', speaker))
            for speaker, phrases in entry.get('phrases', {}).items()
        },
        unless=_expansions(entry.get('unless', []), ('unless',), gaps=True),
        call=Call(call['kind'], call['name'], call['type'], call.get('args', {})),
        policy=Policy(
            **{
                **policy,
                'requires': tuple(policy.get('requires', ())),
                'cancel_on': tuple(policy.get('cancel_on', ())),
            }
        ),
        say=Sayings(**entry.get('say', {})),
        mind=entry.get('mind', entry['source'] != 'user'),
    )
    for name in tool.parameters:
        _check_parameter(tool, name)
    _check_words(tool)
    _check_phrases(tool)
    _check_call(tool, tables)
    _check_sayings(tool, tables)
    _check_mind(tool)
    return tool


def _expansions(phrases: list[str], below: Path, gaps: bool = False) -> tuple[Expansion, ...]:
    out: list[Expansion] = []
    for index, phrase in enumerate(phrases):
        try:
            out += expand(phrase, gaps)
        except PatternError as error:
            raise EntryProblem((*below, index), f'{phrase!r}: {error}') from None
    return tuple(dict.fromkeys(out))


def _check_parameter(tool: Tool, name: str) -> None:
    schema = tool.parameters[name]
    below: Path = ('parameters', name)
    kind = schema['type']
    if name == 'tables':
        raise EntryProblem(below, 'a parameter cannot be called tables: look-ups use the name')
    for value in schema.get('enum', ()):
        if not isinstance(value, _TYPES[kind]) or isinstance(value, bool) != (kind == 'boolean'):
            raise EntryProblem((*below, 'enum'), f'{name}: {value!r} is no {kind}')
    is_number = kind in ('integer', 'number')
    if is_number and not ('enum' in schema or {'minimum', 'maximum'} <= set(schema)):
        raise EntryProblem(below, f'{name}: a {kind} needs minimum and maximum, or an enum')
    if is_number and schema.get('minimum', -math.inf) > schema.get('maximum', math.inf):
        raise EntryProblem(below, f'{name}: the minimum is above the maximum')
    try:
        re.compile(schema.get('pattern', ''))
    except re.error as error:
        raise EntryProblem((*below, 'pattern'), f'{name}: the pattern: {error}') from None
    if kind == 'string' and not {'enum', 'maxLength'} & set(schema):
        raise EntryProblem(below, f'{name}: a string needs an enum, or a maxLength')
    if slow := slow_pattern(schema):
        raise EntryProblem((*below, 'pattern'), f'{name}: {slow}')
    if 'default' in schema and list(Draft7Validator(dict(schema)).iter_errors(schema['default'])):
        text = f'{name}: the default {schema["default"]!r} is outside of its own range'
        raise EntryProblem((*below, 'default'), text)


def _check_words(tool: Tool) -> None:
    for name, sayings in tool.words.items():
        below: Path = ('words', name)
        if name not in tool.parameters:
            raise EntryProblem(below, f'words for {name!r}, which is no parameter')
        validator = Draft7Validator(dict(tool.parameters[name]))
        for value, phrases in sayings.items():
            if list(validator.iter_errors(value)):
                raise EntryProblem((*below, value), f'{value!r} is no value of {name}')
            for phrase in phrases:
                try:
                    literal(phrase)
                except PatternError as error:
                    raise EntryProblem((*below, value), f'{phrase!r}: {error}') from None


def _check_phrases(tool: Tool) -> None:
    speakers = set(SOURCES[:2]) if tool.source == 'both' else {tool.source}
    for speaker, expansions in tool.phrases.items():
        if speaker not in speakers:
            text = f'phrases of the {speaker}, but the source is {tool.source}'
            raise EntryProblem(('phrases', speaker), text)
        for expansion in expansions:
            _check_slots(tool, expansion, ('phrases', speaker))
            said = {part.name for part in expansion if isinstance(part, Slot)}
            missing = set(tool.schema['required']) - said
            if missing:
                text = f'a phrase leaves out {", ".join(sorted(missing))}, which has no default'
                raise EntryProblem(('phrases', speaker), text)
    for guard in tool.unless:
        _check_slots(tool, guard, ('unless',))


def _check_slots(tool: Tool, expansion: Expansion, below: Path) -> None:
    names = [part.name for part in expansion if isinstance(part, Slot)]
    for name in names:
        if name not in tool.parameters:
            raise EntryProblem(below, f'{{{name}}} is no parameter of {tool.name}')
        schema = tool.parameters[name]
        if schema['type'] == 'string' and 'enum' not in schema:
            text = (
                f'{{{name}}} is free text: only values of an enum, numbers and words can be said'
            )
            raise EntryProblem(below, text)
        if schema['type'] == 'boolean' and not tool.words.get(name):
            raise EntryProblem(
                below, f'{{{name}}} is true or false: say in `words` how it is said'
            )
    if len(set(names)) != len(names):
        raise EntryProblem(below, 'a slot stands twice in one phrase')


def _check_call(tool: Tool, tables: Mapping[str, Any]) -> None:
    folder = {'topic': 'msg', 'service': 'srv', 'action': 'action'}[tool.call.kind]
    if tool.call.type_name.split('/')[1] != folder:
        text = f'{tool.call.type_name} is no type of a {tool.call.kind} (package/{folder}/Name)'
        raise EntryProblem(('call', 'type'), text)
    for arguments in trial_arguments(tool):
        try:
            fill(tool.call.args, arguments, tables)
        except TemplateError as error:
            raise EntryProblem(('call', 'args'), str(error)) from None


def _check_sayings(tool: Tool, tables: Mapping[str, Any]) -> None:
    if tool.policy.confirm == 'spoken' and not tool.say.ask:
        raise EntryProblem(('policy', 'confirm'), 'confirm: spoken needs a question, say.ask')
    for stage in ('ask', 'accepted', 'refused', 'done', 'failed'):
        extra = {'reason': ''} if stage in ('refused', 'failed') else {}
        for arguments in trial_arguments(tool):
            try:
                fill(getattr(tool.say, stage), {**arguments, **extra}, tables)
            except TemplateError as error:
                raise EntryProblem(('say', stage), str(error)) from None


def _check_mind(tool: Tool) -> None:
    """Where the user alone decides, what a model understood of the user is a question."""
    if tool.mind and tool.source == 'user' and tool.policy.confirm == 'none':
        text = 'mind: a tool of the user needs policy.confirm, so that somebody says yes'
        raise EntryProblem(('mind',), text)


def trial_arguments(tool: Tool) -> list[dict[str, Any]]:
    """Return arguments that use every value of every enum once, so that each look-up is tried."""
    base = {name: _some_value(schema) for name, schema in tool.parameters.items()}
    return [
        {**base, name: value}
        for name, schema in tool.parameters.items()
        for value in _values(schema)[:MAX_TABLE_TRIES]
    ] or [base]


def _values(schema: Mapping[str, Any]) -> list[Any]:
    if schema['type'] == 'boolean':
        return [True, False]
    return list(schema.get('enum', [_some_value(schema)]))


def _some_value(schema: Mapping[str, Any]) -> Any:
    if 'enum' in schema:
        return schema['enum'][0]
    return {'string': '', 'boolean': True}.get(schema['type'], _least(schema))


def _least(schema: Mapping[str, Any]) -> int | float:
    least = schema.get('minimum', 0)
    return float(least) if schema['type'] == 'number' else least
