"""Runs side by side: each as if it were alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.networks.torch.test_training import REGIMES, curves_of, job  # noqa: E402
from tests.networks.torch.torch_networks import Functional, chain, with_momentum  # noqa: E402
from torch import nn  # noqa: E402

from bridle.networks.engine.between_epochs import BetweenEpochs  # noqa: E402
from bridle.networks.engine.checkpoint import Checkpoints  # noqa: E402
from bridle.networks.engine.torch.chain_runner import ChainRunner  # noqa: E402
from bridle.networks.engine.torch.module_runner import ModuleRunner  # noqa: E402
from bridle.networks.engine.torch.train_group import train_group  # noqa: E402
from bridle.networks.engine.train_jobs import plan_groups, train_jobs  # noqa: E402
from bridle.networks.regime import Regime  # noqa: E402


def wide(n_features, n_outputs):
    return nn.Sequential(nn.Linear(n_features, 6000), nn.ReLU(), nn.Linear(6000, n_outputs))


def without_bias(n_features, n_outputs):
    return nn.Sequential(
        nn.Flatten(),
        nn.Sequential(nn.Linear(n_features, 9, bias=False), nn.GELU()),
        nn.Linear(9, n_outputs),
    )


def twice(n_features, n_outputs):
    layer = nn.Linear(n_features, n_features)
    return nn.Sequential(layer, nn.ReLU(), layer, nn.ReLU(), nn.Linear(n_features, n_outputs))


def group_of(source=chain, n_classes=2, **fields):
    regimes = [one for one in REGIMES.values() if one.learning_rate is None]
    regimes += [Regime(0.4, patience=1)]
    first = job(source=source, n_classes=n_classes, **fields)
    return [replace(first, regime=one, seed=seed) for one in regimes for seed in (0, 3)]


@pytest.mark.parametrize(
    ("source", "n_classes", "max_norm"),
    [(chain, 2, None), (with_momentum, 3, 0.4), (without_bias, None, None)],
)
def test_each_run_is_what_it_is_alone(source, n_classes, max_norm):
    group = group_of(source, n_classes, max_norm=max_norm, epochs=4)
    assert plan_groups(group) == [list(range(len(group)))]
    together = train_group(group, ChainRunner, BetweenEpochs())
    for one, outcome in zip(group, together, strict=True):
        (alone,) = train_group([one], ModuleRunner, BetweenEpochs())
        np.testing.assert_allclose(curves_of(outcome), curves_of(alone), rtol=1e-4, atol=1e-6)
        assert outcome.best_epoch == alone.best_epoch
        for part in ("trainable", "non_trainable"):
            pairs = zip(getattr(outcome.state, part), getattr(alone.state, part), strict=True)
            assert all(np.allclose(a, b, rtol=1e-3, atol=1e-5) for a, b in pairs)
        assert outcome.group == len(group)


def test_a_run_in_a_group_repeats_itself_bit_for_bit_whoever_is_beside_it():
    group = group_of()
    whole = train_group(group, ChainRunner, BetweenEpochs())
    other = train_group(group[:4], ChainRunner, BetweenEpochs())
    for one, again in zip(whole, other, strict=False):
        np.testing.assert_allclose(curves_of(one), curves_of(again), rtol=1e-5, atol=1e-7)
    assert [curves_of(one).tolist() for one in whole] == [
        curves_of(one).tolist() for one in train_group(group, ChainRunner, BetweenEpochs())
    ]


def test_what_is_no_chain_or_large_or_of_another_speed_stays_alone():
    for source in (Functional, wide, twice):
        first = job(source=source, batch_size=90)
        assert plan_groups([first, replace(first, seed=1)]) == [[0], [1]]
    first = job()
    speedy = replace(first, regime=Regime(learning_rate=0.1))
    assert plan_groups([first, speedy, replace(first, seed=1)]) == [[0, 2], [1]]


def test_a_group_that_is_interrupted_goes_on_bit_for_bit(tmp_path):
    group = group_of(epochs=4)[:6]
    group = [replace(one, name=f"{i}") for i, one in enumerate(group)]
    whole = train_group(group, ChainRunner, BetweenEpochs())
    held = Checkpoints(tmp_path, "plan")
    between = BetweenEpochs(checkpoints=held)
    seen = []

    def stop(job):
        seen.append(job)
        if len(seen) == 2 * len(group):
            between.stopped.set()

    first = BetweenEpochs(stop, held, between.stopped)
    with pytest.raises(InterruptedError):
        train_group(group, ChainRunner, first)
    assert list(tmp_path.iterdir())
    resumed = train_group(
        group, ChainRunner, BetweenEpochs(checkpoints=Checkpoints(tmp_path, "plan"))
    )
    for one, again in zip(whole, resumed, strict=True):
        assert curves_of(one).tolist() == curves_of(again).tolist()


def test_a_run_that_diverges_leaves_its_neighbours_alone():
    group = group_of()[:4]
    X, y = group[1].training
    group[1] = replace(group[1], training=(np.where(X > 2, np.float32(np.inf), X), y))
    outcomes = dict(train_jobs(group, plan_groups(group)))
    assert outcomes[1].diverged is not None
    assert "not finite" in str(outcomes[1].diverged)
    assert all(outcomes[i].diverged is None for i in (0, 2, 3))
