"""LSTM and GRU: the fused kernel, masks that stay the same over time, the same state as plain."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

if find_spec("torch") is None:
    pytest.skip("needs the extra torch: make test-torch", allow_module_level=True)

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from bridle.dropout import torch_modules as ours
from bridle.errors import InputError

KINDS = {"lstm": (ours.DropoutLSTM, nn.LSTM), "gru": (ours.DropoutGRU, nn.GRU)}

every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def kernel_calls(monkeypatch):
    """Record the recurrent weights that the fused kernel is called with."""
    calls = []
    kernels = nn.modules.rnn._VF

    def spied(kernel):
        def call(*arguments):
            calls.append([one for one in arguments if isinstance(one, (list, tuple))][-1])
            return kernel(*arguments)

        return call

    for name in ("lstm", "gru"):
        monkeypatch.setattr(kernels, name, spied(getattr(kernels, name)), raising=False)
    return calls


def states(last):
    return last if isinstance(last, tuple) else (last,)


@every_kind
@pytest.mark.parametrize("packed", [False, True])
def test_weight_dropout_calls_the_fused_kernel_once_with_masked_weights(kind, packed, kernel_calls):
    module = KINDS[kind][0](5, 4, 2, bidirectional=True, weight_dropout=0.5, seed=1)
    x = torch.ones(3, 2, 5)
    module(pack_padded_sequence(x, [3, 2]) if packed else x)
    (weights,) = kernel_calls
    for name, used, own in zip(
        module._flat_weights_names, weights, module._flat_weights, strict=True
    ):
        if name.startswith("weight_hh"):
            kept = used != 0
            assert 0.2 < kept.double().mean() < 0.8
            assert torch.equal(used[kept], 2 * own[kept])
        else:
            assert used is own


@every_kind
def test_weights_are_back_after_an_exception(kind):
    module = KINDS[kind][0](5, 4, weight_dropout=0.5)
    with pytest.raises(RuntimeError):
        module(torch.ones(3, 2, 7))
    assert all(
        one is own for one, own in zip(module._flat_weights, module.parameters(), strict=True)
    )


@every_kind
def test_gradient_reaches_the_weights_through_their_mask(kind):
    module = KINDS[kind][0](5, 4, weight_dropout=0.5, seed=1)
    module(torch.ones(3, 2, 5))[0].square().sum().backward()
    gradient = module.weight_hh_l0.grad
    assert gradient.any()
    assert 0.2 < (gradient == 0).double().mean() < 0.8


SETTINGS = [
    {},
    {"bidirectional": True},
    {"batch_first": True},
    {"bias": False, "bidirectional": True},
]


@every_kind
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("batched", [True, False])
@pytest.mark.parametrize("started", [True, False])
def test_time_steps_one_by_one_are_the_kernel(kind, settings, batched, started):
    torch.manual_seed(0)
    module = KINDS[kind][0](5, 4, recurrent_dropout=0.0, **settings)
    x = torch.randn(3, 3, 5) if batched else torch.randn(3, 5)
    hx = None
    if started:
        shape = (1 + module.bidirectional, *((3,) if batched else ()), 4)
        hx = torch.randn(shape) if kind == "gru" else (torch.randn(shape), torch.randn(shape))
    output, last = module(x, hx)
    wanted, wanted_last = module.eval()(x, hx)
    torch.testing.assert_close(output, wanted)
    for one, other in zip(states(last), states(wanted_last), strict=True):
        torch.testing.assert_close(one, other)


@every_kind
@pytest.mark.parametrize("batch_first", [True, False])
def test_input_mask_stays_the_same_over_time(kind, batch_first, kernel_calls):
    module = KINDS[kind][0](40, 4, input_dropout=0.5, batch_first=batch_first, seed=1)
    x = torch.ones(2, 3, 40).requires_grad_()
    module(x)[0].square().sum().backward()
    assert len(kernel_calls) == 1
    dropped = (x.grad == 0).movedim(1 if batch_first else 0, 0)
    assert (dropped == dropped[0]).all()
    assert 0.2 < dropped[0].double().mean() < 0.8
    assert not torch.equal(dropped[0, 0], dropped[0, 1])


@every_kind
def test_state_mask_stays_the_same_over_time(kind):
    # The state's only way on is its mask: with unit weights it shows in the first gate's product.
    module = KINDS[kind][0](1, 40, recurrent_dropout=0.5, seed=1)
    seen = []
    step = module._step

    def spied(gates, recurrent, state):
        seen.append((recurrent, state[0]))
        return step(gates, recurrent, state)

    module._step = spied
    nn.init.zeros_(module.bias_hh_l0)
    with torch.no_grad():
        module.weight_hh_l0.zero_()
        module.weight_hh_l0[:40] = torch.eye(40)
    module(torch.ones(4, 2, 1))
    masks = [recurrent[:, :40] / state for recurrent, state in seen[1:]]
    assert set(masks[0].detach().round(decimals=4).unique().tolist()) == {0.0, 2.0}
    for one in masks[1:]:
        torch.testing.assert_close(one, masks[0])


def test_packed_sequence_with_masks_on_units_is_refused():
    packed = pack_padded_sequence(torch.ones(3, 2, 5), [3, 2])
    with pytest.raises(InputError, match="only weight_dropout"):
        ours.DropoutLSTM(5, 4, input_dropout=0.5)(packed)
