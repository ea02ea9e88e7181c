"""Seed, counter and rate: what repeats, what differs, what is saved, what acts at once."""

from __future__ import annotations

import copy
import io
from importlib.util import find_spec

import numpy as np
import pytest

if find_spec("torch") is None:
    pytest.skip("needs the extra torch: make test-torch", allow_module_level=True)

import torch
from tests.dropout.torch_modules.catalogue import CASES, SET, made, output
from torch import nn

from bridle.dropout import torch_modules as ours
from bridle.dropout.schedule import Early, Late, Linear
from bridle.dropout.torch_modules import draws
from bridle.errors import InputError


def every(cases):
    return pytest.mark.parametrize("case", cases.values(), ids=cases)


def network(seed=7):
    return nn.Sequential(
        nn.Linear(6, 8), ours.Dropout(0.5, seed=seed), nn.Sequential(ours.Dropout(0.5, seed=seed))
    )


def masks(*modules, calls=1):
    x = torch.ones(40)
    return [module(x) for module in modules for _ in range(calls)]


def all_differ(tensors):
    return all(
        not torch.equal(one, other) for i, one in enumerate(tensors) for other in tensors[:i]
    )


# --- What repeats, and what differs


@every(CASES)
def test_same_seed_and_call_have_the_same_masks(case):
    first, second = made(case), made(case)
    x = case.batch()
    for _ in range(2):
        assert torch.equal(output(first, x), output(second, x))


@every(CASES)
def test_each_training_call_has_masks_of_its_own(case):
    module, x = made(case), case.batch()
    assert all_differ([output(module, x) for _ in range(3)])
    before = [one.clone() for name, one in module.state_dict().items() if "place" in name]
    output(module.eval(), x)
    after = [one for name, one in module.state_dict().items() if "place" in name]
    assert all(torch.equal(one, other) for one, other in zip(before, after, strict=True))


@pytest.mark.fault(58)
@pytest.mark.parametrize("seed", [0, -3, 2**40, 10**30, np.int64(5), np.uint8(7)], ids=repr)
def test_any_integer_is_a_seed(seed):
    first, second = masks(ours.Dropout(seed=seed), ours.Dropout(seed=seed))
    other, _ = masks(ours.Dropout(seed=int(seed) + 1), ours.Dropout())
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


def test_without_a_seed_every_module_has_its_own():
    assert all_differ(masks(*(ours.Dropout() for _ in range(4)), calls=2))


@pytest.mark.fault(59)
def test_modules_of_one_network_never_share_masks_whatever_their_seeds():
    layer = ours.Dropout(seed=7)
    model = nn.Sequential(network(), network(), *(copy.deepcopy(layer) for _ in range(2)), layer)
    model.add_module("late", nn.ModuleDict({"one": ours.Dropout(seed=7)}))
    assert all_differ(masks(*(one for one in model.modules() if isinstance(one, ours.Dropout))))


def test_copies_that_an_encoder_makes_of_its_layer_do_not_share_masks():
    layer = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)
    layer.dropout1 = ours.Dropout(seed=7)
    encoder = nn.TransformerEncoder(layer, 3, enable_nested_tensor=False)
    assert all_differ(masks(*(one.dropout1 for one in encoder.layers)))


def test_one_module_at_two_places_keeps_its_stream():
    shared = ours.Dropout(seed=7)
    nn.Sequential(shared, nn.ReLU(), shared)
    assert torch.equal(*masks(shared, ours.Dropout(seed=7)))


def test_places_of_a_recurrent_module_do_not_share_a_stream():
    places = [one for name, one in made(CASES["GRU, all"]).state_dict().items() if "place" in name]
    assert len({tuple(one.tolist()) for one in places}) == 3


@pytest.mark.parametrize("again", [network, None], ids=["built twice", "copied"])
def test_network_of_the_same_seeds_repeats(again):
    model = network()
    other = again() if again else copy.deepcopy(model)
    other.load_state_dict(model.state_dict())
    x = torch.ones(4, 6)
    assert torch.equal(model(x), other(x))


def test_one_seed_for_a_network_gives_streams_by_position():
    one, other = ours.seed_noise(network(1), 3), ours.seed_noise(network(2), 3)
    other[0].load_state_dict(one[0].state_dict())
    assert torch.equal(one(torch.ones(4, 6)), other(torch.ones(4, 6)))
    assert not torch.equal(*masks(one[1], one[2][0]))
    with pytest.raises(InputError, match="seed must be an integer"):
        ours.seed_noise(one, "3")


@every(CASES)
def test_global_generator_is_neither_read_nor_moved(case):
    module, x = made(case), case.batch()
    before = torch.get_rng_state()
    output(module, x)
    assert torch.equal(torch.get_rng_state(), before)


def test_number_of_threads_does_not_matter():
    threads = torch.get_num_threads()
    found = []
    try:
        for n in (1, 2):
            torch.set_num_threads(n)
            found += [ours.Dropout(0.5, seed=1)(torch.ones(300, 1000))]
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(*found)


