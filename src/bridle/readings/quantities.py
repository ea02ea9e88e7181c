"""Quantities: numbers with a currency, percent sign, unit, thousands separators and the like."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from bridle.readings.plain_text import are_days_of_months, is_code
from bridle.readings.reading import (
    Reading,
    TwoReadingsError,
    Values,
    each,
    most_decorated,
)

__all__ = ["in_ascii", "mark_of", "quantities"]

_SIGNS = str.maketrans(
    {
        **dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\u2014\ufe63\uff0d", "-"),
        "\u066b": ".",
        "\u066c": ",",
        "\uff0e": ".",
        "\uff0c": ",",
        "\uff05": "%",
        "\u066a": "%",
        "\u00d7": "x",
        "\u22c5": "·",
    }
)
_BLANKS = re.compile("[_\u0020\u00a0\u2007\u2009\u202f'’](?=[0-9]{3}(?![0-9]))")

_SAME_CURRENCY = {
    "usd": "$",
    "us$": "$",
    "eur": "€",
    "gbp": "£",
    "jpy": "¥",
    "inr": "₹",
    "rs": "₹",
    "rs.": "₹",
    "krw": "₩",
    "rub": "₽",
    "try": "₺",
    "fr": "CHF",
    "fr.": "CHF",
    "sfr.": "CHF",
    "kr.": "kr",
}
_CODES = (
    "AUD|BRL|CAD|CHF|CLP|CNY|COP|CZK|DKK|EUR|GBP|HKD|HUF|IDR|ILS|INR|JPY|KRW|MXN|MYR|NGN|NOK|NZD|PHP|PLN"
    "|RON|RUB|SEK|SGD|THB|TRY|TWD|UAH|USD|VND|ZAR"
)
_BEFORE_NUMBERS = r"R[sS]\.?(?=\s*[0-9])|(?:S?Fr|kr|Rp)\.?(?=\s*[-+]?[0-9])|RM(?=\s*[0-9])"
_CURRENCY = rf"(?:[A-Z]{{0,3}}[$€£¥₹₩₽₴₺₪₫₦₱฿₡₲₵₿]|{_BEFORE_NUMBERS}|(?:{_CODES}|kr)(?![A-Za-z.]))"
_CURRENCIES = re.compile(rf"^{_CURRENCY}$")
_NUMBER = r"[0-9]+(?:[.,][0-9]+)*|[.,][0-9]+"
_OF_A_UNIT = r"(?:[\w°/^.·*²³⁻]|-(?=[0-9])){0,14}"
_UNIT = rf"(?:-(?=[a-zß-ÿ]))?(?:[^\W\d_]|°){_OF_A_UNIT}(?:\ [^\W\d_]{_OF_A_UNIT}){{0,2}}"
"""Up to three words that begin with a letter, such as m/s^2, sq ft or -star."""

_MARKS = r"""[¢*†‡"″′']{1,3}"""
_SIZE = r"(?:[kKMB]|bn|[Mm]io\.?|[Mm]rd\.?|mln\.?|[Mm]illions?|[Bb]illions?|lakhs?|crores?)"
_DECORATED = re.compile(
    rf"""^\s*(?P<open>\()?\s*(?P<sign>[-+])?\s*(?P<before>{_CURRENCY}|[%‰~≈])?\s*(?P<inner>[-+(])?\s*
    (?P<number>{_NUMBER})(?:[.,]-{{0,2}})?
    (?:(?:[eE]|[dD](?=[-+])|\s*[x*·]\s*10(?=\^|[⁰¹²³⁴-⁹⁻]))\^?(?P<power>[-+]?[0-9]{{1,3}}|⁻?[⁰¹²³⁴-⁹]{{1,3}}))?\s*
    (?:(?P<late>-)\s+(?={_CURRENCY}))?(?:(?P<size>{_SIZE})\s*(?={_CURRENCY}\s*[-)]?\s*$))?
    (?P<unit>[%‰]|{_CURRENCY}|{_UNIT}|{_MARKS})?\s*(?P<after>(?<!\w-)-)?\s*(?P<close>\))?\s*$""",
    re.VERBOSE,
)
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_IN_THREES = {
    ",": re.compile(r"^[1-9][0-9]{0,2}(,[0-9]{3})+$"),
    ".": re.compile(r"^[1-9][0-9]{0,2}(\.[0-9]{3})+$"),
}
_IN_LAKHS = re.compile(r"^[1-9][0-9]?(,[0-9]{2})*,[0-9]{3}$")
_MAGNITUDES = {
    **dict.fromkeys(("k", "thousand", "tsd"), 1e3),
    **dict.fromkeys(("m", "mn", "mln", "mio", "million", "millions"), 1e6),
    **dict.fromkeys(("b", "bn", "mrd", "billion", "billions"), 1e9),
    **dict.fromkeys(("lakh", "lakhs"), 1e5),
    **dict.fromkeys(("cr", "crore", "crores"), 1e7),
}
"""Suffixes that multiply an amount."""

_SURE_MAGNITUDES = frozenset({"k", "K", "M", "B", "bn", "Mio", "Mrd", "lakh", "crore"})
"""Suffixes that are multipliers if several occur, also without a currency."""

_ORDINALS = frozenset({"st", "nd", "rd", "th"})
_PLURALS = ("s", "es", "e", "en", "n")

Parts = re.Match[str]


@dataclass(frozen=True)
class _Mark:
    """The unit of numbers and their multipliers."""

    name: str
    factors: list[float]


def quantities(distinct: Values) -> Reading | None:
    """Return numbers with a currency, percent sign, unit or thousands separators, or None.

    Raises
    ------
    TwoReadingsError
        A comma or point may be a decimal or a thousands separator; or only some numbers have a
        percent sign.
    """
    found = each(_parts, distinct)
    if found is None or any(is_code(match["number"]) for match in found):
        return None
    if are_days_of_months(distinct):
        return None
    signs = [_signs(match) for match in found]
    if None in signs:
        return None
    mark = _mark(distinct, found)
    if mark is None:
        return None
    decimal = _decimal(distinct, [match["number"] for match in found])
    if decimal is None:
        return None
    values = {
        text: sign * factor * float(f"{_plain(match['number'], decimal)}e{_power(match)}")
        for text, match, sign, factor in zip(distinct, found, signs, mark.factors, strict=True)
        if sign is not None
    }
    of = f" in {mark.name}" if mark.name else ""
    comma = decimal == "," and any("," in match["number"] for match in found)
    enlarged = [text for text, factor in zip(distinct, mark.factors, strict=True) if factor != 1]
    example = most_decorated(enlarged or distinct)
    how = f"as numbers{of}{' with a decimal comma' if comma else ''}"
    return values, f"{how}, for instance {example!r} as {values[example]:g}"


def in_ascii(text: str) -> str:
    """Return a text with digits, signs and separators in ASCII."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(sign, sign)) for sign in text.translate(_SIGNS))


def mark_of(text: str) -> str | None:
    """Return the currency or unit of a quantity, ``""`` if it has none; None for other text."""
    found = _parts(text)
    return None if found is None else found["before"] or _unit(found)


def _parts(text: str) -> Parts | None:
    written = in_ascii(text)
    joined = _BLANKS.sub("", written)
    # Telephone numbers begin with a plus and contain blanks.
    return None if joined != written and "+" in written else _DECORATED.match(joined)


def _signs(parts: Parts) -> int | None:
    """Return 1, or -1 for negative numbers; None if parentheses and signs contradict each other."""
    opened = [parts["open"], parts["inner"]].count("(")
    if opened != (parts["close"] is not None):
        return None
    signs = ("sign", "inner", "late", "after")
    less = [parts[name] for name in signs].count("-") + opened
    return None if less > 1 else -1 if less else 1


def _mark(distinct: Values, found: list[Parts]) -> _Mark | None:
    """Return the unit of all numbers; None if there are several units."""
    currencies, units = set[str](), list[str]()
    for match in found:
        unit = _unit(match)
        is_money = _CURRENCIES.match(unit) is not None
        currencies |= {
            _currency(held)
            for held in (match["before"], unit if is_money else None)
            if held and held not in "%‰~≈"
        }
        size = (match["size"] or "").rstrip(".")
        units.append(size if is_money else unit)
    named = {*units} - {""}
    if len(currencies) > 1:
        return None
    ones = [1.0] * len(units)
    if not named:
        return _Mark("".join(currencies), ones)
    if currencies or (named <= _SURE_MAGNITUDES and (len(named) > 1 or _is_short(named, units))):
        factors = [_MAGNITUDES.get(unit.casefold()) if unit else 1.0 for unit in units]
        sure = [factor for factor in factors if factor is not None]
        return _Mark("".join(currencies), sure) if len(sure) == len(units) else None
    if "%" in named and named <= {"%"}:
        _refuse_without_percent(distinct, found)
    elif "" in units:  # a single value with more than the others may be a typing mistake
        return None
    if named <= _ORDINALS and len(named) > 1:
        return _Mark("", ones)
    unit = min(named, key=lambda name: (len(name), name.swapcase()))
    plurals = len(unit) > 2 and named <= {unit, *(unit + ending for ending in _PLURALS)}
    same = plurals or all(_are_one(unit, other) for other in named)
    return _Mark(unit, ones) if same else None


def _unit(parts: Parts) -> str:
    """Return the unit behind a number, without a point at its end; a percent sign in front is one."""
    if parts["before"] in ("%", "‰"):
        return str(parts["before"])
    return (parts["unit"] or "").strip().lstrip("-").rstrip(".")


def _power(parts: Parts) -> str:
    return (parts["power"] or "0").translate(_SUPERSCRIPTS)


def _are_one(unit: str, other: str) -> bool:
    """Return whether two units differ at most in case that means nothing: kg, KG; mg/dL, mg/dl.

    The first letters of mW and MW differ in meaning, as the last of Mb and MB do, also in Mbps.
    """
    if unit == other:
        return True
    is_clear = unit[0] == other[0] or unit[0].casefold() not in "mp"
    return is_clear and unit.casefold() == other.casefold() and not re.search("[bB](ps|/s)?$", unit)


def _is_short(named: set[str], units: list[str]) -> bool:
    """Return whether thousands are written with a k, and smaller numbers without."""
    return "" in units and named <= {"k", "K"}


def _currency(text: str) -> str:
    return _SAME_CURRENCY.get(text.casefold(), text)


def _refuse_without_percent(distinct: Values, found: list[Parts]) -> None:
    for text, match in zip(distinct, found, strict=True):
        if not _unit(match) and float(re.sub("[.,]", "", match["number"])):
            raise TwoReadingsError(
                text,
                f"{text.strip()} % or a share of 1",
                "Write all its numbers with %, or all without",
            )


def _decimal(distinct: Values, numbers: Values) -> str | None:
    """Return the decimal separator, point or comma; None if these are not numbers."""
    possible = [sign for sign in ".," if all(_is_number(number, sign) for number in numbers)]
    if len(possible) < 2:
        return possible[0] if possible else None
    for text, number in zip(distinct, numbers, strict=True):
        if "," in number or "." in number:
            raise TwoReadingsError(
                text,
                f"{_plain(number, '.')} or {_plain(number, ',')}",
                "Write its numbers without thousands separators and with a decimal point",
            )
    return "."


def _is_number(number: str, decimal: str) -> bool:
    thousands = _other(decimal)
    whole, _, fraction = number.partition(decimal)
    if decimal in fraction or thousands in fraction:
        return False
    in_groups = thousands in whole and (
        _IN_THREES[thousands].match(whole) or (thousands == "," and _IN_LAKHS.match(whole))
    )
    return thousands not in whole or bool(in_groups)


def _plain(number: str, decimal: str) -> str:
    return number.replace(_other(decimal), "").replace(decimal, ".")


def _other(decimal: str) -> str:
    return "," if decimal == "." else "."
