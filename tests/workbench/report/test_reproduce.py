"""The script beside a report repeats the study, and nothing in a name leaves its literal."""

from __future__ import annotations

import ast
import runpy
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bridle.workbench.report.page.reproduce import script_of

from . import sample


def test_script_repeats_the_study_and_sees_another_table(run, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.standard_normal((80, 3)), columns=["a", "b", "y"])
    table.to_csv("d.csv", index=False)
    code, _, _ = run("compare", "d.csv", "--target", "y", "--arms", "linear", "--seeds", "2")
    assert code == 0
    script = str(tmp_path / "d-bridle" / "reproduce.py")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].endswith(" same")
    (2 * table).to_csv("other.csv", index=False)
    monkeypatch.setattr(sys, "argv", [script, "other.csv"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(script)
    assert ended.value.code
    assert " now " in capsys.readouterr().out


def test_no_name_leaves_its_literal():
    hostile = "x'\"\n__RISKS__\\\u202e"
    records = [replace(one, arm=hostile) for one in sample.experiment(seeds=2, epochs=2)]
    text = script_of(["compare", hostile, "--target", hostile], records, {hostile: hostile})
    assert text.isascii()
    values = {
        node.targets[0].id: node.value
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    assert ast.literal_eval(values["FILE"]) == hostile
    assert ast.literal_eval(values["OPTIONS"]) == ["--target", hostile]
    assert list(ast.literal_eval(values["RISKS"])) == [hostile]
    assert ast.literal_eval(values["VERSIONS"]) == {hostile: hostile}
