from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridle.workbench.checks.table.catalogue import (
    COLUMN_CHECKS,
    TARGET_CHECKS,
    left_out,
    run_column_checks,
    run_target_checks,
)
from bridle.workbench.columns import columns
from bridle.workbench.columns.problems import Problems
from bridle.workbench.task import Task

N = 60
RNG = np.random.default_rng(0)
CODES = np.arange(N) % 3
NUMBER = RNG.normal(size=N)
NOISE = RNG.normal(size=N)
CLASSES = Task("multiclass", ("a", "b", "c"))
REGRESSION = Task("regression")


def canonical(frame):
    problems = Problems()
    table = columns.canonical(frame, problems)
    problems.raise_all()
    return table


def run_checks(frame, target, task):
    """Return what the checks of the columns find, then those beside the target, as a study runs them."""
    found = run_column_checks(frame)
    used = frame.drop(columns=list(left_out(found)))
    return (*found, *run_target_checks(used, target, task))


def codes_found(column, target=CODES, task=CLASSES, name="c"):
    frame = canonical(pd.DataFrame({name: column, "noise": NOISE}))
    findings = run_checks(frame, target, task)
    assert {one.column for one in findings} <= {name}
    return [one.code for one in findings]


IDENTIFIERS = {
    "run": ("c", RNG.permutation(N) + 1000),
    "called id": ("id", RNG.permutation(N) * 7),
    "called userId": ("userId", RNG.permutation(N) * 7),
    "called row_key": ("row_key", RNG.permutation(N) * 7),
    "numbers of rows with gaps": ("Unnamed: 0", np.sort(RNG.permutation(5 * N)[:N])),
    "numbers of rows of Arrow": ("__index_level_0__", np.sort(RNG.permutation(5 * N)[:N])),
    "numbers of rows of tables below one another": ("Unnamed: 0", np.arange(N) % (N // 2)),
    "numbers of rows drawn twice": ("level_0", np.r_[np.arange(0, N - 20), np.arange(20)]),
    "words": ("c", [f"P{i:03}" for i in RNG.permutation(N)]),
    "numbers of rows written twice": ("Unnamed: 0.1", np.sort(RNG.permutation(5 * N)[:N])),
    "numbers of rows as floats": ("Unnamed: 0", RNG.permutation(5 * N)[:N].astype(float)),
    "numbers of some rows": ("index", [None, *range(5, 5 * N, 5)]),
    "numbers of rows after a merge": ("index_x", RNG.permutation(5 * N)[:N]),
    "numbers of rows of R": ("row.names", np.sort(RNG.permutation(5 * N)[:N])),
    "numbers of rows of readr": ("...1", np.sort(RNG.permutation(5 * N)[:N])),
    "rising with gaps": ("c", np.flatnonzero(RNG.permutation(2 * N) < N)),
    "rising with a gap": ("c", np.r_[0:20, 21 : N + 1]),
    "years that are numbers of rows": ("year_id", 1900 + np.arange(N)),
    "called S.No": ("S.No", RNG.permutation(N) * 7),
    "called customerid": ("customerid", RNG.permutation(N) * 7),
}
NO_IDENTIFIERS = {
    "floats": ("id", np.arange(N, dtype=float)),
    "gaps": ("paid", RNG.permutation(N) * 7),
    "rising with large gaps": ("paid", np.arange(N) ** 2),
    "rising and falling": ("c", np.r_[0 : 2 * N - 4 : 2, 1, 3]),
    "years of a series": ("c", 1980 + np.arange(N)),
    "years of a series, some left out": ("c", 1950 + np.flatnonzero(RNG.permutation(2 * N) < N)),
    "days of a series": ("day", 1 + np.arange(N)),
    "sorted ages": ("Age", 18 + np.flatnonzero(RNG.permutation(2 * N - 9) < N)),
    "doses of equal steps": ("c", 2 * np.arange(N)),
    "halves": ("Unnamed: 0", np.arange(N) / 2),
    "seats that begin again": ("row", np.arange(N) % (N // 2)),
    "few different numbers": ("Unnamed: 0", RNG.integers(0, 5, N)),
    "repeated": ("id", RNG.permutation(N) // 2),
    "text with blanks": ("c", [f"P {i}" for i in RNG.permutation(N)]),
    "text with missing": ("c", [None, *(f"P{i}" for i in range(N - 1))]),
}


@pytest.mark.parametrize("case", IDENTIFIERS)
def test_identifier_is_found(case):
    name, column = IDENTIFIERS[case]
    assert codes_found(column, name=name) == ["BR101 identifier-column"]


@pytest.mark.parametrize(
    ("column", "is_found"),
    [
        (np.where(np.arange(N) % 9 == 0, -999, RNG.normal(size=N)), True),
        (np.where(np.arange(N) % 9 == 0, 99, RNG.integers(1, 6, N)), True),
        (RNG.integers(-1000, 1000, N), False),
        (np.where(np.arange(N) == 0, -999.0, RNG.normal(size=N)), False),
        (np.where(np.arange(N) % 9 == 0, -1, RNG.integers(0, 6, N)), True),
        (np.where(np.arange(N) % 9 == 0, -1, RNG.integers(0, 2, N)), False),
        (np.where(np.arange(N) % 9 == 0, -1, RNG.integers(-2, 6, N)), False),
        (np.where(np.arange(N) % 9 == 0, -9, RNG.permutation(N)), True),
        (np.where(np.arange(N) % 9 == 0, 0, RNG.normal(72, 12, N).round()), True),
        (np.where(np.arange(N) % 9 == 0, 0, RNG.normal(120, 30, N).clip(44)), True),
        (np.where(np.arange(N) % 2 == 0, 0, RNG.normal(32, 7, N).clip(18)), True),
        (np.where(np.arange(N) == 0, 0, RNG.normal(72, 12, N).round()), False),
        (RNG.poisson(1, N), False),
        (np.where(np.arange(N) % 7 < 2, -1, RNG.permutation(1 + np.arange(N) % 14)), True),
        (RNG.poisson(5, N), False),
        (np.where(np.arange(N) % 2 == 0, 0, RNG.exponential(500, N).round()), False),
        (np.where(np.arange(N) % 2 == 0, 0, np.exp(RNG.normal(8, 1, N))), False),
        (RNG.normal(5, 10, N).round(), False),
        (np.where(np.arange(N) % 9 < 2, -998 - np.arange(N) % 9, RNG.normal(size=N)), True),
        (np.where(np.arange(N) % 9 < 2, 998 + np.arange(N) % 9, RNG.integers(1, 6, N)), True),
        (np.where(np.arange(N) % 9 < 2, 9 * (-1) ** np.arange(N), RNG.integers(0, 3, N)), True),
        (np.where(np.arange(N) % 9 == 0, -999.25, RNG.normal(size=N)), True),
        (np.where(np.arange(N) % 9 == 0, 2**31 - 1, RNG.integers(0, 100, N)), True),
        (np.where(np.arange(N) % 9 == 0, 0, 2000 + np.arange(N) % 20), True),
        (RNG.integers(-9, 1, N), False),
        (RNG.integers(0, 2, N) * 100, False),
    ],
)
def test_a_number_far_from_all_others_that_stands_for_missing_is_found(column, is_found):
    assert ("BR109 sentinel-values" in codes_found(column)) == is_found


@pytest.mark.parametrize("case", NO_IDENTIFIERS)
def test_identifier_is_not_found(case):
    name, column = NO_IDENTIFIERS[case]
    assert "BR101 identifier-column" not in codes_found(column, name=name)


CONSTANTS = {
    "number": np.full(N, 3.5),
    "text": ["x"] * N,
    "boolean": [True] * N,
    "all missing": np.full(N, np.nan),
    "all missing text": pd.Series([None] * N, dtype="string"),
}


@pytest.mark.parametrize("case", CONSTANTS)
def test_constant_is_found(case):
    assert codes_found(CONSTANTS[case]) == ["BR102 constant-column"]


def test_one_value_or_missing_is_not_constant():
    column = np.where(RNG.random(N) < 0.5, 1.0, np.nan)
    assert codes_found(column) == ["BR103 missing-values"]


@pytest.mark.fault(70)
def test_missing_values_are_counted():
    frame = pd.DataFrame({"a": [None, "x", "y", "x"], "b": [1.0, np.nan, np.nan, 2.5]})
    findings = run_checks(canonical(frame), np.array([0, 1, 0, 1]), Task("binary", ("0", "1")))
    assert [one.message[:37] for one in findings] == [
        "Column 'a' is missing in 1 of 4 rows;",
        "Column 'b' is missing in 2 of 4 rows;",
    ]


SHUFFLE = RNG.permutation(N)
MONOTONE = np.exp(3 * NUMBER)
LEAKS = {
    "copy of the codes": (CODES * 7, CODES, CLASSES),
    "other words": (np.array(["u", "v", "w"])[CODES], CODES, CLASSES),
    "several words a class": (CODES * 10 + RNG.integers(0, 3, N), CODES, CLASSES),
    "intervals": (CODES * 10 + RNG.random(N), CODES, CLASSES),
    "intervals, swapped": (np.array([1, 2, 0])[CODES] * 10 + RNG.random(N), CODES, CLASSES),
    "missingness": (np.where(CODES > 0, RNG.random(N), np.nan), np.minimum(CODES, 1), CLASSES),
    "boolean": (CODES > 0, np.minimum(CODES, 1), CLASSES),
    "linear": (5 - 3 * NUMBER, NUMBER, REGRESSION),
    "huge and linear": (1e90 * NUMBER, NUMBER, REGRESSION),
    "linear, some missing": (np.where(RNG.random(N) < 0.2, np.nan, NUMBER), NUMBER, REGRESSION),
    "monotone": (MONOTONE, NUMBER, REGRESSION),
    "monotone, some missing": (np.where(RNG.random(N) < 0.2, np.nan, MONOTONE), NUMBER, REGRESSION),
    "monotone, most missing": (np.where(np.arange(N) < 40, np.nan, MONOTONE), NUMBER, REGRESSION),
}
EXCEPTIONS = np.where(np.arange(N) < 2, (CODES + 1) % 3, CODES)
LIKELY = {
    "the target plus small noise": (NUMBER + 0.05 * RNG.normal(size=N), NUMBER, REGRESSION),
    "a category with two exceptions": (np.array(["u", "v", "w"])[EXCEPTIONS], CODES, CLASSES),
    "thresholds with one exception": (
        np.where(np.arange(N) < 1, 25.0, CODES * 10 + RNG.random(N)),
        CODES,
        CLASSES,
    ),
    "a difference of two columns": (NOISE - NUMBER, NUMBER, REGRESSION),
    "a sum of two columns": (NUMBER - NOISE, NUMBER, REGRESSION),
    "the sign of a difference": (
        NOISE + NUMBER,
        (NUMBER > 0).astype(int),
        Task("binary", ("a", "b")),
    ),
}


@pytest.mark.parametrize("case", LIKELY)
def test_what_nearly_gives_the_target_away_is_a_suspicion(case):
    column, target, task = LIKELY[case]
    findings = run_checks(canonical(pd.DataFrame({"c": column, "noise": NOISE})), target, task)
    (found,) = findings
    assert (found.code, found.severity) == ("BR110 likely-leak", "warning")
    assert "'c'" in found.message
    assert "Check" in found.remedy


def test_a_row_that_comes_eight_times_is_no_evidence_against_a_column():
    """Forty sites with a class each: by eights they look as if the site gave it away."""
    site = np.array([f"s{i}" for i in range(40)])
    classes = RNG.integers(0, 2, 40)
    frame = canonical(pd.DataFrame({"site": np.repeat(site, 8), "x": np.repeat(NOISE[:40], 8)}))
    assert run_checks(frame, np.repeat(classes, 8), Task("binary", ("a", "b"))) == ()


FAIR = {
    "noise": (RNG.normal(size=N), CODES, CLASSES),
    "noise for a number": (RNG.normal(size=N), NUMBER, REGRESSION),
    "nearly": (CODES * 10 + RNG.normal(size=N) * 4, CODES, CLASSES),
    "correlated": (NUMBER + 0.2 * RNG.normal(size=N), NUMBER, REGRESSION),
    "a word for most rows": ([f"w {3 * i // 4}" for i in SHUFFLE], 3 * SHUFFLE // 4 % 2, CLASSES),
    "one odd row": (np.arange(N) * 7 // 5, (np.arange(N) == N - 1).astype(int), CLASSES),
}


@pytest.mark.parametrize("case", LEAKS)
def test_leak_is_found(case):
    assert "BR201 target-leak" in codes_found(*LEAKS[case])


@pytest.mark.parametrize("case", FAIR)
def test_leak_is_not_found(case):
    column, target, task = FAIR[case]
    leaks = [code for code in codes_found(column, target, task) if "BR201" in code]
    assert leaks == []


def test_leak_is_invalid_and_says_so():
    frame = canonical(pd.DataFrame({"c": CODES * 7, "noise": NOISE}))
    (found,) = run_checks(frame, CODES, CLASSES)
    assert (found.column, found.severity) == ("c", "invalid")
    assert "gives the target away" in found.message
    assert ": drop=['c']" in found.remedy


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000), n=st.integers(2, 30), rare=st.integers(1, 5))
def test_chance_gives_nothing_away_in_small_wide_tables(seed, n, rare):
    rng = np.random.default_rng(seed)
    codes = (np.arange(n) < rare).astype(int)
    frame = pd.DataFrame(rng.normal(size=(n, 100))).set_axis(
        [f"x{j}" for j in range(100)], axis="columns"
    )
    assert run_checks(frame, codes, Task("binary", ("0", "1"))) == ()
    assert run_checks(frame, rng.normal(size=n), REGRESSION) == ()


@pytest.mark.parametrize("check", TARGET_CHECKS.values(), ids=TARGET_CHECKS)
def test_check_finds_nothing_in_no_columns(check):
    assert check(pd.DataFrame(index=range(N)), CODES, CLASSES) == ()


@pytest.mark.parametrize("check", COLUMN_CHECKS.values(), ids=COLUMN_CHECKS)
def test_check_of_columns_finds_nothing_in_none(check):
    assert check(pd.DataFrame(index=range(N))) == ()


def test_findings_are_in_the_order_of_columns_and_have_a_code_and_a_remedy():
    frame = pd.DataFrame({"z": [1.0] * N, "a": ["x"] * N, "id": np.arange(N), "noise": NOISE})
    findings = run_checks(canonical(frame), CODES, CLASSES)
    assert [one.column for one in findings] == ["id", "z", "a"]
    for one in findings:
        assert one.code.startswith("BR")
        assert one.message.endswith(".")
        assert one.remedy.endswith(".")


@pytest.mark.parametrize("task", [CLASSES, REGRESSION])
def test_wide_tables_take_seconds(task):
    values = np.random.default_rng(0).normal(size=(1000, 3000))
    frame = pd.DataFrame(values, columns=[f"x{j}" for j in range(3000)])
    target = np.arange(1000) % 3 if task.is_classification else values[:, 0] ** 2
    start = time.process_time()
    assert run_checks(frame, target, task) == ()
    assert time.process_time() - start < 10
