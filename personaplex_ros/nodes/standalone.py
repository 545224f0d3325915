# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The whole robot in one process (and the engine beside it): plain rclpy, no launch needed."""

import argparse
from functools import partial
from importlib import import_module
from pathlib import Path
import sys
import time

from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.utilities import remove_ros_args

from personaplex_ros.audio.sound_file import SoundFile
from personaplex_ros.audio.sound_file import SoundFileError
from personaplex_ros.command_line import EXIT_CANNOT_BEGIN
from personaplex_ros.nodes.audio_settings import DEVICES
from personaplex_ros.nodes.composition import check_sound
from personaplex_ros.nodes.composition import node_specs
from personaplex_ros.nodes.composition import NodeSpec
from personaplex_ros.nodes.composition import PARAMETERS_FILE
from personaplex_ros.nodes.composition import SoundError
from personaplex_ros.nodes.engine_process import EngineError
from personaplex_ros.nodes.engine_process import EngineProcess
from personaplex_ros.nodes.files import package_file
from personaplex_ros.nodes.main import CannotBegin
from personaplex_ros.nodes.main import RosProcess
from personaplex_ros.nodes.recorder import Recorder

LAST_SPINS = 20
SETTLE_S = 2.0
"""How long the last messages may take to reach the recorder."""


def main(arguments: list[str] | None = None) -> int:
    """Run until Ctrl-C, or until the sound file is over. Returns the exit status."""
    argv = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(remove_ros_args(['standalone', *argv])[1:])
    try:
        check_sound(options.audio, options.wav)
        if options.wav:
            SoundFile(options.wav).close()
        for folder in filter(None, (options.record, options.visit)):
            Path(folder).mkdir(parents=True, exist_ok=True)
    except (SoundError, SoundFileError, OSError) as error:
        return _refuse(error)
    engine = None if options.engine_url else EngineProcess(options.model, _say)
    try:
        if engine is not None:
            engine.start()
        _run(options, engine, argv)
    except (EngineError, CannotBegin) as error:
        return _refuse(error)
    finally:
        if engine is not None:
            engine.stop()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='standalone',
        description='Engine, conversation, and where asked a sound file as microphone and a '
        'recorder. Takes --ros-args too.',
    )
    parser.add_argument('--model', default='nano', help='nano or a model directory (%(default)s)')
    parser.add_argument('--engine-url', default='', help='use this engine, do not start one')
    parser.add_argument('--persona', default='', help='persona to begin with')
    parser.add_argument(
        '--audio',
        default='',
        choices=['', *DEVICES],
        help='microphone and loudspeaker: sound_card, file or loopback',
    )
    parser.add_argument('--wav', default='', help='sound file to play into audio/in')
    parser.add_argument('--record', default='', help='folder for a recording')
    parser.add_argument('--visit', default='', help='folder for the report of a demo visitor')
    parser.add_argument('--tools', default='', help='tools.yaml: words become actions')
    parser.add_argument('--demo-robot', action='store_true', help='a robot to try tools on')
    parser.add_argument('--wake-word', default='', help='spot spoken commands that begin with it')
    parser.add_argument('--mind-url', default='', help='OpenAI-compatible endpoint to read along')
    parser.add_argument('--mind-model', default='', help='name of the model there')
    return parser


def _run(options: argparse.Namespace, engine: EngineProcess | None, argv: list[str]) -> None:
    specs = node_specs(
        engine_url=engine.url if engine is not None else options.engine_url,
        persona=options.persona,
        audio=options.audio,
        wav=options.wav,
        record=options.record,
        visit=options.visit,
        tools=options.tools,
        demo_robot=options.demo_robot,
        wake_word=options.wake_word,
        mind_url=options.mind_url,
        mind_model=options.mind_model,
    )
    with RosProcess(_with_default_parameters(argv)) as process:
        nodes = [process.make(partial(_make, spec)) for spec in specs]
        _bring_up(specs, nodes)
        process.spin(partial(_all_done, nodes), engine.watch if engine is not None else None)
        if not process.stopping:
            _settle(process, specs, nodes)


def _with_default_parameters(argv: list[str]) -> list[str]:
    """Put this package's parameter file before the caller's arguments, which win."""
    return ['--ros-args', '--params-file', str(package_file(*PARAMETERS_FILE)), '--', *argv]


def _make(spec: NodeSpec) -> Node:
    module, name = spec.node_class.split(':')
    overrides = [Parameter(key, value=value) for key, value in spec.parameters.items()]
    return getattr(import_module(module), name)(spec.name, parameter_overrides=overrides)


def _bring_up(specs: list[NodeSpec], nodes: list[Node]) -> None:
    for spec, node in zip(specs, nodes, strict=True):
        if spec.lifecycle:
            for step in (node.trigger_configure, node.trigger_activate):
                if step() != TransitionCallbackReturn.SUCCESS:
                    raise EngineError(f'node {spec.name} could not be brought up; see its log')


def _all_done(nodes: list[Node]) -> bool:
    """Tell whether every node that can be done is done; without such a node, never."""
    finite = [node for node in nodes if hasattr(node, 'done')]
    return bool(finite) and all(node.done for node in finite)


def _settle(process: RosProcess, specs: list[NodeSpec], nodes: list[Node]) -> None:
    """Close the audio path and let its last messages reach the recorder."""
    closing_ns = nodes[0].get_clock().now().nanoseconds
    for spec, node in zip(specs, nodes, strict=True):
        if spec.lifecycle:
            node.trigger_deactivate()
    recorders = [node for node in nodes if isinstance(node, Recorder)]
    give_up_s = time.monotonic() + SETTLE_S
    while recorders and time.monotonic() < give_up_s:
        process.spin_once(0.05)
        if all(node.metrics_ns >= closing_ns for node in recorders):
            break
    for _ in range(LAST_SPINS):
        process.spin_once(0.01)  # what was sent before the metrics lies in queues


def _say(line: str) -> None:
    print(f'standalone: {line}', file=sys.stderr, flush=True)


def _refuse(error: Exception) -> int:
    _say(str(error))
    return EXIT_CANNOT_BEGIN


if __name__ == '__main__':
    sys.exit(main())
