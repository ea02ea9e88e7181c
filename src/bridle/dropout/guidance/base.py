"""Place and finding: a dropout of a network as the checks see it, and what they find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bridle.dropout.surgery.network_graph import Role

__all__ = ["Check", "DropoutFinding", "DropoutPlace"]


@dataclass(frozen=True)
class DropoutPlace:
    """One dropout of a network: a layer of its own, or what a layer does inside.

    Attributes
    ----------
    layer : str
        Path of the layer that does it.
    rate : float
        In [0, 1]; the largest one of a layer with several.
    depth : int
        How many others lie on the way from the input.
    inside : bool
        Whether a layer with weights does it inside.
    source : Role or None
        What made the units: None for the network's inputs.
    after_output : bool
        Whether no layer computes with what it leaves.
    before_batch_statistics : bool
        Whether a batch normalisation reads it.
    single_units_of_map : bool
        Whether it drops the units of a map with places in space or time one by one.
    always_active : bool
        Whether it is active where the network is called for inference.
    keys : frozenset of int
        Keys of the streams of its masks, where another layer of the same key has the same ones.
    units : int or None
        Number of units, or of channels where it drops those, that it draws for in a sample.
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
    """Something about the dropout of a network that its author should know.

    Attributes
    ----------
    code : str
        Stable number and name, for instance ``"BR301 high-rate"``.
    where : tuple of str
        Paths of the layers it is about, in the order of computation.
    reason : str
        What was seen and why it matters.
    remedy : str
        What to do about it.
    """

    code: str
    where: tuple[str, ...]
    reason: str
    remedy: str


Check = Callable[[tuple[DropoutPlace, ...]], tuple[DropoutFinding, ...]]
"""From every dropout of a network with a rate above 0, in the order of computation."""
