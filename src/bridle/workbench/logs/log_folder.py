"""Log folder: finds the log among the files of a run."""

from __future__ import annotations

import re
from pathlib import Path

from bridle.errors import InputError

__all__ = ["log_in_folder", "seed_in_path"]

_NAMES = ("metrics.csv", "trainer_state.json", "log.csv", "training.csv", "history.json")
_SEED = re.compile(r"(?:^|[^a-z])seed[-_= ]*([0-9]{1,9})(?![0-9])", re.IGNORECASE)


def log_in_folder(folder: Path) -> Path:
    """Return the log in the folder of a run; for event files, the folder itself.

    Of several checkpoints of Hugging Face's Trainer, the last has the whole history.

    Raises
    ------
    InputError
        There is no log, or several.
    """
    for name in _NAMES:
        if (folder / name).is_file():
            return folder / name
    checkpoints = sorted(
        folder.glob("checkpoint-*/trainer_state.json"),
        key=lambda file: (len(file.parent.name), file.parent.name),
    )
    if checkpoints:
        return checkpoints[-1]
    if any(folder.rglob("*tfevents*")):
        return folder
    below = sorted({file for name in (*_NAMES, "*.wandb") for file in folder.rglob(name)})
    if len(below) == 1:
        return below[0]
    what = f"{len(below)} of them below it" if below else "none"
    raise InputError(
        f"{folder} must be the folder of one run, with a log: {', '.join(_NAMES)}, event files of "
        f"TensorBoard, or a .wandb file. Received: {what}."
    )


def seed_in_path(path: Path) -> int | None:
    """Return the seed that a path names, as in ``dropout/seed3/metrics.csv``; None without one.

    The name of the file or folder nearest to the end of the path counts.
    """
    for part in reversed(path.parts):
        if found := _SEED.search(part):
            return int(found[1])
    return None
