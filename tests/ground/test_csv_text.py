"""Laws of CSV text: it is read back as it was, and a spreadsheet runs none of it."""

import csv
import io

import numpy as np
import pandas as pd
import pytest

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
