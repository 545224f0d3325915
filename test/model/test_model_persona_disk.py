# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Personas that outlive the process, and every way in which a disk can go wrong."""

from dataclasses import replace
import logging
import os
from pathlib import Path
import stat

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.torch import load_file
from safetensors.torch import save_file
import torch
from whole_prompt import take_in

from personaplex_ros.model import persona_disk
from personaplex_ros.model import persona_file
from personaplex_ros.model.lm import LanguageModel
from personaplex_ros.model.persona_cache import KeptPersona
from personaplex_ros.model.persona_cache import PersonaCache
from personaplex_ros.model.persona_cache import PersonaKey
from personaplex_ros.model.persona_disk import PersonaDisk
from personaplex_ros.model.persona_file import file_name
from personaplex_ros.model.persona_file import write_persona
from personaplex_ros.model.personaplex import PersonaPlex
from personaplex_ros.model.prompt import Prompt
from personaplex_ros.model.prompting import PromptPreparer
from personaplex_ros.model.sampling import Sampling
from personaplex_ros.model.voices import VoiceLibrary

CPU = torch.device('cpu')
MIB = 1 << 20
SEEDED = Sampling(seed=11)
SECRET = 'You guard the vault and the code is 4711.'
KEY = PersonaKey('c0ffee', 'float32', 'cpu', 'NATF0 8 1 1', SECRET)
NOISE = np.random.default_rng(3).integers(-9_000, 9_000, (60, 1920)).astype(np.int16)


@pytest.fixture(scope='module')
def persona(tiny_checkpoint) -> KeptPersona:
    voices = VoiceLibrary(tiny_checkpoint.voices_directory, tiny_checkpoint.config)
    encode = tiny_checkpoint.load_tokenizer().encode
    prepared = PromptPreparer(tiny_checkpoint.config, voices, encode, CPU).prepare(
        Prompt('You are Ada.', 'NATF0')
    )
    lm = LanguageModel(tiny_checkpoint.load_lm(CPU, torch.float32))
    take_in(lm, prepared)
    return KeptPersona(lm.snapshot(), prepared)


@pytest.fixture
def open_disk(tmp_path, tiny_checkpoint):
    """Open a disk on tmp_path/personas; each is closed at the end."""
    opened = []

    def _open(budget: int = MIB, directory: Path | None = None) -> PersonaDisk:
        opened.append(
            PersonaDisk(directory or tmp_path / 'personas', budget, tiny_checkpoint.config)
        )
        return opened[-1]

    yield _open
    for disk in opened:
        disk.close()


@pytest.fixture
def prefills(monkeypatch) -> list[int]:
    """One entry per prompt that is laid out to be run in full."""
    runs, real = [], PromptPreparer.prepare

    def prepare(preparer, prompt):
        prepared = real(preparer, prompt)
        runs.append(prepared.positions)
        return prepared

    monkeypatch.setattr(PromptPreparer, 'prepare', prepare)
    return runs


def named(number: int) -> PersonaKey:
    return replace(KEY, text=f'persona {number}')


def write(disk: PersonaDisk, key: PersonaKey, persona: KeptPersona) -> None:
    """Write it and wait until it is there."""
    disk.write(key, persona)
    written(disk)


def written(disk: PersonaDisk) -> None:
    disk._writer.submit(lambda: None).result()


def stored(disk: PersonaDisk) -> list[Path]:
    return sorted(disk._directory.iterdir())


def start(files: Path, disk: PersonaDisk, **kwargs) -> PersonaPlex:
    """Load the model as a new process would."""
    model = PersonaPlex.load(files, device='cpu', **kwargs)
    model.persona_cache.use_disk(disk)
    return model


def converse(model: PersonaPlex, prompt: Prompt) -> list[tuple[int, bytes]]:
    session = model.open_session(SEEDED)
    session.prompt(prompt)
    said = [session.step(pcm) for pcm in NOISE]
    session.close()
    return [(one.text_id, one.pcm.tobytes()) for one in said]


