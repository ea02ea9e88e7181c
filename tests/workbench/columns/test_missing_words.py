"""Laws of words for missing: one list for files and frames alike, each word said where it is used."""

import numpy as np
import pandas as pd
import pytest

import bridle
from bridle.errors import InputError
from bridle.workbench.columns.missing_words import ANSWERS, MARKERS
from bridle.workbench.data.dataset import from_arrays, make_dataset
from bridle.workbench.data.read_table import read_table_file

N = 40
WORDS = sorted((MARKERS | ANSWERS) - {""})
VALUES = {
    "numbers": [f"{i / 4:g}" for i in range(N)],
    "whole numbers": [str(3 * i) for i in range(N)],
    "decorated": [f"{i} %" for i in range(N)],
    "dates": [f"2024-03-{i % 28 + 1:02}" for i in range(N)],
    "truths": ["True", "False"] * (N // 2),
    "labels": ["red", "green"] * (N // 2),
}


def table(column, target=None):
    return pd.DataFrame(
        {
            "c": column,
            "x": np.sin(np.arange(N)),
            "y": [0, 1] * (N // 2) if target is None else target,
        }
    )


def of_file(frame, path, **options):
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_parquet(path)
    found = read_table_file(path)
    return make_dataset(found.frame, "y", notes=found.notes, **options)


def said(data, column):
    return " ".join(one.message for one in data.findings if one.column == column)


@pytest.mark.fault(70)
@pytest.mark.parametrize("kind", VALUES)
def test_words_are_missing_alike_in_files_and_frames_and_said(kind, tmp_path):
    values = [*VALUES[kind]]
    values[3], values[4], values[7] = "NA", " n/a", "?"
    frame = table(values)
    ways = {
        "csv": of_file(frame, tmp_path / "t.csv"),
        "parquet": of_file(frame, tmp_path / "t.parquet"),
        "frame": make_dataset(frame, "y"),
        "objects": make_dataset(frame.astype({"c": object}), "y"),
        "arrays": from_arrays(frame[["c", "x"]], frame["y"]),
    }
    expected = make_dataset(
        table([None if i in (3, 4, 7) else v for i, v in enumerate(values)]), "y"
    )
    for way, data in ways.items():
        column = data.frame["c"]
        assert column.isna().to_numpy().nonzero()[0].tolist() == [3, 4, 7], way
        assert [*column.dropna()] == [*expected.frame["c"].dropna()], way
        assert "'NA' (1 row), ' n/a' (1 row), '?' (1 row) as missing" in said(data, "c"), way
        assert "is missing in 3 of 40 rows" in said(data, "c")


@pytest.mark.parametrize("word", WORDS)
def test_every_word_of_the_list_is_missing_among_numbers_and_labels(word):
    for kind in ("numbers", "labels"):
        for form in (word, word.upper(), f" {word} "):
            data = make_dataset(table([*VALUES[kind][:-1], form]), "y")
            assert data.frame["c"].isna().sum() == 1
            assert repr(form) in said(data, "c")


def test_words_beside_numbers_of_python_are_missing_too():
    data = make_dataset(table([*range(0, 3 * N - 3, 3), "?"]), "y")
    assert data.frame["c"].dtype == float
    assert data.frame["c"].isna().sum() == 1


def test_categories_of_pandas_have_the_same_words():
    data = make_dataset(table(pd.Categorical(["a", "b", "NA", "a"] * (N // 4))), "y")
    assert data.frame["c"].isna().sum() == N // 4


def test_a_number_is_missing_where_that_is_asked_for():
    numbers = [*range(N - 2), -999, -999]
    for column in (numbers, [float(one) for one in numbers], [str(one) for one in numbers]):
        data = make_dataset(table(column), "y", missing=["-999"])
        assert data.frame["c"].isna().sum() == 2
        assert "'-999' (2 rows) as missing" in said(data, "c")
        assert "BR109" not in " ".join(one.code for one in data.findings)


def test_a_word_of_the_list_stays_where_that_is_asked_for():
    data = make_dataset(table(["NA", "US"] * (N // 2)), "y", keep=["na"])
    assert data.frame["c"].unique().tolist() == ["NA", "US"]
    assert "missing" not in said(data, "c")
    with pytest.raises(
        InputError, match="'c' holds numbers, but is text because of 'NA' in row 39"
    ):
        make_dataset(table([*VALUES["numbers"][:-1], "NA"]), "y", keep=["NA"])


@pytest.mark.parametrize("word", ["None", "unknown", "?"])
def test_an_answer_is_a_class_of_a_target_of_text_and_said(word, tmp_path):
    data = of_file(table(range(N), ["mild", word, "severe", "mild"] * (N // 4)), tmp_path / "t.csv")
    assert set(data.task.classes) == {"mild", "severe", word}
    notes = " ".join(one.message for one in data.findings)
    assert f"has the class {word!r}" in notes
    assert f"missing=[{word!r}]" in notes
    asked = of_file(
        table(range(N), ["mild", word, "severe", "mild"] * (N // 4)),
        tmp_path / "t.csv",
        missing=[word],
    )
    assert asked.task.classes == ("mild", "severe")
    assert asked.rows_left_out == N // 4
    kept = make_dataset(table(range(N), ["mild", word] * (N // 2)), "y", keep=[word])
    assert "has the class" not in " ".join(one.message for one in kept.findings)


def test_what_programs_write_is_no_class():
    data = make_dataset(table(range(N), ["yes", "no", "NA", "yes"] * (N // 4)), "y")
    assert data.task.classes == ("no", "yes")
    assert data.rows_left_out == N // 4
    assert "The target 'y' is read with 'NA' (10 rows) as missing" in said(data, "y")


def test_answers_are_missing_in_a_target_of_numbers():
    data = make_dataset(table(range(N), [*VALUES["numbers"][:-2], "?", "unknown"]), "y")
    assert data.task.kind == "regression"
    assert data.rows_left_out == 2


def test_a_row_whose_group_is_missing_is_refused_unless_it_is_a_name():
    frame = table(range(0, 3 * N, 3)).assign(site=["a", "b", "A ", "NA"] * (N // 4))
    with pytest.raises(InputError, match="groups must name a group in every row"):
        make_dataset(frame, "y", groups="site")
    assert len(np.unique(make_dataset(frame, "y", groups="site", keep=["NA"]).groups)) == 3


REFUSED = {
    "both": ({"missing": ["NA"], "keep": ["na"]}, "missing and keep must name different words"),
    "keep of no word": ({"keep": ["red"]}, "keep must be a word that would be taken for missing"),
    "nowhere": ({"missing": ["tba"]}, "missing must be a word that occurs in the data.*'tba'"),
    "keep nowhere": ({"keep": ["NA"]}, "keep must be a word that occurs in the data.*'NA'"),
    "no words": ({"missing": 2.5}, "missing must be names, .* Received: missing=2.5"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_word_of_no_use_is_refused(case):
    options, message = REFUSED[case]
    frame = table(VALUES["labels"])
    for call in (
        lambda: make_dataset(frame, "y", **options),
        lambda: from_arrays(frame[["c", "x"]], frame["y"], **options),
        lambda: bridle.compare(np.zeros((N, 3, 2)), frame["c"], **options),
    ):
        with pytest.raises(InputError, match=message):
            call()
