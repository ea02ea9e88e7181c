"""`ElasticNetRegularizer`: the elastic net as a term of a network's loss."""

from __future__ import annotations

from typing import Any

from bridle.backend import load_keras
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.networks.penalty.strengths import plain_strengths

__all__ = ["ElasticNetRegularizer"]

keras = load_keras()
ops = keras.ops
Regularizer: Any = keras.Regularizer


@keras.saving.register_keras_serializable(package="bridle")
class ElasticNetRegularizer(Regularizer):
    """Adds ``l1 sum |w| + (l2 / 2) sum w^2`` to the loss.

    Gradient steps make weights small, but they overshoot zero and hardly ever stop there. For exact
    zeros use `add_proximal_step`.

    Parameters
    ----------
    penalty : ElasticNetPenalty
        With the same strength for all weights, and without bounds.

    Raises
    ------
    InputError
        The penalty has factors or bounds.

    Source: Zou and Hastie 2005, "Regularization and variable selection via the elastic net",
    equation 3.
    """

    def __init__(self, penalty: ElasticNetPenalty) -> None:
        self.l1, self.l2 = plain_strengths(penalty)

    def __call__(self, x: Any) -> Any:
        """Return the penalty of a weight."""
        return self.l1 * ops.sum(ops.abs(x)) + self.l2 / 2 * ops.sum(ops.square(x))

    def get_config(self) -> dict[str, float]:
        """Return the strengths."""
        return {"l1": self.l1, "l2": self.l2}

    @classmethod
    def from_config(cls, config: dict[str, float]) -> Any:
        """Return the regulariser that a config describes."""
        return cls(ElasticNetPenalty(config["l1"], config["l2"]))
