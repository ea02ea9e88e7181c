"""Concrete dropout: the rate is learnt by gradient descent.

A dropped-or-kept decision has no derivative with respect to the rate p. Concrete dropout replaces
it by a smooth one, between 0 and 1, through which the gradient of the loss reaches p. Two terms are
added to the loss: one penalises the weights, the other rewards the entropy of the noise; without
the second, p would go to 0. Their coefficients come from a Gaussian-process prior.

Source: Gal, Hron and Kendall 2017, "Concrete dropout", equations 3 to 5.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from bridle.arguments.scalars import is_number, refuse
from bridle.backend import load_keras
from bridle.dropout.keras_layers.base import registered
from bridle.dropout.keras_layers.masks.source import multiplied, require_floating
from bridle.dropout.keras_layers.masks.stream import Stream
from bridle.dropout.noise import Noise
from bridle.dropout.rate import checked_rate, checked_seed

__all__ = ["ConcreteDropout"]

keras = load_keras()
ops = keras.ops
Wrapper: Any = keras.layers.Wrapper


@registered
class ConcreteDropout(Wrapper):
    """Dropout on the input of a layer, at a rate p that is learnt with the weights.

    In training the input is multiplied by ``(1 - z) / (1 - p)`` with the relaxed draw
    ``z = sigmoid((logit p + logit u) / temperature)`` and u uniform in (0, 1). As the temperature
    goes to 0, z becomes a Bernoulli variable with probability p. The layer adds to the loss

    ``weight_regularizer * sum(kernel^2) / (1 - p) - dropout_regularizer * K * H(p)``

    where ``H(p) = -p log p - (1 - p) log(1 - p)`` and K is the number of inputs. Before a
    convolution, whole channels are dropped and K counts channels. Biases are not penalised.

    Parameters
    ----------
    layer : keras.layers.Layer
        A dense layer or a convolution.
    rate : float
        Initial value of p, in (0, 1), default 0.1.
    weight_regularizer : float
        At least 0, default 1e-6: ``l^2 / (tau N)`` with prior length scale l, precision tau and N
        training samples, for squared error; half of it for cross-entropy.
    dropout_regularizer : float
        At least 0, default 1e-5: ``2 / (tau N)`` for squared error; half of it for cross-entropy.
    temperature : float
        Above 0, default 0.1.
    seed : int, optional
        Any integer; default: a fresh key.
    **kwargs
        As in `keras.layers.Layer`.

    Raises
    ------
    InputError
        An argument is outside its range.

    Source: Gal, Hron and Kendall 2017, "Concrete dropout", equations 3 to 5.
    """

    def __init__(
        self,
        layer: Any,
        rate: Any = 0.1,
        weight_regularizer: float = 1e-6,
        dropout_regularizer: float = 1e-5,
        temperature: float = 0.1,
        seed: Any = None,
        **kwargs: Any,
    ) -> None:
        start = checked_rate(rate)
        if start in (0, 1):
            refuse("rate", "above 0 and below 1, since a learnt rate cannot leave 0 or 1", rate)
        _require_at_least_zero("weight_regularizer", weight_regularizer)
        _require_at_least_zero("dropout_regularizer", dropout_regularizer)
        if not (is_number(temperature) and 0 < temperature < math.inf):
            refuse("temperature", "a finite number above 0", temperature)
        super().__init__(layer, **kwargs)
        self.supports_masking = True
        self.start = start
        self.weight_regularizer = weight_regularizer
        self.dropout_regularizer = dropout_regularizer
        self.temperature = temperature
        self.seed = None if seed is None else checked_seed(seed)
        self.stream = Stream(self.seed, "concrete")
        self.rate_logit = self.add_weight(
            name="rate_logit",
            shape=(),
            dtype="float32",
            initializer=keras.initializers.Constant(math.log(start) - math.log1p(-start)),
            autocast=False,
        )

    @property
    def rate(self) -> float:
        """The current value of the learnt rate p."""
        return float(ops.convert_to_numpy(ops.sigmoid(self.rate_logit.value)))

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Return the output of the layer, with noise on its input if ``training``."""
        require_floating(self, inputs)
        channels, shared = self._axes(inputs)
        self.add_loss(self._penalty(inputs.shape[channels]))
        if not training:
            return self.layer(inputs)
        shape = Noise(shared_axes=shared).draw_shape(ops.shape(inputs))
        return self.layer(multiplied(inputs, self._multiplier(shape)))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the layer's output."""
        return self.layer.compute_output_shape(input_shape)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        own = {
            "rate": self.start,
            "weight_regularizer": self.weight_regularizer,
            "dropout_regularizer": self.dropout_regularizer,
            "temperature": self.temperature,
            "seed": self.seed,
        }
        return {**super().get_config(), **own}

    def save_own_variables(self, store: Any) -> None:
        """Write the learnt rate, the key and the counter."""
        store["rate_logit"] = self.rate_logit.value
        store["stream"] = self.stream.state.value

    def load_own_variables(self, store: Any) -> None:
        """Read what `save_own_variables` wrote."""
        self.rate_logit.assign(np.asarray(store["rate_logit"]))
        state = self.stream.state
        state.assign(np.asarray(store["stream"]).astype(state.dtype))

    def _multiplier(self, shape: tuple[Any, ...]) -> Any:
        # Keep u off 0 and 1, whose logits are infinite; 2**-24 is half the spacing of the draws.
        draws = keras.random.uniform(shape, dtype="float32", seed=self.stream) + 2.0**-24
        logit = ops.log(draws) - ops.log1p(-ops.minimum(draws, 1.0 - 2.0**-24))
        dropped = ops.sigmoid((self.rate_logit.value + logit) / self.temperature)
        return (1.0 - dropped) / ops.sigmoid(-self.rate_logit.value)

    def _penalty(self, n_inputs: int) -> Any:
        logit = self.rate_logit.value
        rate, keep = ops.sigmoid(logit), ops.sigmoid(-logit)
        kernels = [weight for weight in self.layer.trainable_weights if "bias" not in weight.name]
        squares = sum(ops.sum(ops.square(ops.cast(kernel, "float32"))) for kernel in kernels)
        # log sigmoid(x) = -softplus(-x), which rounding cannot turn into log 0.
        entropy = rate * ops.softplus(-logit) + keep * ops.softplus(logit)
        return self.weight_regularizer * squares / keep - (
            self.dropout_regularizer * n_inputs * entropy
        )

    def _axes(self, inputs: Any) -> tuple[int, tuple[int, ...]]:
        """Return the channel axis and the axes along which the noise is shared."""
        layers = keras.layers
        if not isinstance(self.layer, (layers.Conv1D, layers.Conv2D, layers.Conv3D)):
            return -1, ()
        if self.layer.data_format == "channels_first":
            return 1, tuple(range(2, inputs.ndim))
        return -1, tuple(range(1, inputs.ndim - 1))


def _require_at_least_zero(name: str, value: Any) -> None:
    if not (is_number(value) and 0 <= value < math.inf):
        refuse(name, "a finite number from 0 upwards", value)
