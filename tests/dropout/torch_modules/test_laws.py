"""Laws of the PyTorch modules: what comes out, what flows back, what is refused."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest

if find_spec("torch") is None:
    pytest.skip("needs the extra torch: make test-torch", allow_module_level=True)

import torch
from tests.dropout.torch_modules.catalogue import BERNOULLI, CASES, ON_INPUT, SET, made, output
from torch import nn

from bridle.dropout import torch_modules as ours
from bridle.errors import InputError


def every(cases):
    return pytest.mark.parametrize("case", cases.values(), ids=cases)


# --- What comes out


@every(BERNOULLI)
@pytest.mark.parametrize("rate", [0.5, 0.3])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_output_is_zero_or_scaled_input(case, rate, dtype):
    x = case.batch(dtype=dtype)
    y = made(case, rate)(x)
    kept = y != 0
    assert kept.any()
    assert not kept.all()
    assert y.dtype == dtype
    wanted = (x / (1 - rate))[kept]
    eps = torch.finfo(dtype).eps
    assert ((y[kept] - wanted).abs() <= eps * wanted).all()


@every(CASES)
def test_evaluation_is_the_plain_module_bit_for_bit(case):
    module = made(case).eval()
    if case.twin is None:
        plain = module.layer
    else:
        plain = case.twin().eval()
        plain.load_state_dict({name: module.state_dict()[name] for name in plain.state_dict()})
    assert torch.equal(output(module, case.batch()), output(plain, case.batch()))


@every(ON_INPUT)
def test_rate_zero_is_the_identity_bit_for_bit(case):
    x = case.batch() - 1.0
    x.view(-1)[0] = -0.0
    y = made(case, 0.0)(x)
    assert torch.equal(y.view(torch.int32), x.view(torch.int32))


@every(SET)
def test_rate_zero_in_training_is_evaluation(case):
    module = made(case, 0.0)
    noisy = output(module, case.batch())
    torch.testing.assert_close(noisy, output(module.eval(), case.batch()), rtol=1e-6, atol=1e-7)


@pytest.mark.fault(54)
@every(ON_INPUT)
def test_rate_one_gives_zeros_and_zero_gradients(case):
    x = case.batch().requires_grad_()
    y = made(case, 1.0)(x)
    y.sum().backward()
    assert not y.any()
    assert not x.grad.any()


@pytest.mark.fault(54)
@every(SET)
def test_rate_one_has_finite_outputs_and_gradients(case):
    module = made(case, 1.0)
    x = case.batch()
    if x.is_floating_point():
        x.requires_grad_()
    y = output(module, x)
    y.square().sum().backward()
    assert y.isfinite().all()
    assert all(weight.grad.isfinite().all() for weight in module.parameters())


@pytest.mark.fault(57)
@every(ON_INPUT)
def test_nan_stays_visible(case):
    assert made(case, 0.7)(torch.full(case.shape, torch.nan)).isnan().all()


@pytest.mark.fault(55)
@every(ON_INPUT)
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_scales_in_float32(case, dtype):
    x = case.batch(dtype=dtype)
    y = made(case, 0.3)(x)
    assert y.dtype == dtype
    assert torch.equal(y, made(case, 0.3)(x.float()).to(dtype))


def test_channels_last_has_the_same_units_dropped_and_keeps_its_strides():
    x = torch.rand(4, 3, 5, 7) + 0.5
    y = ours.Dropout(0.5, seed=1)(x.to(memory_format=torch.channels_last))
    assert torch.equal(y, ours.Dropout(0.5, seed=1)(x))
    assert y.is_contiguous(memory_format=torch.channels_last)
    strided = x.transpose(1, 3)[:, ::2]
    assert torch.equal(
        ours.Dropout(0.5, seed=1)(strided), ours.Dropout(0.5, seed=1)(strided.contiguous())
    )


@pytest.mark.parametrize("shape", [(0, 3), (3, 0, 2), ()])
def test_any_shape_passes(shape):
    assert ours.Dropout(0.5)(torch.ones(shape)).shape == shape


# --- Who is dropped


@every({name: case for name, case in BERNOULLI.items() if name != "DropBlock2d"})
def test_share_of_units_kept(case):
    rate, n = 0.3, 100_000
    x = torch.ones(n // 8 if case.shape[1:] else n, 8, *case.shape[2:])
    if case.per_draw > 1 and case.make is ours.DropPath:
        x = torch.ones(n, 2)
    kept = made(case, rate)(x).reshape(*x.shape[:2], -1)[..., 0] != 0
    draws = kept[:, 0] if case.make is ours.DropPath else kept
    sigma = np.sqrt(draws.numel() * rate * (1 - rate))
    assert abs(draws.sum().item() - draws.numel() * (1 - rate)) < 5 * sigma
    assert abs(draws.double().mean(0) - (1 - rate)).max() < 5 * sigma / np.sqrt(
        draws.numel() * draws.shape[0] / max(draws[0].numel(), 1)
    )


@pytest.mark.parametrize("rate", [0.1, 0.5])
@pytest.mark.parametrize("block_size", [1, 3])
def test_blocks_drop_every_unit_at_the_rate_at_the_border_too(rate, block_size):
    n = 20_000
    kept = ours.DropBlock2d(rate, block_size, seed=2)(torch.ones(n, 1, 4, 5)) != 0
    assert (kept.double().mean(0) - (1 - rate)).abs().max() < 5 * np.sqrt(rate * (1 - rate) / n)


def test_blocks_are_squares():
    kept = ours.DropBlock2d(0.2, 3, seed=2)(torch.ones(20, 1, 12, 12)) != 0
    dropped = (~kept).double()
    squares = nn.functional.max_pool2d(
        -nn.functional.max_pool2d(-dropped, 3, stride=1), 3, stride=1, padding=0
    )
    inner = dropped[..., 2:-2, 2:-2]
    assert inner.any()
    assert torch.equal(squares, inner)


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("stride", [1, 2, 4, 64, 512])
def test_neighbours_are_independent(axis, stride):
    rate = 0.3
    kept = (ours.Dropout(rate, seed=9)(torch.ones(1000, 1000)) != 0).double() - (1 - rate)
    left, right = kept.narrow(axis, 0, 1000 - stride), kept.narrow(axis, stride, 1000 - stride)
    correlation = (left * right).mean() / (rate * (1 - rate))
    assert abs(correlation) * np.sqrt(left.numel()) < 5


def masks_of_two_layers():
    return [ours.Dropout(0.3, seed=seed)(torch.ones(1_000_000)) for seed in (1, 2)]


def masks_of_two_steps():
    module = ours.Dropout(0.3, seed=1)
    return [module(torch.ones(1_000_000)) for _ in range(2)]


def masks_of_one_seed_in_one_network():
    pair = nn.ModuleList([ours.Dropout(0.3, seed=1), ours.Dropout(0.3, seed=1)])
    return [module(torch.ones(1_000_000)) for module in pair]


@pytest.mark.parametrize(
    "masks", [masks_of_two_layers, masks_of_two_steps, masks_of_one_seed_in_one_network]
)
def test_two_masks_agree_by_chance_only(masks):
    first, second = masks()
    agreement = 0.3**2 + 0.7**2
    sigma = np.sqrt(agreement * (1 - agreement) / 1_000_000)
    assert abs(((first != 0) == (second != 0)).double().mean() - agreement) < 5 * sigma


def test_linear_function_has_its_mean_and_variance():
    rate, n = 0.3, 200_000
    x, w = torch.linspace(-1, 2, 8), torch.linspace(3, 1, 8)
    values = ours.Dropout(rate, seed=4)(x.expand(n, 8)).double() @ w.double()
    variance = rate / (1 - rate) * ((x * w) ** 2).sum().item()
    assert abs(values.mean() - (x * w).sum()) < 5 * np.sqrt(variance / n)
    assert abs(values.var() / variance - 1) < 0.02


def test_gaussian_noise_has_its_mean_and_variance():
    rate, n = 0.3, 200_000
    y = ours.GaussianDropout(rate, seed=4)(torch.full((n,), 2.0)).double()
    variance = 4 * rate / (1 - rate)
    assert abs(y.mean() - 2) < 5 * np.sqrt(variance / n)
    assert abs(y.var() / variance - 1) < 0.02


def test_alpha_noise_keeps_mean_and_variance():
    x = torch.randn(200_000, generator=torch.Generator().manual_seed(1))
    y = ours.AlphaDropout(0.3, seed=4)(x).double()
    assert abs(y.mean()) < 0.02
    assert abs(y.var() - 1) < 0.02


def test_whole_channels_and_whole_samples_are_dropped():
    for module, shape, units in (
        (ours.SpatialDropout1d, (30, 8, 4), 240),
        (ours.SpatialDropout2d, (30, 8, 2, 2), 240),
        (ours.SpatialDropout3d, (30, 8, 2, 2, 1), 240),
        (ours.SpatialDropout2d, (240, 2, 2), 240),
        (ours.DropPath, (240, 2, 2), 240),
    ):
        kept = module(0.5, seed=1)(torch.ones(shape)).reshape(units, 4) != 0
        assert (kept == kept[:, :1]).all()
        assert 80 < kept[:, 0].sum() < 160


def test_words_are_dropped_wherever_they_occur():
    module = ours.EmbeddingDropout(50, 3, rate=0.5, seed=1)
    words = torch.arange(50).repeat(2, 3)
    kept = (module(words) != 0).all(-1).reshape(6, 50)
    assert (kept == kept[0]).all()
    assert 10 < kept[0].sum() < 40


def test_weights_are_dropped_and_the_bias_is_kept():
    module = ours.DropConnectLinear(40, 30, rate=0.5, seed=1)
    y = module(torch.eye(40)) - module.bias
    kept = y.T.abs() > 1e-6
    assert 0.4 < kept.double().mean() < 0.6
    torch.testing.assert_close(y.T[kept], 2 * module.weight[kept])
    assert torch.equal(
        made(CASES["DropConnectLinear"], 1.0)(torch.ones(2, 6))[0],
        made(CASES["DropConnectLinear"], 1.0).bias,
    )


# --- What flows back


@every(BERNOULLI)
def test_backward_mask_is_the_forward_mask(case):
    x = torch.ones(case.shape, requires_grad=True)
    y = made(case, 0.3)(x)
    y.sum().backward()
    assert torch.equal(x.grad, y.detach())


@every({name: case for name, case in CASES.items() if case.words is None})
def test_gradient_is_that_of_the_function_with_its_mask_held(case):
    module = made(case, 0.3).double()
    places = {name: one for name, one in module.state_dict().items() if "place" in name}

    def held(x, *weights):
        module.load_state_dict(places, strict=False)
        named = dict(zip(dict(module.named_parameters()), weights, strict=True))
        y = torch.func.functional_call(module, named, (x,))
        return y[0] if isinstance(y, tuple) else y

    x = case.batch(dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(held, (x, *module.parameters()))


# --- The learned rate


def test_learned_rate_is_scaled_in_training():
    module = ours.ConcreteDropout(nn.Linear(8, 1, bias=False), rate=0.3, temperature=0.01, seed=1)
    nn.init.ones_(module.layer.weight)
    y = module(torch.ones(20_000, 8)).detach().double()
    assert abs(y.mean() - 8) < 5 * np.sqrt(8 * 0.3 / 0.7 / 20_000)


def test_penalty_is_the_formula_without_biases():
    layer = nn.Conv2d(3, 5, 2)
    module = ours.ConcreteDropout(
        layer, rate=0.2, weight_regularizer=0.3, dropout_regularizer=0.7, seed=1
    )
    entropy = -(0.2 * np.log(0.2) + 0.8 * np.log(0.8))
    wanted = 0.3 * layer.weight.square().sum().item() / 0.8 - 0.7 * 3 * entropy
    assert module.penalty().item() == pytest.approx(wanted, rel=1e-5)
    module.penalty().backward()
    assert layer.bias.grad is None
    assert module.rate_logit.grad.isfinite()


def test_rate_is_learned():
    torch.manual_seed(0)
    x = torch.randn(256, 4)
    module = ours.ConcreteDropout(nn.Linear(4, 1), rate=0.5, seed=1)
    steps = torch.optim.Adam(module.parameters(), lr=0.05)
    for _ in range(60):
        steps.zero_grad()
        ((module(x) - x.sum(1, keepdim=True)).square().mean() + module.penalty()).backward()
        steps.step()
    assert module.rate < 0.3  # no noise in the target: nothing is gained by dropping inputs


# --- What is refused


WRONG_RATES = [True, None, "0.5", float("nan"), -0.1, 50, 256]


@pytest.mark.fault(53)
@every(CASES)
@pytest.mark.parametrize("wrong", WRONG_RATES, ids=repr)
def test_wrong_rate_is_quoted(case, wrong):
    if wrong is None and case.twin and isinstance(case.twin(), nn.RNNBase):
        pytest.skip("None means no dropout there")
    with pytest.raises(InputError, match=rf"must be .*Received: .*={wrong!r}"):
        made(case, wrong)


@pytest.mark.parametrize("wrong", [0, 1])
def test_learned_rate_starts_inside(wrong):
    with pytest.raises(InputError, match="above 0 and below 1"):
        ours.ConcreteDropout(nn.Linear(2, 2), rate=wrong)


@every(CASES)
@pytest.mark.parametrize("wrong", [True, "7", 1.5], ids=repr)
def test_wrong_seed_is_quoted(case, wrong):
    with pytest.raises(InputError, match=rf"Received: seed={wrong!r}"):
        made(case, seed=wrong)


@pytest.mark.fault(56)
@every({name: case for name, case in CASES.items() if case.words is None})
def test_integers_are_refused(case):
    with pytest.raises(InputError, match=r"floating-point.*Received: torch\.int64"):
        made(case)(torch.ones(case.shape, dtype=torch.int64))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ours.DropBlock2d(0.1, 0), "block_size must be an integer from 1 upwards"),
        (lambda: ours.DropBlock2d(0.1, True), "Received: block_size=True"),
        (lambda: ours.DropBlock2d(0.1)(torch.ones(2, 2)), r"4 axes .* Received: shape \(2, 2\)"),
        (lambda: ours.SpatialDropout2d(0.1)(torch.ones(2, 2)), r"Received: shape \(2, 2\)"),
        (lambda: ours.ConcreteDropout(nn.ReLU()), "layer must be a torch.nn.Linear"),
        (lambda: ours.ConcreteDropout(nn.Linear(2, 2), temperature=0), "temperature=0"),
        (lambda: ours.ConcreteDropout(nn.Linear(2, 2), weight_regularizer=-1), "=-1"),
        (lambda: ours.DropoutLSTM(2, 2, 2, dropout=0.5), "dropout must be 0"),
        (lambda: ours.DropoutGRU(2, 2, 2, recurrent_dropout=0.5), "num_layers=1"),
        (lambda: ours.Dropout(schedule="linear"), "schedule must be"),
    ],
)
def test_wrong_setting_is_quoted_with_its_range(make, message):
    with pytest.raises(InputError, match=message):
        make()
