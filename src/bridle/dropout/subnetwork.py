"""Sub-network dropout: its mathematics, once for every framework.

n units stand in blocks of b neighbours, and each draw keeps exactly k of the N = n / b blocks, every
set of k blocks as likely as any other. A kept unit is scaled by N / k, so that for each unit

    E[y] = x,    P(kept) = k / N,    P(two units of different blocks kept) = k (k - 1) / (N (N - 1)).

Since k does not change, what is kept can be *computed alone*: the weights of kept units are
gathered into smaller arrays of a fixed shape, and gradients go back by the inverse gather,

    forward   small[i] = large[kept[i]]
    backward  d large[j] = d small[position[j]] * present[j],

with ``position`` the place of unit j among the kept ones. A scatter is not needed; it would be
serial on a CPU.

Functions take ``xp``, a module with NumPy's names: NumPy, or `keras.ops`.

Source: Graham, Reizenstein and Robinson 2015, "Efficient batchwise dropout training using
submatrices" (arXiv 1502.02478), section 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bridle.dropout.rate import checked_rate, is_integer
from bridle.errors import InputError

__all__ = ["Selection", "UnitBlocks", "Work", "default_block_size", "group_bounds"]

LEAST_BLOCKS = 16
"""With fewer blocks there are too few different sub-networks."""

FLOPS_PER_WEIGHT_MOVED = 80
"""What gathering one weight and putting its gradient back costs, in operations of a product."""

FLOPS_PER_WEIGHT_SUMMED = 300
"""The same for each of several groups, whose gradients are summed over all weights.

Measured on two cores, layers of 1,024 units, half of them dropped: one group pays from some 20 rows
on; two and four groups just pay at 64 rows each, eight do not.
"""


def default_block_size(n_units: int) -> int:
    """Return the largest of 8, 4, 2, 1 that divides ``n_units`` and leaves at least 16 blocks.

    Parameters
    ----------
    n_units : int
        At least 1. Below 32 the answer is 1.
    """
    fitting = (b for b in (8, 4, 2) if n_units % b == 0 and n_units // b >= LEAST_BLOCKS)
    return next(fitting, 1)


def group_bounds(n_rows: Any, groups: int) -> list[Any]:
    """Return where the groups of a batch begin and end: ``groups + 1`` row numbers.

    Row i belongs to group ``i * groups // n_rows``, as in `bridle.dropout.noise.Noise`.
    """
    return [(group * n_rows + groups - 1) // groups for group in range(groups + 1)]


@dataclass(frozen=True)
class Selection:
    """Which units are kept.

    Parameters
    ----------
    kept : array of int, shape (m,)
        The kept units, in the order in which they stand in the small array.
    position : array of int, shape (n,)
        For each unit its place among the kept ones, and any place if it is not kept.
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
        """Return the selection for ``times`` copies of the units that stand one after the other.

        The gates of a recurrent layer, or the places of a map that was flattened with its channels
        last.
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
        """Return the numbers of the blocks that units stand in, where whole blocks are given."""
        return units[:: self.block_size] // self.block_size

    @property
    def present_blocks(self) -> Any:
        """Whether each block is kept."""
        return self.present[:: self.block_size]


@dataclass(frozen=True)
class UnitBlocks:
    """Units in blocks, of which a fixed number is kept.

    Parameters
    ----------
    n_units : int
        n, at least 1.
    rate : float
        Share of blocks to drop, in [0, 1]; k is the nearest whole number to ``(1 - rate) N``, and
        at least 1. Rate 1 scales what is kept by zero.
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
            raise InputError(
                f"block_size must be a divisor of the number of units, {n_units}, or None. "
                f"Received: block_size={block_size!r}."
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
        """The number of blocks that come out as zeros: N - k, and N at rate 1."""
        return self.n_blocks if self.rate == 1.0 else self.n_blocks - self.kept_blocks

    @property
    def kept_units(self) -> int:
        """The number of kept units, k b."""
        return self.kept_blocks * self.block_size

    @property
    def scale(self) -> float:
        """What a kept unit is multiplied by: N / k, and 0 at rate 1."""
        return 0.0 if self.rate == 1.0 else self.n_blocks / self.kept_blocks

    def selection(self, draws: Any, xp: Any) -> Selection:
        """Return the units that a draw keeps: the k blocks with the smallest numbers.

        Parameters
        ----------
        draws : array of shape (N,)
            Uniform in [0, 1).
        xp : module
        """
        # Every pair is compared: for some hundreds of blocks that is faster than to sort on XLA.
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
        """Return what the units are multiplied by where all are computed: 0, or `scale`."""
        return cast(selection.present) * self.scale

    def _units(self, blocks: Any, xp: Any) -> Any:
        within = xp.arange(self.block_size)
        return xp.reshape(blocks[:, None] * self.block_size + within[None, :], (-1,))


@dataclass(frozen=True)
class Work:
    """The size of one layer's product, whole and with the kept units alone.

    Parameters
    ----------
    rows : int
        Rows of the product: samples times places or timesteps.
    weights, kept : int
        Numbers in the kernels, and of them those of kept units.
    """

    rows: int
    weights: int
    kept: int

    @staticmethod
    def pays(works: list[Work], groups: int) -> bool:
        """Say whether computing kept units alone saves more time than gathering their weights costs.

        A training step takes 6 operations a weight and row: 2 forward, 4 backward. The rule knows
        shapes alone, so that it is the same in every step.

        Parameters
        ----------
        works : list of Work
            Of each computing layer, for the rows of one group.
        groups : int
            Groups of a batch.
        """
        cost = FLOPS_PER_WEIGHT_MOVED if groups == 1 else FLOPS_PER_WEIGHT_SUMMED
        saved = sum(6 * work.rows * (work.weights - work.kept) for work in works)
        moved = sum(work.weights for work in works if work.kept < work.weights)
        return saved > cost * moved
