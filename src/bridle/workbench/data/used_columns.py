"""The use of each column of a table: its type, how it was read, or why it is left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bridle.readings.dates import AS_DAYS
from bridle.workbench.checks.table import missing_values
from bridle.workbench.checks.table.catalogue import left_out, run_column_checks
from bridle.workbench.columns.column_reading import CODE, read_column
from bridle.workbench.columns.columns import canonical, free_text, kind_of
from bridle.workbench.columns.date_parts import DateParts
from bridle.workbench.columns.distinct_values import distinct_values
from bridle.workbench.columns.missing_words import MissingWords
from bridle.workbench.columns.problems import Problems
from bridle.workbench.columns.text_rules import Labels, PlainNumbers, Rule, Truths, Unquoted
from bridle.workbench.finding import Finding

__all__ = ["ColumnUse", "UsedColumns", "use_columns"]

_MOST_RATINGS = 10
_DECORATED = re.compile(" as numbers (in|from) ")
_CALLED = {"number": "numbers", "boolean": "true or false", "category": "categories"}


@dataclass(frozen=True)
class ColumnUse:
    """The use of a column of a table.

    Attributes
    ----------
    name : str
        Name of the column.
    taken_for : str
        The type of a feature: "numbers", "dates", "true or false", "categories"; another role:
        "target", "event", "groups", "time"; or "left out", "problem".
    different : int
        Number of distinct values.
    missing : int
        Number of rows without a value.
    notes : tuple of str
        Sentences on how it was read, assumptions, the reason to leave it out, or the problem.
    """

    name: str
    taken_for: str
    different: int
    missing: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class UsedColumns:
    """The features of a table.

    Attributes
    ----------
    frame : DataFrame
        The used columns, in the forms of `bridle.workbench.columns.columns.canonical`.
    findings : tuple of Finding
        Findings on how columns were read, and of the checks of columns.
    left_out : tuple of str
        Names of columns that are not used because of a finding.
    columns : tuple of ColumnUse
        The use of each given column.
    rules : mapping of str to Rule
        Rule by which the text of each column in the frame is read.
    """

    frame: pd.DataFrame
    findings: tuple[Finding, ...]
    left_out: tuple[str, ...]
    columns: tuple[ColumnUse, ...]
    rules: Mapping[str, Rule]


def use_columns(
    features: pd.DataFrame,
    words: MissingWords,
    problems: Problems,
    parts: Sequence[DateParts] = (),
) -> UsedColumns:
    """Decide the use of each column of a table.

    Parameters
    ----------
    features : DataFrame of shape (n, p)
        With distinct names.
    words : MissingWords
        Words for missing values.
    problems : Problems
        Problems of columns are added to it; these columns are not in the returned frame.
    parts : sequence of DateParts
        Parts of dates, which become features.
    """
    read, said, rules = features.copy(deep=False), list[Finding](), dict[str, Rule | None]()
    for name in map(str, features):
        with problems.of(name):
            given = features[name]
            column = read_column(given, name, words)
            if column.values is not given:
                read[name] = column.values
            said += column.findings(name)
            rules[name] = column.rule
    said += [part.finding for part in parts if part.finding.column in features]
    if parts:
        features = pd.concat([features, *(part.frame for part in parts)], axis="columns")
        read = pd.concat([read, *(part.frame for part in parts)], axis="columns")
        rules |= {name: part.rules[name] for part in parts for name in map(str, part.frame)}
    meant = canonical(read[[name for name in read if name not in problems]], problems)
    findings = (*said, *run_column_checks(meant))
    without = left_out(findings)
    used = meant.drop(columns=list(without))
    derived = {str(name) for part in parts for name in part.frame}
    free_text(used.drop(columns=[name for name in used if name in derived]), problems)
    used = used[[name for name in used if name not in problems]]
    uses = _uses(features, meant, findings, without, problems, derived)
    kept = {name: _completed(rules[name], used[name]) for name in map(str, used)}
    return UsedColumns(used, findings, without, uses, kept)


def _completed(rule: Rule | None, column: pd.Series[Any]) -> Rule:
    """Return the rule of a canonical column; if its reading gave none, the rule of its kind."""
    if isinstance(rule, Unquoted) and rule.inner == PlainNumbers():
        return Unquoted(_rule_of(column))
    return rule or _rule_of(column)


def _rule_of(column: pd.Series[Any]) -> PlainNumbers | Truths | Labels:
    """Return the rule of a canonical column that follows from its kind."""
    kind = kind_of(column.dtype)
    if kind == "category":
        return Labels(tuple(sorted(column.dropna().unique())))
    return Truths() if kind == "boolean" else PlainNumbers()


def _uses(
    features: pd.DataFrame,
    meant: pd.DataFrame,
    findings: Iterable[Finding],
    without: tuple[str, ...],
    problems: Problems,
    derived: set[str],
) -> tuple[ColumnUse, ...]:
    wrong = problems.by_feature()
    notes: dict[str, list[str]] = {str(name): [] for name in features}
    dates = set()
    for finding in findings:
        if finding.column is not None and finding.code != missing_values.CODE:
            notes[finding.column].append(finding.message)
            if finding.code == CODE and AS_DAYS in finding.message:
                dates.add(finding.column)
    missing = {str(name): int(count) for name, count in features.isna().sum().items()}
    missing |= {str(name): int(count) for name, count in meant.isna().sum().items()}
    different = distinct_values(meant)
    kinds = {str(name): kind_of(dtype) for name, dtype in meant.dtypes.items()}
    uses = []
    for name in map(str, features):
        said: tuple[str, ...] = (wrong[name],) if name in wrong else (*notes[name],)
        if name in wrong:
            taken_for = "problem"
        elif name in without:
            taken_for = "left out"
        else:
            taken_for = "dates" if name in dates else _CALLED[kinds[name]]
            if (
                taken_for == "numbers"
                and 2 < different[name] <= _MOST_RATINGS
                and name not in derived
                and not any(map(_DECORATED.search, said))
            ):
                said = (*said, *_assumed(meant[name]))
        if name not in different:
            different[name] = int(features[name].astype(str).nunique())
        uses.append(ColumnUse(name, taken_for, different[name], missing[name], said))
    return tuple(uses)


def _assumed(column: pd.Series[Any]) -> tuple[str, ...]:
    """Return the note on a column of few distinct numbers, if they are integers and repeat."""
    values = column.dropna().unique()
    if len(values) > len(column) // 2 or (values % 1 != 0).any():
        return ()
    return (
        f"Column {column.name!r} holds {len(values)} different whole numbers, {values.min():g} to "
        f"{values.max():g}, taken for a quantity. If they are codes, write a letter before each.",
    )