def same(one: KeptPersona, other: KeptPersona) -> bool:
    pairs = [
        *zip(one.snapshot.keys_values, other.snapshot.keys_values, strict=True),
        (one.snapshot.token_ring, other.snapshot.token_ring),
        (one.prepared.table, other.prepared.table),
        (one.prepared.last_user_codes, other.prepared.last_user_codes),
    ]
    return (
        all(torch.equal(*pair) for pair in pairs)
        and one.snapshot.positions == other.snapshot.positions
        and one.prepared.last_forced == other.prepared.last_forced
        and one.prepared.user_delays == other.prepared.user_delays
    )


@pytest.mark.parametrize('voice', ['NATF0', 'published'])
def test_a_persona_says_after_a_restart_what_it_said_before(
    open_disk, tiny_directory, tmp_path, prefills, voice
):
    files = with_published_voice(tiny_directory, tmp_path)
    prompt = Prompt('You are a friendly robot and your name is Ada.', voice)
    before = open_disk()
    first = start(files, before)
    fresh = converse(first, prompt)
    before.close()
    again = start(files, open_disk())
    del prefills[:]
    assert converse(again, prompt) == fresh
    assert prefills == []
    report = again.persona_cache.report()
    assert (report['hits'], report['misses']) == (1, 0)
    assert report['disk_entries'] == 1 and 0 < report['disk_bytes'] <= report['disk_budget']


def with_published_voice(tiny_directory: Path, folder: Path) -> Path:
    """A copy of the tiny model with a voice of embeddings."""
    from published_checkpoint import voice_bytes

    files = folder / 'model'
    files.mkdir()
    for path in tiny_directory.iterdir():
        (files / path.name).symlink_to(path)
    (files / 'voices').unlink()
    (files / 'voices').mkdir()
    for path in (tiny_directory / 'voices').iterdir():
        (files / 'voices' / path.name).symlink_to(path)
    (files / 'voices' / 'published.pt').write_bytes(voice_bytes())
    return files


def test_a_disk_serves_without_memory_for_personas(open_disk, tiny_directory, prefills):
    disk = open_disk()
    model = start(tiny_directory, disk, persona_cache_bytes=0)
    fresh = converse(model, Prompt('You are Ada.', 'NATF0'))
    written(disk)
    del prefills[:]
    assert converse(model, Prompt('You are Ada.', 'NATF0')) == fresh
    assert prefills == []
    assert model.persona_cache.report()['bytes'] == 0


def test_everything_of_a_persona_comes_back(open_disk, persona):
    disk = open_disk()
    disk.write(KEY, persona)
    disk.close()
    again = open_disk().read(KEY)
    assert same(again, persona)
    assert again.prepared.embeddings is None


def test_embeddings_come_back_in_their_own_dtype(open_disk, persona):
    dim = persona.snapshot.keys_values[0].shape[2] * persona.snapshot.keys_values[0].shape[4]
    embeddings = torch.randn(4, dim).bfloat16()
    spoken = replace(persona, prepared=replace(persona.prepared, embeddings=embeddings))
    disk = open_disk()
    disk.write(KEY, spoken)
    disk.close()
    assert torch.equal(open_disk().read(KEY).prepared.embeddings, embeddings)


def test_only_the_owner_can_read_it_and_no_name_tells_what_it_says(open_disk, persona):
    disk = open_disk()
    disk.write(KEY, persona)
    disk.close()
    [path] = stored(disk)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert path.name == file_name(KEY)
    with safe_open(path, framework='pt') as file:
        metadata = file.metadata()
    assert 'vault' not in path.name + str(metadata)
    assert metadata['checkpoint'] == 'c0ffee' and metadata['dtype'] == 'float32'
    assert metadata['positions'] == str(persona.snapshot.positions)


@pytest.mark.parametrize('part', ['checkpoint', 'dtype', 'device', 'voice', 'text'])
def test_another_key_is_another_file(part):
    assert file_name(replace(KEY, **{part: 'other'})) != file_name(KEY)


def test_another_moshi_is_another_file(monkeypatch):
    before = file_name(KEY)
    monkeypatch.setattr(persona_file, 'version', lambda package: '9.9')
    assert file_name(KEY) != before


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def emptied(path: Path) -> None:
    path.write_bytes(b'x')


