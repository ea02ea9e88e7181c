"""`LearningCurve`: the verdict by number of training rows, and where regularisation stops paying."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bridle.workbench.evidence.intervals.corrected_interval import Interval
from bridle.workbench.verdict.arm_words import arm_name, listed
from bridle.workbench.verdict.comparison import Comparison, Decision

__all__ = [
    "AtSize",
    "CurveLine",
    "CurvePoint",
    "LearningCurve",
    "curve_sentence",
    "learning_curve",
]

_PAYS = ("helps", "better")
_HARMS = ("hurts", "worse")
_LEVEL = ("no difference", "benign gap")


@dataclass(frozen=True)
class CurvePoint:
    """A comparison at one size.

    Attributes
    ----------
    n_train : int
        Training rows of a split, the mean over the splits.
    change : Interval or None
        Change in test risk, regularised minus plain, with its interval.
    margin : float
        Smallest difference that matters at this size.
    decision : str
        The decision at this size, as for a study of so many rows.
    negligible : bool
        Whether the whole interval is within the margin.
    """

    n_train: int
    change: Interval | None
    margin: float
    decision: Decision
    negligible: bool


@dataclass(frozen=True)
class CurveLine:
    """A comparison at all sizes, from the smallest up, and a sentence on what it shows."""

    plain: str
    regularised: str
    rivals: bool
    points: tuple[CurvePoint, ...]
    sentence: str


@dataclass(frozen=True)
class LearningCurve:
    """The comparisons of a study at several numbers of training rows.

    Attributes
    ----------
    sizes : tuple of int
        Training rows, from the fewest up; the last are those of the study.
    epochs : tuple of int
        Epochs of the networks at each size.
    risks : dict of str to tuple of (float or None)
        Mean test risk of each arm at each size.
    lines : tuple of CurveLine
        One for each comparison.
    left_out : tuple of str
        Sizes that could not be run, with the reason.
    """

    sizes: tuple[int, ...]
    epochs: tuple[int, ...]
    risks: dict[str, tuple[float | None, ...]]
    lines: tuple[CurveLine, ...]
    left_out: tuple[str, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """Sentences on the comparisons; those that show nothing share a sentence."""
        silent = [line for line in self.lines if not line.rivals and _shows_nothing(line.points)]
        if len(silent) < 2:
            return tuple(line.sentence for line in self.lines if line.sentence)
        names = listed([arm_name(line.regularised) for line in silent])
        together = (
            f"{names[:1].upper()}{names[1:]} are not shown to help with any number of rows, from "
            f"{self.sizes[0]:,} to {self.sizes[-1]:,} training rows."
        )
        rest = [line for line in self.lines if line not in silent and line.sentence]
        own = [line.sentence for line in rest if not line.rivals]
        return (*own, together, *(line.sentence for line in rest if line.rivals))


@dataclass(frozen=True)
class AtSize:
    """The verdict at one size.

    Attributes
    ----------
    n_train : int
        Training rows of a split, the mean over the splits.
    epochs : int
        Epochs of the networks.
    comparisons : sequence of Comparison
    risks : mapping of str to (float or None)
        Mean test risk of each arm.
    """

    n_train: int
    epochs: int
    comparisons: Sequence[Comparison]
    risks: Mapping[str, float | None]


def learning_curve(sizes: Sequence[AtSize], left_out: Sequence[str] = ()) -> LearningCurve:
    """Return the learning curve of the verdicts at each size.

    Each size is judged as a study of so many rows would be. Intervals hold at each size, not at all
    sizes together.

    Parameters
    ----------
    sizes : sequence of AtSize
        From the fewest rows up; the last is the study's.
    left_out : sequence of str
        Sizes that could not be run, with the reason.
    """
    last = sizes[-1]
    lines = tuple(_line(comparison, sizes) for comparison in last.comparisons)
    compared = {name for line in lines for name in (line.plain, line.regularised)}
    return LearningCurve(
        sizes=tuple(at.n_train for at in sizes),
        epochs=tuple(at.epochs for at in sizes),
        risks={
            name: tuple(at.risks.get(name) for at in sizes)
            for name in last.risks
            if name in compared
        },
        lines=lines,
        left_out=tuple(left_out),
    )


def _line(asked: Comparison, sizes: Sequence[AtSize]) -> CurveLine:
    points = [
        CurvePoint(at.n_train, found.change, found.margin, found.decision, found.negligible)
        for at in sizes
        for found in at.comparisons
        if (found.plain, found.regularised) == (asked.plain, asked.regularised)
    ]
    line = CurveLine(asked.plain, asked.regularised, asked.rivals, tuple(points), "")
    return replace(line, sentence=curve_sentence(line))


def curve_sentence(line: CurveLine) -> str:
    """Return a sentence on the numbers of rows with which a regulariser pays, and when it stops."""
    points = line.points
    name = arm_name(line.regularised)
    words = _Words(name, arm_name(line.plain), rivals=line.rivals)
    pays = [point.decision in _PAYS for point in points]
    first, last = f"{points[0].n_train:,}", f"{points[-1].n_train:,}"
    if len(points) == 1:
        return ""
    if all(pays):
        little = ", by too little to matter" if all(point.negligible for point in points) else ""
        text = f"{words.pays} with every number of training rows from {first} to {last}{little}."
    elif not any(pays):
        text = _never(points, words)
    elif pays == sorted(pays, reverse=True):
        text = _stops(points, pays.count(True), words)
    elif pays == sorted(pays):
        start = points[pays.index(True)].n_train
        text = f"{words.pays} from {start:,} training rows on; with fewer it {words.not_shown}."
    else:
        yes = listed(
            [f"{point.n_train:,}" for point, paid in zip(points, pays, strict=True) if paid]
        )
        no = listed(
            [f"{point.n_train:,}" for point, paid in zip(points, pays, strict=True) if not paid]
        )
        text = f"{words.pays} with {yes} training rows, and {words.not_shown} with {no}."
    return text[:1].upper() + text[1:]


@dataclass(frozen=True)
class _Words:
    name: str
    plain: str
    rivals: bool

    @property
    def pays(self) -> str:
        verb = f"is better than {self.plain}" if self.rivals else "helps"
        return f"{self.name} {verb}"

    @property
    def not_shown(self) -> str:
        return "is not shown to be" if self.rivals else "is not shown to help"

    @property
    def harms(self) -> str:
        return "is worse" if self.rivals else "makes things worse"

    @property
    def still(self) -> str:
        return "is" if self.rivals else "does"

    @property
    def no_longer(self) -> str:
        return "is no longer better" if self.rivals else "no longer helps"


def _never(points: Sequence[CurvePoint], words: _Words) -> str:
    between = f"{points[0].n_train:,} to {points[-1].n_train:,} training rows"
    decisions = [point.decision for point in points]
    against = f" than {words.plain}" if words.rivals else ""
    if all(decision in _HARMS for decision in decisions):
        return f"{words.name} {words.harms}{against} with every number of rows, from {between}."
    if all(decision in _LEVEL for decision in decisions):
        return f"{words.name} makes no difference that matters, from {between}."
    better = f" better than {words.plain}" if words.rivals else ""
    return f"{words.name} {words.not_shown}{better} with any number of rows, from {between}."


def _shows_nothing(points: Sequence[CurvePoint]) -> bool:
    """Return whether a regulariser pays at no size, and not all sizes agree on harm or no difference."""
    decisions = [point.decision for point in points]
    settled = all(decision in _HARMS for decision in decisions) or all(
        decision in _LEVEL for decision in decisions
    )
    return len(points) > 1 and not settled and not any(decision in _PAYS for decision in decisions)


def _stops(points: Sequence[CurvePoint], paid: int, words: _Words) -> str:
    """Return the sentence of a regulariser that pays with few rows and not with more."""
    until, start = f"{points[paid - 1].n_train:,}", f"{points[paid].n_train:,}"
    later = [point.decision for point in points[paid:]]
    if all(decision in _HARMS for decision in later):
        return f"{words.pays} with up to {until} training rows; from {start} on it {words.harms}."
    if all(decision in (*_HARMS, *_LEVEL) for decision in later):
        against = f" than {words.plain}" if words.rivals else ""
        ends = f"{words.name} {words.no_longer}{against}"
        return f"from {start} training rows on, {ends}; with up to {until} it {words.still}."
    return f"{words.pays} with up to {until} training rows; with more this study cannot tell."
