"""The table fits a terminal; progress draws only where it may."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from bridle.workbench.checks.base import Finding
from bridle.workbench.protocol import Protocol
from bridle.workbench.report import terminal
from bridle.workbench.report.terminal import progress, render_table
from bridle.workbench.task import Task
from bridle.workbench.verdict.verdict import Verdict, judge

from . import sample

PROTOCOL = Protocol(seeds=(0, 1, 2))
RECORDS = sample.experiment(seeds=3, epochs=4)
TITLES = {"dummy": "ignores every feature", "dropout": "the same network, dropout 0.5"}
FINDINGS = [Finding("BR101", f"c{i}", "seen " * 40, "do", "warning") for i in range(9)]


def verdict_of(records=RECORDS, findings=(), skipped=None) -> Verdict:
    return judge(records, PROTOCOL, sample.BINARY, findings, skipped)


def printed(verdict: Verdict, width: int = 80, task: Task = sample.BINARY, **settings) -> str:
    file = io.StringIO()
    console = Console(file=file, width=width, **settings)
    render_table(verdict, console, task=task, titles=TITLES, report="out/report.html")
    return file.getvalue()


@pytest.mark.parametrize("width", [80, 100, 120])
def test_output_is_short_narrow_and_complete(width: int) -> None:
    many = [replace(r, arm=f"{r.arm}_{i}") for r in RECORDS for i in range(4) if r.arm != "dummy"]
    verdict = verdict_of([*RECORDS, *many], FINDINGS, {"batch_norm": "needs keras"})
    text = printed(verdict, width)
    lines = text.splitlines()
    assert len(lines) < 25
    assert max(map(len, lines)) <= width
    assert " ".join(verdict.headline.split()) in " ".join(text.split())
    assert re.search(r"and \d+ more arms in the report", text)
    assert "and 7 more in the report" in text
    assert lines[-1] == "Report: out/report.html"


@pytest.mark.parametrize("width", [80, 120])
def test_no_number_is_cut(width: int) -> None:
    for arm, text in zip(
        verdict_of().arms, printed(verdict_of(), width).splitlines()[3:8], strict=True
    ):
        assert text.split()[0] == arm.name
        assert f"{arm.test_risk:.3f} ± {arm.test_risk_sd:.3f}" in text
        assert f"{100 * arm.score:.1f} %" in text


def test_best_arm_is_marked_by_text() -> None:
    text = printed(verdict_of())
    assert f"{verdict_of().recommended} *" in text
    assert "* recommended" in text


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    colour = re.compile(r"\x1b\[[0-9;]*3[0-7]")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert colour.search(printed(verdict_of(), force_terminal=True))
    monkeypatch.setenv("NO_COLOR", "1")
    assert not colour.search(printed(verdict_of(), force_terminal=True))
    assert "\x1b" not in printed(verdict_of())


def test_unknown_numbers_are_dashes_and_failures_are_counted() -> None:
    records = [replace(r, test_risk=None, test_score=None, failure="no luck") for r in RECORDS]
    text = printed(verdict_of(records))
    assert "–" in text
    assert "3 of 3 runs fail" in text
    assert "nan" not in text


@pytest.mark.parametrize("scale", [1e-9, 1e-3, 1, 1e5, 1e12])
def test_risks_of_any_size_can_be_read(scale: float) -> None:
    records = [
        replace(r, test_risk=r.test_risk * scale, train_risk=r.train_risk * scale) for r in RECORDS
    ]
    verdict = judge(records, PROTOCOL, Task("regression"))
    text = printed(verdict, task=Task("regression"))
    cells = re.findall(r"(\S+) ± (\S+)", text)
    assert len(cells) == 5
    for arm, (mean, _) in zip(verdict.arms, cells, strict=True):
        assert float(mean.replace(",", "")) == pytest.approx(arm.test_risk, rel=0.01)


@pytest.mark.parametrize("payload", ["[red]x[/red]", "\x1b[2J\x07", "[link=http://e.example]"])
def test_text_from_data_is_neither_markup_nor_control_code(payload: str) -> None:
    finding = Finding(payload, payload, payload, payload, "invalid")
    verdict = verdict_of(findings=[finding], skipped={payload: payload})
    text = printed(verdict)
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", text)
    assert payload.replace("\x1b", "\ufffd").replace("\x07", "\ufffd") in text


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def run(console: Console, total: int, *, quiet: bool = False) -> None:
    with progress(console, total, quiet=quiet) as advance:
        for index in range(total):
            advance(f"dropout\nseed {index}", 1.0)


@pytest.mark.parametrize("settings", [{}, {"force_terminal": True}])
def test_progress_off_a_terminal_is_few_plain_lines(settings: dict[str, bool]) -> None:
    file = io.StringIO()
    run(Console(file=file, **settings), 50)
    assert file.getvalue() == "1/50 dropout seed 0\n50/50 dropout seed 49\n"


def test_progress_off_a_terminal_waits_between_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 100, 2))
    monkeypatch.setattr(terminal.time, "monotonic", lambda: next(clock))
    file = io.StringIO()
    run(Console(file=file), 8)
    assert [line.split("/")[0] for line in file.getvalue().splitlines()] == ["1", "4", "7", "8"]


def test_progress_on_a_terminal_is_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    file = Terminal()
    run(Console(file=file, width=80), 3)
    assert "3/3" in file.getvalue()
    assert "\x1b" in file.getvalue()


@pytest.mark.parametrize("file", [io.StringIO(), Terminal()])
def test_quiet_progress_says_nothing(file: io.StringIO) -> None:
    run(Console(file=file), 3, quiet=True)
    assert file.getvalue() == ""


def test_progress_lets_errors_pass() -> None:
    console = Console(file=io.StringIO())
    with pytest.raises(KeyError), progress(console, 2):
        raise KeyError


def test_arms_that_the_headline_tells_of_are_the_last_to_go() -> None:
    """The dropout stands last in the table, and was left out for a null."""
    many = [replace(r, arm=f"a{i}") for r in RECORDS for i in range(9) if r.arm == "linear"]
    text = printed(verdict_of([*RECORDS, *many], FINDINGS))
    assert "more arms in the report" in text
    assert re.search(r"^ baseline ", text, re.MULTILINE)
    assert re.search(r"^ dropout ", text, re.MULTILINE)
