"""The elastic net on PyTorch networks: an optimiser's own loop plus an explicit prox, or refused."""

from __future__ import annotations

import copy
import inspect
import io
from importlib.util import find_spec

import numpy as np
import pytest
from tests.networks.penalty.explicit_prox import by_input, by_weight

from bridle import ElasticNetPenalty, elastic_net_path, streams

if find_spec("torch") is None:
    pytest.skip("needs the extra torch", allow_module_level=True)

import torch
from torch import nn, optim

from bridle.errors import InputError, UnknownNameError
from bridle.networks.penalty import (
    add_max_norm,
    add_proximal_step,
    elastic_net_term,
    kept_inputs,
    select_inputs,
)

PENALTY = ElasticNetPenalty(0.2, 0.1)
mean_half_square = lambda f, y: 0.5 * torch.square(f - y).mean()  # noqa: E731


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def rows(n=60, p=8, seed=0):
    generator = streams.generator(seed, "rows")
    X = generator.standard_normal((n, p))
    X -= X.mean(0)
    y = X[:, :3] @ [1.0, -2.0, 0.5] + 0.3 * generator.standard_normal(n)
    return X, y - y.mean()


def linear(p=8, outputs=1):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(p, outputs, bias=False))


def steps(model, optimizer, n, *, loss=mean_half_square, then=lambda: None):
    X, y = (torch.tensor(one, dtype=torch.float32) for one in rows())
    outputs = model[-1].out_features
    target = y[:, None] * torch.arange(1, outputs + 1)
    for _ in range(n):
        optimizer.zero_grad()
        loss(model(X), target).backward()
        optimizer.step()
        then()


def kernel(layer):
    return layer.weight.detach().numpy().copy()


# Each option with the optimisers that have it: "acts" or why it is refused.
EVERY = {
    "lr": [{"lr": 0.03}, {"lr": torch.tensor(0.03)}],
    "weight_decay": [{"weight_decay": 0.2}],
    "foreach": [{"foreach": True}, {"foreach": False}],
    "fused": [{"fused": True}],
    "maximize": [{"maximize": True}],
    "differentiable": [{"differentiable": True}],
}
ADAM = EVERY | {
    "betas": [{"betas": (0.5, 0.9)}],
    "eps": [{"eps": 0.1}],
    "amsgrad": [{"amsgrad": True}],
}
OPTIONS = {
    optim.SGD: EVERY
    | {
        "momentum": [{"momentum": 0.9}],
        "dampening": [{"momentum": 0.9, "dampening": 0.3}, {"dampening": 0.3}],
        "nesterov": [{"momentum": 0.9, "nesterov": True}],
    },
    optim.Adam: ADAM
    | {"decoupled_weight_decay": [{"weight_decay": 0.2, "decoupled_weight_decay": True}]},
    optim.AdamW: ADAM,
}
REFUSED = {"maximize", "differentiable"}
ON_A_GPU_ONLY = {"capturable"}
CASES = [
    pytest.param(kind, name, given, id=f"{kind.__name__} {name} {i}")
    for kind, options in OPTIONS.items()
    for name, listed in options.items()
    for i, given in enumerate(listed)
]


@pytest.mark.parametrize("kind", OPTIONS)
def test_every_option_is_in_the_catalogue(kind):
    names = set(inspect.signature(kind).parameters) - {"params"} - ON_A_GPU_ONLY
    assert names <= {*OPTIONS[kind], "decoupled_weight_decay"}


def speeds(optimizer, weight):
    """Return the step size of each weight, from the update rules as PyTorch documents them."""
    (group,) = optimizer.param_groups
    lr, state = float(group["lr"]), optimizer.state[weight]
    if type(optimizer) is optim.SGD:
        force = 0.0  # of a constant gradient 1, after many steps
        for _ in range(2000):
            force = group["momentum"] * force + (1 - group["dampening"])
        if group["nesterov"]:
            force = 1 + group["momentum"] * force
        return lr * (force if group["momentum"] else 1.0)
    squares = state["max_exp_avg_sq" if group["amsgrad"] else "exp_avg_sq"].numpy().astype(float)
    corrected = np.sqrt(squares) / np.sqrt(1 - group["betas"][1] ** float(state["step"]))
    return lr / (corrected + group["eps"])


@pytest.mark.parametrize("by", ["weight", "input"])
@pytest.mark.parametrize(("kind", "name", "given"), CASES)
def test_a_loop_with_the_step_is_the_loop_plus_an_explicit_prox(kind, name, given, by):
    one, other = linear(outputs=3), linear(outputs=3)
    first, second = (kind(net.parameters(), **{"lr": 0.02, **given}) for net in (one, other))
    if name in REFUSED:
        with pytest.raises(InputError, match=f"must not use {name}"):
            add_proximal_step(one, PENALTY, optimizer=first)
        return
    add_proximal_step(one, PENALTY, by=by, optimizer=first)
    weight = other[0].weight
    prox = {"weight": by_weight, "input": by_input}[by]

    def explicit():
        z = weight.detach().numpy().astype(float)
        s = np.broadcast_to(speeds(second, weight), z.shape)
        with torch.no_grad():
            weight.copy_(torch.tensor(prox(z, s, PENALTY.l1, PENALTY.l2)))

    for _ in range(6):
        steps(one, first, 1)
        steps(other, second, 1, then=explicit)
        assert np.allclose(kernel(one[0]), kernel(other[0]), rtol=1e-5, atol=2e-6)
        assert np.array_equal(kernel(one[0]) == 0, kernel(other[0]) == 0)


