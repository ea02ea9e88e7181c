"""Laws of the page's charts: each line, label and limit is that of the records it is drawn from."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from bridle.workbench.evidence.intervals.corrected_interval import corrected_interval
from bridle.workbench.protocol import Protocol
from bridle.workbench.report.charts import (
    calibration,
    coefficients,
    loss_charts,
    paired_splits,
    rate_response,
    selection,
)
from bridle.workbench.report.charts.page_charts import draw_charts
from bridle.workbench.report.figures.focus import focused
from bridle.workbench.report.tables.calibration import calibration_bins
from bridle.workbench.verdict.verdict import judge

from . import sample

BINARY = sample.BINARY
SEEDS, EPOCHS = 4, 8
PROTOCOL = Protocol(seeds=tuple(range(SEEDS)), epochs=EPOCHS)
NAMES = ("age", "income", "height", "shoe size")


def with_measures(record):
    """A record with probabilities that are right in one arm and too sure in the other."""
    predicted = np.linspace(0.05, 0.95, 10)
    true = predicted if record.arm == "dropout" else np.round(predicted)
    bins = [[30, 30 * p, 30 * t] for p, t in zip(predicted, true, strict=True)]
    return replace(record, measures={"auc": 0.8, "calibration": bins})


def with_selection(record):
    if record.arm != "elastic_net":
        return record
    alphas = np.geomspace(1.0, 0.01, 6)
    return replace(
        record,
        selection={
            "alphas": alphas.tolist(),
            "mean": [0.7, 0.6, 0.5, 0.45, 0.43, 0.44],
            "error": [0.02] * 6,
            "nonzero": [0, 1, 2, 3, 4, 4],
            "features": 4,
            "best": 4,
            "one_standard_error": 3,
            "path": {name: (np.arange(6) * (4.0 - j)).tolist() for j, name in enumerate(NAMES)},
            "partners": {},
            "groups": [],
        },
    )


RECORDS = [
    with_selection(with_measures(record))
    for record in sample.experiment(seeds=SEEDS, epochs=EPOCHS, names=NAMES)
]
BY_ARM = {
    name: [record for record in RECORDS if record.arm == name]
    for name in dict.fromkeys(record.arm for record in RECORDS)
}
VERDICT = judge(RECORDS, PROTOCOL, BINARY)


@pytest.fixture
def figures(monkeypatch):
    """The figures that a module of charts draws, by the name of the chart."""
    found = {}
    for module in (calibration, coefficients, loss_charts, paired_splits, rate_response, selection):

        def kept(figure, name, title, *, finish=module.chart_of, **words):
            found[name] = figure
            return finish(figure, name, title, **words)

        monkeypatch.setattr(module, "chart_of", kept)
    return found


def texts(ax):
    return [text.get_text() for text in ax.texts]


def is_inside(ax, x, y):
    (left, right), (low, high) = sorted(ax.get_xlim()), sorted(ax.get_ylim())
    return bool(np.all((left <= np.asarray(x)) & (np.asarray(x) <= right))) and bool(
        np.all((low <= np.asarray(y)) & (np.asarray(y) <= high))
    )


# --- Splits in pairs


def test_each_split_is_a_line_from_the_plain_risk_to_the_regularised_one(figures):
    own = [comparison for comparison in VERDICT.comparisons if comparison.plain in BY_ARM]
    charts = paired_splits.paired_charts(BY_ARM, own, PROTOCOL, BINARY)
    assert len(charts) == len(figures) == len(own)
    for comparison, figure, chart in zip(own, figures.values(), charts, strict=True):
        risks = np.array(
            [
                [run.test_risk for run in BY_ARM[name]]
                for name in (comparison.plain, comparison.regularised)
            ]
        )
        left, right = figure.axes
        *by_colour, mean = left.lines
        heights = np.concatenate([line.get_ydata().reshape(-1, 3)[:, :2] for line in by_colour])
        np.testing.assert_allclose(sorted(map(tuple, heights)), sorted(map(tuple, risks.T)))
        np.testing.assert_allclose(mean.get_ydata(), risks.mean(axis=1))
        *points, interval, middle = right.lines
        assert list(interval.get_xdata()) == [comparison.change.low, comparison.change.high]
        assert list(middle.get_xdata()) == [comparison.change.mean]
        moved = np.concatenate([line.get_xdata() for line in points[1:]])
        np.testing.assert_allclose(sorted(moved), sorted(risks[1] - risks[0]))
        assert f"on {(risks[1] < risks[0]).sum()} of {SEEDS} splits" in chart.title


def test_a_comparison_of_one_split_has_no_chart():
    first = {name: runs[:1] for name, runs in BY_ARM.items()}
    own = [comparison for comparison in VERDICT.comparisons if comparison.plain in BY_ARM]
    assert paired_splits.paired_charts(first, own, PROTOCOL, BINARY) == ()


# --- Losses by epoch


def test_networks_that_are_compared_share_axes_and_each_has_its_own(figures):
    charts = loss_charts.loss_charts(RECORDS, VERDICT.comparisons, BINARY)
    assert [chart.title for chart in charts.together] == ["plain network and dropout"]
    assert [chart.title.split(":")[0] for chart in charts.apart] == ["plain network", "dropout"]
    (ax,) = figures["pair-0"].axes
    assert texts(ax) == ["plain network", "dropout"]
    for arm, line in (("baseline", ax.lines[0]), ("dropout", ax.lines[3])):
        mean = np.mean([run.curves.val_loss for run in BY_ARM[arm]], axis=0)
        np.testing.assert_allclose(line.get_ydata(), mean)


def test_networks_apart_have_one_scale_on_which_the_means_lie(figures):
    loss_charts.loss_charts(RECORDS, VERDICT.comparisons, BINARY)
    first, second = (figures[f"loss-{place}"].axes[0] for place in (0, 1))
    assert first.get_ylim() == second.get_ylim()
    for ax in (first, second):
        lines = [line for line in ax.lines if len(line.get_xdata()) == EPOCHS]
        assert len(lines) == 3
        for line in lines[:2]:
            assert is_inside(ax, line.get_xdata(), line.get_ydata())


def test_a_loss_that_diverged_is_outside_and_said():
    lost = replace(
        BY_ARM["baseline"][0].curves, val_loss=(1e6, *BY_ARM["baseline"][0].curves.val_loss[1:])
    )
    records = [replace(run, curves=lost) if run.arm == "baseline" else run for run in RECORDS]
    chart = loss_charts.loss_charts(records, VERDICT.comparisons, BINARY).together[0]
    assert "outside" in chart.svg
    low, high = json.loads(chart.pointer)["limits"]
    assert 0 < high - low < 2


def test_the_axis_leaves_out_what_is_far_above_the_usual_values():
    usual = np.linspace(0.5, 0.3, 20)
    low, high = focused([usual, np.full(20, 0.45), np.append(100.0, usual[1:])])
    assert low < 0.3
    assert 0.5 < high < 2.0
    low, high = focused([np.full(3, 2.0)])
    assert low < 2.0 < high


# --- The choice of the elastic net


def test_the_choice_of_strength_marks_both_rules_and_counts_features(figures):
    charts = selection.selection_charts(BY_ARM["elastic_net"], BINARY)
    assert [chart.title for chart in charts] == [
        "The smallest risk keeps 4 features; 3 do as well within one standard error",
        "age has the largest coefficient at the weakest strength",
    ]
    for name in ("selection", "path"):
        ax = figures[name].axes[0]
        alphas = BY_ARM["elastic_net"][0].selection["alphas"]
        marks = {line.get_xdata()[0] for line in ax.lines if len(set(line.get_xdata())) == 1}
        assert {alphas[4], alphas[3]} <= marks
        assert ax.get_xscale() == "log"
    curve = figures["selection"].axes[0]
    assert curve.get_ylabel() == "deviance, held-out rows"  # twice the log loss
    assert sum(len(line.get_xdata()) == 6 for line in curve.lines) == SEEDS
    assert json.loads(charts[0].pointer)["lines"][2]["y"] == [0, 1, 2, 3, 4, 4]
    path = json.loads(charts[1].pointer)["lines"]
    assert [line["name"] for line in path] == list(NAMES)
    assert path[0]["y"][-1] == 20.0


def test_arms_without_a_choice_have_no_such_chart():
    assert selection.selection_charts(BY_ARM["linear"], BINARY) == ()


# --- Coefficients


def test_a_mark_for_the_mean_of_each_coefficient_and_each_arm(figures):
    chart = coefficients.coefficient_chart(RECORDS)
    (ax,) = figures["coefficients"].axes
    named = [label.get_text() for label in ax.get_yticklabels()]
    assert set(named) == set(NAMES)
    words = [text for _, _, text in json.loads(chart.pointer)["dots"]]
    assert len(words) == 2 * len(NAMES)
    for arm in ("linear", "elastic_net"):
        values = [run.coefficients["age"][0] for run in BY_ARM[arm]]
        (told,) = [word for word in words if word.startswith(f"age, {arm.replace('_', ' ')}")]
        assert float(told.rpartition(": ")[2]) == pytest.approx(np.mean(values), rel=1e-2)
    assert coefficients.coefficient_chart(BY_ARM["baseline"]) is None


# --- Calibration


def test_probabilities_that_are_right_lie_on_the_diagonal(figures):
    chart = calibration.calibration_chart(BY_ARM, ["baseline", "dropout"], BINARY)
    (ax,) = figures["calibration"].axes
    diagonal, baseline, dropout = ax.lines
    assert (ax.get_xlim(), ax.get_ylim()) == ((0, 1), (0, 1))
    np.testing.assert_allclose(dropout.get_ydata(), dropout.get_xdata())
    assert not np.allclose(baseline.get_ydata(), baseline.get_xdata())
    assert list(diagonal.get_xdata()) == list(diagonal.get_ydata()) == [0, 1]
    bins = calibration_bins(BY_ARM["baseline"])
    np.testing.assert_allclose(baseline.get_xdata(), bins[:, 1] / bins[:, 0])
    assert sorted(texts(ax)) == ["baseline", "dropout"]
    assert "predicted probability of yes" in chart.svg


def test_points_of_few_rows_are_left_out(figures):
    few = [
        replace(run, measures={"calibration": [[2, 0.1, 0], *([40, 20, 20] for _ in range(9))]})
        for run in BY_ARM["dropout"]
    ]
    calibration.calibration_chart({"dropout": few}, ["dropout"], BINARY)
    _, drawn = figures["calibration"].axes[0].lines
    assert len(drawn.get_xdata()) == 9
    assert calibration.calibration_chart({"dummy": BY_ARM["dummy"][:0]}, ["dummy"], BINARY) is None


# --- Rates of dropout


def rates():
    records = []
    for rate, shift in ((0.0, 0.1), (0.2, 0.0), (0.5, 0.05)):
        arm = "baseline" if rate == 0 else f"dropout:{rate:g}"
        for run in BY_ARM["dropout"]:
            details = {} if rate == 0 else {"rate": rate}
            records.append(replace(run, arm=arm, test_risk=run.test_risk + shift, details=details))
    return records


def test_the_response_to_the_rate_has_means_intervals_and_every_split(figures):
    (chart,) = rate_response.rate_charts(rates(), PROTOCOL, BINARY)
    (ax,) = figures["rates"].axes
    *splits, mean = ax.lines
    assert len(splits) == SEEDS
    risks = np.array([run.test_risk for run in BY_ARM["dropout"]])
    np.testing.assert_allclose(mean.get_xdata(), [0.0, 0.2, 0.5])
    np.testing.assert_allclose(mean.get_ydata(), risks.mean() + np.array([0.1, 0.0, 0.05]))
    expected = corrected_interval(risks, 1620, 200, 0.95)
    (bars,) = ax.collections
    np.testing.assert_allclose(bars.get_segments()[1][:, 1], [expected.low, expected.high])
    assert chart.title == "The mean log loss is lowest at rate 0.2"


def test_two_rates_show_no_response():
    records = [run for run in rates() if run.arm != "dropout:0.5"]
    assert rate_response.rate_charts(records, PROTOCOL, BINARY) == ()


# --- All together


def test_the_page_has_the_charts_of_what_the_records_hold():
    charts = draw_charts(VERDICT, BY_ARM, PROTOCOL, BINARY)
    assert len(charts.changes) == 1 + len(VERDICT.comparisons)
    assert (len(charts.together), len(charts.apart), len(charts.linear)) == (1, 2, 3)
    assert (len(charts.rates), len(charts.calibration), len(charts.curve)) == (0, 1, 0)
    names = [
        chart.svg.split('id="')[1].split('"')[0]
        for group in (charts.changes, charts.together, charts.apart, charts.linear)
        for chart in group
    ]
    assert len(set(names)) == len(names)


def test_records_without_anything_to_draw_have_no_chart():
    bare = [
        replace(run, curves=None, coefficients=None, measures=None, selection=None)
        for run in BY_ARM["dummy"]
    ]
    charts = draw_charts(judge(bare, PROTOCOL, BINARY), {"dummy": bare}, PROTOCOL, BINARY)
    assert all(group == () for group in vars(charts).values())
