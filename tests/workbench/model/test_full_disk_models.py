"""A full disk at every step of what is written of models: the earlier file or model is there, whole."""

from __future__ import annotations

import errno
import sys
from itertools import count

import numpy as np
import pandas as pd
import pytest
from tests.faults import fault, raises_no_space

import bridle
from bridle.backend import backend_available
from bridle.cli import main as cli
from bridle.errors import InputError

from .models import features, model

NETWORKS = pytest.mark.skipif(backend_available() is not None, reason=str(backend_available()))


def contents(folder):
    return {one.name: one.read_bytes() for one in folder.iterdir()}


def fail_each_step(call, check):
    """Let the first step fail, then the second, until none is left; return what was done in the end.

    ``check`` is called after each failure with the steps so far.
    """
    for n in count(1):
        with fault(n) as steps:
            failed = raises_no_space(call)
        assert failed == (steps.failed is not None), "a full disk was not told"
        if not failed:
            return steps.done
        check(steps)
    raise AssertionError


@pytest.mark.fault(66)
@pytest.mark.parametrize("old", [False, True], ids=["new", "over another"])
@pytest.mark.parametrize(
    "arm", ["linear", pytest.param("dropout", marks=NETWORKS)], ids=["linear", "network"]
)
def test_a_model_is_the_earlier_or_the_new_one(tmp_path, arm, old):
    made, folder = model(arm, "regression"), tmp_path / "m"
    made.save(tmp_path / "whole")
    expected = contents(tmp_path / "whole")
    folder.mkdir()
    if old:
        model("linear", "binary").save(folder)
    before = contents(folder)

    def check(steps):
        assert not [one for one in contents(folder) if one.endswith(".tmp")]
        if "replace" not in steps.done:
            assert contents(folder) == before
        elif contents(folder) != expected:
            with pytest.raises(InputError, match=r"checksums\.json is missing"):
                bridle.load(folder)
        if contents(folder) != before:
            made.save(folder, overwrite=True)
            assert contents(folder) == expected
            for name in expected:
                (folder / name).unlink()
            for name, content in before.items():
                (folder / name).write_bytes(content)

    done = fail_each_step(lambda: made.save(folder, overwrite=old), check)
    n = len(expected)
    assert done == [*["write", "fsync"] * n, *["replace"] * n, "fsync"]
    assert contents(folder) == expected


@pytest.mark.fault(74)
def test_what_a_killed_writer_left_is_no_part_of_a_model(tmp_path):
    folder, left = tmp_path / "m", ".arrays.npz.0123456789abcdef.tmp"
    folder.mkdir()
    (folder / left).write_bytes(b"half")
    model("linear", "binary").save(folder)
    assert left not in contents(folder)
    (folder / left).write_bytes(b"half")
    with pytest.raises(InputError, match="holds a model"):
        model("linear", "binary").save(folder)
    bridle.load(folder)
    (folder / ".mine.0123456789abcdef.tmp").write_bytes(b"of someone else")
    with pytest.raises(InputError, match="which is not part of a model"):
        model("linear", "binary").save(folder, overwrite=True)


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Return a function from arguments to nothing; it raises what a command says of a full disk."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["bridle", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        if ended.value.code == 0:
            return
        assert ended.value.code == 2
        error = capsys.readouterr().err.splitlines()[-1]
        assert error.startswith("Error: No space left on device"), error
        raise OSError(errno.ENOSPC, error)

    return call


@pytest.mark.fault(66)
@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_predictions_are_the_earlier_or_all_of_the_new_ones(run, name, tmp_path):
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    features().to_csv("new.csv", index=False)
    model("linear", "binary").save("kept")
    path = tmp_path / name
    path.write_text("old")
    others = {one.name for one in tmp_path.iterdir()}

    def check(steps):
        assert {one.name for one in tmp_path.iterdir()} == others
        if "replace" not in steps.done[:-1]:
            assert path.read_text() == "old"

    done = fail_each_step(
        lambda: run("predict", "kept", "new.csv", "--out", name, "--overwrite", "--quiet"), check
    )
    assert done[-3:] == ["fsync", "replace", "fsync"]
    assert set(done[:-3]) == {"write"}
    read = pd.read_csv if name.endswith("csv") else pd.read_parquet
    assert read(path)["name"].tolist() == features()["name"].tolist()


@pytest.mark.fault(66)
@pytest.mark.parametrize("arm", ["linear", "elastic_net"])
def test_a_fit_of_a_large_file_leaves_no_half_of_a_model(run, arm, tmp_path):
    pytest.importorskip("pyarrow")
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 3))
    frame = pd.DataFrame(X, columns=["a", "b", "c"]).assign(y=X[:, 0] + rng.normal(size=120))
    frame.to_parquet("rows.parquet", index=False)
    scans = ("--read", "scans") if arm == "elastic_net" else ()
    asked = ("fit", "rows.parquet", "--target", "y", "--arm", arm, *scans, "--quiet", "--overwrite")

    def check(steps):
        held = tmp_path / "rows-model"
        assert not [one for one in held.iterdir() if one.name.endswith(".tmp")]
        if "replace" not in steps.done:
            assert not [*held.iterdir()]

    assert "replace" in fail_each_step(lambda: run(*asked), check)
    assert len(bridle.load("rows-model").predict(frame.drop(columns="y"))) == 120
