"""Offline runs of W&B: real files, and files written here by the published format."""

from __future__ import annotations

import json
import math
import zlib
from pathlib import Path

import pytest

import bridle
from bridle.errors import InputError
from bridle.workbench.logs.read_log import read_log
from bridle.workbench.logs.wandb_run import entries_of_wandb, seed_of_wandb

RUNS = Path(__file__).parents[2] / "fixtures" / "wandb_runs"
"""Losses that were planted and logged by wandb 0.31 offline, seeds 0 to 4 of two arms."""

HEADER = b":W&B\xe1\xbe\x00"
BLOCK = 32_768


def field(number, content):
    """Return a field with a length, as protocol buffers have it."""
    return whole(8 * number + 2) + whole(len(content)) + content


def whole(value):
    found = b""
    while value > 127:
        found, value = found + bytes([value & 127 | 128]), value >> 7
    return found + bytes([value])


def item(name, value):
    keys = name.split(".")
    named = (
        field(1, name.encode()) if len(keys) == 1 else b"".join(field(2, k.encode()) for k in keys)
    )
    return field(1, named + field(16, json.dumps(value).encode()))


def history(**values):
    return field(2, b"".join(item(name, value) for name, value in values.items()))


def config(**values):
    return field(5, b"".join(item(name, value) for name, value in values.items()))


def file_of(messages):
    """Return a file with these messages, in pieces that end with the blocks."""
    data = bytearray(HEADER)
    for message in messages:
        rest, is_first = message, True
        while is_first or rest:
            if (left := BLOCK - len(data) % BLOCK) < 7:
                data += bytes(left)
                left = BLOCK
            part, rest = rest[: left - 7], rest[left - 7 :]
            kind = {(True, False): 1, (True, True): 2, (False, True): 3, (False, False): 4}
            marked = bytes([kind[is_first, bool(rest)]]) + part
            data += (
                zlib.crc32(marked).to_bytes(4, "little") + len(part).to_bytes(2, "little") + marked
            )
            is_first = False
    return bytes(data)


@pytest.fixture
def written(tmp_path):
    def write(data):
        path = tmp_path / "run-a.wandb"
        path.write_bytes(data)
        return path

    return write


def test_real_runs_are_paired_by_the_seed_of_their_configuration():
    arms = [sorted((RUNS / arm).iterdir()) for arm in ("baseline", "dropout")]
    found = bridle.judge_runs(*arms, names=("baseline", "dropout"))
    assert (found.decision, found.comparison.n_splits) == ("helps", 5)
    assert found.comparison.basis.startswith("5 paired seeds")
    assert found.comparison.change.mean == pytest.approx(-0.1, abs=0.01)
    log = read_log(arms[0][0])
    assert (log.source, log.unit, len(log.val_loss)) == ("an offline run of W&B", "epoch", 8)
    assert log.train_loss[:3] == pytest.approx([1, 0.5, 0.3333])


@pytest.mark.parametrize("extra", [0, 1, 32_700, 32_730, 70_000])
def test_messages_may_cross_blocks(written, extra):
    rows = [
        {"_step": 0, "val.loss": 0.5, "long": "x" * extra, "flag": True},
        {"_step": 1, "val.loss": "NaN", "train.loss": "Infinity", "_runtime": 2.0},
        {"_step": 2, "val.loss": 0.25},
    ]
    path = written(file_of([b"", config(seed=3), *(history(**row) for row in rows)]))
    first, second, third = entries_of_wandb(path).rows
    assert first == {"step": 0, "val.loss": 0.5}
    assert math.isnan(second.pop("val.loss"))
    assert second == {"step": 1, "train.loss": math.inf}
    assert third == {"step": 2, "val.loss": 0.25}
    assert seed_of_wandb(path) == 3


def test_all_places_of_a_piece_in_a_block_are_read(written):
    for length in range(BLOCK - 80, BLOCK - 20):
        data = file_of([field(9, b"x" * length), history(loss=1.5), history(loss=2.5)])
        assert [row["loss"] for row in entries_of_wandb(written(data)).rows] == [1.5, 2.5]


def test_a_message_that_was_cut_off_is_left_out(written):
    data = file_of([history(loss=float(i)) for i in range(9)])
    sizes = {len(entries_of_wandb(written(data[:end])).rows) for end in range(7, len(data) + 1)}
    assert sizes == set(range(10))


def test_damage_and_other_files_are_refused_by_name(written, tmp_path):
    data = bytearray(file_of([history(loss=0.5), history(loss=0.25)]))
    data[20] ^= 1
    with pytest.raises(InputError, match=r"run-a\.wandb is damaged near byte 7"):
        entries_of_wandb(written(bytes(data)))
    with pytest.raises(InputError, match="must be a file of W&B"):
        read_log(written(b"PK"))
    with pytest.raises(InputError, match="cannot be read"):
        read_log(tmp_path / "none.wandb")
    with pytest.raises(InputError, match="is damaged"):
        entries_of_wandb(written(file_of([field(2, field(1, field(1, b"a") + field(16, b"{")))])))


@pytest.mark.parametrize("seed", [None, "7", -1, 2.5, True])
def test_what_is_no_seed_is_not_taken_for_one(written, seed):
    assert seed_of_wandb(written(file_of([config(seed=seed)]))) is None
