"""Sub-networks: dropout that leaves dropped units out of the computation.

Ordinary dropout computes every unit and then multiplies some by zero. Here a training step computes
only the units it keeps, in smaller matrix products: a sub-network of the whole network.

For this the shapes must not change from step to step, so the number of kept units is fixed. The n
units of a layer form N = n / b blocks of b neighbours. Each draw keeps exactly k blocks; all sets
of k blocks are equally likely. A kept unit is scaled by N / k, so that for each unit

    E[y] = x,    P(kept) = k / N,    P(two units of different blocks kept) = k (k - 1) / (N (N - 1)).

At inference the layer is used whole and unscaled, as with other dropout.

The weights of the kept units are gathered into smaller arrays. The gradient goes back by another
gather, with ``position[j]`` the position of unit j among the kept ones:

    forward   small[i] = large[kept[i]]
    backward  d large[j] = d small[position[j]] * present[j].

The usual backward pass of a gather is a scatter, which XLA runs serially on a CPU.

Functions take ``xp``, a module with NumPy's names: NumPy, or `keras.ops`.

Source: Graham, Reizenstein and Robinson 2015, "Efficient batchwise dropout training using
submatrices" (arXiv 1502.02478), section 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bridle.arguments.scalars import is_integer, refuse
from bridle.dropout.rate import checked_rate

__all__ = ["Selection", "UnitBlocks", "Work", "default_block_size", "group_bounds"]

LEAST_BLOCKS = 16
"""Fewest blocks of a default block size: with fewer, the sub-networks differ too little."""

FLOPS_PER_WEIGHT_MOVED = 80
"""Cost of gathering a weight and returning its gradient, in operations of a matrix product."""

FLOPS_PER_WEIGHT_SUMMED = 300
"""The same cost for each of several groups, whose gradients are summed over all weights.

