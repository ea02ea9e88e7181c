"""Laws of the chart of changes: all are on it, and one far away does not squash the others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import bridle
from bridle.workbench.evidence.intervals.corrected_interval import Interval
from bridle.workbench.report.charts.changes import _span, change_chart
from bridle.workbench.task import Task

TASK = Task("regression")


@pytest.fixture(scope="module")
def comparison():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3))
    return bridle.compare(X, X[:, 0], arms=["linear", "elastic_net"], seeds=2).verdict.comparisons[
        0
    ]


def changes(comparison, *ends):
    return [
        replace(comparison, margin=0.1, change=Interval((low + high) / 2, low, high, 0.0))
        for low, high in ends
    ]


def span(comparison, *ends):
    return _span([(one, one.change) for one in changes(comparison, *ends)])


def test_axis_holds_all_intervals_of_one_size(comparison):
    low, high = span(comparison, (-0.3, 0.1), (-0.2, 0.4), (0.5, 1.0))
    assert low < -0.3
    assert high > 1.0


def test_one_far_away_is_outside_and_named_at_the_edge(comparison):
    far = [(-0.3, 0.1), (-0.2, 0.4), (40.0, 60.0)]
    low, high = span(comparison, *far)
    assert low < -0.3
    assert 0.4 < high < 1.0
    svg = str(change_chart(changes(comparison, *far), TASK).svg)
    assert "+50 →" in svg
    assert "← -50" in str(change_chart(changes(comparison, *far[:2], (-60.0, -40.0)), TASK).svg)


def test_axis_is_no_narrower_than_the_margin(comparison):
    low, high = span(comparison, (-1e-6, 1e-6), (0.0, 0.0))
    assert low < -0.1
    assert high > 0.1


def test_a_single_comparison_has_no_chart(comparison):
    assert change_chart(changes(comparison, (-1.0, 1.0)), TASK) is None


def test_names_are_no_markup(comparison):
    odd = [
        replace(one, regularised="<b>$x$") for one in changes(comparison, (0.0, 1.0), (0.0, 2.0))
    ]
    svg = str(change_chart(odd, TASK).svg)
    assert "<b>" not in svg
