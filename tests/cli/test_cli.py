"""Laws of the command line: what goes to which stream, which code it ends with, what it writes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import numpy as np
import pandas as pd
import pytest

import bridle
from bridle.backend import backend_available
from bridle.cli import main as cli
from bridle.cli.options.spelling import in_command_words
from bridle.errors import MissingExtraError
from bridle.workbench import run_study, study_runs
from bridle.workbench.arm.catalogue import ARMS, DEFAULT_ARMS
from bridle.workbench.arm.linear_arms import elastic_net
from bridle.workbench.arm.linear_arms.linear import Linear
from bridle.workbench.folder.file_names import CURVE_RECORDS, MODEL, OWN_FILES
from bridle.workbench.folder.lock import locked
from bridle.workbench.folder.record_file import read_records
from bridle.workbench.run import skipped_arms

PROGRAM = [sys.executable, "-c", "from bridle.cli.main import main; main()"]
QUICK = ("--seeds", "2", "--arms", "dummy,linear")


def churn(n=60):
    """Every kind of column, with holes, and a target that two of them tell a little about."""
    rng = np.random.default_rng(0)
    age = rng.normal(40, 10, n)
    frame = pd.DataFrame(
        {
            "age": np.where(rng.random(n) < 0.1, np.nan, age.round(2)),
            "city": rng.choice(["Köln", "Paris", "Oslo"], n),
            "member": rng.choice([True, False], n),
            "churned": np.where(age + rng.normal(0, 10, n) > 40, "yes", "no"),
        }
    )
    frame.loc[::9, "city"] = None
    return frame


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """Each test stands in a folder of its own that holds churn.csv."""
    monkeypatch.chdir(tmp_path)
    churn().to_csv("churn.csv", index=False)
    return tmp_path


@pytest.fixture
def compare(run):
    """Return `run` for a quick comparison of churn.csv."""

    def call(*more, file="churn.csv", target="churned", settings=QUICK):
        return run("compare", file, "--target", target, *settings, *more)

    return call


@pytest.fixture
def no_training(monkeypatch):
    monkeypatch.setattr(study_runs, "run_experiment", lambda *_, **__: pytest.fail("it trained"))


def entries(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def held_in(folder):
    """Return what the files of a folder hold, at any depth."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def one_line(err):
    """Return the one line of an error."""
    assert err.startswith("Error: ")
    assert err.endswith((".\n", "?\n"))
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return err


# What comes out


def test_table_goes_to_standard_output_and_progress_to_standard_error(compare, here):
    code, out, err = compare()
    assert code == 0
    assert all(word in out for word in ("linear model", "It is right on", "Nothing was compared"))
    assert "churn-bridle/report.html" in out
    assert err.splitlines() == [
        "1/4 dummy, split 0",
        "4/4 linear, split 1",
        "Fitting linear on all 60 rows ...",
        "100 % linear, all rows",
    ]
    assert "\nNext: bridle predict churn-bridle/model new.csv\nLook at: " in out
    assert len(out.splitlines()) < 15
    assert "\x1b" not in out + err
    written = {path.name for path in (here / "churn-bridle").iterdir()}
    assert written == {*OWN_FILES, MODEL} - {"loss_curves.png", CURVE_RECORDS}


def test_json_is_the_verdict_and_nothing_else(compare, here):
    code, out, err = compare("--json", "--out", "report")
    assert code == 0
    assert out == (here / "report" / "verdict.json").read_text("utf-8")
    assert [one["name"] for one in json.loads(out)["arms"]] == ["dummy", "linear"]
    assert "4/4 linear" in err


def test_quiet_is_the_sentence_alone(compare, here):
    code, out, err = compare("--quiet", "--out", "report")
    assert (code, err) == (0, "")
    assert out.count("\n") == 1
    assert out.strip() == json.loads((here / "report" / "verdict.json").read_text())["headline"]


