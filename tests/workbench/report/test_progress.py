"""Progress draws only where it may."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from bridle.workbench.report import progress as progress_module
from bridle.workbench.report.progress import progress


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
    monkeypatch.setattr(progress_module.time, "monotonic", lambda: next(clock))
    file = io.StringIO()
    run(Console(file=file), 8)
    assert [line.split("/")[0] for line in file.getvalue().splitlines()] == ["1", "4", "7", "8"]
    left = [line.partition(", ")[2] for line in file.getvalue().splitlines()]
    assert left == ["", "about 8 s left", "about 2 s left", ""]


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
