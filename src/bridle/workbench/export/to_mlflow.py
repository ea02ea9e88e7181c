"""Export to MLflow: the runs of a folder become an experiment."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

from bridle.errors import InputError, MissingExtraError
from bridle.workbench.export.run import ExportedRun

__all__ = ["write"]

_LONGEST = 6000
"""Largest number of characters of a parameter in MLflow."""


def write(runs: Sequence[ExportedRun], place: str | None, name: str) -> str:
    """Write runs to a new experiment; return its tracking URI.

    Curves are metrics by epoch, counted from 1; numbers that are not finite are left out.

    Raises
    ------
    InputError
        An experiment of this name exists.
    MissingExtraError
        mlflow is not installed.
    """
    try:
        from mlflow.entities import Metric, Param, RunTag
        from mlflow.tracking import MlflowClient
    except ImportError as error:
        raise MissingExtraError("Writing to MLflow", "mlflow", "mlflow") from error
    client = MlflowClient(tracking_uri=place)
    if client.get_experiment_by_name(name) is not None:
        raise InputError(
            f"name must be that of a new experiment. Received: {name!r}, which exists in MLflow."
        )
    experiment = client.create_experiment(name)
    now = int(1000 * time.time())
    for run in runs:
        made = client.create_run(experiment, run_name=run.name).info.run_id
        metrics = [
            Metric(tag, number, now, epoch)
            for tag, curve in run.curves.items()
            for epoch, number in enumerate(curve, start=1)
            if math.isfinite(number)
        ]
        metrics += [Metric(tag, number, now, 0) for tag, number in run.results.items()]
        params = [Param(key, value[:_LONGEST]) for key, value in run.settings.items()]
        tags = [RunTag("arm", run.arm), RunTag("seed", str(run.seed))]
        for first in range(0, max(len(metrics), 1), 900):  # at most 1,000 metrics a call
            part = metrics[first : first + 900]
            client.log_batch(made, metrics=part, params=[] if first else params, tags=tags)
        client.set_terminated(made, "FAILED" if "failure" in run.settings else "FINISHED")
    return str(client.tracking_uri)
