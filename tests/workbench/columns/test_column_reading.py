"""What text columns mean, by their values: quantities, dates, labels; and what stays text."""

import datetime

import numpy as np
import pandas as pd
import pytest

from bridle.errors import InputError
from bridle.workbench.columns.column_reading import CODE, read_column, read_labels
from bridle.workbench.columns.missing_words import MissingWords
from bridle.workbench.data.dataset import make_dataset

NUMBERS = {
    "plain": (["1", "2.5", "-3"], [1, 2.5, -3]),
    "percent": (["12%", "3.5 %", "-1%"], [12, 3.5, -1]),
    "dollars": (["$1,200.50", "$3", "-$2"], [1200.5, 3, -2]),
    "euros behind": (["12 €", "7,50 €"], [12, 7.5]),
    "currency code": (["USD 12", "USD 1,234,567"], [12, 1234567]),
    "thousands by comma": (["1,234,567", "12,000", "5"], [1234567, 12000, 5]),
    "thousands by point": (["1.234.567,5", "12,25"], [1234567.5, 12.25]),
    "thousands by blank": (["1 234", "12 345 678"], [1234, 12345678]),
    "thousands by narrow blank": (["1\u202f234", "5"], [1234, 5]),
    "thousands by apostrophe": (["1'234", "12'345.5"], [1234, 12345.5]),
    "accounting": (["(1.5)", "3"], [-1.5, 3]),
    "minus behind": (["1.5-", "3"], [-1.5, 3]),
    "unicode minus": (["\u22125", "4"], [-5, 4]),
    "one unit": (["12 kg", "3.5kg"], [12, 3.5]),
    "decimal comma": (["1,5", "2", "0,125"], [1.5, 2, 0.125]),
    "missing between": (["1,5", None, "2"], [1.5, np.nan, 2]),
}

TEXT = {
    "codes with zeros in front": ["007", "012", "100"],
    "two units": ["12 kg", "3 lb"],
    "words": ["red", "green", "red"],
    "words and numbers": ["12", "many"],
    "versions": ["1.2.3", "1.10.4"],
    "ranges": ["1-2", "3-4"],
    "one value": ["5", "5"],
}


def read(values):
    column = values if isinstance(values, pd.Series) else pd.Series(values, dtype=object)
    found = read_column(column, "c", MissingWords())
    return found.values, found.findings("c")


@pytest.mark.parametrize("case", NUMBERS)
def test_decorated_numbers_are_numbers_and_said_to_be(case):
    values, expected = NUMBERS[case]
    column, (finding,) = read(values)
    np.testing.assert_array_equal(column.to_numpy(), np.array(expected, dtype=float))
    assert (finding.code, finding.column) == (CODE, "c")
    assert "as numbers" in finding.message


@pytest.mark.parametrize("case", TEXT)
def test_what_is_no_quantity_stays_as_it_is(case):
    column, found = read(TEXT[case])
    assert column.tolist() == TEXT[case]
    assert found == ()


@pytest.mark.parametrize("values", [["1,234", "5"], ["1,234", "12,500", "7"]])
def test_two_readings_of_a_comma_are_refused_and_named(values):
    with pytest.raises(InputError, match=r"'1,234' in row 0 may be 1234 or 1\.234"):
        read(values)


DATES = {
    "iso": ["2024-03-01", "2024-03-02"],
    "with times and zones": ["2024-03-31T01:30:00+01:00", "2024-04-01T02:30:00+02:00"],
    "day first": ["01/03/2024", "25/03/2024"],
    "month first": ["03/01/2024", "03/25/2024"],
    "points": ["1.3.2024", "25.3.2024"],
}


@pytest.mark.parametrize("case", DATES)
def test_dates_are_days_since_1970(case):
    column, (finding,) = read(DATES[case])
    first = (datetime.date(2024, 3, 1) - datetime.date(1970, 1, 1)).days
    expected = {"iso": [0, 1], "with times and zones": [30 + 0.5 / 24, 31 + 0.5 / 24]}
    np.testing.assert_allclose(column, first + np.array(expected.get(case, [0, 24])), rtol=1e-12)
    assert "days since 1970" in finding.message


def test_a_day_that_may_be_a_month_is_refused_with_both_readings():
    with pytest.raises(InputError, match="in row 0 may be day or month first"):
        read(["01/02/2024", "03/04/2024"])


def test_dates_of_pandas_are_days_too_and_missing_ones_stay_so():
    column, (finding,) = read(pd.Series(pd.to_datetime(["2024-03-01", None], utc=True)))
    assert column.isna().tolist() == [False, True]
    assert finding.column == "c"


def test_labels_that_differ_in_case_or_blanks_are_one():
    column, (finding,) = read(["Paris", "paris ", "Paris", "Rome", None])
    assert column.tolist()[:4] == ["Paris", "Paris", "Paris", "Rome"]
    assert "'paris ' as 'Paris'" in finding.message


def test_a_study_reads_a_percent_column_as_a_number():
    rng = np.random.default_rng(0)
    share = rng.integers(0, 1000, 80) / 10
    frame = pd.DataFrame({"share": [f"{one} %" for one in share], "y": share > 50})
    dataset = make_dataset(frame, "y")
    assert dataset.frame["share"].tolist() == share.tolist()
    assert [one.column for one in dataset.findings if one.code == CODE] == ["share"]


def test_labels_that_differ_in_blanks_become_one_without_blanks():
    column = pd.Series([" Yes", " Yes", " Yes", "yes", "no", " maybe"])
    read = read_labels(column, MissingWords.of((), ()))
    assert read.tolist() == ["Yes", "Yes", "Yes", "Yes", "no", " maybe"]
