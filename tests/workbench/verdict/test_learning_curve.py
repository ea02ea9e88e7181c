"""Laws of a learning curve: what its runs are trained on, what it says, and that it can be resumed."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import bridle
from bridle.errors import InputError
from bridle.workbench import learning_curve_runs, run_study, study_runs
from bridle.workbench.arm.catalogue import ARMS
from bridle.workbench.data.dataset import from_arrays
from bridle.workbench.evidence.intervals.corrected_interval import Interval
from bridle.workbench.evidence.results.pairs import pair_runs
from bridle.workbench.folder.record_file import read_records
from bridle.workbench.protocol import Protocol
from bridle.workbench.report.charts.learning_curve import curve_charts
from bridle.workbench.report.draw_page import draw_page
from bridle.workbench.report.figures.learning_curve import plot_learning_curve
from bridle.workbench.report.terminal import answer_text
from bridle.workbench.run.draw_split import part_rows
from bridle.workbench.run.learning_shares import learning_shares
from bridle.workbench.splits import TimeFolds
from bridle.workbench.task import Task
from bridle.workbench.verdict.learning_curve import (
    CurveLine,
    CurvePoint,
    LearningCurve,
    curve_sentence,
)
from bridle.workbench.verdict.verdict import judge

LINEAR = [ARMS[name] for name in ("dummy", "permuted_target", "linear", "elastic_net")]
SHARES = (0.1, 0.25, 0.5, 1.0)
N = 300


def rows(rng=0, n=N, p=30):
    rng = np.random.default_rng(rng)
    X = rng.normal(size=(n, p))
    return X, X[:, 0] - X[:, 1] + rng.normal(size=n)


def classes():
    X, y = rows()
    return from_arrays(X, np.digitize(y, [-1.5, 1.5]))


def numbers():
    return from_arrays(*rows())


def in_groups():
    return replace(classes(), groups=np.arange(N) // 5)


def in_time():
    return replace(numbers(), times=np.arange(N))


@pytest.mark.parametrize("data", [classes, numbers, in_groups, in_time])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_smaller_part_lies_inside_a_larger_one_and_the_test_rows_stay(data, seed):
    dataset = data()
    splits = TimeFolds(3) if dataset.times is not None else Protocol().splits
    protocol = Protocol(seeds=(0, 1), splits=splits)
    whole = part_rows(dataset, protocol, seed)
    inside = (frozenset(), frozenset())
    for share in SHARES:
        parts = part_rows(dataset, replace(protocol, train_share=share), seed)
        np.testing.assert_array_equal(parts[2], whole[2])
        for smaller, larger, all_rows in zip(inside, parts, whole, strict=False):
            assert smaller <= set(larger) <= set(all_rows)
            assert len(larger) == len(set(larger))
        largest = 5 if dataset.groups is not None else len(dataset.task.classes) or 1
        assert abs(len(parts[0]) - share * len(whole[0])) <= largest
        inside = (frozenset(parts[0]), frozenset(parts[1]))
    assert inside == (frozenset(whole[0]), frozenset(whole[1]))


def test_classes_keep_their_shares_and_groups_stay_whole():
    dataset, protocol = classes(), Protocol(train_share=0.25)
    train = part_rows(dataset, replace(protocol, train_share=1.0), 0)[0]
    some = part_rows(dataset, protocol, 0)[0]
    counts = [np.bincount(dataset.target[part], minlength=3) for part in (some, train)]
    np.testing.assert_allclose(counts[0], 0.25 * counts[1], atol=0.51)

    grouped = in_groups()
    train = part_rows(grouped, replace(protocol, train_share=1.0), 0)[0]
    some = part_rows(grouped, protocol, 0)[0]
    kept = set(grouped.groups[some])
    assert set(some) == {row for row in train if grouped.groups[row] in kept}


def test_of_rows_in_time_the_latest_are_kept():
    protocol = Protocol(seeds=(0, 1), splits=TimeFolds(3), train_share=0.25)
    train, validation, _ = part_rows(in_time(), protocol, 1)
    whole = part_rows(in_time(), replace(protocol, train_share=1.0), 1)
    assert max(train) == max(whole[0])
    assert min(train) == max(train) - len(train) + 1
    np.testing.assert_array_equal(validation, whole[1])


def test_sizes_are_geometric_and_begin_with_enough_rows():
    shares = learning_shares(numbers(), Protocol())
    assert shares[-1] == 1.0
    np.testing.assert_allclose(np.diff(np.log(shares)), np.log(shares[1] / shares[0]), rtol=1e-3)
    train = len(part_rows(numbers(), Protocol(), 0)[0])
    assert shares[0] * train == pytest.approx(40, rel=1e-3)
    many = from_arrays(*rows(n=2000, p=2))
    assert learning_shares(many, Protocol())[0] == 1 / 16

    X, y = rows()
    rare = from_arrays(X, (y > np.sort(y)[-26]).astype(int))
    rarest = (rare.target[part_rows(rare, Protocol(), 0)[0]] == 1).sum()
    assert learning_shares(rare, Protocol())[0] * rarest == pytest.approx(5, rel=1e-3)


@pytest.mark.parametrize(
    ("X", "y", "words"),
    [
        (*rows(n=80), "begins with 40 training rows"),
        (rows()[0], np.arange(N) < 10, "5 training rows of the class 'True'"),
    ],
)
def test_too_few_rows_are_refused_before_anything_runs(X, y, words):
    with pytest.raises(InputError, match=words):
        bridle.compare(X, y, arms=["linear", "elastic_net"], learning_curve=True)


def line(decisions, *, rivals=False, negligible=False):
    sizes = (40, 80, 160, 320, 640)
    change = Interval(-0.1, -0.2, 0.0, 0.05)
    points = tuple(
        CurvePoint(size, change, 0.01, one, negligible)
        for size, one in zip(sizes, decisions, strict=False)
    )
    pair = ("best_network", "elastic_net") if rivals else ("baseline", "dropout")
    return CurveLine(*pair, rivals, points, "")


SENTENCES = {
    ("helps",) * 5: "Dropout helps with every number of training rows from 40 to 640.",
    ("helps", "helps", "no difference", "benign gap", "no difference"): (
        "From 160 training rows on, dropout no longer helps; with up to 80 it does."
    ),
    ("helps", "helps", "hurts", "hurts", "hurts"): (
        "Dropout helps with up to 80 training rows; from 160 on it makes things worse."
    ),
    ("helps", "no difference", "hurts", "hurts", "hurts"): (
        "From 80 training rows on, dropout no longer helps; with up to 40 it does."
    ),
    ("helps", "helps", "inconclusive", "no difference", "inconclusive"): (
        "Dropout helps with up to 80 training rows; with more this study cannot tell."
    ),
    ("inconclusive", "inconclusive", "helps", "helps", "helps"): (
        "Dropout helps from 160 training rows on; with fewer it is not shown to help."
    ),
    ("helps", "inconclusive", "helps", "no difference", "no difference"): (
        "Dropout helps with 40 and 160 training rows, and is not shown to help with 80, 320 and 640."
    ),
    ("no difference",) * 5: (
        "Dropout makes no difference that matters, from 40 to 640 training rows."
    ),
    ("hurts",) * 5: (
        "Dropout makes things worse with every number of rows, from 40 to 640 training rows."
    ),
    ("inconclusive", "hurts", "underfits", "no difference", "no difference"): (
        "Dropout is not shown to help with any number of rows, from 40 to 640 training rows."
    ),
}


@pytest.mark.parametrize("decisions", SENTENCES, ids=lambda one: "-".join(one).replace(" ", "_"))
def test_the_sentence_says_where_a_regulariser_pays(decisions):
    assert curve_sentence(line(decisions)) == SENTENCES[decisions]


def test_the_sentence_of_rivals_names_both():
    decisions = ("better", "better", "no difference", "worse", "worse")
    assert curve_sentence(line(decisions, rivals=True)) == (
        "From 160 training rows on, the elastic net is no longer better than the best network; with up "
        "to 80 it is."
    )
    assert curve_sentence(line(("better",) * 3, rivals=True, negligible=True)) == (
        "The elastic net is better than the best network with every number of training rows from 40 to "
        "160, by too little to matter."
    )


def test_regularisers_that_show_nothing_share_a_sentence():
    open_ones = [
        replace(line(("inconclusive",) * 5), regularised=name) for name in ("dropout", "mixup")
    ]
    paid = replace(line(("helps",) * 5), sentence="It helps.")
    curve = LearningCurve((40, 80, 160, 320, 640), (15,) * 5, {}, (*open_ones, paid))
    assert curve.sentences == (
        "It helps.",
        "Dropout and mixup are not shown to help with any number of rows, from 40 to 640 training rows.",
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A study in a folder whose penalty pays with few rows only."""
    folder = tmp_path_factory.mktemp("curve") / "study"
    X, y = rows(n=1500, p=60)
    study = bridle.compare(
        X, y, arms=["linear", "elastic_net"], seeds=6, learning_curve=True, out=folder, model=False
    )
    return study, folder