@pytest.mark.parametrize(
    "build",
    [
        lambda w: optim.SGD(w, 0.1),
        lambda w: optim.SGD(w, 0.02, momentum=0.9, nesterov=True),
        lambda w: optim.Adam(w, 5e-3),
    ],
    ids=["sgd", "nesterov", "adam"],
)
def test_one_layer_is_the_engine(build):
    X, y = rows()
    model = linear()
    optimizer = build(model.parameters())
    add_proximal_step(model, PENALTY, optimizer=optimizer)
    steps(model, optimizer, 2000)
    alpha, l1_ratio = PENALTY.to_sklearn()
    path = elastic_net_path(X, y, alphas=[alpha], l1_ratio=l1_ratio, fit_intercept=False, tol=1e-12)
    coef = np.ravel(path.coefs[0].toarray())
    assert np.allclose(np.ravel(kernel(model[0])), coef, atol=1e-4)
    assert kept_inputs(model[0]).tolist() == np.flatnonzero(coef).tolist()
    assert 0 < np.count_nonzero(coef) < len(coef)


def test_inputs_of_a_convolution_have_the_factors():
    torch.manual_seed(0)
    layer = nn.Conv2d(3, 4, 2)
    optimizer = optim.SGD(layer.parameters(), 0.1)
    factors = np.array([0.0, np.inf, 1.0])
    add_proximal_step(layer, ElasticNetPenalty(50.0, 0.0, factors=factors), optimizer=optimizer)
    before = layer.weight.detach().clone()
    layer.weight.grad = torch.zeros_like(layer.weight)
    optimizer.step()
    assert torch.equal(layer.weight[:, 0], before[:, 0])
    assert torch.count_nonzero(layer.weight[:, 1:]) == 0


def deep():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(8, 6), nn.ReLU(), nn.Linear(6, 1))


def test_the_settings_are_part_of_the_optimisers_state():
    model = deep()
    optimizer = optim.Adam(model.parameters(), 0.01)
    add_proximal_step(
        model, ElasticNetPenalty(0.3, 0.0), [model[0]], by="input", optimizer=optimizer
    )
    add_max_norm(model, 0.7, [model[2]], optimizer=optimizer)
    steps(model, optimizer, 5)
    file = io.BytesIO()
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, file)
    file.seek(0)
    saved = torch.load(file, weights_only=True)
    again = deep()
    fresh = optim.Adam(again.parameters(), 0.5)
    add_proximal_step(again, ElasticNetPenalty(9.0, 9.0), optimizer=fresh)
    again.load_state_dict(saved["model"])
    fresh.load_state_dict(saved["optimizer"])
    for net, made in ((model, optimizer), (again, fresh)):
        steps(net, made, 5)
    assert all(map(torch.equal, model.parameters(), again.parameters()))
    assert 0 < len(kept_inputs(model[0])) < 8
    fresh.load_state_dict(optim.Adam(again.parameters(), 0.01).state_dict())
    with pytest.raises(InputError, match="Add them again"):
        steps(again, fresh, 1)


def test_a_later_step_replaces_an_earlier_one_and_a_copy_may_have_its_own():
    model = linear()
    optimizer = optim.SGD(model.parameters(), 0.1)
    add_proximal_step(model, ElasticNetPenalty(100.0, 0.0), optimizer=optimizer)
    steps(model, optimizer, 1)
    assert len(kept_inputs(model[0])) == 0
    add_proximal_step(model, ElasticNetPenalty(0.0, 0.0), optimizer=optimizer)
    steps(model, optimizer, 1)
    assert len(kept_inputs(model[0])) == 8
    both = copy.deepcopy({"model": model, "optimizer": optimizer})
    add_proximal_step(both["model"], ElasticNetPenalty(100.0, 0.0), optimizer=both["optimizer"])
    steps(both["model"], both["optimizer"], 1)
    assert len(kept_inputs(both["model"][0])) == 0
    assert len(kept_inputs(model[0])) == 8


@pytest.mark.parametrize("fused", [False, True])
def test_an_update_that_a_scaler_skips_has_no_step(fused):
    model = linear()
    optimizer = optim.Adam(model.parameters(), 0.01, fused=fused)
    add_proximal_step(model, PENALTY, optimizer=optimizer)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**100)
    before = kernel(model[0])
    X, y = (torch.tensor(one, dtype=torch.float32) for one in rows())
    scaler.scale(1e30 * mean_half_square(model(X), y[:, None])).backward()
    scaler.step(optimizer)
    assert np.array_equal(kernel(model[0]), before)


