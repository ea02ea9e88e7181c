"""Options in a TOML file: `Configurable`, a command with ``--config`` and ``--write-config``.

Keys are the names of the command's options, without dashes in front. The options themselves check the
values, so there is no second list. The command line takes precedence over the file.
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

import click

from bridle.errors import InputError

__all__ = ["Configurable"]

_OWN = ("config", "write_config", "help")
_GIVEN = "bridle.given"
_WIDTH = 96


class Configurable(click.Command):
    """A command whose options can also be given in a file."""

    def __init__(self, *given: Any, **named: Any) -> None:
        click.Command.__init__(self, *given, **named)
        self.params += [
            click.Option(
                ["--config"],
                metavar="FILE",
                type=click.Path(path_type=Path),
                is_eager=True,
                expose_value=False,
                callback=_read,
                help="A TOML file with any of these options; the command line takes precedence.",
            ),
            click.Option(
                ["--write-config"],
                is_flag=True,
                is_eager=True,
                expose_value=False,
                callback=_write,
                help="Print such a file, with all options, their meanings and the given values, and "
                "exit.",
            ),
        ]

    def parse_args(self, context: click.Context, words: list[str]) -> list[str]:
        """Parse, and store the options of the command line for --write-config."""
        if "--write-config" in words:
            given, _, _ = self.make_parser(context).parse_args(args=list(words))
            context.meta[_GIVEN] = given
        return click.Command.parse_args(self, context, words)


def _options(context: click.Context) -> dict[str, click.Option]:
    """Return the options that a file may hold, by key."""
    return {
        param.opts[0].lstrip("-"): param
        for param in context.command.params
        if isinstance(param, click.Option) and param.name not in _OWN
    }


def _read(context: click.Context, _: click.Parameter, path: Path | None) -> None:
    if path is None:
        return
    import tomllib

    try:
        text = path.read_text("utf-8")
        found = tomllib.loads(text)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} must be UTF-8. Save it so.") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path} is not valid TOML: {str(error).rstrip('.')}.") from error
    known = _options(context)
    defaults: dict[str, Any] = {}
    for key, value in found.items():
        place = f"{path}{_line_of(key, text)}"
        if key not in known:
            raise InputError(f"{place}: {_unknown(key, known)}")
        option = known[key]
        assert option.name is not None
        defaults[option.name] = _value(context, option, key, value, place)
    context.default_map = {**(context.default_map or {}), **defaults}


def _line_of(key: str, text: str) -> str:
    written = rf"""^\s*(?:{re.escape(key)}|"{re.escape(key)}"|\[{re.escape(key)}\])\s*(?:=|$)"""
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(written, line):
            return f", line {number}"
    return ""


def _unknown(key: str, known: dict[str, click.Option]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(key, known, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"There is no option {key!r}.{hint} There are: {', '.join(known)}."


def _value(context: click.Context, option: click.Option, key: str, value: Any, place: str) -> Any:
    """Return a value after checking that the option accepts it."""
    kind = _kind(option)
    listed = value if isinstance(value, list) else [value]
    types: dict[str, tuple[type, ...]] = {
        "true or false": (bool,),
        "a whole number": (int,),
        "a number": (int, float),
        "text": (str,),
    }
    fits = all(
        isinstance(item, types[kind]) and (kind == "true or false" or not isinstance(item, bool))
        for item in listed
    )
    if not fits or (isinstance(value, list) and not option.multiple):
        asked = f"{kind}, or a list of it" if option.multiple else kind
        raise InputError(f"{place}: {key} must be {asked}. Received: {key} = {_toml(value)}.")
    try:
        option.type_cast_value(context, listed if option.multiple else value)
    except click.BadParameter as error:
        raise InputError(f"{place}: {key} cannot be {_toml(value)}: {error.message}") from error
    return listed if option.multiple else value


def _kind(option: click.Option) -> str:
    if option.is_flag:
        return "true or false"
    if isinstance(option.type, click.types.IntParamType):
        return "a whole number"
    return "a number" if isinstance(option.type, click.types.FloatParamType) else "text"


def _write(context: click.Context, _: click.Parameter, asked: bool) -> None:
    if not asked:
        return
    given = _given(context)
    lines = [
        f"# Options of `{context.command_path}`, for --config FILE. Remove the # in front of those",
        "# that you set; the others have their defaults.",
    ]
    for key, option in _options(context).items():
        lines += [
            "",
            *textwrap.wrap(option.help or "", _WIDTH, initial_indent="# ", subsequent_indent="# "),
        ]
        known = option.name in given
        value = given[option.name or ""] if known else _example(option)
        lines.append(f"{'' if known else '# '}{key} = {_toml(value)}")
    click.echo("\n".join(lines))
    context.exit()


def _given(context: click.Context) -> dict[str, Any]:
    """Return the options that the command line sets, and those of a file that it names."""
    words = context.meta.get(_GIVEN, {})
    if context.default_map is None and words.get("config") is not None:
        _read(context, context.command.params[0], Path(words["config"]))
    found: dict[str, Any] = dict(context.default_map or {})
    for option in _options(context).values():
        name = option.name or ""
        if words.get(name) not in (None, ()):
            value = option.type_cast_value(context, words[name])
            found[name] = list(value) if option.multiple else value
    return found


def _example(option: click.Option) -> Any:
    """Return the default of an option or, without one, an example."""
    if option.is_flag:
        return False
    if isinstance(option.default, int | float | str) and not option.multiple:
        return option.default
    number = {"a whole number": 10, "a number": 0.5}.get(_kind(option))
    if isinstance(option.type, click.Choice):
        found: Any = option.type.choices[0]
    else:
        found = (option.metavar or "text") if number is None else number
    return [found] if option.multiple else found


def _toml(value: Any) -> str:
    import json

    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, str | Path):
        return json.dumps(str(value), ensure_ascii=False)
    return str(value)
