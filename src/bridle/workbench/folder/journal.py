"""`Journal`: the finished runs of an unfinished study, which need not be repeated."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from bridle.arguments.option_words import option
from bridle.errors import InputError
from bridle.files.atomic_file import write_atomic
from bridle.workbench.folder.file_names import UNFINISHED
from bridle.workbench.folder.plan import Plan
from bridle.workbench.folder.record_file import parse_records
from bridle.workbench.folder.sealed_line import seal, unseal
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.run.experiment import RunKey

__all__ = ["Journal", "is_journal", "read_journal"]

_SECONDS_BETWEEN_WRITES = 1.0

_BEGINNING = b'{"plan": '


class Journal:
    """Stores records in a file that is complete at every moment.

    The file is rewritten atomically, at most once per second, so at most the runs of one second are
    lost if the process is killed or the disk is full. It identifies its study, and each of its
    lines has a checksum.

    Parameters
    ----------
    folder : Path
        An existing folder with no other writer.
    plan : Plan
        Identifies the study.
    records : iterable of Record
        Records of an earlier start.
    """

    def __init__(self, folder: Path, plan: Plan, records: Iterable[Record] = ()) -> None:
        self.path = folder / UNFINISHED
        self.plan = plan
        self.done: dict[tuple[RunKey, float], Record] = {_key(record): record for record in records}
        self._written = time.monotonic()

    def keep(self, record: Record) -> None:
        """Add a record.

        Raises
        ------
        OSError
            The file could not be written; it is unchanged.
        """
        self.done[_key(record)] = record
        if time.monotonic() - self._written >= _SECONDS_BETWEEN_WRITES:
            self.write()

    def done_for(self, protocol: Protocol) -> dict[RunKey, Record]:
        """Return the records of a protocol's seeds and its fraction of the training rows."""
        return {
            key: record
            for (key, share), record in self.done.items()
            if key[1] in protocol.seeds and share == protocol.train_share
        }

    def found_for(self, protocol: Protocol) -> dict[str, int | str]:
        """Return the rules that were found for the protocol's fraction of the training rows."""
        names = {name: f"{name}{_suffix(protocol)}" for name in ("epochs", "epochs_rule")}
        found = self.plan.found
        return {name: found[key] for name, key in names.items() if key in found}

    def find(self, protocol: Protocol) -> None:
        """Store the number of epochs that was found for a protocol, and write it now."""
        suffix = _suffix(protocol)
        rules = {f"epochs{suffix}": protocol.epochs, f"epochs_rule{suffix}": protocol.epochs_rule}
        self.plan = replace(self.plan, found={**self.plan.found, **rules})
        self.write()

    def write(self) -> None:
        """Write all records now."""
        lines = [
            seal({"plan": self.plan.parts, "found": self.plan.found}),
            *(seal(record.to_dict()) for record in self.done.values()),
        ]
        write_atomic(self.path, "\n".join(lines) + "\n")
        self._written = time.monotonic()


def read_journal(path: Path) -> tuple[Plan, tuple[Record, ...]] | None:
    """Return plan and records of an unfinished study; None if there are none.

    An incomplete last line, which a failing disk may leave, is ignored.

    Parameters
    ----------
    path : Path
        Path of the file, which need not exist.

    Raises
    ------
    InputError
        A line is not what bridle wrote; the message names it.
    """
    try:
        lines = path.read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:
        return None
    if not lines:
        return None
    place = f"line 1 of {str(path)!r}"
    head = unseal(lines[0], place)
    parts, found = head.get("plan"), head.get("found", {})
    if not (isinstance(parts, dict) and isinstance(found, dict)):
        raise InputError(
            f"There is no plan of a study in {place}. Name another folder, or use "
            f"{option('overwrite', True)}."
        )
    return Plan(parts, found), parse_records(lines[1:], str(path), first_line=2)


def _key(record: Record) -> tuple[RunKey, float]:
    return record.arm_and_seed, record.train_share


def _suffix(protocol: Protocol) -> str:
    return "" if protocol.train_share == 1.0 else f" at {protocol.train_share!r}"


def is_journal(path: Path) -> bool:
    """Return whether bridle wrote the file, even if it was changed since."""
    with path.open("rb") as file:
        start = file.read(len(_BEGINNING))
    return _BEGINNING.startswith(start)
