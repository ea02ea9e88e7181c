"""`PageSource`: what the page of a study shows beyond its verdict and its records."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bridle.arguments.option_words import from_door
from bridle.errors import InputError
from bridle.files.typed_json import typed
from bridle.workbench.data.used_columns import ColumnUse
from bridle.workbench.folder.file_names import to_json
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.report.html import Origin, render_html
from bridle.workbench.splits import Folds, Holdout, Nested, Splits, TimeFolds
from bridle.workbench.task import Task
from bridle.workbench.verdict.answer import answer_of
from bridle.workbench.verdict.verdict import Verdict

__all__ = ["PageSource"]

_SPLITS: dict[str, type[Any]] = {
    kind.__name__: kind for kind in (Folds, Holdout, Nested, TimeFolds)
}


@dataclass(frozen=True)
class PageSource:
    """The content of a page besides its verdict and records.

    Attributes
    ----------
    protocol : Protocol
    task : Task
    dataset, target : str
        Names.
    subject : str
        Data, rows and target in a few words.
    following : str or None
        The command that uses the model.
    columns : tuple of ColumnUse
    titles : dict of str to str
        Descriptions of the arms.
    versions : dict of str to str
        Of the packages with which the study ran.
    origin : Origin
    """

    protocol: Protocol
    task: Task
    dataset: str
    target: str
    subject: str
    following: str | None
    columns: tuple[ColumnUse, ...]
    titles: dict[str, str]
    versions: dict[str, str]
    origin: Origin

    def render(self, verdict: Verdict, records: Sequence[Record]) -> str:
        """Return the page, with advice for Python or for the command line, whichever ran the study."""
        with from_door(shell=bool(self.origin.command)):
            return render_html(
                verdict,
                records,
                answer=answer_of(
                    verdict,
                    self.protocol,
                    self.task,
                    subject=self.subject,
                    following=self.following,
                    rest="below",
                ),
                protocol=self.protocol,
                task=self.task,
                dataset=self.dataset,
                target=self.target,
                columns=self.columns,
                titles=self.titles,
                versions=self.versions,
                origin=self.origin,
            )

    def to_json(self) -> str | None:
        """Return the text of a file, or None if the splits are those of the user's own splitter."""
        splits = self.protocol.splits
        if type(splits).__name__ not in _SPLITS:
            return None
        fields = asdict(self)
        fields["protocol"]["splits"] |= {"kind": type(splits).__name__}
        return f"{to_json(fields, indent=2)}\n"

    @classmethod
    def of_json(cls, text: bytes, name: str) -> PageSource:
        """Read what `to_json` wrote.

        Raises
        ------
        InputError
            The text is not what `to_json` writes.
        """
        found: PageSource = typed(cls, parsed(text, name), name, {Splits: _splits})
        return found


def parsed(text: bytes, name: str) -> Any:
    """Return the value of a JSON text.

    Raises
    ------
    InputError
        The text is not JSON.
    """
    try:
        return json.loads(text)
    except (RecursionError, ValueError) as error:
        raise InputError(f"{name} is not as bridle wrote it: {error}.") from error


def _splits(value: Any, place: str) -> Any:
    fields: Mapping[str, Any] = value if isinstance(value, dict) else {}
    kind = _SPLITS.get(str(fields.get("kind")))
    if kind is None:
        raise InputError(f"{place} holds no splits that bridle knows: {str(value)[:80]!r}.")
    return typed(kind, {key: field for key, field in fields.items() if key != "kind"}, place)
