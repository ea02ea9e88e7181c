"""Survival times as a target: two columns of a table, a structured array, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bridle.errors import InputError, UnknownNameError
from bridle.workbench.data.dataset import from_arrays, make_dataset
from bridle.workbench.data.given_data import dataset_of
from bridle.workbench.data.survival_target import target_columns
from bridle.workbench.protocol import Protocol
from bridle.workbench.run.draw_split import draw_split, part_rows, table_of
from bridle.workbench.splits import Folds, TimeFolds

N = 120
RNG = np.random.default_rng(0)
A = RNG.normal(size=N)
DAYS = np.round(RNG.exponential(200, N)) + 1
DEAD = RNG.random(N) < 0.4
TABLE = pd.DataFrame({"a": A, "b": RNG.normal(size=N), "days": DAYS, "dead": DEAD})


def survival(frame=TABLE, **given):
    return make_dataset(frame, "days", event="dead", task="survival", **given)


@pytest.mark.parametrize(
    "dead",
    [DEAD, DEAD.astype(int), DEAD.astype(float), np.where(DEAD, "yes", "no"), list(map(str, DEAD))],
    ids=["truths", "integers", "floats", "yes and no", "text"],
)
def test_events_are_truths_however_they_are_written(dead):
    found = survival(TABLE.assign(dead=dead))
    np.testing.assert_array_equal(found.target["event"], DEAD)
    np.testing.assert_array_equal(found.target["time"], DAYS)
    assert found.task.kind == "survival"
    assert list(found.frame) == ["a", "b"]
    assert (found.target_name, [one.taken_for for one in found.columns[:2]]) == (
        "days",
        ["target", "event"],
    )


def test_arrays_are_read_like_the_columns_of_a_table():
    structured = np.empty(N, dtype=[("dead", bool), ("days", float)])
    structured["dead"], structured["days"] = DEAD, DAYS
    X = TABLE[["a", "b"]]
    for y in (structured, np.column_stack([DAYS, DEAD]), TABLE[["days", "dead"]]):
        for found in (
            from_arrays(X, y, task="survival"),
            dataset_of(X, y, "survival", ()),
        ):
            np.testing.assert_array_equal(found.target, survival().target)
    named = dataset_of(TABLE, None, None, (), time_to="days", event="dead")
    np.testing.assert_array_equal(named.target, survival().target)
    pd.testing.assert_frame_equal(named.frame, survival().frame)


def test_row_without_a_time_or_an_event_is_left_out_and_told():
    frame = TABLE.astype({"dead": object}).copy()
    frame.loc[4, "days"], frame.loc[9, "dead"] = np.nan, None
    found = survival(frame)
    kept = np.delete(np.arange(N), [4, 9])
    np.testing.assert_array_equal(found.target["time"], DAYS[kept])
    np.testing.assert_array_equal(found.frame["a"], A[kept])
    assert found.rows_left_out == 2
    assert any("missing in 2 of 120 rows, first in row 4" in one.message for one in found.findings)


REFUSED = {
    "time below 0": (TABLE.assign(days=DAYS - 50), "'days' must hold .* from 0 up. Received: -"),
    "text": (TABLE.assign(days=["late"] * N), "'days' must hold the time .* Received: 'late'"),
    "infinite": (TABLE.assign(days=np.where(A > 2, np.inf, DAYS)), "'days'.*inf"),
    "1 and 2": (TABLE.assign(dead=DEAD + 1), "yes or no, or 1 and 0. Received: 2"),
    "three words": (TABLE.assign(dead=["x", "y", "z"] * 40), "'dead' must say .* 'x', 'y', 'z'"),
    "no event": (TABLE.assign(dead=False), "must have 10 events or more. Received: 0 in 120 rows"),
    "no pair": (
        TABLE.assign(dead=DAYS.max() == DAYS, days=np.where(DAYS > 300, DAYS.max(), DAYS)).assign(
            dead=lambda frame: frame["days"] == DAYS.max()
        ),
        "must have a row that outlives an event",
    ),
    "nothing known": (TABLE.assign(days=np.nan), "No row has both a time in 'days' and an event"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_columns_that_are_no_times_and_events_are_refused(case):
    frame, message = REFUSED[case]
    with pytest.raises(InputError, match=message):
        survival(frame)


def test_a_problem_of_the_times_is_told_with_those_of_other_columns():
    odd = TABLE.assign(days=-DAYS, b=[np.inf, *TABLE["b"][1:]])
    with pytest.raises(InputError, match=r"(?s)'days'.*'b'"):
        survival(odd)
    with pytest.raises(UnknownNameError, match=r"column for event 'died'"):
        make_dataset(TABLE, "days", event="died")
    with pytest.raises(InputError, match="drop must not name the event"):
        survival(drop=["dead"])
    with pytest.raises(InputError, match="event and groups must be two columns"):
        survival(groups="dead")


ARGUMENTS = {
    "event without time": ((None, None, None, "dead"), "time_to must name a column"),
    "time without event": ((None, None, "days", None), "event must name a column"),
    "neither": ((None, "survival", None, None), "time_to must name a column .* Received: none"),
    "another task": (
        (None, "regression", "days", "dead"),
        "time_to must be left out unless task='survival'. Received: time_to='days' and task='reg",
    ),
    "target too": (
        ("y", None, "days", "dead"),
        "target must be left out .* target='y' and time_to='days' and event='dead'",
    ),
    "only a target": (("y", "survival", None, None), "target='y' and task='survival'"),
}


@pytest.mark.parametrize("case", ARGUMENTS)
def test_columns_are_named_together_and_without_a_target(case):
    given, message = ARGUMENTS[case]
    with pytest.raises(InputError, match=message):
        target_columns(*given)
    assert target_columns("y", "count", None, None).target == "y"
    named = target_columns(None, None, "days", "dead")
    assert (named.target, named.event, named.task) == ("days", "dead", "survival")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"X": TABLE, "y": "days", "task": "survival"}, "y must be left out .* y='days'"),
        (
            {"X": A[:, None], "y": DAYS, "task": "survival"},
            r"must be a structured array.* \(120,\)",
        ),
        (
            {"X": A[:, None], "y": np.column_stack([DAYS, DAYS + 1, DEAD]), "task": "survival"},
            "Received: starts too",
        ),
        (
            {"X": np.zeros((N, 4, 4, 1)), "y": np.column_stack([DAYS, DEAD]), "task": "survival"},
            "needs a table of features",
        ),
        ({"X": A[:, None], "y": None, "time_to": "days"}, "event must name a column"),
        (
            {"X": A[:, None], "y": None, "time_to": "days", "event": "dead"},
            "X must be a pandas DataFrame",
        ),
        (
            {"X": TABLE, "y": DAYS, "time_to": "days"},
            "y must be left out if time_to and event name",
        ),
    ],
)
def test_arguments_that_do_not_fit_are_refused(given, message):
    given = {"task": None, "drop": (), **given}
    with pytest.raises(InputError, match=message):
        dataset_of(**given)


def test_columns_that_tell_the_time_or_the_event_are_leaks():
    leaking = TABLE.assign(weeks=DAYS / 7, alive=np.where(DEAD, 0.0, 2.0) + RNG.random(N))
    codes = {one.column: one.code[:5] for one in survival(leaking).findings}
    assert codes == {"weeks": "BR201", "alive": "BR201"}
    assert not survival().findings
    assert not survival(TABLE.assign(dead=True)).findings


def test_splits_are_stratified_by_the_events():
    seen = survival()
    for splits in (None, Folds(5)):
        protocol = Protocol(seeds=tuple(range(5)), **({"splits": splits} if splits else {}))
        for seed in protocol.seeds:
            split = draw_split(seen, protocol, seed)
            for part in (split.train, split.test):
                assert part.y["event"].mean() == pytest.approx(DEAD.mean(), abs=0.06)
    assert table_of(seen).classes == ("censored", "event")
    mostly = survival(TABLE.assign(dead=np.arange(N) > 4))
    assert table_of(mostly).classes == ()  # five censored rows cannot be in every part
    draw_split(mostly, Protocol(seeds=(0, 1), splits=Folds(10)), 0)


@pytest.mark.parametrize(
    ("dead", "part"), [(np.arange(N) < 40, "test"), (np.arange(N) >= 40, "train")]
)
def test_parts_without_a_pair_are_refused_before_anything_runs(dead, part):
    late = survival(TABLE.assign(dead=dead, when=np.arange(N)), time="when")
    protocol = Protocol(seeds=(0, 1, 2), splits=TimeFolds(3))
    with pytest.raises(InputError, match=f"without two {part} rows that can be compared"):
        _ = [part_rows(late, protocol, seed) for seed in protocol.seeds]
