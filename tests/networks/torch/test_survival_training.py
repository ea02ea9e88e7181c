"""PyTorch modules on the Cox loss: a double loop judges it, and Cox's model is reached."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.networks.survival_rows import double_loop, slope, survival_rows  # noqa: E402
from tests.networks.torch.test_side_by_side import group_of  # noqa: E402
from tests.networks.torch.test_training import curves_of, job, train  # noqa: E402
from torch import nn  # noqa: E402

from bridle import CoxElasticNet  # noqa: E402
from bridle.networks.engine.between_epochs import BetweenEpochs  # noqa: E402
from bridle.networks.engine.torch.chain_runner import ChainRunner  # noqa: E402
from bridle.networks.engine.torch.cox_terms import cox_terms  # noqa: E402
from bridle.networks.engine.torch.module_runner import ModuleRunner  # noqa: E402
from bridle.networks.engine.torch.train_group import train_group  # noqa: E402
from bridle.networks.partial_likelihood import ranked_times  # noqa: E402
from bridle.networks.regime import Regime  # noqa: E402
from bridle.networks.sources import Structure  # noqa: E402
from bridle.networks.template.build_template import build_template  # noqa: E402


def chain(n_features, n_outputs):
    return nn.Sequential(
        nn.Linear(n_features, 8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, n_outputs)
    )


def linear(n_features, n_outputs):
    module = nn.Linear(n_features, n_outputs)
    return module, torch.optim.Adam(module.parameters(), lr=0.05)


def survival_fields(template):
    return {
        "template": template,
        "training": survival_rows(70, 0),
        "validation": survival_rows(30, 1),
    }


def of_chain():
    return build_template(Structure(chain, (3,), None, numbers="survival"))


@pytest.mark.parametrize("n", [1, 2, 40])
def test_terms_and_gradients_are_those_of_the_double_loop(n):
    _, y = survival_rows(n)
    z = 2 * np.random.default_rng(1).normal(size=n)
    outputs = torch.tensor(z, requires_grad=True)
    terms = cox_terms(torch.from_numpy(ranked_times(y)), outputs)
    terms.mean().backward()
    assert float(terms.mean().detach()) == pytest.approx(double_loop(y, z), abs=1e-6)
    expected = slope(lambda z: double_loop(y, z), z)
    np.testing.assert_allclose(outputs.grad.numpy(), expected, atol=1e-6)
    far = cox_terms(torch.from_numpy(ranked_times(y)), torch.linspace(-300, 300, n))
    assert torch.isfinite(far).all()


def test_batches_side_by_side_are_apart():
    _, y = survival_rows(30)
    z = torch.randn(3, 30)
    targets = torch.from_numpy(np.stack([ranked_times(y[order]) for order in orders(30)]))
    together = cox_terms(targets, z)
    for one, target, outputs in zip(together, targets, z, strict=True):
        torch.testing.assert_close(one, cox_terms(target, outputs))


def orders(n):
    return [np.random.default_rng(seed).permutation(n) for seed in range(3)]


def test_linear_module_on_all_rows_at_once_becomes_coxs_model():
    fields = survival_fields(build_template(Structure(linear, (3,), None, numbers="survival")))
    (outcome,) = train([job(**fields, epochs=300, batch_size=70)])
    X, y = fields["training"]
    cox = CoxElasticNet(0.0, tol=1e-12).fit(X.astype(float), y)
    kernel, bias = outcome.state.trainable
    np.testing.assert_allclose(kernel[0], cox.coef_, atol=2e-3)
    assert np.isfinite(bias).all()
    expected = double_loop(y, cox.predict(X.astype(float)))
    assert outcome.curves.train_eval_loss[-1] == pytest.approx(expected, abs=1e-5)
    assert outcome.curves.train_loss[-1] == pytest.approx(expected, abs=1e-5)


def test_each_run_of_a_group_is_what_it_is_alone():
    group = group_of(n_classes=None, **survival_fields(of_chain()), epochs=3)
    assert {one.regime.rate for one in group} > {0.0}
    together = train_group(group, ChainRunner, BetweenEpochs())
    for one, outcome in zip(group, together, strict=True):
        (alone,) = train_group([one], ModuleRunner, BetweenEpochs())
        np.testing.assert_allclose(curves_of(outcome), curves_of(alone), rtol=1e-4, atol=1e-5)


def test_a_run_that_diverges_says_so():
    fields = survival_fields(of_chain())
    (outcome,) = train([job(Regime(learning_rate=1e30), **fields)])
    assert outcome.diverged is not None
