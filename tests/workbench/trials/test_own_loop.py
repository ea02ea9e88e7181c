"""Trials around the loops of PyTorch and Keras: networks, streams, and what a kill leaves."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from tests.workbench.trials.own_loop import EPOCHS, main
from tests.workbench.trials.test_trials import everything

import bridle
from bridle.backend import backend_available
from bridle.errors import BridleWarning, InputError

LOOP = Path(__file__).with_name("own_loop.py")

needs_torch = pytest.mark.skipif(find_spec("torch") is None, reason="needs the extra torch")
FRAMEWORKS = [
    pytest.param("torch", marks=needs_torch),
    pytest.param(
        "keras",
        marks=pytest.mark.skipif(backend_available() is not None, reason=str(backend_available())),
    ),
]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_loop_ends_the_same_whenever_it_is_run(framework, tmp_path):
    with pytest.warns(BridleWarning, match="2 seeds give an interval, and no claim"):
        one, other = (main(tmp_path / name, framework, seeds=2) for name in "ab")
    assert everything(one) == everything(other)
    assert len(one.results("baseline", 0)["val_loss"]) == 4
    assert one.judge().comparison.change is not None


@needs_torch
def test_arms_of_a_seed_start_from_the_same_weights_and_differ_in_dropout(tmp_path):
    import torch
    from torch import nn

    def build():
        return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.3), nn.Linear(8, 1))

    found = {}
    for trial in bridle.Trials(tmp_path / "a", arms=("baseline", "dropout", "dropout:0.2")):
        model = trial.network(build)
        rates = [one.rate for one in bridle.dropout_summary(model).entries]
        weights = [one.detach().numpy().copy() for one in model.parameters()]
        kept = trial.network(build, own=True)
        with trial.noise_free(model) as quiet:
            assert not quiet.training
            assert not quiet(torch.ones(1, 4)).requires_grad
        assert model.training
        found[trial.seed, trial.arm] = weights, rates, bool(bridle.dropout_summary(kept).entries)
        trial.finish(risk=1.0)
    for seed in range(5):
        arms = [found[seed, arm] for arm in ("baseline", "dropout", "dropout:0.2")]
        assert [one[1] for one in arms] == [[], [0.5], [0.2]]
        assert [one[2] for one in arms] == [False, True, True]
        assert all(map(np.array_equal, arms[0][0], arms[1][0]))
        assert all(map(np.array_equal, arms[0][0], arms[2][0]))
    assert not np.array_equal(found[0, "baseline"][0][0], found[1, "baseline"][0][0])


@needs_torch
def test_weights_of_a_generator_of_their_own_are_refused(tmp_path):
    import torch

    generator = torch.Generator().manual_seed(0)

    def build():
        module = torch.nn.Linear(2, 1)
        torch.nn.init.normal_(module.weight, generator=generator)
        return module

    trials = iter(bridle.Trials(tmp_path / "a", arms=("baseline", "mine")))
    first = next(trials)
    first.network(build)
    first.finish(risk=1.0)
    with pytest.raises(InputError, match="same weights for every arm"):
        next(trials).network(build)


def test_what_builds_no_network_is_refused(tmp_path):
    for trial in bridle.Trials(tmp_path / "a"):
        with pytest.raises(InputError, match="must be a function"):
            trial.network(3)
        with pytest.raises(InputError, match="must return a torch"):
            trial.network(lambda: 3)
        break


@pytest.mark.parametrize(
    ("framework", "kills"),
    [
        pytest.param("torch", 2, marks=needs_torch),
        *(
            pytest.param(*one.values, 20, marks=[*one.marks, pytest.mark.slow])
            for one in FRAMEWORKS
        ),
    ],
)
def test_a_loop_that_is_killed_ends_the_same(framework, kills, tmp_path):
    whole = main(tmp_path / "whole", framework)
    command = [sys.executable, str(LOOP), str(tmp_path / "a"), framework]
    env = {**os.environ, "PYTHONPATH": ":".join(one for one in sys.path if one)}
    moments = random.Random(0)
    killed = 0
    for _ in range(kills):
        with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as process:
            # Epochs that have begun, counted by the lines that say so.
            begun = sum(1 for _ in islice(process.stdout, moments.randint(1, EPOCHS + 2)))
            if process.poll() is None and begun:
                process.send_signal(signal.SIGKILL)
                killed += 1
    assert killed
    assert everything(main(tmp_path / "a", framework)) == everything(whole)
