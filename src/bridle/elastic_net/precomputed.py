"""Precomputed quantities of a problem, which save passes over X."""

from __future__ import annotations

from dataclasses import dataclass

from bridle.elastic_net.null_model import NullModel
from bridle.types import Array

__all__ = ["Precomputed"]


@dataclass(frozen=True, eq=False)
class Precomputed:
    """Quantities of a problem that were computed elsewhere, which saves passes over X.

    Attributes
    ----------
    null : NullModel, optional
    negative_null_gradient : ndarray of shape (p, outputs), optional
    column_moments : tuple of two ndarray of shape (p,), optional
        None: the problem computes it when it is needed.
    """

    null: NullModel | None = None
    negative_null_gradient: Array | None = None
    column_moments: tuple[Array, Array] | None = None
