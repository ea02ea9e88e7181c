"""Recognition of the training loss and the validation loss among the names in a log."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from bridle.errors import InputError, UnknownNameError

__all__ = ["train_name", "validation_name"]

_VALIDATION = {"val", "valid", "validation", "eval", "evaluation", "dev"}
_TRAINING = {"train", "training", "tr"}
_EVERY_STEP = {"step", "batch"}


def validation_name(names: Sequence[str], asked: str | None, log: str) -> str:
    """Return the name of the validation loss.

    Parameters
    ----------
    names : sequence of str
        Names in the log.
    asked : str or None
        The name that the user gave.
    log : str
        The log, for messages.

    Raises
    ------
    UnknownNameError
        ``asked`` is not in the log.
    InputError
        No name looks like a validation loss, or several do.
    """
    if asked is not None:
        return _known("validation loss", names, asked)
    found = _best(names, lambda words: bool(words & _VALIDATION))
    if len(found) == 1:
        return found[0]
    if not found:
        raise InputError(
            f"{log} must hold the loss on validation rows, such as 'val_loss' or 'eval_loss', after "
            f"each epoch. Received: {_listed(names)}. Train with validation data, or name the column: "
            "validation='...'."
        )
    raise InputError(
        f"{log} holds several losses on validation rows: {_listed(found)}. Name one of them: "
        f"validation={found[0]!r}."
    )


def train_name(names: Sequence[str], asked: str | None, log: str) -> str | None:
    """Return the name of the training loss, or None if the log has none.

    Parameters are those of `validation_name`.

    Raises
    ------
    UnknownNameError
        ``asked`` is not in the log.
    InputError
        Several names look like a training loss.
    """
    if asked is not None:
        return _known("training loss", names, asked)
    found = _best(names, lambda words: bool(words & _TRAINING) or not words - {"loss", "epoch"})
    if len(found) > 1:
        raise InputError(
            f"{log} holds several training losses: {_listed(found)}. Name one of them: "
            f"train={found[0]!r}."
        )
    return found[0] if found else None


def _known(what: str, names: Sequence[str], asked: str) -> str:
    if asked not in names:
        raise UnknownNameError(what, asked, names)
    return asked


def _best(names: Iterable[str], fits: Callable[[set[str]], bool]) -> list[str]:
    """Return the names of matching losses, those per epoch before those per step."""
    losses = [name for name in names if "loss" in _words(name) and fits(_words(name))]
    of_epochs = [name for name in losses if "epoch" in _words(name)]
    whole = [name for name in losses if not _words(name) & _EVERY_STEP]
    plain = [name for name in whole if len(_words(name)) <= 2]
    for preferred in (of_epochs, plain, whole):
        if preferred:
            return preferred
    return losses


def _words(name: str) -> set[str]:
    return set(re.split(r"[^a-z0-9]+", name.lower()))


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:8])
    return f"{shown} and {len(names) - 8} more" if len(names) > 8 else shown or "nothing"
