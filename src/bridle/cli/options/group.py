"""Groups of options: a decorator that adds several options, and a dataclass that reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, TypeVar

__all__ = ["option_group", "read_options"]

Command = Callable[..., int]
Options = TypeVar("Options")


def option_group(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Return a decorator that adds these options to a command, in this order in its help."""

    def give(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return give


def read_options(kind: type[Options], given: Mapping[str, Any]) -> Options:
    """Return the options of one group among all arguments of a command.

    Parameters
    ----------
    kind : dataclass
        Its fields have the names of the options.
    given : mapping of str to object
        The arguments of the command.
    """
    return kind(**{field.name: given[field.name] for field in fields(kind)})  # type: ignore[arg-type]