def test_quiet_json_is_json_alone(compare):
    code, out, err = compare("--quiet", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["decision"] == "no comparison"


@pytest.mark.skipif(backend_available() is not None, reason=str(backend_available()))
def test_every_arm_end_to_end(compare, here, monkeypatch):
    monkeypatch.setattr(elastic_net, "_STRENGTHS", 3)
    monkeypatch.setenv("NO_COLOR", "1")
    code, out, err = compare("--details", settings=("--seeds", "2", "--epochs", "1"))
    assert code == 0
    assert all(f" {name} " in out for name in DEFAULT_ARMS)
    assert "best network" in out
    assert err.splitlines()[-3].startswith("14/14 ")
    assert "\x1b" not in out + err
    assert {path.name for path in (here / "churn-bridle").iterdir()} == {*OWN_FILES, MODEL} - {
        CURVE_RECORDS
    }
    records = read_records(here / "churn-bridle" / "records.jsonl")
    assert [(one.arm, one.failure) for one in records] == 2 * [
        (name, None) for name in DEFAULT_ARMS
    ]
    names = {"age", "age (missing)", "city=Köln", "city=(missing)", "member"}
    assert names <= set(records[2].coefficients)


def test_parquet_gives_what_csv_gives(compare, here):
    pytest.importorskip("pyarrow")
    churn().to_parquet("again.parquet", index=False)
    assert compare("--quiet")[0] == 0
    assert compare("--quiet", file="again.parquet")[0] == 0
    read, again = (
        read_records(here / folder / "records.jsonl") for folder in ("churn-bridle", "again-bridle")
    )
    assert [one.test_risk for one in again] == [one.test_risk for one in read]


@pytest.mark.parametrize(("target", "kind"), [("age", "squared error"), ("city", "log loss")])
def test_other_tasks(compare, target, kind):
    churn().dropna().to_csv("whole.csv", index=False)
    code, out, _ = compare(file="whole.csv", target=target)
    assert code == 0
    assert kind in out


def test_options_reach_the_study(compare, monkeypatch, run):
    seen = []
    monkeypatch.setattr(
        run_study, "run_study", lambda *given, **named: seen.append((given, named)) or 1 / 0
    )
    options = ("--drop", "city", "--drop", "member", "--task", "binary", "--quiet")
    with pytest.raises(ZeroDivisionError):
        compare(
            *options, settings=("--seeds", "3", "--epochs", "7", "--arms", " baseline , dummy,")
        )
    ((dataset, arms, protocol), named) = seen[0]
    assert list(dataset.frame) == ["age"]
    assert (dataset.name, dataset.target_name, dataset.task.kind) == (
        "churn.csv",
        "churned",
        "binary",
    )
    assert [one.name for one in arms] == ["dummy", "baseline"]
    assert (protocol.seeds, protocol.epochs) == ((0, 1, 2), 7)
    assert named == {
        "quiet": True,
        "folder": Path("churn-bridle"),
        "overwrite": False,
        "model": True,
        "command": (
            *("compare", "churn.csv", "--target", "churned"),
            *("--task", "binary", "--drop", "city", "--drop", "member"),
            *("--arms", " baseline , dummy,", "--seeds", "3", "--epochs", "7"),
        ),
    }


@pytest.mark.parametrize(
    ("file", "folder"), [("churn.csv", "churn-bridle"), ("2024.05.csv", "2024.05-bridle")]
)
def test_default_folder_is_here_and_called_after_the_file(compare, here, file, folder):
    (here / "data").mkdir()
    churn().to_csv(f"data/{file}", index=False)
    assert compare("--quiet", file=f"data/{file}")[0] == 0
    assert (here / folder / "report.html").is_file()
    assert entries(here / "data") == [file]


def test_finished_study_is_shown_again(compare, here, monkeypatch):
    code, out, _ = compare("--out", "report")
    before = held_in(here / "report")
    monkeypatch.setattr(Linear, "fit", lambda *_: pytest.fail("it trained"))
    assert compare("--out", "report") == (
        code,
        out,
        "The study in report is finished: this is its result.\n",
    )
    assert held_in(here / "report") == before


def test_other_study_is_replaced_on_request_alone(compare, here):
    compare("--quiet", "--out", "report")
    before = entries(here)
    code, out, err = compare("--quiet", "--out", "report", "--seeds", "3")
    assert (code, out) == (2, "")
    assert "'report' holds a finished study of other splits and options." in one_line(err)
    assert compare("--quiet", "--out", "report", "--seeds", "3", "--overwrite")[0] == 0
    assert entries(here) == before


def test_second_study_at_once_is_code_2(compare, here, no_training):
    (here / "report").mkdir()
    with locked(here / "report"):
        code, out, err = compare("--out", "report")
    assert (code, out) == (2, "")
    assert f"'report' is in use: process {os.getpid()} on " in one_line(err)


# Exit codes


def test_column_that_gives_the_target_away_is_code_1(compare, monkeypatch):
    monkeypatch.setattr(elastic_net, "_STRENGTHS", 3)
    frame = churn()
    frame.assign(left=frame["churned"] == "yes").to_csv("leak.csv", index=False)
    code, out, _ = compare("--arms", "linear,elastic_net", file="leak.csv")
    assert code == 1
    assert out.startswith("No verdict: Column 'left' gives the target away")
    assert "Next: Leave it out if it is known only once the target is: --drop 'left'" in out


@pytest.mark.fault(76)
@pytest.mark.parametrize("error", [KeyboardInterrupt, click.Abort])
def test_interrupt_is_code_130(compare, monkeypatch, error):
    def interrupted(*_, **__):
        raise error

    monkeypatch.setattr(run_study, "run_study", interrupted)
    assert compare() == (130, "", "Interrupted.\n")


@pytest.mark.fault(76)
@pytest.mark.parametrize(
    "arguments",
    [
        ("compare", "--help"),
        ("compare", "churn.csv", "--target", "churned", *QUICK),
    ],
)
def test_closed_output_is_code_141_without_a_complaint(arguments):
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*PROGRAM, *arguments], stdout=writer, stderr=subprocess.PIPE, encoding="utf-8"
    )
    os.close(writer)
    assert done.returncode == 141
    assert "rror" not in done.stderr


