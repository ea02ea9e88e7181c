"""`Observed`: everything that an audit saw while a network ran."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

__all__ = ["Draw", "Observed", "Probe"]

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Draw:
    """Random numbers that one place of a network drew, once.

    Attributes
    ----------
    where : str
        Path of the innermost module that ran.
    function : str
        Function that drew them: "bernoulli_", "native_dropout", "scaled_dot_product_attention".
    kept : ndarray of bool, or None
        Which units are kept; None if the numbers are no mask, or are not seen outside a kernel.
    numbers : int
        A hash of the numbers, to compare them; 0 if they are not seen.
    rate : float or None
        The rate that the function was called with, if it has one.
    """

    where: str
    function: str
    kept: Mask | None
    numbers: int
    rate: float | None


@dataclass(frozen=True, eq=False)
class Probe:
    """A dropout module alone, on an input of ones times random signs, in one layout and mode.

    Attributes
    ----------
    where : str
    mode : str
        "eager" or "compiled"; with ", checkpointed" if the forward pass is repeated.
    layout : str
        Memory layout of the input: "contiguous", "channels last", "transposed".
    first, second : ndarray of bool
        Kept units of two calls.
    backward : ndarray of bool
        Units that the gradient of the first call reaches.
    rate : float or None
        Rate that the module states.
    by_blocks : bool
        Whether neighbouring units are dropped together by design (DropBlock).
    """

    where: str
    mode: str
    layout: str
    first: Mask
    second: Mask
    backward: Mask
    rate: float | None
    by_blocks: bool = False


@dataclass(frozen=True, eq=False)
class Observed:
    """What an audit saw; the checks read it.

    Attributes
    ----------
    n_samples : int
        Rows of the batch.
    steps : sequence of two sequences of Draw
        The forward passes of two training steps with the same input.
    backward : sequence of Draw
        The backward pass of the first.
    evaluation : sequence of Draw
        A forward pass in evaluation mode.
    repeats : bool
        Whether two such passes gave the same output.
    rates : mapping of str to float
        Rates above 0 that modules hold, by path.
    changed : sequence of Draw
        A training step after every rate in ``wanted`` was set.
    wanted : mapping of str to float
        Rates that were set, by the path of the module.
    others : sequence of mapping of str to int
        Hashes of the draws of the other ranks, by place; empty without a process group.
    probes : sequence of Probe
    """

    n_samples: int
    steps: tuple[Sequence[Draw], Sequence[Draw]]
    backward: Sequence[Draw]
    evaluation: Sequence[Draw]
    repeats: bool
    rates: dict[str, float]
    changed: Sequence[Draw] = ()
    wanted: dict[str, float] = field(default_factory=dict)
    others: Sequence[dict[str, int]] = ()
    probes: Sequence[Probe] = ()
