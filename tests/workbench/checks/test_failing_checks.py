"""A check that raises is reported, whichever it is, and everything else goes on."""

from __future__ import annotations

from functools import cache
from io import StringIO

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

import bridle
from bridle.workbench.checks.arrays.catalogue import ARRAY_CHECKS
from bridle.workbench.checks.records.catalogue import RECORD_CHECKS
from bridle.workbench.checks.splits.catalogue import SPLIT_CHECKS
from bridle.workbench.checks.table.catalogue import COLUMN_CHECKS, TARGET_CHECKS
from bridle.workbench.report.terminal import render_details

N = 80


def table():
    """A table in which checks of the columns, of the target and of the splits find something."""
    rng = np.random.default_rng(0)
    age = rng.normal(40, 10, N)
    target = np.where(age + rng.normal(0, 10, N) > 40, "yes", "no")
    frame = pd.DataFrame(
        {
            "id": np.arange(N),
            "one": 1.0,
            "age": np.where(rng.random(N) < 0.2, np.nan, age),
            "pay": np.where(rng.random(N) < 0.3, -999.0, rng.normal(50, 9, N).round(1)),
            "left": target == "yes",
        }
    )
    return frame, target


def images():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, 4, 4, 1))
    X[:5] = 0
    return X, (X[:, 0, 0, 0] > 0).astype(int)


KINDS = {
    "columns": (COLUMN_CHECKS, table),
    "target": (TARGET_CHECKS, table),
    "arrays": (ARRAY_CHECKS, images),
    "splits": (SPLIT_CHECKS, table),
    "records": (RECORD_CHECKS, table),
}
CASES = [(kind, code) for kind, (catalogue, _) in KINDS.items() for code in catalogue]


def compared(data, **more):
    X, y = data()
    return bridle.compare(X, y, arms=["linear"], seeds=2, **more)


@cache
def sound(data):
    return compared(data)


def fails(*_):
    raise ZeroDivisionError("nothing to divide by")


def codes_found(verdict, *, but):
    return {one.code for one in verdict.checks} - {but}


@pytest.mark.parametrize(("kind", "code"), CASES)
def test_check_that_raises_is_reported_and_the_rest_goes_on(kind, code, monkeypatch):
    catalogue, data = KINDS[kind]
    expected = sound(data)
    monkeypatch.setitem(catalogue, code, fails)
    study = compared(data)
    (found,) = (one for one in study.verdict.checks if one.code == code)
    assert found.severity == "not run"
    assert found.message == (
        "This check could not be run: ZeroDivisionError: nothing to divide by."
    )
    assert code not in study.verdict.not_applicable
    assert codes_found(study.verdict, but=code) >= codes_found(expected.verdict, but=code)
    assert all(one.failure is None for one in study.records)
    assert len(study.records) == len(expected.records)


def test_the_catalogues_have_something_to_report():
    assert {one.code[:5] for one in sound(table).verdict.checks} >= {
        "BR101",
        "BR102",
        "BR103",
        "BR109",
        "BR201",
    }
    assert {one.code[:5] for one in sound(images).verdict.checks} >= {"BR117"}


def test_terminal_and_report_name_the_check_and_the_reason(monkeypatch, tmp_path):
    monkeypatch.setitem(SPLIT_CHECKS, "BR105 too-few-rows", fails)
    study = compared(table)
    console = Console(width=200, file=StringIO())
    render_details(study.verdict, console, task=study.dataset.task)
    study.save(tmp_path / "report")
    page = (tmp_path / "report" / "report.html").read_text("utf-8")
    for shown in (console.file.getvalue(), page):
        assert "BR105 too-few-rows" in shown
        assert "This check could not be run: ZeroDivisionError: nothing to divide by." in shown


def test_what_a_check_that_failed_would_have_found_can_be_accepted(monkeypatch):
    """A study whose options accept it is not refused, and the failure is not called meant."""
    monkeypatch.setitem(TARGET_CHECKS, "BR201 target-leak", fails)
    study = compared(table, accept=["BR201:left"])
    (found,) = (one for one in study.verdict.checks if one.code == "BR201 target-leak")
    assert found.severity == "not run"
    assert not any("accepted" in one for one in study.verdict.remarks)
