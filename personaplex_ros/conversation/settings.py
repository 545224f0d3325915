# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Settings of a conversation; a node declares its parameters from them."""

from dataclasses import dataclass
from dataclasses import field
from dataclasses import fields
import math
import re
from typing import Any

from personaplex_ros.audio.format import FRAME_RATE_HZ
from personaplex_ros.wire.address import engine_base_url

BACKENDS = ('personaplex', 'nvidia')

USER_WORDS = 'user_words, /humans/voices/*/speech, speech_to_text'
"""A topic for whisper and the like; those of REP-155 (ROS4HRI); JSK's recognisers."""

MIRRORS = (
    'foxglove_msgs/msg/RawAudio',
    'audio_common_msgs/msg/AudioData',
    'audio_common_msgs/msg/AudioDataStamped',
    'audio_common_msgs/msg/AudioStamped',
    'audio_utils_msgs/msg/AudioFrame',
)
"""Message types as which audio/out can be published once more."""

_PART = r'(?:[A-Za-z_*]|\{(?:node|ns|namespace)\})(?:[A-Za-z0-9_*]|\{(?:node|ns|namespace)\})*'
_TOPIC = re.compile(rf'~|(?:~?/)?{_PART}(?:/{_PART})*')
"""A topic's name before it is expanded (https://design.ros2.org/articles/topic_and_service_names),
in which * may be any part."""


def setting(
    default: Any,
    doc: str,
    *,
    unit: str = '',
    minimum: float | None = None,
    maximum: float | None = None,
    read_only: bool = False,
) -> Any:
    """Return a dataclass field that knows its meaning, unit and range."""
    return field(
        default=default,
        metadata={
            'doc': f'{doc} [{unit}]' if unit else doc,
            'minimum': minimum,
            'maximum': maximum,
            'read_only': read_only,
        },
    )


def listed(text: str) -> list[str]:
    """Return the parts of a list by commas."""
    return [part for name in text.split(',') if (part := name.strip())]


def not_topics(name: str, text: str) -> str:
    """Return why a setting is no list of topics by commas, or '' where it is one."""
    bad = next((topic for topic in listed(text) if not _TOPIC.fullmatch(topic)), None)
    if bad is None:
        return ''
    return f'{name} has {bad[:80]!r}; expected names of topics by commas, * for any part of one'


def upside_down(settings: Any, low: str, high: str) -> str:
    """Return why two settings contradict each other, or '' where low is not above high."""
    low_value, high_value = getattr(settings, low), getattr(settings, high)
    if low_value <= high_value:
        return ''
    return f'{low} is {low_value:g}; expected at most {high}, {high_value:g}'


def check(settings_type: type, name: str, value: Any) -> str:
    """Return why the value is no good for this setting, or '' when it is good."""
    meta = next(f.metadata for f in fields(settings_type) if f.name == name)
    low, high = meta['minimum'], meta['maximum']
    if isinstance(value, float) and not math.isfinite(value):
        return f'{name} is {value}; expected a finite number'
    if low is not None and not low <= value <= high:
        return f'{name} is {value}; expected {low} to {high}'
    rule = getattr(settings_type, f'check_{name}', None)
    return rule(value) if rule else ''


