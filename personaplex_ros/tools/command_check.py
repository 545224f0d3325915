# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`personaplex-tools check`: is the file valid, and what is listened for."""

import argparse
from pathlib import Path

from personaplex_ros.tools.catalogue import Catalogue
from personaplex_ros.tools.catalogue import Tool
from personaplex_ros.tools.installed_interfaces import InstalledInterfaces
from personaplex_ros.tools.installed_interfaces import InterfacesHere
from personaplex_ros.tools.live_graph import BOOL
from personaplex_ros.tools.live_graph import needs
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
    parser.add_argument(
        '--graph',
        action='store_true',
        help='look on the running graph who would answer, and in which type; status 1 where '
        'somebody is missing',
    )
    parser.add_argument(
        '--namespace', metavar='NS', default='/', help='of tool_intent on that graph (%(default)s)'
    )


def run(options: argparse.Namespace) -> int:
    """Check; returns the exit status. Raises CatalogueError."""
    here = InterfacesHere()
    catalogue = load_catalogue(options.file, InstalledInterfaces() if options.types else here)
    for line in [*_listened_for(catalogue), *map(_joined, catalogue.tools.values())]:
        print(line)
    for type_name, why in here.absent.items():
        print(f'not checked: {type_name}: {why}')
    types = 'not all types are installed here' if here.absent else 'types and fields exist'
    print(f'{options.file}: {len(catalogue.tools)} tools, valid; {types}')
    return _look(options, catalogue) if options.graph else 0


def _look(options: argparse.Namespace, catalogue: Catalogue) -> int:
    """Tell who is on the graph; returns 1 where somebody is not."""
    with options.live_graph(options.namespace, catalogue) as graph:
        findings = [need.finding(graph) for need in needs(catalogue)]
    for is_there, line in findings:
        print(f'{"graph" if is_there else "NOT ON THE GRAPH"}: {line}')
    return 0 if all(is_there for is_there, _ in findings) else 1


def _listened_for(catalogue: Catalogue) -> list[str]:
    """Return what is listened for beside the tools."""
    stop = catalogue.estop_topic
    lines = [f'emergency stop: {_phrases(catalogue.estop_phrases)}']
    lines += [f'  topic {stop} [{BOOL}]'] if stop else []
    lines += [f'cancel: {_phrases(catalogue.cancel_phrases)}'] if catalogue.cancel_phrases else []
    lines += [f'address: {_phrases(catalogue.address)}'] if catalogue.address else []
    return lines


def _phrases(phrases: tuple[tuple[str, ...], ...]) -> str:
    return ', '.join(' '.join(words) for words in phrases)


def _joined(tool: Tool) -> str:
    return '\n'.join(_lines(tool))


def _lines(tool: Tool) -> list[str]:
    policy = tool.policy
    call = f'{tool.call.kind} {tool.call.name} [{tool.call.type_name}]'
    mind = ', the mind may ask' if tool.mind else ''
    lines = [f'{tool.name}: {tool.source}{mind}, confirm {policy.confirm} -> {call}']
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
