"""Laws of the parts of dates: they are features where that is declared, as clocks showed them."""

import datetime
import sys

import numpy as np
import pandas as pd
import pytest

import bridle
from bridle.cli import main as cli
from bridle.errors import InputError, UnknownNameError
from bridle.workbench.data.dataset import from_arrays, make_dataset
from bridle.workbench.data.read_table import read_table

N = 60
RNG = np.random.default_rng(0)
WHEN = [
    datetime.datetime(2022, 1, 1) + datetime.timedelta(hours=int(hour))
    for hour in RNG.integers(0, 3 * 365 * 24, N)
]
PARTS = ("year", "month", "day", "weekday", "hour")
FORMS = {
    "text": [one.strftime("%d.%m.%Y %H:%M") for one in WHEN],
    "text with a zone": [f"{one.isoformat()}+05:30" for one in WHEN],
    "months by name": [one.strftime("%B %d, %Y %I:%M %p") for one in WHEN],
    "datetimes": pd.Series(WHEN),
    "datetimes in a zone": pd.Series(WHEN).dt.tz_localize("Asia/Tokyo"),
    "objects": pd.Series(WHEN, dtype=object),
    "hours as periods": pd.Series(pd.PeriodIndex(WHEN, freq="h")),
}


def table(values, **more):
    return pd.DataFrame({"x": RNG.normal(size=N), "when": values, **more, "y": [0, 1] * (N // 2)})


def columns_of(data):
    return {part: data.frame[f"when ({part})"].tolist() for part in PARTS}


EXPECTED = {
    "year": [one.year for one in WHEN],
    "month": [one.strftime("%B") for one in WHEN],
    "day": [one.day for one in WHEN],
    "weekday": [one.strftime("%A") for one in WHEN],
    "hour": [one.strftime("%H") for one in WHEN],
}


@pytest.mark.parametrize("form", FORMS)
def test_parts_are_those_of_the_calendar_as_clocks_showed_them(form, tmp_path):
    frame = table(FORMS[form])
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_parquet(tmp_path / "t.parquet")
    if form == "hours as periods":  # of a kind that only pandas knows
        frame.assign(when=frame["when"].dt.start_time).to_parquet(tmp_path / "t.parquet")
    ways = (
        make_dataset(frame, "y", parts=["when"]),
        make_dataset(read_table(tmp_path / "t.csv"), "y", parts=["when"]),
        make_dataset(read_table(tmp_path / "t.parquet"), "y", parts=["when"]),
        from_arrays(frame[["x", "when"]], frame["y"], parts="when"),
    )
    for data in ways:
        assert columns_of(data) == EXPECTED
        assert data.frame["when"].dtype == float
        (use,) = [one for one in data.columns if one.name == "when (month)"]
        assert (use.taken_for, use.different, use.notes) == ("categories", 12, ())
        notes = " ".join(one.message for one in data.findings if one.column == "when")
        assert "Parts of column 'when' are features too: 'when (year)', 'when (month)'" in notes


def test_dates_of_arrow_and_hours_in_few_rows_have_parts():
    frame = table([one.date() for one in WHEN])
    frame["when"] = frame["when"].astype("date32[day][pyarrow]")
    data = make_dataset(frame, "y", parts=["when"])
    assert data.frame["when (weekday)"].tolist() == EXPECTED["weekday"]
    few = table(FORMS["text"]).iloc[:30]
    assert make_dataset(few, "y", parts=["when"]).frame["when (hour)"].nunique() > 15


def test_parts_are_there_only_where_they_are_declared():
    assert [*make_dataset(table(FORMS["text"]), "y").frame] == ["x", "when"]


def test_days_without_times_have_no_hours_and_missing_dates_no_parts():
    values = [one.strftime("%Y-%m-%d") for one in WHEN]
    values[3] = "NA"
    frame = make_dataset(table(values), "y", parts=["when"]).frame
    assert [*frame] == ["x", "when", *(f"when ({part})" for part in PARTS[:-1])]
    assert frame.isna().to_numpy()[3, 1:].all()
    assert not frame.drop(index=3).isna().any(axis=None)


def test_dates_as_numbers_have_parts_too():
    values = [int(one.strftime("%Y%m%d")) for one in WHEN]
    frame = make_dataset(table(values), "y", parts=["when"]).frame
    assert frame["when (weekday)"].tolist() == EXPECTED["weekday"]


def test_parts_of_the_time_are_features_in_the_order_of_time():
    data = make_dataset(table(FORMS["text"]), "y", time="when", parts=["when"])
    order = np.argsort(np.array(WHEN), kind="stable")
    assert data.frame["when (month)"].tolist() == [EXPECTED["month"][i] for i in order]
    assert "when" not in data.frame
    (use,) = [one for one in data.columns if one.taken_for == "time"]
    assert "are features too" in " ".join(use.notes)


def test_a_season_is_seen_by_a_linear_model():
    rng = np.random.default_rng(1)
    days = [
        datetime.date(2020, 1, 1) + datetime.timedelta(int(n)) for n in rng.integers(0, 1500, 400)
    ]
    y = [5.0 * (one.month == 7) for one in days] + rng.normal(size=400)
    frame = pd.DataFrame({"when": list(map(str, days)), "x": rng.normal(size=400), "y": y})
    plain, parted = (
        {
            one.name: one
            for one in bridle.compare(frame, "y", arms=["linear"], parts=parts).verdict.arms
        }
        for parts in ((), ("when",))
    )
    assert plain["linear"].score < 0.1
    assert parted["linear"].score > 0.5


REFUSED = {
    "numbers": (["x"], r"parts must name columns of dates. Received: parts=\['x'\]"),
    "the target": (["y"], "parts must name features, or the time. .* is the target"),
    "left out": (["when", "note"], r"Received: parts=\['note'\], which is dropped"),
    "two readings": (["short"], "has two readings: '01/02/2024' in row 0"),
    "no names": (3, "parts must be names, for instance"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_has_no_parts_is_refused_by_name(case):
    parts, message = REFUSED[case]
    frame = table(FORMS["text"], note=range(N), short=["01/02/2024", "03/04/2024"] * (N // 2))
    with pytest.raises(InputError, match=message):
        make_dataset(
            frame if case == "two readings" else frame.drop(columns="short"),
            "y",
            drop=["note"],
            parts=parts,
        )


def test_unknown_names_and_names_that_are_taken_are_refused():
    with pytest.raises(UnknownNameError, match="column for parts 'nobody'"):
        make_dataset(table(FORMS["text"]), "y", parts=["nobody"])
    with pytest.raises(InputError, match=r"'when \(month\)' and parts=\['when'\]"):
        make_dataset(table(FORMS["text"], **{"when (month)": range(N)}), "y", parts=["when"])


def test_a_part_may_be_dropped_if_it_is_there():
    data = make_dataset(
        table(FORMS["text"]), "y", parts=["when"], drop=["when (hour)", "when (day)"]
    )
    assert [*data.frame] == ["x", "when", "when (year)", "when (month)", "when (weekday)"]
    for parts, values in ((["when"], [one.date() for one in WHEN]), ((), FORMS["text"])):
        with pytest.raises(UnknownNameError, match=r"column to drop 'when \(hour\)'"):
            make_dataset(table(values), "y", parts=parts, drop=["when (hour)"])


def test_every_problem_of_parts_is_named_at_once():
    with pytest.raises(InputError) as caught:
        make_dataset(table(FORMS["text"], z=range(N)), "y", parts=["x", "z"])
    assert "parts=['x']" in str(caught.value)
    assert "parts=['z']" in str(caught.value)


def test_the_command_shows_parts_and_names_what_has_none(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    table(FORMS["text"]).to_csv("t.csv", index=False)

    def run(*arguments):
        monkeypatch.setattr(
            sys, "argv", ["bridle", "columns", "t.csv", "--target", "y", *arguments]
        )
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code, *capsys.readouterr()

    code, printed, errors = run("--parts", "when")
    assert (code, errors) == (0, "")
    for part, kind in zip(PARTS, ("numbers", "categories") * 2, strict=False):
        (line,) = [one for one in printed.splitlines() if one.strip().startswith(f"when ({part})")]
        assert f" {kind} " in line
    code, printed, errors = run("--parts", "x")
    assert code == 2
    assert "--parts must name columns of dates. Received: --parts 'x'" in printed
    assert "t.csv has a problem in 'x'" in errors
