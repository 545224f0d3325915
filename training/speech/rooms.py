# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What happens to a voice on its way to the microphone: distance, room, band, noise, others."""

from dataclasses import dataclass
import math

import torch

from personaplex_ros.audio.format import SAMPLE_RATE_HZ

ROOM_SAMPLES = 7_200
"""300 ms of echo."""


@dataclass(frozen=True)
class Scene:
    """How likely and how strong each of it is; ranges are drawn from evenly."""

    gain_db: tuple[float, float] = (-12.0, 4.0)
    room: float = 0.5
    reverberation_s: tuple[float, float] = (0.1, 0.5)
    direct_db: tuple[float, float] = (0.0, 14.0)
    """Direct sound over echo."""

    band: float = 0.35
    low_cut_hz: tuple[float, float] = (60.0, 320.0)
    high_cut_hz: tuple[float, float] = (3_000.0, 9_000.0)
    noise_dbfs: tuple[float, float] = (-75.0, -40.0)
    babble: float = 0.25
    babble_db: tuple[float, float] = (-26.0, -12.0)
    """Other voices against LEVEL_DBFS."""

    burst: float = 0.1
    """Clicks, knocks, doors."""


@torch.no_grad()
def heard(
    speech: torch.Tensor, others: torch.Tensor, scene: Scene, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Put each row into a scene of its own.

    speech, others: float32 [B, n]; others is speech of several at once, at the level of one.
    Returns what the microphone gets and the dry voice at the level it has there, both [B, n].
    """
    draw = _Draw(len(speech), speech.device, generator)
    dry = speech * draw.decibels(scene.gain_db)
    sound = torch.where(draw.chance(scene.room), _in_room(dry, scene, draw), dry)
    sound = torch.where(draw.chance(scene.band), _in_band(sound, scene, draw), sound)
    sound = sound + others * draw.decibels(scene.babble_db) * draw.chance(scene.babble)
    sound = sound + noise(sound.shape, scene.noise_dbfs, draw)
    sound = sound + _bursts(sound.shape, draw) * draw.chance(scene.burst)
    return sound.clamp(-1, 1), dry


def babble_of(speech: torch.Tensor, voices: int = 5) -> torch.Tensor:
    """Mix the rows of a batch with each other: [B, n] -> [B, n], at about the level of one."""
    mixed = sum(
        speech.roll(shift + 1, dims=0).roll(speech.shape[1] * (shift + 1) // voices, dims=1)
        for shift in range(voices)
    )
    return mixed / math.sqrt(voices)


def noise(shape: torch.Size, dbfs: tuple[float, float], draw: '_Draw') -> torch.Tensor:
    """Return noise between white and brown, each row at a level of its own."""
    white = draw.normal(*shape)
    slope = draw.uniform((0.0, 1.0))
    frequency = _frequencies(shape[1], white.device).clamp(min=50.0) / 1_000.0
    coloured = torch.fft.irfft(torch.fft.rfft(white) * frequency**-slope, n=shape[1])
    return coloured / coloured.std(dim=1, keepdim=True) * draw.decibels(dbfs)


class _Draw:
    """One random number a row, [B, 1]."""

    def __init__(self, rows: int, device: torch.device, generator: torch.Generator) -> None:
        self._rows, self.device, self._generator = rows, device, generator

    def uniform(self, between: tuple[float, float]) -> torch.Tensor:
        low, high = between
        drawn = torch.rand(self._rows, 1, generator=self._generator, device=self.device)
        return low + (high - low) * drawn

    def decibels(self, between: tuple[float, float]) -> torch.Tensor:
        return 10 ** (self.uniform(between) / 20)

    def chance(self, share: float) -> torch.Tensor:
        return self.uniform((0.0, 1.0)) < share

    def normal(self, *shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=self._generator, device=self.device)


def draw_for(rows: int, generator: torch.Generator) -> _Draw:
    """Return what noise() draws from."""
    return _Draw(rows, generator.device, generator)


def _in_room(dry: torch.Tensor, scene: Scene, draw: _Draw) -> torch.Tensor:
    """Convolve with a direct path and a tail of noise that falls by 60 dB in its time."""
    time_s = torch.arange(ROOM_SAMPLES, device=dry.device) / SAMPLE_RATE_HZ
    tail = draw.normal(len(dry), ROOM_SAMPLES)
    tail = tail * torch.exp(-6.9 * time_s / draw.uniform(scene.reverberation_s))
    tail[:, : SAMPLE_RATE_HZ // 500] = 0  # nothing comes back in the first 2 ms
    tail = tail / tail.norm(dim=1, keepdim=True) / draw.decibels(scene.direct_db)
    tail[:, 0] = 1
    length = dry.shape[1] + ROOM_SAMPLES
    wet = torch.fft.irfft(torch.fft.rfft(dry, n=length) * torch.fft.rfft(tail, n=length), n=length)
    return wet[:, : dry.shape[1]]


def _in_band(sound: torch.Tensor, scene: Scene, draw: _Draw) -> torch.Tensor:
    frequency = _frequencies(sound.shape[1], sound.device)
    low, high = draw.uniform(scene.low_cut_hz), draw.uniform(scene.high_cut_hz)
    gain = 1 / (1 + (low / frequency.clamp(min=1.0)) ** 4) / (1 + (frequency / high) ** 8)
    return torch.fft.irfft(torch.fft.rfft(sound) * gain.sqrt(), n=sound.shape[1])


def _bursts(shape: torch.Size, draw: _Draw) -> torch.Tensor:
    """Return one short decaying knock a row."""
    time_s = torch.arange(shape[1], device=draw.device) / SAMPLE_RATE_HZ
    since = time_s - draw.uniform((0.0, shape[1] / SAMPLE_RATE_HZ))
    shape_in_time = torch.exp(-since.clamp(min=0) / draw.uniform((0.01, 0.08))) * (since >= 0)
    return draw.normal(*shape) * shape_in_time * draw.decibels((-30.0, -8.0))


def _frequencies(samples: int, device: torch.device) -> torch.Tensor:
    return torch.fft.rfftfreq(samples, 1 / SAMPLE_RATE_HZ).to(device)
