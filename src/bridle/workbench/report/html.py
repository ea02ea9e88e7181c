"""The report as one self-contained HTML page."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from bridle.workbench.data.used_columns import ColumnUse
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.report.arm_table import arm_rows
from bridle.workbench.report.coefficients import plot_coefficients
from bridle.workbench.report.differences import plot_differences
from bridle.workbench.report.effect_table import REMOVED, effect_rows
from bridle.workbench.report.loss_curves import plot_loss
from bridle.workbench.report.svg import inline_svg
from bridle.workbench.report.text import shorten
from bridle.workbench.task import Task
from bridle.workbench.verdict.verdict import Comparison, Verdict
from bridle.workbench.verdict.wording import (
    epoch_words,
    epochs_found,
    late_words,
    number,
    power_words,
)

__all__ = ["installed_versions", "render_html"]

_LONGEST_TEXT = 2000
_MOST_ROWS = 50
_REPORTED_PACKAGES = ("bridle", "numpy", "scikit-learn", "keras")


def render_html(
    verdict: Verdict,
    records: Sequence[Record],
    *,
    protocol: Protocol,
    task: Task,
    dataset: str,
    target: str,
    columns: Sequence[ColumnUse] = (),
    titles: Mapping[str, str] | None = None,
    versions: Mapping[str, str] | None = None,
) -> str:
    """Return the report as one HTML page without scripts or external files; all text is escaped.

    The same arguments give the same page.

    Parameters
    ----------
    verdict : Verdict
    records : sequence of Record
        The records on which the verdict is based.
    protocol : Protocol
    task : Task
    dataset : str
        Name of the data, not a path.
    target : str
        Name of the target column.
    columns : sequence of ColumnUse
        How the columns of the table were used.
    titles : mapping of str to str, optional
        Descriptions of the arms, by name.
    versions : mapping of str to str, optional
        Versions to print; default: `installed_versions`.

    Returns
    -------
    str
        Under 500 KB, to be written as UTF-8.
    """
    rows = arm_rows(verdict, task, titles or {})
    return _template().render(
        verdict=verdict,
        dataset=shorten(dataset, 80),
        target=shorten(target, 80),
        task=task,
        rows=rows,
        described=any(row.title or row.failures for row in rows),
        figures=_figures(verdict, records, task),
        comparisons=[(one, _evidence(one, task)) for one in verdict.comparisons],
        late=_late(verdict),
        effects=effect_rows(records),
        removed=[_percent(float(share)) for share in REMOVED],
        loss_unit=_loss_unit(task),
        columns=columns[:_MOST_ROWS],
        hidden_columns=max(0, len(columns) - _MOST_ROWS),
        checks=verdict.checks[:_MOST_ROWS],
        hidden_checks=max(0, len(verdict.checks) - _MOST_ROWS),
        failures=_failures(records),
        rules=_rules(protocol, task),
        classes=_classes(task),
        seeds=_seeds(protocol.seeds),
        versions=installed_versions() if versions is None else versions,
    )


def installed_versions() -> dict[str, str]:
    """Return the versions of Python, bridle and the packages that determine its numbers."""
    found = {"python": platform.python_version()}
    for package in _REPORTED_PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_fit_to_show,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    source = files("bridle.workbench.report").joinpath("template.html.j2")
    return environment.from_string(source.read_text(encoding="utf-8"))


def _fit_to_show(value: object) -> object:
    """Make foreign text printable and limit its length."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return shorten(value, _LONGEST_TEXT)
    return value


def _figures(verdict: Verdict, records: Sequence[Record], task: Task) -> dict[str, Markup]:
    figures = {}
    if any(one.change is not None for one in verdict.comparisons):
        figures["differences"] = inline_svg(
            plot_differences(verdict.comparisons, task),
            "differences",
            f"Intervals of the differences in {task.metric}; the text above them says the same.",
        )
    if any(record.curves is not None and record.curves.val_loss for record in records):
        figures["loss"] = inline_svg(
            plot_loss(records, task),
            "loss",
            "Training and validation loss by epoch, one panel per network.",
        )
    if any(r.coefficients and r.arm in ("linear", "elastic_net") for r in records):
        figures["coefficients"] = inline_svg(
            plot_coefficients(records),
            "coefficients",
            "The largest coefficients of the linear models, with their spread over the splits.",
        )
    return figures


