"""Names of options in messages, as a user writes them: ``--seeds 7`` in a shell, ``seeds=7`` in Python.

Only this file knows which of the two the user came by. Python is the default; `bridle.cli.main` sets the
shell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

__all__ = [
    "COLUMN",
    "WORD",
    "Blank",
    "N",
    "again_with",
    "from_door",
    "is_shell",
    "of_another_command",
    "option",
]

_IS_SHELL: ContextVar[bool] = ContextVar("is_shell", default=False)

_COMPARE: ContextVar[str] = ContextVar("compare", default="")
"""What comes before the options of a study in a shell."""

_LISTS = frozenset({"accept", "drop", "keep", "missing", "parts", "versus"})
"""Options that may be repeated in a shell, and are sequences in Python."""

_BY_ANOTHER_ARGUMENT = {
    "folds": "splits=Folds({})",
    "time": "splits=TimeFolds(), with the rows sorted by {}",
}
"""Options of a shell that another argument replaces in Python."""


@dataclass(frozen=True)
class Blank:
    """A value that the user fills in, such as the name of a column."""

    name: str


COLUMN, WORD, N = Blank("COLUMN"), Blank("WORD"), Blank("N")

Value = str | float | bool | Blank | Sequence[str]


def is_shell() -> bool:
    """Return whether bridle was started from the command line."""
    return _IS_SHELL.get()


@contextmanager
def from_door(*, shell: bool) -> Iterator[None]:
    """Name options as a shell does, or as Python does, until the context ends."""
    before = _IS_SHELL.set(shell)
    try:
        yield
    finally:
        _IS_SHELL.reset(before)


def option(name: str, value: Value | None = None) -> str:
    """Return an option with its value, or its name alone.

    Parameters
    ----------
    name : str
        The argument's name in Python: "inner_folds".
    value : str, number, bool, `Blank` or sequence of str, optional
        True for a switch. Default: the option's name alone.
    """
    if is_shell():
        return _in_shell(name, value)
    if value is None:
        return name
    if name in _LISTS and (isinstance(value, str | Blank)):
        return f"{name}=[{_python(value)}]"
    return _BY_ANOTHER_ARGUMENT.get(name, f"{name}={{}}").format(_python(value))


def again_with(name: str, value: Value) -> str:
    """Return how to run the same study again with another value of an option."""
    words = option(name, value)
    return f"{_COMPARE.get()}{words}" if is_shell() else f"compare(..., {words})"


@contextmanager
def of_another_command() -> Iterator[None]:
    """Name `bridle compare` with the options of a study, which another command judges."""
    before = _COMPARE.set("bridle compare ... ")
    try:
        yield
    finally:
        _COMPARE.reset(before)


def _in_shell(name: str, value: Value | None) -> str:
    flag = f"--{name.replace('_', '-')}"
    if value is None or value is True:
        return flag
    values = [value] if isinstance(value, str | float | int | Blank) else value
    return " ".join(f"{flag} {_quoted(item)}" for item in values)


def _quoted(value: str | float | Blank) -> str:
    """Return a value for a shell; text in single quotes, within which nothing has a meaning."""
    if isinstance(value, Blank):
        return value.name
    if not isinstance(value, str):
        return str(value)
    return "'{}'".format(value.replace("'", "'\\''"))


def _python(value: Value) -> str:
    if not isinstance(value, Blank):
        return repr(value if isinstance(value, str | float | int) else list(value))
    return value.name if value in (N,) else repr(value.name)
