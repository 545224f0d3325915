# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""docs/engine.md lists every JSON message as it is: fields, types, defaults, and who sends it."""

import dataclasses
import json
from pathlib import Path
import re
import typing

import pytest

from personaplex_ros.wire import events

DOCUMENT = Path(__file__).resolve().parents[2] / 'docs' / 'engine.md'
SENT_BY = {
    **{cls.type: (cls, 'caller') for cls in events.CALLER_EVENTS},
    **{cls.type: (cls, 'engine') for cls in events.ENGINE_EVENTS},
    events.Fault.type: (events.Fault, 'engine, 0x05'),
}


def documented() -> dict[str, list[str]]:
    """Return the cells of each row by its type."""
    text = DOCUMENT.read_text(encoding='utf-8')
    section = text.partition('## The messages of `/api/chat`')[2].partition('\n## ')[0]
    rows = re.findall(r'^\| (`.*) \|$', section, re.MULTILINE)[1:]
    cells = [row.split(' | ') for row in rows]
    return {row[0].strip('`'): row for row in cells}


def as_written(cls: type, field: dataclasses.Field) -> str:
    """Return a field as the table writes it; what may be left out shows what it then is."""
    kind = next(iter(typing.get_args(field.type)), field.type)
    default = 0 if field.name == 'id' and cls in events.CALLER_EVENTS else field.default
    given = default is dataclasses.MISSING
    return f'`{field.name}: {kind.__name__}{"" if given else " = " + json.dumps(default)}`'


def test_every_message_has_a_row_and_no_other():
    assert list(documented()) == list(SENT_BY)


@pytest.mark.parametrize('name', SENT_BY)
def test_a_row_tells_who_sends_it_and_its_fields(name):
    cls, sender = SENT_BY[name]
    _, told_sender, told_fields, _ = documented()[name]
    assert told_sender == sender
    assert told_fields == ', '.join(as_written(cls, field) for field in dataclasses.fields(cls))


@pytest.mark.parametrize('cls', events.CALLER_EVENTS, ids=lambda cls: cls.type)
def test_a_request_is_answered_by_what_the_engine_sends(cls):
    told = documented()[cls.type][3].rpartition(': ')[2]
    answers = re.findall(r'`(\w+)`', re.sub(r'\(.*?\)', '', told))
    engine = {one.type for one in (*events.ENGINE_EVENTS, events.Fault)}
    assert answers and set(answers) <= engine
