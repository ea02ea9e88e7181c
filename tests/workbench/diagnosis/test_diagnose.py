"""A diagnosis says what the curve was made to do, in any unit of the loss and for runs of any length."""

from __future__ import annotations

import json

import numpy as np
import pytest

import bridle
from bridle.workbench.diagnosis.diagnose import diagnose
from bridle.workbench.diagnosis.movement import Movement, generalisation_loss
from bridle.workbench.diagnosis.watch import Watch

LENGTHS = (10, 15, 40, 100)


def fall(epochs: int) -> np.ndarray:
    return 0.3 + 0.6 * np.exp(-np.arange(epochs) / (epochs / 8))


def rising(epochs: int) -> np.ndarray:
    return fall(epochs) + 0.3 * np.clip(np.arange(epochs) / epochs - 0.4, 0, None)


def learning(epochs: int) -> np.ndarray:
    return 0.3 + 0.6 * np.exp(-np.arange(epochs) / epochs)


def come_apart(epochs: int) -> np.ndarray:
    return fall(epochs) + np.clip(np.arange(epochs) / epochs - 0.3, 0, None)


# What the validation and the training loss do, and what that is called.
CURVES = {
    "overfits": (rising, fall),
    "still learning": (learning, learning),
    "level": (fall, fall),
    "diverged": (rising, come_apart),
}


def losses(name: str, epochs: int, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    validation, train = (
        make(epochs) + 0.003 * rng.standard_normal(epochs) for make in CURVES[name]
    )
    return {"loss": train, "val_loss": validation}


@pytest.mark.parametrize("epochs", LENGTHS)
@pytest.mark.parametrize("name", CURVES)
def test_curve_gets_the_name_of_what_it_was_made_to_do(name, epochs):
    names = [diagnose(losses(name, epochs, seed)).name for seed in range(20)]
    assert names.count(name) >= 19, names


@pytest.mark.parametrize("name", CURVES)
@pytest.mark.parametrize("unit", [1e-12, 1e-3, 1e6, 1e200])
def test_unit_of_the_loss_does_not_matter(name, unit):
    curves = losses(name, 15, 0)
    plain, other = diagnose(curves), diagnose({key: unit * of for key, of in curves.items()})
    assert (other.name, other.best_epoch) == (plain.name, plain.best_epoch)
    assert other.generalisation_loss == pytest.approx(plain.generalisation_loss)


@pytest.mark.parametrize(("correlation", "most"), [(0.0, 0.05), (0.5, 0.15)])
@pytest.mark.parametrize("epochs", [5, 8, 15, 30, 100])
def test_scatter_alone_is_seldom_taken_for_a_rise(epochs, correlation, most):
    rng = np.random.default_rng(epochs)
    found = 0
    for _ in range(400):
        noise = rng.standard_normal(epochs)
        for at in range(1, epochs):
            noise[at] = correlation * noise[at - 1] + np.sqrt(1 - correlation**2) * noise[at]
        moved = Movement.of(10 + noise)
        found += moved.rise > moved.noise
    assert found <= most * 400


def test_scatter_is_that_of_the_noise():
    rng = np.random.default_rng(0)
    trend = np.linspace(3, 1, 200)
    found = [Movement.of(trend + 0.1 * rng.standard_normal(200)).scatter for _ in range(20)]
    assert np.mean(found) == pytest.approx(0.1, rel=0.1)


def test_loss_that_falls_without_scatter_is_still_learning():
    assert diagnose({"val_loss": 1 - 0.01 * np.arange(10)}).name == "still learning"


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_loss_that_is_not_finite_has_diverged_and_the_best_lies_before(bad):
    found = diagnose({"loss": [0.5, 0.4, 0.3, bad], "val_loss": [0.6, 0.5, 0.7, bad]})
    assert (found.name, found.best_epoch, found.best_loss, found.last_loss) == (
        "diverged",
        2,
        0.5,
        0.7,
    )
    assert "epoch 4" in found.headline
    json.dumps(found.to_dict(), allow_nan=False)


def test_run_that_never_was_finite_has_no_best_epoch():
    found = diagnose({"val_loss": [np.nan, np.nan]})
    assert (found.name, found.best_epoch, found.generalisation_loss) == ("diverged", None, None)
    json.dumps(found.to_dict(), allow_nan=False)


def test_three_epochs_are_too_short():
    assert diagnose({"val_loss": [0.3, 0.4, 0.5]}).name == "too short"


def test_generalisation_loss_is_prechelts():
    assert generalisation_loss(np.array([0.5, 0.4, 0.44])) == pytest.approx(10)
    assert generalisation_loss(np.array([0.5, -0.4, 0.44])) is None


def codes(found: object) -> list[str]:
    return [one.code.split()[0] for one in found.findings]


def test_training_loss_above_the_validation_loss_is_said_to_be_another_measure():
    curves = losses("level", 15, 0)
    assert codes(diagnose(curves)) == []
    assert codes(diagnose({**curves, "loss": curves["val_loss"] + 0.1})) == ["BR401"]


def test_validation_loss_that_scatters_is_noisy():
    rng = np.random.default_rng(0)
    assert (
        codes(diagnose({"loss": fall(30), "val_loss": fall(30) + 0.1 * rng.random(30) + 1})) == []
    )
    noisy = {"loss": fall(30), "val_loss": fall(30) * rng.uniform(0.7, 1.3, 30)}
    assert "BR402" in codes(diagnose(noisy))


def test_log_without_a_training_loss_is_named():
    assert codes(diagnose({"val_loss": fall(15)})) == ["BR403"]


def test_gap_alone_is_no_harm():
    found = diagnose({"loss": fall(15) - 0.2, "val_loss": fall(15)})
    assert (found.name, "a gap alone does no harm" in found.remedy) == ("level", True)


def test_watch_warns_once_and_ends_with_the_diagnosis_of_the_whole():
    curves = losses("overfits", 40, 0)
    watch = Watch("run")
    said = [
        watch.add(epoch + 1, float(train), float(validation))
        for epoch, (train, validation) in enumerate(
            zip(curves["loss"], curves["val_loss"], strict=True)
        )
    ]
    (warning,) = [one for one in said if one is not None]
    assert warning.startswith("Overfits: the validation loss was lowest at epoch")
    assert watch.diagnosis().headline == diagnose(curves).headline


def test_plot_marks_the_lowest_validation_loss():
    found = bridle.diagnose(losses("overfits", 15, 0))
    (ax,) = found.plot().axes
    (best,) = [line for line in ax.lines if line.get_label() == "best epoch"]
    assert best.get_xdata()[0] == found.best_epoch
    assert {line.get_label() for line in ax.lines} == {"validation", "training", "best epoch"}
