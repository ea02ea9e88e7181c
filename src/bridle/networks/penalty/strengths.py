"""Strengths of a penalty for the weights of a network, checked."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.errors import InputError

__all__ = ["Rows", "check_unbounded", "plain_strengths", "strengths_by_row"]

Rows = npt.NDArray[np.float64]


def strengths_by_row(penalty: ElasticNetPenalty, inputs: int) -> tuple[Rows, Rows]:
    """Return l1 and l2 for the outgoing weights of each input, of shape (inputs, 1).

    Raises
    ------
    InputError
        There are factors for another number of inputs.
    """
    penalty.check_features(inputs)
    l1, l2 = penalty.strengths(inputs)
    return l1[:, None], l2[:, None]


def plain_strengths(penalty: ElasticNetPenalty) -> tuple[float, float]:
    """Return l1 and l2.

    Raises
    ------
    InputError
        It is not a penalty, or has factors or bounds, which apply to the features of a linear
        model.
    """
    check_unbounded(penalty)
    if not np.all(np.equal(penalty.factors, 1.0)):
        raise InputError(
            "penalty must have the same strength for all weights, so no factors. Received: "
            f"factors={penalty.factors!r}. Use add_proximal_step, which takes factors."
        )
    return float(penalty.l1), float(penalty.l2)


def check_unbounded(penalty: ElasticNetPenalty) -> None:
    """Check that ``penalty`` is an elastic-net penalty without bounds.

    Raises
    ------
    InputError
        It is not.
    """
    if not isinstance(penalty, ElasticNetPenalty):
        raise InputError(
            "penalty must be a bridle.ElasticNetPenalty. "
            f"Received: an object of {type(penalty).__name__}."
        )
    if penalty.is_tied:
        raise InputError(
            "penalty must have group=None for a network, whose weights are penalised one by one. "
            "Received: group='rows', which ties the outputs of a linear model."
        )
    if not (np.all(np.isneginf(penalty.lower)) and np.all(np.isposinf(penalty.upper))):
        raise InputError(
            f"penalty must have no bounds for a network. Received: lower={penalty.lower!r}, "
            f"upper={penalty.upper!r}."
        )
