"""Charts of the response to the dropout rate: from arms with several rates, or from tuning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bridle.figure import BLUE, GREY, VERMILLION, house_style
from bridle.types import Array
from bridle.workbench.evidence.intervals.corrected_interval import corrected_interval
from bridle.workbench.evidence.results.pairs import mean_over_splits, succeeded
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.report.charts.chart import (
    Chart,
    across,
    box,
    chart_of,
    dots,
    down,
    new_chart,
    rounded,
)
from bridle.workbench.task import Task
from bridle.workbench.verdict.wording import number

__all__ = ["rate_charts"]

_LEAST_RATES = 3


@house_style
def rate_charts(records: Sequence[Record], protocol: Protocol, task: Task) -> tuple[Chart, ...]:
    """Return the test risk by dropout rate, and the validation losses of the rates that were tried.

    Parameters
    ----------
    records : sequence of Record
        The arms "baseline" (rate 0), "dropout" and "dropout:RATE" without tuning give the first
        chart, from three rates on; ``details["tried"]`` of tuned runs the second.
    protocol : Protocol
        Determines which runs belong to a split, and the level of the intervals.
    task : Task
        Determines the metric.
    """
    return tuple(filter(None, (_by_arm(records, protocol, task), _tuned(records))))


def _by_arm(records: Sequence[Record], protocol: Protocol, task: Task) -> Chart | None:
    by_rate: dict[float, list[Record]] = {}
    for record in records:
        rate = _rate(record)
        if rate is not None and succeeded(record):
            by_rate.setdefault(rate, []).append(record)
    if len(by_rate) < _LEAST_RATES:
        return None
    rates = sorted(by_rate)
    risks = [
        mean_over_splits(by_rate[rate], protocol, lambda record: record.test_risk or 0.0)
        for rate in rates
    ]
    mean = np.array([values.mean() for values in risks])
    ends = np.array(
        [_ends(values, by_rate[rate], protocol) for values, rate in zip(risks, rates, strict=True)]
    )
    figure, ax = new_chart()
    if len({values.size for values in risks}) == 1:
        ax.plot(rates, np.array(risks), color=GREY, linewidth=0.7, alpha=0.4)
    ax.vlines(rates, ends[:, 0], ends[:, 1], color=BLUE, linewidth=2.0, alpha=0.5)
    ax.plot(rates, mean, color=BLUE, linewidth=1.8, marker="o", markersize=5)
    ax.set_xlabel("dropout rate", fontsize=9)
    ax.set_ylabel(f"test {task.metric}", fontsize=9)
    best = rates[int(mean.argmin())]
    at_end = best in (rates[0], rates[-1]) and best > 0
    further = ", the largest that ran: try larger ones" if at_end else ""
    return chart_of(
        figure,
        "rates",
        f"The mean {task.metric} is lowest at rate {best:g}{further}",
        caption=f"Mean with its {100 * protocol.confidence:g} % interval; grey: each split. The best "
        "rate is chosen on the test rows here, so its own risk is a little too low.",
        pointer={
            "kind": "lines",
            "box": box(ax),
            "unit": "rate",
            "at": rates,
            "x": across(ax, rates),
            "lines": [
                {"name": f"mean {task.metric}", "y": rounded(mean)},
                {"name": "from", "y": rounded(ends[:, 0])},
                {"name": "to", "y": rounded(ends[:, 1])},
            ],
        },
    )


def _rate(record: Record) -> float | None:
    details = record.details or {}
    if "tried" in details:
        return None
    if record.arm == "baseline":
        return 0.0
    fixed = record.arm == "dropout" or record.arm.startswith("dropout:")
    rate = details.get("rate")
    return float(rate) if fixed and isinstance(rate, int | float) else None


def _ends(values: Array, records: Sequence[Record], protocol: Protocol) -> tuple[float, float]:
    if values.size < 2:
        return float(values[0]), float(values[0])
    n_train, n_test = (
        float(np.mean([getattr(record, part) for record in records]))
        for part in ("n_train", "n_test")
    )
    interval = corrected_interval(values, n_train, n_test, protocol.confidence)
    return interval.low, interval.high


def _tuned(records: Sequence[Record]) -> Chart | None:
    trials = [
        (record.seed, trial)
        for record in records
        if record.arm == "dropout"
        for trial in (record.details or {}).get("tried", ())
        if trial["loss"] is not None and "rate" in trial
    ]
    if not trials:
        return None
    figure, ax = new_chart()
    longest = max(trial["epochs"] for _, trial in trials)
    shift = np.random.default_rng(0).uniform(-0.012, 0.012, len(trials))
    at = np.array([trial["rate"] for _, trial in trials]) + shift
    losses = np.array([trial["loss"] for _, trial in trials])
    late = np.array([trial["epochs"] == longest for _, trial in trials])
    ax.plot(at[~late], losses[~late], "o", color=GREY, markersize=3.5, alpha=0.6)
    ax.plot(at[late], losses[late], "o", color=VERMILLION, markersize=4.5)
    ax.set_xlabel("dropout rate", fontsize=9)
    ax.set_ylabel("validation loss", fontsize=9)
    words = [f"split {seed}: {_trial_words(trial)}" for seed, trial in trials]
    return chart_of(
        figure,
        "tried",
        "Validation loss of the rates that tuning tried",
        caption=f"Grey: after the first, short round. Red: the survivors after {longest} "
        f"{'epoch' if longest == 1 else 'epochs'}. Learning rate and batch size differ too.",
        pointer=dots(list(zip(across(ax, at), down(ax, losses), words, strict=True)), box(ax)),
    )


def _trial_words(trial: dict[str, Any]) -> str:
    settings = ", ".join(
        f"{name.replace('_', ' ')} {trial[name]:g}"
        for name in ("rate", "learning_rate", "batch_size")
        if name in trial
    )
    return f"{settings}: {number(trial['loss'])} after {trial['epochs']} epochs"
