"""Studies that grow until they are settled, in simulated designs: coverage, errors and splits.

Run as ``python -m benchmarks.looks``; `simulated_looks` is what the slow tests ask. Each study is
judged with 10, 20, 40 and 80 splits, and stops when its interval excludes 0 or lies in the margin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.coverage import CONFIDENCE, DESIGNS, Design, draw_splits, true_change
from bridle.workbench.evidence.intervals.corrected_interval import Interval, corrected_interval

__all__ = ["GROWING", "LOOKS", "Looks", "simulated_looks"]

STUDIES = 2_000
LOOKS = (10, 20, 40, 80)
GROWING = {
    "mean against 0, no effect": 0.02,
    "mean against 0, effect": 0.02,
    "mean against 0, 30 % to test": 0.02,
    "class share against a shrunk one": 0.012,
    "least squares against too much ridge": 0.05,
}
"""Designs, and the margin of each: about a fiftieth of the risk of a constant."""


@dataclass(frozen=True)
class Looks:
    """Shares of studies: at level 1 - alpha / K a look, and at 1 - alpha a look.

    Attributes
    ----------
    coverage, naive_coverage : float
        Share whose last interval covers the truth.
    wrong, naive_wrong : float
        Share with a false word: "helps" or "hurts" with the wrong sign, or "no difference" where the
        truth is beyond the margin.
    settled : float
        Share that settled before the bound or at it.
    splits : float
        Mean number of splits.
    """

    coverage: float
    naive_coverage: float
    wrong: float
    naive_wrong: float
    settled: float
    splits: float


def simulated_looks(name: str, studies: int = STUDIES, seed: int = 0) -> Looks:
    """Return what studies of a design of `GROWING` come to."""
    design, margin = DESIGNS[name], GROWING[name]
    rng = np.random.default_rng(seed)
    truth = true_change(design, np.random.default_rng(seed + 1))
    alpha = 1 - CONFIDENCE
    found = []
    for _ in range(studies):
        changes = _changes(design, rng)
        row = []
        for level in (1 - alpha / len(LOOKS), CONFIDENCE):
            interval, splits, settled = _stopped(design, changes, level, margin)
            covers = interval.low <= truth <= interval.high
            row += [covers, _is_wrong(interval, truth, margin), settled, splits]
        found.append(row)
    mean = np.mean(np.array(found, dtype=np.float64), axis=0).tolist()
    return Looks(
        coverage=mean[0],
        naive_coverage=mean[4],
        wrong=mean[1],
        naive_wrong=mean[5],
        settled=mean[2],
        splits=mean[3],
    )


def _changes(design: Design, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    x, y = design.draw(rng, design.n_rows)
    return np.array(
        [
            design.losses(x[train], y[train], x[test], y[test]).mean()
            for train, test in draw_splits(design, rng, LOOKS[-1])
        ]
    )


def _stopped(
    design: Design, changes: npt.NDArray[np.float64], level: float, margin: float
) -> tuple[Interval, int, bool]:
    """Return the interval at which a study stops, its splits, and whether it is settled."""
    for splits in LOOKS:
        interval = corrected_interval(changes[:splits], design.n_train, design.n_test, level)
        if interval.low > 0 or interval.high < 0 or interval.within(margin):
            return interval, splits, True
    return interval, LOOKS[-1], False


def _is_wrong(interval: Interval, truth: float, margin: float) -> bool:
    if interval.low > 0:
        return truth < 0
    if interval.high < 0:
        return truth > 0
    return interval.within(margin) and abs(truth) > margin


def main() -> None:
    """Print the table."""
    print(
        "| design | truth | coverage | at 95 % a look | wrong | at 95 % a look | settled | splits |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for name in GROWING:
        truth = true_change(DESIGNS[name], np.random.default_rng(1))
        study = simulated_looks(name)
        shares = (
            study.coverage,
            study.naive_coverage,
            study.wrong,
            study.naive_wrong,
            study.settled,
        )
        shown = " | ".join(f"{100 * share:.1f} %" for share in shares)
        print(f"| {name} | {truth:.4f} | {shown} | {study.splits:.0f} |", flush=True)


if __name__ == "__main__":
    main()
