"""Laws of LoRA adapters: their dropout is a place, and their factors are no hidden layers."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
from torch import nn  # noqa: E402

from bridle.dropout.surgery import (  # noqa: E402
    add_dropout,
    dropout_summary,
    remove_dropout,
    set_rate,
)

PLACE = "up.lora_dropout.default"
X = torch.ones(64, 8)


class Adapted(nn.Module):
    """A linear layer with an adapter, whose parts and forward are named as in PEFT's."""

    def __init__(self, base, rate):
        super().__init__()
        self.base_layer = base
        self.lora_dropout = nn.ModuleDict({"default": nn.Dropout(rate)})
        self.lora_A = nn.ModuleDict({"default": nn.Linear(base.in_features, 64, bias=False)})
        self.lora_B = nn.ModuleDict({"default": nn.Linear(64, base.out_features, bias=False)})
        self.scaling = {"default": 2.0}
        self.active_adapters = ["default"]

    def forward(self, x, *args, **kwargs):
        result = self.base_layer(x, *args, **kwargs)
        for active in self.active_adapters:
            if active not in self.lora_A.keys():  # noqa: SIM118 - as PEFT has it
                continue
            lora_A = self.lora_A[active]
            lora_B = self.lora_B[active]
            dropout = self.lora_dropout[active]
            x = x.to(lora_A.weight.dtype)
            result = result + lora_B(lora_A(dropout(x))) * self.scaling[active]
        return result


class Network(nn.Module):
    """A hidden layer with an adapter, and an output layer."""

    def __init__(self, rate=0.1):
        super().__init__()
        self.up = Adapted(nn.Linear(8, 16), rate)
        self.out = nn.Linear(16, 2)

    def forward(self, x):
        """Return the outputs."""
        return self.out(torch.relu(self.up(x)))


def cut(rate=0.1):
    return add_dropout(Network(rate), 0.3)


def rates(model):
    return {entry.layer: entry.rate for entry in dropout_summary(model).entries}


def test_the_adapters_dropout_is_a_place_and_its_factors_are_no_hidden_layers():
    found = rates(cut())
    assert found.pop(PLACE) == 0.1
    assert [*found.values()] == [0.3]
    assert not any("lora_A" in name or "lora_B" in name for name in found)


@pytest.mark.parametrize("before", [0.0, 0.1])
def test_its_rate_is_set_by_name_and_acts(before):
    model = cut(before)
    set_rate(model, {PLACE: 0.75})
    seen = []
    model.up.lora_A["default"].register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    model.train()(X)
    model.eval()(X)
    assert set(seen[0].unique().tolist()) == {0.0, 4.0}
    assert torch.equal(seen[1], X)


def test_it_is_taken_out_with_the_rest():
    plain = remove_dropout(cut())
    assert not [one for one in plain.modules() if isinstance(one, nn.Dropout) and one.p]
    assert torch.equal(plain.train()(X), plain.eval()(X))
