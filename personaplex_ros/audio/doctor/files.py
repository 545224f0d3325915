# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What was found, as files: parameters of the audio node, and an echo canceller for PipeWire."""

from collections.abc import Iterable
import json

from personaplex_ros.audio.doctor.findings import Parameter

PIPEWIRE = """\
# Echo cancellation in the sound server (libpipewire-module-echo-cancel). To use it:
#   1. put this file into ~/.config/pipewire/pipewire.conf.d/, its name ending in .conf
#   2. systemctl --user restart pipewire pipewire-pulse wireplumber
#   3. pactl set-default-source personaplex_microphone
#      pactl set-default-sink personaplex_loudspeaker
#   4. audio node: echo: system, microphone: default, loudspeaker: default
# All that the robot plays has to go through this sink, or it cannot be cancelled.
context.modules = [
  { name = libpipewire-module-echo-cancel
    args = {
      library.name = aec/libspa-aec-webrtc
      monitor.mode = false
      capture.props = {
        node.name = "personaplex_capture"
        # target.object = "..."   # the microphone's node.name (wpctl status -n); else the default
      }
      source.props = {
        node.name = "personaplex_microphone"
        node.description = "Microphone without the robot's voice"
      }
      sink.props = {
        node.name = "personaplex_loudspeaker"
        node.description = "Loudspeaker that the microphone does not hear"
      }
      playback.props = {
        node.name = "personaplex_playback"
        # target.object = "..."   # the loudspeaker's node.name; else the default
      }
    }
  }
]
"""
"""Options: libpipewire-module-echo-cancel(7), PipeWire 0.3.48 (Ubuntu 22.04) and newer."""


def as_yaml(parameters: Iterable[Parameter], verdict: str) -> str:
    """Return a parameter file of the audio node, each value with its reason."""
    lines = [f'# By personaplex-audio doctor: {verdict}', '/**/audio:', '  ros__parameters:']
    for one in parameters:
        value = json.dumps(one.value, ensure_ascii=False)  # JSON is YAML, quotes included
        lines.append(f'    {one.name}: {value}  # {one.reason}')
    return '\n'.join(lines) + '\n'


def through_pipewire(parameters: Iterable[Parameter]) -> list[Parameter]:
    """Return the parameters for a machine on which PIPEWIRE is installed."""
    reason = "the sound server's, where the echo is cancelled"
    changed = {
        'microphone': Parameter('microphone', 'default', reason),
        'loudspeaker': Parameter('loudspeaker', 'default', reason),
        'echo': Parameter('echo', 'system', reason),
    }
    kept = (one for one in parameters if one.name not in ('microphone_channel', 'rate_hz'))
    return [changed.get(one.name, one) for one in kept]
