"""SGD, Adam and AdamW of Keras with the proximal steps of the weights that they train.

A proximal step is a constraint of a variable, and no configuration has those. So the optimiser's
has it: files and copies bring the step back when the optimiser is built.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bridle.backend import load_keras
from bridle.errors import InputError
from bridle.networks.penalty.proximal_constraint import (
    ProximalConstraint,
    constraint_after,
    updating,
)
from bridle.networks.penalty.strengths import Rows

__all__ = ["ProximalAdam", "ProximalAdamW", "ProximalSGD", "with_steps"]

keras = load_keras()


def _proximal(kind: Any) -> Any:
    """Return the class with proximal steps made from a class of optimisers, registered with Keras."""

    class Proximal(kind):
        """An optimiser of Keras with proximal steps.

        Parameters
        ----------
        steps : dict, optional
            The number of ``weights`` that are trained and, for each of ``kernels``, its position
            among them as ``weight``, and ``l1``, ``l2`` (a number, or one for each input) and ``by``
            of its step. Default: no steps.
        **options
            Of the class of Keras.
        """

        _steps: dict[str, Any] | None = None  # of a configuration, until the weights are known

        def __init__(self, *, steps: dict[str, Any] | None = None, **options: Any) -> None:
            super().__init__(**options)
            self._steps = steps

        def build(self, variables: Sequence[Any]) -> None:
            """Make the variables of the optimiser, and put the steps on the weights."""
            super().build(variables)
            if self._steps is not None:
                _put(self._steps, variables)

        def apply(self, grads: Any, trainable_variables: Any = None) -> None:
            """Update the weights, and make the steps."""
            with updating(self):
                super().apply(grads, trainable_variables)

        def get_config(self) -> dict[str, Any]:
            """Return the options, and the steps that the weights have now."""
            steps = _held(self._trainable_variables) if self.built else self._steps
            return {**super().get_config(), "steps": steps}

    Proximal.__name__ = Proximal.__qualname__ = f"Proximal{kind.__name__}"
    keras.saving.register_keras_serializable(package="bridle")(Proximal)
    return Proximal


# The classes of instances, since on PyTorch Keras replaces its classes; without variables of theirs.
SGD, ADAM, ADAMW = (
    type(kind.__new__(kind))
    for kind in (keras.optimizers.SGD, keras.optimizers.Adam, keras.optimizers.AdamW)
)
ProximalSGD, ProximalAdam, ProximalAdamW = map(_proximal, (SGD, ADAM, ADAMW))

_WITH_STEPS: dict[type, Any] = {SGD: ProximalSGD, ADAM: ProximalAdam, ADAMW: ProximalAdamW}


def with_steps(kind: type) -> Any:
    """Return the class with proximal steps for a class of optimisers; None if there is none.

    Exact classes, since others made from them may take other steps.
    """
    return kind if kind in _WITH_STEPS.values() else _WITH_STEPS.get(kind)


def _held(weights: Sequence[Any]) -> dict[str, Any]:
    kernels = [
        {"weight": i, "l1": _plain(step.l1), "l2": _plain(step.l2), "by": step.by}
        for i, step in enumerate(weight.constraint for weight in weights)
        if isinstance(step, ProximalConstraint)
    ]
    return {"weights": len(weights), "kernels": kernels}


def _plain(strengths: Rows) -> float | list[float]:
    """Return strengths of all inputs as a number if they are equal, else as a list."""
    values = strengths.ravel().tolist()
    return values[0] if len({*values}) == 1 else values


def _put(steps: dict[str, Any], weights: Sequence[Any]) -> None:
    if len(weights) != steps["weights"]:
        raise InputError(
            "The proximal steps of the optimiser belong to a network with "
            f"{steps['weights']} trainable weights. Received: one with {len(weights)}. Compile it "
            "with a new optimiser, and add the steps with add_proximal_step."
        )
    for one in steps["kernels"]:
        kernel = weights[one["weight"]]
        inputs = (kernel.shape[-2], 1)
        l1, l2 = (
            np.broadcast_to(np.reshape(np.asarray(one[name], dtype=np.float64), (-1, 1)), inputs)
            for name in ("l1", "l2")
        )
        then = constraint_after(kernel)
        kernel.constraint = ProximalConstraint(_compiled_again, kernel, l1, l2, one["by"], then)


def _compiled_again() -> Any:
    raise InputError(
        "A network with proximal steps that was loaded or copied must keep the optimiser that it has. "
        "Received: an update by another optimiser. After another compile, add the steps with "
        "add_proximal_step."
    )
