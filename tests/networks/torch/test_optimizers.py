"""Law: a PyTorch study trains as a loop with the builder's optimiser would, or refuses it."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.networks.torch.test_training import job, train  # noqa: E402
from torch import nn, optim  # noqa: E402

from bridle import ElasticNetPenalty, add_dropout, remove_dropout  # noqa: E402
from bridle.errors import BridleWarning, InputError  # noqa: E402
from bridle.networks.engine.batches import pass_order  # noqa: E402
from bridle.networks.own.torch.built_module import OPTIMIZERS  # noqa: E402
from bridle.networks.penalty import add_max_norm, add_proximal_step  # noqa: E402

ONCE = {
    "lr": {"lr": torch.tensor(0.03)},
    "weight_decay": {"weight_decay": 0.2},
    "foreach": {"foreach": True},
    "maximize": {"maximize": True},
    "differentiable": {"differentiable": True},
}
ADAM = ONCE | {
    "fused": {"fused": True},
    "betas": {"betas": (0.5, 0.9)},
    "eps": {"eps": 0.1},
    "amsgrad": {"amsgrad": True},
    "capturable": {"capturable": True},
}
OPTIONS = {
    optim.SGD: ONCE
    | {
        "fused": {"fused": True},
        "momentum": {"momentum": 0.9},
        "dampening": {"momentum": 0.9, "dampening": 0.3},
        "nesterov": {"momentum": 0.9, "nesterov": True},
    },
    optim.Adam: ADAM
    | {"decoupled_weight_decay": {"weight_decay": 0.2, "decoupled_weight_decay": True}},
    optim.AdamW: ADAM,
    optim.RMSprop: ONCE
    | {
        "alpha": {"alpha": 0.5},
        "eps": {"eps": 0.1},
        "centered": {"centered": True},
        "momentum": {"momentum": 0.9},
        "capturable": {"capturable": True},
    },
}
REFUSED = {"differentiable", "dampening", "capturable"}
CASES = [(kind, name) for kind in OPTIONS for name in OPTIONS[kind]]


def chain(n_features, n_outputs):
    return nn.Sequential(nn.Linear(n_features, 5), nn.ReLU(), nn.Linear(5, n_outputs))


class NoChain(nn.Module):
    def __init__(self, n_features, n_outputs):
        super().__init__()
        self.net = chain(n_features, n_outputs)

    def forward(self, x):
        return self.net(x) + 0 * x[:, :1]


def with_optimizer(source, kind, **given):
    def build(n_features, n_outputs):
        module = source(n_features, n_outputs)
        return module, kind(module.parameters(), **{"lr": 0.02, **given})

    return build


def by_loop(one, kind, given):
    one.template.load(one.begin())
    module = one.template.network.train()
    optimizer = kind(module.parameters(), **{"lr": 0.02, **given})
    X, y = map(torch.tensor, one.training)
    for epoch in range(one.epochs):
        for rows in np.split(pass_order(one, epoch), range(32, len(X), 32)):
            optimizer.zero_grad()
            loss = nn.functional.binary_cross_entropy_with_logits(module(X[rows])[:, 0], y[rows])
            loss.backward()
            optimizer.step()
    return [weight.detach().numpy().copy() for weight in module.parameters()]


def test_every_optimiser_and_option_is_in_the_catalogue():
    assert {*OPTIONS} == {*OPTIMIZERS}
    for kind, options in OPTIONS.items():
        names = {*inspect.signature(kind).parameters} - {"params"}
        # Older versions lack some.
        assert names <= {*options}, kind


@pytest.mark.parametrize("source", [chain, NoChain])
@pytest.mark.parametrize(("kind", "name"), CASES)
def test_a_run_is_the_loop_with_the_optimiser_or_is_refused(kind, name, source):
    if name not in inspect.signature(kind).parameters:
        pytest.skip(f"{kind.__name__} of this PyTorch has no {name}")
    given = OPTIONS[kind][name]
    build = with_optimizer(source, kind, **given)
    if name in REFUSED:
        with pytest.raises(InputError, match=f"Received: {kind.__name__} with {name}"):
            job(source=build)
        return
    one = job(source=build, epochs=2)
    (outcome,) = train([one])
    for found, expected in zip(outcome.state.trainable, by_loop(one, kind, given), strict=True):
        np.testing.assert_allclose(found, expected, rtol=2e-5, atol=2e-6)


def scheduled(optimizer, module):
    optim.lr_scheduler.StepLR(optimizer, 1, 0.1)


def stepped(optimizer, module):
    for parameter in module.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()


NOT_OPTIONS = {
    "schedule": scheduled,
    "hooks": lambda optimizer, module: optimizer.register_step_pre_hook(lambda *_: None),
    "such as those of add_proximal_step": lambda optimizer, module: add_proximal_step(
        module, ElasticNetPenalty(9.0, 0.0), optimizer=optimizer
    ),
    "and add_max_norm": lambda optimizer, module: add_max_norm(module, 0.1, optimizer=optimizer),
    "steps taken": stepped,
}


@pytest.mark.parametrize("what", NOT_OPTIONS)
def test_what_a_new_optimiser_by_options_would_lack_is_refused(what):
    def build(n_features, n_outputs):
        module = chain(n_features, n_outputs)
        optimizer = optim.SGD(module.parameters(), 0.1, momentum=0.5)
        NOT_OPTIONS[what](optimizer, module)
        return module, optimizer

    with pytest.raises(InputError, match=what):
        job(source=build)


def hooked(n_features, n_outputs):
    module = chain(n_features, n_outputs)
    module[0].weight.register_hook(lambda gradient: gradient.clamp(-1, 1))
    return module


def test_hooks_of_gradients_are_refused_in_a_study_and_said_by_surgery():
    for source in (hooked, hooked(6, 1)):
        with pytest.raises(InputError, match=r"hooks of '0\.weight'"):
            job(source=source)
    for make in (add_dropout, remove_dropout):
        with pytest.warns(BridleWarning, match=r"hooks of '0\.weight'.*Register them"):
            make(hooked(6, 1))
