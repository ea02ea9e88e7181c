"""Planted truths through every door: the same word, whoever hands the losses over."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import bridle
from bridle.workbench.evidence.results.fixed_test import FixedTest

SEEDS, ROWS, EPOCHS = 6, 50, 12

TRUTHS = {"helps": -0.3, "hurts": 0.3, "no difference": 0.0}


def planted(change):
    """Losses of (arms, seeds, rows) whose means differ by ``change``; seeds and rows both vary."""
    rng = np.random.default_rng(3)
    level = 1 + 0.02 * rng.normal(size=(SEEDS, 1)) + 0.2 * rng.random(size=ROWS)
    return np.stack([level, level + change + 0.01 * rng.normal(size=(SEEDS, ROWS))])


def curve(row):
    """Validation losses that fall to the mean of these rows, and stay there."""
    return [1.0 + row.mean(), *([row.mean()] * (EPOCHS - 1))]


def trials(arms, folder):
    study = bridle.Trials(folder, seeds=SEEDS)
    for trial in study:
        trial.finish(losses=arms[study.arms.index(trial.arm)][trial.seed])
    return study.judge()


def trials_of_means(arms, folder):
    study = bridle.Trials(folder, seeds=SEEDS)
    for trial in study:
        for loss in curve(arms[study.arms.index(trial.arm)][trial.seed]):
            trial.log(train_loss=loss, val_loss=loss)
        trial.finish(risk=arms[study.arms.index(trial.arm)][trial.seed].mean())
    return study.judge()


def in_memory(arms, folder):
    return bridle.judge_runs(*({"losses": arm, "seeds": np.arange(SEEDS)} for arm in arms))


def frames(arms, folder):
    row = np.tile(np.arange(ROWS), SEEDS)
    seed = np.repeat(np.arange(SEEDS), ROWS)
    return bridle.judge_runs(
        *(pd.DataFrame({"loss": arm.ravel(), "seed": seed, "row": row}) for arm in arms)
    )


def arrays(path, row):
    np.savez(path / "test.npz", losses=row)
    return path / "test.npz"


def table(path, row):
    pd.DataFrame({"row": np.arange(ROWS), "loss": row}).to_csv(path / "test.csv", index=False)
    return path / "test.csv"


def keras_history(path, row):
    (path / "history.json").write_text(json.dumps({"loss": curve(row), "val_loss": curve(row)}))
    return path


def keras_logger(path, row):
    losses = {"epoch": range(EPOCHS), "loss": curve(row), "val_loss": curve(row)}
    pd.DataFrame(losses).to_csv(path / "training.csv", index=False)
    return path


def lightning(path, row):
    numbers = np.arange(EPOCHS)
    losses = {"epoch": numbers, "step": 7 * numbers + 6, "train_loss": curve(row)}
    frame = pd.concat(
        [
            pd.DataFrame(losses),
            pd.DataFrame({**losses, "train_loss": np.nan, "val_loss": curve(row)}),
        ]
    )
    frame.to_csv(path / "metrics.csv", index=False)
    return path


def hugging_face(path, row):
    history = [
        {"epoch": 1.0 + i, "step": 7 * (i + 1), name: loss}
        for i, loss in enumerate(curve(row))
        for name in ("loss", "eval_loss")
    ]
    (path / "trainer_state.json").write_text(json.dumps({"log_history": history}))
    return path


FILES = {one.__name__: one for one in (arrays, table)}
LOGS = {one.__name__: one for one in (keras_history, keras_logger, lightning, hugging_face)}
OTHERS = {one.__name__: one for one in (trials, trials_of_means, in_memory, frames)}


def judged(door, arms, folder):
    """Judge losses that come through a door."""
    if door in OTHERS:
        return OTHERS[door](arms, folder / "study")
    write, runs = {**FILES, **LOGS}[door], []
    for name, arm in zip(("plain", "dropout"), arms, strict=True):
        paths = [folder / name / f"seed{seed}" for seed in range(SEEDS)]
        for path in paths:
            path.mkdir(parents=True)
        runs.append([write(path, row) for path, row in zip(paths, arm, strict=True)])
    return bridle.judge_runs(*runs)


@pytest.mark.parametrize("word", TRUTHS)
@pytest.mark.parametrize("door", [*OTHERS, *FILES, *LOGS])
def test_a_planted_truth_has_the_same_word_through_every_door(door, word, tmp_path):
    arms = planted(TRUTHS[word])
    found = judged(door, arms, tmp_path)
    by_rows = door not in LOGS and door != "trials_of_means"
    expected = FixedTest(arms if by_rows else arms.mean(axis=2, keepdims=True)).change(0.95)
    assert found.decision == word
    change = found.comparison.change
    assert (change.low, change.high) == pytest.approx((expected.low, expected.high), abs=1e-9)
