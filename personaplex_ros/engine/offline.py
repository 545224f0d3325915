# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A recording in, the agent's answer out: the same frames as live, without waiting for a clock."""

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
import json
import os
from pathlib import Path
import secrets
import tempfile
from typing import BinaryIO
from typing import TYPE_CHECKING
import wave

import numpy as np

from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from personaplex_ros.audio.intake import to_int16
from personaplex_ros.audio.recording import first_channel
from personaplex_ros.audio.recording import Recording
from personaplex_ros.audio.sound_file import SoundFileError
from personaplex_ros.engine.failure import StartFailure

if TYPE_CHECKING:
    from personaplex_ros.model.config import ControlIds
    from personaplex_ros.model.session import Session

FULL_SCALE = 32_768


@dataclass(frozen=True)
class Reply:
    """What the agent said to a recording."""

    pcm: np.ndarray
    """int16 [n], 24 kHz mono, as long as what it heard."""

    pieces: list[str]
    """One per frame: text, '' within a character, or the name of a control token."""

    frame_ms: list[float]
    """What each frame cost: codec and language model."""


def read_recording(path: Path) -> np.ndarray:
    """Return the first channel of a sound file at 24 kHz: int16 [n > 0].

    Of any channels the first is heard and its level stays, as upstream does it (personaplex
    3428dfd, moshi/moshi/offline.py). Raises StartFailure.
    """
    try:
        with Recording(path) as recording:
            return to_int16(recording.read(first_channel) * FULL_SCALE)
    except SoundFileError as error:
        raise StartFailure(str(error)) from None


def answer(
    session: 'Session',
    control_ids: 'ControlIds',
    samples: np.ndarray,
    on_frame: Callable[[int], None],
) -> Reply:
    """Let a prompted session hear all of it; on_frame is told how many frames are done.

    samples: int16 [n > 0], 24 kHz mono; silence fills the last frame.
    """
    names = {
        control_ids.pad: 'PAD',
        control_ids.end_pad: 'EPAD',
        control_ids.bos: 'BOS',
        control_ids.eos: 'EOS',
    }
    heard = np.pad(samples, (0, -len(samples) % SAMPLES_PER_FRAME)).reshape(-1, SAMPLES_PER_FRAME)
    said = np.empty_like(heard)
    reply = Reply(pcm=said.reshape(-1)[: len(samples)], pieces=[], frame_ms=[])
    for index, frame in enumerate(heard):
        output = session.step(frame)
        said[index] = output.pcm
        reply.pieces.append(names.get(output.text_id, output.piece))
        reply.frame_ms.append(output.encode_ms + output.step_ms + output.decode_ms)
        on_frame(index + 1)
    return reply


def check_output(path: Path) -> Path:
    """Return the file that will be written, links followed; raises StartFailure if none can be."""
    try:
        target = path.expanduser().resolve()
        if target.exists() and not target.is_file():
            raise StartFailure(f'{path} cannot be written: it is no regular file')
        if not target.parent.is_dir():
            raise StartFailure(f'{path} cannot be written: there is no folder {target.parent}')
        with tempfile.TemporaryFile(dir=target.parent):
            return target
    except (OSError, RuntimeError) as error:  # a loop of links is a RuntimeError before 3.13
        raise _unwritable(path, error) from None


def write_reply(reply: Reply, wav_path: Path, text_path: Path) -> None:
    """Write both files, or neither; whole files take the place of old ones.

    Raises StartFailure, for instance when the disk is full.
    """
    try:
        with _replaced(text_path) as text, _replaced(wav_path) as sound:
            _write_wav(sound, reply.pcm)
            text.write(json.dumps(reply.pieces, ensure_ascii=False).encode() + b'\n')
    except OSError as error:
        raise _unwritable(Path(error.filename or wav_path), error) from None


@contextmanager
def _replaced(path: Path) -> Iterator[BinaryIO]:
    """Open a file that takes the place of path if all goes well, and leaves no trace if not."""
    part = path.with_name(f'.{secrets.token_hex(8)}.part')
    try:
        with part.open('xb') as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _write_wav(file: BinaryIO, pcm: np.ndarray) -> None:
    with wave.open(file, 'wb') as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(SAMPLE_RATE_HZ)
        sound.writeframes(pcm.astype('<i2').tobytes())


def _unwritable(path: Path, error: Exception) -> StartFailure:
    return StartFailure(f'{path} cannot be written: {getattr(error, "strerror", None) or error}')
