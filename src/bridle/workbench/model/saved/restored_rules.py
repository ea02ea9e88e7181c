"""Restored rules: how columns are read, from a model's description."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from bridle.readings.order_of_readings import READINGS
from bridle.workbench.columns.missing_words import MissingWords
from bridle.workbench.columns.text_rules import (
    CompactDates,
    DatePart,
    Labels,
    Likewise,
    PlainNumbers,
    Rule,
    Truths,
    Unquoted,
)
from bridle.workbench.model.saved.checked_values import (
    a_text,
    a_truth,
    a_whole,
    an_object,
    one_of,
    texts,
)
from bridle.workbench.model.saved.description import NESTED

__all__ = ["restored_rules", "restored_words"]

_RULES: dict[str, type[Rule]] = {
    kind.__name__: kind
    for kind in (PlainNumbers, CompactDates, Truths, Likewise, Labels, Unquoted, DatePart)
}


def restored_rules(held: Any) -> dict[str, Rule]:
    """Return the rule of each column, by name.

    Raises
    ------
    ValueError
        The description is not of the form that `bridle.workbench.model.saved.description` writes.
    """
    if not isinstance(held, list):
        raise ValueError("columns is not a list")
    rules = {}
    for entry in held:
        if not isinstance(entry, dict) or "name" not in entry:
            raise ValueError(f"a column is {entry!r}")
        rest = {key: value for key, value in entry.items() if key != "name"}
        rules[a_text("name", entry["name"])] = _restored_rule(rest)
    if len(rules) < len(held):
        raise ValueError("a column is listed twice")
    return rules


def _restored_rule(held: Any, depth: int = 0) -> Rule:
    kind = _RULES.get(str(held.get("rule"))) if isinstance(held, dict) else None
    if kind is None or (depth and kind is DatePart) or depth > 2:
        raise ValueError(f"a column is read by {held!r}")
    names = [each.name for each in fields(kind) if each.init]
    found = an_object(held, "rule", *names)
    made: dict[str, Any] = {}
    for name in names:
        if name in NESTED:
            made[name] = _restored_rule(found[name], depth + 1)
        else:
            made[name] = _FIELDS[name](name, found[name])
    return kind(**made)


_FIELDS: dict[str, Callable[[str, Any], Any]] = {
    "comma": a_truth,
    "least": a_whole,
    "reading": one_of(*READINGS),
    "examples": texts,
    "kind": one_of("number", "boolean"),
    "levels": texts,
    "source": a_text,
    "part": one_of("year", "month", "day", "weekday", "hour"),
}


def restored_words(held: Any) -> MissingWords:
    """Return the words that mean a missing value, and those that do not."""
    held = an_object(held, "missing", "keep")
    return MissingWords.of(
        list(texts("missing", held["missing"])), list(texts("keep", held["keep"]))
    )
