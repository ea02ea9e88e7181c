import math
import os
from dataclasses import replace

import pytest

from bridle.errors import InputError
from bridle.workbench.record import Curves, Record
from bridle.workbench.record_file import read_records, write_records

FAILED = Record("dropout", 1, 80, 10, 10, None, None, None, 0.5, failure="Zeile\n„zwei“\u2028")
LINEAR = Record(
    "elastic_net",
    0,
    80,
    10,
    10,
    0.1 + 0.2,
    1e-300,
    0.75,
    0.25,
    coefficients={'name "ö"': [1.0, -2.5]},
    details={"alpha": 0.1, "nonzero": 12},
)
NETWORK = Record(
    "baseline",
    3,
    80,
    10,
    10,
    0.5,
    0.25,
    0.75,
    1.5,
    curves=Curves((0.9, 0.8), (0.7, 0.6), (0.8, 0.7), (0.0, 0.0)),
)


@pytest.mark.parametrize("records", [(), (NETWORK,), (LINEAR, FAILED, NETWORK)])
def test_round_trip_gives_the_same_records(tmp_path, records):
    path = tmp_path / "records.jsonl"
    write_records(path, records)
    assert read_records(str(path)) == records
    assert path.read_bytes().count(b"\n") == len(records)


def test_numbers_that_are_not_finite_come_back_as_unknown(tmp_path):
    path = tmp_path / "records.jsonl"
    curves = replace(NETWORK.curves, val_loss=(0.5, math.inf))
    write_records(path, [replace(NETWORK, test_risk=math.nan, curves=curves)])
    (record,) = read_records(path)
    assert record.test_risk is None
    assert record.curves.val_loss[0] == 0.5
    assert math.isnan(record.curves.val_loss[1])


def test_failed_write_keeps_the_old_records(tmp_path, monkeypatch):
    path = tmp_path / "records.jsonl"
    write_records(path, [NETWORK])

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write_records(path, [LINEAR])
    assert read_records(path) == (NETWORK,)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "broken",
    [
        b"{",
        b"[]",
        b"3",
        b"\xff",
        b"{}",
        b'{"arm": "dropout"}',
        b'{"stranger": 1}',
        b"[" * 100_000,
    ],
)
def test_broken_line_is_named(tmp_path, broken):
    path = tmp_path / "records.jsonl"
    write_records(path, [NETWORK, LINEAR])
    path.write_bytes(path.read_bytes() + broken + b"\n")
    with pytest.raises(InputError, match="line 3 of"):
        read_records(path)


@pytest.mark.fault(82)
@pytest.mark.parametrize("curves", ["1", "{}", '{"val_loss": 1}', '{"val_loss": ["a"]}'])
def test_broken_curves_are_named(tmp_path, curves):
    path = tmp_path / "records.jsonl"
    write_records(path, [LINEAR])
    path.write_text(path.read_text().replace('"curves": null', f'"curves": {curves}'))
    with pytest.raises(InputError, match="line 1 of"):
        read_records(path)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"records\.jsonl"):
        read_records(tmp_path / "records.jsonl")
