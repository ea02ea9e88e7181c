"""Export to Trackio: the runs of a folder become a project on this machine."""

from __future__ import annotations

import math
from collections.abc import Sequence

from bridle.errors import InputError, MissingExtraError
from bridle.workbench.export.run import ExportedRun

__all__ = ["write"]


def write(runs: Sequence[ExportedRun], place: str | None, name: str) -> str:
    """Write runs to a project; return its name.

    Raises
    ------
    InputError
        A place is given; Trackio determines it itself.
    MissingExtraError
        trackio is not installed.
    """
    if place is not None:
        raise InputError(
            "out must be left out for trackio, which keeps its projects in TRACKIO_DIR. "
            f"Received: {place!r}."
        )
    try:
        import trackio
    except ImportError as error:
        raise MissingExtraError("Writing to Trackio", "trackio", "trackio") from error
    for run in runs:
        config = {"arm": run.arm, "seed": run.seed, **run.settings}
        trackio.init(project=name, name=run.name, config=config, embed=False)
        epochs = max((len(curve) for curve in run.curves.values()), default=0)
        for epoch in range(epochs):
            numbers = {tag: curve[epoch] for tag, curve in run.curves.items() if epoch < len(curve)}
            finite = {tag: number for tag, number in numbers.items() if math.isfinite(number)}
            trackio.log(finite, step=epoch + 1)
        trackio.log(run.results, step=epochs + 1)
        trackio.finish()
    return name
