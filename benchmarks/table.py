"""The table that a run prints."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from benchmarks.comparison import Row, compare
from benchmarks.own_costs import OWN, Own
from benchmarks.results import OwnCost, Results, Timing
from benchmarks.small_fits import SMALL, SmallFit
from benchmarks.solvers import NAMES

__all__ = ["render"]


def render(results: Results) -> RenderableType:
    """Return ratios, seconds, own costs, the machine and the reasons for what is missing."""
    rows = compare(results)
    costs = [
        (SMALL, results.small, "bridle over scikit-learn, single fits of small problems"),
        (OWN, results.own, "bridle's own costs"),
    ]
    tables = [_ratios(rows), *(_costs(*cost) for cost in costs if cost[1])]
    return Group(*tables, Text(_facts(results)), Text(_reasons(rows)))


def _ratios(rows: list[Row]) -> Table:
    table = Table(
        title="bridle over the fastest rival, and the seconds of each", title_justify="left"
    )
    table.add_column("case", no_wrap=True)
    table.add_column("ratio", justify="right")
    table.add_column("goal", justify="right")
    for name in NAMES:
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(
            f"{row.case.title}, {'path' if row.kind == 'path' else f'{row.case.folds}-fold CV'}",
            _ratio(row),
            f"{row.goal:.2f}",
            *(_seconds(row, name) for name in NAMES),
        )
    return table


def _ratio(row: Row) -> Text:
    if row.ratio is None:
        return Text("-", style="red")
    sign = "<" if row.bound else ""
    return Text(f"{sign}{row.ratio:.2f}", style="green" if row.met else "red")


def _seconds(row: Row, name: str) -> Text:
    mark = "*" if name in row.doubtful else ""
    style = "bold" if name == row.fastest else ""
    return Text(_show(row.timings[name]) + mark, style=style)


def _show(timing: Timing) -> str:
    if timing.seconds is None:
        return "-"
    return f"{'>' if timing.stopped else ''}{timing.seconds:.3g}"


def _costs(shown: Sequence[Own | SmallFit], held: dict[str, OwnCost], title: str) -> Table:
    table = Table(title=title, title_justify="left")
    for column in ("what", "value", "goal", "of"):
        table.add_column(column, justify="left" if column in ("what", "of") else "right")
    for case in shown:
        if case.name in held:
            cost = held[case.name]
            value = "-" if cost.value is None else f"{cost.value:.2f}"
            style = "green" if cost.met else "red"
            table.add_row(case.title, Text(value, style=style), f"{cost.goal:.2f}", cost.detail)
    return table


def _facts(results: Results) -> str:
    machine = [f"{key}: {value}" for key, value in results.machine.items()]
    libraries = [
        f"{name} {facts['version']} ({', '.join(facts['blas']) or 'no BLAS'})"
        for name, facts in results.libraries.items()
    ]
    return "\n".join(["", *machine, *libraries])


def _reasons(rows: list[Row]) -> str:
    """Say once why each solver has no time, and what the marks mean."""
    reasons: dict[str, list[str]] = {}
    for row in rows:
        for name, timing in row.timings.items():
            if timing.reason:
                reasons.setdefault(f"{name}: {timing.reason}", []).append(row.case.name)
    notes = [f"- {reason} [{len(cases)} rows]" for reason, cases in reasons.items()]
    marks = ["> stopped after 20 times our own time", "* a path that is not near enough"]
    return "\n".join(["", *marks, *notes])
