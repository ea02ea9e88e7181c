"""Law of the command line: every option of every command acts, or is refused in words that name it.

What an option of a study does to the study is in `tests.workbench.run.test_options`, for each kind of
input; here is all else.
"""

from __future__ import annotations

import io
import re
import shlex
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
from matplotlib.figure import Figure
from tests.cli.command_files import Outcome, held_in, put_back, write_runs, write_tables
from tests.cli.option_rows import KINDS, ROWS, TOGETHER, TOML
from tests.workbench.run.test_options import OPTIONS as OF_STUDIES

from bridle.cli import main as cli
from bridle.cli.commands import COMMANDS
from bridle.cli.options.config_file import Configurable
from bridle.dropout.audit import audit_dropout
from bridle.dropout.guidance.base import DropoutFinding
from bridle.workbench.arm import arms_by_name
from bridle.workbench.arm.linear_arms import elastic_net
from bridle.workbench.export import to_mlflow, to_tensorboard
from bridle.workbench.model import fit_alone
from bridle.workbench.model.model import Model
from bridle.workbench.report import html
from bridle.workbench.report.charts.page_charts import PageCharts
from bridle.workbench.study import Study

CASES = [
    (command, option, kind)
    for command, rows in ROWS.items()
    for option, row in rows.items()
    for kind in row.without or KINDS[command]
]
PLAIN: dict[str, Outcome] = {}
"""What each command does without an option, once it was asked for."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with files of every kind, models that were fitted to them, and a study."""
    made = tmp_path_factory.mktemp("command")
    write_tables(made)
    write_runs(made)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(made)
        patch.setattr(elastic_net, "_STRENGTHS", 3)
        for words in (
            "fit t.csv --target y --drop z --arm linear --out classes",
            "fit t.csv --target z --drop y --arm linear --out numbers",
            "fit t.csv --task survival --time-to when --event y --arm linear --out survival",
            "fit i.npz --arm linear --out images",
            "fit i.npz --target z --arm linear --out numbers_of_images",
            "compare t.csv --target y --arms linear,elastic_net --seeds 2 --out study --no-model",
        ):
            assert ended(words)[0] == 0
    return made


def ended(words: str) -> tuple[int, str, str]:
    """Run a command in this process, and return its code and what it printed."""
    streams = [io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2)]
    with (
        pytest.MonkeyPatch.context() as patch,
        redirect_stdout(streams[0]),
        redirect_stderr(streams[1]),
    ):
        patch.setattr(sys, "argv", ["bridle", *shlex.split(words)])
        with pytest.raises(SystemExit) as end:
            cli.main()
    out, err = (stream.buffer.getvalue().decode() for stream in streams)
    return end.value.code, out, err


def done(words: str) -> Outcome:
    """Run a command in this folder, and put the folder back."""
    before = held_in(Path.cwd())
    code, out, err = ended(words)
    return Outcome(code, out, err, put_back(Path.cwd(), before))


@pytest.fixture
def run(folder, monkeypatch):
    """Return a function from the words of a command to its outcome; heavy work is light, or left out."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(elastic_net, "_STRENGTHS", 3)
    none = PageCharts(*(() for _ in fields(PageCharts)))
    monkeypatch.setattr(html, "draw_charts", lambda *_: none)
    monkeypatch.setattr(Study, "plot_coefficients", lambda _: Figure())
    monkeypatch.setattr(arms_by_name, "DEFAULT_ARMS", ("linear",))
    fitted = fit_alone.fit_alone

    def fit(name, dataset, epochs, advance):
        if name != "baseline":
            return fitted(name, dataset, epochs, advance)
        model = fitted("linear", dataset, epochs, advance)
        return Model(replace(model.parts, said=(f"One network, trained for {epochs} epochs.",)))

    monkeypatch.setattr(fit_alone, "fit_alone", fit)
    found = DropoutFinding("BR507 few-rows", ("net",), "There are few rows.", "Give more.")
    monkeypatch.setattr(audit_dropout, "CHECKS", (lambda seen: (found,),))
    monkeypatch.setattr(audit_dropout, "_observed", lambda *_: None)
    monkeypatch.setattr(audit_dropout, "_measured", lambda _: ())
    for tracker, usual in ((to_tensorboard, "{}-tensorboard"), (to_mlflow, "mlruns-{}")):
        monkeypatch.setattr(tracker, "write", partial(keep_place, usual))
    monkeypatch.setitem(
        sys.modules,
        "trackio",
        SimpleNamespace(
            init=lambda project, **_: Path(project).touch(),
            log=lambda *_, **__: 0,
            finish=lambda: 0,
        ),
    )
    return done


def keep_place(usual, runs, place, name):
    """Write a file in the place where a tracker would put the runs."""
    found = Path(usual.format(name) if place is None else place)
    found.write_text(name)
    return str(found)


def test_every_option_of_every_command_has_a_row():
    for command in COMMANDS:
        assert isinstance(command.name, str)
        options = {one.opts[0] for one in command.params if isinstance(one, click.Option)}
        of_studies = {*OF_STUDIES} if command.name == "compare" else set()
        assert options == {*ROWS[command.name], *of_studies}
        assert not of_studies & {*ROWS[command.name]}
    assert {command.name for command in COMMANDS} == {*ROWS}
    assert {one.name for one in COMMANDS if isinstance(one, Configurable)} == {*TOML}


@pytest.mark.parametrize(("command", "option", "kind"), CASES)
def test_option_acts_or_is_refused(command, option, kind, run, folder):
    row = ROWS[command][option]
    words = (row.without or KINDS[command])[kind]
    (folder / "options.toml").write_text(TOML.get(command, ""))
    given = row.given if isinstance(row.given, str) else row.given[kind]
    one = run(f"{words} {given}")
    if kind in row.refused:
        (known,) = (each for each in cli.command.commands[command].params if option in each.opts)
        refuses(one, known.opts)
        return
    plain = PLAIN[words] if words in PLAIN else PLAIN.setdefault(words, run(words))
    assert row.seen(one, plain), (one, plain)


@pytest.mark.parametrize("words", TOGETHER)
def test_option_without_effect_is_refused(words, run):
    refuses(run(words), [TOGETHER[words]])


def refuses(one, options):
    """Check that an option is refused in a line that has one of its names, and nothing is done."""
    assert (one.code, one.out, one.files) == (2, "", {})
    assert one.err.startswith("Error: ")
    assert one.err.count("\n") == 1
    named = "|".join(option.strip("-") for option in options)
    assert re.search(rf"(--|column (for|to) )({named})\b", one.err), one.err


def test_script_that_repeats_a_study_has_the_encoding(run):
    words = KINDS["compare"]["table"]
    files = run(f"{words} --encoding cp1254").files
    assert b"'--encoding',\n    'cp1254',\n" in files["s/reproduce.py"]
    assert b"encoding" not in run(words).files["s/reproduce.py"]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one.name)
def test_help_of_every_command_names_its_options(command, run):
    for word in ("--help", "-h"):
        shown = run(f"{command.name} {word}")
        assert (shown.code, shown.err, shown.files) == (0, "", {})
        assert all(
            one.opts[0] in shown.out for one in command.params if isinstance(one, click.Option)
        )


def test_options_of_the_group(run):
    assert run("--version").out.startswith("bridle, version ")
    assert run("-h").out == run("--help").out
    assert {one.opts[0] for one in cli.command.params} == {"--version"}
