"""`script_of`: a Python script beside the report that repeats the study and compares its numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib.resources import files

from bridle.workbench.evidence.results.pairs import mean_risk
from bridle.workbench.record import Record

__all__ = ["script_of"]


def script_of(
    command: Sequence[str], records: Sequence[Record], versions: Mapping[str, str]
) -> str:
    """Return the text of the script.

    Parameters
    ----------
    command : sequence of str
        Arguments of the command ``bridle`` that ran the study, without those about its output: the
        command's name, the file, then options.
    records : sequence of Record
        The results, with which the script compares its own.
    versions : mapping of str to str
        Versions under which they were computed.

    Returns
    -------
    str
        ASCII. Every word of the command and every name is an escaped Python literal, so that none
        can run as code.
    """
    by_arm: dict[str, list[Record]] = {}
    for record in records:
        by_arm.setdefault(record.arm, []).append(record)
    means = {arm: mean_risk(runs) for arm, runs in by_arm.items()}
    template = files("bridle.workbench.report.page").joinpath("reproduce.py.txt").read_text("utf-8")
    literals = {
        "FILE": ascii(command[1]),
        "OPTIONS": _listed(command[2:]),
        "RISKS": _mapped({name: risk for name, risk in means.items() if risk is not None}),
        "VERSIONS": _mapped(versions),
    }
    # All placeholders at once, because a name may look like a placeholder.
    return re.sub("__([A-Z]+)__", lambda place: literals[place[1]], template)


def _listed(words: Sequence[str]) -> str:
    return "".join(["[", *(f"\n    {word!a}," for word in words), "\n]" if words else "]"])


def _mapped(pairs: Mapping[str, object]) -> str:
    lines = (f"\n    {str(name)!a}: {value!a}," for name, value in pairs.items())
    return "".join(["{", *lines, "\n}" if pairs else "}"])
