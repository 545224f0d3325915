# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""config.json of a model directory: everything a loader needs to know about a model."""

from dataclasses import asdict
from dataclasses import dataclass
from dataclasses import field
from dataclasses import fields
from dataclasses import MISSING
import json
from typing import Any

from personaplex_ros.audio.format import FRAME_RATE_HZ
from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.model.sampling import Sampling

FORMAT = 'personaplex_ros/1'
DTYPES = ('float32', 'bfloat16', 'float16')

LONGEST_PROMPT = 0.8
"""Share of the window that a prompt may take. One that leaves nothing to the conversation would
have it rebuilt with every frame."""


class ConfigError(ValueError):
    """A config.json that cannot be used; one line says where and why."""


@dataclass(frozen=True)
class FileNames:
    """Files beside config.json; the defaults are the public repository's names."""

    lm: str = 'model.safetensors'
    codec: str = 'tokenizer-e351c8d8-checkpoint125.safetensors'
    tokenizer: str = 'tokenizer_spm_32k_3.model'
    voices: str = 'voices'


@dataclass(frozen=True)
class ControlIds:
    """Text tokens that are no speech."""

    pad: int
    """Nothing is said, or a word goes on."""

    end_pad: int
    """A word starts next."""

    bos: int
    eos: int

    def all(self) -> frozenset[int]:
        """Return the ids that never become text."""
        return frozenset(asdict(self).values())


@dataclass(frozen=True)
class PromptLayout:
    """How voice and text become the frames before a conversation."""

    silence_codes: list[int]
    """Agent codes of silence, one per depth step."""

    sine_codes: list[int]
    """User codes of a 440 Hz sine, one per user codebook."""

    silence_frames: int
    """Silent frames after the voice, and again after the text."""

    system_tag: str
    """Stands before and after the text."""

    max_positions: int
    """Longest prompt that is accepted; the rest of the context, a fifth at least, is left to the
    conversation."""


@dataclass(frozen=True)
class ModelConfig:
    """The whole of config.json."""

    name: str
    """What callers are told, e.g. nano."""

    dtype: str
    """Dtype the language model runs in unless told otherwise; the codec runs in float32."""

    lm: dict[str, Any]
    """Arguments of moshi's LMModel, delays included."""

    codec: dict[str, Any]
    """moshi's Mimi configuration: sample_rate, channels, frame_rate, seanet, quantizer, ..."""

    control_ids: ControlIds
    prompt: PromptLayout
    sampling: Sampling
    files: FileNames = field(default_factory=FileNames)
    format: str = FORMAT

    @staticmethod
    def from_json(text: str) -> 'ModelConfig':
        """Parse and check; raises ConfigError with one line."""
        try:
            raw = json.loads(text)
        except ValueError as error:
            raise ConfigError(f'is not JSON: {error}') from None
        config = _section(ModelConfig, raw, '')
        _check(config)
        return config

    def to_json(self) -> str:
        """Return the file's text; from_json gives an equal value back."""
        return json.dumps(asdict(self), indent=2) + '\n'

    @property
    def agent_codebooks(self) -> int:
        """Codebooks of the agent's voice, all predicted by the depth transformer."""
        return self.lm['dep_q']

    @property
    def user_codebooks(self) -> int:
        """Codebooks of the user's voice."""
        return self.lm['n_q'] - self.lm['dep_q']


_SECTIONS = {
    'control_ids': ControlIds,
    'prompt': PromptLayout,
    'sampling': Sampling,
    'files': FileNames,
}


def _section(cls: type, raw: Any, where: str) -> Any:
    if not isinstance(raw, dict):
        raise ConfigError(f'{where or "the file"} is {type(raw).__name__}; expected an object')
    known = {one.name: one for one in fields(cls)}
    prefix = f'{where}.' if where else ''
    for key in raw:
        if key not in known:
            raise ConfigError(f'unknown key {prefix}{key}; known are {", ".join(known)}')
    values = {}
    for name, one in known.items():
        if name in raw:
            values[name] = _value(one.type, raw[name], f'{prefix}{name}')
        elif one.default is MISSING and one.default_factory is MISSING:
            raise ConfigError(f'{prefix}{name} is missing')
    return cls(**values)


