"""`Checkpoints`: saved states of unfinished trainings, from which they can continue."""

from __future__ import annotations

import errno
import hashlib
import io
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.errors import InputError
from bridle.files.array_file import read_arrays_of
from bridle.files.atomic_file import write_atomic
from bridle.files.digest import digest
from bridle.networks.engine.job import Job
from bridle.networks.engine.watch import Watch
from bridle.networks.template.template import State

__all__ = ["CHECKPOINT_NAME", "CheckpointError", "Checkpoints"]

CHECKPOINT_NAME = r"checkpoint-[0-9a-f]{16}\.npz"
"""Pattern of the file names."""

_CHECKSUM = "checksum"

_SECONDS_BETWEEN_WRITES = 10.0

_REMEDY = "Delete it, and its networks are trained anew."

Arrays = dict[str, npt.NDArray[Any]]


class CheckpointError(OSError):
    """A checkpoint could not be written or is damaged; a failure of the disk, not of the run."""


class Checkpoints:
    """Saves the state of groups of runs, each atomically in a file of a folder.

    A group that trains for less than ten seconds is not saved. Each file has a checksum.

    Parameters
    ----------
    folder : Path
        An existing folder.
    plan : str
        Digest of the study; files of other studies are ignored.
    """

    def __init__(self, folder: Path, plan: str) -> None:
        self.folder = folder
        self.plan = plan
        self._written: dict[Path, float] = {}

    def restore(self, group: Sequence[Job], watches: Sequence[Watch]) -> int:
        """Restore watches from a checkpoint; return the number of finished epochs, 0 without one.

        Parameters
        ----------
        group : sequence of Job
            Jobs with names.
        watches : sequence of Watch
            Watches of these jobs, in their initial state.

        Raises
        ------
        CheckpointError
            The file is damaged.
        """
        path = self._path(group)
        self._written[path] = time.monotonic()
        try:
            arrays = self._read(path)
        except FileNotFoundError:
            return 0
        for i, watch in enumerate(watches):
            watch.curves = [tuple(row) for row in arrays[f"{i} curves"].tolist()]
            watch.best_epoch = int(arrays[f"{i} best_epoch"])
            start = watch.state
            watch.state = _unpacked(arrays, f"{i} state", start)
            watch.best_state = _unpacked(arrays, f"{i} best", start)
        return int(arrays["epochs"])

    def offer(self, group: Sequence[Job], watches: Sequence[Watch], epochs: int) -> None:
        """Save the state of a group if the last save was at least ten seconds ago.

        Raises
        ------
        CheckpointError
            The file could not be written; it is unchanged.
        """
        waited = time.monotonic() - self._written[self._path(group)]
        if waited >= _SECONDS_BETWEEN_WRITES:
            self.save(group, watches, epochs)

    def save(self, group: Sequence[Job], watches: Sequence[Watch], epochs: int) -> None:
        """Save the state of a group; see `offer`.

        Raises
        ------
        CheckpointError
            The file could not be written; an earlier file is unchanged.
        """
        if any(watch.diverged is not None for watch in watches):
            return  # a diverged run is not saved; from an earlier file it would diverge again
        arrays: Arrays = {"epochs": np.asarray(epochs)}
        for i, watch in enumerate(watches):
            arrays[f"{i} curves"] = np.asarray(watch.curves, dtype=np.float64).reshape(-1, 4)
            arrays[f"{i} best_epoch"] = np.asarray(watch.best_epoch)
            arrays |= _packed(f"{i} state", watch.state) | _packed(f"{i} best", watch.best_state)
        arrays[_CHECKSUM] = np.asarray(self._checksum(arrays))
        content = io.BytesIO()
        np.savez(content, allow_pickle=False, **arrays)
        path = self._path(group)
        try:
            write_atomic(path, content.getvalue())
        except OSError as error:
            raise CheckpointError(error.errno, error.strerror, str(path)) from error
        self._written[path] = time.monotonic()

    def remove(self, group: Sequence[Job]) -> None:
        """Delete the checkpoint of a finished group."""
        self._path(group).unlink(missing_ok=True)

    def _read(self, path: Path) -> Arrays:
        """Return the saved arrays, after comparing them with the checksum."""
        try:
            with path.open("rb") as file:
                arrays = read_arrays_of(file, path.name, _REMEDY)
        except FileNotFoundError:
            raise
        except (InputError, OSError) as error:
            raise CheckpointError(errno.EIO, str(error), str(path)) from error
        if str(arrays.pop(_CHECKSUM, None)) != self._checksum(arrays):
            message = f"{path.name} does not match its checksum. {_REMEDY}"
            raise CheckpointError(errno.EIO, message, str(path))
        return arrays

    def _checksum(self, arrays: Arrays) -> str:
        # As bytes, since types without a name in NumPy would come back as other types.
        held = [(name, array.shape, array.tobytes()) for name, array in sorted(arrays.items())]
        return digest([self.plan, held])

    def _path(self, group: Sequence[Job]) -> Path:
        names = "\0".join([self.plan, *(job.name for job in group)])
        return self.folder / f"checkpoint-{hashlib.sha256(names.encode()).hexdigest()[:16]}.npz"


def _packed(name: str, state: State) -> Arrays:
    return {
        f"{name} {part} {i}": np.asarray(value)
        for part, values in vars(state).items()
        for i, value in enumerate(values)
    }


def _unpacked(arrays: Arrays, name: str, like: State) -> State:
    # Types without a name in NumPy, such as bfloat16, come back as bytes.
    return State(
        **{
            part: [
                arrays[f"{name} {part} {i}"].view(np.asarray(value).dtype)
                for i, value in enumerate(values)
            ]
            for part, values in vars(like).items()
        }
    )