def test_weights_without_a_gradient_stay():
    model = deep()
    optimizer = optim.SGD(model.parameters(), 0.1)
    add_proximal_step(model, ElasticNetPenalty(100.0, 0.0), optimizer=optimizer)
    before = kernel(model[2])
    model[0].weight.grad = torch.zeros_like(model[0].weight)
    optimizer.step()
    assert np.array_equal(kernel(model[2]), before)
    assert len(kept_inputs(model[0])) == 0


def test_norms_are_limited_after_the_step():
    model = deep()
    optimizer = optim.SGD(model.parameters(), 0.1)
    add_max_norm(model, 0.5, optimizer=optimizer)
    add_proximal_step(model, PENALTY, [model[0]], optimizer=optimizer)
    steps(model, optimizer, 20)
    for layer in (model[0], model[2]):
        assert np.linalg.norm(kernel(layer), axis=1).max() <= 0.5 + 1e-6
    assert np.count_nonzero(kernel(model[0]) == 0) > 0


def test_the_term_is_the_penalty():
    model = deep()
    value = sum(PENALTY.value(kernel(one).ravel().astype(float)) for one in (model[0], model[2]))
    term = elastic_net_term(model, PENALTY)
    assert term.item() == pytest.approx(value, rel=1e-5)
    term.backward()
    weight = model[2].weight
    expected = PENALTY.l1 * weight.sign() + PENALTY.l2 * weight
    assert torch.allclose(weight.grad, expected)
    first = elastic_net_term(model, PENALTY, [model[0]])
    assert first.item() == pytest.approx(
        PENALTY.value(kernel(model[0]).ravel().astype(float)), rel=1e-5
    )


def test_the_inputs_that_a_target_depends_on_are_selected():
    generator = streams.generator(0, "planted")
    X = generator.standard_normal((900, 12)).astype("float32")
    y = (
        np.tanh(X[:, :1]) + X[:, 1:2] * X[:, 2:3] + 0.3 * generator.standard_normal((900, 1))
    ).astype("float32")
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(12, 16), nn.ReLU(), nn.Linear(16, 1))
    optimizer = optim.Adam(model.parameters(), 0.01)
    selection = select_inputs(
        model,
        model[0],
        X[:600],
        y[:600],
        validation_data=(X[600:], torch.tensor(y[600:])),
        strengths=[0.003, 0.03, 0.3],
        adaptive_strengths=[0.2, 2.0, 20.0],
        epochs=25,
        batch_size=64,
        optimizer=optimizer,
        loss=nn.MSELoss(reduction="none"),
    )
    assert {0, 1, 2} <= {*selection.kept} <= {*range(12)}
    assert len(selection.kept) <= 5
    assert kept_inputs(model[0]).tolist() == selection.kept.tolist()
    model.load_state_dict(selection.plain.weights[0][0])
    assert kept_inputs(model[0]).tolist() == selection.plain.kept[0].tolist()


def step_of(build=lambda w: optim.SGD(w, 0.1), **given):
    model = linear()
    add_proximal_step(
        model, **{"penalty": PENALTY, "optimizer": build(model.parameters()), **given}
    )


def selection_of(**given):
    model = linear()
    data = np.zeros((4, 8), "float32"), np.zeros((4, 1), "float32")
    optimizer = optim.SGD(model.parameters(), 0.1)
    given = {"loss": nn.MSELoss(reduction="none"), "optimizer": optimizer, **given}
    select_inputs(model, model[0], *data, validation_data=data, epochs=1, **given)


WRONG = {
    "no optimiser": lambda: step_of(optimizer=None),
    "an optimiser of unknown steps": lambda: step_of(optim.RMSprop),
    "an optimiser made from a known one": lambda: step_of(type("Own", (optim.Adam,), {})),
    "an optimiser of another network": lambda: step_of(
        optimizer=optim.SGD(linear().parameters(), 0.1)
    ),
    "a layer of another network": lambda: step_of(layers=[nn.Linear(8, 1)]),
    "a layer of no kernel": lambda: step_of(layers=[nn.ReLU()]),
    "a number": lambda: step_of(penalty=0.1),
    "bounds": lambda: step_of(penalty=ElasticNetPenalty(1.0, 0.0, upper=1.0)),
    "factors of other inputs": lambda: step_of(
        penalty=ElasticNetPenalty(1.0, 0.0, factors=np.ones(7))
    ),
    "factors of a term": lambda: elastic_net_term(
        linear(), ElasticNetPenalty(1.0, 0.0, factors=np.ones(2) * 2)
    ),
    "a limit of 0": lambda: add_max_norm(
        model := linear(), 0.0, optimizer=optim.SGD(model.parameters(), 0.1)
    ),
    "no loss": lambda: selection_of(loss=None),
    "a loss without rows": lambda: selection_of(loss=nn.MSELoss()),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_cannot_be_penalised_is_refused(wrong):
    with pytest.raises(InputError, match="Received: "):
        WRONG[wrong]()


def test_an_unknown_way_to_group_is_refused():
    with pytest.raises(UnknownNameError, match="way to group weights"):
        step_of(by="output")
