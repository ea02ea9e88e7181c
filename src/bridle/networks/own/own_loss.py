"""The loss of a compiled network: the metric of the task, or another one for training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bridle.backend import load_keras
from bridle.errors import InputError
from bridle.networks.output_kind import Kind
from bridle.networks.own.head import Link
from bridle.types import AnyArray

__all__ = ["OwnLoss", "own_loss", "takes_columns"]


_ROWS = 5

_OWN: dict[Kind, tuple[str, ...]] = {
    "binary": ("BinaryCrossentropy",),
    "multiclass": ("SparseCategoricalCrossentropy", "CategoricalCrossentropy"),
    "regression": ("MeanSquaredError",),
    "count": (),
    "survival": (),
}
"""Losses that equal the metric of the task, with default settings. Keras's Poisson takes means."""


@dataclass(frozen=True)
class OwnLoss:
    """A training loss that is not the metric of the task.

    Attributes
    ----------
    name : str
        Name of the loss, for messages.
    function : callable
        Maps targets and outputs of a batch, as arrays of the framework, to a scalar.
    codes : bool
        Whether it takes class codes, rather than a column for each class.
    """

    name: str
    function: Callable[[Any, Any], Any]
    codes: bool

    def __call__(self, targets: Any, outputs: Any) -> Any:
        """Return the loss of a batch; class targets have a column for each class."""
        ops = load_keras().ops
        if self.codes:
            return self.function(ops.argmax(targets, axis=-1), outputs)
        return self.function(ops.reshape(targets, ops.shape(outputs)), outputs)


def own_loss(network: Any, kind: Kind, link: Link, width: int) -> OwnLoss | None:
    """Return the training loss of a network, None if it is the metric of the task.

    Parameters
    ----------
    network : keras.Model
        Compiled or not.
    kind : {"binary", "multiclass", "regression", "count", "survival"}
        Kind of the task.
    link : {"linear", "softmax", "sigmoid"}
        Kind of its outputs.
    width : int
        Number of its outputs.

    Raises
    ------
    InputError
        The loss is for an output of another name; takes probabilities and the network returns logits,
        or vice versa; rejects the targets of this task; accepts class targets both as codes and as
        columns; or the targets are survival times, for which there is one.
    """
    if not network.compiled or network.loss is None:
        return None
    _refuse_other_names(network)
    held = _as_loss(network.loss)
    name = _name(held)
    if kind == "survival":
        raise InputError(
            "network must be compiled without a loss for survival times, whose loss is Cox's partial "
            f"likelihood. Received: {name}. Compile it with an optimizer alone."
        )
    logits = _config(held).get("from_logits")
    if logits is not None and logits != (link == "linear"):
        wanted, given = ("logits", "probabilities") if logits else ("probabilities", "logits")
        raise InputError(
            f"network must be compiled with a loss that suits its outputs. Received: {name} with "
            f"from_logits={logits}, which takes {wanted}, and outputs that are {given}. Compile it "
            f"with from_logits={not logits}."
        )
    if _is_the_tasks(held, kind) and _weight(network) is None:
        return None
    return OwnLoss(name, network._compile_loss, _takes_codes(network, kind, link, width, name))


def takes_columns(network: Any, loss: OwnLoss | None) -> bool:
    """Return whether the loss of a multiclass network takes a column for each class.

    Parameters
    ----------
    network : keras.Model
        A compiled network.
    loss : OwnLoss or None
        Result of `own_loss`.
    """
    if loss is not None:
        return not loss.codes
    return network.loss is not None and _class_of(_as_loss(network.loss)).startswith("Categorical")


def _refuse_other_names(network: Any) -> None:
    """Raise an error for a loss by name where the output has another name, or none."""
    if not isinstance(network.loss, dict):
        return
    names = getattr(network, "output_names", None)  # which only functional networks have
    if names == list(network.loss):
        return
    output = "without a name" if names is None else f"called {names[0]!r}"
    raise InputError(
        f"network must be compiled with a loss for its output. Received: loss={network.loss!r}, by "
        f"name, and a network of class {type(network).__name__} with an output {output}. Compile it "
        "with the loss alone, not in a dict."
    )


def _as_loss(given: Any) -> Any:
    """Return a loss as an object or a function, taken out of a list or dict with one entry."""
    while isinstance(given, dict | list | tuple) and len(given) == 1:
        (given,) = given.values() if isinstance(given, dict) else given
    try:
        return load_keras().losses.get(given) if isinstance(given, str) else given
    except ValueError as error:
        raise InputError(
            f"network must be compiled with a loss that Keras knows. Received: {given!r}."
        ) from error


def _name(loss: Any) -> str:
    name = getattr(loss, "__name__", None) or getattr(loss, "name", None)
    return str(name or type(loss).__name__)


def _class_of(loss: Any) -> str:
    """Return the class name of a Keras loss, also if it was given as a function."""
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
    """Return whether a loss takes class codes, by trying which form favours right predictions."""
    able = [False, True] if kind == "multiclass" else [False]
    works, reasons = [], []
    for codes in able:
        try:
            good, bad = (
                _loss_of(network, kind, link, width, codes, right) for right in (True, False)
            )
        except Exception as error:  # a custom loss may raise anything
            reasons.append(str(error).strip().partition("\n")[0])
            continue
        if good < bad:
            works.append(codes)
    if len(works) == 1:
        return works[0]
    if works:
        raise InputError(
            "network must be compiled with a loss that takes class targets in one form. Received: "
            f"{name}, which accepts codes and columns alike. Use one of Keras's losses, or let it "
            "raise an error for the other form."
        )
    raise InputError(
        f"network must be compiled with a loss for the targets of this task. Received: {name}, which "
        f"is not smaller for right predictions than for wrong ones{_because(reasons)}."
    )


def _because(reasons: list[str]) -> str:
    return f", and fails with: {reasons[0]}" if reasons else ""


def _loss_of(network: Any, kind: Kind, link: Link, width: int, codes: bool, right: bool) -> float:
    """Return the loss of predictions that are all right, or all wrong."""
    keras = load_keras()
    rows = width + _ROWS  # more rows than columns, so that the axes cannot be confused
    classes = np.arange(rows) % max(width, 2)
    targets: AnyArray
    outputs: AnyArray
    if kind == "regression":
        targets = np.linspace(-1, 1, rows)[:, None]
        outputs = targets if right else -targets
    elif kind == "count":
        targets = np.arange(rows, dtype=np.float64)[:, None]
        outputs = np.log1p(targets if right else targets[::-1])
    else:
        shown = classes if right else (classes + 1) % max(width, 2)
        columns, outputs = (
            np.eye(width)[codes] if width > 1 else codes[:, None] for codes in (classes, shown)
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
