"""A full disk at every step of a study and of a save: the folder is as it was, or goes on."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import replace
from functools import cache
from itertools import count
from types import MappingProxyType

import numpy as np
import pandas as pd
import pytest
from tests.faults import fault, raises_no_space
from tests.workbench.table_arms import ARMS

from bridle.backend import backend_available
from bridle.cli import main as cli
from bridle.workbench import run_study, study_runs
from bridle.workbench.checks.base import Outcome
from bridle.workbench.data.dataset import Dataset, from_arrays
from bridle.workbench.folder import plan
from bridle.workbench.folder.file_names import (
    CURVE_RECORDS,
    MANIFEST,
    MODEL,
    MODEL_FILES,
    OWN_FILES,
    PAGE,
    UNFINISHED,
)
from bridle.workbench.folder.journal import read_journal
from bridle.workbench.folder.manifest import read_manifest
from bridle.workbench.folder.record_file import read_records
from bridle.workbench.protocol import Protocol
from bridle.workbench.report import html, page_source
from bridle.workbench.report.draw_page import draw_page
from bridle.workbench.run import check_splits, skipped_arms
from bridle.workbench.run.draw_split import part_rows
from bridle.workbench.study import Study

PROTOCOL = Protocol(seeds=(0, 1), epochs=2)


@pytest.fixture(autouse=True)
def written_at_once(monkeypatch):
    """Every record is written at once, and neither pictures nor the disk cost time."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    monkeypatch.setattr("bridle.workbench.folder.journal._SECONDS_BETWEEN_WRITES", 0.0)
    monkeypatch.setattr("bridle.networks.engine.checkpoint._SECONDS_BETWEEN_WRITES", 0.0)
    monkeypatch.setattr(Study, "plot_coefficients", lambda study: None)
    monkeypatch.setattr(Study, "plot_loss", lambda study: None)
    monkeypatch.setattr("bridle.workbench.report.figures.png.png", lambda figure: b"a figure")
    monkeypatch.setattr(html, "installed_versions", cache(html.installed_versions))
    monkeypatch.setattr(
        "bridle.workbench.report.page_source.render_html", lambda *_, **__: "a report"
    )


@pytest.fixture
def stubbed(monkeypatch):
    return stub(monkeypatch, study())


def stub(monkeypatch, whole):
    """Records are those of a study, splits are drawn once, and one verdict serves all."""

    def experiment(dataset, arms, protocol, advance, *, done, keep, checkpoints, networks):
        found = dict(done)
        for one in (*whole.records, *whole.curve_records):
            if one.train_share == protocol.train_share and one.arm_and_seed not in found:
                found[one.arm_and_seed] = one
                keep(one)
        return tuple(found.values())

    monkeypatch.setattr(study_runs, "run_experiment", experiment)
    monkeypatch.setattr(check_splits, "run_checks", lambda *_: Outcome())
    monkeypatch.setattr(study_runs, "judge", lambda *_: whole.verdict)
    for place in (skipped_arms, check_splits):
        monkeypatch.setattr(place, "part_rows", cache(part_rows))
    plans = {}

    def plan_once(dataset, arms, protocol, *more):
        key = protocol, tuple(arm.name for arm in arms)
        if key not in plans:
            plans[key] = plan.plan_of(dataset, arms, protocol, *more)
        return plans[key]

    monkeypatch.setattr(run_study, "plan_of", plan_once)
    monkeypatch.setattr(plan, "part_rows", cache(plan.part_rows))
    monkeypatch.setattr(plan, "draw_split", cache(plan.draw_split))
    monkeypatch.setattr(Dataset, "__hash__", lambda dataset: id(dataset))
    monkeypatch.setattr(Dataset, "__eq__", lambda dataset, other: dataset is other)
    return whole


@cache
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 2))
    return from_arrays(X, (X[:, 0] + rng.normal(size=40) > 0).astype(int))


def study(path=None, names=("dummy", "linear"), rows=data, rules=MappingProxyType({}), **options):
    arms = [ARMS[name] for name in names]
    protocol = replace(PROTOCOL, **rules)
    return run_study.run_study(rows(), arms, protocol, quiet=True, folder=path, **options)


IN_MODEL = {f"{MODEL}/{one}" for one in MODEL_FILES}


def contents(path):
    held = [one for one in path.rglob("*") if one.is_file()]
    return {one.relative_to(path).as_posix(): one.read_bytes() for one in held}


def without_seconds(records):
    return [replace(one, seconds=0.0) for one in records]


def assert_whole(path, before):
    """Each file is that of the study before or of the new one, and nothing else is there."""
    now = contents(path)
    assert not [name for name in now if name.startswith(".")]
    if now == before:
        return
    assert read_journal(path / UNFINISHED) is not None
    manifest = read_manifest(path)
    finished = set(now) & set(OWN_FILES) - {MANIFEST}
    changed = set(manifest.changed(path)) if manifest else finished
    assert all(now[name] == before[name] for name in changed)