def _failures(records: Sequence[Record]) -> list[tuple[str, int, str]]:
    """Return arm, number of failures and the first reason."""
    reasons: dict[str, list[str]] = {}
    for record in sorted(records, key=lambda one: one.seed):
        if record.failure is not None:
            reasons.setdefault(record.arm, []).append(f"seed {record.seed}: {record.failure}")
    return [(arm, len(texts), texts[0]) for arm, texts in reasons.items()]


def _rules(protocol: Protocol, task: Task) -> list[tuple[str, str]]:
    """Return the protocol in words."""
    return [
        ("Splits", _splits(protocol)),
        (
            "Networks",
            f"{protocol.epochs} epochs in batches of {protocol.batch_size} rows; the arms of a "
            f"comparison have the same initial weights and order of rows. {_found(protocol)}".rstrip(),
        ),
        (
            "Measures",
            f"{task.metric.capitalize()} (lower is better) decides; {task.score} is shown in "
            "addition. Training losses are computed without noise and penalty.",
        ),
        (
            "Intervals",
            f"{100 * protocol.confidence:g} % confidence intervals of the paired differences, "
            "corrected because splits share rows (Nadeau and Bengio, 2003). With several "
            "comparisons, levels are adjusted so that the probability of any false result does not "
            "increase (Holm, 1979).",
        ),
        (
            "Margin",
            f"A difference below {_percent(protocol.margin_share)} of the {task.metric} of the "
            "dummy, a constant prediction, is too small to matter.",
        ),
    ]


def _found(protocol: Protocol) -> str:
    given = protocol.epochs_rule == "given"
    return "" if given else epochs_found(protocol.epochs, protocol.epochs_rule)


def _splits(protocol: Protocol) -> str:
    splits = len({protocol.split_of(seed) for seed in protocol.seeds})
    runs = len(protocol.seeds) // splits
    averaged = (
        f" The {runs} runs on a split are averaged and count as one split." if runs > 1 else ""
    )
    return (
        f"{protocol.splits.words(protocol.test_share)}: {splits} in all, the same for all arms. A "
        f"part of the other rows is used for validation and for the curves.{averaged}"
    )


def _evidence(comparison: Comparison, task: Task) -> list[str]:
    """Return the small print below the sentence of a comparison."""
    p = comparison.adjusted_p_value
    shown = "" if p is None else f"Adjusted p-value {number(p) if p >= 1e-3 else 'below 0.001'}."
    lines = [f"{shown} {power_words(comparison, task)}".strip(), epoch_words(comparison, task)]
    return [line for line in lines if line]


def _late(verdict: Verdict) -> list[tuple[str, str]]:
    """Return the change of each arm's validation loss at the end of training."""
    return [
        (arm.name, late_words(arm.late_epochs))
        for arm in verdict.arms
        if arm.late_epochs is not None
    ]


def _loss_unit(task: Task) -> str:
    return "" if task.is_classification else "(in units of the target's variance)"


def _percent(share: float) -> str:
    return f"{round(100 * share, 1):g} %"


def _classes(task: Task) -> str:
    shown = ", ".join(shorten(name, 40) for name in task.classes[:8])
    rest = len(task.classes) - 8
    return f"{shown} and {rest} more" if rest > 0 else shown


def _seeds(seeds: Sequence[int]) -> str:
    first, last = seeds[0], seeds[-1]
    if tuple(seeds) == tuple(range(first, last + 1)) and len(seeds) > 2:
        return f"{first} to {last}"
    return ", ".join(map(str, seeds))
