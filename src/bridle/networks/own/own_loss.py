"""Loss that the user's network is compiled with: the task's own, or another to train by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bridle.backend import load_keras
from bridle.errors import InputError
from bridle.networks.own.head import Link
from bridle.networks.recipe import Kind
from bridle.types import AnyArray

__all__ = ["OwnLoss", "own_loss", "takes_columns"]


_ROWS = 5

_OWN = {
    "binary": ("BinaryCrossentropy",),
    "multiclass": ("SparseCategoricalCrossentropy", "CategoricalCrossentropy"),
    "regression": ("MeanSquaredError",),
}
"""Losses that are the task's metric, where none of their settings changes them."""


@dataclass(frozen=True)
class OwnLoss:
    """A loss other than the metric that the task is judged by.

    Attributes
    ----------
    name : str
    function : callable
        From targets and outputs of a batch, in the framework's arrays, to one number.
    codes : bool
        Whether the targets of several classes are their codes, and not a column for each.
    """

    name: str
    function: Callable[[Any, Any], Any]
    codes: bool

    def __call__(self, targets: Any, outputs: Any) -> Any:
        """Return the loss of a batch; targets of several classes have a column for each."""
        ops = load_keras().ops
        if self.codes:
            return self.function(ops.argmax(targets, axis=-1), outputs)
        return self.function(ops.reshape(targets, ops.shape(outputs)), outputs)


def own_loss(network: Any, kind: Kind, link: Link, width: int) -> OwnLoss | None:
    """Return the loss to train a network by, None for the metric that the task is judged by.

    Parameters
    ----------
    network : keras.Model
        Compiled or not.
    kind : {"binary", "multiclass", "regression"}
    link : {"linear", "softmax", "sigmoid"}
        What its outputs are.
    width : int
        Number of its outputs.

    Raises
    ------
    InputError
        The loss takes probabilities and the network gives logits, or the other way round; it takes
        no targets of this task, or those of several classes in two ways.
    """
    if not network.compiled or network.loss is None:
        return None
    held = _as_loss(network.loss)
    name = _name(held)
    logits = _config(held).get("from_logits")
    if logits is not None and logits != (link == "linear"):
        wanted, given = ("logits", "probabilities") if logits else ("probabilities", "logits")
        raise InputError(
            f"network must be compiled with a loss for what it returns. Received: {name} with "
            f"from_logits={logits}, which takes {wanted}, and outputs that are {given}. Compile it "
            f"with from_logits={not logits}."
        )
    if _is_the_tasks(held, kind) and _weight(network) is None:
        return None
    return OwnLoss(name, network._compile_loss, _takes_codes(network, kind, link, width, name))


def takes_columns(network: Any, loss: OwnLoss | None) -> bool:
    """Return whether what a network of several classes is compiled with takes a column for each.

    Parameters
    ----------
    network : keras.Model
        Compiled.
    loss : OwnLoss or None
        As `own_loss` found it.
    """
    if loss is not None:
        return not loss.codes
    return network.loss is not None and _class_of(_as_loss(network.loss)).startswith("Categorical")


def _as_loss(given: Any) -> Any:
    """Return a loss as an object or a function; one in a list or by a name of outputs is that one."""
    while isinstance(given, dict | list | tuple) and len(given) == 1:
        (given,) = given.values() if isinstance(given, dict) else given
    try:
        return load_keras().losses.get(given) if isinstance(given, str) else given
    except ValueError as error:
        raise InputError(
            f"network must be compiled with a loss that Keras has. Received: {given!r}."
        ) from error


def _name(loss: Any) -> str:
    name = getattr(loss, "__name__", None) or getattr(loss, "name", None)
    return str(name or type(loss).__name__)


def _class_of(loss: Any) -> str:
    """Return the class of a loss of Keras, also of one that was given as a function."""
    if type(loss).__module__.startswith("keras."):
        return type(loss).__name__
    keras_losses = load_keras().losses
    name = getattr(loss, "__name__", "")
    is_keras = getattr(keras_losses, name, None) is loss
    return name.title().replace("_", "") if is_keras else ""


def _config(loss: Any) -> dict[str, Any]:
    if type(loss).__module__.startswith("keras."):
        return dict(loss.get_config())
    return {"from_logits": False} if "Crossentropy" in _class_of(loss) else {}


def _is_the_tasks(loss: Any, kind: Kind) -> bool:
    config = _config(loss)
    changed = (
        config.get("label_smoothing", 0)
        or config.get("ignore_class") is not None
        or config.get("reduction", "sum_over_batch_size") not in ("sum_over_batch_size", "mean")
        or config.get("axis", -1) != -1
    )
    return _class_of(loss) in _OWN[kind] and not changed


def _weight(network: Any) -> Any:
    return network._compile_config.config.get("loss_weights")


def _takes_codes(network: Any, kind: Kind, link: Link, width: int, name: str) -> bool:
    """Return whether a loss takes codes of classes: it is smaller for good predictions then."""
    able = [False, True] if kind == "multiclass" else [False]
    works, reasons = [], []
    for codes in able:
        try:
            good, bad = (
                _loss_of(network, kind, link, width, codes, right) for right in (True, False)
            )
        except Exception as error:  # a loss of the user's may say no in any way
            reasons.append(str(error).strip().partition("\n")[0])
            continue
        if good < bad:
            works.append(codes)
    if len(works) == 1:
        return works[0]
    if works:
        raise InputError(
            "network must be compiled with a loss that says which targets it takes for several "
            f"classes. Received: {name}, which takes codes and columns alike. Give one of Keras's, or "
            "let it refuse the other kind."
        )
    raise InputError(
        f"network must be compiled with a loss for targets of this task. Received: {name}, which is "
        f"not smaller for right predictions than for wrong ones{_because(reasons)}."
    )


def _because(reasons: list[str]) -> str:
    return f", and says: {reasons[0]}" if reasons else ""


def _loss_of(network: Any, kind: Kind, link: Link, width: int, codes: bool, right: bool) -> float:
    """Return the loss of predictions that are right, or wrong, in every row."""
    keras = load_keras()
    rows = width + _ROWS  # unequal, so that one axis is never taken for the other
    classes = np.arange(rows) % max(width, 2)
    targets: AnyArray
    outputs: AnyArray
    if kind == "regression":
        targets = np.linspace(-1, 1, rows)[:, None]
        outputs = targets if right else -targets
    else:
        shown = classes if right else (classes + 1) % max(width, 2)
        columns, outputs = (
            np.eye(width)[one] if width > 1 else one[:, None] for one in (classes, shown)
        )
        outputs = 4 * outputs - 2 if link == "linear" else (0.1 + 0.8 * outputs)
        if link == "softmax":
            outputs = outputs / outputs.sum(axis=1, keepdims=True)
        targets = classes if codes else columns
    given = [
        keras.ops.convert_to_tensor(targets.astype(np.int32 if codes else np.float32)),
        keras.ops.convert_to_tensor(outputs.astype(np.float32)),
    ]
    return float(keras.ops.convert_to_numpy(network._compile_loss(*given)))
