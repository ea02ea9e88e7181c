"""Every optimiser of Keras, the options that they share and their own, and schedules, for tests."""

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

_BETAS = {"beta_1": 0.5, "beta_2": 0.5, "epsilon": 0.1}

OWN = {
    "Adadelta": {"rho": 0.5, "epsilon": 1e-2},
    "Adafactor": {
        "beta_2_decay": -0.5,
        "clip_threshold": 0.1,
        "epsilon_1": 1e-3,
        "epsilon_2": 0.5,
        "relative_step": False,
    },
    "Adagrad": {"epsilon": 0.1, "initial_accumulator_value": 1.0},
    "Adam": {**_BETAS, "amsgrad": True},
    "AdamW": {**_BETAS, "amsgrad": True},
    "Adamax": _BETAS,
    "Ftrl": {
        "beta": 0.1,
        "initial_accumulator_value": 1.0,
        "l1_regularization_strength": 0.01,
        "l2_regularization_strength": 0.01,
        "l2_shrinkage_regularization_strength": 0.01,
        "learning_rate_power": -0.3,
    },
    "Lamb": _BETAS,
    "Lion": {"beta_1": 0.5, "beta_2": 0.5},
    "LossScaleOptimizer": {
        "inner_optimizer": None,
        "initial_scale": None,
        "dynamic_growth_steps": None,
    },
    "MultiOptimizer": {"optimizer_map": None},
    "Muon": {
        "adam_beta_1": 0.5,
        "adam_beta_2": 0.5,
        "adam_lr_ratio": 0.5,
        "adam_weight_decay": 0.5,
        "epsilon": 0.1,
        "exclude_embeddings": False,
        "exclude_layers": ["dense"],
        "momentum": 0.5,
        "muon_a": 3.0,
        "muon_b": -4.5,
        "muon_c": 2.0,
        "nesterov": False,
        "ns_steps": 3,
        "rms_rate": 0.5,
    },
    "Nadam": _BETAS,
    "RMSprop": {"centered": True, "epsilon": 0.1, "momentum": 0.5, "rho": 0.5},
    "SGD": {"momentum": 0.5, "nesterov": False},
    "ScheduleFreeAdamW": {**_BETAS, "warmup_steps": 3},
}
"""Options that an optimiser has of its own, with another value; None if `OPTIMIZERS` has it."""

SCHEDULES = {
    "CosineDecay": lambda: kinds.schedules.CosineDecay(0.05, 9),
    "CosineDecayRestarts": lambda: kinds.schedules.CosineDecayRestarts(0.05, 3),
    "ExponentialDecay": lambda: kinds.schedules.ExponentialDecay(0.05, 2, 0.5),
    "InverseTimeDecay": lambda: kinds.schedules.InverseTimeDecay(0.05, 2, 0.5),
    "PiecewiseConstantDecay": lambda: kinds.schedules.PiecewiseConstantDecay(
        [2, 4], [0.1, 0.05, 0.01]
    ),
    "PolynomialDecay": lambda: kinds.schedules.PolynomialDecay(0.05, 6),
}

NOT_CROSSED = {("LossScaleOptimizer", "loss_scale_factor"), ("MultiOptimizer", "loss_scale_factor")}
"""The wrapper takes the option away: it scales itself."""