@pytest.mark.fault(66)
def test_full_disk_is_code_2(compare, here, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    code, out, err = compare("--quiet", "--out", "report")
    place = os.path.join("report", "unfinished.jsonl")
    assert (code, out, one_line(err)) == (2, "", f"Error: No space left on device: {place}.\n")
    assert entries(here / "report") == []


def test_missing_extra_is_code_2(compare, here, monkeypatch):
    def missing():
        raise MissingExtraError("A network", "keras", "jax")

    monkeypatch.setattr(skipped_arms, "obstacle_to", lambda _: "A network needs keras.")
    monkeypatch.setattr(skipped_arms, "load_keras", missing)
    code, out, err = compare("--arms", "baseline,dropout")
    assert (code, out) == (2, "")
    assert "pip install 'bridle[jax]'" in one_line(err)
    assert entries(here) == ["churn.csv"]


# Bad input


def broken(**columns):
    return churn().assign(**columns).to_csv(index=False)


def with_value(column, value):
    values = churn()[column].astype(object)
    values[4] = value
    return broken(**{column: values})


PYTHON = re.compile(r"\b[a-z_]+=['\"\[(\w]|[Ii]n Python|DataFrame|\bNone\b|\.[a-z_]+\(")

BAD = {
    "empty file": ("", "bad.csv is empty. It needs a header line and rows."),
    "header alone": ("age,churned\n", "bad.csv has a header and no rows."),
    "one class": (broken(churned="no"), "The target 'churned' is 'no' in every row"),
    "no target": (broken(churned=None), "The target 'churned' is missing in all 60 rows."),
    "infinite number": (with_value("age", "inf"), "Column 'age' must hold finite numbers"),
    "number out of range": (with_value("age", "1e400"), "Received: inf in line 6"),
    "comma in a number": (with_value("age", '"1,5"'), "because of '\"1,5\"' in line 6"),
    "too few rows": (
        churn(60).iloc[[0, 1, 2, 3, 4, 5, 6, 7]].to_csv(index=False),
        "bad.csv has 8 rows and needs",
    ),
    "ragged line": (broken() + "1,2\n", "bad.csv, line 62 has 2 fields and the header has 4."),
    "free text": (
        broken(note=[f"call {i}" for i in range(60)]),
        "Column 'note' is text with 60 different values, more than half of its 60 rows, and cannot "
        "be used as a category. It is read as categories, whose order and size do not count, though "
        "'call 0' holds a number. Group the values. Or leave the column out: --drop 'note'",
    ),
    "nothing varies": (broken(age=1, city="x", member=True), "No feature is left to predict"),
    "same name twice": ("a,a,churned\n1,2,x\n", "bad.csv, line 1 names the column 'a' more than"),
    "escape code in a name": ("\x1b[31mred,b\n1,2\n", "There are: '\\x1b[31mred', 'b'."),
}


@pytest.mark.fault(71)
@pytest.mark.parametrize("case", BAD)
def test_bad_file_is_code_2_one_line_and_nothing_written(case, compare, here, no_training):
    content, message = BAD[case]
    (here / "bad.csv").write_text(content, "utf-8")
    code, out, err = compare(file="bad.csv")
    assert (code, out) == (2, "")
    assert message in one_line(err)
    assert "\x1b" not in err
    assert not PYTHON.search(err)
    assert entries(here) == ["bad.csv", "churn.csv"]


@pytest.mark.parametrize(
    ("names", "more", "message"),
    [
        ({"file": "chrun.csv"}, (), "There is no file 'chrun.csv'. Did you mean 'churn.csv'?"),
        ({"file": "."}, (), "is a folder. Name a file in it."),
        ({"file": "two\nlines.xls"}, (), "There is no file 'two\\nlines.xls'."),
        ({"target": "chruned"}, (), "There is no target column 'chruned'. Did you mean 'churned'?"),
        ({}, ("--drop", "town"), "There is no column to drop 'town'."),
        (
            {},
            ("--drop", "churned"),
            "Error: --drop must not name the target. Received: 'churned' for both.",
        ),
        (
            {},
            ("--seeds", "1"),
            "--seeds must give at least two splits, since an interval needs two. Received: --seeds 1,",
        ),
        (
            {},
            ("--time", "age", "--seeds", "3"),
            "--seeds must be 1 if the splits are fixed, as splits in time are",
        ),
        ({}, ("--accept", "BR201:age"), "Received: --accept 'BR201:age'. The checks found: "),
        ({}, ("--folds", "59"), "--folds"),
        ({}, ("--folds", "3", "--inner-folds", "59"), "--inner-folds must be at most the number"),
        ({}, ("--arms", "baseline", "--epochs", "1000001"), "Received: --epochs 1000001."),
        (
            {},
            ("--arms", "baseline", "--initialisations", "10001"),
            "Received: --initialisations 10001.",
        ),
        (
            {},
            ("--inner-folds", "3"),
            "--inner-folds needs --folds, and cannot be combined with --time.",
        ),
        (
            {},
            ("--tune", "--arms", "linear"),
            "--tune must be left out if no arm trains a network",
        ),
        ({}, ("--missing", "zebra"), "--missing must be a word that occurs in the data."),
        ({}, ("--keep", "zebra"), "--keep must be a word that would be taken for missing: "),
        ({}, ("--groups", "town"), "There is no column for groups 'town'."),
        ({}, ("--time", "city"), "Received: "),
        ({}, ("--task", "multiclass"), "has 2 classes, which is 'binary'."),
        ({}, ("--arms", "linaer"), "There is no arm 'linaer'. Did you mean 'linear'?"),
        ({}, ("--arms", " ,"), "--arms must name at least one of dummy, permuted_target, linear,"),
        ({}, ("--out", "churn.csv"), "The output folder 'churn.csv' cannot be used"),
        ({}, ("--out", "churn.csv/x"), "(Not a directory: 'churn.csv/x')"),
    ],
)
def test_bad_argument_is_code_2_one_line_and_nothing_written(
    names, more, message, compare, here, no_training
):
    code, out, err = compare(*more, **names)
    assert (code, out) == (2, "")
    assert message in one_line(err)
    assert entries(here) == ["churn.csv"]
    assert not PYTHON.search(err)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("seeds must be 1. Received: seeds=2.", "--seeds must be 1. Received: --seeds 2."),
        ("Received: drop=['a'].", "Received: --drop 'a'."),
        ("Received: overwrite=True.", "Received: --overwrite."),
        ("Received: inner_folds=1.", "Received: --inner-folds 1."),
        ("There is no column 'time=5'. Drop it.", "There is no column 'time=5'. Drop it."),
        ("Column 'seeds' must be numbers.", "Column 'seeds' must be numbers."),
        ("Received: drop=['it\\'s', 'b'].", "Received: --drop 'it\\'s' --drop 'b'."),
    ],
)
def test_messages_are_put_in_the_words_of_the_command(message, words):
    assert in_command_words(message) == words