@dataclass(frozen=True)
class ConversationSettings:
    """How the conversation is connected, and how it bears trouble."""

    backend: str = setting(
        'personaplex',
        "What listens at engine_url: personaplex (this package's engine) or nvidia (moshi.server "
        'of NVIDIA/personaplex: no say, interrupts and persona changes as far as it allows).',
    )
    engine_url: str = setting(
        'ws://127.0.0.1:8998',
        'Address of the engine: ws://, or wss:// for TLS. Its token comes from the environment '
        '(PERSONAPLEX_TOKEN).',
    )
    engine_ca_file: str = setting(
        '',
        'PEM file with the certificates to trust for wss://: an authority, or the self-signed '
        "one of the engine. Empty takes the system's. Read on configure.",
    )
    personas_file: str = setting(
        '', 'YAML file of personas; empty takes the one of this package. Read on configure.'
    )
    persona: str = setting('', 'Persona to begin with; empty takes the first of the file.')
    connect_timeout_s: float = setting(
        20.0,
        'Time to reach the engine and prompt the persona.',
        unit='s',
        minimum=0.5,
        maximum=600.0,
    )
    backoff_min_s: float = setting(
        0.25, 'First wait before connecting again.', unit='s', minimum=0.05, maximum=60.0
    )
    backoff_max_s: float = setting(
        5.0, 'Longest wait before connecting again.', unit='s', minimum=0.05, maximum=600.0
    )
    down_after_s: float = setting(
        10.0,
        'Without an engine for this long the state is DOWN instead of DEGRADED.',
        unit='s',
        minimum=0.0,
        maximum=3600.0,
    )
    max_frames_in_flight: int = setting(
        3,
        'Frames sent to the engine and not answered yet; one while it is slower than real time.',
        unit='80 ms',
        minimum=1,
        maximum=50,
    )
    max_frames_waiting: int = setting(
        3, 'Frames kept here; beyond it, drop to live.', unit='80 ms', minimum=1, maximum=50
    )
    chunk_ms: int = setting(
        20, 'Length of the chunks on audio/out; divides 80.', unit='ms', minimum=5, maximum=80
    )
    utterance_pause_s: float = setting(
        1.0, 'A pause this long ends an utterance.', unit='s', minimum=0.1, maximum=60.0
    )
    listen_on_s: float = setting(
        3.0,
        'Where the microphone stops (push-to-talk, voice activation), the engine hears silence '
        'for so long, so that an answer can begin; what has begun ends in any case.',
        unit='s',
        minimum=0.0,
        maximum=60.0,
    )
    user_words: str = setting(
        USER_WORDS,
        "Topics with the user's words, by commas, that transcript tells too; as in tool_intent.",
    )
    context_expiry_s: float = setting(
        600.0,
        'A fact on context or tool_context is told to the persona for so long.',
        unit='s',
        minimum=1.0,
        maximum=86_400.0,
    )
    context_rebuild_s: float = setting(
        0.0,
        'New facts are worth a rebuild of the persona at the next pause, this often at most; it '
        'forgets what was said longer ago than --memory-s of the engine. 0 is never: facts wait '
        'for the rebuild that comes with the end of the window (three to four minutes).',
        unit='s',
        minimum=0.0,
        maximum=3600.0,
    )
    dead_after_s: float = setting(
        10.0,
        'Without any signal on audio/in, no sound at all or not even noise, for so long it is an '
        'error in /diagnostics.',
        unit='s',
        minimum=1.0,
        maximum=3600.0,
    )
    mirror: str = setting(
        '',
        'Message types, by commas, as which audio/out is published once more (audio/out/<type>): '
        'foxglove_msgs/msg/RawAudio, audio_common_msgs/msg/AudioStamped, AudioDataStamped or '
        'AudioData, audio_utils_msgs/msg/AudioFrame.',
    )
    latency_warn_ms: float = setting(
        400.0,
        'Mouth to ear beyond it is a warning in /diagnostics.',
        unit='ms',
        minimum=1.0,
        maximum=60_000.0,
    )
    latency_error_ms: float = setting(
        900.0,
        'Mouth to ear beyond it is an error in /diagnostics.',
        unit='ms',
        minimum=1.0,
        maximum=60_000.0,
    )

    @property
    def contradiction(self) -> str:
        """Why these settings do not go together, or ''."""
        return upside_down(self, 'backoff_min_s', 'backoff_max_s') or upside_down(
            self, 'latency_warn_ms', 'latency_error_ms'
        )

    @property
    def user_topics(self) -> list[str]:
        """The topics with the user's words."""
        return listed(self.user_words)

    @property
    def mirrored(self) -> list[str]:
        """The types as which audio/out is published once more, each once."""
        return list(dict.fromkeys(listed(self.mirror)))

    @property
    def utterance_pause_frames(self) -> int:
        """Frames of 80 ms without a word that end an utterance."""
        return round(self.utterance_pause_s * FRAME_RATE_HZ)

    @staticmethod
    def check_chunk_ms(value: int) -> str:
        """Refuse lengths that do not cut a frame evenly."""
        return '' if 80 % value == 0 else f'chunk_ms is {value}; expected a divisor of 80'

    @staticmethod
    def check_backend(value: str) -> str:
        """Refuse backends that do not exist."""
        known = ' or '.join(BACKENDS)
        return '' if value in BACKENDS else f'backend is {value[:40]!r}; expected {known}'

    @staticmethod
    def check_user_words(value: str) -> str:
        """Refuse what no topic can be called."""
        return not_topics('user_words', value)

    @staticmethod
    def check_mirror(value: str) -> str:
        """Refuse types that are not known here; configure tells which are not installed."""
        bad = next((name for name in listed(value) if name not in MIRRORS), None)
        if bad is None:
            return ''
        return f'mirror is {bad[:80]!r}; expected some of {", ".join(MIRRORS)}'

    @staticmethod
    def check_engine_url(value: str) -> str:
        """Refuse addresses that no engine can have, before any connection is tried."""
        try:
            engine_base_url(value)
        except ValueError as error:
            return str(error)
        return ''
