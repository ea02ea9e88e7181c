"""Event files of TensorBoard, read by TensorBoard's own reader."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from bridle.errors import InputError, MissingExtraError
from bridle.workbench.logs.entries import Entries

__all__ = ["entries_of_events", "is_event_file"]


def is_event_file(path: Path) -> bool:
    """Return whether a file is named as TensorBoard names its event files."""
    return "tfevents" in path.name


def entries_of_events(path: Path) -> Entries:
    """Return one entry for each step at which a scalar was written.

    A tag such as ``loss/val`` becomes the name of its numbers. Keras writes training and validation to
    two folders, ``train`` and ``validation``, under the same tags; for the folder above both, the names
    of these folders are put before the tags.

    Parameters
    ----------
    path : Path
        An event file, or a folder with some, at any depth.

    Raises
    ------
    MissingExtraError
        tensorboard is not installed.
    InputError
        There is no scalar.
    """
    try:
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    except ImportError as error:
        raise MissingExtraError("Reading event files", "tensorboard", "tensorboard") from error
    rows: defaultdict[int, dict[str, float]] = defaultdict(dict)
    for source, prefix in _sources(path):
        # 0 keeps every number; the default would leave out all but 10,000.
        events = EventAccumulator(str(source), size_guidance={"scalars": 0, "tensors": 0})
        events.Reload()
        for tag in events.Tags()["scalars"]:
            for event in events.Scalars(tag):
                rows[event.step][f"{prefix}{tag}"] = float(event.value)
        for tag in events.Tags()["tensors"]:
            for event in events.Tensors(tag):
                if not event.tensor_proto.tensor_shape.dim:
                    rows[event.step][f"{prefix}{tag}"] = _number(event.tensor_proto)
    if not rows:
        raise InputError(f"{path.name} must hold scalars. Received: none in its event files.")
    return Entries(
        path.name,
        "event files of TensorBoard",
        [{"step": float(step), **rows[step]} for step in sorted(rows)],
    )


def _sources(path: Path) -> list[tuple[Path, str]]:
    """Return the paths to read, each with the prefix of its tags."""
    if path.is_file():
        return [(path, "")]
    folders = sorted({file.parent for file in path.rglob("*tfevents*") if file.is_file()})
    return [
        (folder, "" if folder == path else f"{folder.relative_to(path).as_posix()}/")
        for folder in folders
    ]


def _number(tensor: object) -> float:
    from tensorboard.util import tensor_util

    return float(tensor_util.make_ndarray(tensor))
