"""Look-alikes: notes on categories whose values look like numbers, dates or lists."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

from bridle.arguments.option_words import option
from bridle.readings.dates import dates
from bridle.readings.plain_text import are_days_of_months, are_plain, folded, is_code
from bridle.readings.quantities import in_ascii, mark_of
from bridle.readings.reading import TwoReadingsError, Values
from bridle.workbench.columns.missing_words import PERHAPS

__all__ = ["look_alike"]

_NUMBER = r"[-+]?[0-9][0-9.,]*\s*%?"
_RANGE = re.compile(
    rf"""^\s*[\[(]?\s*(?:{_NUMBER}\s*(?:-|,|\.\.|to|bis|à|and)\s*{_NUMBER}
    |(?:[<>≤≥]=?|under|over|below|above|less\ than|more\ than|up\ to|unter|über|bis|ab)\s*{_NUMBER}
    |{_NUMBER}\s*(?:\+|and\ (?:over|more|above|under|below)|or\ (?:more|less)|plus))\s*[\])]?\s*$""",
    re.VERBOSE | re.IGNORECASE,
)
_PAIR = re.compile(r"^\s*[0-9]+(?:\s+[0-9]+)?\s*[/:]\s*[0-9]+\s*$|^[0-9]*\s*[½⅓⅔¼¾⅛⅜⅝⅞]$")
_LIST = re.compile(r"^\s*[\[{].*[\]}]\s*$|[;|]")
_FEWEST_NUMBERS = 3
_FEWEST_DATES = 2
_FEWEST_TEXTS = 3
_MOST_TRIED = 1000
_MOST_UNITS = 4
_FEET = re.compile(r"""^\s*[0-9]+\s*['′’]\s*(?:[0-9]+(?:\.[0-9]+)?\s*(?:["″”]|''))?\s*$""")
_NEARLY_ALL = 0.8
_IN_FRONT = re.compile(r"^[^\w\s]{0,3}\s*[-+]?[0-9]+(?:[.,][0-9]+)*(?:[^\W\d_]{1,3})?(?![\w.])")
_ALONE = re.compile(r"(?<![A-Za-z0-9_.-])[0-9]+(?:[.,][0-9]+)*(?![A-Za-z0-9_])")
_NO_NUMBERS = re.compile(r"^\s*(?:\+[0-9\s()/-]+|[0-9]+(?:\.[0-9]+){2,})\s*$")
"""Telephone numbers, versions and addresses."""

_SENTINEL = re.compile(r"^\s*(?:-9|-?(?:9{2,6}|8{2,6}))(?:\.0+)?\s*$")
_MOST_WORDS_FOR_MISSING = 3


def look_alike(distinct: Values) -> str | None:
    """Return a note on categories that may be something else, as the end of "is read", or None.

    Parameters
    ----------
    distinct : list of str
        Distinct values, without missing ones.
    """
    tried = distinct[:_MOST_TRIED]
    first = next((said for find in _FINDERS if (said := find(tried))), None)
    notes = [note for note in (first, _words_for_missing(tried)) if note]
    # A note on numbers or dates names the word that keeps them from being read.
    return (
        f"as categories, {', '.join(notes[:1] if _names_word(first) else notes)}" if notes else None
    )


def _names_word(note: str | None) -> bool:
    return note is not None and "because of" in note


def _codes(distinct: Values) -> str | None:
    code = next((value for value in distinct if is_code(value)), None)
    if code is None or not are_plain(distinct):
        return None
    return f"not numbers: {code!r} begins with a zero, as codes do"


def _ranges(distinct: Values) -> str | None:
    texts = [in_ascii(value) for value in distinct]
    if not any(map(_RANGE.match, texts)) or not all(
        _RANGE.match(text) or _is_plain(text) for text in texts
    ):
        return None
    example = next(value for value, text in zip(distinct, texts, strict=True) if _RANGE.match(text))
    return f"whose order and size do not count, though {example!r} may be a range or a limit"


def _pairs(distinct: Values) -> str | None:
    if are_days_of_months(distinct):
        return f"whose order does not count, though {distinct[0]!r} may be a date without its year"
    if all(map(_FEET.match, distinct)):
        return (
            f"whose order and size do not count: {distinct[0]!r} may be feet and inches, or minutes and "
            "seconds"
        )
    if not all(map(_PAIR.match, distinct)):
        return None
    return (
        f"whose order and size do not count: {distinct[0]!r} may be a fraction, a pair or a date "
        "without its year"
    )


def _units(distinct: Values) -> str | None:
    marks = [mark_of(value) for value in distinct]
    if None in marks or not any(marks):
        return None
    different = [*dict.fromkeys(mark for mark in marks if mark)]
    named = ", ".join(map(repr, different[:_MOST_UNITS]))
    if len(different) > _MOST_UNITS:
        named += f" and {len(different) - _MOST_UNITS:,} more"
    without = "" if all(marks) else ", and some have none"
    return f"not numbers, since they are in {named}{without}"


def _numbers(distinct: Values) -> str | None:
    words = [value for value in distinct if mark_of(value) is None]
    numbers = len(distinct) - len(words)
    if not words or numbers < max(_FEWEST_NUMBERS, len(words)):
        return None
    return f"not numbers, because of {_named(words)}"


def _dates(distinct: Values) -> str | None:
    words = [value for value in distinct if not _is_date(value)]
    if not words:
        return f"not dates, though {distinct[0]!r} may be one"
    if len(distinct) - len(words) < max(_FEWEST_DATES, len(words)):
        return None
    return f"not dates, because of {_named(words)}"


def _lists(distinct: Values) -> str | None:
    lists = [value for value in distinct if _LIST.search(value)] or _of_known_words(distinct)
    if 2 * len(lists) < len(distinct):
        return None
    return f"with each text as one category, though {lists[0]!r} may be a list"


def _words_for_missing(distinct: Values) -> str | None:
    words = [value for value in distinct if folded(value) in PERHAPS or _SENTINEL.match(value)]
    if not words or len(words) > _MOST_WORDS_FOR_MISSING or len(words) == len(distinct):
        return None
    return f"of which {words[0]!r} may stand for a missing value: {option('missing', words[0])}"


def _of_known_words(distinct: Values) -> Values:
    """Return texts with commas, if nearly all words between the commas occur in several texts."""
    split = {value: [word.strip() for word in value.split(",")] for value in distinct}
    counts = Counter(word for words in split.values() for word in {*words})
    known = sum(count for count in counts.values() if count > 1)
    if known < _NEARLY_ALL * counts.total():
        return []
    return [value for value, words in split.items() if len(words) > 1]


def _with_numbers(distinct: Values) -> str | None:
    """Say that most texts begin with a number, or are the same but for a number that stands alone.

    Of two texts, order and size say nothing.
    """
    texts = {value: in_ascii(value).strip() for value in distinct}
    texts = {value: text for value, text in texts.items() if not _NO_NUMBERS.match(text)}
    for where, found in (
        ("begins with", {value: _IN_FRONT.match(text) for value, text in texts.items()}),
        ("holds", _of_one_form(texts)),
    ):
        held = [value for value, match in found.items() if match]
        if len(held) >= max(_FEWEST_TEXTS, _NEARLY_ALL * len(distinct)):
            example = max(held, key=lambda value: not _is_plain(value))
            return f"whose order and size do not count, though {example!r} {where} a number"
    return None


def _of_one_form(texts: dict[str, str]) -> dict[str, re.Match[str] | None]:
    """Return the first number of each text that is the commonest text apart from its numbers."""
    forms = {value: _ALONE.sub("#", text) for value, text in texts.items()}
    counts = Counter(form for form in forms.values() if "#" in form)
    commonest = counts.most_common(1)[0][0] if counts else ""
    return {
        value: _ALONE.search(text) if forms[value] == commonest else None
        for value, text in texts.items()
    }


def _named(words: Values) -> str:
    more = f" and {len(words) - 1:,} more" if len(words) > 1 else ""
    if len(words) > _MOST_WORDS_FOR_MISSING:
        return f"{words[0]!r}{more}"
    return f"{words[0]!r}{more}. If that stands for a missing value: {option('missing', words[0])}"


def _is_date(text: str) -> bool:
    try:
        return dates([text]) is not None
    except TwoReadingsError:
        return True


def _is_plain(text: str) -> bool:
    return are_plain([text])


_FINDERS: tuple[Callable[[Values], str | None], ...] = (
    _codes,
    _ranges,
    _pairs,
    _units,
    _numbers,
    _dates,
    _lists,
    _with_numbers,
)
