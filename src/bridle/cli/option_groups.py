"""Groups of options: a decorator that gives a command several, and a dataclass that reads them back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, TypeVar

__all__ = ["option_group", "read_options"]

Command = Callable[..., int]
Options = TypeVar("Options")


def option_group(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Return one decorator that gives a command these options, in this order in its help."""

    def give(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return give


def read_options(kind: type[Options], given: Mapping[str, Any]) -> Options:
    """Return the options of one kind among all that a command was given.

    Parameters
    ----------
    kind : dataclass
        Its fields are called as the options are.
    given : mapping of str to object
        The arguments of the command.
    """
    return kind(**{one.name: given[one.name] for one in fields(kind)})  # type: ignore[arg-type]
