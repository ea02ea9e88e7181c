"""`export_records`: writes the runs of a folder to a tracker."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from bridle.errors import InputError, UnknownNameError
from bridle.workbench.export.run import ExportedRun, runs_in

__all__ = ["TRACKERS", "export_records"]

TRACKERS = ("mlflow", "tensorboard", "trackio")
"""Names of the trackers: each has a module ``to_NAME`` with ``write(runs, place, name)``."""


def export_records(
    directory: str | os.PathLike[str],
    to: str,
    *,
    out: str | os.PathLike[str] | None = None,
    name: str | None = None,
) -> str:
    """Write the runs of a finished study, or of `bridle.Trials`, to a tracker.

    A run is an arm at a seed, ``dropout/seed3``: its settings, its four curves by epoch, and its
    final numbers (``test_risk``, ``train_risk``, ``test_score``, ``seconds``, …).

    Parameters
    ----------
    directory : str or path
        The folder of the study, or of the trials.
    to : {"mlflow", "tensorboard", "trackio"}
        The tracker; each needs the extra of its name.
    out : str or path, optional
        TensorBoard: a new folder, default ``NAME-tensorboard``. MLflow: a tracking URI, default
        MLflow's own. Trackio has none.
    name : str, optional
        Name of the experiment or project; for TensorBoard, of the folder if ``out`` does not name it.
        Default: the name of the folder.

    Returns
    -------
    str
        Where the runs are: a folder, a tracking URI, a project.

    Raises
    ------
    InputError
        The folder holds no runs, the place is in use, or a name has no effect.
    UnknownNameError
        There is no such tracker.
    MissingExtraError
        The tracker is not installed.
    """
    if to not in TRACKERS:
        raise UnknownNameError("tracker", to, TRACKERS)
    if to == "tensorboard" and None not in (out, name):
        raise InputError(
            "name must be left out for tensorboard if out names the folder of the runs, which is all "
            f"that they are called by. Received: {name!r}."
        )
    folder = Path(directory)
    if not folder.is_dir():
        raise InputError(f"directory must be a folder. Received: {str(folder)!r}.")
    runs = runs_in(folder)
    write: Callable[[Sequence[ExportedRun], str | None, str], str] = import_module(
        f"bridle.workbench.export.to_{to}"
    ).write
    return write(runs, None if out is None else os.fspath(out), name or folder.resolve().name)
