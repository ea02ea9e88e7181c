"""Law of rules: a value by itself is read as it was read among all others."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest

from bridle.errors import InputError
from bridle.readings.dates import dates
from bridle.workbench.columns.missing_words import MissingWords
from bridle.workbench.columns.read_by_rule import read_by_rule
from bridle.workbench.columns.text_rules import (
    CompactDates,
    Labels,
    Likewise,
    PlainNumbers,
    Truths,
    Unquoted,
    likewise,
)
from bridle.workbench.data.given_columns import columns_of, read_given
from bridle.workbench.data.read_table import read_table

from .odd_tables import COLUMNS, csv

WORDS = MissingWords()


def used_in(frame):
    return read_given(columns_of(frame, ()), None, WORDS).used


CASES = [
    one for one, (_, taken_for, _) in COLUMNS.items() if taken_for not in ("problem", "left out")
]


@pytest.mark.parametrize("case", CASES)
def test_each_text_alone_is_read_as_in_training(tmp_path, case):
    (tmp_path / "t.csv").write_text(csv(c=COLUMNS[case][0]), "utf-8")
    used = used_in(read_table(tmp_path / "t.csv"))
    rule, meant = used.rules["c"], used.frame["c"]
    for i, text in enumerate(COLUMNS[case][0]):
        found = read_by_rule(pd.Series([text], dtype=object), "c", rule, WORDS)
        pd.testing.assert_series_equal(
            found.reset_index(drop=True),
            meant.iloc[[i]].reset_index(drop=True),
            check_names=False,
            check_dtype=False,
        )


FRAMES = {
    "whole numbers": pd.Series([1, 2, 3, 4] * 3),
    "large whole numbers": pd.Series([2**53 + i % 5 for i in range(12)]),
    "nullable": pd.Series([1, None, 3, 4] * 3, dtype="Int64"),
    "booleans": pd.Series([True, False, None] * 4, dtype="boolean"),
    "times": pd.Series(pd.to_datetime(["2024-03-01", None, "2024-03-05"] * 4, utc=True)),
    "dates": pd.Series([datetime.date(2024, 3, 1), datetime.date(2024, 4, 1), None] * 4),
    "durations": pd.Series(pd.to_timedelta(["1h", None, "90min"] * 4)),
    "times of the day": pd.Series([datetime.time(8), datetime.time(9, 30), None] * 4),
    "dates as numbers": pd.Series([20240331, 20240401, 20240402] * 4),
    "categories": pd.Series(["a", "b", None] * 4, dtype="category"),
    "categories of numbers": pd.Series([1, 2, 3] * 4, dtype="category"),
}


@pytest.mark.parametrize("case", FRAMES)
def test_each_value_of_a_frame_alone_is_read_as_in_training(case):
    column = FRAMES[case]
    used = used_in(pd.DataFrame({"x": np.arange(12.5, 24.5), "c": column}))
    for i in range(len(column)):
        found = read_by_rule(column.iloc[[i]], "c", used.rules["c"], WORDS)
        pd.testing.assert_series_equal(
            found, used.frame["c"].iloc[[i]], check_names=False, check_dtype=False
        )


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (PlainNumbers(), "12 kg"),
        (PlainNumbers(), "1,5"),
        (PlainNumbers(), "1_000"),
        (PlainNumbers(comma=True), "1.234"),
        (Truths(), "yes"),
        (CompactDates(), "20240231"),
        (Likewise("dates", ("2024-03-31",), "number"), "3/4/2024"),
        (Likewise("dates", ("03/25/2024",), "number"), "25/03/2024"),
        (Likewise("dates", ("25/03/2024",), "number"), "03/25/2024"),
        (Likewise("dates", ("2024-03-31",), "number"), "2024-02-31"),
        (Likewise("quantities", ("$5",), "number"), "€5"),
        (Likewise("quantities", ("5 kg",), "number"), "5"),
        (Likewise("quantities", ("1 234",), "number"), "1,234"),
        (Likewise("durations", ("1:30",), "number"), "1:30:00"),
        (Unquoted(PlainNumbers()), '="x"'),
    ],
)
def test_text_of_another_kind_is_refused_by_its_row(rule, text):
    column = pd.Series([None, text], index=pd.Index([2, 3], name="line"), dtype=object)
    with pytest.raises(InputError, match=r"Column 'c' must hold .* in line 3"):
        read_by_rule(column, "c", rule, WORDS)


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        (PlainNumbers(), pd.Series([True, False])),
        (PlainNumbers(), pd.Series(pd.to_datetime(["2024-01-01"]))),
        (PlainNumbers(), pd.Series([1 + 2j])),
        (PlainNumbers(), pd.Series([1e101])),
        (PlainNumbers(), pd.Series([10**400], dtype=object)),
        (Truths(), pd.Series([0, 1])),
        (Truths(), pd.Series([1, None], dtype=object)),
    ],
)
def test_values_of_another_kind_are_refused(rule, values):
    with pytest.raises(InputError, match="Column 'c' must hold"):
        read_by_rule(values, "c", rule, WORDS)


def test_a_column_of_one_value_is_read_as_many_were():
    rule = Likewise("quantities", ("1,50 €",), "number")
    assert read_by_rule(pd.Series(["1.234,50 €"]), "c", rule, WORDS).tolist() == [1234.5]
    assert read_by_rule(pd.Series(["1.234 €"]), "c", rule, WORDS).tolist() == [1234]


def test_texts_that_settle_a_reading_are_few():
    texts = [f"{day}/03/2024" for day in (*range(1, 13), 25)]
    values, _ = dates(texts)
    assert likewise("dates", values).examples == ("25/03/2024",)


@pytest.mark.parametrize("form", ["{:02}/03/2024 08:00", "2024-03-{:02}", "{:02}.03.2024"])
def test_parts_of_dates_are_made_of_each_row_alone(form):
    texts = [form.format(1 + i % 28) for i in range(60)]
    frame = pd.DataFrame({"x": np.arange(60.5, 120.5), "when": texts})
    used = read_given(columns_of(frame, (), parts=("when",)), None, WORDS).used
    made = [one for one in used.rules if one.startswith("when (")]
    assert len(made) >= 2
    for name in made:
        for i in range(28):
            found = read_by_rule(frame["when"].iloc[[i]], "when", used.rules[name], WORDS)
            assert found.tolist() == used.frame[name].iloc[[i]].tolist()


def test_decimal_commas_of_a_file_are_read_one_by_one():
    rule = PlainNumbers(comma=True)
    assert read_by_rule(pd.Series(["1,234"]), "c", rule, WORDS).tolist() == [1.234]
    assert read_by_rule(pd.Series(["1.5"]), "c", rule, WORDS).tolist() == [1.5]


def test_labels_are_those_of_training_whatever_their_case_and_others_are_themselves():
    rule = Labels(("Paris", "Rome", "1"))
    column = pd.Series(["paris ", "ROME", "Lima", None, 1.0, "NA"], dtype=object)
    found = read_by_rule(column, "c", rule, WORDS)
    assert found[:3].tolist() == ["Paris", "Rome", "Lima"]
    assert found.isna().tolist() == [False, False, False, True, False, True]
    assert found[4] == "1"


def test_words_for_missing_that_a_user_named_are_missing_in_new_rows():
    words = MissingWords.of(["-999"], [])
    found = read_by_rule(pd.Series(["-999", "3"]), "c", PlainNumbers(), words)
    assert found.isna().tolist() == [True, False]
    assert read_by_rule(pd.Series([-999, 3]), "c", PlainNumbers(), words).isna().tolist() == [
        True,
        False,
    ]