def _value(kind: Any, raw: Any, where: str) -> Any:
    if where in _SECTIONS:
        return _section(_SECTIONS[where], raw, where)
    if kind == list[int]:
        good = isinstance(raw, list) and all(type(one) is int for one in raw)
    elif kind == dict[str, Any]:
        good = isinstance(raw, dict)
    elif kind is float:
        good = type(raw) in (int, float)
    elif kind in (int, str):
        good = type(raw) is kind
    else:
        good = raw is None or type(raw) is int
    if not good:
        wanted = getattr(kind, '__name__', str(kind))
        raise ConfigError(f'{where} is {raw!r:.60}; expected {wanted}')
    return raw


def _check(config: ModelConfig) -> None:
    _expect(config.format == FORMAT, f'format is {config.format!r}; expected {FORMAT!r}')
    _expect(config.dtype in DTYPES, f'dtype is {config.dtype!r}; expected one of {DTYPES}')
    for name in asdict(config.files).values():
        _expect(_is_plain(name), f'files: {name!r} is no plain file name')
    try:
        config.sampling.validate()
    except ValueError as error:
        raise ConfigError(f'sampling: {error}') from None
    _check_lm(config.lm)
    _check_codec(config)
    _check_prompt(config)


def _is_plain(name: str) -> bool:
    return bool(name) and name not in ('.', '..') and '/' not in name and '\\' not in name


def _check_lm(lm: dict[str, Any]) -> None:
    for key in ('n_q', 'dep_q', 'card', 'text_card', 'context'):
        good = type(lm.get(key)) is int and lm[key] > 0
        _expect(good, f'lm.{key} is {lm.get(key)!r}; expected a positive int')
    delays: Any = lm.get('delays')
    _expect(
        isinstance(delays, list) and len(delays) == lm['n_q'] + 1,
        f'lm.delays needs one entry per stream: {lm["n_q"] + 1} (text, agent, user)',
    )
    _expect(
        all(type(one) is int and one >= 0 for one in delays) and max(delays) >= 1,
        f'lm.delays is {delays}; expected ints from 0, at least one above 0',
    )
    _expect(delays[0] == 0, 'lm.delays[0] must be 0: text leads its audio')


def _check_codec(config: ModelConfig) -> None:
    codec = config.codec
    for key, wanted in (('sample_rate', SAMPLE_RATE_HZ), ('frame_rate', FRAME_RATE_HZ)):
        _expect(codec.get(key) == wanted, f'codec.{key} is {codec.get(key)!r}; expected {wanted}')
    quantizer = codec.get('quantizer')
    _expect(isinstance(quantizer, dict), 'codec.quantizer is missing; expected an object')
    bins = codec['quantizer'].get('bins')
    _expect(
        bins == config.lm['card'],
        f'codec.quantizer.bins is {bins!r}; expected lm.card, {config.lm["card"]}',
    )
    _expect(
        config.agent_codebooks == config.user_codebooks,
        f'lm has {config.agent_codebooks} agent and {config.user_codebooks} user codebooks; '
        'expected as many of each (a 16-step file has to be converted to 8 first)',
    )


def _check_prompt(config: ModelConfig) -> None:
    prompt, card = config.prompt, config.lm['card']
    for name, count in (
        ('silence_codes', config.agent_codebooks),
        ('sine_codes', config.user_codebooks),
    ):
        codes = getattr(prompt, name)
        _expect(
            len(codes) == count and all(0 <= code < card for code in codes),
            f'prompt.{name} is {codes}; expected {count} codes from 0 to {card - 1}',
        )
    longest = round(LONGEST_PROMPT * config.lm['context'])
    _expect(
        0 < prompt.max_positions <= longest,
        f'prompt.max_positions is {prompt.max_positions}; '
        f'expected 1 to {LONGEST_PROMPT:.0%} of lm.context, {longest}',
    )
    _expect(prompt.silence_frames >= 1, 'prompt.silence_frames must be at least 1')
    for name, token in asdict(config.control_ids).items():
        _expect(
            0 <= token < config.lm['text_card'],
            f'control_ids.{name} is {token}; expected 0 to {config.lm["text_card"] - 1}',
        )


def _expect(good: bool, otherwise: str) -> None:
    if not good:
        raise ConfigError(otherwise)
