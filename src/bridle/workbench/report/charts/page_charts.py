"""`PageCharts`: all charts of a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bridle.workbench.evidence.best_network import best_network
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.report.charts.calibration import calibration_chart
from bridle.workbench.report.charts.changes import change_chart
from bridle.workbench.report.charts.chart import Chart
from bridle.workbench.report.charts.coefficients import coefficient_chart
from bridle.workbench.report.charts.learning_curve import curve_charts
from bridle.workbench.report.charts.loss_charts import loss_charts
from bridle.workbench.report.charts.paired_splits import paired_charts
from bridle.workbench.report.charts.rate_response import rate_charts
from bridle.workbench.report.charts.selection import selection_charts
from bridle.workbench.task import Task
from bridle.workbench.verdict.verdict import Verdict

__all__ = ["PageCharts", "draw_charts"]

_MOST_CALIBRATED = 4
_MOST_ARMS = 12
"""Comparisons and networks that are drawn; the table of arms has all."""


@dataclass(frozen=True)
class PageCharts:
    """The charts of a page, by section; each may be empty."""

    changes: tuple[Chart, ...]
    together: tuple[Chart, ...]
    apart: tuple[Chart, ...]
    linear: tuple[Chart, ...]
    rates: tuple[Chart, ...]
    calibration: tuple[Chart, ...]
    curve: tuple[Chart, ...]


def draw_charts(
    verdict: Verdict,
    by_arm: Mapping[str, Sequence[Record]],
    protocol: Protocol,
    task: Task,
) -> PageCharts:
    """Draw each chart for which the records have data.

    Parameters
    ----------
    verdict : Verdict
        Its comparisons are drawn, at most twelve.
    by_arm : mapping of str to sequence of Record
        The runs of each arm, in the order of the verdict.
    protocol : Protocol
        Determines which runs belong to a split.
    task : Task
        Determines metric and loss.
    """
    compared = verdict.comparisons[:_MOST_ARMS]
    named = dict.fromkeys(
        name for comparison in compared for name in (comparison.plain, comparison.regularised)
    )
    arms = [name for name in named if name in by_arm]
    rest = [name for name in by_arm if name not in arms]
    records = [record for name in (*arms, *rest)[:_MOST_ARMS] for record in by_arm[name]]
    losses = loss_charts(records, compared, task)
    everything = [run for runs in by_arm.values() for run in runs]
    first = [] if verdict.recommended is None else [verdict.recommended]
    calibrated = [name for name in dict.fromkeys([*first, *arms]) if name in by_arm]
    judged = {**by_arm, **best_network(by_arm, protocol)}
    return PageCharts(
        changes=_known(
            change_chart(compared, task),
            *paired_charts(judged, compared, protocol, task),
        ),
        together=losses.together,
        apart=losses.apart,
        linear=_known(
            *selection_charts(by_arm.get("elastic_net", ()), task), coefficient_chart(everything)
        ),
        rates=rate_charts(everything, protocol, task),
        calibration=_known(calibration_chart(by_arm, calibrated[:_MOST_CALIBRATED], task)),
        curve=curve_charts(verdict.learning_curve, task),
    )


def _known(*charts: Chart | None) -> tuple[Chart, ...]:
    return tuple(chart for chart in charts if chart is not None)
