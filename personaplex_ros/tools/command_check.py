# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`personaplex-tools check`: is the file valid, and what is listened for."""

import argparse
from pathlib import Path

from personaplex_ros.tools.catalogue import Tool
from personaplex_ros.tools.installed_interfaces import InstalledInterfaces
from personaplex_ros.tools.installed_interfaces import InterfacesHere
from personaplex_ros.tools.loading import load_catalogue
from personaplex_ros.tools.phrase_trie import is_number_slot
from personaplex_ros.tools.phrase_trie import ways_to_say
from personaplex_ros.tools.unless import shown

NAME = 'check'
SUMMARY = 'validate a tools file and show what is listened for'


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument('file', metavar='FILE', type=Path, help='tools.yaml')
    parser.add_argument(
        '--types',
        action='store_true',
        help='take types that are not installed or sourced here for mistakes',
    )


def run(options: argparse.Namespace) -> int:
    """Check; returns the exit status. Raises CatalogueError."""
    here = InterfacesHere()
    catalogue = load_catalogue(options.file, InstalledInterfaces() if options.types else here)
    for tool in catalogue.tools.values():
        for line in _lines(tool):
            print(line)
    for type_name, why in here.absent.items():
        print(f'not checked: {type_name}: {why}')
    types = 'not all types are installed here' if here.absent else 'types and fields exist'
    print(f'{options.file}: {len(catalogue.tools)} tools, valid; {types}')
    return 0


def _lines(tool: Tool) -> list[str]:
    policy = tool.policy
    call = f'{tool.call.kind} {tool.call.name} [{tool.call.type_name}]'
    whose = f'{tool.source} or the mind' if tool.mind else tool.source
    lines = [f'{tool.name}: {whose}, confirm {policy.confirm} -> {call}']
    for name in tool.parameters:
        said = sorted({' '.join(words) for _, words in ways_to_say(tool, name)})
        schema = tool.parameters[name]
        if is_number_slot(tool, name):
            said.append(f'{schema["minimum"]:g} to {schema["maximum"]:g}')
        lines.append(f'  {{{name}}}: {", ".join(said) or "not said, structured calls only"}')
    for speaker, expansions in tool.phrases.items():
        lines += [f'  {speaker}: {shown(expansion)}' for expansion in expansions]
    lines += [f'  unless: {shown(expansion)}' for expansion in tool.unless]
    return lines