def test_a_penalty_stops_paying_where_rows_are_many(finished):
    curve = finished[0].verdict.learning_curve
    (found,) = curve.lines
    assert len(curve.sizes) == len(found.points) == 5
    assert found.points[0].decision == "helps"
    assert found.points[0].change.mean < 3 * found.points[-1].change.mean
    risks = np.array([curve.risks["linear"], curve.risks["elastic_net"]])
    assert (np.diff(risks[0]) < 0).all()
    assert found.sentence in answer_text(finished[0].answer())


def test_each_size_is_judged_as_a_study_of_so_many_rows(finished):
    study, _ = finished
    for share in dict.fromkeys(one.train_share for one in study.curve_records):
        protocol = replace(study.protocol, train_share=share)
        of_size = [one for one in study.curve_records if one.train_share == share]
        (expected,) = judge(of_size, protocol, study.dataset.task).comparisons
        (line_,) = study.verdict.learning_curve.lines
        (point,) = [one for one in line_.points if one.n_train == of_size[0].n_train]
        assert (point.change, point.decision) == (expected.change, expected.decision)


def test_the_largest_size_is_the_study_itself(finished, tmp_path):
    study, _ = finished
    X, y = rows(n=1500, p=60)
    plain = bridle.compare(X, y, arms=["linear", "elastic_net"], seeds=6)
    assert [one.test_risk for one in plain.records] == [one.test_risk for one in study.records]
    (line_,) = study.verdict.learning_curve.lines
    assert line_.points[-1].change == plain.verdict.comparisons[0].change
    assert plain.verdict.learning_curve is None
    assert "permuted_target" not in {one.arm for one in study.curve_records}


