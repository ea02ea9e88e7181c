"""Laws of `bridle columns`: it says what a study decides, and names every problem at once."""

import sys

import numpy as np
import pandas as pd
import pytest

from bridle.cli import main as cli
from bridle.errors import InputError, UnknownNameError
from bridle.workbench.data.dataset import from_arrays, make_dataset
from bridle.workbench.data.read_table import read_table

N = 60
RNG = np.random.default_rng(0)
TABLE = pd.DataFrame(
    {
        "id": np.arange(N),
        "price": [f"${i % 30}.50" for i in range(N)],
        "when": [f"2024-03-{i % 28 + 1:02}" for i in range(N)],
        "city": ["Paris", "paris ", "Rome"] * (N // 3),
        "stars": np.arange(N) % 5 + 1,
        "age": [str(i % 7) if i % 9 else "NA" for i in range(N)],
        "member": [True, False] * (N // 2),
        "one": ["x"] * N,
        "note": [f"customer {i}" for i in range(N)],
        "site": np.arange(N) // 4,
        "y": RNG.permutation(["None", "mild", "mild"] * (N // 3)),
    }
)
MEANT = {
    "id": ("left out", N, 0, "looks like an identifier"),
    "price": ("numbers", 30, 0, "is read as numbers in $"),
    "when": ("dates", 28, 0, "days since 1970"),
    "city": ("categories", 2, 0, "'paris ' as 'Paris'"),
    "stars": ("numbers", 5, 0, "5 different whole numbers, 1 to 5, taken for a quantity"),
    "age": ("numbers", 7, 7, "with 'NA' (7 rows) as missing"),
    "member": ("true or false", 2, 0, ""),
    "one": ("left out", 1, 0, "holds x in every row"),
    "site": ("groups", N // 4, 0, ""),
    "y": ("target", 2, 0, "has the class 'None'"),
    "note": ("dropped", 0, 0, ""),
}


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    TABLE.to_csv("t.csv", index=False)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["bridle", "columns", "t.csv", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code, *capsys.readouterr()

    return call


def test_it_says_what_a_study_decides(run):
    code, printed, errors = run("--target", "y", "--groups", "site", "--drop", "note")
    assert (code, errors) == (0, "")
    assert "60 rows" in printed
    data = make_dataset(read_table("t.csv"), "y", groups="site", drop=["note"])
    assert {one.name for one in data.columns} == {*MEANT}
    for one in data.columns:
        taken_for, different, missing, said = MEANT[one.name]
        assert (one.taken_for, one.different, one.missing) == (taken_for, different, missing)
        assert said in " ".join(one.notes)
        line = next(line for line in printed.splitlines() if line.split()[:1] == [one.name])
        assert taken_for in line
        assert said in printed
    assert data.left_out == ("id", "one")


def test_every_problem_is_named_at_once(run):
    code, printed, errors = run("--target", "city", "--task", "regression")
    assert code == 2
    assert "Error: t.csv has a problem in 'city', 'note'. Each is explained above." in errors
    assert "The target 'city' is text" in printed
    assert "Column 'note' is text with 60 different values" in printed
    assert "Python" not in printed


def test_options_of_no_use_are_refused(run):
    assert "--task must be left out if there is no target" in run("--task", "binary")[2]
    assert "--missing must be a word that occurs in the data" in run("--missing", "tba")[2]


def test_a_study_names_every_problem_at_once():
    frame = TABLE.assign(
        a=["1,234", "5", "6"] * (N // 3), b=["01/02/2024", "03/04/2024"] * (N // 2)
    )
    frame["stars"] = frame["stars"].where(frame.index != 3, np.inf)
    with pytest.raises(InputError) as caught:
        make_dataset(frame, "city", task="regression", groups="age", time="y")
    message = str(caught.value)
    assert message.startswith("There are 7 problems. (1) The target 'city' is text")
    for said in (
        "groups must",
        "time='y' must",
        "'a' has two",
        "'b' has two",
        "'note' is",
        "'stars'",
    ):
        assert said in message
    with pytest.raises(InputError) as caught:
        from_arrays(frame[["a", "b"]], frame["city"], task="regression")
    assert str(caught.value).startswith("There are 3 problems.")


def test_every_unknown_name_is_named_at_once():
    with pytest.raises(InputError) as caught:
        make_dataset(TABLE, "z", drop=["q", "note"], time="w")
    for name in ("target column 'z'", "column to drop 'q'", "column for time 'w'"):
        assert name in str(caught.value)
    with pytest.raises(UnknownNameError):
        make_dataset(TABLE, "z")


@pytest.mark.parametrize("many", [11, 40])
def test_many_problems_are_all_named(many):
    frame = pd.DataFrame({f"c{j}": ["1,234", "5"] * 20 for j in range(many)} | {"y": [0, 1] * 20})
    with pytest.raises(InputError) as caught:
        make_dataset(frame, "y")
    for j in range(many):
        assert f"'c{j}'" in str(caught.value)


def test_a_feature_and_the_target_of_one_name_do_not_meet():
    X = pd.DataFrame({"y": np.sin(np.arange(40)), "z": np.cos(np.arange(40))})
    assert [*from_arrays(X, pd.Series([0, 1] * 20, name="y")).frame] == ["y", "z"]
    wrong = X.assign(y=["1,234", "5"] * 20)
    with pytest.raises(InputError, match=r"\(1\) The target 'y' .* \(2\) Column 'y'"):
        from_arrays(wrong, pd.Series(["a"] * 40, name="y"))


NFC, NFD = "caf\u00e9", "cafe\u0301"


@pytest.mark.parametrize("held", [NFC, NFD])
@pytest.mark.parametrize("asked", [NFC, NFD])
def test_names_are_compared_in_one_form_of_unicode(held, asked):
    frame = TABLE[["city", "stars"]].assign(**{held: TABLE["site"], "y": TABLE["y"]})
    assert held not in make_dataset(frame, "y", drop=[asked]).frame
    assert len(np.unique(make_dataset(frame, "y", groups=asked).groups)) == N // 4
    assert make_dataset(frame, "y", time=asked).times is not None
    renamed = frame.rename(columns={"y": "z"}).rename(columns={held: "site"})
    assert make_dataset(renamed.rename(columns={"z": held}), asked).target_name == NFC
    with pytest.raises(InputError, match="distinct names"):
        make_dataset(frame.assign(**{NFC: 1, NFD: 2}), "y")


def test_labels_are_compared_in_one_form_of_unicode():
    frame = TABLE[["stars"]].assign(c=[NFC, NFD, "tea"] * (N // 3), y=[NFD, "tea"] * (N // 2))
    data = make_dataset(frame, "y")
    assert set(data.frame["c"]) == {NFC, "tea"}
    assert set(data.task.classes) == {NFC, "tea"}


def test_large_whole_numbers_are_neither_rounded_nor_called_constant():
    large = 2**53 + 2 * RNG.integers(0, 9, N) + 1
    for column in (large, [str(one) for one in large], [10**20 + int(one) for one in large]):
        data = make_dataset(TABLE[["stars", "y"]].assign(large=column), "y")
        np.testing.assert_array_equal(data.frame["large"], large - large.min())
        notes = next(one.notes for one in data.columns if one.name == "large")
        assert "upwards, which floats would round" in notes[0]
    target = make_dataset(TABLE[["stars", "city"]].assign(t=large), "t", task="regression").target
    np.testing.assert_array_equal(target, large - large.min())


def test_what_few_whole_numbers_of_a_target_are_taken_for_is_said():
    for repeats, meant in ((1, "task='regression'"), (0, "task='multiclass'")):
        frame = TABLE[["city", "stars"]].iloc[: N if repeats else 40]
        (note,) = [
            one.message
            for one in make_dataset(frame, "stars").findings
            if "different whole numbers" in one.message
        ]
        assert meant in note
    for task in ("regression", "multiclass"):
        data = make_dataset(TABLE[["city", "stars"]], "stars", task=task)
        assert not any("whole numbers" in one.message for one in data.findings)
