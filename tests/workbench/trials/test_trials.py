"""Trials: what is left to do, what is kept, what is refused, and the verdict."""

from __future__ import annotations

import random
from itertools import count

import numpy as np
import pytest
from tests.faults import fault, raises_no_space

import bridle
from bridle.errors import BridleWarning, InputError

SEEDS, ROWS = 6, 40


def finish(trial, effect=-0.3):
    """End a trial with losses of rows, lower by the effect in every arm but the plain one."""
    rng = trial.rng("losses")
    change = 0.0 if trial.arm == "baseline" else effect
    trial.finish(losses=1 + change + rng.normal(size=ROWS) / 10)


def run(folder, *, stop_after=None, **given):
    study = bridle.Trials(folder, **{"seeds": SEEDS, **given})
    done = []
    for trial in study:
        done.append((trial.seed, trial.arm))
        if len(done) == stop_after:
            break
        finish(trial)
    return study, done


def everything(study):
    return {
        (arm, seed, name): values.tobytes()
        for arm in study.arms
        for seed in study.seeds
        for name, values in study.results(arm, seed).items()
        if name != "seconds"
    }


def test_every_arm_of_every_seed_is_handed_out_once_and_judged(tmp_path):
    study, done = run(tmp_path / "a")
    assert done == [(seed, arm) for seed in range(SEEDS) for arm in ("baseline", "dropout")]
    assert run(tmp_path / "a")[1] == []
    found = study.judge()
    assert found.decision == "helps"
    assert found.comparison.change.mean == pytest.approx(-0.3, abs=0.05)
    assert "12 of 12 finished" in repr(study)


@pytest.mark.parametrize("stop_after", [1, 4, 11])
def test_what_is_finished_is_not_run_again_and_the_end_is_the_same(stop_after, tmp_path):
    whole, _ = run(tmp_path / "whole")
    _, first = run(tmp_path / "a", stop_after=stop_after)
    resumed, second = run(tmp_path / "a")
    assert second[0] == first[-1]  # the one that was cut off
    assert len(first) + len(second) == 2 * SEEDS + 1
    assert everything(resumed) == everything(whole)


def test_more_seeds_may_follow(tmp_path):
    run(tmp_path / "a", seeds=5)
    _, done = run(tmp_path / "a", seeds=7)
    assert {seed for seed, _ in done} == {5, 6}


def test_streams_belong_to_the_seed_and_not_to_the_arm(tmp_path):
    found = {}
    for trial in bridle.Trials(tmp_path / "a", seeds=5):
        drawn = (
            random.random(),
            np.random.rand(),  # noqa: NPY002
            trial.rng("order").random(),
            trial.rng("noise").random(),
            trial.seed_of("order"),
        )
        found.setdefault(trial.seed, []).append(drawn)
        finish(trial)
    assert all(one == other for one, other in found.values())
    assert len({one for pair in found.values() for one in pair}) == 5
    assert len({len(set(one[0])) for one in found.values()}) == 1


def test_losses_of_an_epoch_are_kept(tmp_path):
    study = bridle.Trials(tmp_path / "a", seeds=5)
    for trial in study:
        for epoch in trial.epochs(3):
            trial.log(train_loss=1 / (epoch + 1), val_loss=np.float32(epoch))
        finish(trial)
    held = study.results("dropout", 4)
    assert held["train_loss"].tolist() == [1, 1 / 2, 1 / 3]
    assert held["val_loss"].tolist() == [0, 1, 2]
    assert "penalty" not in held


def test_mean_losses_alone_are_judged_over_seeds(tmp_path):
    study = bridle.Trials(tmp_path / "a", seeds=8)
    for trial in study:
        noise = trial.rng("risk").normal() / 50
        trial.finish(risk=1 + noise - 0.4 * (trial.arm == "dropout") + len(trial.arm) / 1e3)
    assert study.judge().decision == "helps"


def test_a_loss_that_is_not_finite_is_a_failed_run(tmp_path):
    study = bridle.Trials(tmp_path / "a", seeds=5)
    for trial in study:
        if (trial.arm, trial.seed) == ("dropout", 2):
            trial.finish(risk=float("nan"))
        else:
            trial.finish(risk=1.0 + trial.seed / 10)
    assert study.judge().decision == "invalid"


def test_several_arms_are_judged_by_name(tmp_path):
    study, _ = run(tmp_path / "a", arms=("baseline", "dropout:0.2", "mine"))
    assert study.judge("mine").decision == "helps"
    assert study.judge("mine", "dropout:0.2").decision in ("no difference", "inconclusive")
    with pytest.raises(InputError, match=r"one of dropout:0\.2, mine"):
        study.judge()
    with pytest.raises(InputError, match="Received: arm='other'"):
        study.judge("other")


