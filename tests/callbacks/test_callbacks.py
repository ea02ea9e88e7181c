"""Callbacks say while training runs what `diagnose` says of its log afterwards."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from bridle.backend import backend_available, load_keras
from bridle.callbacks.reporter import Reporter
from bridle.workbench.diagnosis.diagnose import diagnose

VALIDATION = [0.9, 0.7, 0.5, 0.45, 0.46, 0.5, 0.55, 0.62, 0.7, 0.79]
TRAIN = [1.0, 0.8, 0.6, 0.5, 0.4, 0.35, 0.3, 0.26, 0.23, 0.2]


def assert_said(error: str, diagnosis: object) -> None:
    assert diagnosis.headline == diagnose({"loss": TRAIN, "val_loss": VALIDATION}).headline
    # Once when it began, once at the end.
    assert error.count("bridle: Overfits") == 2
    assert error.rstrip().endswith(diagnosis.remedy)


@pytest.fixture
def stand_in(monkeypatch):
    """Put a framework's module in place that holds nothing but the base class of its callbacks."""

    def put(framework: str, base: str, ours: str) -> ModuleType:
        for name in [framework, framework.partition(".")[0]]:
            module = ModuleType(name)
            setattr(module, base, type(base, (), {}))
            monkeypatch.setitem(sys.modules, name, module)
        monkeypatch.delitem(sys.modules, ours, raising=False)
        return import_module(ours)

    return put


def test_reporter_without_validation_says_what_is_missing(capsys):
    reporter = Reporter()
    reporter.begin()
    reporter.end()
    assert "Train with validation data" in capsys.readouterr().err


@pytest.mark.skipif(backend_available() is not None, reason=str(backend_available()))
def test_keras_callback_follows_fit(capsys):
    from bridle.callbacks import KerasDiagnosis

    keras = load_keras()

    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((40, 5)), rng.standard_normal((40, 1))
    network = keras.Sequential(
        [keras.Input((5,)), keras.layers.Dense(64, "relu"), keras.layers.Dense(1)]
    )
    network.compile(keras.optimizers.Adam(0.05), "mse")
    callback = KerasDiagnosis()
    history = network.fit(X, y, epochs=12, validation_split=0.25, verbose=0, callbacks=[callback])
    after = diagnose(history)
    assert str(callback.diagnosis) == str(after)
    assert capsys.readouterr().err.rstrip().endswith(f"{after.headline} {after.remedy}")


def test_hugging_face_callback_pairs_each_evaluation_with_the_losses_before_it(stand_in, capsys):
    module = stand_in("transformers", "TrainerCallback", "bridle.callbacks.hugging_face")
    callback = module.HuggingFaceDiagnosis()
    callback.on_train_begin(None, None, None)
    for epoch, (train, validation) in enumerate(zip(TRAIN, VALIDATION, strict=True), start=1):
        state = SimpleNamespace(epoch=float(epoch))
        for drift in (0.05, -0.05):
            callback.on_log(None, state, None, logs={"loss": train + drift}, model=None)
        callback.on_log(None, state, None, logs={"eval_loss": validation}, model=None)
    callback.on_train_end(None, state, None)
    assert_said(capsys.readouterr().err, callback.diagnosis)


@pytest.mark.parametrize("package", ["lightning.pytorch", "pytorch_lightning"])
def test_lightning_callback_reads_what_the_module_logged(package, stand_in, capsys, monkeypatch):
    if package == "pytorch_lightning":
        monkeypatch.setitem(sys.modules, "lightning.pytorch", None)
    module = stand_in(package, "Callback", "bridle.callbacks.lightning")
    callback = module.LightningDiagnosis()
    trainer = SimpleNamespace(current_epoch=0, callback_metrics={})
    callback.on_fit_start(trainer, None)
    for epoch, (train, validation) in enumerate(zip(TRAIN, VALIDATION, strict=True)):
        trainer.current_epoch = epoch
        trainer.callback_metrics = {
            "train_loss": np.float32(train),
            "val_loss": validation,
            "acc": 0.5,
        }
        callback.on_train_epoch_end(trainer, None)
    callback.on_fit_end(trainer, None)
    assert_said(capsys.readouterr().err, callback.diagnosis)
