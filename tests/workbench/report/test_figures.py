"""Figures hold the numbers of their records, for any records."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from bridle import figure as figure_look
from bridle.errors import InputError
from bridle.networks.curves import Curves
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.report.charts.changes import change_chart
from bridle.workbench.report.figures.coefficients import plot_coefficients
from bridle.workbench.report.figures.loss_curves import plot_curves, plot_loss
from bridle.workbench.report.figures.png import png
from bridle.workbench.report.figures.svg import inline_svg
from bridle.workbench.task import Task
from bridle.workbench.verdict.signed import ends_of, mean_of
from bridle.workbench.verdict.verdict import judge

from . import sample

BINARY = sample.BINARY
REGRESSION = Task("regression")
MULTICLASS = Task("multiclass", ("a", "b", "c"))
RECORDS = sample.experiment(seeds=3, epochs=6)


def drawn(figure: Figure) -> None:
    figure.savefig(io.BytesIO(), format="png")


def line(ax, label: str):
    (found,) = [one for one in ax.lines if one.get_label() == label]
    return found


def with_curves(*val_losses: tuple[float, ...], arm: str = "baseline") -> list[Record]:
    base = next(r for r in RECORDS if r.arm == arm)
    return [
        replace(base, seed=seed, curves=Curves(loss, loss, loss, (0.0,) * len(loss)))
        for seed, loss in enumerate(val_losses)
    ]


@pytest.mark.parametrize(
    ("label", "field"),
    [
        ("validation", "val_loss"),
        ("training", "train_eval_loss"),
        ("as optimised", "train_loss"),
    ],
)
def test_loss_lines_are_means_over_seeds(label: str, field: str) -> None:
    figure = plot_loss(RECORDS, BINARY)
    for ax, arm in zip(figure.axes, ("baseline", "dropout"), strict=True):
        runs = [getattr(r.curves, field) for r in RECORDS if r.arm == arm]
        np.testing.assert_array_equal(line(ax, label).get_xdata(), np.arange(1, 7))
        np.testing.assert_allclose(line(ax, label).get_ydata(), np.mean(runs, axis=0))


def test_loss_band_goes_from_the_smallest_seed_to_the_largest() -> None:
    ax = plot_loss(RECORDS, BINARY).axes[0]
    runs = np.array([r.curves.val_loss for r in RECORDS if r.arm == "baseline"])
    heights = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert heights.min() == runs.min()
    assert heights.max() == runs.max()


def test_best_epoch_is_marked_at_the_argmin_of_the_mean() -> None:
    figure = plot_loss(RECORDS, BINARY)
    for ax in figure.axes:
        validation, best = line(ax, "validation"), line(ax, "best epoch")
        lowest = int(np.argmin(validation.get_ydata()))
        assert best.get_xdata() == [lowest + 1]
        assert best.get_ydata() == [validation.get_ydata()[lowest]]


def test_panel_and_comparison_agree_on_the_best_epoch_of_runs_that_stop_early() -> None:
    """Runs that stop early, at higher losses than those that go on, and a mean that never jumps."""
    lengths = (12, 20, 35, 60)
    records = []
    for arm in ("baseline", "early_stopping"):
        for seed, length in enumerate(lengths):
            loss = tuple(1.0 / (seed + 1) + 0.5 / np.arange(1, length + 1))
            curves = Curves(loss, loss, loss, loss)
            records.append(Record(arm, seed, 80, 10, 10, 0.4, 0.3, 0.8, 1.0, curves))
    (found,) = judge(records, Protocol(seeds=(0, 1, 2, 3), epochs=60), BINARY).comparisons
    figure = plot_loss(records, BINARY)
    for ax, best in zip(
        figure.axes, (found.epochs.plain_epoch, found.epochs.regularised_epoch), strict=True
    ):
        assert line(ax, "best epoch").get_xdata()[0] == best == 60
        # Each run falls, so their mean does.
        assert (np.diff(line(ax, "validation").get_ydata()) <= 1e-12).all()


@pytest.mark.parametrize("where", ["start", "middle", "end", "throughout", "stopped"])
@pytest.mark.parametrize("lost", [np.nan, np.inf, -np.inf])
def test_a_mean_curve_does_not_jump_where_a_run_is_not_finite(where: str, lost: float) -> None:
    """Level runs have a level mean and band, whichever epochs of one of them are not finite."""
    broken = np.full(9, 3.0)
    broken[{"start": slice(4), "middle": slice(3, 6)}.get(where, slice(5, None))] = lost
    broken = {"throughout": np.full(9, lost), "stopped": broken[:7]}.get(where, broken)
    ax = plot_loss(with_curves((1.0,) * 9, tuple(broken)), BINARY).axes[0]
    level = 1.0 if where == "throughout" else 2.0
    np.testing.assert_array_equal(line(ax, "validation").get_ydata(), np.full(9, level))
    assert set(ax.collections[0].get_paths()[0].vertices[:, 1]) == {1.0, 2 * level - 1.0}


def test_panels_share_their_scale_and_the_baseline_comes_first() -> None:
    figure = plot_loss(list(reversed(RECORDS)), BINARY)
    first, second = figure.axes
    assert first.get_ylim() == second.get_ylim()
    assert [ax.get_title(loc="left").split("\n")[0] for ax in figure.axes] == [
        "baseline",
        "dropout",
    ]


@pytest.mark.parametrize(
    ("task", "name"),
    [
        (BINARY, "log loss"),
        (MULTICLASS, "log loss"),
        (REGRESSION, "squared error (standardised target)"),
    ],
)
def test_loss_is_named_by_the_task(task: Task, name: str) -> None:
    assert plot_loss(RECORDS, task).get_supylabel() == name


@pytest.mark.parametrize(
    ("losses", "finding"),
    [
        (((0.5, 0.4, 0.6),), "validation lowest at epoch 2, 50 % higher at the end"),
        (((0.5, 0.4),), "validation lowest at the last epoch, 2"),
        (((0.5,),), "validation lowest at the last epoch, 1"),
        (((np.nan, np.inf),), "no finite validation loss"),
        (((0.5, 0.4, np.nan),), "validation lowest at the last epoch, 2"),
        (((0.001, 1.0),), "validation lowest at epoch 1, more than tenfold at the end"),
        (((0.0, 1.0),), "validation lowest at epoch 1, more than tenfold at the end"),
        (((0.5, 0.3, 0.2), (0.5, 0.3)), "validation lowest at the last epoch, 3"),
        (((0.5, np.nan, 0.2), (0.5, np.inf, 0.2)), "validation lowest at the last epoch, 3"),
        (((0.5, 1e300),), "validation lowest at epoch 1, more than tenfold at the end"),
    ],
)
def test_title_says_what_the_validation_loss_does(losses, finding: str) -> None:
    figure = plot_loss(with_curves(*losses), BINARY)
    drawn(figure)
    assert figure.axes[0].get_title(loc="left").split("\n")[1] == finding


def test_many_epochs_are_thinned_but_keep_both_ends() -> None:
    figure = plot_loss(with_curves(tuple(np.linspace(1, 0, 10_000))), BINARY)
    shown = line(figure.axes[0], "validation").get_xdata()
    assert len(shown) <= 400
    assert (shown[0], shown[-1]) == (1, 10_000)


def test_epochs_are_counted_from_one() -> None:
    figure = plot_loss(with_curves((0.5,) * 40), BINARY)
    drawn(figure)
    ax = figure.axes[0]
    shown = [tick for tick in ax.get_xticks() if ax.get_xlim()[0] <= tick <= ax.get_xlim()[1]]
    assert min(shown) >= 1
    assert all(tick == round(tick) for tick in shown)


def test_loss_without_curves_is_refused() -> None:
    with pytest.raises(InputError, match="curves of an arm"):
        plot_loss([r for r in RECORDS if r.curves is None], BINARY)


def test_figures_leave_the_settings_of_others_alone() -> None:
    before = dict(mpl.rcParams)
    inline_svg(plot_loss(with_curves((0.5, 0.4)), BINARY), "a", "a")
    plot_coefficients(RECORDS)
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("form", [dict, lambda losses: SimpleNamespace(history=losses)])
def test_curves_of_two_histories(form) -> None:
    plain = {"loss": [0.7, 0.4, 0.2], "val_loss": [0.7, 0.6, 0.8]}
    reined = {"loss": [0.7, 0.5], "val_loss": [0.7, 0.6]}
    figure = plot_curves(form(plain), form(reined))
    for ax, losses in zip(figure.axes, (plain, reined), strict=True):
        assert list(line(ax, "training").get_ydata()) == losses["loss"]
        assert list(line(ax, "validation").get_ydata()) == losses["val_loss"]
        assert list(line(ax, "training").get_xdata()) == list(range(1, len(losses["loss"]) + 1))


def test_curves_can_be_drawn_into_given_axes() -> None:
    losses = {"loss": [0.7, 0.4], "val_loss": [0.7, 0.6]}
    figure = Figure()
    ax = figure.subplots()
    assert plot_curves(losses, losses, labels=("$a$", "b"), ax=ax) is figure
    assert line(ax, "$a$, validation").get_color() == line(ax, "$a$, training").get_color()
    assert [t.get_parse_math() for t in ax.get_legend().get_texts()] == [False] * 4
    drawn(figure)


@pytest.mark.parametrize(
    ("history", "message"),
    [
        ({"loss": [1.0]}, "'val_loss': pass validation_data=... or validation_split=..."),
        ({"val_loss": [1.0]}, "no 'loss'"),
        ({"loss": [1.0], "val_loss": []}, "at least one epoch of 'val_loss'"),
        ({"loss": [], "val_loss": []}, "at least one epoch of 'loss'"),
        ({}, "It has: nothing"),
        (None, "Received: NoneType"),
        ([1.0], "Received: list"),
    ],
)
def test_unusable_history_is_refused(history: object, message: str) -> None:
    good = {"loss": [1.0], "val_loss": [1.0]}
    with pytest.raises(InputError) as caught:
        plot_curves(good, history)
    assert message in str(caught.value)
    assert "'dropout'" in str(caught.value)


def test_coefficients_are_means_over_seeds_largest_first() -> None:
    ax = plot_coefficients(RECORDS).axes[0]
    names = [tick.get_text() for tick in ax.get_yticklabels()]
    runs = [r.coefficients for r in RECORDS if r.arm == "elastic_net"]
    means = [np.mean([run[name][0] for run in runs]) for name in names]
    np.testing.assert_allclose(line(ax, "elastic net").get_xdata(), means)
    assert np.all(np.diff(np.abs(means)) <= 0)
    assert len(names) == 20
    linear = [r.coefficients for r in RECORDS if r.arm == "linear"]
    np.testing.assert_allclose(
        line(ax, "linear, no penalty").get_xdata(),
        [np.mean([run[name][0] for run in linear]) for name in names],
    )


def test_coefficients_of_several_outputs_are_norms() -> None:
    records = [
        replace(
            RECORDS[1], arm="elastic_net", details=None, coefficients={"a": [3, 4], "b": [0, 0]}
        )
    ]
    figure = plot_coefficients(records)
    assert list(line(figure.axes[0], "elastic net").get_xdata()) == [5, 0]
    assert figure.get_suptitle() == "The elastic net keeps 1 feature"


def test_missing_and_unusable_coefficients_count_as_zero() -> None:
    one = replace(RECORDS[1], arm="linear", coefficients={"a": [2.0], "b": [np.nan]})
    other = replace(one, seed=9, coefficients={"b": [None], "c": [np.inf]})
    figure = plot_coefficients([one, other])
    drawn(figure)
    assert list(line(figure.axes[0], "linear, no penalty").get_xdata()) == [1.0]


@pytest.mark.parametrize("arms", [{"linear"}, {"elastic_net"}, {"linear", "elastic_net"}])
def test_coefficients_draw_the_arms_there_are(arms: set[str]) -> None:
    figure = plot_coefficients([r for r in RECORDS if r.arm in arms])
    assert len(figure.axes[0].lines) == len(arms) + 1


def test_coefficients_without_any_are_refused() -> None:
    with pytest.raises(InputError, match="coefficients of the arm 'linear' or 'elastic_net'"):
        plot_coefficients([r for r in RECORDS if r.arm == "dummy"])


def test_changes_are_drawn_for_comparisons_with_an_interval() -> None:
    verdict = judge(RECORDS, Protocol(seeds=(0, 1, 2)), BINARY)
    chart = change_chart(verdict.comparisons, BINARY)
    assert chart is not None
    shown = [place[2] for place in json.loads(chart.pointer)["dots"]]
    assert len(shown) == len(verdict.comparisons)
    for words, one in zip(shown, verdict.comparisons, strict=True):
        assert f"{mean_of(one.change)} ({ends_of(one.change)})" in words
    assert change_chart([replace(one, change=None) for one in verdict.comparisons], BINARY) is None


HOSTILE = ["$x_1$", "$", r"\$a$b", "$\\bad{$", "\x1b[31mred", "a\x00b", "a\nb", "日本語", "x" * 500]


@pytest.mark.fault(85)
def test_hostile_names_are_drawn_as_they_are() -> None:
    coefficients = {name: [float(i)] for i, name in enumerate(HOSTILE)}
    records = [replace(RECORDS[1], arm=arm, coefficients=coefficients) for arm in HOSTILE]
    figure = plot_coefficients([replace(records[0], arm="linear")])
    svg = inline_svg(figure, "coefficients", 'a "description" <b>')
    assert ">$x_1$<" in svg
    assert 'aria-label="a &quot;description&quot; &lt;b&gt;"' in svg
    curves = next(r.curves for r in RECORDS if r.curves)
    inline_svg(plot_loss([replace(r, curves=curves) for r in records[-2:]], BINARY), "loss", "")


def test_same_figure_gives_the_same_svg_without_shared_ids() -> None:
    one_panel = with_curves((0.5, 0.4, 0.6))
    first, again, other = (
        str(inline_svg(plot_loss(one_panel, BINARY), prefix, "")) for prefix in ("a", "a", "b")
    )
    assert first == again
    assert 'id="a-' in first
    assert '"#a-' in first
    assert "url(#a-" in first
    assert first.replace('"a-', '"b-').replace("#a-", "#b-") == other


@pytest.mark.filterwarnings("error")
def test_letters_that_no_font_has_are_drawn_without_a_warning():
    records = [
        replace(one, coefficients={"年齢": (1.0,), "\U00010380": (0.5,)})
        for one in RECORDS
        if one.arm == "linear"
    ]
    assert png(plot_coefficients(records)).startswith(b"\x89PNG")
    assert "年齢" in inline_svg(plot_coefficients(records), "a", "b")


def test_fonts_of_other_letters_are_those_that_the_machine_has(monkeypatch):
    held = SimpleNamespace(
        ttflist=[SimpleNamespace(name="Yu Gothic"), SimpleNamespace(name="Mine")]
    )
    monkeypatch.setattr("bridle.figure.fontManager", held)
    assert figure_look._families() == ["sans-serif", "Yu Gothic"]
