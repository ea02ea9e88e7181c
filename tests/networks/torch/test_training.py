"""Training of PyTorch modules: each step beside one that is written out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.networks.torch.torch_networks import (  # noqa: E402
    Functional,
    chain,
    table,
    with_momentum,
)
from torch import nn  # noqa: E402

from bridle.networks.engine.batches import pass_order  # noqa: E402
from bridle.networks.engine.between_epochs import BetweenEpochs  # noqa: E402
from bridle.networks.engine.checkpoint import Checkpoints  # noqa: E402
from bridle.networks.engine.job import Job  # noqa: E402
from bridle.networks.engine.train_jobs import (  # noqa: E402
    outputs_of,
    plan_groups,
    train_jobs,
)
from bridle.networks.hidden_units import measure_effect  # noqa: E402
from bridle.networks.regime import Regime  # noqa: E402
from bridle.networks.sources import Structure  # noqa: E402
from bridle.networks.template.build_template import build_template  # noqa: E402

REGIMES = {
    "baseline": Regime(),
    "dropout": Regime(0.5),
    "penalty": Regime(l1=1e-3, l2=1e-2),
    "weight decay": Regime(weight_decay=0.5),
    "all": Regime(0.3, l1=1e-3, l2=1e-2, weight_decay=0.1, learning_rate=3e-3),
}
EPOCHS, BATCH = 3, 32


def job(regime=REGIMES["baseline"], source=chain, n_classes=2, seed=0, max_norm=None, **fields):
    X, y = table(n_classes)
    X, y = X.astype(np.float32), y.astype(np.int32 if n_classes == 3 else np.float32)
    template = fields.pop("template", None) or build_template(
        Structure(source, (6,), n_classes, max_norm=max_norm)
    )
    given = {
        "template": template,
        "regime": regime,
        "training": (X[:90], y[:90]),
        "validation": (X[90:], y[90:]),
        "epochs": EPOCHS,
        "batch_size": BATCH,
        "seed": seed,
        "name": f"{regime} {seed}",
    }
    return Job(**{**given, **fields})


def train(jobs, between=None):
    found = dict(train_jobs(jobs, plan_groups(jobs), between))
    for one in found.values():
        if isinstance(one, Exception):
            raise one
    return [found[i] for i in range(len(jobs))]


def by_hand(job, learning_rate=1e-3):
    """Train without bridle's engine: PyTorch's own modules, losses and optimiser."""
    template, regime = job.template, job.regime
    state = job.begin()
    module = template.network.train()
    template.load(state)
    weights = list(module.parameters())
    kernels = [one for one in weights if one.ndim > 1]
    rate = regime.learning_rate or learning_rate
    optimizer = torch.optim.Adam(weights, lr=rate)
    (X, y), (Xv, yv) = (
        (torch.tensor(X), torch.tensor(y)) for X, y in (job.training, job.validation)
    )
    loss_of = {
        "binary": lambda z, y: nn.functional.binary_cross_entropy_with_logits(z[:, 0], y),
        "multiclass": lambda z, y: nn.functional.cross_entropy(z, y.long()),
        "regression": lambda z, y: nn.functional.mse_loss(z[:, 0], y),
        "count": lambda z, y: (
            2 * (nn.functional.poisson_nll_loss(z[:, 0], y) + (torch.xlogy(y, y) - y).mean())
        ),
    }[template.kind]

    def penalty():
        return sum(regime.l1 * one.abs().sum() + regime.l2 / 2 * (one**2).sum() for one in kernels)

    curves = []
    for epoch in range(job.epochs):
        module.train()
        total = 0.0
        order = pass_order(job, epoch)
        for first in range(0, len(order), job.batch_size):
            rows = order[first : first + job.batch_size]
            loss = loss_of(module(X[rows]), y[rows]) + penalty()
            optimizer.zero_grad()
            loss.backward()
            with torch.no_grad():
                for one in kernels:
                    one -= rate * regime.weight_decay * one
            optimizer.step()
            if template.max_norm is not None:
                with torch.no_grad():
                    for one in kernels:
                        one *= one.norm(dim=1, keepdim=True).clamp(max=template.max_norm) / (
                            1e-7 + one.norm(dim=1, keepdim=True)
                        )
            total += float(loss.detach()) * len(rows)
        module.train(mode=False)
        with torch.no_grad():
            curves.append(
                (
                    total / len(order),
                    float(loss_of(module(X), y)),
                    float(loss_of(module(Xv), yv)),
                    float(penalty()),
                )
            )
    return np.array(curves).T


def curves_of(outcome):
    return np.array(
        [
            outcome.curves.train_loss,
            outcome.curves.train_eval_loss,
            outcome.curves.val_loss,
            outcome.curves.penalty,
        ]
    )


@pytest.mark.parametrize("n_classes", [2, 3, None])
@pytest.mark.parametrize("regime", REGIMES.values(), ids=REGIMES)
def test_a_run_equals_one_that_is_written_out(regime, n_classes):
    one = job(regime, n_classes=n_classes, seed=4)
    (outcome,) = train([one])
    np.testing.assert_allclose(curves_of(outcome), by_hand(one), rtol=2e-5, atol=1e-6)


def test_norms_are_limited_after_each_step():
    one = job(max_norm=0.4)
    (outcome,) = train([one])
    np.testing.assert_allclose(curves_of(outcome), by_hand(one), rtol=2e-5, atol=1e-6)
    for value in outcome.state.trainable:
        if value.ndim > 1:
            assert np.linalg.norm(value, axis=1).max() <= 0.4 + 1e-6


def test_rates_of_0_are_no_dropout_bit_for_bit_and_seeds_differ():
    plain, zero = train([job(seed=1), job(Regime(0.0, patience=9), seed=1)])
    assert all(map(np.array_equal, plain.state.trainable, zero.state.trainable))
    (other,) = train([job(seed=2)])
    assert not np.array_equal(plain.state.trainable[0], other.state.trainable[0])


def test_a_run_depends_on_no_other_and_repeats_itself():
    jobs = [job(one, seed=seed) for one in REGIMES.values() for seed in (0, 1)]
    template = jobs[0].template
    jobs = [replace(one, template=template) for one in jobs]
    together = train(jobs)
    for one, outcome in zip(jobs, together, strict=True):
        (alone,) = train([one])
        np.testing.assert_allclose(
            curves_of(alone), curves_of(outcome), rtol=2e-5, atol=1e-6, err_msg=one.name
        )


@pytest.mark.parametrize("source", [chain, with_momentum, Functional])
@pytest.mark.parametrize("stops", [1, 2])
def test_an_interrupted_run_goes_on_bit_for_bit(source, stops, tmp_path):
    one = job(REGIMES["all"] if source is chain else Regime(0.4), source=source, epochs=4)
    (whole,) = train([one])
    kept = BetweenEpochs(checkpoints=Checkpoints(tmp_path, "plan"))

    def stop(job, seen=[]):  # noqa: B006
        seen.append(job)
        if len(seen) == stops:
            kept.stopped.set()

    first = BetweenEpochs(stop, kept.checkpoints, kept.stopped)
    (interrupted,) = (outcome for _, outcome in train_jobs([one], [[0]], first))
    assert isinstance(interrupted, InterruptedError)
    # The end of a group deletes its checkpoint, so what was saved is taken from a copy.
    again = BetweenEpochs(checkpoints=Checkpoints(tmp_path, "plan"))
    (resumed,) = train([one], again)
    assert curves_of(resumed).tolist() == curves_of(whole).tolist()
    assert all(map(np.array_equal, whole.state.trainable, resumed.state.trainable))


def test_early_stopping_takes_the_best_weights():
    one = job(Regime(patience=1, learning_rate=0.3), epochs=12)
    (outcome,) = train([one])
    assert outcome.epochs < 12
    best = int(np.argmin(outcome.curves.val_loss)) + 1
    assert outcome.best_epoch == best
    assert all(map(np.array_equal, outcome.state.trainable, outcome.best_state.trainable))


@pytest.mark.parametrize("where", ["output", "features"])
def test_a_divergence_says_where_it_began_and_keeps_the_last_finite_weights(where):
    one = job(Regime(learning_rate=1e37))
    if where == "features":
        X, y = one.training
        X = X.copy()
        X[pass_order(one, 1)[-1]] = np.inf
        X[:, 0] = one.training[0][:, 0]
        one = replace(one, regime=Regime(), training=(X, y))
    (outcome,) = train([one])
    assert outcome.diverged is not None
    assert "not finite" in str(outcome.diverged)
    assert all(np.isfinite(value).all() for value in outcome.state.trainable)


def test_effects_on_hidden_units_are_those_of_the_activations():
    one = job(Regime(0.5), n_classes=3)
    (outcome,) = train([one])
    effect = measure_effect(one.template, outcome.state, one.training[0], one.validation, 0)
    assert 0 <= effect["coadaptation"] <= 1
    assert effect["loss_without"]["0"] == pytest.approx(outcome.curves.val_loss[-1], rel=1e-5)
    assert effect["loss_without"]["0.9"] != effect["loss_without"]["0"]
    again = measure_effect(one.template, outcome.state, one.training[0], one.validation, 0)
    assert again == effect


def test_outputs_of_a_row_depend_on_no_other():
    one = job(source=Functional)
    (outcome,) = train([one])
    X = one.training[0]
    whole = outputs_of(one.template, outcome.state, X)
    assert np.array_equal(whole[:7], outputs_of(one.template, outcome.state, X[:7]))
