"""`diagnose`: reads a training log and returns the diagnosis of the run."""

from __future__ import annotations

from typing import Any

from bridle.workbench.diagnosis.diagnosis import Diagnosis
from bridle.workbench.diagnosis.findings import FINDINGS
from bridle.workbench.diagnosis.state import state_of
from bridle.workbench.logs.read_log import read_log
from bridle.workbench.logs.training_log import TrainingLog

__all__ = ["diagnose", "diagnosis_of"]


def diagnose(log: Any, *, train: str | None = None, validation: str | None = None) -> Diagnosis:
    """Diagnose whether a training run overfits, still learns, is level or has diverged.

    A single run cannot show whether a regulariser would help; `compare` measures that.

    Parameters
    ----------
    log : keras.callbacks.History, mapping, str or os.PathLike
        The return value of Keras' ``fit``; its ``history``, a mapping of ``"loss"`` and
        ``"val_loss"`` to one number per epoch; or a file: such a history as JSON, a CSV of Keras'
        ``CSVLogger`` or of Lightning (``metrics.csv``), any CSV with a column for each loss, or
        Hugging Face's ``trainer_state.json``.
    train, validation : str, optional
        Names of the losses in the log. Default: recognised by common words, such as
        ``"train_loss_epoch"`` and ``"eval_loss"``.

    Returns
    -------
    Diagnosis
        ``name``, ``headline``, ``remedy``, ``findings``, ``plot()``.

    Raises
    ------
    InputError
        The log cannot be read, or has no validation loss or several.
    UnknownNameError
        The log has no loss named ``train`` or ``validation``.

    Examples
    --------
    >>> losses = [0.45, 0.36, 0.33, 0.31, 0.30, 0.31, 0.33, 0.36, 0.39, 0.43]
    >>> print(diagnose({"val_loss": losses}).name)
    overfits
    """
    return diagnosis_of(read_log(log, train, validation))


def diagnosis_of(log: TrainingLog) -> Diagnosis:
    """Return the diagnosis of a log."""
    state = state_of(log)
    found = (finding.find(log, state) for finding in FINDINGS)
    return Diagnosis(log, state, tuple(finding for finding in found if finding is not None))
