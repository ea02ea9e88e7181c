"""What happens between epochs: a training that is cut off goes on, rates follow their schedule."""

from __future__ import annotations

import os

import numpy as np
import pytest
from tests.networks.engine.small_jobs import (
    N,
    alone,
    assert_close,
    assert_same_bits,
    job,
    needs_backend,
    only_on_jax,
    rows,
)

from bridle.backend import backend_available, load_keras
from bridle.dropout.schedule import Curriculum, Linear
from bridle.errors import InputError

pytestmark = needs_backend
if backend_available() is None:
    from bridle.networks.engine import by_fit, checkpoint
    from bridle.networks.engine.between_epochs import BetweenEpochs
    from bridle.networks.engine.checkpoint import CheckpointError, Checkpoints
    from bridle.networks.engine.train_jobs import train_jobs
    from bridle.networks.regime import Regime
    from bridle.networks.sources import Structure
    from bridle.networks.template.build_template import build_template

EPOCHS = 6


def named(**fields):
    return [
        job("dropout", name="dropout", epochs=EPOCHS, **fields),
        job(Regime(patience=1), name="early", epochs=EPOCHS, **fields),
    ]


@pytest.fixture
def always(monkeypatch):
    monkeypatch.setattr(checkpoint, "_SECONDS_BETWEEN_WRITES", 0.0)


class CutOffError(BaseException):
    """In the place of a kill."""


def cut_off(jobs, groups, folder, after):
    """Train until the first job has ended so many epochs."""
    ended = []

    def advance(job):
        ended.append(job.name)
        if ended.count(jobs[0].name) > after:
            raise CutOffError

    with pytest.raises(CutOffError):
        list(train_jobs(jobs, groups, BetweenEpochs(advance, Checkpoints(folder, "plan"))))
    return ended


@pytest.mark.fault(65)
@pytest.mark.parametrize("groups", [[[0], [1]], pytest.param([[0, 1]], marks=only_on_jax)])
@pytest.mark.parametrize("after", [0, 1, 4])
@pytest.mark.usefixtures("always")
def test_training_that_is_cut_off_goes_on_to_the_same_bits(tmp_path, groups, after):
    jobs = named()
    whole = dict(train_jobs(jobs, groups))
    cut_off(jobs, groups, tmp_path, after)
    visited = []
    between = BetweenEpochs(lambda one: visited.append(one.name), Checkpoints(tmp_path, "plan"))
    resumed = dict(train_jobs(jobs, groups, between))
    for i in range(2):
        assert_same_bits(resumed[i], whole[i])
        assert resumed[i].best_epoch == whole[i].best_epoch
        assert visited.count(jobs[i].name) == whole[i].epochs
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("always")
def test_checkpoint_saves_the_epochs_before_it(tmp_path):
    (one,) = alone(named()[0])
    cut_off(named()[:1], [[0]], tmp_path, after=4)
    (path,) = tmp_path.iterdir()
    with np.load(path) as held:
        assert int(held["epochs"]) == 4
        assert tuple(held["0 curves"][:, 2]) == one.curves.val_loss[:4]


@pytest.mark.fault(67)
@pytest.mark.usefixtures("always")
def test_checkpoint_of_another_study_is_left_alone(tmp_path):
    cut_off(named()[:1], [[0]], tmp_path, after=2)
    visited = []
    other = BetweenEpochs(visited.append, Checkpoints(tmp_path, "other plan"))
    (outcome,) = dict(train_jobs(named()[:1], [[0]], other)).values()
    assert len(visited) == outcome.epochs == EPOCHS
    assert len(list(tmp_path.iterdir())) == 1


def rewritten(path, change):
    with np.load(path) as held:
        arrays = dict(held)
    change(arrays)
    np.savez(path, **arrays)


def lower_a_loss(arrays):
    arrays["0 curves"][0, 2] -= 0.01


DAMAGES = {
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-40]),
    "emptied": lambda path: path.write_bytes(b""),
    "no archive": lambda path: path.write_bytes(b"PK" + bytes(1000)),
    "a loss was lowered": lambda path: rewritten(path, lower_a_loss),
    "an array is missing": lambda path: rewritten(path, lambda one: one.pop("0 curves")),
    "no checksum": lambda path: rewritten(path, lambda one: one.pop("checksum")),
}


