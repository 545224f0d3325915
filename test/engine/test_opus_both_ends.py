# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The robot's backend for NVIDIA's server against our engine, which speaks that form too."""

from harness import engine
from harness import in_loop
import numpy as np
import pytest

from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from personaplex_ros.backends.base import AgentFrame
from personaplex_ros.backends.base import BackendError
from personaplex_ros.backends.base import Role
from personaplex_ros.backends.nvidia import NvidiaBackend

SILENCE = np.zeros(SAMPLES_PER_FRAME, np.int16)


@in_loop
async def test_every_frame_is_answered_with_its_word() -> None:
    async with engine() as running:
        backend = NvidiaBackend(running.url)
        await backend.open(Role('Be kind.', 'NATF2'))
        events = backend.events()
        text = ''
        for number in range(10):
            await backend.send_frame(SILENCE)
            answer = await events.__anext__()
            assert isinstance(answer, AgentFrame)
            assert answer.report.input_frame == number
            text += answer.piece
        assert text.startswith(' w0 w3 w6')
        await backend.close()


@in_loop
async def test_a_refusal_keeps_its_sentence() -> None:
    async with engine() as running:
        first = await running.talk()
        backend = NvidiaBackend(running.url)
        with pytest.raises(BackendError, match='another caller; try again later') as error:
            await backend.open(Role('Be kind.', 'NATF2'))
        assert error.value.code == 'refused'
        await backend.close()
        await first.hang_up()
