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
from bridle.errors import BridleWarning, InputError
from bridle.files.pickled import Pickled
from bridle.framework import framework_of
from bridle.networks.penalty.selection_trainer import SelectionTrainer
from bridle.progress import FitProgress
from bridle.types import AnyArray, Array

__all__ = ["InputPath", "InputSelection", "select_inputs"]

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
        The weights at each strength, as for ``model.set_weights`` of Keras; of PyTorch one state, as
        for ``model.load_state_dict``.
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
    optimizer: Any = None,
    loss: Any = None,
) -> InputSelection:
    """Select a few inputs of a network that predict as well as all, along two paths of l1.

    The model is changed in place: it ends with the weights and the proximal step of
    ``adaptive.chosen``. The order of rows follows the seed of Keras or of PyTorch. If standard error is
    a terminal, a progress bar appears after two seconds.

    Parameters
    ----------
    model : keras.Model or torch.nn.Module
        As for `add_proximal_step`, of Keras with a single loss that has a value for each row. It may
        be trained already.
    layer : keras.layers.Dense or torch.nn.Linear
        Layer of the model whose inputs are selected. The first layer selects features.
    X, y : ndarray or torch.Tensor
        Training rows, as for ``model.fit``, or as the module and the loss take them. The default
        strengths suit features with variances near 1, and for squared loss a target with variance
        near 1.
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
    optimizer : torch.optim.Optimizer, optional
        Of PyTorch, and needed there, as for `add_proximal_step`.
    loss : callable, optional
        Of PyTorch, and needed there: of outputs and targets, with a value for each row, such as
        ``torch.nn.CrossEntropyLoss(reduction="none")``.

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
        or is not finite; of PyTorch a loss or an optimiser is missing; or `add_proximal_step` does not
        support the model.
    """
    increasing = _increasing("strengths", strengths)
    shares = _increasing("adaptive_strengths", adaptive_strengths)
    if not 0 < l2 < np.inf:
        refuse("l2", "in (0, inf), since later layers would compensate l1 without it", l2)
    for name, count in (("epochs", epochs), ("batch_size", batch_size)):
        if not (is_integer(count) and count >= 1):
            refuse(name, "an integer from 1 upwards", count)
    rest = ((X, y), validation_data, l2, epochs, batch_size)
    trainer = _trainer(model, layer, optimizer, loss, rest)
    steps = len(increasing) + len(shares)
    with FitProgress("Selecting inputs", steps * _megabytes(model)) as bar:
        plain = _path(
            trainer,
            increasing,
            np.ones(len(trainer.kernel())),
            lambda done: bar.update(done / steps),
        )
        _warn_of_edge(plain, len(increasing))
        trainer.set_weights(plain.weights[plain.best])
        factors = _adaptive_factors(trainer.kernel())
        adaptive = _path(
            trainer,
            plain.strengths[plain.best] * shares,
            factors,
            lambda done: bar.update((len(increasing) + done) / steps),
        )
        _warn_of_edge(adaptive, len(shares))
    trainer.set_weights(adaptive.weights[adaptive.chosen])
    trainer.penalise(adaptive.strengths[adaptive.chosen], factors)
    return InputSelection(plain, adaptive)


def _trainer(
    model: Any, layer: Any, optimizer: Any, loss: Any, rest: tuple[Any, ...]
) -> SelectionTrainer:
    if framework_of(model) == "torch":
        if loss is None or not callable(loss):
            raise InputError(
                "loss must be a function of outputs and targets with a value for each row, such as "
                f"torch.nn.MSELoss(reduction='none'). Received: {loss!r}."
            )
        from bridle.networks.penalty.torch.trainer import TorchTrainer

        return TorchTrainer(model, layer, optimizer, loss, *rest)
    if optimizer is not None or loss is not None:
        raise InputError(
            "optimizer and loss must be left out for a Keras network, which is compiled with its own. "
            f"Received: optimizer={optimizer!r}, loss={loss!r}."
        )
    from bridle.networks.penalty.keras_trainer import KerasTrainer

    return KerasTrainer(model, layer, *rest)


def _path(
    trainer: SelectionTrainer, strengths: Array, factors: Array, advance: Callable[[int], None]
) -> InputPath:
    """Train at increasing strengths until no input is kept."""
    losses: list[Array] = []
    kept: list[npt.NDArray[np.intp]] = []
    weights: list[list[Any]] = []
    for strength in strengths:
        trainer.penalise(strength, factors)
        trainer.train()
        losses.append(trainer.validation_losses(strength))
        kept.append(np.flatnonzero(np.any(trainer.kernel() != 0, axis=-1)))
        weights.append(trainer.weights())
        advance(len(kept))
        if not len(kept[-1]):
            break
    table = np.stack(losses)
    errors = table.std(axis=1) / np.sqrt(table.shape[1])
    reached = strengths[: len(table)]
    return InputPath(reached, table.mean(axis=1), errors, tuple(kept), tuple(weights))


def _megabytes(model: Any) -> float:
    weights = model.parameters() if framework_of(model) == "torch" else model.weights
    return sum(int(np.prod(weight.shape)) for weight in weights) * 4 / 2**20


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


def _adaptive_factors(kernel: AnyArray) -> Array:
    """Return mean |w| / |w_i| for kept inputs and inf for the others."""
    norms = np.linalg.norm(np.asarray(kernel, dtype=np.float64), axis=-1)
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