def of_another_persona(path: Path) -> None:
    other = path.with_name(file_name(named(2)))
    path.write_bytes(other.read_bytes())


def of_other_shape(path: Path) -> None:
    edit(path, lambda tensors: tensors.update(token_ring=torch.zeros(1, 9, 4, dtype=torch.long)))


def of_other_dtype(path: Path) -> None:
    edit(path, lambda tensors: tensors.update(table=tensors['table'].to(torch.int32)))


def without_a_layer(path: Path) -> None:
    edit(path, lambda tensors: tensors.pop('keys_values.1'))


def with_wide_embeddings(path: Path) -> None:
    edit(path, lambda tensors: tensors.update(embeddings=torch.zeros(4, 7)))


def without_positions(path: Path) -> None:
    edit(path, lambda tensors: None, positions='many')


def edit(path: Path, change, **told: str) -> None:
    with safe_open(path, framework='pt') as file:
        metadata = file.metadata() | told
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path, metadata)


@pytest.mark.parametrize(
    'damage',
    [
        cut,
        emptied,
        of_another_persona,
        of_other_shape,
        of_other_dtype,
        without_a_layer,
        with_wide_embeddings,
        without_positions,
    ],
)
def test_a_file_that_is_not_the_persona_is_a_miss_and_is_removed(
    open_disk, persona, caplog, damage
):
    disk = open_disk()
    for key in (KEY, named(2)):
        write(disk, key, persona)
    disk.close()
    path = disk._directory / file_name(KEY)
    damage(path)
    assert open_disk().read(KEY) is None
    assert not path.exists()
    assert len(caplog.records) == 1 and 'is removed: it' in caplog.text


def test_a_miss_is_no_event(open_disk, caplog):
    disk = open_disk()
    assert disk.nbytes(KEY) == 0 and disk.read(KEY) is None
    assert caplog.records == []


