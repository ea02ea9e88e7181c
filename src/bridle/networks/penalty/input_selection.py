"""Selection of a network's inputs along two paths of the group lasso.

The first path trains at increasing strengths, each from the weights of the one before, with the
penalty

    l1 sum_i |w_i|_2 + (l2 / 2) sum |later kernels|^2

with w_i the outgoing weights of input i of one layer. The term with l2 is needed: a ReLU network
computes the same with w / c and with later kernels c times as large, so l1 alone could be made
arbitrarily cheap. The path goes from weak to strong, because a network that starts at w = 0 cannot
find interactions: the gradient of a product of two inputs is zero there.

The strength that predicts best keeps too many inputs, because l1 also shrinks the inputs that are
needed. So a second path starts from the best point of the first, with the adaptive factors
``mean |w| / |w_i|``: inputs with small weights are penalised more than those with large ones, and
excluded inputs stay excluded.

Source: Dinh and Ho 2020, "Consistent feature selection for analytic deep neural networks",
equations 3 and 4; Lemhadri, Ruan, Abraham and Tibshirani 2021, "LassoNet", section 3, for the
path from dense to sparse.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.arguments.real_numbers import real_array
from bridle.arguments.scalars import is_integer, refuse
from bridle.backend import load_keras
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.errors import BridleWarning, InputError
from bridle.files.pickled import Pickled
from bridle.networks.penalty.proximal_step import add_proximal_step, kept_inputs
from bridle.progress import FitProgress
from bridle.types import Array

__all__ = ["InputPath", "InputSelection", "select_inputs"]

keras = load_keras()


STRENGTHS = tuple(np.geomspace(0.002, 0.2, 12).tolist())
"""Default strengths, for inputs of unit variance and a loss near 1 without any inputs."""

ADAPTIVE = tuple(np.geomspace(0.2, 20.0, 12).tolist())
"""Strengths of the second path, relative to the best strength of the first."""


@dataclass(frozen=True, eq=False)
class InputPath:
    """Kept inputs and validation losses of a network along a path of l1 strengths.

    Parameters
    ----------
    strengths : ndarray of shape (S,)
        Increasing, up to the first at which no input is kept.
    losses, errors : ndarray of shape (S,)
        Mean loss of the validation rows, without the penalty, and its standard error.
    kept : tuple of S arrays of int
        The kept inputs at each strength, sorted.
    weights : tuple of S lists
        The weights at each strength, as for ``model.set_weights``.
    """

    strengths: Array
    losses: Array
    errors: Array
    kept: tuple[npt.NDArray[np.intp], ...]
    weights: tuple[list[Any], ...]

    @property
    def best(self) -> int:
        """Return the index of the strength with the smallest validation loss."""
        return int(np.argmin(self.losses))

    @property
    def chosen(self) -> int:
        """Return the index of the largest strength within one standard error of the best."""
        most = self.losses[self.best] + self.errors[self.best]
        return int(np.flatnonzero(self.losses <= most)[-1])


@dataclass(frozen=True, eq=False)
class InputSelection(Pickled):
    """The two paths of `select_inputs`.

    Parameters
    ----------
    plain, adaptive : InputPath
        The first and the second path; the second starts from the best point of the first.
    """

    plain: InputPath
    adaptive: InputPath

    @property
    def kept(self) -> npt.NDArray[np.intp]:
        """Return the selected inputs, which the network still uses."""
        return self.adaptive.kept[self.adaptive.chosen]


def select_inputs(
    model: Any,
    layer: Any,
    X: Any,
    y: Any,
    *,
    validation_data: tuple[Any, Any],
    strengths: Sequence[float] = STRENGTHS,
    adaptive_strengths: Sequence[float] = ADAPTIVE,
    l2: float = 0.01,
    epochs: int = 30,
    batch_size: int = 256,
) -> InputSelection:
    """Select a few inputs of a network that predict as well as all, along two paths of l1.

    The model is changed in place: it ends with the weights and the proximal step of
    ``adaptive.chosen``. The order of rows follows Keras's seed. If standard error is a terminal, a
    progress bar appears after two seconds.

    Parameters
    ----------
    model : keras.Model
        As for `add_proximal_step`, with a single loss that has a value for each row. It may be
        trained already.
    layer : keras.layers.Dense
        Layer of the model whose inputs are selected. The first layer selects features.
    X, y : ndarray
        Training rows, as for ``model.fit``. The default strengths suit features with variances near
        1, and for squared loss a target with variance near 1.
    validation_data : (ndarray, ndarray)
        Other rows, by whose loss the strengths are chosen.
    strengths : sequence of float
        Values of l1 along the first path, increasing, in (0, inf). Default: 12 from 0.002 to 0.2.
    adaptive_strengths : sequence of float
        Values of l1 along the second path, increasing, in (0, inf), relative to the best of the
        first. Default: 12 from 0.2 to 20.
    l2 : float
        Strength for all later kernels, in (0, inf), default 0.01. For a ReLU network with one
        hidden layer only ``l1^2 l2`` matters.
    epochs : int
        Epochs at each strength, at least 1, default 30.
    batch_size : int
        At least 1, default 256. In larger batches, noise changes the set of inputs less often.

    Returns
    -------
    InputSelection
        Both paths and the selected inputs.

    Warns
    -----
    BridleWarning
        The best strength of a path is its first or last.

    Raises
    ------
    InputError
        Strengths do not increase; l2 or a count is not positive; the loss has no value for each row
        or is not finite; or `add_proximal_step` does not support the model.
    """
    increasing = _increasing("strengths", strengths)
    shares = _increasing("adaptive_strengths", adaptive_strengths)
    if not 0 < l2 < np.inf:
        refuse("l2", "in (0, inf), since later layers would compensate l1 without it", l2)
    for name, count in (("epochs", epochs), ("batch_size", batch_size)):
        if not (is_integer(count) and count >= 1):
            refuse(name, "an integer from 1 upwards", count)
    trainer = _Trainer(model, layer, (X, y), validation_data, l2, epochs, batch_size)
    steps = len(increasing) + len(shares)
    with FitProgress("Selecting inputs", steps * _megabytes(model)) as bar:
        plain = trainer.path(
            increasing, np.ones(layer.kernel.shape[0]), lambda done: bar.update(done / steps)
        )
        _warn_of_edge(plain, len(increasing))
        model.set_weights(plain.weights[plain.best])
        factors = _adaptive_factors(layer)
        adaptive = trainer.path(
            plain.strengths[plain.best] * shares,
            factors,
            lambda done: bar.update((len(increasing) + done) / steps),
        )
        _warn_of_edge(adaptive, len(shares))
    model.set_weights(adaptive.weights[adaptive.chosen])
    trainer.penalise(adaptive.strengths[adaptive.chosen], factors)
    return InputSelection(plain, adaptive)


@dataclass(frozen=True, eq=False)
class _Trainer:
    model: Any
    layer: Any
    rows: tuple[Any, Any]
    validation_rows: tuple[Any, Any]
    l2: float
    epochs: int
    batch_size: int

    def path(self, strengths: Array, factors: Array, advance: Callable[[int], None]) -> InputPath:
        """Train at increasing strengths until no input is kept."""
        losses: list[Array] = []
        kept: list[npt.NDArray[np.intp]] = []
        weights: list[list[Any]] = []
        for strength in strengths:
            self.penalise(strength, factors)
            X, y = self.rows
            self.model.fit(X, y, batch_size=self.batch_size, epochs=self.epochs, verbose=0)
            losses.append(self.validation_losses(strength))
            kept.append(kept_inputs(self.layer))
            weights.append(self.model.get_weights())
            advance(len(kept))
            if not len(kept[-1]):
                break
        table = np.stack(losses)
        errors = table.std(axis=1) / np.sqrt(table.shape[1])
        reached = strengths[: len(table)]
        return InputPath(reached, table.mean(axis=1), errors, tuple(kept), tuple(weights))

    def penalise(self, strength: float, factors: Array) -> None:
        """Apply l1 to the inputs of the layer and l2 to all other kernels."""
        penalty = ElasticNetPenalty(float(strength), 0.0, factors=factors)
        add_proximal_step(self.model, penalty, [self.layer], by="input")
        others = [layer for layer in self.model._flatten_layers() if self._is_later(layer)]
        if others:
            add_proximal_step(self.model, ElasticNetPenalty(0.0, self.l2), others)

    def _is_later(self, layer: Any) -> bool:
        kernel = getattr(layer, "kernel", None)
        trained = {id(variable) for variable in self.model.trainable_variables}
        return layer is not self.layer and id(kernel) in trained

    def validation_losses(self, strength: float) -> Array:
        """Return the loss of each validation row."""
        X, y = self.validation_rows
        loss = keras.losses.get(self.model.loss)
        # A loss object averages over rows when called; its ``call`` method does not.
        by_row = loss.call if isinstance(loss, keras.losses.Loss) else loss
        y = keras.ops.convert_to_tensor(y)
        found = by_row(y, keras.ops.convert_to_tensor(self.model.predict(X, verbose=0)))
        losses = np.asarray(keras.ops.convert_to_numpy(found), dtype=np.float64)
        if losses.shape[:1] != (len(X),):
            raise InputError(
                "model must be compiled with a loss that has a value for each row. "
                f"Received: {self.model.loss!r}, which gives shape {losses.shape} for {len(X)} rows."
            )
        if not np.all(np.isfinite(losses)):
            raise InputError(
                "The loss of every validation row must be finite. Received: an infinite loss or "
                f"NaN, at strength {strength:g}. Lower the learning rate or scale the features."
            )
        return losses.reshape(len(X), -1).mean(axis=1)


def _megabytes(model: Any) -> float:
    return sum(int(np.prod(weight.shape)) for weight in model.weights) * 4 / 2**20


def _warn_of_edge(path: InputPath, tried: int) -> None:
    last = path.best == tried - 1 and len(path.kept[-1]) > 0
    if path.best > 0 and not last:
        return
    side, way = ("strongest", "stronger") if last else ("weakest", "weaker")
    warnings.warn(
        f"The validation loss is smallest at the {side} strength of the path, l1 = "
        f"{path.strengths[path.best]:g}. Add {way} strengths.",
        BridleWarning,
        stacklevel=3,
    )


def _adaptive_factors(layer: Any) -> Array:
    """Return mean |w| / |w_i| for kept inputs and inf for the others."""
    kernel = np.asarray(keras.ops.convert_to_numpy(layer.kernel), dtype=np.float64)
    norms = np.linalg.norm(kernel, axis=-1)
    kept = norms > 0
    factors = np.full(len(norms), np.inf)
    factors[kept] = norms.sum() / (kept.sum() * norms[kept])
    return factors


def _increasing(name: str, strengths: Sequence[float]) -> Array:
    found = real_array("strengths", strengths)
    positive = found.ndim == 1 and len(found) and np.all(found > 0) and np.all(np.isfinite(found))
    if not (positive and np.all(np.diff(found) > 0)):
        refuse(name, "increasing numbers in (0, inf), from weak to strong", strengths)
    return found
