"""The rows of the table."""

from __future__ import annotations

from benchmarks.scaffold.bench import Bench, Row

__all__ = ["BENCH"]


ROWS = (
    Row(
        "recipe",
        "recipe, baseline + dropout, 10 seeds, compilation included, over fresh fits",
        "recipe_study",
        (),
        0.15,
    ),
    Row("run-fresh", "one more run of the recipe, over a fresh fit", "one_run", ("fresh",), 0.06),
    Row("run-reused", "the same, over a compiled fit that is reused", "one_run", ("reused",), 0.7),
    Row(
        "compare-cold",
        "bridle compare, 569 x 30, 5 seeds, no cache of programs, seconds",
        "compare_command",
        ("cold",),
        20.0,
        is_ratio=False,
    ),
    Row(
        "compare-warm",
        "the same with the cache of programs, seconds",
        "compare_command",
        ("warm",),
        10.0,
        is_ratio=False,
    ),
    Row(
        "wide-fresh",
        "1560 x 617, 26 classes, 512-512, 7 rates, 5 seeds, over fresh fits",
        "wide_study",
        ("fresh",),
        0.25,
    ),
    Row(
        "wide-reused",
        "the same, over compiled fits that are reused",
        "wide_study",
        ("reused",),
        None,
    ),
)

BENCH = Bench(
    name="workbench",
    purpose="Time bridle's studies beside loops of Keras fits, on two cores.",
    title="A study over the loop of fits that it replaces",
    head="work",
    rows=ROWS,
    unit="s",
    digits=3,
    quick=("run-fresh", "run-reused"),
)
