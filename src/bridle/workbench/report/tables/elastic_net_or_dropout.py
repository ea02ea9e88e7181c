"""The table *elastic net or dropout*: what a study measured of both, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from statistics import median
from typing import Any

import numpy as np

from bridle.workbench.arm.linear_arms.selection import CORRELATED
from bridle.workbench.evidence.intervals.corrected_interval import Interval, corrected_interval
from bridle.workbench.evidence.results.pairs import mean_over_splits, succeeded
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.report.text import shorten
from bridle.workbench.task import Task
from bridle.workbench.verdict.wording import number

__all__ = ["Sides", "elastic_net_or_dropout"]

_NOT_RUN = "did not run"


@dataclass(frozen=True)
class Sides:
    """A row of the table.

    Attributes
    ----------
    what : str
        The question.
    elastic_net, dropout : str
        What the study measured of each.
    """

    what: str
    elastic_net: str
    dropout: str


@dataclass(frozen=True)
class _Study:
    """Successful runs by arm, with the rules by which they are averaged."""

    by_arm: Mapping[str, Sequence[Record]]
    titles: Mapping[str, str]
    protocol: Protocol
    task: Task

    def runs(self, arm: str) -> list[Record]:
        return [record for record in self.by_arm.get(arm, ()) if succeeded(record)]

    def details(self, arm: str, name: str) -> list[float]:
        """Return a number of the details of each run that has it."""
        found = ((run.details or {}).get(name) for run in self.runs(arm))
        return [value for value in found if isinstance(value, int | float)]


def elastic_net_or_dropout(
    by_arm: Mapping[str, Sequence[Record]],
    titles: Mapping[str, str],
    protocol: Protocol,
    task: Task,
) -> list[Sides]:
    """Return the rows of the table; none unless one of the two arms has a result.

    If only arms such as "dropout:0.2" ran, the first of them represents dropout.

    Parameters
    ----------
    by_arm : mapping of str to sequence of Record
        The runs of each arm.
    titles : mapping of str to str
        Descriptions of the arms, by name.
    protocol : Protocol
        Determines which runs belong to a split, and the level of the intervals.
    task : Task
        Names score and metric.
    """
    rated = next((name for name in by_arm if name.startswith("dropout:")), "dropout")
    if "dropout" not in by_arm and rated in by_arm:
        by_arm = {**by_arm, "dropout": by_arm[rated]}
        titles = {**titles, "dropout": titles.get(rated, rated)}
    study = _Study(by_arm, titles, protocol, task)
    linear, network = bool(study.runs("elastic_net")), bool(study.runs("dropout"))
    if not linear and not network:
        return []
    return [
        Sides(
            what,
            of_linear(study) if linear else _NOT_RUN,
            of_network(study) if network else _NOT_RUN,
        )
        for what, of_linear, of_network in _rows(task)
    ]


_Cell = Callable[[_Study], str]


def _rows(task: Task) -> Iterator[tuple[str, _Cell, _Cell]]:
    yield "Kind of model", _linear_kind, _network_kind
    yield "How it regularises", _linear_penalty, _network_rate
    yield "Features selected", _linear_features, _network_features
    yield "Correlated features", _linear_partners, _network_partners
    yield "Co-adaptation of hidden units", _linear_units, _network_units
    score = f"{task.score[:1].upper()}{task.score[1:]}"
    yield f"{score} on new rows", _score_of("elastic_net"), _score_of("dropout")
    metric = f"{task.metric[:1].upper()}{task.metric[1:]} on new rows"
    yield metric, _risk_of("elastic_net"), _risk_of("dropout")
    yield "Cost of one fit", _cost_of("elastic_net"), _cost_of("dropout")


def _linear_kind(study: _Study) -> str:
    return f"linear model: {shorten(study.titles.get('elastic_net', 'elastic net'), 60)}"


def _network_kind(study: _Study) -> str:
    parameters = study.details("dropout", "parameters")
    size = f", {median(parameters):,.0f} parameters" if parameters else ""
    return f"{shorten(study.titles.get('dropout', 'network with dropout'), 60)}{size}"


def _linear_penalty(study: _Study) -> str:
    alphas, ratios = study.details("elastic_net", "alpha"), study.details("elastic_net", "l1_ratio")
    chosen = f"; strength {_usual(alphas)}, by cross-validation" if alphas else ""
    ratio = f" (l1_ratio {_usual(ratios)})" if ratios else ""
    return f"a penalty on the size of the coefficients{ratio}{chosen}"


def _network_rate(study: _Study) -> str:
    rates = study.details("dropout", "rate")
    share = f"{_usual([100 * rate for rate in rates])} % of the" if rates else "some"
    return f"{share} hidden units are left out at random in every training step, none in prediction"


def _linear_features(study: _Study) -> str:
    kept = study.details("elastic_net", "nonzero")
    total = {run.selection["features"] for run in study.runs("elastic_net") if run.selection}
    of = f" of {max(total):,}" if total else ""
    return f"{_usual(kept)}{of}" if kept else "not measured"


def _network_features(study: _Study) -> str:
    return "all: a network leaves none out"


def _linear_partners(study: _Study) -> str:
    found = [run.selection["partners"] for run in study.runs("elastic_net") if run.selection]
    if not found:
        return "not measured"
    kept, paired, together = (
        float(np.mean([entry[name] for entry in found])) for name in ("kept", "paired", "together")
    )
    if not paired:
        return f"no selected feature has a partner with a correlation of {CORRELATED:g} or more"
    return (
        f"{paired:.3g} of {kept:.3g} selected features have a partner with a correlation of "
        f"{CORRELATED:g} or more; in {100 * together / paired:.0f} % of these cases the partner is "
        "selected too"
    )


def _network_partners(study: _Study) -> str:
    return "all stay inputs; how weight is shared among them was not measured"


def _linear_units(study: _Study) -> str:
    return "none: it has no hidden units"


def _network_units(study: _Study) -> str:
    with_dropout = _coadaptation(study.runs("dropout"))
    if with_dropout is None:
        return "not measured"
    without = _coadaptation(study.runs("baseline"))
    beside = "" if without is None else f"; {without:.2f} without dropout"
    return f"{with_dropout:.2f}{beside} (mean absolute correlation of two units)"


def _coadaptation(records: Sequence[Record]) -> float | None:
    effects: list[dict[str, Any]] = [record.effect for record in records if record.effect]
    found = [value for effect in effects if (value := effect.get("coadaptation")) is not None]
    return float(np.mean(found)) if found else None


def _score_of(arm: str) -> _Cell:
    def cell(study: _Study) -> str:
        interval = _interval(study, arm, lambda record: _or_nan(record.test_score))
        scale, unit = (100.0, " %") if study.task.is_classification else (1.0, "")
        least = 0.0 if study.task.is_classification else -inf
        return _span(interval, scale, unit, least, 1.0)

    return cell


def _risk_of(arm: str) -> _Cell:
    def cell(study: _Study) -> str:
        return _span(_interval(study, arm, lambda record: _or_nan(record.test_risk)), 1.0, "", 0.0)

    return cell


def _cost_of(arm: str) -> _Cell:
    def cell(study: _Study) -> str:
        seconds = median([run.seconds for run in study.runs(arm)])
        shown = "less than 0.01" if seconds < 0.01 else number(float(f"{seconds:.2g}"))
        epochs = study.details(arm, "epochs")
        passes = f", {median(epochs):.0f} passes over the training rows" if epochs else ""
        return f"{shown} s{passes}"

    return cell


def _interval(study: _Study, arm: str, value: Callable[[Record], float]) -> Interval | None:
    runs = study.runs(arm)
    values = mean_over_splits(runs, study.protocol, value)
    if values.size < 2 or not np.isfinite(values).all():
        return None
    n_train, n_test = (
        float(np.mean([getattr(run, part) for run in runs])) for part in ("n_train", "n_test")
    )
    return corrected_interval(values, n_train, n_test, study.protocol.confidence)


def _span(
    interval: Interval | None, scale: float, unit: str, least: float = -inf, most: float = inf
) -> str:
    """Return mean and ends of an interval, cut to the range of possible values."""
    if interval is None:
        return "not known"
    ends = (interval.mean, max(interval.low, least), min(interval.high, most))
    mean, low, high = (number(float(f"{scale * end:.4g}")) for end in ends)
    return f"{mean}{unit} ({low} to {high}{unit})"


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value


def _usual(values: Sequence[float]) -> str:
    """Return the median, with the smallest and the largest value if they differ."""
    low, middle, high = min(values), median(values), max(values)
    if low == high:
        return number(low)
    return f"{number(middle)} ({number(low)} to {number(high)})"
