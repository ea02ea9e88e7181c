"""Places of a bench: its folders, its files and the screen."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

__all__ = ["BUILD", "HOME", "ROOT", "screen"]

HOME = Path(__file__).parents[1]
ROOT = HOME.parent
BUILD = ROOT / "build" / "benchmarks"
"""Figures of quick runs, and the tasks of all."""


def screen(width: int) -> Console:
    """Return the terminal, or a log file of that many columns."""
    console = Console()
    return console if console.is_terminal else Console(width=width)
