"""Full and short names of months in the supported languages."""

from __future__ import annotations

from collections import defaultdict

__all__ = ["MONTHS"]

_WHOLE = (
    "january february march april may june july august september october november december",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "jänner feber maerz april mai juni juli august september oktober november dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "januari februari mars april maj juni juli augusti september oktober november december",
    "januar februar marts april maj juni juli august september oktober november december",
    "januar februar mars april mai juni juli august september oktober november desember",
    "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "ledna února března dubna května června července srpna září října listopadu prosince",
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
)
_MORE = {
    "mrz": 3,
    "sept": 9,
    "juil": 7,
    "fevr": 2,
    "févr": 2,
    "aout": 8,
    "fevrier": 2,
    "decembre": 12,
}


def _months() -> dict[str, int]:
    meant: dict[str, set[int]] = defaultdict(set)
    for language in _WHOLE:
        for number, name in enumerate(language.split(), 1):
            for text in (name, name[:3], name[:4]):
                meant[text].add(number)
    sure = {text: numbers.pop() for text, numbers in meant.items() if len(numbers) == 1}
    return {**sure, **_MORE}


MONTHS = _months()
"""The number of each month by its name in lower case, and by first letters that no other has."""
