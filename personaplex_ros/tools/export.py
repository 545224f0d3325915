# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The catalogue in the forms that other programs read: MCP and OpenAI function calling."""

from typing import Any

from personaplex_ros.tools.catalogue import Catalogue


def as_mcp(catalogue: Catalogue) -> dict[str, Any]:
    """Return the result of MCP's `tools/list` (specification 2025-06-18)."""
    return {
        'tools': [
            {
                'name': tool.name,
                'description': tool.description,
                'inputSchema': tool.schema,
                'annotations': {'destructiveHint': tool.policy.confirm != 'none'},
            }
            for tool in catalogue.tools.values()
        ]
    }


def as_openai(catalogue: Catalogue) -> list[dict[str, Any]]:
    """Return the `tools` of a chat completion request."""
    return [
        {
            'type': 'function',
            'function': {
                'name': tool.name,
                'description': tool.description,
                'parameters': tool.schema,
            },
        }
        for tool in catalogue.tools.values()
    ]
