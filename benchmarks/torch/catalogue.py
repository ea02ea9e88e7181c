"""The rows of the table."""

from __future__ import annotations

from benchmarks.scaffold.bench import Bench, Row

__all__ = ["BENCH"]


ROWS = (
    Row(
        "recipe",
        "recipe, 128-64, baseline + dropout, 10 seeds, over a loop by hand",
        "recipe_study",
        goal=0.35,
        backend="torch",
    ),
    Row(
        "single-dropout",
        "784-512-512-10, one run with dropout, over a loop by hand",
        "single_run",
        ("0.5",),
        0.9,
        backend="torch",
    ),
    Row(
        "single-plain",
        "the same without dropout",
        "single_run",
        ("0",),
        0.9,
        backend="torch",
    ),
    Row(
        "trial", "Trials around a loop, over the loop alone", "own_loop", goal=1.02, backend="torch"
    ),
)

BENCH = Bench(
    name="torch",
    purpose="Time bridle's studies of PyTorch networks beside loops by hand, on two cores.",
    title="A study of PyTorch networks over the loop that it replaces",
    head="work",
    rows=ROWS,
    unit="s",
    digits=2,
    quick=("single-dropout", "trial"),
    rounds=5,
)
