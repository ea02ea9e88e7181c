"""Laws of CSV text: it is read back as it was, and a spreadsheet runs none of it."""

import csv
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridle.files.csv_text import csv_text

FRAME = pd.DataFrame(
    {
        "number": [0.1 + 0.2, -1e-300, np.nan, 1e22],
        "whole": [1, -2, 3, 2**53],
        "text": ['a,"b"', "two\nlines", None, "é"],
        "flag": [True, False, True, True],
        "a,b": ["x", "x", "y", ""],
    }
)


def test_it_is_read_back_as_it_was():
    found = pd.read_csv(
        io.StringIO(csv_text(FRAME)), keep_default_na=False, na_values={"number": "", "text": ""}
    )
    pd.testing.assert_frame_equal(found, FRAME, check_dtype=False, check_exact=True)


def test_pieces_join_to_the_whole():
    pieces = csv_text(FRAME[:1]) + csv_text(FRAME[1:], header=False)
    assert pieces == csv_text(FRAME)


@pytest.mark.fault(77)
@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("x","y")']
)
def test_text_that_a_spreadsheet_would_run_has_an_apostrophe_in_front(text):
    held = csv_text(pd.DataFrame({text: [text, "a"], "n": [-1.5, 2.0]}))
    rows = list(csv.reader(io.StringIO(held, newline="")))
    assert rows == [[f"'{text}", "n"], [f"'{text}", "-1.5"], ["a", "2.0"]]


@given(st.lists(st.floats(allow_nan=False), min_size=1))
def test_floats_are_written_as_python_writes_them(numbers):
    assert csv_text(pd.DataFrame({"n": numbers})).splitlines()[1:] == list(map(repr, numbers))


@pytest.mark.parametrize("digits", [1, 2, 9, 16, 17])
def test_floats_of_every_exponent_are_written_as_python_writes_them(digits):
    numbers = [
        sign * float(f"{'123456789012345678'[:digits]}e{k}")
        for k in range(-330, 295)
        for sign in (1, -1)
    ]
    assert csv_text(pd.DataFrame({"n": numbers})).splitlines()[1:] == list(map(repr, numbers))


@pytest.mark.parametrize("dtype", ["int8", "uint64", "float32", "Int64", "bool", "category", "str"])
def test_columns_of_every_type_are_written_as_their_values(dtype):
    column = pd.Series([0, 1, 100]).astype(dtype)
    written = csv_text(pd.DataFrame({"n": column})[::-1]).splitlines()[1:]
    assert written == [str(one) for one in column[::-1].tolist()]
