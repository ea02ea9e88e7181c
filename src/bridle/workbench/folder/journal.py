"""Journal of a study that is not finished: what is done is not done again."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from bridle.errors import InputError
from bridle.files.atomic_file import write_atomic
from bridle.workbench.folder.file_names import UNFINISHED
from bridle.workbench.folder.plan import Plan
from bridle.workbench.folder.record_file import parse_records
from bridle.workbench.folder.sealed_line import seal, unseal
from bridle.workbench.record import Record
from bridle.workbench.run.experiment import RunKey

__all__ = ["Journal", "is_journal", "read_journal"]

_SECONDS_BETWEEN_WRITES = 1.0

_BEGINNING = b'{"plan": '


class Journal:
    """Keeps records in a file of a folder, which is whole at every moment.

    The file is written anew, in one step, when a second has gone since the last time: at most that
    second's runs are lost where the process is killed or the disk is full. It says which study it
    belongs to, and each of its lines carries a checksum.

    Parameters
    ----------
    folder : Path
        Exists, and nobody else writes to it.
    plan : Plan
    records : iterable of Record
        Of an earlier start.
    """

    def __init__(self, folder: Path, plan: Plan, records: Iterable[Record] = ()) -> None:
        self.path = folder / UNFINISHED
        self.plan = plan
        self.done: dict[RunKey, Record] = {one.arm_and_seed: one for one in records}
        self._written = time.monotonic()

    def keep(self, record: Record) -> None:
        """Note a record.

        Raises
        ------
        OSError
            The file could not be written; it is as it was.
        """
        self.done[record.arm_and_seed] = record
        if time.monotonic() - self._written >= _SECONDS_BETWEEN_WRITES:
            self.write()

    def write(self) -> None:
        """Write all records now."""
        lines = [
            seal({"plan": self.plan.parts}),
            *(seal(one.to_dict()) for one in self.done.values()),
        ]
        write_atomic(self.path, "\n".join(lines) + "\n")
        self._written = time.monotonic()


def read_journal(path: Path) -> tuple[Plan, tuple[Record, ...]] | None:
    """Return plan and records of an unfinished study; None where nothing is kept.

    A last line without an end, which a failing disk may leave, counts as not written.

    Parameters
    ----------
    path : Path
        Of the file, which need not exist.

    Raises
    ------
    InputError
        A line is not what bridle wrote: it is named.
    """
    try:
        lines = path.read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:
        return None
    if not lines:
        return None
    place = f"line 1 of {str(path)!r}"
    parts = unseal(lines[0], place).get("plan")
    if not isinstance(parts, dict):
        raise InputError(
            f"There is no plan of a study in {place}. Name another folder, or use --overwrite."
        )
    return Plan(parts), parse_records(lines[1:], str(path), first_line=2)


def is_journal(path: Path) -> bool:
    """Whether bridle wrote the file, whatever became of it since."""
    with path.open("rb") as file:
        start = file.read(len(_BEGINNING))
    return _BEGINNING.startswith(start)
