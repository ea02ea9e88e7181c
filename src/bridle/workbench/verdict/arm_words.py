"""Names of arms in sentences and tables."""

from __future__ import annotations

from collections.abc import Sequence

from bridle.workbench.evidence.best_network import BEST_NETWORK

__all__ = ["arm_label", "arm_name", "listed"]

_NAMES = {
    "dummy": "the constant prediction",
    "linear": "the plain linear model",
    "elastic_net": "the elastic net",
    "lasso": "the lasso",
    "ridge": "ridge regression",
    "permuted_target": "the model of a shuffled target",
    "baseline": "the plain network",
    "regularised": "the regularised network",
    BEST_NETWORK: "the best network",
}

_LABELS = {
    "dummy": "constant prediction",
    "linear": "linear model",
    "ridge": "ridge regression",
    "permuted_target": "shuffled target",
    "baseline": "plain network",
    "regularised": "regularised network",
}


def arm_name(arm: str) -> str:
    """Return the name of an arm for the middle of a sentence, for instance "the elastic net"."""
    return _NAMES.get(arm, arm.replace("_", " "))


def arm_label(arm: str) -> str:
    """Return the name of an arm for a table, for instance "elastic net"."""
    return _LABELS.get(arm, arm.replace("_", " "))


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence lists them: "a, b and c"."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
