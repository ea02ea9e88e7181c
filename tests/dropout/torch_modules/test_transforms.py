"""Masks under torch.compile, checkpointing and vmap: backward is forward, compiled is eager."""

from __future__ import annotations

import copy
from importlib.util import find_spec

import pytest

if find_spec("torch") is None:
    pytest.skip("needs the extra torch: make test-torch", allow_module_level=True)

import torch
from tests.dropout.torch_modules.catalogue import CASES, ON_INPUT, made, output
from torch import nn
from torch.utils.checkpoint import checkpoint

from bridle.dropout import torch_modules as ours
from bridle.dropout.schedule import Linear
from bridle.errors import BridleError

# Traces, splits into forward and backward, and decides what to compute again: all of a compiler
# but the machine code.
COMPILER = "aot_eager_decomp_partition"

# What PyTorch says of itself when it imports its compiler.
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")


def every(cases):
    return pytest.mark.parametrize("case", cases.values(), ids=cases)


@pytest.fixture(autouse=True)
def fresh_compiler():
    torch.compiler.reset()


def block(seed=1):
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(6, 8),
        ours.Dropout(0.5, seed=seed),
        nn.Tanh(),
        ours.DropConnectLinear(8, 8, seed=seed),
        ours.GaussianDropout(0.3, seed=seed),
        ours.AlphaDropout(0.3, seed=seed),
    )


def gradients(function, module, x):
    module.zero_grad()
    function(x).square().sum().backward()
    return [weight.grad.clone() for weight in module.parameters()]


def same(some, others):
    return all(torch.equal(one, other) for one, other in zip(some, others, strict=True))


COMPILED = {name: case for name, case in CASES.items() if name.split(",")[0] not in ("LSTM", "GRU")}


@every(COMPILED)
def test_compiled_is_eager(case):
    module, eager = made(case), made(case)
    compiled = torch.compile(module, backend=COMPILER, fullgraph=True)
    x = case.batch()
    for _ in range(2):
        torch.testing.assert_close(output(compiled, x), output(eager, x), rtol=1e-6, atol=1e-7)


@pytest.mark.fault(63)
@every({name: case for name, case in ON_INPUT.items() if case.bernoulli})
def test_compiled_backward_mask_is_the_forward_mask(case):
    x = torch.ones(case.shape, requires_grad=True)
    compiled = torch.compile(made(case), backend=COMPILER, fullgraph=True)
    for _ in range(2):
        x.grad = None
        y = compiled(x)
        y.sum().backward()
        assert torch.equal(x.grad, y.detach())


@pytest.mark.fault(60)
def test_compiled_step_serves_every_call_and_rate():
    graphs = []

    def compiler(graph, example):
        graphs.append(graph)
        return graph.forward

    module = ours.Dropout(0.5, schedule=Linear(10), seed=1)
    compiled = torch.compile(module, backend=compiler, fullgraph=True)
    x = torch.ones(100)
    found = [compiled(x) for _ in range(4)]
    module.rate = 1.0
    found += [compiled(x) for _ in range(8)]
    assert len(graphs) == 1
    assert torch.equal(found[0], x)
    assert not found[-1].any()
    assert module.noise.stream.counter == 12


@pytest.mark.fault(63)
def test_checkpointed_backward_mask_is_the_forward_mask():
    module, plain = block(), block()
    x, other = torch.linspace(-1, 1, 24).reshape(4, 6), torch.linspace(2, 1, 24).reshape(4, 6)
    for _ in range(2):
        found = gradients(lambda x: checkpoint(module, x, use_reentrant=False), module, x)
        assert same(found, gradients(plain, plain, x))

    # Two forward passes before one backward pass, and a module that is called twice.
    def twice(net, x, run):
        return run(net, run(net, x)[:, :6]) + run(net, other)

    def recomputed(net, x):
        return checkpoint(net, x, use_reentrant=False)

    found = gradients(lambda x: twice(module, x, recomputed), module, x)
    assert same(found, gradients(lambda x: twice(plain, x, lambda net, x: net(x)), plain, x))


