"""`ProximalConstraint`: the proximal step of a kernel, which Keras applies after each update."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import numpy as np

from bridle.backend import load_keras
from bridle.networks.penalty.nearest import By, nearest
from bridle.networks.penalty.strengths import Rows

__all__ = ["ProximalConstraint", "constraint_after", "updating"]

keras = load_keras()
ops = keras.ops

_UPDATING: ContextVar[Any] = ContextVar("updating", default=None)


@contextmanager
def updating(optimizer: Any) -> Iterator[None]:
    """Tell the constraints within the block which optimiser makes the update."""
    token = _UPDATING.set(optimizer)
    try:
        yield
    finally:
        _UPDATING.reset(token)


@dataclass(frozen=True, eq=False)
class ProximalConstraint:
    """The proximal step of one kernel.

    Parameters
    ----------
    optimizer : callable
        Returns the optimiser that determines the step sizes, where the one that makes the update
        does not tell by `updating`.
    kernel : keras.Variable
        The weights.
    l1, l2 : ndarray of shape (inputs, 1)
        Strengths for the outgoing weights of each input; inf excludes an input.
    by : {"weight", "input"}
        What becomes zero together.
    then : callable, optional
        A constraint to apply afterwards.
    """

    optimizer: Callable[[], Any]
    kernel: Any
    l1: Rows
    l2: Rows
    by: By
    then: Callable[[Any], Any] | None = None

    def __call__(self, z: Any) -> Any:
        """Return the weights after the step."""
        # Looked up at each trace, since the model may have been compiled again.
        optimizer = _UPDATING.get() or self.optimizer()
        z = ops.convert_to_tensor(z)
        if (gathered := optimizer.gradient_accumulation_steps) is None:
            w = self._nearest(z, optimizer)
        else:
            batches = optimizer._iterations + 1  # the counter has not been advanced yet
            w = ops.where(ops.equal(batches % gathered, 0), self._nearest(z, optimizer), z)
        return w if self.then is None else self.then(w)

    def _nearest(self, z: Any, optimizer: Any) -> Any:
        """Return the minimiser w of the formula of `bridle.networks.penalty.nearest`."""
        step = ops.broadcast_to(ops.cast(self._lengths(optimizer), z.dtype), z.shape)
        kept = np.isfinite(self.l1)
        l1, l2 = (ops.cast(np.where(kept, value, 0.0), z.dtype) for value in (self.l1, self.l2))
        return nearest(z, step, l1, l2, ops.cast(kept, z.dtype), by=self.by, ops=ops)

    def _lengths(self, adam: Any) -> Any:
        """Return the optimiser's step size s_j of each weight."""
        rate = ops.cast(adam.learning_rate, "float32")
        if not isinstance(adam, keras.optimizers.Adam):
            # With momentum, a constant gradient g moves a weight by this times g per step in the
            # limit.
            return rate / (1.0 - adam.momentum)
        # The number of the update that was just made.
        made = ops.cast(adam.iterations + 1, "float32")
        rate = rate * ops.sqrt(1.0 - ops.power(ops.cast(adam.beta_2, "float32"), made))
        squares = adam._velocity_hats if adam.amsgrad else adam._velocities
        index = adam._get_variable_index(self.kernel)
        return rate / (ops.sqrt(squares[index]) + adam.epsilon)


def constraint_after(kernel: Any) -> Callable[[Any], Any] | None:
    """Return the constraint of a kernel that acts after its proximal step, if there is one."""
    held: Any = kernel.constraint
    return held.then if isinstance(held, ProximalConstraint) else held
