"""Laws of a page drawn again: the same page, from a folder as it was written, and from no other."""

from __future__ import annotations

import json
import shutil
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold

import bridle
from bridle.cli import main as cli
from bridle.errors import InputError
from bridle.files.typed_json import typed
from bridle.workbench.report.draw_page import draw_page
from bridle.workbench.splits import Folds, Holdout, Nested
from bridle.workbench.verdict.verdict import VERDICT_SCHEMA, Verdict

RNG = np.random.default_rng(0)
X = pd.DataFrame(RNG.normal(size=(120, 3)), columns=["a", "<b>", "c"])
Y = np.where(X["a"] + RNG.normal(size=120) > 0, "yes", "no")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study") / "s"
    bridle.compare(X, Y, arms=["linear", "lasso"], seeds=3, out=folder)
    return folder


@pytest.fixture
def folder(finished, tmp_path):
    return shutil.copytree(finished, tmp_path / "s")


def test_the_page_is_the_same_and_belongs_to_the_study(folder):
    before = (folder / "report.html").read_bytes()
    (folder / "report.html").write_text("marked by its reader")
    assert draw_page(folder) == folder / "report.html"
    assert (folder / "report.html").read_bytes() == before
    again = bridle.compare(X, Y, arms=["linear", "lasso"], seeds=3, out=folder)
    assert len(again.records) == 9


@pytest.mark.parametrize(
    ("splits", "task"),
    [(Holdout(), "numbers"), (Folds(3), "classes"), (Nested(2, 2), "numbers")],
)
def test_pages_of_every_kind_are_the_same(splits, task, tmp_path):
    y = RNG.normal(size=120) if task == "numbers" else Y
    bridle.compare(X, y, arms=["linear", "lasso"], splits=splits, seeds=2, out=tmp_path / "s")
    path = draw_page(tmp_path / "s", tmp_path / "page.html")
    assert path.read_bytes() == (tmp_path / "s" / "report.html").read_bytes()


def test_a_verdict_is_read_back_as_it_was(finished):
    study = bridle.compare(X, Y, arms=["linear", "lasso"], seeds=3, out=finished)
    held = json.loads((finished / "verdict.json").read_text())
    assert held.pop("schema") == VERDICT_SCHEMA
    assert typed(Verdict, held, "verdict.json") == study.verdict


@pytest.mark.parametrize("name", ["records.jsonl", "verdict.json", "page.json"])
def test_a_changed_file_is_refused(folder, name):
    (folder / name).write_bytes((folder / name).read_bytes().replace(b"3", b"4", 1))
    with pytest.raises(InputError, match=f"with changed or missing files: {name}"):
        draw_page(folder)


def test_what_is_no_finished_study_is_refused(tmp_path):
    with pytest.raises(InputError, match="no finished study"):
        draw_page(tmp_path)
    with pytest.raises(InputError, match="no folder"):
        draw_page(tmp_path / "none")


def test_a_study_with_a_splitter_of_the_users_says_why_not(tmp_path):
    bridle.compare(X, Y, arms=["linear"], splits=KFold(3), out=tmp_path / "s")
    with pytest.raises(InputError, match="splitter of your own"):
        draw_page(tmp_path / "s")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (float, "1"),
        (float, True),
        (int, 1.5),
        (int, True),
        (str, 1),
        (tuple[int, ...], 3),
        (tuple[int, str], [1]),
        (dict[str, int], []),
        (Holdout, {"other": 1}),
        (Folds, {"folds": 1}),
        (int | None, "x"),
    ],
)
def test_values_of_another_type_are_refused(kind, value):
    with pytest.raises(InputError, match="place"):
        typed(kind, value, "place")


def test_command_draws_a_page_elsewhere(folder, tmp_path, monkeypatch, capsys):
    def run(*words):
        monkeypatch.setattr(sys, "argv", ["bridle", "report", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code, capsys.readouterr()

    code, said = run(folder, "--out", tmp_path / "p.html")
    assert (code, said.out) == (0, f"Page: {tmp_path / 'p.html'}\n")
    assert (tmp_path / "p.html").read_bytes() == (folder / "report.html").read_bytes()
    code, said = run(folder, "--out", tmp_path / "p.html")
    assert code == 2
    assert "--overwrite" in said.err
    assert run(folder, "--out", tmp_path / "p.html", "--overwrite", "--quiet")[0] == 0
    assert run(folder, "--out", tmp_path / "p.txt")[0] == 2
    assert run(folder)[0] == 0
