"""Journals and records that are damaged: refused by name, or read as they were written."""

from __future__ import annotations

import json
import tempfile
import warnings
from functools import cache
from pathlib import Path
from random import Random

from tests.fuzz.mutations import edited, mutated

from bridle.errors import BridleWarning, InputError
from bridle.networks.curves import Curves
from bridle.workbench.folder.file_names import UNFINISHED
from bridle.workbench.folder.journal import Journal, read_journal
from bridle.workbench.folder.plan import Plan
from bridle.workbench.folder.record_file import read_records, write_records
from bridle.workbench.folder.sealed_line import seal, unseal
from bridle.workbench.record import Record

PLAN = Plan({"data": "0" * 64})


def _record(seed: int) -> Record:
    loss = (0.5, 0.25)
    return Record(
        *("dropout", seed, 8, 1, 1),
        test_risk=0.5,
        train_risk=0.25,
        test_score=1.0,
        seconds=0.1,
        curves=Curves(loss, loss, loss, (0.0, 0.0)),
    )


@cache
def files() -> tuple[bytes, bytes]:
    """Return a journal and a file of records."""
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder), PLAN)
        for seed in range(3):
            journal.keep(_record(seed))
        journal.write()
        records = Path(folder) / "records.jsonl"
        write_records(records, [_record(seed) for seed in range(3)])
        return journal.path.read_bytes(), records.read_bytes()


def case(draw: Random) -> str:
    """Read one mutant of each; return what came of the journal, or fail."""
    journal, records = files()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", BridleWarning)
        path = Path(folder) / "records.jsonl"
        path.write_bytes(_damaged(draw, records))
        try:
            read_records(path)
        except InputError as error:
            if path.name not in str(error):
                return f"refused without its name: {error}"
        path = Path(folder) / UNFINISHED
        path.write_bytes(_damaged(draw, journal))
        try:
            read = read_journal(path)
        except InputError as error:
            return "refused" if path.name in str(error) else f"refused without its name: {error}"
        return f"{len(read[1])} records" if read else "nothing"


def _damaged(draw: Random, content: bytes) -> bytes:
    if draw.randrange(2):
        return mutated(draw, content)
    lines = content.splitlines()
    place = draw.randrange(len(lines))
    # With the checksum that fits, so that what it guards is looked at too.
    fields = json.loads(edited(draw, json.dumps(unseal(lines[place], "")).encode()))
    lines[place] = seal(fields).encode() if isinstance(fields, dict) and fields else b"[]"
    return b"\n".join([*lines, b""])
