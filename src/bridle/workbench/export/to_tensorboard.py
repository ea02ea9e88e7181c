"""Export to TensorBoard: each run becomes a folder of event files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bridle.errors import InputError, MissingExtraError
from bridle.workbench.export.run import ExportedRun

__all__ = ["write"]


def write(runs: Sequence[ExportedRun], place: str | None, name: str) -> str:
    """Write event files to ``place/ARM/seedS``; return the folder.

    Curves are scalars by epoch, counted from 1; results are scalars at the last epoch.

    Raises
    ------
    InputError
        The folder is not empty; events would be mixed with those in it.
    MissingExtraError
        tensorboard is not installed.
    """
    try:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.summary.writer.event_file_writer import EventFileWriter
    except ImportError as error:
        raise MissingExtraError("Writing event files", "tensorboard", "tensorboard") from error
    folder = Path(place or f"{name}-tensorboard")
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise InputError(
            f"out must be a new or an empty folder. Received: {str(folder)!r}, which is in use."
        )
    for run in runs:
        events = EventFileWriter(str(folder / run.name))
        epochs = max((len(curve) for curve in run.curves.values()), default=0)
        by_step = [
            {tag: curve[epoch] for tag, curve in run.curves.items() if epoch < len(curve)}
            for epoch in range(epochs)
        ]
        steps = [*enumerate(by_step, start=1), (epochs, run.results)]
        for step, numbers in steps:
            values = [
                Summary.Value(tag=tag, simple_value=number) for tag, number in numbers.items()
            ]
            events.add_event(Event(step=step, summary=Summary(value=values)))
        events.close()
    return str(folder)
