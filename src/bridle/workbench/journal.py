"""The runs of a study that is not finished: what is done is not done again."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bridle.atomic_file import write_atomic
from bridle.errors import InputError
from bridle.workbench.arm import Arm
from bridle.workbench.dataset import Dataset
from bridle.workbench.experiment import RunKey
from bridle.workbench.files import UNFINISHED, to_json
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.record_file import parse_records

__all__ = ["Journal", "plan_of"]

_SECONDS_BETWEEN_WRITES = 1.0


class Journal:
    """Keeps records in a file of a folder, which is whole at every moment.

    The file is written anew, in one step, when a second has gone since the last time: at most that
    second's runs are lost where the process is killed or the disk is full. It says which study it
    belongs to; that of another study is replaced.

    Parameters
    ----------
    folder : Path
        Exists.
    plan : str
        What `plan_of` gives for the study.

    Attributes
    ----------
    replaces : str
        What of another study, or unreadable, the file held; empty where it held neither.
    """

    def __init__(self, folder: Path, plan: str) -> None:
        self.folder = folder
        self.path = folder / UNFINISHED
        self.plan = plan
        self.replaces = ""
        self.done: dict[RunKey, Record] = {one.arm_and_seed: one for one in self._read()}
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
            to_json({"plan": self.plan}),
            *(to_json(one.to_dict()) for one in self.done.values()),
        ]
        write_atomic(self.path, "\n".join(lines) + "\n")
        self._written = time.monotonic()

    def _read(self) -> tuple[Record, ...]:
        try:
            first, *lines = self.path.read_bytes().split(b"\n")
            if json.loads(first) == {"plan": self.plan}:
                return parse_records(lines, str(self.path), first_line=2)
            self.replaces = "is of other data, options or versions"
        except FileNotFoundError:
            pass
        except (InputError, ValueError):
            self.replaces = "cannot be read"
        return ()


def plan_of(dataset: Dataset, arms: Sequence[Arm], protocol: Protocol, backend: str) -> str:
    """Return a digest of all that decides the records of a study.

    Data, arms with their settings, rules, the backend and its version, and bridle's own version.

    Parameters
    ----------
    dataset : Dataset
    arms : sequence of Arm
    protocol : Protocol
    backend : str
        Name and version of what trains networks.
    """
    digest = hashlib.sha256()
    for part in (
        metadata.version("bridle"),
        backend,
        repr(protocol),
        repr(dataset.task),
        repr(list(dataset.frame.columns)),
        *(f"{arm.name} {arm.title} {_settings_of(arm)}" for arm in arms),
    ):
        digest.update(part.encode() + b"\0")
    digest.update(pd.util.hash_pandas_object(dataset.frame, index=False).to_numpy().tobytes())
    digest.update(np.ascontiguousarray(dataset.target).tobytes())
    return digest.hexdigest()


def _settings_of(arm: Arm) -> str:
    held: dict[str, Any] = {name: value for name, value in vars(arm).items() if name != "title"}
    source = held.pop("source", None)
    return f"{sorted(held.items())!r} {source_text(source)}"


def source_text(source: Any) -> str:
    """Return what tells one network from another: its settings, its layers and weights, its code."""
    if source is None:
        return ""
    layers = getattr(source, "layers", None)
    if layers is not None:
        weights = [np.asarray(one) for one in source.get_weights()]
        held = hashlib.sha256(b"".join(one.tobytes() for one in weights)).hexdigest()
        return f"{source.to_json()} {held}"
    code = getattr(source, "__code__", None)
    return (
        repr(source)
        if code is None
        else f"{source.__qualname__} {code.co_code!r} {code.co_consts!r}"
    )
