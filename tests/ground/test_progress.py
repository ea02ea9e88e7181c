"""A bar on a terminal once a fit takes over two seconds; nothing elsewhere."""

from __future__ import annotations

import sys

from bridle import progress
from bridle.progress import FitProgress, estimate_megabytes, hide_fit_progress


def test_nothing_is_written_where_no_one_looks(monkeypatch, capsys):
    monkeypatch.setattr(progress, "_SILENT_SECONDS", 0.0)
    with FitProgress("fit", 1.0) as bar:
        bar.update(0.5)
    assert capsys.readouterr().err == ""


def test_a_short_fit_shows_nothing(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with FitProgress("fit", 1.0) as bar:
        bar.update(0.5)
    assert capsys.readouterr().err == ""


def test_a_long_fit_shows_its_share_and_memory(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(progress, "_SILENT_SECONDS", 0.0)
    with FitProgress("10 folds", 123.4) as bar:
        bar.update(0.25)
        text = bar.shown
    assert "10 folds" in text
    assert "25%" in text
    assert "about 123 MB beside X" in text


def test_a_fit_inside_other_work_shows_no_bar_of_its_own(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(progress, "_SILENT_SECONDS", 0.0)
    with hide_fit_progress(), FitProgress("fit", 1.0) as bar:
        with hide_fit_progress():
            pass
        bar.update(0.5)
        assert bar.shown == ""
    assert capsys.readouterr().err == ""


def test_memory_grows_with_the_problems():
    assert estimate_megabytes((500, 20_000), 11) == 11 * estimate_megabytes((500, 20_000), 1)