def test_few_seeds_are_told_before_anything_runs(tmp_path):
    with pytest.warns(BridleWarning, match="3 seeds give an interval, and no claim"):
        study, _ = run(tmp_path / "a", seeds=3)
    assert study.judge().decision == "inconclusive"


REFUSED = {
    "one arm": ({"arms": ("baseline",)}, "two distinct names"),
    "twice": ({"arms": ("a", "a")}, "two distinct names"),
    "an arm that a network does not show": ({"arms": ("baseline", "max_norm")}, "in your loop"),
    "a path": ({"arms": ("baseline", "../up")}, "names that a folder can have"),
    "a rate": ({"arms": ("baseline", "dropout:1.5")}, "1.5"),
    "no seed": ({"seeds": 0}, "from 1"),
    "seeds twice": ({"seeds": [1, 1]}, "distinct integers"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_wrong_arguments_are_refused_before_there_is_a_folder(case, tmp_path):
    given, reason = REFUSED[case]
    with pytest.raises(InputError, match=reason):
        bridle.Trials(tmp_path / "a", **given)
    assert not (tmp_path / "a").exists()


FINISHES = {
    "nothing": ({}, "Received: nothing"),
    "both": ({"losses": [1.0], "risk": 1.0}, "losses, risk"),
    "no targets": ({"predictions": [0.5, 0.5]}, "without targets"),
    "targets alone": ({"losses": [1.0], "targets": [1]}, "and targets"),
    "shapes": ({"predictions": np.zeros((3, 2)), "targets": np.zeros(4, int)}, "4 targets"),
    "logits as predictions": (
        {"predictions": np.array([[2.0, -1.0]] * 3), "targets": np.zeros(3, int)},
        "'logits'",
    ),
    "text": ({"risk": "low"}, "risk must be a number"),
}


@pytest.mark.parametrize("case", FINISHES)
def test_results_that_could_not_be_judged_are_refused_at_once(case, tmp_path):
    given, reason = FINISHES[case]
    for trial in bridle.Trials(tmp_path / "a"):
        with pytest.raises(InputError, match=reason):
            trial.finish(**given)
        break


def test_loops_that_do_not_end_a_trial_or_end_it_twice_are_told(tmp_path):
    trials = iter(bridle.Trials(tmp_path / "a"))
    next(trials).log(val_loss=1.0)
    with pytest.raises(InputError, match="must end each trial"):
        next(trials)
    for trial in bridle.Trials(tmp_path / "a"):
        with pytest.raises(InputError, match="train_loss, train_eval_loss"):
            trial.log(loss=1.0)
        with pytest.raises(InputError, match="val_loss must be a number"):
            trial.log(val_loss="low")
        finish(trial)
        with pytest.raises(InputError, match="once"):
            finish(trial)
        break


def test_folders_of_others_are_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match=r"notes\.txt"):
        bridle.Trials(tmp_path)
    run(tmp_path / "a", stop_after=2)
    with pytest.raises(InputError, match="trials of the arms"):
        bridle.Trials(tmp_path / "a", arms=("baseline", "mine"))


def test_two_programs_do_not_write_to_one_folder(tmp_path):
    for _ in bridle.Trials(tmp_path / "a"):
        with pytest.raises(InputError):
            next(iter(bridle.Trials(tmp_path / "a")))
        break


def test_a_damaged_result_is_named(tmp_path):
    study, _ = run(tmp_path / "a")
    path = tmp_path / "a" / "dropout" / "seed3.npz"
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError, match=r"seed3\.npz"):
        study.judge()


@pytest.mark.fault(66)
@pytest.mark.filterwarnings("ignore:2 seeds give an interval:bridle.errors.BridleWarning")
def test_a_full_disk_at_every_step_loses_at_most_the_trial_in_hand(tmp_path):
    whole, _ = run(tmp_path / "whole", seeds=2)
    for n in count(1):
        folder = tmp_path / str(n)
        with fault(n) as steps:
            failed = raises_no_space(lambda folder=folder: run(folder, seeds=2))
        assert failed == (steps.failed is not None)
        held = [one.name for one in folder.rglob("*") if one.is_file()]
        assert not [name for name in held if name.endswith(".tmp")]
        resumed, left = run(folder, seeds=2)
        assert everything(resumed) == everything(whole)
        assert len(left) + sum(name.endswith(".npz") for name in held) == 4
        if not failed:
            break
    # The lock; then the manifest and four trials in four steps each.
    assert len(steps.done) == 1 + 4 * 5
