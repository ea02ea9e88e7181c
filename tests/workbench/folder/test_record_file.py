import hashlib
import json
import math
import os
from dataclasses import replace

import pytest

from bridle.errors import InputError
from bridle.networks.curves import Curves
from bridle.workbench.folder.record_file import read_records, write_records
from bridle.workbench.folder.sealed_line import seal, unseal
from bridle.workbench.record import Record

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


def resealed(text):
    """Return a line whose checksum is right, whatever it says."""
    checksum = hashlib.sha256(text).hexdigest()[:16].encode()
    return text[:-1] + b', "checksum": "' + checksum + b'"}'


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


@pytest.mark.fault(82)
@pytest.mark.parametrize(
    "broken",
    [
        b"{",
        b"[]",
        b"3",
        b"\xff",
        b"{}",
        b'{"arm": "dropout"}',
        b"[" * 100_000,
        b'{"arm": "dropout", "checksum": "0123456789abcdef"}',
        resealed(b"[" * 100_000 + b"}"),
        resealed(b'{"arm": }'),
        seal({"stranger": 1}).encode(),
        seal({"arm": "dropout"}).encode(),
        *(
            seal({**LINEAR.to_dict(), "curves": curves}).encode()
            for curves in (1, {}, {"val_loss": 1}, {"val_loss": ["a"]})
        ),
    ],
)
def test_broken_line_is_named(tmp_path, broken):
    path = tmp_path / "records.jsonl"
    write_records(path, [NETWORK, LINEAR])
    path.write_bytes(path.read_bytes() + broken + b"\n")
    with pytest.raises(InputError, match=r"line 3 of '.*records\.jsonl'"):
        read_records(path)


@pytest.mark.fault(80)
def test_no_byte_of_a_record_can_be_changed(tmp_path):
    """A risk that was edited was read as if it had been measured."""
    path = tmp_path / "records.jsonl"
    write_records(path, [NETWORK, LINEAR])
    whole = path.read_bytes()
    second = whole.index(b"\n") + 1
    for position in range(second, len(whole) - 1):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        with pytest.raises(InputError, match=r"line [23] of '.*records\.jsonl'"):
            read_records(path)


@pytest.mark.parametrize(
    "fields", [{"a": 1}, {"ö": [0.1 + 0.2, None, "\n"]}, {"a": {"checksum": "0123456789abcdef"}}]
)
def test_sealed_line_gives_what_was_sealed(fields):
    line = seal(fields)
    assert "\n" not in line
    assert unseal(line.encode(), "") == fields
    assert json.loads(line).keys() == {*fields, "checksum"}


def test_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"records\.jsonl"):
        read_records(tmp_path / "records.jsonl")


@pytest.mark.parametrize(
    ("name", "value"),
    [("seed", {}), ("seed", True), ("arm", 1), ("test_risk", "0.5"), ("details", [])],
)
def test_value_of_another_kind_is_refused_with_its_line(tmp_path, name, value):
    fields = {**Record("linear", 0, 8, 1, 1, 0.5, 0.4, 0.8, 0.1).to_dict(), name: value}
    (tmp_path / "records.jsonl").write_text(seal(fields))
    with pytest.raises(InputError, match=f"no record in line 1 of .*: {name} must not be"):
        read_records(tmp_path / "records.jsonl")
