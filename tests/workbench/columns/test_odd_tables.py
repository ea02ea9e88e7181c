"""Law of odd tables: each is read with a word, or refused with one, and nothing raw is on the screen."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import warnings

import pandas as pd
import pytest

from bridle.cli import main as cli
from bridle.workbench import study_runs
from bridle.workbench.columns.missing_words import MissingWords
from bridle.workbench.data.given_columns import columns_of, read_given
from bridle.workbench.data.read_table import read_table

from .odd_tables import COLUMNS, FILES, REFUSED_FILES, N, X, Y

RAW = re.compile(r"Warning|Traceback|site-packages|/bridle/|File \"|Glyph|nan-nan", re.IGNORECASE)


class StoppedError(Exception):
    """A study that would have run now."""


@pytest.fixture
def run(monkeypatch, capfd, tmp_path):
    """Return a function from arguments to exit code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)

    def stop(*_, **__):
        raise StoppedError

    monkeypatch.setattr(study_runs, "run_experiment", stop)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["bridle", *arguments])
        code = None
        with warnings.catch_warnings(record=True) as raw:
            warnings.simplefilter("always")
            try:
                cli.main()
            except StoppedError:
                pass
            except SystemExit as ended:
                code = ended.code
        assert [str(one.message) for one in raw] == []
        printed, errors = capfd.readouterr()
        assert not RAW.search(errors)
        assert not RAW.search(printed)
        return code, printed, errors

    return call


def write(content):
    name, held, said = content
    with open(name, "wb") as file:
        file.write(held if isinstance(held, bytes) else held.encode())
    return name, said


@pytest.mark.parametrize("case", COLUMNS)
def test_column_is_taken_for_what_it_is(case, run):
    values, taken_for, said = COLUMNS[case]
    frame = pd.DataFrame({"x": X, "c": values, "y": Y})
    frame.to_csv("t.csv", index=False)
    frame.to_parquet("t.parquet")
    code, printed, errors = run("columns", "t.csv", "--target", "y")
    assert f" {taken_for} " in next(line for line in printed.splitlines() if line.startswith(" c "))
    assert said in printed
    assert code == (2 if taken_for == "problem" else 0)
    assert ("'c'" in errors) == (taken_for == "problem")
    assert run("compare", "t.csv", "--target", "y", "--arms", "linear")[0] == (code or None)
    for held in (read_table("t.csv"), read_table("t.parquet"), frame, frame.astype({"c": object})):
        read = read_given(columns_of(held, (), target="y"), None, MissingWords())
        (use,) = [one for one in read.columns if one.name == "c"]
        assert use.taken_for == taken_for
        assert said in " ".join(use.notes)


@pytest.mark.parametrize("case", FILES)
def test_file_is_read_with_a_word(case, run):
    name, said = write(FILES[case])
    code, printed, errors = run("columns", name, "--target", "y")
    assert (code, errors) == (0, "")
    assert f"{N} rows" in printed
    assert said in printed
    assert re.search(r"^ x +numbers", printed, re.MULTILINE)
    assert run("compare", name, "--target", "y", "--arms", "linear")[0] is None


@pytest.mark.parametrize("case", REFUSED_FILES)
def test_file_is_refused_with_a_word(case, run):
    name, said = write(REFUSED_FILES[case])
    for command in ("columns", "compare"):
        code, printed, errors = run(command, name, "--target", "y")
        assert (code, printed) == (2, "")
        assert errors.startswith("Error: ")
        assert errors.count("\n") == 1
        assert said in errors


def test_a_whole_study_of_odd_names_leaves_the_screen_clean(tmp_path):
    """In a process of its own, as warnings come where a module is first loaded."""
    held = {
        f"{case} 東京 🍕 $x^2$ \\frac": values
        for case, (values, taken_for, _) in COLUMNS.items()
        if taken_for != "problem"
    }
    pd.DataFrame({"x": X, **held, "y": Y}).to_csv(tmp_path / "t.csv", index=False)
    options = ["--target", "y", "--seeds", "2", "--arms", "linear,elastic_net"]
    ended = subprocess.run(
        [
            sys.executable,
            "-c",
            "from bridle.cli.main import main; main()",
            "compare",
            "t.csv",
            *options,
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONWARNINGS": "default"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode in (0, 1), ended.stderr
    assert not RAW.search(ended.stderr)
    assert not RAW.search(ended.stdout)
    assert "Column" in (tmp_path / "t-bridle" / "report.html").read_text("utf-8")
