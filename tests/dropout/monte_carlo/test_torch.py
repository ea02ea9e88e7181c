"""Laws of Monte-Carlo on PyTorch networks, crossed with every module that does dropout."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

torch = pytest.importorskip("torch")

from tests.dropout.torch_modules.catalogue import CASES, made, output  # noqa: E402
from torch import nn  # noqa: E402

from bridle import MonteCarlo, set_rate  # noqa: E402
from bridle.dropout import torch_modules as ours  # noqa: E402
from bridle.errors import BridleWarning, InputError  # noqa: E402


class Functional(nn.Module):
    """Dropout as a function, beside one that is a module."""

    def __init__(self) -> None:
        super().__init__()
        self.mask = ours.Dropout(0.0, seed=1)

    def forward(self, x: Any) -> Any:
        return nn.functional.dropout(self.mask(x), 0.5, self.training)


class WithoutState(nn.Module):
    """A recurrent module's outputs alone."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, x: Any) -> Any:
        return output(self.module, x)


PLAIN = {
    "nn.Dropout": lambda: nn.Sequential(nn.Linear(6, 4), nn.Dropout(0.5)),
    "function": Functional,
    "between normalisations": lambda: nn.Sequential(
        nn.BatchNorm1d(6), ours.Dropout(0.5, seed=2), nn.BatchNorm1d(6)
    ),
    "encoder": lambda: nn.Sequential(
        nn.Unflatten(1, (1, 6)), nn.TransformerEncoderLayer(6, 2, 8, 0.5, batch_first=True)
    ),
}


def network(name: str) -> tuple[nn.Module, Any]:
    torch.manual_seed(0)
    if name in PLAIN:
        return PLAIN[name](), torch.rand(4, 6) + 0.5
    return WithoutState(made(CASES[name])), CASES[name].batch()


def state(model: nn.Module) -> list[Any]:
    """Return all that a prediction might change, the place of PyTorch's own generator included."""
    values = [one.tolist() for one in model.state_dict().values()]
    modes = [one.training for one in model.modules()]
    return [*values, modes, torch.random.get_rng_state().tolist()]


every_network = pytest.mark.parametrize("name", [*CASES, *PLAIN])


@every_network
@pytest.mark.parametrize("mode", [True, False])
def test_samples_are_those_of_their_seed_and_leave_the_network_as_it_was(name, mode):
    model, x = network(name)
    model.train(mode)
    monte_carlo, before = MonteCarlo(model), state(model)
    first, again, other = (monte_carlo.predict(x, samples=4, seed=one) for one in (1, 1, 2))
    assert state(model) == before
    np.testing.assert_array_equal(first.samples, again.samples)
    assert np.any(first.samples != other.samples)
    assert np.any(first.sd > 0)


@every_network
def test_fixed_masks_give_a_row_the_same_samples_in_every_batch(name):
    model, x = network(name)
    monte_carlo = MonteCarlo(model)
    together, apart = (
        monte_carlo.predict(x, samples=3, seed=5, fixed_masks=True, batch_size=size)
        for size in (None, 1)
    )
    np.testing.assert_array_equal(together.samples, apart.samples)


def test_rate_zero_has_sd_of_exactly_zero():
    model = nn.Sequential(nn.Linear(6, 4), ours.Dropout(0.5))
    set_rate(model, 0.0)
    with pytest.warns(BridleWarning, match="the rate of every dropout is 0"):
        assert not np.any(MonteCarlo(model).predict(torch.rand(3, 6), samples=5).sd)


def test_mean_and_sd_of_a_linear_network_are_their_closed_forms():
    p, n = 0.4, 600
    model = nn.Sequential(ours.Dropout(p, seed=0), nn.Linear(6, 1))
    x = torch.rand(1, 6) + 0.5
    kernel = model[1].weight.detach()[0]
    sd = float(((x[0] * kernel) ** 2).sum() * p / (1 - p)) ** 0.5
    drawn = MonteCarlo(model).predict(x, samples=n, seed=0)
    assert abs(drawn.mean[0, 0] - model.eval()(x).item()) < 5 * sd / n**0.5
    np.testing.assert_allclose(drawn.sd[0, 0], sd, rtol=5 / n**0.5)


class Failing(nn.Module):
    def forward(self, x: Any) -> Any:
        raise RuntimeError("as told")


@pytest.mark.fault(62)
@pytest.mark.parametrize("mode", [True, False])
def test_exception_leaves_the_network_as_it_was(mode):
    model = nn.Sequential(nn.BatchNorm1d(6), ours.Dropout(0.5), Failing()).train(mode)
    model[0].eval()
    x = torch.rand(3, 6)
    before = state(model)
    with pytest.raises(RuntimeError, match="as told"):
        MonteCarlo(model).predict(x)
    assert state(model) == before


def test_network_without_dropout_is_refused_with_the_remedy():
    with pytest.raises(InputError, match=r"'Linear' has no dropout.*bridle\.add_dropout"):
        MonteCarlo(nn.Linear(3, 2))


def test_tuple_as_output_is_refused():
    model = made(CASES["LSTM, weights"])
    with pytest.raises(InputError, match="must have one array as output"):
        MonteCarlo(model).predict(CASES["LSTM, weights"].batch())


class Counting(nn.Module):
    """A module of a user's that counts its calls in training, and takes two inputs by name."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 2)
        self.drop = nn.Dropout(0.5)
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, left: Any, right: Any) -> Any:
        if self.training:
            self.calls += 1
        return self.drop(self.linear(left + right))


def test_inputs_come_as_dicts_and_frames_of_doubles_and_buffers_are_put_back():
    model = Counting()
    x = np.random.default_rng(0).normal(size=(4, 3))
    by_name = {"left": pd.DataFrame(x), "right": x}
    found = MonteCarlo(model).predict(by_name, samples=3, seed=0)
    assert found.samples.shape == (3, 4, 2)
    assert np.array_equal(
        found.samples, MonteCarlo(model).predict([x, x], samples=3, seed=0).samples
    )
    assert model.calls == 0


def test_a_frame_with_text_is_refused():
    with pytest.raises(InputError, match=r"x must hold numbers\. Received: 'u'"):
        MonteCarlo(Counting()).predict([pd.DataFrame([["u", 1.0, 2.0]])] * 2, samples=2)
