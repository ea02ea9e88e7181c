"""The rows of the table."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ROWS", "Row", "by_name"]


@dataclass(frozen=True)
class Row:
    """A piece of work.

    Attributes
    ----------
    name : str
    title : str
        Ours, and the other's after "over".
    module : str
        File of this folder whose ``measure(*arguments)`` returns our seconds, and theirs or None.
    arguments : tuple of str
    goal : float or None
        At most so much is wanted: of the ratio, or of our seconds where there is nobody else. None
        where it is only reported.
    is_ratio : bool
    """

    name: str
    title: str
    module: str
    arguments: tuple[str, ...]
    goal: float | None
    is_ratio: bool = True


ROWS = (
    Row(
        "recipe",
        "recipe, baseline + dropout, 10 seeds, compilation included, over fresh fits",
        "recipe_study",
        (),
        0.15,
    ),
    Row("run-fresh", "one more run of the recipe, over a fresh fit", "one_run", ("fresh",), 0.06),
    Row("run-reused", "the same, over a compiled fit that is reused", "one_run", ("reused",), 0.7),
    Row(
        "compare-cold",
        "bridle compare, 569 x 30, 5 seeds, no cache of programs, seconds",
        "compare_command",
        ("cold",),
        20.0,
        is_ratio=False,
    ),
    Row(
        "compare-warm",
        "the same with the cache of programs, seconds",
        "compare_command",
        ("warm",),
        10.0,
        is_ratio=False,
    ),
    Row(
        "wide-fresh",
        "1560 x 617, 26 classes, 512-512, 7 rates, 5 seeds, over fresh fits",
        "wide_study",
        ("fresh",),
        0.25,
    ),
    Row(
        "wide-reused",
        "the same, over compiled fits that are reused",
        "wide_study",
        ("reused",),
        None,
    ),
)


def by_name(name: str) -> Row:
    """Return a row.

    Raises
    ------
    KeyError
    """
    for row in ROWS:
        if row.name == name:
            return row
    raise KeyError(f"no row {name!r}; there are {', '.join(row.name for row in ROWS)}")
