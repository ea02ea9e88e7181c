"""Readings of text that a program wrote: plain numbers, booleans and labels."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from bridle.readings.reading import Reading, Values, each

__all__ = [
    "AS_TRUTHS",
    "are_days_of_months",
    "are_plain",
    "folded",
    "is_code",
    "labels",
    "of_formulas",
    "plain_numbers",
    "scores",
    "truths",
    "without_unseen",
    "yes_or_no",
]

AS_TRUTHS = "as true or false"

_TRUTHS = {"true": True, "false": False}
_YES = {
    "true",
    "t",
    "yes",
    "y",
    "1",
    "on",
    "wahr",
    "ja",
    "vrai",
    "oui",
    "sí",
    "si",
    "verdadero",
    "sim",
    "да",
    "是",
}
_NO = {
    "false",
    "f",
    "no",
    "n",
    "0",
    "off",
    "falsch",
    "nein",
    "faux",
    "non",
    "falso",
    "não",
    "нет",
    "否",
}
_SCORE = re.compile(
    r"^\s*(?P<score>[0-9]+(?:\.[0-9]+)?)\s*(?:/|out\ of|of|von|sur)\s*(?P<most>[0-9]+(?:\.[0-9]+)?)\s*$"
)
_PARTNERS = {"t": "f", "f": "t", "y": "n", "n": "y"}
_FORMULA = re.compile(r"""^(?:="(?P<formula>[^"]*)"|'(?P<text>[^']+))$""")
_PLAIN = re.compile(r"^\s*[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?\s*$")
_WHOLE = re.compile(r"^\s*[-+]?[0-9]{1,400}\s*$")
_CODE = re.compile(r"^\s*[-+]?0[0-9]+\s*$")
_PADDED = re.compile(r"^\s*[-+]?0[0-9]")
_ROUNDED = re.compile(r"^\s*[-+]?[1-9][0-9]{15,}\.[0-9]*[1-9][0-9]*\s*$")
"""A number with a fraction above 2^53, where floats have none; at 16 digits it may be just below."""

_DAY_AND_MONTH = re.compile(r"^\s*(?:0[1-9]|[12][0-9]|3[01])\.(?:0[1-9]|1[0-2])\.?\s*$")


def folded(text: str) -> str:
    """Return a text in the form in which labels are compared: no case, outer blanks or unseen signs."""
    if not text.isascii():
        text = without_unseen(unicodedata.normalize("NFC", text))
    return " ".join(text.split()).casefold()


def without_unseen(text: str) -> str:
    """Return a text without signs that are not shown, such as a soft hyphen or a blank of no width."""
    return "".join(sign for sign in text if unicodedata.category(sign) != "Cf")


def are_plain(distinct: Values) -> bool:
    """Return whether all texts are numbers as a program writes them."""
    return all(map(_PLAIN.match, distinct))


def is_code(text: str) -> bool:
    """Return whether a whole number has a leading zero, as codes do; ``01.5`` is a number."""
    return _CODE.match(text) is not None


def are_days_of_months(distinct: Values) -> bool:
    """Return whether all texts may be a day and a month of two digits, such as ``01.02``."""
    return all(map(_DAY_AND_MONTH.match, distinct))


def plain_numbers(distinct: Values) -> Reading | None:
    """Return plain numbers, integers as integers; None for codes, days of months and other text."""
    if not distinct or not are_plain(distinct) or any(map(is_code, distinct)):
        return None
    padded = next(filter(_PADDED.match, distinct), None)
    if padded and are_days_of_months(distinct):
        return None
    whole = all(map(_WHOLE.match, distinct))
    values = {value: int(value) if whole else float(value) for value in distinct}
    example = padded or distinct[0]
    rounded = next(filter(_ROUNDED.match, distinct), None)
    if rounded and not whole:
        return values, f"as numbers, rounded to 16 digits, for instance {rounded!r}"
    return values, f"as numbers, for instance {example!r} as {float(example):g}"


def truths(distinct: Values) -> Reading | None:
    """Return booleans, or None."""
    values = {value: _TRUTHS.get(value.strip().casefold()) for value in distinct}
    return None if None in values.values() or not values else (values, AS_TRUTHS)


def yes_or_no(distinct: Values) -> Reading | None:
    """Return booleans if more than two words stand for them, such as yes, Y and no; or None."""
    folds = {text: folded(text) for text in distinct}
    words = {*folds.values()}
    if len(words) < 3 or not words <= _YES | _NO or not (words & _YES and words & _NO):
        return None
    if not all(_has_its_word(word, words) for word in words if word in _PARTNERS):
        return None
    values = {text: fold in _YES for text, fold in folds.items()}
    return (
        values,
        f"{AS_TRUTHS}, for instance {distinct[0]!r} as {str(values[distinct[0]]).lower()}",
    )


def _has_its_word(letter: str, words: set[str]) -> bool:
    """Return whether a letter occurs with its partner, or with a word that starts with it."""
    return _PARTNERS[letter] in words or any(
        len(word) > 1 and word.startswith(letter) for word in words
    )


def of_formulas(distinct: Values) -> dict[str, str] | None:
    """Return the content of text that spreadsheets wrote as ``="007"`` or ``'007``, or None."""
    found = each(_FORMULA.match, distinct)
    if not found:
        return None
    return {match.string: match["formula"] or match["text"] or "" for match in found}


def scores(distinct: Values) -> Reading | None:
    """Return the numbers before the slash if all texts have the same number after it, as 8/10, 9/10."""
    found = each(_SCORE.match, distinct)
    if found is None or len({float(match["most"]) for match in found}) > 1:
        return None
    values = {match.string: float(match["score"]) for match in found}
    return (
        values,
        f"as numbers of {found[0]['most']}, for instance {distinct[0]!r} as {values[distinct[0]]:g}",
    )


def labels(distinct: Values, counts: Counter[str]) -> tuple[dict[str, str], str]:
    """Return replacements of labels (none if unchanged), and how, if some are merged."""
    commonest: dict[str, str] = {}
    for text in sorted(distinct, key=lambda text: -counts[text]):
        commonest.setdefault(folded(text), unicodedata.normalize("NFC", text))
    ways = Counter(map(folded, distinct))
    commonest = {key: text.strip() if ways[key] > 1 else text for key, text in commonest.items()}
    values = {text: commonest[folded(text)] for text in distinct}
    if all(text == value for text, value in values.items()):
        return {}, ""
    if len(commonest) == len(distinct):  # labels differ only in their form of Unicode
        return values, ""
    merged = next(text for text, value in values.items() if text != value)
    return (
        values,
        "with labels that differ in case, blanks or form of Unicode as one, "
        f"{merged!r} as {values[merged]!r}",
    )
