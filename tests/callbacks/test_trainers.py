"""Trials through trainers: the same laws for Keras, Lightning, Hugging Face, skorch and Accelerate."""

from __future__ import annotations

import os
from importlib.util import find_spec

import numpy as np
import pytest
from tests.callbacks.trainers import (
    EPOCHS,
    STEPS,
    TEST,
    TRAINERS,
    build_keras,
    build_torch,
    data,
)
from tests.workbench.trials.test_trials import everything

import bridle
from bridle import callbacks
from bridle.backend import backend_available, load_keras
from bridle.dropout.schedule import Curriculum, Early, Late
from bridle.errors import InputError

PACKAGES = {"HuggingFace": ("transformers", "accelerate"), "Keras": ("keras",)}


def missing(name):
    """Return what a trainer needs and is not installed, or an empty string."""
    if name == "Keras":
        return str(backend_available() or "")
    needed = ("torch", *PACKAGES.get(name, (name.lower(),)))
    return ", ".join(one for one in needed if find_spec(one) is None)


NAMES = [
    pytest.param(
        name, marks=pytest.mark.skipif(bool(missing(name)), reason=f"needs {missing(name)}")
    )
    for name in TRAINERS
]
# Each network of Keras on JAX is compiled first.
MANY = [
    one
    if os.environ.get("KERAS_BACKEND") == "torch" or "Keras" not in one.values
    else pytest.param(*one.values, marks=[*one.marks, pytest.mark.slow])
    for one in NAMES
]
pytestmark = [
    # Trainers call what their frameworks will drop, and leave files for the collector to close.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    # Two seeds can show nothing, which is said.
    pytest.mark.filterwarnings("ignore::bridle.errors.BridleWarning"),
]


def build(name):
    return build_keras if name == "Keras" else build_torch


def logits(name, trial, model):
    X, _ = data()
    if name == "Keras":
        return model.predict(X[TEST], verbose=0)
    import torch

    with trial.noise_free(model):
        return model(torch.from_numpy(X[TEST]))


def run(folder, name, *, arms=("baseline", "dropout"), seeds=2, schedule=None):
    study = bridle.Trials(folder, arms=arms, seeds=seeds)
    for trial in study:
        model = trial.network(build(name), schedule=schedule)
        TRAINERS[name](trial, model, getattr(callbacks, f"{name}Trial")(trial))
        trial.finish(logits=logits(name, trial, model), targets=data()[1][TEST])
    return study


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    if find_spec("torch") is not None:
        import torch

        torch.set_num_threads(1)


@pytest.mark.parametrize("name", MANY)
def test_a_trainer_logs_every_epoch_and_repeats_itself(name, tmp_path):
    one, other = (run(tmp_path / folder, name, seeds=[1]) for folder in "ab")
    assert everything(one) == everything(other)
    for arm in one.arms:
        held = one.results(arm, 1)
        assert len(held["train_loss"]) == len(held["val_loss"]) == EPOCHS
        assert held["val_loss"][-1] < held["val_loss"][0]


@pytest.mark.parametrize("name", MANY)
def test_arms_that_differ_in_nothing_give_the_same(name, tmp_path):
    study = run(tmp_path / "a", name, arms=("baseline", "mine", "dropout"), schedule=Late(STEPS))
    for seed in study.seeds:
        held = [study.results(arm, seed)["logits"] for arm in study.arms]
        assert np.array_equal(held[0], held[1])
        assert np.array_equal(held[0], held[2])  # its schedule begins after the last step
    losses = {study.results("mine", seed)["train_loss"].tobytes() for seed in study.seeds}
    assert len(losses) == len(study.seeds)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("schedule", [Early(STEPS - 1), Curriculum(STEPS)], ids=["early", "rising"])
def test_a_schedule_counts_the_steps_of_a_trainer(name, schedule, tmp_path):
    trial = next(iter(bridle.Trials(tmp_path / "a", arms=("dropout", "baseline"))))
    model = trial.network(build(name), schedule=schedule)
    TRAINERS[name](trial, model, getattr(callbacks, f"{name}Trial")(trial))
    X, _ = data()
    quiet = np.asarray(logits(name, trial, model))
    if name == "Keras":
        noisy = load_keras().ops.convert_to_numpy(model(X[TEST], training=True))
    else:
        import torch

        noisy = model.train()(torch.from_numpy(X[TEST])).detach()
    assert np.allclose(quiet, np.asarray(noisy), atol=1e-6) == isinstance(schedule, Early)


@pytest.mark.parametrize("name", NAMES)
def test_a_diagnosis_reads_the_same_losses(name, tmp_path, capsys):
    trial = next(iter(bridle.Trials(tmp_path / "a")))
    model = trial.network(build(name))
    callback = getattr(callbacks, f"{name}Diagnosis")()
    TRAINERS[name](trial, model, callback)
    assert capsys.readouterr().err.rstrip().endswith(callback.diagnosis.remedy)


@pytest.mark.parametrize("name", NAMES)
def test_a_trial_that_is_over_is_not_trained(name, tmp_path):
    trial = next(iter(bridle.Trials(tmp_path / "a")))
    model = trial.network(build(name))
    trial.finish(risk=1.0)
    with pytest.raises(InputError, match="before its finish"):
        TRAINERS[name](trial, model, getattr(callbacks, f"{name}Trial")(trial))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_trial_is_refused(name):
    with pytest.raises(InputError, match="one that bridle"):
        getattr(callbacks, f"{name}Trial")("dropout")


@pytest.mark.skipif(bool(missing("HuggingFace")), reason=f"needs {missing('HuggingFace')}")
def test_a_hugging_face_training_with_a_seed_of_its_own_is_refused(tmp_path):
    from types import SimpleNamespace

    trial = next(iter(bridle.Trials(tmp_path / "a")))
    callback = callbacks.HuggingFaceTrial(trial)
    for given in (
        {"seed": 42, "data_seed": None},
        {"seed": trial.seed_of("order"), "data_seed": 1},
    ):
        with pytest.raises(InputError, match="must have seed="):
            callback.on_train_begin(SimpleNamespace(**given), None, None)


def test_a_schedule_is_for_the_dropout_that_bridle_puts_in(tmp_path):
    trial = next(iter(bridle.Trials(tmp_path / "a")))
    with pytest.raises(InputError, match="own must be False"):
        trial.network(build_torch, own=True, schedule=Early(3))
