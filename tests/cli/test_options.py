"""Options in a file, rules of a policy, and the small commands, as a user meets them."""

import subprocess
import sys
import tomllib
from dataclasses import replace

import click
import numpy as np
import pandas as pd
import pytest

from bridle.cli import main as cli
from bridle.cli.commands import COMMANDS
from bridle.cli.options.config_file import Configurable
from bridle.cli.options.policy import Policy
from bridle.workbench.all_checks import EXPLANATIONS, NAMES
from bridle.workbench.arm.catalogue import ARMS
from bridle.workbench.checks.arrays import catalogue as arrays
from bridle.workbench.checks.records import catalogue as records
from bridle.workbench.checks.splits import catalogue as splits
from bridle.workbench.checks.table import catalogue as table
from bridle.workbench.columns.column_reading import CODE as READ_AS
from bridle.workbench.data.row_sample import CODE as ROW_SAMPLE

CONFIGURABLE = [one for one in COMMANDS if isinstance(one, Configurable)]


def run(monkeypatch, capsys, *arguments):
    """Return exit code, standard output and standard error of a command."""
    monkeypatch.setattr(sys, "argv", ["bridle", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    out, err = capsys.readouterr()
    return ended.value.code, out, err


@pytest.fixture
def churn(tmp_path, monkeypatch):
    """A table in the current folder, whose column x tells the target."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    x = rng.normal(size=120)
    y = np.where(x + rng.normal(size=120) > 0, "yes", "no")
    pd.DataFrame({"x": x, "z": rng.normal(size=120), "y": y}).to_csv("t.csv", index=False)
    return tmp_path


@pytest.mark.parametrize("command", CONFIGURABLE, ids=lambda one: one.name)
def test_written_file_has_every_option_and_is_read_again(command, monkeypatch, capsys, tmp_path):
    code, out, _ = run(monkeypatch, capsys, command.name, "--write-config")
    assert code == 0
    keys = [
        line[2:] for line in out.splitlines() if " = " in line and line[2:].split(" = ")[0] in out
    ]
    found = tomllib.loads("\n".join(one for one in keys if one.split(" = ")[0].islower()))
    options = {
        one.opts[0].lstrip("-") for one in command.params if isinstance(one, click.Option)
    } - {"config", "write-config"}
    assert set(found) == options
    path = tmp_path / "c.toml"
    path.write_text("\n".join(f"{line}" for line in keys if line.split(" = ")[0] in options))
    context = click.Context(command)
    option = next(one for one in command.params if one.name == "config")
    option.callback(context, option, path)
    assert len(context.default_map) == len(options)


def test_written_file_sets_what_was_given(churn, monkeypatch, capsys):
    (churn / "c.toml").write_text('epochs = 7\ntarget = "z"\n')
    given = [
        "--target",
        "y",
        "--drop",
        "a b",
        "--drop",
        "é",
        "--seeds",
        "3",
        "--tune",
        "--out",
        "o",
    ]
    words = ["compare", "t.csv", *given, "--config", "c.toml", "--write-config"]
    for order in (words, [words[0], words[-1], *words[1:-1]]):
        code, out, _ = run(monkeypatch, capsys, *order)
        assert code == 0
        assert tomllib.loads(out) == {
            "target": "y",
            "drop": ["a b", "é"],
            "seeds": 3,
            "tune": True,
            "out": "o",
            "epochs": 7,
        }
    assert tomllib.loads(run(monkeypatch, capsys, "compare", "--write-config")[1]) == {}
    code, _, err = run(monkeypatch, capsys, "compare", "--seeds", "x", "--write-config")
    assert code == 2
    assert "'x' is not a valid integer" in err


def test_file_does_what_options_do_and_the_command_line_goes_before_it(churn, monkeypatch, capsys):
    (churn / "c.toml").write_text(
        'target = "y"\narms = "linear"\nseeds = 2\ndrop = ["z"]\njson = true\n'
    )
    code, told, _ = run(monkeypatch, capsys, "compare", "t.csv", "--config", "c.toml", "--out", "a")
    assert code == 0
    options = ["--target", "y", "--arms", "linear", "--seeds", "2", "--drop", "z", "--json"]
    assert told == run(monkeypatch, capsys, "compare", "t.csv", *options, "--out", "a")[1]
    _, other, _ = run(
        monkeypatch, capsys, "compare", "t.csv", "--config", "c.toml", "--seeds", "3", "--out", "b"
    )
    assert '"runs": 3' in other


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("seeds = 2\nsedes = 3", "line 2: There is no option 'sedes'. Did you mean 'seeds'?"),
        ("\nseeds = 'two'", 'line 2: seeds must be a whole number. Received: seeds = "two"'),
        ("seeds = true", "seeds must be a whole number"),
        ("seeds = 0", "line 1: seeds cannot be 0"),
        ("tune = 1", "tune must be true or false"),
        ("target = ['a']", "target must be text"),
        ("drop = [1]", "drop must be text, or a list of it"),
        ("task = 'both'", "task cannot be"),
        ("[compare]\nseeds = 2", "There is no option 'compare'"),
        ("seeds =", "is not valid TOML"),
    ],
)
def test_file_that_is_wrong_is_refused_with_its_line(text, words, churn, monkeypatch, capsys):
    (churn / "c.toml").write_text(text)
    code, _, err = run(monkeypatch, capsys, "compare", "t.csv", "--config", "c.toml")
    assert code == 2
    assert words in err
    assert err.startswith("Error: c.toml")


LINEAR = ("compare", "t.csv", "--target", "y", "--arms", "linear", "--seeds", "2", "--no-model")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("BR103,gap>5", 0), ("br105", 1), ("hurts,gap>-5", 1)],
)
def test_policy_decides_the_code(rule, expected, churn, monkeypatch, capsys):
    code, _, err = run(monkeypatch, capsys, *LINEAR, "--policy", rule)
    assert code == expected
    assert ("Policy broken" in err) == bool(expected)


def test_policy_as_a_pipeline_runs_it(churn):
    script = (
        f'"{sys.executable}" -m bridle {" ".join(LINEAR)} --quiet --policy br105\n'
        "case $? in 0) echo held;; 1) echo broken;; *) echo none; exit 2;; esac\n"
    )
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "broken"
    assert "Policy broken" in done.stderr


def test_policy_sees_a_decision(churn):
    import bridle

    rng = np.random.default_rng(1)
    X = rng.normal(size=(100, 3))
    verdict = bridle.compare(X, X[:, 0], arms=["linear", "elastic_net"], seeds=2).verdict
    worse = replace(verdict, comparisons=(replace(verdict.comparisons[0], decision="hurts"),))
    good = replace(verdict, comparisons=(replace(verdict.comparisons[0], decision="helps"),))
    policy = Policy.of(("hurts", "no-difference"))
    assert len(policy.broken(worse)) == 1
    assert policy.broken(good) == []


@pytest.mark.parametrize("rule", ["hurt", "gap", "gap>", "gap>x", "BR999", "", "hurts,,BR110"])
def test_what_is_no_rule_is_refused_before_anything_runs(rule, churn, monkeypatch, capsys):
    code, _, err = run(monkeypatch, capsys, "compare", "t.csv", "--target", "y", "--policy", rule)
    assert code == 2
    assert "policy" in err
    assert not (churn / "t-bridle").exists()


def test_every_check_is_explained_and_nothing_else():
    catalogues = (
        *table.COLUMN_CHECKS,
        *table.TARGET_CHECKS,
        *arrays.ARRAY_CHECKS,
        *splits.SPLIT_CHECKS,
        *records.RECORD_CHECKS,
        READ_AS,
        ROW_SAMPLE,
    )
    studies = set(EXPLANATIONS) - {"BR5xx"}  # of an audit, which no study makes
    assert {one.split()[0] for one in catalogues} == studies
    for code in catalogues:
        assert code == f"{code[:5]} {NAMES[code[:5]]}"


def test_checks_are_listed_and_explained(monkeypatch, capsys):
    code, out, _ = run(monkeypatch, capsys, "checks")
    assert code == 0
    assert len(out.splitlines()) == len(EXPLANATIONS)
    _, out, _ = run(monkeypatch, capsys, "checks", "br205", "BR301")
    assert EXPLANATIONS["BR205"].matters in out
    assert EXPLANATIONS["BR3xx"].remedy in out
    _, out, _ = run(monkeypatch, capsys, "checks", "BR507")
    assert EXPLANATIONS["BR5xx"].remedy in out
    code, _, err = run(monkeypatch, capsys, "checks", "BR999")
    assert code == 2
    assert "There is no check 'BR999'" in err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shell_gets_a_script_and_its_answers(shell, monkeypatch, capsys):
    code, out, _ = run(monkeypatch, capsys, "completion", shell)
    assert code == 0
    assert "_BRIDLE_COMPLETE" in out
    monkeypatch.setenv("_BRIDLE_COMPLETE", f"{shell}_complete")
    monkeypatch.setenv("COMP_WORDS", "bridle compare --see")
    monkeypatch.setenv("COMP_CWORD", "--see" if shell == "fish" else "2")
    _, out, _ = run(monkeypatch, capsys)
    assert "--seeds" in out


def test_demo_leaves_a_study_and_rows_to_score(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("bridle.workbench.arm.arms_by_name.DEFAULT_ARMS", ("linear",))
    code, out, err = run(monkeypatch, capsys, "demo", "--seeds", "2")
    assert code == 0
    assert "bridle compare bridle-demo/breast_cancer.csv" in err
    assert "bridle predict bridle-demo/study/model bridle-demo/new.csv" in out
    code, out, _ = run(
        monkeypatch, capsys, "predict", "bridle-demo/study/model", "bridle-demo/new.csv"
    )
    assert len(out.splitlines()) == 31
    assert run(monkeypatch, capsys, "demo", "--seeds", "3")[0] == 0
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").touch()
    assert run(monkeypatch, capsys, "demo", "--out", "mine")[0] == 2


def test_arms_of_the_demo_exist():
    assert {"linear", "elastic_net"} <= set(ARMS)
