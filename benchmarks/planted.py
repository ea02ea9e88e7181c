"""Studies of data whose truth is known, and the words that they get: a table.

Run as ``python -m benchmarks.planted``, with names of kinds for some of them; the slow tests ask
`judged_studies`. Each study is real: tables are drawn, split, fitted and judged.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

import bridle
from benchmarks.dropout_truth import TRUTHS, Truth
from bridle.workbench.splits import TimeFolds
from bridle.workbench.verdict.verdict import Verdict

__all__ = ["KINDS", "Kind", "Outcome", "judged_studies"]

Array = npt.NDArray[Any]
LINEAR = ("linear", "elastic_net")
NETWORKS = ("baseline", "dropout")
STUDIES = 10


@dataclass(frozen=True)
class Kind:
    """A kind of data.

    Attributes
    ----------
    draw : callable
        From rng to X and y, or to a data frame with the column y.
    words : frozenset of str
        Decisions that a statistician would agree with.
    code : str, optional
        Number of the finding that has to be among the checks.
    first : bool
        Whether that finding has to be the first.
    arms : sequence of str, optional
        Default: all that run by default.
    more : mapping
        Further arguments of `bridle.compare`.
    said : str
        Part of the first screen or of a comparison's sentence.
    never : frozenset of str
        Arms that must not be recommended.
    studies : int
    """

    draw: Callable[[np.random.Generator], tuple[Array, Array] | pd.DataFrame]
    words: frozenset[str]
    code: str | None = None
    first: bool = False
    arms: tuple[str, ...] | None = LINEAR
    more: Mapping[str, Any] = field(default_factory=dict)
    said: str = ""
    never: frozenset[str] = frozenset()
    studies: int = STUDIES


@dataclass(frozen=True)
class Outcome:
    """What the studies of a kind were told: decisions, and how many were told the truth."""

    words: Counter[str]
    right: int

    @property
    def studies(self) -> int:
        """How many there were."""
        return self.words.total()


def judged_studies(kind: Kind, studies: int | None = None) -> Outcome:
    """Draw, run and judge the studies of a kind."""
    verdicts = [
        _verdict(kind, np.random.default_rng(seed)) for seed in range(studies or kind.studies)
    ]
    return Outcome(
        Counter(verdict.decision for verdict in verdicts),
        sum(_is_right(kind, verdict) for verdict in verdicts),
    )


def _verdict(kind: Kind, rng: np.random.Generator) -> Verdict:
    drawn = kind.draw(rng)
    X, y = (drawn, "y") if isinstance(drawn, pd.DataFrame) else drawn
    return bridle.compare(X, y, arms=kind.arms, **kind.more).verdict


def _said(verdict: Verdict) -> str:
    return " ".join(
        [
            verdict.headline,
            *verdict.remarks,
            *(comparison.sentence for comparison in verdict.comparisons),
        ]
    )


def _is_right(kind: Kind, verdict: Verdict) -> bool:
    codes = [check.code.split()[0] for check in verdict.checks]
    found = kind.code is None or (codes[:1] == [kind.code] if kind.first else kind.code in codes)
    return (
        verdict.decision in kind.words
        and found
        and kind.said in _said(verdict)
        and verdict.recommended not in kind.never
    )


def _noise(
    n: int, p: int, classes: int = 0
) -> Callable[[np.random.Generator], tuple[Array, Array]]:
    def draw(rng: np.random.Generator) -> tuple[Array, Array]:
        y = rng.integers(0, classes, n) if classes else rng.normal(size=n)
        return rng.normal(size=(n, p)), y

    return draw


def _linear(
    n: int, p: int, noise: float, classes: bool = False
) -> Callable[..., tuple[Array, Array]]:
    def draw(rng: np.random.Generator) -> tuple[Array, Array]:
        X = rng.normal(size=(n, p))
        y = X[:, :3].sum(axis=1) + noise * rng.normal(size=n)
        return X, (y > 0).astype(int) if classes else y

    return draw


def _copies(jitter: float) -> Callable[[np.random.Generator], tuple[Array, Array]]:
    def draw(rng: np.random.Generator) -> tuple[Array, Array]:
        X, y = _linear(150, 6, 1.0, classes=True)(rng)
        order = rng.permutation(300)
        both = np.vstack([X, X + jitter * rng.normal(size=X.shape)])
        return both[order], np.concatenate([y, y])[order]

    return draw


def _people(rng: np.random.Generator) -> tuple[Array, Array]:
    person = np.repeat(np.arange(60), 5)
    X = rng.normal(size=(60, 8))[person] + 0.3 * rng.normal(size=(300, 8))
    order = rng.permutation(300)
    return X[order], rng.integers(0, 2, 60)[person][order]


def _stored_in_time(rng: np.random.Generator) -> tuple[Array, Array]:
    X, y = _linear(300, 4, 1.0)(rng)
    return X, y + np.cumsum(rng.normal(size=300))


def _with(column: Callable[[np.random.Generator, Array, Array], Array], classes: bool) -> Any:
    def draw(rng: np.random.Generator) -> pd.DataFrame:
        X, y = _linear(200, 4, 1.0, classes)(rng)
        frame = pd.DataFrame(X, columns=list("abcd"))
        return frame.assign(odor=column(rng, X, y), y=y)

    return draw


def _but_for_two(rng: np.random.Generator, X: Array, y: Array) -> Array:
    flipped = y.copy()
    two = rng.choice(len(y), 2, replace=False)
    flipped[two] = 1 - flipped[two]
    return np.array(["none", "foul"])[flipped]


def _rare_class(rng: np.random.Generator) -> tuple[Array, Array]:
    X, y = _linear(100, 4, 0.5, classes=True)(rng)
    y[rng.choice(100, 5, replace=False)] = 2
    return X, y


def _circle(n: int, p: int) -> Callable[[np.random.Generator], tuple[Array, Array]]:
    def draw(rng: np.random.Generator) -> tuple[Array, Array]:
        X = rng.normal(size=(n, p))
        logit = 4 * (X[:, 0] ** 2 + X[:, 1] ** 2 - 1.4)
        return X, (rng.random(n) < 1 / (1 + np.exp(-logit))).astype(int)

    return draw


def _year(rng: np.random.Generator) -> pd.DataFrame:
    X, y = _linear(300, 4, 1.0)(rng)
    frame = pd.DataFrame(X, columns=list("abcd"))
    return frame.assign(y=y + np.linspace(0, 8, 300))


def _with_dropout(truth: Truth) -> Kind:
    """Return the kind of studies in which dropout is known to help, or to hurt."""
    more: dict[str, Any] = {"epochs": truth.epochs}
    if truth.hidden != (128, 64):
        more["network"] = lambda n_features, n_outputs: truth.network(n_features, rate=0.0)
    return Kind(
        lambda rng: truth.draw(rng, truth.n_rows),
        ANY - {"hurts" if truth.helps else "helps", "no difference", "benign gap"},
        arms=NETWORKS,
        more=more,
    )


NOTHING = frozenset({"nothing learnt", "inconclusive"})
INVALID = frozenset({"invalid"})
ANY = frozenset(
    {"helps", "hurts", "benign gap", "no difference", "inconclusive", "underfits", "nothing learnt"}
)
OPEN = frozenset({"inconclusive", "no difference", "benign gap"})
FOUND = frozenset({"helps", "no difference", "inconclusive"})

KINDS: dict[str, Kind] = {
    "noise, two classes, all arms": Kind(_noise(200, 10, 2), NOTHING, arms=None, studies=100),
    "noise, a number": Kind(_noise(200, 10), NOTHING),
    "noise, three classes": Kind(_noise(200, 10, 3), NOTHING),
    "noise, 90 features of 100 rows": Kind(_noise(100, 90), NOTHING),
    "noise, 500 features of 80 rows": Kind(
        _noise(80, 500, 2), NOTHING, never=frozenset({"linear"})
    ),
    "80 features, 3 of use": Kind(_linear(120, 80, 2.0), frozenset({"helps", "inconclusive"})),
    "4 features, all of use": Kind(_linear(1500, 4, 1.0), OPEN | {"helps", "hurts"}),
    "40 rows": Kind(_linear(40, 5, 2.0), OPEN | NOTHING | {"helps"}),
    "copies of rows": Kind(_copies(0.0), INVALID, "BR202", first=True),
    "copies, jitter 1e-9": Kind(_copies(1e-9), INVALID, "BR206", first=True),
    "copies, jitter 1e-4": Kind(_copies(1e-4), INVALID, "BR206", first=True),
    "copies, jitter 1e-2": Kind(_copies(1e-2), INVALID, "BR206", first=True),
    "people without a column": Kind(_people, ANY, "BR114", first=True),
    "rows stored in time": Kind(_stored_in_time, ANY, "BR115", first=True),
    "drift, --time": Kind(
        _year, ANY, "BR115", more={"splits": TimeFolds(5)}, never=frozenset({"baseline"})
    ),
    "a copy of the target": Kind(_with(lambda rng, X, y: 2 * y + 1, False), INVALID, "BR201"),
    "the same, accepted": Kind(
        _with(lambda rng, X, y: 2 * y + 1, False),
        ANY,
        "BR201",
        more={"accept": ["BR201:odor"]},
        said="accepted as meant: BR201:odor",
    ),
    "target plus small noise": Kind(
        _with(lambda rng, X, y: y + 0.1 * rng.normal(size=len(y)), False), ANY, "BR110"
    ),
    "a difference of two columns": Kind(_with(lambda rng, X, y: X[:, 1] - y, False), ANY, "BR110"),
    "a category but for two rows": Kind(_with(_but_for_two, True), ANY, "BR110"),
    "1,000 features of 72 rows": Kind(
        _linear(72, 1000, 0.3, classes=True), ANY, "BR112", never=frozenset({"linear"})
    ),
    "a class of five rows": Kind(_rare_class, ANY, "BR104"),
    "one epoch": Kind(
        _circle(300, 6),
        frozenset({"underfits"}),
        arms=NETWORKS,
        more={"epochs": 1},
        said="1 epoch is too few",
    ),
    "a circle, 20 features, 100 epochs": Kind(
        _circle(250, 20), FOUND | NOTHING, arms=NETWORKS, more={"epochs": 100}
    ),
    **{
        f"dropout truly {'helps' if truth.helps else 'hurts'}: {name}": _with_dropout(truth)
        for name, truth in TRUTHS.items()
    },
}


def main(names: list[str]) -> None:
    """Print the table."""
    print("| kind | studies | right | words | seconds |\n|---|---|---|---|---|")
    for name in names or KINDS:
        began = time.perf_counter()
        outcome = judged_studies(KINDS[name])
        words = ", ".join(f"{word} {count}" for word, count in outcome.words.most_common())
        seconds = time.perf_counter() - began
        print(
            f"| {name} | {outcome.studies} | {outcome.right} | {words} | {seconds:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1:])