@pytest.mark.fault(68)
def test_workers_of_one_training_do_not_share_masks(monkeypatch):
    found = []
    monkeypatch.setattr(draws.torch.distributed, "is_initialized", lambda: True)
    for rank in (0, 1):
        monkeypatch.setattr(draws.torch.distributed, "get_rank", lambda rank=rank: rank)
        found += masks(ours.Dropout(seed=7))
    assert not torch.equal(*found)


# --- What is saved


@every({name: case for name, case in SET.items() if case.twin})
def test_checkpoint_written_without_noise_loads_strictly(case):
    module, plain = made(case, seed=1), case.twin()
    before = [one.clone() for name, one in module.state_dict().items() if "noise" in name]
    assert not any(module.load_state_dict(plain.state_dict(), strict=True))
    after = [one for name, one in module.state_dict().items() if "noise" in name]
    assert before
    assert all(torch.equal(one, other) for one, other in zip(before, after, strict=True))
    for name, weight in plain.named_parameters():
        assert torch.equal(module.get_parameter(name), weight)


@pytest.mark.fault(67)
def test_weights_of_another_shape_are_still_refused():
    with pytest.raises(RuntimeError, match="size mismatch"):
        network().load_state_dict(nn.Sequential(nn.Linear(6, 9)).state_dict())
    with pytest.raises(RuntimeError, match="Missing key"):
        network().load_state_dict({})


def train(model, optimiser, steps):
    x = torch.linspace(-1, 1, 24).reshape(4, 6)
    for _ in range(steps):
        optimiser.zero_grad()
        model(x).square().sum().backward()
        optimiser.step()


def started(rate=0.5):
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Linear(6, 8), ours.Dropout(rate, schedule=Linear(4)), ours.DropConnectLinear(8, 2)
    )
    return model, torch.optim.Adam(model.parameters(), lr=0.1)


@pytest.mark.fault(65)
def test_resumed_run_repeats_bit_for_bit():
    model, optimiser = started()
    train(model, optimiser, 3)
    file = io.BytesIO()
    torch.save([model.state_dict(), optimiser.state_dict()], file)
    train(model, optimiser, 3)
    file.seek(0)
    resumed, other = started(rate=0.1)
    for one, state in zip((resumed, other), torch.load(file, weights_only=True), strict=True):
        one.load_state_dict(state)
    train(resumed, other, 3)
    for weight, again in zip(model.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(weight, again)


def test_type_and_device_of_the_network_leave_rate_and_place_as_they_are():
    model = made(CASES["DropConnectLinear"], 0.1)
    state = {name: one for name, one in model.state_dict().items() if "noise" in name}
    moved = model.half().state_dict()
    assert moved["weight"].dtype == torch.float16
    assert all(moved[name] is one for name, one in state.items())
    assert model.rate == 0.1
    with torch.device("meta"):
        assert ours.Dropout(0.5, seed=1)(torch.ones(3, device="cpu")).device.type == "cpu"


def test_gradients_flow_to_nothing_of_the_noise():
    assert not list(ours.Dropout().parameters())
    assert not list(ours.Dropout().buffers())


# --- What acts at once


@pytest.mark.parametrize("name", [name for name in SET if "LSTM" not in name and "GRU" not in name])
def test_rate_that_is_set_acts_at_once(name):
    case = SET[name]
    module, x = made(case, 0.0), case.batch()
    plain = output(module, x)
    module.rate = 0.9
    assert module.rate == 0.9
    assert not torch.equal(output(module, x), plain)
    with pytest.raises(InputError, match=r"rate must be .*Received: rate=50"):
        module.rate = 50


def test_rates_of_a_recurrent_module_are_set_where_they_were_given():
    module = ours.DropoutLSTM(5, 4, weight_dropout=0.0)
    x = torch.ones(3, 2, 5)
    plain = module(x)[0]
    module.weight_dropout = 0.9
    assert module.weight_dropout == 0.9
    assert module.input_dropout is None
    assert not torch.equal(module(x)[0], plain)
    with pytest.raises(
        InputError, match="input_dropout cannot be set on a module that was made without it"
    ):
        module.input_dropout = 0.5
    with pytest.raises(InputError, match="Received: weight_dropout=50"):
        module.weight_dropout = 50


@pytest.mark.parametrize(
    ("schedule", "noisy"),
    [
        (Linear(2), [False, True, True]),
        (Early(1), [True, False, False]),
        ({"name": "late", "begin": 2}, [False, False, True]),
    ],
)
def test_schedule_moves_the_rate_with_the_training_calls(schedule, noisy):
    module = ours.Dropout(0.9, schedule=schedule, seed=1)
    x = torch.ones(100)
    assert [not torch.equal(module(x), x) for _ in range(3)] == noisy
    assert module.rate == 0.9
    assert isinstance(module.schedule, (Linear, Early, Late))


def test_settings_are_shown():
    assert "rate=0.3" in repr(ours.Dropout(0.3, seed=4))
    assert "seed=4" in repr(ours.Dropout(0.3, seed=4))
    assert "block_size=5" in repr(ours.DropBlock2d(0.3, 5))
    assert "temperature=0.1" in repr(made(CASES["ConcreteDropout"]))
