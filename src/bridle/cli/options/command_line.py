"""`result_words`: the arguments of a command that determine its result, written out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click
from click.core import ParameterSource

__all__ = ["result_words"]

_OUTPUT = {"out", "overwrite", "no_model", "as_json", "quiet"}
"""Options about the output, by the names of their values."""


def result_words(context: click.Context) -> tuple[str, ...]:
    """Return the command's name, its arguments, and its options other than defaults and output.

    Options from a configuration file are written out too, so that the words alone repeat the run.

    Parameters
    ----------
    context : click.Context
        The context of the command.
    """
    words = [str(context.info_name)]
    given = context.params
    words += [
        str(given[param.name])
        for param in context.command.params
        if isinstance(param, click.Argument) and param.name is not None
    ]
    for param in context.command.params:
        name = param.name or ""
        default = context.get_parameter_source(name) is ParameterSource.DEFAULT
        if (
            isinstance(param, click.Option)
            and name in given
            and name not in _OUTPUT
            and not default
        ):
            words += _option(param, given[name])
    return tuple(words)


def _option(option: click.Option, value: Any) -> Iterator[str]:
    flag = max(option.opts, key=len)
    if option.is_flag:
        if value:
            yield flag
        return
    for item in value if option.multiple else [value]:
        if item is not None:
            yield flag
            yield str(item)
