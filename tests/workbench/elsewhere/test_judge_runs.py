"""Runs of other trainers are judged as their numbers are, whatever file holds them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import bridle
from bridle.arguments.option_words import from_door
from bridle.errors import InputError, MissingExtraError, UnknownNameError
from bridle.workbench.elsewhere.judge_runs import judge_runs
from bridle.workbench.evidence.results.fixed_test import FixedTest
from bridle.workbench.folder.record_file import write_records
from bridle.workbench.logs.read_log import read_log
from bridle.workbench.record import Record
from bridle.workbench.splits import Folds, Nested

LOGS = Path(__file__).parents[2] / "fixtures" / "trainer_logs"
SEEDS = range(6)


def losses(change, seeds=6, rows=50, draw=0):
    """Losses of two arms on the same rows; seeds and rows both vary."""
    rng = np.random.default_rng(draw)
    plain = 1 + 0.1 * rng.normal(size=(seeds, 1)) + 0.2 * rng.random(size=rows)
    return plain, plain + change + 0.02 * rng.normal(size=(seeds, rows))


def history(last, start=1.5, epochs=10):
    """Losses that fell and are level."""
    return {"val_loss": [start, *([last] * (epochs - 1))]}


def write(folder, form, table, columns=None):
    """Write one file a seed, and return the paths."""
    paths = []
    for seed, row in enumerate(table):
        path = folder / f"seed{seed}{form}"
        path.parent.mkdir(parents=True, exist_ok=True)
        frame = pd.DataFrame({"loss": row, "row": np.arange(len(row))})
        if form == ".npz":
            np.savez(path, losses=row)
        elif form == ".csv":
            frame.sample(frac=1, random_state=seed).to_csv(path, index=False)
        else:
            frame.to_parquet(path)
        paths.append(path)
    return paths


@pytest.mark.parametrize(
    ("change", "word"), [(-0.3, "helps"), (0.3, "hurts"), (0.0, "no difference")]
)
@pytest.mark.parametrize("form", [".npz", ".csv", ".parquet"])
def test_every_form_of_losses_gives_the_same_word_and_interval(tmp_path, form, change, word):
    arms = losses(change)
    paths = [write(tmp_path / arm, form, one) for arm, one in zip("ab", arms, strict=True)]
    found = judge_runs(*paths)
    expected = FixedTest(arms).change(0.95)
    assert found.decision == word
    assert (found.comparison.change.low, found.comparison.change.high) == pytest.approx(
        (expected.low, expected.high)
    )
    assert "over new test rows and new seeds" in found.verdict.estimand
    assert sum(one.share for one in found.comparison.sources) == pytest.approx(1)


@pytest.mark.parametrize(
    ("change", "word"), [(-0.3, "helps"), (0.3, "hurts"), (0.0, "no difference")]
)
def test_logs_are_judged_over_seeds_and_it_is_said(change, word):
    rng = np.random.default_rng(0)
    ends = 1 + 0.01 * rng.normal(size=6)
    plain = {seed: history(one) for seed, one in enumerate(ends)}
    other = {s: history(one + change + 0.001 * rng.normal()) for s, one in enumerate(ends)}
    found = judge_runs(plain, other, names=("baseline", "dropout"))
    assert found.decision == word
    assert any("does not cover the choice of rows" in one for one in found.verdict.remarks)
    assert "these validation rows, over new seeds" in found.verdict.estimand


def test_runs_without_seeds_are_judged_by_welch_and_it_is_said():
    plain, other = [1.0, 1.1, 1.2, 1.3, 1.15], [0.9, 0.95, 1.0, 1.2, 0.92, 1.01]
    found = judge_runs(*[[history(one) for one in arm] for arm in (plain, other)])
    oracle = stats.ttest_ind(other, plain, equal_var=False)
    assert found.comparison.p_value == pytest.approx(oracle.pvalue)
    assert "judged unpaired, which widens the interval" in " ".join(found.verdict.remarks)
    assert "5 and 6 unpaired runs" in found.comparison.basis


def test_seeds_of_one_arm_alone_are_left_out_and_it_is_said():
    plain = {seed: history(1 + seed / 100) for seed in range(7)}
    other = {seed: history(0.8 + seed / 100) for seed in range(1, 6)}
    found = judge_runs(plain, other)
    assert found.comparison.n_splits == 5
    assert "2 runs of seeds that only one arm has left out" in found.verdict.remarks


def test_two_seeds_claim_nothing():
    found = judge_runs(*({s: history(one + s / 1000) for s in range(2)} for one in (1.0, 0.1)))
    assert found.decision == "inconclusive"
    assert "2 seeds are too few for a claim" in found.comparison.sentence
    assert "a sign flip of 2 pairs cannot go below p = 0.5" in found.verdict.remarks


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ([history(np.nan)] + [history(0.9)] * 4, "1 of 5 runs of regularised failed"),
        ([history(0.9)], "regularised has a single run"),
    ],
)
def test_what_cannot_be_compared_is_invalid_and_code_1(other, reason):
    found = judge_runs([history(1 + s / 100) for s in range(5)], other)
    assert (found.decision, found.exit_code) == ("invalid", 1)
    assert reason in found.verdict.headline


def test_losses_that_still_fall_are_too_short():
    falling = {"val_loss": np.linspace(2, 1, 20).tolist()}
    found = judge_runs([falling] * 5, [falling] * 5)
    assert found.decision == "underfits"
    assert "--epochs" not in str(found) + found.comparison.sentence


KINDS = ["numbers", "two classes", "probabilities", "logits", "single logits", "columns of logits"]


@pytest.mark.parametrize("kind", KINDS)
def test_predictions_have_the_loss_of_their_kind(kind):
    rng = np.random.default_rng(3)
    outputs = rng.normal(size=(2, 5, 30, 3))
    chances = np.exp(outputs) / np.exp(outputs).sum(axis=-1, keepdims=True)
    codes = rng.integers(0, 3, size=30)
    match kind:
        case "numbers":
            targets, key, given = rng.normal(size=30), "predictions", outputs[..., 0]
            expected = (given - targets) ** 2
        case "two classes":
            targets, key, given = (codes > 0).astype(int), "predictions", chances[..., 0]
            expected = -np.log(np.where(targets == 1, given, 1 - given))
        case "probabilities" | "logits":
            targets, key = codes, "logits" if kind == "logits" else "predictions"
            given = outputs if kind == "logits" else chances
            expected = -np.log(chances[:, :, np.arange(30), codes])
        case "single logits" | "columns of logits":
            targets, key, given = (codes > 0).astype(float), "logits", outputs[..., 0]
            expected = np.log1p(np.exp(np.where(targets == 1, -given, given)))
            if kind == "columns of logits":
                targets, given = targets[:, None], given[..., None]
    arms = [{key: one, "targets": targets, "seeds": np.arange(5)} for one in given]
    found = judge_runs(*arms).comparison.change
    wanted = FixedTest((expected[0], expected[1])).change(0.95)
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high))


def test_records_of_bridle_are_judged_over_their_splits(tmp_path):
    rng = np.random.default_rng(0)
    records = [
        Record(arm, seed, 800, 100, 100, level + 0.01 * rng.normal(), 0.1, 0.8, 1.0)
        for arm, level in (("dummy", 0.7), ("baseline", 0.5), ("dropout", 0.4))
        for seed in range(6)
    ]
    write_records(tmp_path / "records.jsonl", records)
    found = judge_runs(tmp_path, tmp_path, names=("baseline", "dropout"))
    assert (found.decision, found.comparison.unit) == ("helps", "split")
    with pytest.raises(UnknownNameError, match=r"arm in .* 'max_norm'"):
        judge_runs(tmp_path, tmp_path, names=("baseline", "max_norm"))
    with pytest.raises(InputError, match="Both arms must be of one kind"):
        judge_runs(tmp_path, [history(1.0)])


@pytest.mark.parametrize(
    ("shell", "words"),
    [(True, "bridle compare ... --seeds"), (False, "compare(..., seeds=")],
)
def test_more_splits_are_those_of_the_study(shell, words, tmp_path):
    records = [
        Record(arm, seed, 800, 100, 100, level + 0.006 * seed * (arm == "dropout"), 0.1, 0.8, 1.0)
        for arm, level in (("baseline", 0.5), ("dropout", 0.48))
        for seed in range(4)
    ]
    write_records(tmp_path / "records.jsonl", records)
    with from_door(shell=shell):
        found = judge_runs(tmp_path, tmp_path, names=("baseline", "dropout"))
        assert words in " ".join(str(found).split())
        assert words in found.comparison.sentence


@pytest.mark.parametrize("rules", [{"splits": Folds(5)}, {"splits": Nested(3, 2), "seeds": 2}])
def test_runs_of_a_study_are_judged_by_its_own_splits(rules, tmp_path):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 30))
    y = X[:, 0] + rng.normal(size=120)
    arms = ("linear", "lasso")
    for name in ("a", "b"):
        given = rules if name == "a" else {"seeds": 3}
        study = bridle.compare(X, y, arms=arms, out=tmp_path / name, model=False, **given)
        if name == "a":
            (wanted,) = (one for one in study.verdict.comparisons if one.plain == "linear")
    found = judge_runs(tmp_path / "a", tmp_path / "a", names=arms)
    change = found.comparison.change
    assert (change.mean, change.low, change.high) == pytest.approx(
        (wanted.change.mean, wanted.change.low, wanted.change.high)
    )
    assert found.comparison.n_splits == wanted.n_splits
    assert "random split of its own" not in str(found)
    with pytest.raises(InputError, match="the same splits"):
        judge_runs(tmp_path / "a", tmp_path / "b", names=arms)


ODD = {
    "no runs": (([], []), "must be at least one"),
    "other rows": ((np.ones((5, 3)), np.ones((5, 4))), "on the same test rows"),
    "other kinds": ((np.ones((5, 1)), [history(1.0)] * 5), "give the same measure"),
    "no such kind": ((3, 4), "must be a file, a history"),
    "no results": (({"losses": []}, {"losses": []}), "must have losses of shape"),
    "no targets": (({"predictions": [1.0]}, {"predictions": [1.0]}), "must hold 'targets'"),
    "a seed twice": (
        ({"losses": np.ones((2, 3)), "seeds": [1, 1]},) * 2,
        "Received: seed 1 more than once",
    ),
    "half a seed": (({"losses": np.ones((1, 3)), "seeds": [0.5]},) * 2, "whole numbers from 0"),
    "no probability": (
        ({"predictions": [0.5, 1.5], "targets": [0, 1]},) * 2,
        "must be probabilities from 0 to 1",
    ),
    "sums of no probability": (
        ({"predictions": [[0.5, 0.1, 0.0]] * 4, "targets": [0, 1, 1, 2]},) * 2,
        "that sum to 1",
    ),
    "one logit for three classes": (
        ({"logits": [[0.5], [0.1], [0.2]], "targets": [0, 1, 2]},) * 2,
        "targets in .* must be 0 or 1, since each row has one logit",
    ),
    "a class too many": (({"logits": [[0.5, 0.1]], "targets": [2]},) * 2, "targets from 0 to 1"),
    "a missing file": ((["none.csv"], ["none.npz"]), "There is no file none.csv"),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_runs_are_refused_by_name(name):
    arms, words = ODD[name]
    with pytest.raises(InputError, match=words):
        judge_runs(*arms)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"margin": 1.0}, r"margin must be in \[0, 1\)"),
        ({"confidence": True}, "confidence must be strictly between 0 and 1"),
        ({"at": "middle"}, "at must be 'last' or 'best'"),
        ({"names": ("a", "a")}, "names must be two different names"),
    ],
)
def test_arguments_out_of_range_are_refused(arguments, words):
    with pytest.raises(InputError, match=words):
        judge_runs([history(1.0)] * 5, [history(1.0)] * 5, **arguments)


def test_rows_in_another_order_are_matched_by_name_or_refused():
    table = losses(-0.1, rows=4)[0]
    arms = [
        {"losses": table, "targets": np.arange(4.0), "rows": np.arange(4)},
        {"losses": table[:, ::-1], "targets": np.arange(4.0)[::-1], "rows": np.arange(4)[::-1]},
    ]
    assert judge_runs(*arms).comparison.change.mean == pytest.approx(0)
    for one in arms:
        del one["rows"]
    with pytest.raises(InputError, match="other targets in"):
        judge_runs(*arms)


TRAINERS = ("hugging_face", "keras", "lightning", "rows")


@pytest.mark.parametrize("trainer", TRAINERS)
def test_real_runs_of_trainers_say_that_dropout_helps(trainer):
    """Written by `python -m benchmarks.trainer_logs`; the network overfits 300 rows."""
    arms = [sorted((LOGS / trainer / arm).iterdir()) for arm in ("baseline", "dropout")]
    found = judge_runs(*arms, names=("baseline", "dropout"))
    assert (found.decision, found.comparison.n_splits) == ("helps", 6)
    assert found.comparison.basis.startswith("6 paired seeds")


def test_event_files_need_their_reader(monkeypatch):
    monkeypatch.setitem(
        __import__("sys").modules, "tensorboard.backend.event_processing.event_accumulator", None
    )
    with pytest.raises(MissingExtraError, match=r"bridle\[tensorboard\]"):
        read_log(LOGS / "tensorboard" / "baseline" / "seed0")


def test_event_files_are_read():
    pytest.importorskip("tensorboard")
    arms = [sorted((LOGS / "tensorboard" / arm).iterdir()) for arm in ("baseline", "dropout")]
    assert judge_runs(*arms, names=("baseline", "dropout")).decision == "helps"


@pytest.fixture
def runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for arm, last in (("plain", 1.0), ("dropout", 0.7)):
        for seed in SEEDS:
            folder = tmp_path / arm / f"seed{seed}"
            folder.mkdir(parents=True)
            (folder / "history.json").write_text(json.dumps(history(last + seed / 100)))
    return [[f"{arm}/seed{seed}" for seed in SEEDS] for arm in ("plain", "dropout")]


def test_command_judges_folders_of_runs(run, runs):
    code, out, err = run("judge", *runs[0], "--against", *runs[1], "--name", "dropout")
    assert (code, err) == (0, "")
    assert out.startswith("Dropout is better: it lowers the validation loss.")
    code, out, _ = run("judge", "--against", *runs[1], "--json", "--name", "dropout", *runs[0])
    assert (code, json.loads(out)["decision"]) == (0, "helps")
    code, out, _ = run("judge", *runs[0], "--against", *runs[1], "--quiet")
    assert out == "The regularised network is better: it lowers the validation loss.\n"
    _, out, _ = run("judge", *runs[0], "--against", *runs[1], "--details")
    assert "6 paired seeds" in out
    assert "over new seeds" in out


def test_command_says_what_is_missing(run, runs):
    code, out, err = run("judge", *runs[0])
    assert (code, out) == (2, "")
    assert "--against" in err
    code, _, err = run("judge", *runs[0], "--against", "plain")
    assert code == 2
    assert "plain must be the folder of one run" in err
    assert run("judge", *runs[0], "--against", runs[1][0])[0] == 1