Measured on two cores, with layers of 1,024 units and half of them dropped: one group pays from
about 20 rows; two and four groups just pay with 64 rows each, and eight groups do not.
"""


def default_block_size(n_units: int) -> int:
    """Return the largest of 8, 4, 2, 1 that divides ``n_units`` and leaves at least 16 blocks.

    Parameters
    ----------
    n_units : int
        At least 1. Below 32 units the block size is 1.
    """
    fitting = (b for b in (8, 4, 2) if n_units % b == 0 and n_units // b >= LEAST_BLOCKS)
    return next(fitting, 1)


def group_bounds(n_rows: Any, groups: int) -> list[Any]:
    """Return the ``groups + 1`` row numbers that delimit the groups of a batch.

    Row i belongs to group ``i * groups // n_rows``, as in `bridle.dropout.noise.Noise`.
    """
    return [(group * n_rows + groups - 1) // groups for group in range(groups + 1)]


@dataclass(frozen=True)
class Selection:
    """The units that one draw keeps.

    Parameters
    ----------
    kept : array of int, shape (m,)
        Indices of the kept units, in the order of the small array.
    position : array of int, shape (n,)
        For each unit its index among the kept ones; any valid index if the unit is dropped.
    present : array of bool, shape (n,)
        Whether each unit is kept.
    n_units, n_kept : int
        n and m.
    block_size : int
        Units in a block: neighbours that are kept or dropped together.
    """

    kept: Any
    position: Any
    present: Any
    n_units: int
    n_kept: int
    block_size: int

    def repeated(self, times: int, xp: Any) -> Selection:
        """Return the selection for ``times`` consecutive copies of the units.

        The copies are the gates of a recurrent layer, or the positions of a map that was flattened
        with its channels last.
        """
        copies = xp.arange(times)[:, None]
        return Selection(
            kept=xp.reshape(copies * self.n_units + self.kept[None, :], (-1,)),
            position=xp.reshape(copies * self.n_kept + self.position[None, :], (-1,)),
            present=xp.tile(self.present, (times,)),
            n_units=self.n_units * times,
            n_kept=self.n_kept * times,
            block_size=self.block_size,
        )

    def blocks(self, units: Any) -> Any:
        """Return the block numbers of ``units``, which must be whole blocks."""
        return units[:: self.block_size] // self.block_size

    @property
    def present_blocks(self) -> Any:
        """Whether each block is kept."""
        return self.present[:: self.block_size]


@dataclass(frozen=True)
class UnitBlocks:
    """The units of a layer, divided into blocks of which a fixed number is kept.

    Parameters
    ----------
    n_units : int
        n, at least 1.
    rate : float
        Fraction of blocks to drop, in [0, 1]; k is ``(1 - rate) N`` rounded, and at least 1. At
        rate 1 the kept units are multiplied by zero.
    block_size : int, optional
        b, a divisor of n; default: `default_block_size`.

    Raises
    ------
    InputError
        An argument is outside its range.
    """

    n_units: int
    rate: float
    block_size: int

    def __init__(self, n_units: int, rate: float, block_size: int | None = None) -> None:
        chosen = default_block_size(n_units) if block_size is None else block_size
        if not (is_integer(chosen) and chosen >= 1 and n_units % chosen == 0):
            refuse(
                "block_size", f"a divisor of the number of units, {n_units}, or None", block_size
            )
        object.__setattr__(self, "n_units", n_units)
        object.__setattr__(self, "rate", checked_rate(rate))
        object.__setattr__(self, "block_size", chosen)

    @property
    def n_blocks(self) -> int:
        """The number of blocks, N."""
        return self.n_units // self.block_size

    @property
    def kept_blocks(self) -> int:
        """The number of kept blocks, k, in [1, N]."""
        return max(1, int((1.0 - self.rate) * self.n_blocks + 0.5))

    @property
    def dropped_blocks(self) -> int:
        """The number of blocks whose output is zero: N - k, or N at rate 1."""
        return self.n_blocks if self.rate == 1.0 else self.n_blocks - self.kept_blocks

    @property
    def kept_units(self) -> int:
        """The number of kept units, k b."""
        return self.kept_blocks * self.block_size

    @property
    def scale(self) -> float:
        """The factor of a kept unit: N / k, or 0 at rate 1."""
        return 0.0 if self.rate == 1.0 else self.n_blocks / self.kept_blocks

    def selection(self, draws: Any, xp: Any) -> Selection:
        """Return the units that a draw keeps: the k blocks with the smallest random numbers.

        Parameters
        ----------
        draws : array of shape (N,)
            Uniform in [0, 1).
        xp : module
        """
        # Ranks by comparing all pairs: for some hundreds of blocks faster than a sort on XLA.
        number = xp.arange(self.n_blocks)
        equal_before = (draws[None, :] == draws[:, None]) & (number[None, :] < number[:, None])
        rank = xp.sum((draws[None, :] < draws[:, None]) | equal_before, axis=1)
        is_kept = rank[None, :] == number[: self.kept_blocks, None]
        kept = xp.sum(xp.where(is_kept, number[None, :], 0), axis=1)
        return Selection(
            kept=self._units(kept, xp),
            position=self._units(xp.minimum(rank, self.kept_blocks - 1), xp),
            present=xp.repeat(rank < self.kept_blocks, self.block_size),
            n_units=self.n_units,
            n_kept=self.kept_units,
            block_size=self.block_size,
        )

    def multiplier(self, selection: Selection, cast: Any) -> Any:
        """Return the factor of each unit if all are computed: `scale` if kept, else 0."""
        return cast(selection.present) * self.scale

    def _units(self, blocks: Any, xp: Any) -> Any:
        within = xp.arange(self.block_size)
        return xp.reshape(blocks[:, None] * self.block_size + within[None, :], (-1,))


@dataclass(frozen=True)
class Work:
    """The size of one layer's matrix product, with all units and with the kept ones.

    Parameters
    ----------
    rows : int
        Rows of the product: samples times positions or timesteps.
    weights, kept : int
        Number of kernel weights, and how many of them belong to kept units.
    """

    rows: int
    weights: int
    kept: int

    @staticmethod
    def pays(works: list[Work], groups: int) -> bool:
        """Return whether computing only the kept units saves more than the gathers cost.

        A training step takes 6 operations per weight and row: 2 forward, 4 backward. The rule
        depends only on shapes, so it gives the same answer in every step.

        Parameters
        ----------
        works : list of Work
            One for each computing layer, with the rows of one group.
        groups : int
            Number of groups in a batch.
        """
        cost = FLOPS_PER_WEIGHT_MOVED if groups == 1 else FLOPS_PER_WEIGHT_SUMMED
        saved = sum(6 * work.rows * (work.weights - work.kept) for work in works)
        moved = sum(work.weights for work in works if work.kept < work.weights)
        return saved > cost * moved
