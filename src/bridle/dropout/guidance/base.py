"""`DropoutPlace` and `DropoutFinding`: input and output of the checks of a network's dropout."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bridle.dropout.surgery.network_graph import Role

__all__ = ["Check", "DropoutFinding", "DropoutPlace"]


@dataclass(frozen=True)
class DropoutPlace:
    """A dropout in a network: a separate layer, or dropout inside a layer with weights.

    Attributes
    ----------
    layer : str
        Path of the layer.
    rate : float
        In [0, 1]; the largest if the layer has several.
    depth : int
        Number of other dropouts between the input and this one.
    inside : bool
        Whether it is inside a layer with weights.
    source : Role or None
        Kind of the layer that computes the units; None for inputs of the network.
    after_output : bool
        Whether no layer with weights follows it.
    before_batch_statistics : bool
        Whether a batch normalisation follows it.
    single_units_of_map : bool
        Whether it drops single units of a map with axes of space or time.
    always_active : bool
        Whether it is active when the network is called for inference.
    keys : frozenset of int
        Keys of its random streams; layers with the same key draw the same masks.
    units : int or None
        Number of units (or whole channels) that it may drop in a sample, if known.
    """

    layer: str
    rate: float
    depth: int = 0
    inside: bool = False
    source: Role | None = "dense"
    after_output: bool = False
    before_batch_statistics: bool = False
    single_units_of_map: bool = False
    always_active: bool = False
    keys: frozenset[int] = frozenset()
    units: int | None = None


@dataclass(frozen=True)
class DropoutFinding:
    """A problem found by a check of a network's dropout.

    Attributes
    ----------
    code : str
        Stable number and name, for instance ``"BR301 high-rate"``.
    where : tuple of str
        Paths of the layers concerned, in the order of computation.
    reason : str
        What was found and why it matters.
    remedy : str
        What to do about it.
    """

    code: str
    where: tuple[str, ...]
    reason: str
    remedy: str


Check = Callable[[tuple[DropoutPlace, ...]], tuple[DropoutFinding, ...]]
"""A check: takes the dropouts with a rate above 0, in the order of computation."""
