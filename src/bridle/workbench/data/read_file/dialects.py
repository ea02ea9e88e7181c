"""Dialects of a text table: quotes, escapes and blanks, as suggested by its text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Dialect", "dialects", "in_quotes"]


@dataclass(frozen=True)
class Dialect:
    """A dialect; each attribute is an argument of `csv.reader` and of pandas."""

    separator: str
    quote: str = '"'
    escape: str | None = None
    skip_blanks: bool = False

    def said(self, name: str) -> tuple[str, ...]:
        """Return sentences on unusual properties."""
        unusual = {
            f"Blanks after the separators of {name} are left out.": self.skip_blanks
            and self.separator != " ",
            f"Quotes within quotes are escaped by backslashes in {name}.": self.escape is not None,
            f"Apostrophes quote the fields of {name}.": self.quote == "'",
        }
        return tuple(name for name, is_so in unusual.items() if is_so)


def dialects(text: str, separator: str) -> Iterator[Dialect]:
    """Yield the usual dialect, then those that a text suggests."""
    plain = Dialect(separator, skip_blanks=separator == " ")
    yield plain
    if f'{separator} "' in text:
        yield Dialect(separator, skip_blanks=True)
    if '\\"' in text:
        yield Dialect(separator, escape="\\")
    if f"{separator}'" in text or f"'{separator}" in text:
        yield Dialect(separator, quote="'", skip_blanks=plain.skip_blanks)


def in_quotes(field: str) -> bool:
    """Return whether a field is still in quotes."""
    inner = field.strip()
    return len(inner) > 1 and inner[0] == inner[-1] and inner[0] in "\"'"