def test_unreadable_name_is_shown_on_one_line(run, here, no_training):
    (here / "two\nlines\x1b[31m.xls").touch()
    code, _, err = run("compare", "two\nlines\x1b[31m.xls", "--target", "churned")
    assert code == 2
    assert "\x1b" not in one_line(err)


@pytest.mark.fault(75)
@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--seeds", "0"), "Invalid value for '--seeds': 0 is not in the range x>=1."),
        (("--folds", "1"), "Invalid value for '--folds': 1 is not in the range x>=2."),
        (("--epochs", "0"), "Invalid value for '--epochs': 0 is not in the range x>=1."),
        (("--epochs", "many"), "'many' is not a valid integer"),
        (
            ("--task", "ranking"),
            "'ranking' is not one of 'binary', 'multiclass', 'regression', 'count', 'survival'.",
        ),
        (("--sedes", "3"), "No such option"),
    ],
)
def test_bad_usage_is_code_2_and_points_to_the_help(compare, here, more, message):
    code, out, err = compare(*more)
    assert (code, out) == (2, "")
    assert message in err
    assert "bridle compare --help" in err
    assert entries(here) == ["churn.csv"]


def test_arrays_need_no_target(run, here):
    rng = np.random.default_rng(0)
    np.savez("arrays.npz", X=rng.normal(size=(60, 3)), y=rng.integers(0, 2, 60))
    code, _, _ = run("compare", "arrays.npz", *QUICK)
    assert code == 0
    assert (here / "arrays-bridle" / "records.jsonl").exists()


