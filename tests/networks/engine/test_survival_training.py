"""Training on the Cox loss: a network without hidden layers becomes Cox's model."""

from __future__ import annotations

import numpy as np
import pytest
from tests.networks.engine.small_jobs import (
    RECIPE,
    REGIMES,
    alone,
    assert_close,
    job,
    needs_backend,
    only_on_jax,
    train,
)
from tests.networks.survival_rows import double_loop, survival_rows

from bridle import CoxElasticNet
from bridle.backend import backend_available
from bridle.errors import InputError

pytestmark = needs_backend
if backend_available() is None:
    from bridle.networks.engine import by_fit
    from bridle.networks.engine.between_epochs import BetweenEpochs
    from bridle.networks.engine.train_jobs import outputs_of
    from bridle.networks.recipe import Recipe
    from bridle.networks.regime import Regime
    from bridle.networks.sources import Structure
    from bridle.networks.template.networks import Networks
    from bridle.workbench.arm.network_arms.mixup import PairsOfRows

ROWS = {"training": survival_rows(40, 0), "validation": survival_rows(30, 1)}


def survival_template(**recipe):
    structure = Structure(Recipe(**{**RECIPE, **recipe}), (3,), None, numbers="survival")
    return Networks().template(structure)


def survival_job(regime="baseline", template=None, **fields):
    return job(regime, template=template or survival_template(), **ROWS, **fields)


def quick_first(quick):
    slow = pytest.mark.slow
    return [pytest.param(name, marks=() if name == quick else slow) for name in REGIMES]


def test_linear_network_on_all_rows_at_once_becomes_coxs_model():
    template = survival_template(hidden=(), learning_rate=0.05)
    (outcome,) = alone(survival_job(template=template, epochs=300, batch_size=40))
    X, y = ROWS["training"]
    cox = CoxElasticNet(0.0, tol=1e-12).fit(X.astype(float), y)
    (kernel,) = outcome.state.trainable  # no bias, which the loss does not see
    np.testing.assert_allclose(kernel[:, 0], cox.coef_, atol=2e-3)
    expected = double_loop(y, cox.predict(X.astype(float)))
    assert outcome.curves.train_eval_loss[-1] == pytest.approx(expected, abs=1e-5)
    assert outcome.curves.train_loss[-1] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("regime", quick_first("all"))
def test_curves_are_of_whole_parts_and_batches_of_their_own_rows(regime):
    one = survival_job(regime, seed=1)
    (outcome,) = alone(one)
    for rows, curve in (
        (one.training, outcome.curves.train_eval_loss),
        (one.validation, outcome.curves.val_loss),
    ):
        z = outputs_of(one.template, outcome.state, rows[0])[:, 0]
        assert curve[-1] == pytest.approx(double_loop(rows[1], z), abs=1e-5)
    assert outcome.curves.train_loss[-1] != outcome.curves.train_eval_loss[-1]


@only_on_jax
@pytest.mark.parametrize("regime", quick_first("dropout"))
def test_compiled_epochs_are_those_of_fit(regime):
    one = survival_job(regime, seed=1)
    slow = by_fit.train_by_fit(one, BetweenEpochs())
    assert_close(alone(one)[0], slow, rtol=1e-5, atol=1e-5)


@only_on_jax
@pytest.mark.slow
def test_runs_in_a_group_are_the_runs_alone():
    template = survival_template()
    jobs = [survival_job(name, template, seed=seed) for seed in (0, 1) for name in REGIMES]
    together = train(jobs)
    assert {one.group for one in together} == {len(jobs)}
    for one, other in zip(together, alone(*jobs), strict=True):
        assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_times_cannot_be_mixed():
    with pytest.raises(InputError, match="survival times, which cannot be mixed"):
        survival_job(Regime(augmentation=PairsOfRows(0.2))).begin()