def fail_each_step(tmp_path, begin, run, go_on, stride=1):
    """Run until no step is left that could fail; return how many steps there are."""
    for n in count(1, stride):
        path = tmp_path / str(n)
        begin(path)
        before = contents(path)
        with fault(n) as steps:
            failed = run(path)
        assert failed == (steps.failed is not None)
        if not failed:
            break
        assert_whole(path, before)
        go_on(path)
        names = set(contents(path))
        assert {"records.jsonl", "report.html", MANIFEST} <= names <= {*OWN_FILES, *IN_MODEL}
        assert read_manifest(path).changed(path) == ()
    return len(steps.done)


@pytest.mark.fault(66)
@pytest.mark.parametrize("old", [None, 3], ids=["empty", "over another"])
def test_study_at_every_step(tmp_path, stubbed, old):

    if old is not None:
        study(tmp_path / "old", rules={"epochs": old})

    def begin(path):
        if old is not None:
            shutil.copytree(tmp_path / "old", path)

    def go_on(path):
        # The journal says which study it is: no second word is needed to replace the other.
        begun = (path / UNFINISHED).exists()
        done = study(path, overwrite=old is not None and not begun)
        assert done.records == read_records(path / "records.jsonl") == stubbed.records

    failed = fail_each_step(
        tmp_path, begin, lambda path: raises_no_space(lambda: study(path, overwrite=True)), go_on
    )
    # The lock; then journal after each record and at the end, manifest and five files in four steps.
    assert failed == 1 + 4 * (4 + 1) + 4 * 6


@pytest.mark.fault(66)
def test_save_at_every_step(tmp_path, stubbed):
    study(tmp_path / "old")
    failed = fail_each_step(
        tmp_path,
        lambda path: shutil.copytree(tmp_path / "old", path),
        lambda path: raises_no_space(lambda: stubbed.save(path, overwrite=True)),
        lambda path: stubbed.save(path, overwrite=not (path / UNFINISHED).exists()),
    )
    # The lock; then journal, manifest, five files, and those of a linear model, in four steps.
    assert failed == 1 + 4 * (1 + 6 + 4)


@cache
def many():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 2))
    return from_arrays(X, X[:, 0] + rng.normal(size=120))


@pytest.mark.fault(66)
@pytest.mark.parametrize("real", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_learning_curve_at_every_step(tmp_path, monkeypatch, real):
    def curve(path=None):
        names, rules = ("linear", "elastic_net"), {"learning_curve": True}
        return study(path, names, many, rules)

    whole = curve()
    assert len(whole.curve_records) == 4 * 2 * 2
    if not real:
        stub(monkeypatch, whole)

    def go_on(path):
        done = curve(path)
        for found, expected in (
            (done.records, whole.records),
            (done.curve_records, whole.curve_records),
        ):
            assert without_seconds(found) == without_seconds(expected)
        assert read_records(path / CURVE_RECORDS) == done.curve_records

    # A record takes four steps: each of them is tried, whatever record it is of.
    found = fail_each_step(
        tmp_path,
        lambda path: None,
        lambda path: raises_no_space(lambda: curve(path)),
        go_on,
        stride=1 if real else 5,
    )
    # The lock; then journal after each record and at the end, manifest and six files in four steps.
    assert found == 1 + 4 * (4 + 16 + 1) + 4 * 7


@pytest.mark.fault(66)
def test_page_drawn_anew_at_every_step(tmp_path, monkeypatch):
    study(tmp_path)
    before = contents(tmp_path)
    monkeypatch.setattr(page_source, "render_html", lambda *_, **__: "another report")
    for n in count(1):
        with fault(n) as steps:
            failed = raises_no_space(lambda: draw_page(tmp_path))
        assert failed == (steps.failed is not None)
        now = contents(tmp_path)
        assert {**now, MANIFEST: b""} == {**before, MANIFEST: b"", PAGE: now[PAGE]}
        assert now[PAGE] in (before[PAGE], b"another report")
        if not failed:
            break
        draw_page(tmp_path)
    assert steps.done == ["write", *2 * ["write", "fsync", "replace", "fsync"]]


@pytest.fixture
def command(monkeypatch, capsys):
    """Return a function from arguments to exit code and standard error."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["bridle", "compare", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code, capsys.readouterr().err

    return call


@pytest.mark.fault(66)
@pytest.mark.slow
@pytest.mark.parametrize(
    "arms",
    [
        "linear",
        pytest.param(
            "linear,baseline,dropout",
            marks=pytest.mark.skipif(
                backend_available() is not None, reason=str(backend_available())
            ),
        ),
    ],
)
def test_command_at_every_step(tmp_path, command, arms):
    table = tmp_path / "table.csv"
    pd.DataFrame({**data().frame, "y": data().target}).to_csv(table, index=False)
    epochs = ("--epochs", 3) if "baseline" in arms else ()
    options = ("--target", "y", "--arms", arms, "--seeds", 2, *epochs, "--quiet", "--out")
    assert command(table, *options, tmp_path / "whole") == (0, "")
    expected = without_seconds(read_records(tmp_path / "whole" / "records.jsonl"))

    def run(path):
        code, error = command(table, *options, path)
        if code == 0:
            return False
        assert code == 2
        assert error.startswith("Error: No space left on device")
        assert error.count("\n") == 1
        return True

    def go_on(path):
        assert command(table, *options, path) == (0, "")
        assert without_seconds(read_records(path / "records.jsonl")) == expected

    assert fail_each_step(tmp_path, lambda path: None, run, go_on) > 40
