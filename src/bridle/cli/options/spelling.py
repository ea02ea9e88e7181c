"""Translation of messages from Python arguments to command-line options."""

from __future__ import annotations

import re

__all__ = ["in_command_words"]

_OPTIONS = (
    "accept|arm|arms|at|compiled|confidence|drop|encoding|epochs|event|folds|groups|id|ignore"
    "|initialisations|inner_folds|keep|learning_curve|level|margin|missing|name|network|out|overwrite"
    "|parts|plot|policy|rates|rows|seeds|strict|target|task|time|time_to|train|tune|until_settled"
    "|validation|versus"
)
_LITERAL = r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[\w+-]+(?:\.[\w+-]+)*)"""
_LIST = rf"[\[(]\s*(?:{_LITERAL}\s*,?\s*)*[\])]"
# Not within quotes or longer names, since a column may have any name.
_ARGUMENT = rf"(?<![\w'\"\\-])({_OPTIONS})=({_LIST}|{_LITERAL})"
_SUBJECT = rf"^({_OPTIONS})(?= (?:must|cannot)\b)"


def in_command_words(message: str) -> str:
    """Return a message in which Python arguments are replaced by command-line options.

    ``seeds=2`` becomes ``--seeds 2``, and ``drop=['a', 'b']`` becomes ``--drop 'a' --drop 'b'``. Text
    in quotes is not changed. This serves received values; advice is worded for the command line by
    `bridle.arguments.option_words` when it is written.
    """
    message = re.sub(_ARGUMENT, lambda found: _option(found[1], found[2]), message)
    return re.sub(_SUBJECT, lambda found: f"--{_dashed(found[1])}", message)


def _option(name: str, value: str) -> str:
    if value in ("True", "None"):
        return f"--{_dashed(name)}" if value == "True" else f"no --{_dashed(name)}"
    values = re.findall(_LITERAL, value) if value[0] in "[(" else [value]
    return " ".join(f"--{_dashed(name)} {value}" for value in values) or f"no --{_dashed(name)}"


def _dashed(name: str) -> str:
    return name.replace("_", "-")
