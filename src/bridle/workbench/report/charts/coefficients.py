"""Chart of the largest coefficients of the linear arms, with their spread over the splits."""

from __future__ import annotations

from collections.abc import Sequence

from bridle.figure import house_style
from bridle.workbench.record import Record
from bridle.workbench.report.charts.chart import (
    Chart,
    Room,
    across,
    box,
    chart_of,
    dots,
    down,
    new_chart,
)
from bridle.workbench.report.figures.coefficients import (
    coefficient_runs,
    coefficient_tables,
    draw_coefficients,
    headline,
    largest_features,
)
from bridle.workbench.report.text import shorten
from bridle.workbench.verdict.wording import number

__all__ = ["coefficient_chart"]

_MOST_FEATURES = 15
_LONGEST_NAME = 22
_ROOM = Room(left=1.62, top=0.34)


@house_style
def coefficient_chart(records: Sequence[Record]) -> Chart | None:
    """Return the largest coefficients of the linear arm and of the elastic net; None without any.

    Parameters
    ----------
    records : sequence of Record
        The arms "linear" and "elastic_net"; others are ignored.
    """
    runs = coefficient_runs(records)
    if not runs:
        return None
    n_outputs, tables = coefficient_tables(runs)
    features = largest_features(tables, _MOST_FEATURES)
    figure, ax = new_chart(_ROOM, height=0.95 + 0.22 * len(features))
    draw_coefficients(ax, tables, features, longest=_LONGEST_NAME)
    what = "coefficient" if n_outputs == 1 else "norm of the classes' coefficients"
    ax.set_xlabel(f"{what}, standardised", fontsize=9)
    places = [
        (x, y, f"{shorten(feature, 60)}, {arm.replace('_', ' ')}: {number(mean)}")
        for arm, table in tables.items()
        for place, feature in enumerate(features)
        if feature in table
        for mean in [float(table[feature].mean())]
        for x, y in zip(across(ax, [mean]), down(ax, [place]), strict=True)
    ]
    return chart_of(
        figure,
        "coefficients",
        headline(runs),
        caption="The largest coefficients of the linear models. Mark: mean; line: smallest to largest "
        "split. A coefficient whose line reaches zero is zero, or has the other sign, in some split.",
        pointer=dots(places, box(ax)),
    )