@pytest.mark.fault(80)
@pytest.mark.usefixtures("always")
def test_damaged_checkpoint_is_named_and_not_taken_up(tmp_path):
    cut_off(named()[:1], [[0]], tmp_path, after=2)
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    for damage in DAMAGES.values():
        path.write_bytes(whole)
        damage(path)
        between = BetweenEpochs(checkpoints=Checkpoints(tmp_path, "plan"))
        with pytest.raises(CheckpointError, match=f"{path.name}.*Delete it, and") as caught:
            list(train_jobs(named()[:1], [[0]], between))
        assert caught.value.filename == str(path)
        assert list(tmp_path.iterdir()) == [path]


@pytest.mark.fault(66)
@pytest.mark.usefixtures("always")
def test_full_disk_ends_the_training_and_leaves_the_checkpoint_as_it_was(tmp_path, monkeypatch):
    cut_off(named()[:1], [[0]], tmp_path, after=2)
    (path,) = tmp_path.iterdir()
    before = path.read_bytes()

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    between = BetweenEpochs(checkpoints=Checkpoints(tmp_path, "plan"))
    with pytest.raises(CheckpointError, match="No space"):
        list(train_jobs(named()[:1], [[0]], between))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_short_training_leaves_no_file(tmp_path):
    assert cut_off(named()[:1], [[0]], tmp_path, after=3) == ["dropout"] * 4
    assert list(tmp_path.iterdir()) == []


# --- Schedules


def test_rate_follows_the_share_of_the_training():
    regime = Regime(rate=0.5, schedule=Linear(steps=1))
    assert [regime.rate_at(epoch, 5) for epoch in range(5)] == pytest.approx(
        [0, 0.1, 0.2, 0.3, 0.4]
    )
    late = Regime(rate=0.5, schedule=Curriculum(steps=1))
    assert late.rate_at(0, 15) == 0
    assert 0.499 < late.rate_at(14, 15) < 0.5
    assert Regime(rate=0.5).rate_at(3, 5) == 0.5


def test_first_epoch_of_a_growing_rate_is_without_noise_and_the_last_is_not():
    growing = Regime(rate=0.5, schedule=Linear(steps=1))
    plain, scheduled, noisy = alone(job(epochs=3), job(growing, epochs=3), job("dropout", epochs=3))
    assert scheduled.curves.train_loss[0] == plain.curves.train_loss[0]
    assert scheduled.curves.train_loss[1] != plain.curves.train_loss[1]
    assert scheduled.curves.train_loss[0] != noisy.curves.train_loss[0]


def own_template():
    keras = load_keras()

    def build(n_features, n_outputs):
        network = keras.Sequential([keras.Input((n_features,)), keras.layers.Dense(n_outputs)])
        speed = keras.optimizers.schedules.CosineDecay(0.1, 9)
        network.compile(keras.optimizers.SGD(speed), "mse")
        return network

    return build_template(Structure(build, (3,), None))


@only_on_jax
@pytest.mark.slow
def test_schedules_of_rate_and_learning_rate_are_those_of_fit():
    own = job(Regime(weight_decay=0.5), n_classes=None, template=own_template())
    growing = job(Regime(rate=0.5, schedule=Linear(steps=1)))
    for one, fast in zip((own, growing), alone(own, growing), strict=True):
        assert_close(fast, by_fit.train_by_fit(one, BetweenEpochs()), rtol=1e-5, atol=1e-6)
    X, y = rows(None, N, 0)
    steady = job(n_classes=None, template=own_template(), training=(X, y))
    assert alone(steady)[0].curves != alone(own)[0].curves


def test_learning_rate_beside_a_schedule_is_refused():
    made = own_template()
    assert made.has_own_speed
    (found,) = dict(
        train_jobs([job(Regime(learning_rate=0.1), n_classes=None, template=made)], [[0]])
    ).values()
    assert isinstance(found, InputError)
    assert "learning_rate=0.1" in str(found)
