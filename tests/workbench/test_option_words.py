"""Advice names options in the words of the door through which the user came."""

from __future__ import annotations

import ast
import inspect
import json
import re
import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bridle
from bridle.arguments.option_words import COLUMN, N, again_with, from_door, is_shell, option
from bridle.cli.commands import COMMANDS

SOURCE = Path(bridle.__file__).parent
SHELL_WORD = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
ONLY_IN_PYTHON_UNDER_ANOTHER_NAME = {"time", "folds", "inner_folds"}
ONLY_IN_A_SHELL = {"at", "encoding", "strict"}
OWN_ARGUMENTS = set(inspect.signature(bridle.compare).parameters) | {"overwrite"}


def trees(*names):
    """Yield the modules, all or those that hold one of some names, by their paths."""
    for path in sorted(SOURCE.rglob("*.py")):
        text = path.read_text()
        if not names or any(name in text for name in names):
            yield path.relative_to(SOURCE).as_posix(), ast.parse(text)


def is_call(node, *names):
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") in names


def asked_for():
    """Names of the options that advice names anywhere."""
    return {
        node.args[0].value
        for _, tree in trees("option(", "again_with(")
        for node in ast.walk(tree)
        if is_call(node, "option", "again_with") and isinstance(node.args[0], ast.Constant)
    }


def advice(tree):
    """Texts of a module that are neither docstrings nor explanations, which `bridle checks` shows."""
    silent = set()
    for node in ast.walk(tree):
        if is_call(node, "Explanation") or (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        ):
            silent |= {id(one) for one in ast.walk(node)}
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent
    ]


def test_no_advice_outside_the_command_line_spells_an_option_itself():
    spelt = {
        (place, text)
        for place, tree in trees()
        if not place.startswith("cli/")
        for text in advice(tree)
        if SHELL_WORD.search(text) or " in Python " in text
    }
    # The options that repeat a command on the page of its study.
    assert spelt == {("workbench/study.py", "--epochs")}


def test_each_option_that_advice_names_exists_behind_both_doors():
    named = asked_for()
    assert {"seeds", "epochs", "drop", "missing", "groups", "rows"} <= named
    in_a_shell = {one.name for command in COMMANDS for one in command.params}
    assert named <= in_a_shell
    assert named - ONLY_IN_PYTHON_UNDER_ANOTHER_NAME - ONLY_IN_A_SHELL <= OWN_ARGUMENTS


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seeds", 7),
        ("rows", "all"),
        ("groups", "a 'quoted' \"name\" $HOME\\"),
        ("drop", "it's"),
        ("missing", "-999"),
        ("accept", "BR201:odor"),
        ("overwrite", True),
        ("task", "regression"),
    ],
)
def test_both_wordings_give_the_value_back(name, value):
    flag = f"--{name}"
    with from_door(shell=True):
        words = shlex.split(option(name, value))
        assert again_with(name, value) == option(name, value)
    assert words == ([flag] if value is True else [flag, str(value)])
    call = ast.parse(f"f({option(name, value)})", mode="eval").body
    (keyword,) = call.keywords
    meant = ast.literal_eval(keyword.value)
    assert (keyword.arg, meant) in ((name, value), (name, [value]))
    assert again_with(name, value) == f"compare(..., {option(name, value)})"


def test_blanks_are_filled_in_by_the_user():
    assert option("groups", COLUMN) == "groups='COLUMN'"
    assert option("rows", N) == "rows=N"
    assert option("folds", 5) == "splits=Folds(5)"
    assert option("epochs") == "epochs"
    with from_door(shell=True):
        assert option("groups", COLUMN) == "--groups COLUMN"
        assert option("drop", ["a", "b"]) == "--drop 'a' --drop 'b'"
        assert option("epochs") == "--epochs"
    assert not is_shell()


def test_the_door_is_shut_again_after_an_error():
    with pytest.raises(ZeroDivisionError), from_door(shell=True):
        _ = 1 / 0
    assert not is_shell()


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """A table with much to advise on: few rows, likely groups, a sentinel, ratings, missing words."""
    rng = np.random.default_rng(3)
    n = 48
    x = rng.normal(size=n)
    frame = pd.DataFrame(
        {
            "x": x,
            "customer": np.repeat([f"c{i}" for i in range(n // 4)], 4),
            "income": np.where(np.arange(n) % 8 == 0, -999, rng.integers(20, 90, n)),
            "size": rng.choice(["1.5", "2.5", "NA"], n),
            "leak": 3 * x,
            "y": x + 0.1 * rng.normal(size=n),
        }
    )
    path = tmp_path_factory.mktemp("t") / "t.csv"
    frame.to_csv(path, index=False)
    return path


def test_a_study_of_either_door_is_advised_in_its_own_words(table, tmp_path, run, monkeypatch):
    monkeypatch.chdir(tmp_path)
    arms = ["linear", "lasso"]
    study = bridle.compare(
        pd.read_csv(table, keep_default_na=False), "y", arms=arms, seeds=2, out="p"
    )
    python = [str(study), *(Path("p") / name for name in ("report.html", "verdict.json"))]
    code, out, _ = run(
        "compare", table, "--target", "y", "--arms", ",".join(arms), "--seeds", "2", "--out", "s"
    )
    assert code == 0
    shell = [out, *(Path("s") / name for name in ("report.html", "verdict.json"))]
    for texts, own, other in (
        (python, r"groups='|drop=\['|compare\(\.\.\., ", r"(?<![\w-])--[a-z]"),
        (shell, r"--(drop|groups|seeds|missing) ", r"compare\(\.\.\.|drop=\[|groups='|missing=\["),
    ):
        told = " ".join(one if isinstance(one, str) else said(one) for one in texts)
        assert not re.findall(other, told)
        assert re.search(own, told)
    again = run("report", "p", "--out", "again.html")[0]
    assert again == 0
    assert said(Path("again.html")) == said(Path("p/report.html"))


def said(path):
    """What a file says to a reader."""
    text = path.read_text()
    if path.suffix == ".json":
        return json.dumps(json.loads(text))
    text = re.sub(r"<(style|script)\b.*?</\1>", "", text, flags=re.DOTALL)
    return re.sub(r"<[^>]*>", "", text).replace("&#39;", "'")