def test_target_is_required(run):
    code, _, err = run("compare", "churn.csv")
    assert code == 2
    assert "--target must name the column of churn.csv to predict." in err


@pytest.mark.fault(74)
def test_foreign_folder_is_refused_before_anything_is_trained(compare, here, no_training):
    (here / "thesis").mkdir()
    (here / "thesis" / "main.tex").write_text("precious")
    code, out, err = compare("--out", "thesis")
    assert (code, out) == (2, "")
    assert "'thesis' holds 'main.tex', which bridle did not write" in one_line(err)
    assert entries(here) == ["churn.csv", "thesis", "thesis/main.tex"]


@pytest.mark.fault(74)
def test_symbolic_link_is_refused(compare, here, no_training):
    (here / "real").mkdir()
    (here / "link").symlink_to("real")
    for name in ("link", "link/"):
        code, out, err = compare("--out", name)
        assert (code, out) == (2, "")
        assert "is a symbolic link; name the folder itself." in one_line(err)
    assert entries(here / "real") == []


# Help


def test_help_lists_every_option_with_a_text(run):
    code, out, err = run("compare", "--help")
    assert (code, err) == (0, "")
    for parameter in cli.command.commands["compare"].params:
        if isinstance(parameter, click.Option):
            assert parameter.help
            assert parameter.opts[0] in out
    text = " ".join(out.split())
    assert all(f" {name} " in text for name in ARMS)
    assert all(name in text for name in OWN_FILES)
    assert "Exit codes: 0 judged 1 judged invalid" in text
    assert max(map(len, out.splitlines())) <= 100


def test_help_names_the_command(run):
    code, out, _ = run("--help")
    assert code == 0
    assert re.search(r"^  compare +Compare models on a table\.$", out, re.MULTILINE)
    assert run("-h")[1] == out


def test_version(run):
    assert run("--version") == (0, f"bridle, version {bridle.__version__}\n", "")


def test_help_and_refusals_load_neither_numpy_nor_keras():
    script = (
        "import sys\nfrom bridle.cli import main as cli\nsys.argv = ['bridle', *sys.argv[1:]]\n"
        "try:\n    cli.main()\nfinally:\n"
        "    assert not {'numpy', 'keras', 'pandas', 'rich'} & set(sys.modules)"
    )
    for arguments, code in [(["--help"], 0), (["compare", "--help"], 0), (["compare"], 2)]:
        done = subprocess.run(
            [sys.executable, "-c", script, *arguments], capture_output=True, encoding="utf-8"
        )
        assert done.returncode == code, done.stderr
        assert "Assertion" not in done.stderr