def test_the_least_recently_used_goes_first(open_disk, persona):
    size = file_size(open_disk, persona)
    disk = open_disk(3 * size + size // 2)
    for number in range(3):
        write(disk, named(number), persona)
    disk.close()
    for number in range(3):  # dates as if a minute had passed between one and the next
        os.utime(disk._directory / file_name(named(number)), (60 * number, 60 * number))
    disk = open_disk(3 * size + size // 2)
    assert disk.read(named(0))
    disk.write(named(3), persona)
    disk.close()
    there = {number for number in range(4) if disk.nbytes(named(number))}
    assert there == {0, 2, 3}
    assert disk.report()['disk_entries'] == 3
    assert disk.report()['disk_bytes'] == 3 * size <= disk.report()['disk_budget']


def file_size(open_disk, persona: KeptPersona) -> int:
    disk = open_disk()
    disk.write(named(0), persona)
    disk.close()
    size = disk.nbytes(named(0))
    assert size > persona.snapshot.nbytes
    return size


def test_a_smaller_budget_takes_effect_at_the_start_and_nobody_elses_file_is_touched(
    open_disk, persona, tmp_path
):
    disk = open_disk()
    for number in range(3):
        write(disk, named(number), persona)
    disk.close()
    (tmp_path / 'personas' / 'notes.txt').write_text('mine')
    (tmp_path / 'personas' / 'other.safetensors').write_text('mine')
    assert open_disk(1).report() == {'disk_entries': 0, 'disk_bytes': 0, 'disk_budget': 1}
    assert [path.name for path in stored(disk)] == ['notes.txt', 'other.safetensors']


def test_a_persona_beyond_the_budget_is_not_written(open_disk, persona):
    disk = open_disk(1_000)
    assert not disk.takes(persona.snapshot.nbytes)
    disk.write(KEY, persona)
    disk.close()
    assert stored(disk) == []


def test_one_that_would_take_a_frame_to_read_is_neither_written_nor_read(
    open_disk, persona, monkeypatch
):
    disk = open_disk()
    disk.write(KEY, persona)
    disk.close()
    monkeypatch.setattr(persona_disk, 'MAX_FILE_BYTES', 1_000)
    disk = open_disk()
    assert disk.nbytes(KEY) == 0 and not disk.takes(persona.snapshot.nbytes)


def test_what_a_killed_process_left_half_written_is_removed_after_a_while(open_disk, tmp_path):
    folder = tmp_path / 'personas'
    folder.mkdir()
    old, new = (folder / f'.{file_name(named(n))}.{n}.part' for n in (1, 2))
    old.touch()
    new.touch()
    os.utime(old, (0, 0))
    open_disk()
    assert list(folder.iterdir()) == [new]


def test_a_folder_that_cannot_be_made_is_one_warning_and_no_more(
    open_disk, persona, tmp_path, caplog
):
    (tmp_path / 'file').write_text('no folder')
    disk = open_disk(directory=tmp_path / 'file' / 'personas')
    cache = PersonaCache(MIB)
    cache.use_disk(disk)
    assert cache.get(KEY) is None
    cache.keep(KEY, persona.snapshot.nbytes, lambda: persona)
    disk.close()
    assert cache.get(KEY) is persona
    assert len(caplog.records) == 1
    assert 'personas are no longer kept in' in caplog.text and 'Not a directory' in caplog.text


def test_a_full_disk_is_one_warning_and_leaves_nothing_behind(
    open_disk, persona, monkeypatch, caplog
):
    def full(descriptor: int) -> None:
        raise OSError(28, 'No space left on device')

    disk = open_disk()
    write(disk, named(1), persona)
    monkeypatch.setattr(persona_file.os, 'fsync', full)
    for number in (2, 3):
        disk.write(named(number), persona)
    disk.close()
    assert [path.name for path in stored(disk)] == [file_name(named(1))]
    assert same(disk.read(named(1)), persona), 'what is there goes on being read'
    assert len(caplog.records) == 1 and 'No space left' in caplog.text


def test_a_slow_disk_makes_no_queue_and_the_writer_is_never_waited_for(
    open_disk, persona, monkeypatch
):
    import threading

    begun, go_on = threading.Event(), threading.Event()

    def slow(path: Path, key: PersonaKey, kept: KeptPersona) -> None:
        begun.set()
        assert go_on.wait(30)
        write_persona(path, key, kept)

    monkeypatch.setattr(persona_disk, 'write_persona', slow)
    disk = open_disk()
    for number in range(10):
        disk.write(named(number), persona)
    assert begun.wait(30)
    go_on.set()
    disk.close()
    assert len(stored(disk)) == persona_disk.MAX_WAITING


def test_processes_may_share_a_folder(open_disk, persona):
    one, other = open_disk(), open_disk()
    one.write(named(1), persona)
    other.write(named(2), persona)
    one.close()
    other.close()
    assert same(one.read(named(2)), persona) and same(other.read(named(1)), persona)
    (one._directory / file_name(named(1))).unlink()
    assert other.read(named(1)) is None


def test_a_read_persona_does_not_need_its_file_any_more(open_disk, persona):
    disk = open_disk()
    disk.write(KEY, persona)
    disk.close()
    again = disk.read(KEY)
    path = disk._directory / file_name(KEY)
    os.truncate(path, 0)
    assert same(again, persona)


def test_a_read_persona_takes_its_place_in_the_budget_of_the_memory(open_disk, persona):
    disk = open_disk()
    for number in range(2):
        write(disk, named(number), persona)
    disk.close()
    cache = PersonaCache(disk.nbytes(named(0)) + 10)
    cache.use_disk(disk)
    for number in (0, 1, 0):
        assert same(cache.get(named(number)), persona)
    report = cache.report()
    assert (report['entries'], report['bytes']) == (1, persona.snapshot.nbytes)
    assert report['hits'] == 3


def test_no_memory_on_the_device_is_a_miss(open_disk, persona, monkeypatch, caplog):
    def full(*args):
        raise torch.cuda.OutOfMemoryError('tried to allocate 48 MB')

    disk = open_disk()
    disk.write(KEY, persona)
    disk.close()
    monkeypatch.setattr(persona_disk, 'read_persona', full)
    cache = PersonaCache(MIB)
    cache.use_disk(disk)
    assert cache.get(KEY) is None
    assert [one.levelno for one in caplog.records] == [logging.WARNING]
