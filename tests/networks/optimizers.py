"""Every optimiser of Keras, and every option that they share, for tests."""

from __future__ import annotations

from bridle.backend import load_keras

keras = load_keras()
kinds = keras.optimizers


def loss_scale(**options):
    # Near the end of float32: the first steps are skipped until it is halved often enough.
    inner = kinds.Adam(0.05, **options)
    return kinds.LossScaleOptimizer(inner, initial_scale=2.0**127, dynamic_growth_steps=2)


def several(**options):
    pairs = {".*kernel": kinds.SGD(0.05, momentum=0.9, **options)}
    return kinds.MultiOptimizer(kinds.OptimizerMap(kinds.Adam(0.05, **options), pairs))


OPTIMIZERS = {
    "Adadelta": lambda **options: kinds.Adadelta(1.0, **options),
    "Adafactor": lambda **options: kinds.Adafactor(0.05, **options),
    "Adagrad": lambda **options: kinds.Adagrad(0.1, **options),
    "Adam": lambda **options: kinds.Adam(0.05, **options),
    "AdamW": lambda **options: kinds.AdamW(0.05, **{"weight_decay": 0.1, **options}),
    "Adamax": lambda **options: kinds.Adamax(0.05, **options),
    "Ftrl": lambda **options: kinds.Ftrl(0.1, **options),
    "Lamb": lambda **options: kinds.Lamb(0.05, **options),
    "Lion": lambda **options: kinds.Lion(0.01, **options),
    "LossScaleOptimizer": loss_scale,
    "MultiOptimizer": several,
    "Muon": lambda **options: kinds.Muon(0.05, **options),
    "Nadam": lambda **options: kinds.Nadam(0.05, **options),
    "RMSprop": lambda **options: kinds.RMSprop(0.02, **options),
    "SGD": lambda **options: kinds.SGD(0.05, momentum=0.9, nesterov=True, **options),
    "ScheduleFreeAdamW": lambda **options: kinds.ScheduleFreeAdamW(0.05, **options),
}

OPTIONS = {
    "none": {},
    "clipnorm": {"clipnorm": 0.1},
    "clipvalue": {"clipvalue": 0.05},
    "global_clipnorm": {"global_clipnorm": 0.1},
    "gradient_accumulation_steps": {"gradient_accumulation_steps": 2},
    "loss_scale_factor": {"loss_scale_factor": 1024.0},
    "use_ema": {"use_ema": True, "ema_momentum": 0.5},
    "ema_overwrite_frequency": {"use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 2},
    "weight_decay": {"weight_decay": 0.5},
}

NOT_CROSSED = {("LossScaleOptimizer", "loss_scale_factor"), ("MultiOptimizer", "loss_scale_factor")}
"""The wrapper takes the option away: it scales itself."""
