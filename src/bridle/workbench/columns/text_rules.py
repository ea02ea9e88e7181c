"""Rules for reading the values of a column, found in the training data and saved with a model.

A column of new rows is read as in the training data, whatever its other values are. Some readings
depend on all texts of a column: the order of day and month, the decimal separator, the unit. The rule
of such a column keeps a few texts of the training data that settle the reading, and a new text is read
together with them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from bridle.readings.compact_dates import compact_instant, days_of
from bridle.readings.order_of_readings import READINGS
from bridle.readings.plain_text import are_plain, folded, of_formulas, truths
from bridle.readings.reading import TwoReadingsError

__all__ = [
    "CompactDates",
    "DatePart",
    "Kind",
    "Labels",
    "Likewise",
    "PlainNumbers",
    "Rule",
    "Truths",
    "Unquoted",
    "likewise",
]

Kind = Literal["number", "boolean", "category"]

_WHOLE = re.compile(r"^\s*[-+]?[0-9]{1,400}\s*$")
_COMMA = re.compile(r"^\s*[-+]?[0-9]*,[0-9]+\s*$")
_THOUSANDS_BY_POINT = re.compile(r"^\s*[-+]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+\s*$")
_MOST_PROBES = 64
_MOST_EXAMPLES = 16


@dataclass(frozen=True)
class PlainNumbers:
    """Numbers as a program writes them.

    Attributes
    ----------
    comma : bool
        Whether the file that was read has decimal commas; points are read too, unless they may separate
        thousands.
    least : int
        Number subtracted from integers so that floats can distinguish them.
    """

    comma: bool = False
    least: int = 0
    kind: Kind = field(default="number", init=False)

    def read(self, texts: Iterable[str]) -> dict[str, Any]:
        """Return what each text is that can be read."""
        return {text: value for text in texts if (value := self._number(text)) is not None}

    def _number(self, text: str) -> float | None:
        if self.comma and _COMMA.match(text):
            text = text.replace(",", ".")
        elif self.comma and _THOUSANDS_BY_POINT.match(text):
            return None
        if not are_plain([text]):
            return None
        if self.least and _WHOLE.match(text):
            return float(int(text) - self.least)
        return float(text) - self.least


@dataclass(frozen=True)
class CompactDates:
    """Dates as whole numbers, such as 20240331 or 20240331101530; they become days since 1970."""

    kind: Kind = field(default="number", init=False)

    def read(self, texts: Iterable[str]) -> dict[str, Any]:
        """Return what each text is that can be read."""
        return {text: value for text in texts if (value := self.day(text)) is not None}

    def day(self, value: Any) -> float | None:
        """Return the days since 1970 of a number or its text, or None if it is not a date."""
        found = compact_instant(value)
        return None if found is None else days_of(found)


@dataclass(frozen=True)
class Truths:
    """``true`` and ``false``, in any case."""

    kind: Kind = field(default="boolean", init=False)

    def read(self, texts: Iterable[str]) -> dict[str, Any]:
        """Return what each text is that can be read."""
        found = ((text, truths([text])) for text in texts)
        return {name: reading[0][name] for name, reading in found if reading is not None}


@dataclass(frozen=True)
class Likewise:
    """Text that is read together with some texts of the training data.

    Attributes
    ----------
    reading : str
        One of `bridle.readings.order_of_readings.READINGS`.
    examples : tuple of str
        Texts that settle how the others are read.
    kind : {"number", "boolean"}
        Kind of the values.
    """

    reading: str
    examples: tuple[str, ...]
    kind: Kind

    def read(self, texts: Iterable[str]) -> dict[str, Any]:
        """Return what each text is that can be read."""
        asked = list(texts)
        together = self._beside(asked)
        if together is not None:
            return {name: together[name] for name in asked}
        found = ((name, self._beside([name])) for name in asked)
        return {name: values[name] for name, values in found if values is not None}

    def _beside(self, texts: list[str]) -> dict[str, Any] | None:
        return _values(self.reading, [*self.examples, *texts])


@dataclass(frozen=True)
class Labels:
    """Categories. Text that differs from a category only in case, blanks or form of Unicode means it.

    Attributes
    ----------
    levels : tuple of str
        All categories of the training data; any other text is a new category.
    """

    levels: tuple[str, ...] = ()
    kind: Kind = field(default="category", init=False)

    def read(self, texts: Iterable[str]) -> dict[str, Any]:
        """Return the level, or the text itself, for each text."""
        exact = set(self.levels)
        return {
            text: text if text in exact else self._by_fold.get(folded(text), _composed(text))
            for text in texts
        }

    @cached_property
    def _by_fold(self) -> Mapping[str, str]:
        return {folded(level): level for level in reversed(self.levels)}


@dataclass(frozen=True)
class Unquoted:
    """Text that spreadsheets write as ``="007"`` or ``'007``, or plainly, read by another rule.

    Attributes
    ----------
    inner : Rule
    """

    inner: PlainNumbers | CompactDates | Truths | Likewise | Labels

    @property
    def kind(self) -> Kind:
        """Kind of the other rule."""
        return self.inner.kind

    def read(self, texts: Iterable[str]) -> dict[str, Any]:
        """Return what each text is that can be read."""
        inside = {text: (of_formulas([text]) or {}).get(text, text) for text in texts}
        found = self.inner.read(dict.fromkeys(inside.values()))
        return {name: found[text] for name, text in inside.items() if text in found}


@dataclass(frozen=True)
class DatePart:
    """A part of another column's dates; see `bridle.workbench.columns.date_parts`.

    Attributes
    ----------
    source : str
        Name of the column of dates.
    part : {"year", "month", "day", "weekday", "hour"}
    dates : Rule
        How the dates are read.
    levels : tuple of str
        All categories of the training data, if the part is a category.
    """

    source: str
    part: str
    dates: Rule
    levels: tuple[str, ...] = ()

    @property
    def kind(self) -> Kind:
        """Number, or category for parts that repeat: month, weekday and hour."""
        return "number" if self.part in ("year", "day") else "category"


Rule = PlainNumbers | CompactDates | Truths | Likewise | Labels | Unquoted | DatePart


def likewise(reading: str, values: Mapping[str, Any]) -> Likewise:
    """Return the rule that reads each text alone as it was read in the whole column.

    Parameters
    ----------
    reading : str
        One of `bridle.readings.order_of_readings.READINGS`.
    values : mapping of str to object
        Its result for the distinct texts of a column.
    """
    examples = _settling(reading, values)
    step = max(1, len(values) // _MOST_PROBES)
    for text in [*values][::step]:
        alone = _values(reading, [*examples, text])
        if len(examples) < _MOST_EXAMPLES and (alone is None or alone[text] != values[text]):
            examples.append(text)
    kind: Kind = "boolean" if isinstance(next(iter(values.values())), bool) else "number"
    return Likewise(reading, tuple(examples), kind)


def _settling(reading: str, values: Mapping[str, Any]) -> list[str]:
    """Return a few texts that are read alone as they were read in the whole column.

    Find the shortest beginning of the list of texts that is read so: its last text is needed. Repeat
    with the texts before it, together with those found so far, until the found texts suffice.

    Source: Junker 2004, "QuickXplain: preferred explanations and relaxations for over-constrained
    problems", here with a search by halves for each text.
    """
    found, before = list[str](), [*values]

    def suffices(texts: list[str]) -> bool:
        read = _values(reading, texts)
        return read is not None and all(read[text] == values[text] for text in texts)

    while before and not (found and suffices(found)) and len(found) < _MOST_EXAMPLES:
        low, high = 1, len(before)
        while low < high:
            middle = (low + high) // 2
            low, high = (
                (low, middle) if suffices([*found, *before[:middle]]) else (middle + 1, high)
            )
        found.append(before[low - 1])
        before = before[: low - 1]
    return found


def _values(reading: str, texts: list[str]) -> dict[str, Any] | None:
    try:
        found = READINGS[reading](list(dict.fromkeys(texts)))
    except TwoReadingsError:
        return None
    return None if found is None else found[0]


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)
