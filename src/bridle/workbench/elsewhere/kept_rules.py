"""The rules of the studies whose records are judged, as their folders have them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bridle.errors import InputError
from bridle.workbench.folder.file_names import PAGE_SOURCE
from bridle.workbench.protocol import Protocol
from bridle.workbench.report.page_source import PageSource

__all__ = ["kept_rules"]


def kept_rules(*arms: Any) -> Protocol | None:
    """Return the rules that runs were made by, which tell which of them share rows.

    Parameters
    ----------
    *arms : object
        The runs of each arm, as for `bridle.judge_runs`.

    Returns
    -------
    Protocol or None
        None if no folder has rules: of records alone, or of a study with the user's own splitter.

    Raises
    ------
    InputError
        Studies have other splits or another number of initialisations, or their rules cannot be read.
    """
    found = [rules for folder in _folders(arms) if (rules := _rules_in(folder)) is not None]
    told = {(repr(rules.splits), rules.initialisations) for rules in found}
    if len(told) > 1:
        raise InputError(
            "Runs must have the same splits and the same number of initialisations. Received: studies "
            f"with {' and '.join(sorted(splits for splits, _ in told))}, or other initialisations."
        )
    return found[0] if found else None


def _folders(arms: tuple[Any, ...]) -> list[Path]:
    given = [item for arm in arms for item in (arm if isinstance(arm, list | tuple) else [arm])]
    paths = [Path(item) for item in given if isinstance(item, str | Path)]
    return list(dict.fromkeys(path if path.is_dir() else path.parent for path in paths))


def _rules_in(folder: Path) -> Protocol | None:
    source = folder / PAGE_SOURCE
    if not source.is_file():
        return None
    return PageSource.of_json(source.read_bytes(), str(source)).protocol