def test_a_finished_study_and_its_page_are_there_again(finished):
    study, folder = finished
    X, y = rows(n=1500, p=60)
    again = bridle.compare(
        X, y, arms=["linear", "elastic_net"], seeds=6, learning_curve=True, out=folder, model=False
    )
    assert again.verdict == study.verdict
    assert (
        again.curve_records == study.curve_records == read_records(folder / "learning_curve.jsonl")
    )
    page = (folder / "report.html").read_text()
    assert study.verdict.learning_curve.lines[0].sentence in page
    draw_page(folder)
    assert (folder / "report.html").read_text() == page
    told = json.loads((folder / "verdict.json").read_text())["learning_curve"]
    assert told["sizes"] == list(study.verdict.learning_curve.sizes)


def test_an_interrupted_curve_goes_on_with_the_runs_that_are_kept(tmp_path, monkeypatch):
    X, y = rows(p=4)
    given = {"arms": ["linear", "lasso"], "seeds": 3, "learning_curve": True}
    study = bridle.compare(X, y, **given)
    run = study_runs.run_experiment
    ran = []

    def interrupted(dataset, arms, protocol, *rest, done, keep, **more):
        def counted(record):
            ran.append(record.arm_and_seed)
            if len(ran) == stop:
                raise KeyboardInterrupt
            keep(record)

        return run(dataset, arms, protocol, *rest, done=done, keep=counted, **more)

    monkeypatch.setattr(study_runs, "run_experiment", interrupted)
    monkeypatch.setattr("bridle.workbench.folder.journal._SECONDS_BETWEEN_WRITES", -1.0)
    stop = len(study.records) + len(study.curve_records) // 2
    with pytest.raises(KeyboardInterrupt):
        bridle.compare(X, y, out=tmp_path / "study", model=False, **given)
    stop = None
    ended = bridle.compare(X, y, out=tmp_path / "study", model=False, **given)
    assert len(ran) == len(study.records) + len(study.curve_records) + 1
    for mine, theirs in zip(ended.curve_records, study.curve_records, strict=True):
        assert replace(mine, seconds=0.0) == replace(theirs, seconds=0.0)


def test_epochs_of_each_size_are_found_once_and_kept(tmp_path, monkeypatch):
    asked = []

    def found(dataset, arms, protocol, networks, tell):
        asked.append(protocol.train_share)
        return replace(protocol, epochs=int(20 / protocol.train_share), epochs_rule="level")

    monkeypatch.setattr(study_runs, "level_epochs", found)
    given = {"folder": tmp_path / "study", "quiet": True}
    protocol = Protocol(seeds=(0, 1), epochs_rule="until level", learning_curve=True)
    study = run_study.run_study(numbers(), LINEAR, protocol, **given)
    shares = learning_shares(numbers(), protocol)
    assert asked == [1.0, *shares[:-1]]
    epochs = study.verdict.learning_curve.epochs
    assert epochs == tuple(int(20 / share) for share in shares)
    again = run_study.run_study(numbers(), LINEAR, protocol, **given)
    assert again.verdict.learning_curve.epochs == epochs
    assert len(asked) == len(shares)


