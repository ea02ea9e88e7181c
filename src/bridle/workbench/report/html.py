"""The report as one self-contained HTML page."""

from __future__ import annotations

import platform
import re
import shlex
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from numbers import Integral
from typing import TypeGuard

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup, escape

from bridle.workbench.data.used_columns import ColumnUse
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.report.arm_table import arm_rows
from bridle.workbench.report.charts.page_charts import draw_charts
from bridle.workbench.report.page.rules import percent, rules, seed_words
from bridle.workbench.report.tables.correlated_features import correlated_features
from bridle.workbench.report.tables.effect_table import REMOVED, effect_rows
from bridle.workbench.report.tables.elastic_net_or_dropout import elastic_net_or_dropout
from bridle.workbench.report.tables.finding_groups import found_nothing, group_findings
from bridle.workbench.report.tables.learning_curve import curve_rows
from bridle.workbench.report.tables.measure_table import confusion, measure_table
from bridle.workbench.report.text import count, shorten
from bridle.workbench.task import Task
from bridle.workbench.verdict.answer import Answer
from bridle.workbench.verdict.verdict import Comparison, Verdict
from bridle.workbench.verdict.wording import (
    epoch_words,
    late_words,
    number,
    power_words,
)

__all__ = ["Origin", "installed_versions", "render_html"]

_LONGEST_TEXT = 2000
_OPTION = re.compile(r"--[a-z][a-z-]*(?: \d+)?|compare\(\.\.\., \w+=\w+\)")
_MOST_ROWS = 50
_REPORTED_PACKAGES = ("bridle", "numpy", "scikit-learn", "keras", "torch")


@dataclass(frozen=True)
class Origin:
    """Where a study comes from, for the page's paragraph on repeating it.

    Attributes
    ----------
    command : tuple of str
        Arguments of the command ``bridle`` that ran it, without those about output; empty for a
        study from Python.
    fingerprint : str
        Digest of the rows of every split; empty if it is not known.
    """

    command: tuple[str, ...] = ()
    fingerprint: str = ""


def render_html(
    verdict: Verdict,
    records: Sequence[Record],
    *,
    answer: Answer,
    protocol: Protocol,
    task: Task,
    dataset: str,
    target: str,
    columns: Sequence[ColumnUse] = (),
    titles: Mapping[str, str] | None = None,
    versions: Mapping[str, str] | None = None,
    origin: Origin | None = None,
) -> str:
    """Return the report as one HTML page without external files; all text is escaped.

    The page is complete without its script, which adds values at the pointer and logarithmic axes.
    The same arguments give the same page.

    Parameters
    ----------
    verdict : Verdict
    records : sequence of Record
        The records on which the verdict is based.
    answer : Answer
        The first screen of the verdict, with which the page begins.
    protocol : Protocol
    task : Task
    dataset : str
        Name of the data, not a path.
    target : str
        Name of the target column.
    columns : sequence of ColumnUse
        How the columns of the table were used; none for arrays.
    titles : mapping of str to str, optional
        Descriptions of the arms, by name.
    versions : mapping of str to str, optional
        Versions to print; default: `installed_versions`.
    origin : Origin, optional
        Where the study comes from; default: not known.

    Returns
    -------
    str
        Under 500 KB, to be written as UTF-8.
    """
    titles = titles or {}
    rows = arm_rows(verdict, task, titles)
    by_arm = _by_arm(verdict, records)
    groups = group_findings(verdict.checks)
    return _template().render(
        style=Markup(_resource("style.css")),
        script=Markup(_resource("script.js")),
        script_hash=_script_hash(),
        verdict=verdict,
        answer=answer,
        dataset=shorten(dataset, 80),
        target=shorten(target, 80),
        task=task,
        rows=rows,
        described=any(row.title or row.failures for row in rows),
        charts=draw_charts(verdict, by_arm, protocol, task),
        comparisons=[(compared, _evidence(compared, task)) for compared in verdict.comparisons],
        curve=verdict.learning_curve,
        curved=[] if verdict.learning_curve is None else curve_rows(verdict.learning_curve),
        sides=elastic_net_or_dropout(by_arm, titles, protocol, task),
        groups=correlated_features(by_arm),
        confidence=percent(protocol.confidence),
        joint=any(
            comparison.change is not None and comparison.confidence > protocol.confidence + 1e-9
            for comparison in verdict.comparisons
        ),
        measured=measure_table(by_arm, task),
        confused=confusion(verdict.recommended, by_arm.get(verdict.recommended or "", ()), task),
        late=_late(verdict),
        effects=effect_rows(records),
        removed=[percent(float(share)) for share in REMOVED],
        loss_unit=_loss_unit(task),
        columns=columns[:_MOST_ROWS],
        hidden_columns=max(0, len(columns) - _MOST_ROWS),
        checks=groups[:_MOST_ROWS],
        hidden_checks=max(0, len(groups) - _MOST_ROWS),
        passed=found_nothing(verdict.checks, verdict.not_applicable, table=bool(columns)),
        failures=_failures(records),
        rules=rules(protocol, task, networks=any(record.curves for record in records)),
        classes=_classes(task),
        seeds=seed_words(protocol.seeds),
        versions=installed_versions() if versions is None else versions,
        origin=origin or Origin(),
        command=shlex.join(("bridle", *origin.command)) if origin and origin.command else "",
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
    environment.filters["unbroken"] = _unbroken
    return environment.from_string(_resource("template.html.j2"))


@cache
def _resource(name: str) -> str:
    return files("bridle.workbench.report.page").joinpath(name).read_text(encoding="utf-8")


@cache
def _script_hash() -> str:
    """Return the digest with which the page's content security policy admits no script but its own."""
    return b64encode(sha256(_resource("script.js").encode()).digest()).decode()


def _by_arm(verdict: Verdict, records: Sequence[Record]) -> dict[str, list[Record]]:
    """Return the runs of each arm by seed, the arms in the order of the verdict."""
    found: dict[str, list[Record]] = {arm.name: [] for arm in verdict.arms}
    for record in sorted(records, key=lambda record: record.seed):
        found.setdefault(record.arm, []).append(record)
    return found


def _fit_to_show(value: object) -> object:
    """Return text that is printable and limited in length, and whole numbers as counts."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return shorten(value, _LONGEST_TEXT)
    return count(int(value)) if _is_count(value) else value


def _is_count(value: object) -> TypeGuard[Integral]:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _unbroken(text: str) -> Markup:
    """Keep advice such as ``--seeds 79`` on one line, where a browser would break after the dashes."""
    shown = str(escape(shorten(text, _LONGEST_TEXT)))
    return Markup(_OPTION.sub(r'<span class="unbroken">\g<0></span>', shown))


def _failures(records: Sequence[Record]) -> list[tuple[str, int, str]]:
    """Return arm, number of failures and the first reason."""
    reasons: dict[str, list[str]] = {}
    for record in sorted(records, key=lambda record: record.seed):
        if record.failure is not None:
            reasons.setdefault(record.arm, []).append(f"seed {record.seed}: {record.failure}")
    return [(arm, len(texts), texts[0]) for arm, texts in reasons.items()]


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
    if task.has_scaled_curves:
        return "(in units of the target's variance)"
    return f"({task.curve_loss})" if task.type.curve_loss else ""


def _classes(task: Task) -> str:
    shown = ", ".join(shorten(name, 40) for name in task.classes[:8])
    rest = len(task.classes) - 8
    return f"{shown} and {rest} more" if rest > 0 else shown
