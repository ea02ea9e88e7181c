"""`Recipe`: bridle's default network.

On tables it has hidden layers of 128 and 64 units with ReLU, dropout after each of them, and Adam with
a learning rate of 1e-3. There is no dropout after the output. Epochs and batch size are not part of
the recipe. `bridle.networks.kinds` has the kinds of networks for other data.

The output layer is always linear, and the loss is computed from logits. Probabilities would be
clipped at 1e-7: the loss of a confident wrong answer would stop at about 16, without a gradient,
and understate how much a network overfits. `predictions` applies the inverse link in double
precision.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logsumexp, softmax

from bridle import streams
from bridle.arguments.real_numbers import as_float
from bridle.arguments.scalars import is_integer, is_number, refuse
from bridle.backend import load_keras
from bridle.errors import UnknownNameError
from bridle.networks.kinds import KINDS
from bridle.networks.kinds.hidden_layers import HiddenLayer
from bridle.networks.poisson import deviance_of_outputs, means
from bridle.types import Array

__all__ = [
    "Kind",
    "Recipe",
    "build_network",
    "compile_network",
    "initializer",
    "keras_poisson_deviance",
    "mean_loss",
    "noise_seed",
    "predictions",
    "reset_network",
]

Kind = Literal["binary", "multiclass", "regression", "count"]


@dataclass(frozen=True)
class Recipe:
    """Sizes and settings of the default network; rate 0 is the baseline.

    Parameters
    ----------
    hidden : tuple of int
        Units or channels of each hidden layer, at least 1 each, default (128, 64).
    rate : float
        Fraction of hidden units dropped in a training step, in [0, 1], default 0.5. At 0 the
        network has no dropout layers.
    learning_rate : float
        Step size of Adam, above 0, default 1e-3.
    kind : {"mlp", "cnn", "rnn"}
        What its hidden layers are, see `bridle.networks.kinds`. Default "mlp", dense ones.

    Raises
    ------
    InputError
        An argument is outside its range.
    UnknownNameError
        There is no such kind.

    References
    ----------
    Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting";
    Kingma and Ba 2015, "Adam: a method for stochastic optimization".
    """

    hidden: tuple[int, ...] = (128, 64)
    rate: float = 0.5
    learning_rate: float = 1e-3
    kind: str = "mlp"

    def __post_init__(self) -> None:
        if not (isinstance(self.hidden, tuple) and all(_is_count(units) for units in self.hidden)):
            refuse("hidden", "a tuple of integers from 1 upwards, below 2**31", self.hidden)
        if not (_is_finite(self.rate) and 0 <= self.rate <= 1):
            refuse("rate", "a number in [0, 1], the fraction of units to drop", self.rate)
        if not (_is_finite(self.learning_rate) and self.learning_rate > 0):
            refuse("learning_rate", "a finite number above 0", self.learning_rate)
        if self.kind not in KINDS:
            raise UnknownNameError("network", self.kind, KINDS)

    @property
    def layers(self) -> tuple[HiddenLayer, ...]:
        """The hidden layers, in the order of computation."""
        return KINDS[self.kind].layers(self.hidden)

    @property
    def title(self) -> str:
        """The recipe in a few words, for instance ``network 128-64, dropout 0.5``."""
        sizes = "-".join(str(units) for units in self.hidden)
        return f"{KINDS[self.kind].words} {sizes}" + (
            f", dropout {self.rate:g}" if self.rate else ""
        )


def build_network(n_features: int, n_outputs: int, kind: Kind, *, recipe: Recipe, seed: int) -> Any:
    """Build and compile the network of ``recipe``.

    The initial weights of dense layer i come from the stream ``"initialisation", i`` and the masks
    of dropout layer i from ``"noise", i``. So networks that differ only in their rate start from
    the same weights bit for bit, and no two layers draw the same masks.

    Parameters
    ----------
    n_features : int
        Columns of the input, at least 1.
    n_outputs : int
        1 for ``"binary"`` (the logit of class 1), ``"regression"`` and ``"count"`` (the logarithm
        of the mean); the number of classes, at least 2, for ``"multiclass"`` (one logit each).
    kind : {"binary", "multiclass", "regression", "count"}
        Determines the loss: cross-entropy from logits, squared error or Poisson deviance.
    recipe : Recipe
        Sizes and settings.
    seed : int
        Root seed of the random streams, at least 0.

    Returns
    -------
    keras.Sequential
        Compiled, with initial weights.

    Raises
    ------
    InputError
        The kind is unknown, or the sizes do not fit it.
    MissingExtraError
        Keras or its backend is not installed.
    """
    if kind not in get_args(Kind):
        raise UnknownNameError("kind of prediction", kind, get_args(Kind))
    if not _is_count(n_features):
        refuse("n_features", "an integer from 1 upwards", n_features)
    if not _is_count(n_outputs) or (kind == "multiclass") != (n_outputs > 1):
        refuse(
            "n_outputs", f"{'at least 2' if kind == 'multiclass' else '1'} for {kind}", n_outputs
        )
    if recipe.kind != "mlp":
        refuse("recipe", "of kind 'mlp', a network of dense layers", recipe.kind)
    keras = load_keras()
    network = keras.Sequential([keras.Input((n_features,))])
    for index, units in enumerate(recipe.hidden):
        network.add(_dense(units, seed, index, activation="relu"))
        if recipe.rate:
            network.add(keras.layers.Dropout(recipe.rate, seed=noise_seed(seed, index)))
    network.add(_dense(n_outputs, seed, len(recipe.hidden)))
    compile_network(network, kind, recipe.learning_rate)
    return network


def compile_network(
    network: Any, kind: Kind, learning_rate: float, *, from_logits: bool = True
) -> None:
    """Compile a network in place with Adam and the loss of a kind of prediction.

    Parameters
    ----------
    network : keras.Model
        Changed in place.
    kind : {"binary", "multiclass", "regression", "count"}
        Determines the loss: cross-entropy, squared error or Poisson deviance.
    learning_rate : float
        Step size of Adam, above 0.
    from_logits : bool
        Whether the outputs are logits rather than probabilities. Default True.
    """
    optimizer = load_keras().optimizers.Adam(float(learning_rate))
    network.compile(optimizer, _loss(kind, from_logits))


def reset_network(network: Any, seed: int) -> None:
    """Reset a network of `build_network` to the state of a new one with ``seed``.

    The weights are drawn again, and the optimiser and the mask streams restart. Compiled functions
    are kept, so one network serves many seeds. Training after a reset equals training a new network
    bit for bit.

    Parameters
    ----------
    network : keras.Sequential
        Changed in place.
    seed : int
        Root seed of the random streams, at least 0.
    """
    layers = load_keras().layers
    dense = [layer for layer in network.layers if isinstance(layer, layers.Dense)]
    for index, layer in enumerate(dense):
        layer.kernel_initializer = initializer(seed, index)
        layer.kernel.assign(layer.kernel_initializer(layer.kernel.shape, layer.kernel.dtype))
        layer.bias.assign(np.zeros(layer.bias.shape))
    dropouts = [layer for layer in network.layers if isinstance(layer, layers.Dropout)]
    for index, layer in enumerate(dropouts):
        layer.seed = noise_seed(seed, index)
        layer.seed_generator.state.assign([layer.seed, 0])
    _reset_optimizer(network.optimizer)


def mean_loss(
    kind: Kind,
    outputs: npt.NDArray[Any],
    y: npt.NDArray[Any],
    weights: npt.NDArray[Any] | None = None,
) -> float:
    """Return the mean loss of a network's outputs, without penalty, in double precision.

    With logits z: binary ``log(1 + e^z) - y z``, multiclass ``log sum_k e^(z_k) - z_y``,
    regression ``(z - y)^2``, count ``2 (y log y - y - y z + e^z)``; infinite or NaN if an output is.

    Parameters
    ----------
    kind : {"binary", "multiclass", "regression", "count"}
        Determines the loss.
    outputs : ndarray of shape (n, n_outputs)
        Logits or numbers, n at least 1.
    y : ndarray of shape (n,)
        Codes 0, 1, … or numbers.
    weights : ndarray of shape (n,), optional
        Weights of the rows, at least 0 with a positive sum; default: all equal.
    """
    z = outputs.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        if kind == "multiclass":
            chosen = np.take_along_axis(z, y.astype(np.intp)[:, None], axis=1)[:, 0]
            losses = logsumexp(z, axis=1) - chosen
        elif kind == "binary":
            losses = np.logaddexp(0.0, z[:, 0]) - y * z[:, 0]
        elif kind == "count":
            losses = deviance_of_outputs(y, z[:, 0])
        else:
            losses = (z[:, 0] - y) ** 2
        return float(np.average(losses, weights=weights))


def predictions(kind: Kind, outputs: npt.NDArray[Any]) -> Array:
    """Return the predictions of a network from its outputs, by the inverse link.

    Parameters
    ----------
    kind : {"binary", "multiclass", "regression", "count"}
        Determines the inverse link: logistic, softmax, identity or exponential.
    outputs : ndarray of shape (n, n_outputs)
        Logits or numbers.

    Returns
    -------
    ndarray of float64
        Probabilities of shape (n, number of classes), two columns for ``"binary"``; or numbers of
        shape (n,).
    """
    z = outputs.astype(np.float64)
    if kind == "multiclass":
        return np.asarray(softmax(z, axis=1))
    if kind == "binary":
        return np.column_stack([expit(-z[:, 0]), expit(z[:, 0])])
    return means(z[:, 0]) if kind == "count" else z[:, 0]


def _dense(units: int, seed: int, index: int, activation: str | None = None) -> Any:
    return load_keras().layers.Dense(
        units, activation=activation, kernel_initializer=initializer(seed, index)
    )


def initializer(seed: int, index: int) -> Any:
    """Return the initialiser of dense layer ``index``, with a separate random stream."""
    return load_keras().initializers.GlorotUniform(streams.integer(seed, "initialisation", index))


def noise_seed(seed: int, index: int) -> int:
    """Return the key of the mask stream of dropout layer ``index``."""
    return streams.integer(seed, "noise", index)


def _loss(kind: Kind, from_logits: bool) -> Any:
    losses = load_keras().losses
    if kind == "regression":
        return losses.MeanSquaredError()
    if kind == "count":
        return keras_poisson_deviance
    if kind == "binary":
        return losses.BinaryCrossentropy(from_logits=from_logits)
    return losses.SparseCategoricalCrossentropy(from_logits=from_logits)


def keras_poisson_deviance(y: Any, z: Any) -> Any:
    """Return the Poisson deviance of each row from the logarithm z of its mean, in Keras."""
    ops = load_keras().ops
    y, z = ops.reshape(y, (-1,)), ops.reshape(z, (-1,))
    own = y * ops.log(ops.maximum(y, np.finfo(np.float32).tiny)) - y
    return 2.0 * (own - y * z + ops.exp(z))


def _reset_optimizer(optimizer: Any) -> None:
    rate = float(optimizer.learning_rate)
    for variable in optimizer.variables:
        variable.assign(np.zeros(variable.shape))
    optimizer.learning_rate = rate


def _is_finite(value: Any) -> bool:
    return is_number(value) and isfinite(as_float(value))


def _is_count(value: Any) -> bool:
    return is_integer(value) and 0 < int(value) < 2**31
