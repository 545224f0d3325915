# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Personas: what is shipped is sound, what is wrong in a file is told."""

from pathlib import Path

import pytest

from personaplex_ros.backends.base import Role
from personaplex_ros.conversation.personas import DEFAULT_VOICE
from personaplex_ros.conversation.personas import INLINE
from personaplex_ros.conversation.personas import load_personas
from personaplex_ros.conversation.personas import MAX_FILE_BYTES
from personaplex_ros.conversation.personas import MAX_NAME_CHARS
from personaplex_ros.conversation.personas import Persona
from personaplex_ros.conversation.personas import PersonaError
from personaplex_ros.wire.limits import check_text_prompt
from personaplex_ros.wire.limits import check_voice_name

SHIPPED = Path(__file__).parents[2] / 'config' / 'personas.yaml'
PRESENT = Persona('porter', Role('You are here.', 'NATM3'))


def book(tmp_path: Path, text: str | bytes):
    """Load a file with this content."""
    path = tmp_path / 'personas.yaml'
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_personas(path)


@pytest.mark.parametrize('name', load_personas(SHIPPED).names)
def test_every_shipped_persona_is_within_the_limits(name):
    role = load_personas(SHIPPED).find(name).role
    assert check_text_prompt(role.text_prompt) == role.text_prompt
    assert check_voice_name(role.voice) == role.voice
    assert 20 < len(role.text_prompt) <= 1000, "NVIDIA's page takes at most 1 000 characters"
    assert role.voice[:3] in ('NAT', 'VAR')


def test_the_shipped_file_has_the_three_trained_styles_and_five_of_our_own():
    names = load_personas(SHIPPED).names
    assert names[:3] == ['teacher', 'service', 'companion']
    assert len(names) == len(set(names)) >= 8
    roles = [load_personas(SHIPPED).find(name).role.text_prompt for name in names]
    assert roles[0] == (
        'You are a wise and friendly teacher. Answer questions or provide advice in a clear and '
        'engaging way.'
    ), 'the one sentence the model was trained with'
    assert roles[2].startswith('You enjoy having a good conversation.')
    assert sum(role.startswith('You work for ') for role in roles) == 6


def test_names_keep_the_files_order_and_the_first_is_the_default(tmp_path):
    personas = book(tmp_path, 'personas: {z: {text: Z}, a: {text: A}, m: {text: M}}')
    assert personas.names == ['z', 'a', 'm']
    assert personas.first.name == 'z'


def test_a_voice_may_be_left_out_and_lines_are_joined(tmp_path):
    personas = book(tmp_path, 'personas:\n  a:\n    text: |\n      You are\n      Zoë.\n')
    assert personas.find('a').role == Role('You are Zoë.', DEFAULT_VOICE)


def test_a_voice_file_is_known_by_its_bare_name(tmp_path):
    assert book(tmp_path, 'personas: {a: {text: A, voice: NATM1.pt}}').first.role.voice == 'NATM1'


def test_an_unknown_name_is_told_with_those_there_are(tmp_path):
    personas = book(tmp_path, 'personas: {a: {text: A}, b: {text: B}}')
    with pytest.raises(PersonaError, match=r"persona 'c' is not in the file \(have a, b\)"):
        personas.find('c')
    with pytest.raises(PersonaError) as error:
        personas.find('c' * 100_000)
    assert len(str(error.value)) < 200


@pytest.mark.parametrize(
    ('name', 'text', 'voice', 'wanted_name', 'wanted_role'),
    [
        ('a', '', '', 'a', Role('A', 'NATF0')),
        ('a', '', 'NATF1', 'a', Role('A', 'NATF1')),
        ('a', 'B', '', 'a', Role('B', 'NATF0')),
        ('', 'B', '', INLINE, Role('B', 'NATM3')),
        ('', '', 'NATF1', 'porter', Role('You are here.', 'NATF1')),
        ('new', 'B', '', 'new', Role('B', 'NATM3')),
        ('new', 'B', 'NATF1', 'new', Role('B', 'NATF1')),
        ('', 'B', 'NATF1.pt', INLINE, Role('B', 'NATF1')),
    ],
)
def test_a_request_means(tmp_path, name, text, voice, wanted_name, wanted_role):
    personas = book(tmp_path, 'personas: {a: {text: A, voice: NATF0}}')
    persona = personas.resolve(name, text, voice, PRESENT)
    assert (persona.name, persona.role) == (wanted_name, wanted_role)


@pytest.mark.parametrize(
    ('request_', 'why'),
    [
        (('', '', ''), 'give a name, or a text_prompt, or a voice'),
        (('nobody', '', ''), 'is not in the file'),
        (('nobody', '', 'NATF1'), 'is not in the file'),
        (('x' * (MAX_NAME_CHARS + 1), 'A', ''), 'at most 80 characters'),
        (('\ud800', 'A', ''), 'is no good'),
        (('', 'x' * 4001, ''), 'at most 4000'),
        (('', 'a\x00b', ''), 'NUL'),
        (('', '', '../x'), 'no voice name'),
    ],
)
def test_a_request_that_means_nobody_is_refused(tmp_path, request_, why):
    with pytest.raises(PersonaError, match=why):
        book(tmp_path, 'personas: {a: {text: A}}').resolve(*request_, PRESENT)


@pytest.mark.parametrize(
    ('content', 'why'),
    [
        ('', 'expected a map `personas:`'),
        ('just words', 'expected a map `personas:`'),
        ('[]', 'expected a map `personas:`'),
        ('personas:', 'expected a map `personas:`'),
        ('personas: {}', 'expected a map `personas:`'),
        ('personas: [a, b]', 'expected a map `personas:`'),
        ('personas: {a: words}', "'a' is not a name with `text` and `voice`"),
        ('personas: {1: {text: A}}', '1 is not a name'),
        ("personas: {'': {text: A}}", "'' is not a name"),
        ('personas: {a: {txt: A}}', "unknown keys ['txt']"),
        ('personas: {a: {text: 5}}', "text and voice of persona 'a' must be strings"),
        ('personas: {a: {text: yes}}', 'must be strings'),
        ('personas: {a: {text: A, voice: 7}}', 'must be strings'),
        ('personas: {a: {text: A, voice: ../x}}', "persona 'a': voice '../x' is no voice name"),
        (f'personas: {{a: {{text: {"x" * 4001}}}}}', "persona 'a': the text prompt has 4001"),
        ('personas: {a: {text: [}}', 'line 1'),
        ('personas:\n  a: *nobody', 'line 2'),
        ('personas: !!python/object/apply:os.system [x]', 'python/object'),
        (b'personas: {a: {text: \xff\xfe}}', 'decode'),
        ('personas: 2020-13-45', 'month'),
        ('[' * 2_000, 'recursion'),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_bad_file_is_refused_in_one_line_that_names_it(tmp_path, content, why):
    with pytest.raises(PersonaError) as error:
        book(tmp_path, content)
    text = str(error.value)
    assert text.startswith(str(tmp_path / 'personas.yaml'))
    assert why in text
    assert '\n' not in text


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(PersonaError, match=r'nowhere\.yaml: No such file'):
        load_personas(tmp_path / 'nowhere.yaml')


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(PersonaError, match='directory'):
        load_personas(tmp_path)


def test_a_giant_file_is_not_even_read(tmp_path):
    with pytest.raises(PersonaError, match='is it a persona file'):
        book(tmp_path, '#' * (MAX_FILE_BYTES + 1))


def test_a_home_that_does_not_exist_is_told():
    with pytest.raises(PersonaError):
        load_personas(Path('~nobody-of-this-name/personas.yaml'))
