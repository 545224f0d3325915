# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The doctor compares what a model asks with what the machine has: memory, then time."""

import numpy as np
import torch

from personaplex_ros.audio.format import FRAME_MS
from personaplex_ros.engine.doctor.bandwidth import MemorySpeed
from personaplex_ros.engine.doctor.findings import Report
from personaplex_ros.engine.doctor.forecast import Forecast
from personaplex_ros.engine.doctor.forecast import predict
from personaplex_ros.engine.doctor.forecast import predict_int8
from personaplex_ros.engine.doctor.sizes import ModelSizes
from personaplex_ros.engine.doctor.units import gigabytes
from personaplex_ros.model.persona_cache import DEFAULT_BUDGET_BYTES

PERSONA_POSITIONS = 92
"""A voice of 51 frames, thirty words of text and the silences (see the engine's docs)."""

WORKSPACE_BYTES = {'cpu': 200_000_000, 'cuda': 1_500_000_000}
"""torch's own context, CUDA graphs and intermediate values; a stock Moshi takes about this much
more than its tensors on an RTX 5090 (19 GB of 17.4)."""

ELSEWHERE = 'run the engine on a faster machine and give the node its URL'


def look_at_memory(
    report: Report,
    sizes: ModelSizes,
    device: torch.device,
    free_bytes: int,
    sessions: int,
    spare_positions: int,
    persona_cache_bytes: int | None = None,
) -> None:
    """Sum up weights, conversations and personas against what is free.

    persona_cache_bytes: None takes the default of the device.
    """
    budget = persona_cache_bytes
    if budget is None:
        budget = DEFAULT_BUDGET_BYTES[device.type]
    persona = sizes.position * PERSONA_POSITIONS
    spare = sizes.position * spare_positions
    held = sessions * sizes.session + spare
    report.ok(
        'session',
        f'{gigabytes(sizes.session)} each: {sizes.positions} positions of '
        f'{gigabytes(sizes.position)}, and {gigabytes(sizes.codec_state)} of the codec; '
        f'with {gigabytes(spare)} to prefill in, which --memory-s bounds, --sessions {sessions} '
        f'takes {gigabytes(held)}',
    )
    report.ok(
        'persona cache',
        f'{gigabytes(persona)} for a persona of {PERSONA_POSITIONS} positions; '
        f'{budget // persona} of them in {gigabytes(budget)}, which --persona-cache-mb bounds',
    )
    needed = sizes.weights + held + budget + WORKSPACE_BYTES[device.type]
    text = (
        f'{gigabytes(needed)} needed (weights {gigabytes(sizes.weights)}), '
        f'{gigabytes(free_bytes)} free'
    )
    if needed <= free_bytes:
        report.ok('memory', text)
    elif needed - budget <= free_bytes:
        report.warn('memory', text, 'free some, or lower --persona-cache-mb')
    else:
        report.bad('memory', text, f'end what else uses {device.type} memory, or {ELSEWHERE}')
    report.figures |= {
        'weights_bytes': sizes.weights,
        'session_bytes': sizes.session,
        'spare_bytes': spare,
        'position_bytes': sizes.position,
        'persona_bytes': persona,
        'persona_cache_bytes': budget,
        'needed_bytes': needed,
    }


def look_at_speed(report: Report, sizes: ModelSizes, speed: MemorySpeed) -> None:
    """Tell the bandwidth that was measured, and what a frame reads."""
    measured = ', '.join(
        f'{one.best / 1e9:.1f} GB/s at {gigabytes(one.nbytes)}' for one in speed.samples
    )
    report.ok('bandwidth', f'{measured}; a small operation takes {1e6 * speed.operation_s:.1f} us')
    report.ok(
        'a frame reads',
        f'{gigabytes(sizes.frame)}: weights {gigabytes(sizes.read_per_frame)}, '
        f'keys and values {gigabytes(sizes.ring)}, codec {gigabytes(sizes.codec_read_per_frame)}',
    )
    report.figures |= {
        'bandwidth_bytes_per_s': {str(one.nbytes): round(one.best) for one in speed.samples},
        'operation_us': round(1e6 * speed.operation_s, 3),
        'frame_bytes': sizes.frame,
    }


def look_at_time(
    report: Report, sizes: ModelSizes, speed: MemorySpeed, dtype: torch.dtype, sessions: int
) -> None:
    """Predict a frame and judge it: real time or not, and what to do."""
    forecast = predict(sizes, speed).for_sessions(sessions)
    text = _tell(report, forecast, dtype, sessions)
    if forecast.spare_ms >= 0:
        report.ok('real time', f'yes, with {forecast.spare_ms:.0f} ms to spare: {text}')
    elif not forecast.hopeless:
        report.warn(
            'real time',
            f'perhaps: {text}, and {FRAME_MS:.0f} ms is all there is',
            'personaplex-engine bench tells; let nothing else use this machine',
        )
    else:
        report.bad('real time', f'no: {text}', _way_out(sizes, speed, dtype, sessions))


def look_at_trial(
    report: Report,
    sizes: ModelSizes,
    speed: MemorySpeed,
    dtype: torch.dtype,
    sessions: int,
    frame_ms: list[float],
) -> None:
    """Judge by frames that were really run; the prediction is told beside them."""
    forecast = predict(sizes, speed).for_sessions(sessions)
    p50, longest = (sessions * float(one) for one in np.percentile(frame_ms, (50, 100)))
    report.figures['measured_frame_ms'] = {'p50': round(p50, 2), 'max': round(longest, 2)}
    report.ok('predicted', _tell(report, forecast, dtype, sessions))
    text = f'{len(frame_ms)} frames were run: p50 {p50:.1f} ms, longest {longest:.1f} ms'
    if longest <= FRAME_MS:
        report.ok('real time', f'yes, with {FRAME_MS - longest:.0f} ms to spare: {text}')
    elif p50 <= FRAME_MS:
        report.warn('real time', f'perhaps: {text}', 'stop what else runs on this machine')
    else:
        report.bad('real time', f'no: {text}', ELSEWHERE)


def _tell(report: Report, forecast: Forecast, dtype: torch.dtype, sessions: int) -> str:
    report.figures['predicted_frame_ms'] = {
        'floor': round(forecast.floor_ms, 2),
        'low': round(forecast.low_ms, 2),
        'high': round(forecast.high_ms, 2),
    }
    talks = 'a frame' if sessions == 1 else f'a frame of {sessions} sessions'
    name = str(dtype).removeprefix('torch.')
    return f'{talks} in {name} takes {_range(forecast)}, {forecast.floor_ms:.1f} ms at best'


def _way_out(sizes: ModelSizes, speed: MemorySpeed, dtype: torch.dtype, sessions: int) -> str:
    if sessions > 1 and not predict(sizes, speed).hopeless:
        return 'fewer --sessions'
    int8 = predict_int8(sizes, speed, dtype.itemsize)
    if int8.hopeless:
        return f'{ELSEWHERE}; weights in int8 would not do either ({_range(int8)})'
    no_int8 = f'int8 weights would take {_range(int8)}, but this engine has none'
    return f'{no_int8}; {ELSEWHERE}'


def _range(forecast: Forecast) -> str:
    return f'{forecast.low_ms:.0f} to {forecast.high_ms:.0f} ms'
