"""Words for a missing value, the same for text files, Parquet and data frames."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api import types

from bridle.arguments.scalars import refuse
from bridle.errors import InputError
from bridle.readings.plain_text import folded
from bridle.workbench.arguments import names_in

__all__ = ["ANSWERS", "MARKERS", "PERHAPS", "MissingWords", "is_word_for_missing", "said"]

MARKERS = frozenset(
    (
        *("", "na", "n/a", "#n/a", "#na", "#n/a n/a", "<na>", "nan", "-nan", "nat", "null"),
        *("\\n", "(null)", "[null]", "<null>"),
        *(
            "#null!",
            "#div/0!",
            "#ref!",
            "#value!",
            "#num!",
            "#name?",
            "#calc!",
            "#spill!",
            "#field!",
        ),
        # The same in German, French, Spanish, Portuguese and Italian spreadsheets.
        *("#nv", "#wert!", "#bezug!", "#zahl!", "#nul!", "#valeur!", "#nombre!", "#nom?", "#n/d"),
        *("#¡valor!", "#¡ref!", "#¡num!", "#¡div/0!", "#¿nombre?", "#valor!", "#núm!", "#nome?"),
        *("#valore!", "#rif!"),
        # Impossible dates, which databases write for none.
        *("0000-00-00", "0000-00-00 00:00:00", "00/00/0000"),
        *("1.#ind", "-1.#ind", "1.#qnan", "-1.#qnan"),
    )
)
"""Words that programs write, and the empty text; missing in every column."""

ANSWERS = frozenset(("none", "missing", "unknown", "?", "-", "--", ".", ".."))
"""Words that people write; in a target whose other values are text, they are classes."""

PERHAPS = frozenset(
    (
        *(
            "n.a.",
            "n.a",
            "n.d.",
            "n\\a",
            "na.",
            "nil",
            "void",
            "undefined",
            "tbd",
            "not applicable",
        ),
        *(
            "not available",
            "not recorded",
            "not known",
            "no data",
            "nodata",
            "no answer",
            "refused",
        ),
        *(
            "don't know",
            "dont know",
            "(blank)",
            "blank",
            "empty",
            "(empty)",
            "(missing)",
            "<missing>",
        ),
        *("---", "...", "…", "–", "—", "_", "*", "/", "k.a.", "k. a.", "keine angabe", "unbekannt"),
        *(
            "s/d",
            "s.o.",
            "sin datos",
            "non disponible",
            "n/d",
            "nc",
            "n/c",
            "inconnu",
            "desconocido",
        ),
    )
)
"""Words that may stand for a missing value, and are categories until the user says so."""

_MOST_NAMED = 3
_NUMERIC = re.compile(r"^[^a-zA-Z]*[0-9][^a-zA-Z]*$")


def is_word_for_missing(text: str) -> bool:
    """Return whether a text is in the list."""
    return folded(text) in MARKERS | ANSWERS


@dataclass(frozen=True)
class MissingWords:
    """The list with the user's changes; case and outer blanks do not matter.

    Attributes
    ----------
    missing : tuple of str
        Additional words and numbers such as -999; missing in the target too.
    keep : tuple of str
        Words of the list that are values.
    """

    missing: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()

    @classmethod
    def of(cls, missing: Any, keep: Any) -> MissingWords:
        """Check the user's words.

        Raises
        ------
        InputError
            They are not words, a word is in both, or a word to keep is not in the list.
        """
        made = cls(tuple(_words("missing", missing, "-999")), tuple(_words("keep", keep, "None")))
        taken = {folded(word) for word in made.missing}
        for word in made.keep:
            if folded(word) in taken:
                raise InputError(
                    f"missing and keep must name different words. Received: {word!r} for both."
                )
            if not is_word_for_missing(word):
                listed = ", ".join(sorted((MARKERS | ANSWERS) - {""}))
                refuse("keep", f"a word that would be taken for missing: {listed}", word)
        return made

    def split(
        self, column: pd.Series[Any], *, is_target: bool = False
    ) -> tuple[pd.Series[Any], dict[str, int]]:
        """Return a column without words for missing values, and the number of each of them.

        Parameters
        ----------
        column : Series
            A column of numbers, text, categories or objects; others are returned unchanged.
        is_target : bool
            Whether answers remain values if other values are text.
        """
        if types.is_numeric_dtype(column.dtype) and not types.is_bool_dtype(column.dtype):
            return self._split_numbers(column)
        if isinstance(column.dtype, pd.CategoricalDtype):
            rest, counts = self.split(column.astype(object), is_target=is_target)
            return (rest.astype("category"), counts) if counts else (column, {})
        if not (types.is_string_dtype(column.dtype) or types.is_object_dtype(column.dtype)):
            return column, {}
        texts = Counter(value for value in column if isinstance(value, str))
        asked = {folded(word) for word in self.missing}
        sizes = {_number(word) for word in self.missing} - {None}
        kept = {folded(word) for word in self.keep}
        words = {
            text
            for text in texts
            if folded(text) in (MARKERS | asked) - kept or (sizes and _number(text) in sizes)
        }
        answers = {text for text in texts if folded(text) in ANSWERS - kept} - words
        others = column[~column.isin(words | answers)].dropna() if is_target and answers else ()
        if not is_target or (len(others) and all(map(_is_numeric, others))):
            words |= answers
        if not words:
            return column, {}
        rest = column.astype(object).mask(column.isin(words), np.nan)
        return rest, {text: count for text, count in texts.items() if text in words}

    def is_answer(self, text: str) -> bool:
        """Return whether a text is missing in a feature but may be a class."""
        return folded(text) in ANSWERS - {folded(word) for word in self.keep}

    def refuse_unused(self, columns: Iterable[pd.Series[Any]]) -> None:
        """Raise an error for a word of the user that no column contains.

        Raises
        ------
        InputError
            No column contains a word.
        """
        if not (self.missing or self.keep):
            return
        held: set[str] = set()
        numbers: list[npt.NDArray[Any]] = []
        for column in columns:
            if types.is_numeric_dtype(column.dtype):
                numbers.append(column.to_numpy(dtype=np.float64, na_value=np.nan))
            else:
                held |= {folded(value) for value in column.unique() if isinstance(value, str)}
        for argument in ("missing", "keep"):
            for word in getattr(self, argument):
                number = _number(word)
                found = number is not None and any((block == number).any() for block in numbers)
                if folded(word) not in held and not found:
                    raise InputError(
                        f"{argument} must be a word that occurs in the data. Received: "
                        f"{argument}={word!r}, which no used column contains."
                    )

    def _split_numbers(self, column: pd.Series[Any]) -> tuple[pd.Series[Any], dict[str, int]]:
        asked = [(word, _number(word)) for word in self.missing]
        same = {word: column == number for word, number in asked if number is not None}
        same = {
            word: found.fillna(False).astype(bool) for word, found in same.items() if found.any()
        }
        counts = {word: int(found.sum()) for word, found in same.items()}
        for found in same.values():
            column = column.mask(found)
        return column, counts


def said(counts: dict[str, int]) -> str:
    """Return the number of each word as part of a sentence."""
    named = [
        f"{text!r} ({count:,} row{'s' if count > 1 else ''})"
        for text, count in list(counts.items())[:_MOST_NAMED]
    ]
    more = len(counts) - _MOST_NAMED
    return f"{', '.join(named)}{f' and {more} more words' if more > 0 else ''} as missing"


def _words(name: str, value: Any, example: str) -> Sequence[str]:
    return names_in(name, value, f"[{example!r}]")


def _is_numeric(value: object) -> bool:
    """Return whether a value is a number, or text with digits and without letters."""
    return not isinstance(value, str) or _NUMERIC.match(value) is not None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
