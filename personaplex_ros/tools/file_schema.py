# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The form of tools.yaml as a JSON Schema (draft 7, which every supported jsonschema reads)."""

from typing import Any

SOURCES = ('agent', 'user', 'both')
CONFIRMATIONS = ('none', 'spoken', 'service')
CALL_KINDS = ('topic', 'service', 'action')
MAX_TOOLS = 2_000

MAX_NAME_CHARS = 64
TOOL_NAME = f'^[a-z][a-z0-9_]{{0,{MAX_NAME_CHARS - 1}}}$'
PARAMETER_NAME = TOOL_NAME
ROS_NAME = r'^(/|~/)?[A-Za-z][A-Za-z0-9_]*(/[A-Za-z][A-Za-z0-9_]*)*$'
INTERFACE_TYPE = r'^[a-z][a-z0-9_]*/(msg|srv|action)/[A-Z][A-Za-z0-9]*$'

_SECONDS = {'type': 'number', 'minimum': 0, 'maximum': 3600}
_TEXT = {'type': 'string', 'minLength': 1, 'maxLength': 300}
_PHRASES = {'type': 'array', 'items': _TEXT, 'minItems': 1, 'maxItems': 100}
_TOPIC = {'type': 'string', 'pattern': ROS_NAME, 'maxLength': 255}


def _object(properties: dict[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        'type': 'object',
        'properties': properties,
        'required': list(required),
        'additionalProperties': False,
    }


_POLICY = {
    'confirm': {'enum': list(CONFIRMATIONS)},
    'cooldown_s': _SECONDS,
    'max_per_min': {'type': 'integer', 'minimum': 1, 'maximum': 600},
    'requires': {'type': 'array', 'items': _TOPIC, 'maxItems': 16, 'uniqueItems': True},
    'timeout_s': {'type': 'number', 'exclusiveMinimum': 0, 'maximum': 3600},
    'cancel_on': {
        'type': 'array',
        'items': {'type': 'string', 'pattern': TOOL_NAME},
        'maxItems': 16,
        'uniqueItems': True,
    },
}

_PARAMETER = {
    'type': 'object',
    'properties': {
        'type': {'enum': ['string', 'integer', 'number', 'boolean']},
        'description': _TEXT,
        'enum': {'type': 'array', 'minItems': 1, 'maxItems': 1000, 'uniqueItems': True},
        'minimum': {'type': 'number'},
        'maximum': {'type': 'number'},
        'multipleOf': {'type': 'number', 'exclusiveMinimum': 0},
        'pattern': {'type': 'string', 'format': 'regex', 'maxLength': 200},
        'maxLength': {'type': 'integer', 'minimum': 1, 'maximum': 2000},
        'default': {'type': ['string', 'number', 'boolean']},
    },
    'required': ['type'],
    'additionalProperties': False,
}

_TOOL = _object(
    {
        'name': {'type': 'string', 'pattern': TOOL_NAME},
        'description': _TEXT,
        'parameters': {
            'type': 'object',
            'propertyNames': {'type': 'string', 'pattern': PARAMETER_NAME},
            'additionalProperties': _PARAMETER,
        },
        'words': {
            'type': 'object',
            'propertyNames': {'type': 'string'},
            'additionalProperties': {'type': 'object', 'additionalProperties': _PHRASES},
        },
        'source': {'enum': list(SOURCES)},
        'mind': {'type': 'boolean'},
        'phrases': _object({'user': _PHRASES, 'agent': _PHRASES}),
        'unless': _PHRASES,
        'call': _object(
            {
                'kind': {'enum': list(CALL_KINDS)},
                'name': _TOPIC,
                'type': {'type': 'string', 'pattern': INTERFACE_TYPE},
                'args': {'type': 'object', 'propertyNames': {'type': 'string'}},
            },
            required=('kind', 'name', 'type'),
        ),
        'policy': _object(_POLICY),
        'say': _object(dict.fromkeys(('ask', 'accepted', 'refused', 'done', 'failed'), _TEXT)),
    },
    required=('name', 'description', 'source', 'call'),
)

FILE_SCHEMA: dict[str, Any] = {
    '$schema': 'http://json-schema.org/draft-07/schema#',
    **_object(
        {
            'version': {'const': 1},
            'address': {'type': 'array', 'items': _TEXT, 'maxItems': 20},
            'defaults': _object(
                {key: _POLICY[key] for key in ('cooldown_s', 'max_per_min', 'timeout_s')}
            ),
            'listening': _object(
                {
                    'pause_s': {'type': 'number', 'minimum': 0.1, 'maximum': 5},
                    'agree_s': {'type': 'number', 'exclusiveMinimum': 0, 'maximum': 60},
                    'confirm_s': {'type': 'number', 'exclusiveMinimum': 0, 'maximum': 60},
                    'echo_s': {'type': 'number', 'minimum': 0, 'maximum': 10},
                }
            ),
            'estop': _object({'topic': _TOPIC, 'phrases': _PHRASES, 'say': _TEXT}, ('phrases',)),
            'cancel': _object({'phrases': _PHRASES}, ('phrases',)),
            'tools': {'type': 'array', 'items': _TOOL, 'minItems': 1, 'maxItems': MAX_TOOLS},
            'tables': {'type': 'object', 'additionalProperties': {'type': 'object'}},
        },
        required=('version', 'estop', 'tools'),
    ),
}
