"""`NoiseSource`: rate, schedule and random stream of the noise in a Keras layer."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import numpy as np

from bridle.backend import load_keras
from bridle.dropout.keras_layers.masks.stream import Stream
from bridle.dropout.noise import Noise
from bridle.dropout.overflow import warn_of_overflow
from bridle.dropout.rate import checked_rate, checked_seed
from bridle.dropout.schedule import Constant
from bridle.dropout.schedule import schedule as as_schedule
from bridle.errors import InputError

__all__ = ["NoiseSource", "as_number", "multiplied", "require_floating"]

keras = load_keras()
Layer: Any = keras.layers.Layer


class NoiseSource(Layer):
    """Rate, key and counter as Keras variables, and the noise drawn with them.

    A source is a sub-layer of the layer it serves, so Keras saves it at a separate path. Its state
    is in ``layer.variables``, like that of a seed generator, but not in ``layer.weights``: a layer
    has the same weights as its `keras.layers` twin, and each loads the other's weight files.

    Parameters
    ----------
    rate : float
        Fraction of units to drop, in [0, 1].
    seed : int, optional
        Any integer; default: a fresh key.
    schedule : Schedule or dict, optional
        Schedule of the rate over the training calls; default: a constant rate.
    argument : str
        Name of the rate in the layer, for messages and the path.
    """

    def __init__(
        self, rate: Any, seed: Any = None, schedule: Any = None, *, argument: str = "rate"
    ) -> None:
        written = checked_rate(rate, argument)
        super().__init__(name=f"{argument}_noise", dtype="float32")
        self.argument = argument
        self.written = written
        self.seed = None if seed is None else checked_seed(seed)
        self.schedule = as_schedule(schedule)
        self.stream = Stream(self.seed, argument)
        # Keras does not look into a namespace, so it does not count the variable as a weight.
        self._hidden = SimpleNamespace(
            rate=keras.Variable(
                written, dtype="float32", trainable=False, autocast=False, name=argument
            )
        )
        self.built = True

    @property
    def variables(self) -> list[Any]:
        """The state of the stream and the rate."""
        return [*super().variables, self.rate_variable]

    @property
    def rate_variable(self) -> Any:
        """The rate as a Keras variable: a float32 scalar."""
        return self._hidden.rate

    @property
    def rate(self) -> float:
        """The rate; a new value also acts in compiled steps."""
        held = float(keras.ops.convert_to_numpy(self.rate_variable.value))
        return self.written if np.float32(self.written) == held else held

    @rate.setter
    def rate(self, rate: Any) -> None:
        self.written = checked_rate(rate, self.argument)
        self.rate_variable.assign(self.written)

    def rate_now(self) -> Any:
        """Return the rate of the next draw as a float32 scalar, which may be traced."""
        rate = self.rate_variable.value
        if self.schedule == Constant():
            return rate
        return rate * self.schedule.factor(self.stream.calls(), as_number)

    def draws(self, noise: Noise, shape: tuple[Any, ...]) -> Any:
        """Return float32 draws of the noise's distribution, and advance the counter."""
        if noise.draw == "normal":
            return keras.random.normal(shape, dtype="float32", seed=self.stream)
        if keras.backend.backend() == "jax":
            from bridle.dropout.keras_layers.masks.jax_uniform import uniform

            return uniform(self.stream.next(), shape)
        return keras.random.uniform(shape, dtype="float32", seed=self.stream)

    def multiplier(self, noise: Noise, shape: tuple[Any, ...]) -> Any:
        """Return the float32 multiplier for an array of ``shape``."""
        rate = self.rate_now()
        return noise.multiplier(self.draws(noise, noise.draw_shape(shape)), rate, as_number)

    def apply(self, noise: Noise, x: Any) -> Any:
        """Return ``x`` with noise, computed in float32 or wider and returned in the dtype of x."""
        rate = self.rate_now()
        draws = self.draws(noise, noise.draw_shape(keras.ops.shape(x)))
        multiplier = noise.multiplier(draws, rate, as_number)
        return multiplied(x, multiplier, noise.shift(draws, rate, as_number))

    def config(self) -> dict[str, Any]:
        """Return the entries of the layer's config: rate, seed, and any schedule."""
        entries: dict[str, Any] = {self.argument: self.rate, "seed": self.seed}
        if self.schedule != Constant():
            entries["schedule"] = self.schedule.config()
        return entries

    def save_own_variables(self, store: Any) -> None:
        """Write key and counter; the rate belongs to the config, not to a weight file."""
        store["stream"] = self.stream.state.value

    def load_own_variables(self, store: Any) -> None:
        """Read key and counter, if the file has them; a file of `keras.layers` does not."""
        if "stream" in store.keys():  # noqa: SIM118 - a store is no mapping
            state = self.stream.state
            state.assign(np.asarray(store["stream"]).astype(state.dtype))


def multiplied(x: Any, multiplier: Any, shift: Any = None) -> Any:
    """Return ``x * multiplier + shift`` in float32 or wider, in the dtype of x.

    Warns
    -----
    BridleWarning
        A result overflows float16. Compiled steps do not warn.
    """
    dtype = keras.backend.standardize_dtype(x.dtype)
    wide = "float32" if dtype in ("float16", "bfloat16") else dtype
    y = keras.ops.cast(x, wide) * keras.ops.cast(multiplier, wide)
    if shift is not None:
        y = y + keras.ops.cast(shift, wide)
    if dtype == "float16" and _has_values(y):
        finite = keras.ops.where(keras.ops.isfinite(y), keras.ops.absolute(y), 0.0)
        warn_of_overflow(float(keras.ops.convert_to_numpy(keras.ops.max(finite, initial=0.0))))
    return keras.ops.cast(y, dtype)


def _has_values(y: Any) -> bool:
    """Return whether a tensor has values that can be read: not while a step is being compiled."""
    backend = keras.backend.backend()
    if isinstance(y, keras.KerasTensor):
        return False
    if backend == "jax":
        return not keras.src.utils.jax_utils.is_in_jax_tracing_scope(y)
    if backend == "tensorflow":
        return type(y).__name__ == "EagerTensor"
    return y.device.type != "meta" and not sys.modules["torch"].compiler.is_compiling()


def as_number(condition: Any) -> Any:
    """Return booleans as float32 1 and 0."""
    return keras.ops.cast(condition, "float32")


def require_floating(layer: Any, inputs: Any) -> None:
    """Check that the inputs are floating-point numbers, which noise can scale.

    Raises
    ------
    InputError
        The inputs are not floating-point numbers.
    """
    dtype = keras.backend.standardize_dtype(inputs.dtype)
    if not keras.backend.is_float_dtype(dtype):
        raise InputError(
            f"The inputs of {type(layer).__qualname__} {layer.name!r} must be floating-point numbers, "
            f"since noise scales them. Received: inputs of dtype {dtype}. Cast them first, for "
            f"instance with keras.ops.cast(x, 'float32')."
        )
