# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A result as people read it in a terminal."""

from typing import Any

from personaplex_ros.engine.doctor.units import gigabytes

COLUMNS = ('p50', 'p90', 'p99', 'p99_9', 'max')


def render(result: dict[str, Any]) -> str:
    """Return the whole table; milliseconds unless a unit stands there."""
    lines = _head(result)
    for name, loop in result['loops'].items():
        lines += ['', f'{name:32}' + ''.join(f'{one.replace("_", "."):>9}' for one in COLUMNS)]
        lines += _frames(loop)
        lines += _rest(loop)
    comparison = result['comparison']
    lines += ['', _row('share of measured bandwidth', comparison['share_of_measured_bandwidth'])]
    if 'times_faster_than_upstream' in comparison:
        lines.append(_row('times faster than upstream', comparison['times_faster_than_upstream']))
    return '\n'.join(lines)


def _head(result: dict[str, Any]) -> list[str]:
    conditions, model = result['conditions'], result['model']
    gpu = conditions['gpu']
    where = gpu['name'] if gpu else conditions['machine']['cpu']
    predicted = result['predicted_ms']
    return [
        f'{model["name"]} in {model["dtype"]} on {where}, {conditions["threads"]} thread(s), '
        f'torch {conditions["torch"]}, load {conditions["machine"]["load"]:.1f}, '
        f'{conditions["date"]}',
        f'a frame reads {gigabytes(model["frame_bytes"])}; predicted {predicted["low"]:.1f} to '
        f'{predicted["high"]:.1f} ms, at best {predicted["floor"]:.1f} ms',
    ]


def _frames(loop: dict[str, Any]) -> list[str]:
    rows = [('frame, back to back', loop['back_to_back_ms'])]
    rows += [('frame, at real time', loop['real_time_ms'])]
    rows += [('  of it this thread', loop['thread_cpu_ms'])]
    rows += [(f'  {stage}', times) for stage, times in loop['stages_ms'].items()]
    if 'slice_ms' in loop:
        rows += [('slice of a rebuild, between', loop['slice_ms'])]
    prompts = loop.get('prompts')
    if prompts:
        rows += [(f'prefill of {prompts["positions"]} positions', prompts['prefill_ms'])]
        rows += [('persona that returns', prompts['restore_ms'])]
        rows += [('  snapshot, taken', prompts['snapshot_take_ms'])]
        rows += [('  snapshot, put back', prompts['snapshot_put_back_ms'])]
    return [_line(name, times) for name, times in rows]


def _rest(loop: dict[str, Any]) -> list[str]:
    window = loop['window']
    missed = loop['back_to_back_ms']['missed'], loop['real_time_ms']['missed']
    lines = [
        _row('later than 80 ms, of both', f'{missed[0]}, {missed[1]}'),
        _row('window', f'{window["taken_at_begin"]} of {window["positions"]} positions'),
    ]
    if 'prompts' in loop:
        prompts = loop['prompts']
        lines.append(_row('the same prompt, stepped', f'{prompts["stepped_ms"]:.1f} ms'))
        lines.append(_row('snapshot', gigabytes(prompts['snapshot_bytes'])))
    for kind, number in loop['work_per_frame'].items():
        lines.append(_row(f'{kind.replace("_", " ")} in a frame', f'{number:.0f}'))
    for kind, size in loop['memory_bytes'].items():
        lines.append(_row(f'memory, {kind}', gigabytes(size)))
    return lines


def _line(name: str, times: dict[str, float]) -> str:
    return f'{name:32}' + ''.join(f'{times[one]:9.2f}' for one in COLUMNS)


def _row(name: str, value: object) -> str:
    return f'{name:32}{value:>9}'