def test_the_cost_is_said_before_anything_runs(monkeypatch, capsys):
    said = []
    monkeypatch.setattr(learning_curve_runs, "say", said.append)
    monkeypatch.setattr(study_runs, "run_experiment", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run_study.run_study(numbers(), LINEAR, Protocol(seeds=(0, 1), learning_curve=True))
    assert said == [
        "The learning curve trains every arm on 16, 26, 41 and 64 % of the training rows too: 24 runs "
        "after the 8 of the study."
    ]


def test_a_size_that_cannot_run_is_left_out_with_its_reason():
    X, _ = rows(p=3)
    y = np.zeros(N)
    y[:6] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    study = run_study.run_study(
        from_arrays(X, y, task="regression"),
        LINEAR,
        Protocol(seeds=(0, 1, 2), learning_curve=True),
        quiet=True,
    )
    curve = study.verdict.learning_curve
    assert curve.left_out
    assert "is constant" in curve.left_out[0]
    assert len(curve.sizes) == 5 - len(curve.left_out)


def test_smaller_parts_are_corrected_as_the_whole_splits(finished):
    study, _ = finished
    by_arm = {
        name: [one for one in study.curve_records if one.arm == name and one.train_share < 0.1]
        for name in ("linear", "elastic_net")
    }
    share = by_arm["linear"][0].train_share
    pairs = pair_runs(*by_arm.values(), replace(study.protocol, train_share=share))
    whole = next(one for one in study.records if one.arm == "linear")
    assert pairs.ratio == pytest.approx(whole.n_test / whole.n_train, rel=0.02)


def test_charts_have_a_line_for_each_comparison_and_each_arm(finished):
    study, _ = finished
    curve = study.verdict.learning_curve
    changes, risks = curve_charts(curve, Task("regression"))
    for chart, names in ((changes, ["elastic net instead of linear model"]), (risks, None)):
        pointer = json.loads(chart.pointer)
        assert pointer["at"] == list(curve.sizes)
        assert pointer["x"] == sorted(pointer["x"])
        expected = names or ["linear model", "elastic net"]
        assert [one["name"] for one in pointer["lines"]] == expected
        for size in curve.sizes:
            assert f"{size:,}</text>" in chart.svg
    assert curve_charts(None, Task("regression")) == ()


def test_the_figure_draws_changes_intervals_and_risks_at_each_size(finished):
    study, _ = finished
    curve = study.verdict.learning_curve
    changes, risks = study.plot_learning_curve().axes
    (line,) = curve.lines
    np.testing.assert_allclose(
        changes.lines[0].get_ydata(), [point.change.mean for point in line.points]
    )
    ends = [path.vertices[:, 1] for path in changes.collections[0].get_paths()]
    np.testing.assert_allclose(
        ends, [(point.change.low, point.change.high) for point in line.points]
    )
    for drawn, arm in zip(risks.lines, curve.risks, strict=True):
        np.testing.assert_array_equal(drawn.get_xdata(), curve.sizes)
        np.testing.assert_array_equal(drawn.get_ydata(), curve.risks[arm])
    colours = {arm: drawn.get_color() for arm, drawn in zip(curve.risks, risks.lines, strict=True)}
    assert changes.lines[0].get_color() == colours["elastic_net"] != colours["linear"]
    shown = [tick.get_text() for tick in risks.get_xticklabels()]
    assert shown == [f"{size:,}" for size in curve.sizes]


def test_a_figure_without_an_interval_has_the_risks_alone():
    point = CurvePoint(50, None, 0.1, "invalid", negligible=False)
    line = CurveLine("linear", "elastic_net", False, (point, replace(point, n_train=100)), "")
    curve = LearningCurve((50, 100), (0, 0), {"linear": (2.0, 1.0)}, (line,))
    (risks,) = plot_learning_curve(curve, Task("regression")).axes
    assert risks.get_ylabel() == "test squared error"


@pytest.mark.parametrize(
    ("curve", "received"), [(None, "none"), (LearningCurve((50,), (0,), {}, ()), "1 size")]
)
def test_a_figure_of_fewer_than_two_sizes_is_refused(curve, received):
    with pytest.raises(InputError, match=rf"learning_curve=True.*Received: {received}"):
        plot_learning_curve(curve, Task("regression"))
