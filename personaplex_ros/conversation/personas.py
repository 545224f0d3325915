# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Who the robot can be: personas by name, from a YAML file."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from personaplex_ros.backends.base import Role
from personaplex_ros.wire.limits import check_text_prompt
from personaplex_ros.wire.limits import check_voice_name
from personaplex_ros.wire.limits import is_unicode
from personaplex_ros.wire.limits import LimitError

MAX_FILE_BYTES = 1 << 20
DEFAULT_VOICE = 'NATF2'
INLINE = 'inline'
"""Name of a persona that was given by its prompts alone."""

MAX_NAME_CHARS = 80


class PersonaError(ValueError):
    """A persona or persona file that cannot be used; the text says why."""


@dataclass(frozen=True)
class Persona:
    """A name for a role: text prompt and voice."""

    name: str
    role: Role


class PersonaBook:
    """The personas of one file, in its order."""

    def __init__(self, personas: list[Persona]) -> None:
        self._personas = {persona.name: persona for persona in personas}

    @property
    def names(self) -> list[str]:
        """All names, in the file's order."""
        return list(self._personas)

    @property
    def first(self) -> Persona:
        """The persona to begin with when none is named."""
        return next(iter(self._personas.values()))

    def find(self, name: str) -> Persona:
        """Return a persona; raises PersonaError that lists the names there are."""
        if name not in self._personas:
            known = ', '.join(self._personas)
            raise PersonaError(f'persona {name[:80]!r} is not in the file (have {known})')
        return self._personas[name]

    def resolve(self, name: str, text_prompt: str, voice: str, present: Persona) -> Persona:
        """Return the persona a request means.

        name: of the file; of another one with text_prompt, which is called so; or ''. text_prompt,
        voice: win over the file's; '' keeps the named persona's, or the present one's. A voice
        alone leaves the present persona its name. Raises PersonaError.
        """
        if not (name or text_prompt or voice):
            raise PersonaError('give a name, or a text_prompt, or a voice')
        is_inline = bool(text_prompt) and name not in self._personas
        base = self.find(name) if name and not is_inline else present
        role = checked_role(text_prompt or base.role.text_prompt, voice or base.role.voice)
        return Persona(_checked_name(name or INLINE) if is_inline else base.name, role)


def checked_role(text_prompt: str, voice: str) -> Role:
    """Return a role within the limits of the wire; raises PersonaError."""
    try:
        return Role(check_text_prompt(text_prompt), check_voice_name(voice))
    except LimitError as error:
        raise PersonaError(str(error)) from None


def _checked_name(name: str) -> str:
    """Return the name of an inline persona: it is shown wherever the state is."""
    if len(name) > MAX_NAME_CHARS or not is_unicode(name):
        raise PersonaError(
            f'the name {name[:20]!r} is no good: expected Unicode, at most {MAX_NAME_CHARS} '
            f'characters (have {len(name)})'
        )
    return name


def load_personas(path: Path) -> PersonaBook:
    """Read a persona file.

    Form: `personas:` maps a name to `text` and `voice` (default NATF2). Raises PersonaError
    with the file's name and, where YAML knows it, the line.
    """
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise PersonaError(f'{path}: over {MAX_FILE_BYTES} bytes; is it a persona file?')
        data = yaml.safe_load(path.read_text(encoding='utf-8'))
    except OSError as error:
        raise PersonaError(f'{path}: {error.strerror}') from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise PersonaError(f'{path}: {" ".join(str(error).split())}') from None
    entries = data.get('personas') if isinstance(data, dict) else None
    if not isinstance(entries, dict) or not entries:
        raise PersonaError(f'{path}: expected a map `personas:` with at least one name')
    return PersonaBook([_persona(path, name, entry) for name, entry in entries.items()])


def _persona(path: Path, name: object, entry: object) -> Persona:
    if not isinstance(name, str) or not isinstance(entry, dict) or not name:
        raise PersonaError(f'{path}: persona {name!r} is not a name with `text` and `voice`')
    if not is_unicode(name):
        raise PersonaError(f'{path}: persona {name!r} is no valid Unicode text')
    unknown = set(entry) - {'text', 'voice'}
    if unknown:
        raise PersonaError(
            f'{path}: persona {name!r} has unknown keys {sorted(map(str, unknown))}'
        )
    text, voice = entry.get('text', ''), entry.get('voice', DEFAULT_VOICE)
    if not isinstance(text, str) or not isinstance(voice, str):
        raise PersonaError(f'{path}: text and voice of persona {name!r} must be strings')
    try:
        return Persona(name, checked_role(' '.join(text.split()), voice))
    except PersonaError as error:
        raise PersonaError(f'{path}: persona {name!r}: {error}') from None
