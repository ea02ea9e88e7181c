"""Results of all cases and solvers, kept in a file."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from benchmarks.scaffold.kept_file import read_kept, write_kept

__all__ = ["Measured", "OwnCost", "Results", "Timing"]


@dataclass(frozen=True)
class Timing:
    """Seconds, or why there are none.

    Attributes
    ----------
    seconds : float or None
        Of the fastest run; where ``stopped``, a bound that was passed.
    stopped : bool
    reason : str
        Why nothing was run, or what failed.
    """

    seconds: float | None = None
    stopped: bool = False
    reason: str = ""

    @property
    def ran(self) -> bool:
        """Whether there is a time."""
        return self.seconds is not None and not self.stopped


@dataclass(frozen=True)
class Measured:
    """One solver on one case.

    Attributes
    ----------
    path, cv : Timing
    tol : float or None
        Its own tolerance, found on the path and used for both.
    gap : float or None
        Distance from the best objective known, in half null deviances, at the worst strength.
    fold_gap : float or None
        The same on the rows that train for two of the folds, the worse of the two.
    score_gap : float or None
        Largest difference between its mean scores and bridle's, over the score at the largest
        strength.
    """

    path: Timing
    cv: Timing
    tol: float | None = None
    gap: float | None = None
    fold_gap: float | None = None
    score_gap: float | None = None

    @classmethod
    def from_json(cls, held: dict[str, Any]) -> Self:
        """Return what `dataclasses.asdict` made a dictionary of."""
        timings = {name: Timing(**held[name]) for name in ("path", "cv")}
        return cls(**{**held, **timings})


@dataclass(frozen=True)
class OwnCost:
    """A figure of bridle alone: ``value`` is to be at most ``goal``; ``detail`` says what it is of."""

    value: float | None
    goal: float
    met: bool
    detail: str


@dataclass
class Results:
    """All that is known, by case and solver.

    Attributes
    ----------
    machine : dict of str to str
    libraries : dict of str to dict
        Version and BLAS of each solver.
    cases : dict of str to (dict of str to Measured)
        By the name of the case and of the solver.
    own : dict of str to OwnCost
    small : dict of str to OwnCost
        By the name of the small fit: our time over that of the fastest rival.
    """

    machine: dict[str, str] = field(default_factory=dict)
    libraries: dict[str, dict[str, Any]] = field(default_factory=dict)
    cases: dict[str, dict[str, Measured]] = field(default_factory=dict)
    own: dict[str, OwnCost] = field(default_factory=dict)
    small: dict[str, OwnCost] = field(default_factory=dict)

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read a file; no file is no results."""
        held = read_kept(file)
        return cls(
            machine=held.get("machine", {}),
            libraries=held.get("libraries", {}),
            cases={
                case: {name: Measured.from_json(timing) for name, timing in solvers.items()}
                for case, solvers in held.get("cases", {}).items()
            },
            own={name: OwnCost(**cost) for name, cost in held.get("own", {}).items()},
            small={name: OwnCost(**cost) for name, cost in held.get("small", {}).items()},
        )

    def write(self, file: Path) -> None:
        """Write the file, whole or not at all."""
        write_kept(file, asdict(self))