@pytest.mark.parametrize(
    "settings", [{"use_reentrant": True}, {"use_reentrant": False, "preserve_rng_state": False}]
)
def test_recomputation_that_cannot_know_its_mask_is_refused(settings):
    module = block()
    x = torch.ones(4, 6, requires_grad=True)
    with pytest.raises(BridleError, match="use_reentrant=False and preserve_rng_state=True"):
        checkpoint(module, x, **settings).sum().backward()


def test_compiled_and_checkpointed_backward_mask_is_the_forward_mask():
    module, plain = block(), block()
    compiled = torch.compile(lambda x: checkpoint(module, x, use_reentrant=False), backend=COMPILER)
    x = torch.linspace(-1, 1, 24).reshape(4, 6)
    for _ in range(2):
        found, wanted = gradients(compiled, module, x), gradients(plain, plain, x)
        for one, other in zip(found, wanted, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)


def test_checkpoint_around_a_compiled_network_is_refused():
    compiled = torch.compile(block(seed=None), backend=COMPILER)
    loss = checkpoint(compiled, torch.ones(4, 6), use_reentrant=False).sum()
    with pytest.raises(BridleError, match="compile the checkpointed network"):
        loss.backward()


@pytest.mark.fault(63)
@every(ON_INPUT)
@pytest.mark.parametrize("randomness", ["different", "same"])
def test_vmapped_masks_are_what_the_caller_asked_for(case, randomness):
    x = torch.stack([case.batch()] * 3)
    y = torch.func.vmap(made(case), randomness=randomness)(x)
    assert torch.equal(y[0], y[1]) == (randomness == "same")
    assert torch.equal(y[0], y[2]) == (randomness == "same")


def test_vmap_that_says_nothing_of_randomness_is_refused():
    with pytest.raises(RuntimeError, match="randomness='different'"):
        torch.func.vmap(ours.Dropout(0.5))(torch.ones(3, 4))


def test_gradients_of_samples_are_those_of_their_masks():
    module = ours.Dropout(0.5, seed=1)
    start = module.state_dict()
    x = torch.linspace(1, 2, 60).reshape(3, 20)
    mapped = torch.func.vmap(torch.func.grad(lambda x: module(x).sum()), randomness="different")(x)
    module.load_state_dict(start)
    y = torch.func.vmap(module, randomness="different")(x)
    torch.testing.assert_close(mapped * x, y)


def test_replicas_of_a_network_have_masks_of_their_own():
    module = nn.Sequential(nn.Linear(6, 8), ours.Dropout(0.5, seed=1))
    weights = {name: one.detach().expand(3, *one.shape) for name, one in module.named_parameters()}

    def run(weights, x):
        return torch.func.functional_call(module, weights, (x,))

    y = torch.func.vmap(run, in_dims=(0, None), randomness="different")(weights, torch.ones(4, 6))
    assert y.shape == (3, 4, 8)
    assert not torch.equal(y[0] != 0, y[1] != 0)


def test_network_in_evaluation_is_exported():
    module, x = block().eval(), torch.ones(4, 6)
    assert torch.equal(torch.export.export(module, (x,)).module()(x), module(x))


@pytest.mark.slow
def test_machine_code_has_the_forward_mask_in_its_backward_pass():
    module, plain = block(), block()
    compiled = torch.compile(module)
    x = torch.linspace(-1, 1, 24).reshape(4, 6)
    for _ in range(2):
        found, wanted = gradients(compiled, module, x), gradients(plain, plain, x)
        for one, other in zip(found, wanted, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)


def test_copy_of_a_module_that_was_checkpointed_goes_on_alone():
    module = block()
    gradients(lambda x: checkpoint(module, x, use_reentrant=False), module, torch.ones(4, 6))
    assert torch.equal(copy.deepcopy(module)(torch.ones(4, 6)), module(torch.ones(4, 6)))
