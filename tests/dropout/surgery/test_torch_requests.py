"""What is asked of surgery on PyTorch networks, and what is refused with the reason."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

if find_spec("torch") is None:
    pytest.skip("needs the extra torch: make test-torch", allow_module_level=True)

import torch
from tests.dropout.surgery.torch_networks import NETWORKS, Functional
from torch import nn
from torch.nn import functional

from bridle.dropout.schedule import Late, Linear
from bridle.dropout.surgery import add_dropout, dropout_summary, remove_dropout, restore, set_rate
from bridle.dropout.torch_modules import ConcreteDropout, Dropout, DropoutLSTM, EmbeddingDropout
from bridle.dropout.torch_modules.source import NoiseSource
from bridle.errors import BridleWarning, InputError, UnknownNameError


def build(name):
    return NETWORKS[name].build()


def rates(model):
    return {one.layer: one.rate for one in dropout_summary(model).entries if one.settable}


def settable(model):
    return {one.layer: one.kind for one in dropout_summary(model).entries if one.settable}


# --- Rates and places


def test_ramp_goes_over_the_depth():
    found = rates(add_dropout(build("perceptron"), (0.1, 0.4)))
    assert found == {"1_dropout": 0.1, "2.1_dropout": 0.4}


def test_mapping_names_paths_and_patterns():
    found = rates(add_dropout(build("residual"), {"blocks.*.conv1": 0.2, "stem": 0.1}))
    assert found == {
        "relu_dropout": 0.1,
        "blocks.0.relu_dropout": 0.2,
        "blocks.1.relu_dropout": 0.2,
    }


def test_places_are_chosen_by_predicate():
    cut = add_dropout(build("attention"), where=lambda module: isinstance(module, nn.Linear))
    assert settable(cut) == {"gelu_dropout": "Dropout"}


def test_named_layer_need_not_be_hidden():
    cut = add_dropout(build("recurrent"), where="words")
    assert settable(cut) == {"words_dropout": "Dropout"}


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("gaussian", {"relu_dropout": "GaussianDropout", "tanh_dropout": "GaussianDropout"}),
        ("alpha", {"relu_dropout": "AlphaDropout", "tanh_dropout": "AlphaDropout"}),
    ],
)
def test_kind_is_the_one_that_is_asked_for(kind, wanted):
    assert settable(add_dropout(build("functional"), kind=kind)) == wanted


def test_recurrent_weights_are_dropped_on_request():
    cut = add_dropout(build("recurrent"), 0.3, kind="weight_drop")
    assert (cut.lstm.weight_dropout, cut.gru.weight_dropout) == (0.3, 0.3)
    assert cut.lstm.recurrent_dropout is None


def test_stack_of_recurrent_layers_drops_weights_unless_state_is_asked_for():
    cut = add_dropout(build("recurrent"), 0.3)
    assert (cut.lstm.recurrent_dropout, cut.gru.weight_dropout) == (0.3, 0.3)
    with pytest.raises(InputError, match=r"'gru', which has several layers"):
        add_dropout(build("recurrent"), kind="recurrent")


def test_rate_of_one_place_is_set_by_its_name():
    cut = add_dropout(build("residual"), 0.5)
    set_rate(cut, {"stem": 0.2})
    assert rates(cut)["relu_dropout"] == 0.2
    assert {*rates(cut).values()} == {0.2, 0.5}


def test_summary_names_the_network_and_its_places():
    lines = repr(dropout_summary(add_dropout(build("convolutional"), 0.25))).splitlines()
    assert lines[0] == "Convolutional: dropout in 3 places"
    assert lines[2].split() == [
        *("features.2_dropout", "SpatialDropout2d", "0.25"),
        *("features.0,", "features.2", "yes"),
    ]


# --- Dropout that is there


def test_existing_dropout_keeps_its_place():
    cut = add_dropout(nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Dropout(0.2), nn.Linear(5, 5),
                                    nn.ReLU(), nn.Linear(5, 1)), 0.5)  # fmt: skip
    assert [type(one).__name__ for one in cut] == [
        *("Linear", "ReLU", "Dropout", "Linear", "ReLU", "Dropout", "Linear")
    ]
    assert isinstance(cut[2], nn.Dropout)


def test_functions_that_drop_are_replaced():
    cut = add_dropout(build("functional"), 0.0, existing="replace").train()
    assert "gelu_dropout" in settable(cut)
    x = NETWORKS["functional"].batch()
    assert torch.equal(cut(x), cut.eval()(x))


def test_noise_that_the_network_was_made_with_is_taken_out():
    made = nn.Sequential(
        EmbeddingDropout(5, 4),
        ConcreteDropout(nn.Linear(4, 4)),
        nn.ReLU(),
        Dropout(),
        nn.Linear(4, 1),
    )
    plain = restore(made)
    assert [type(one) for one in plain] == [
        nn.Embedding,
        nn.Linear,
        nn.ReLU,
        nn.Identity,
        nn.Linear,
    ]
    x = torch.tensor([[1, 2]])
    assert torch.equal(plain(x), made.eval()(x))
    assert type(restore(DropoutLSTM(3, 4, weight_dropout=0.5))) is nn.LSTM


# --- Networks that cannot be read


class Turning(nn.Module):
    """Its way depends on the data, and one activation is a function that does not commute."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(6, 6)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.dropout(torch.tanh(self.inner(x)), 0.1, self.training)
        return x if x.sum() > 0 else -x


@pytest.fixture(autouse=True)
def fixed_weights() -> None:
    """Weights by chance may leave every unit of so small a network dead."""
    torch.manual_seed(0)


class Optional(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner, self.out = nn.Linear(6, 6), nn.Linear(6, 1)

    def forward(self, x: torch.Tensor, scale: torch.Tensor | None = None) -> torch.Tensor:
        x = functional.relu(self.inner(x))
        return self.out(x if scale is None else x * scale)


class TwoModes(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inner, self.out = nn.Linear(6, 6), nn.Linear(6, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.relu(self.inner(x))
        return self.out(x * 2 if self.training else x)


@pytest.mark.parametrize(
    ("network", "reason"),
    [
        (NETWORKS["deciding"].make, "Deciding: torch.fx cannot trace its forward"),
        (Optional, r"Optional: the path .* optional argument \(scale=\)"),
        (TwoModes, "TwoModes: its forward takes different paths in training"),
    ],
)
def test_order_that_is_assumed_is_announced(network, reason):
    with pytest.warns(BridleWarning, match=rf"their source.*{reason}.*Dropout comes after"):
        cut = add_dropout(network(), 0.5)
    assert settable(cut)
    named = next(iter(settable(cut))).removesuffix(".dropout_behind")
    assert add_dropout(network(), 0.5, where=named) is not None


class Sharing(Turning):
    """One layer at two places of lists."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList([nn.ModuleList([self.inner]), self.inner])
        self.out = nn.Linear(6, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.relu(self.inner(x))
        return self.out(x if x.sum() > 0 else functional.relu(self.blocks[1](x)))


def test_module_that_is_registered_twice_gets_one_hook():
    cut = add_dropout(Sharing(), 0.5, where="inner")
    assert settable(cut) == {"inner.dropout_behind": "Dropout"}
    assert len(cut.inner._forward_hooks) == 1
    assert cut.blocks[1] is cut.inner


def test_optional_argument_is_still_taken():
    cut = add_dropout(Optional().eval(), where="inner")
    plain = restore(cut)
    x, scale = torch.ones(2, 6), torch.tensor(2.0)
    assert torch.equal(cut(x, scale), plain(x, scale))
    assert not torch.equal(cut(x, scale), cut(x))


def test_part_that_cannot_be_cut_is_named_with_the_reason():
    model = nn.Sequential(nn.Linear(6, 6), nn.ReLU(), Turning(), nn.Linear(6, 1))
    with pytest.raises(
        InputError, match=r"part '2': Turning: torch\.fx cannot trace.* calls tanh\(\)"
    ):
        add_dropout(model)
    cut = add_dropout(model, where="0")
    assert settable(cut) == {"1_dropout": "Dropout"}
    with pytest.raises(InputError, match="part '2': Turning"):
        remove_dropout(model)


def test_transformer_layer_of_pytorch_keeps_the_dropout_that_it_has():
    model = nn.Sequential(nn.Linear(4, 8), nn.TransformerEncoderLayer(8, 2, 8), nn.Linear(8, 1))
    cut = add_dropout(model)
    assert settable(cut) == {"0_dropout": "Dropout"}
    assert len(dropout_summary(cut).entries) == 5
    assert dropout_summary(remove_dropout(model)).entries == ()


class Counting(nn.Module):
    """Keeps what it saw, and counts its calls."""

    def __init__(self) -> None:
        super().__init__()
        self.inner, self.out = nn.Linear(6, 6), nn.Linear(6, 1)
        self.register_buffer("calls", torch.zeros(()))
        self.seen = None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.seen = x
        self.calls += 1
        return self.out(functional.relu(self.inner(x)))


class Freezing(Counting):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.seen = torch.rand(6)
        return self.out(functional.relu(self.inner(x)) + self.seen)


@pytest.mark.parametrize("network", [Counting, Freezing])
def test_reading_leaves_no_trace_on_a_network(network):
    model = network()
    with pytest.warns(BridleWarning, match="read from their source"):
        cut = add_dropout(model, 0.5)
    assert dropout_summary(model).entries == ()
    for one in (model, cut):
        assert one.seen is None
        assert one.calls == 0
        assert not [name for name in vars(one) if "tensor_constant" in name]
    assert settable(cut) == {"inner.dropout_behind": "Dropout"}


def test_noise_that_does_not_commute_is_refused_where_a_function_follows():
    with pytest.raises(InputError, match="kind must not be 'alpha' for 'first'"):
        add_dropout(build("deciding"), kind="alpha", where="first")


def test_network_that_cannot_be_copied_is_refused():
    model = Functional()
    model.kept = model.first.weight * 2
    with pytest.raises(InputError, match="a copy of it cannot be made"):
        add_dropout(model)


# --- Requests that are wrong


@pytest.mark.parametrize(
    ("model", "settings", "message"),
    [
        (nn.Linear(2, 2), {}, "Linear is a single PyTorch module"),
        (nn.Sequential(nn.Linear(2, 2), nn.ReLU()), {}, "has no hidden layer"),
        (build("functional"), {"where": "out"}, "must not name an output"),
        (build("functional"), {"rate": 50}, r"must be a number in \[0, 1\]"),
        (build("functional"), {"where": "frist"}, "Did you mean 'first'"),
        (
            build("functional"),
            {"kind": "spatial"},
            "no hidden layer that dropout of kind 'spatial'",
        ),
    ],
)
def test_wrong_request_is_refused(model, settings, message):
    with pytest.raises(InputError, match=message):
        add_dropout(model, **settings)


def test_network_without_dropout_has_no_rate_to_set():
    with pytest.raises(InputError, match="'Functional' has no dropout whose rate can be set"):
        set_rate(build("functional"), 0.5)
    with pytest.raises(UnknownNameError):
        set_rate(add_dropout(build("functional")), {"nothing": 0.5})


def test_dropout_before_batch_normalisation_warns():
    model = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.BatchNorm1d(4), nn.Linear(4, 1))
    with pytest.warns(BridleWarning, match="'1' comes before a batch normalisation"):
        add_dropout(model)


# --- Networks as they are configured in the usual way


class Configured(nn.Module):
    """Attention and a block whose dropouts are configured, at 0 by default, and read by rate."""

    def __init__(self, rate=0.0):
        super().__init__()
        self.inside = nn.Linear(6, 6)
        self.attend = nn.Dropout(rate)
        self.hidden = nn.Linear(6, 8)
        self.drop = nn.Dropout(rate)
        self.out = nn.Linear(8, 2)

    def forward(self, x):
        h = self.inside(x)[:, None, :]
        p = self.attend.p if self.training else 0.0
        h = functional.scaled_dot_product_attention(h, h, h, None, p)[:, 0]
        h = self.drop(functional.relu(self.hidden(h)))
        return self.out(h)


class Fixed(Configured):
    def forward(self, x):
        h = self.inside(x)[:, None, :]
        h = functional.scaled_dot_product_attention(h, h, h, dropout_p=0.3)
        h = functional.relu(self.hidden(h[:, 0]))
        return self.out(h) * (2.0 if self.training else 1.0)


class Traced(Configured):
    def forward(self, x):
        h = self.inside(x)[:, None, :]
        h = functional.scaled_dot_product_attention(h, h, h, dropout_p=0.3)
        return self.out(functional.relu(self.hidden(h[:, 0])))


def test_dropout_of_rate_0_is_a_place_to_use():
    assert settable(add_dropout(Configured(0.0), where="hidden")) == {"relu_dropout": "Dropout"}
    with pytest.warns(BridleWarning, match="already dropout at 'hidden'"):
        assert settable(add_dropout(Configured(0.2), where="hidden")) == {}


def test_dropout_of_bridle_at_rate_0_gets_no_second_one():
    once = add_dropout(build("perceptron"), 0.0)
    with pytest.warns(BridleWarning, match="already dropout at '0', '2.0'"):
        assert settable(add_dropout(once, 0.5)) == settable(once)


@pytest.mark.parametrize("rate", [0.0, 0.4])
def test_a_network_that_reads_its_dropouts_rates_is_plain_and_trains(rate):
    plain = remove_dropout(Configured(rate)).train()
    x = torch.randn(5, 6)
    assert torch.equal(plain(x), plain(x))
    assert torch.equal(plain(x), plain.eval()(x))
    plain.train()(x).sum().backward()


def test_a_rate_in_the_code_of_attention_is_taken_out_or_refused():
    plain = remove_dropout(Traced()).train()
    x = torch.randn(5, 6)
    assert torch.equal(plain(x), plain(x))
    with pytest.raises(InputError, match="Fixed"):
        remove_dropout(Fixed())


class DropPath(nn.Module):
    """Drops samples of a branch, by a number that it holds, as timm's does."""

    def __init__(self, drop_prob: float) -> None:
        super().__init__()
        self.drop_prob = drop_prob

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training or self.drop_prob == 0:
            return x
        keep = 1 - self.drop_prob
        return x * x.new_empty((len(x), 1)).bernoulli_(keep) / keep


class Branched(nn.Module):
    """A residual branch that is dropped, and dropout whose rate is a number."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(6, 6)
        self.path = DropPath(0.4)
        self.attention_dropout = 0.3
        self.out = nn.Linear(6, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.path(torch.relu(self.first(x)))
        return self.out(nn.functional.dropout(x, self.attention_dropout, self.training))


def test_rates_that_are_numbers_are_listed_and_taken_out():
    network, x = Branched().train(), torch.randn(16, 6)
    found = {one.layer: (one.kind, one.rate) for one in dropout_summary(network).entries}
    assert found == {"path.drop_prob": ("DropPath", 0.4), "attention_dropout": ("function", 0.3)}
    plain = remove_dropout(network).train()
    assert torch.equal(plain(x), plain(x))
    assert torch.equal(plain(x), network.eval()(x))
    assert dropout_summary(plain).entries == ()
    assert (network.path.drop_prob, network.attention_dropout) == (0.4, 0.3)


class Packed(nn.Module):
    """Sequences of several lengths, packed; its author calls the module me."""

    def __init__(me) -> None:  # noqa: N805
        super().__init__()
        me.words = nn.Embedding(20, 8)
        me.rnn = nn.LSTM(8, 8, batch_first=True)
        me.hidden = nn.Linear(8, 8)
        me.out = nn.Linear(8, 2)

    def forward(me, x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:  # noqa: N805
        packed = nn.utils.rnn.pack_padded_sequence(
            me.words(x), lengths, batch_first=True, enforce_sorted=False
        )
        _, (last, _) = me.rnn(packed)
        return me.out(torch.relu(me.hidden(last[-1])))


def test_packed_sequences_get_the_dropout_that_can_run():
    network = Packed().train()
    x, lengths = torch.randint(20, (4, 6)), torch.tensor([6, 5, 3, 2])
    with pytest.warns(BridleWarning, match="read from their source"):
        cut = add_dropout(network, 0.5, seed=1).train()
    assert rates(cut) == {"rnn": 0.5, "hidden.dropout_behind": 0.5}
    assert cut.rnn.state_noise is None
    assert not torch.equal(cut(x, lengths), cut(x, lengths))
    cut(x, lengths).sum().backward()
    assert torch.equal(cut.eval()(x, lengths), network.eval()(x, lengths))
    with pytest.raises(InputError, match="packs sequences"):
        add_dropout(network, 0.5, where=["rnn"], kind="recurrent")


class ByTranspose(nn.Linear):
    """A dense layer whose forward computes with a view of its weight."""

    def forward(self, x):
        return x @ self.weight.T + self.bias


class Transposing(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = ByTranspose(4, 6), ByTranspose(6, 2)

    def forward(self, x):
        return self.last(functional.gelu(self.first(x)))


def test_a_product_with_a_view_of_a_weight_is_a_hidden_layer():
    cut = add_dropout(Transposing(), 0.5)
    assert [entry.layer for entry in dropout_summary(cut).entries] == ["gelu_dropout"]
    assert [bare.layer for bare in dropout_summary(cut).bare] == ["last.matmul()"]


# --- Schedules


@pytest.mark.parametrize("name", ["perceptron", "attention", "recurrent", "residual"])
def test_every_place_has_the_schedule(name):
    cut = add_dropout(build(name), 0.3, schedule=Linear(steps=100, end=0.5), seed=0)
    found = [one.schedule for one in cut.modules() if isinstance(one, NoiseSource)]
    assert found
    assert set(found) == {Linear(steps=100, end=0.5)}


def test_dropout_begins_when_the_schedule_says():
    plain = build("perceptron").train()
    cut = add_dropout(plain, 0.5, schedule=Late(begin=2), seed=0).train()
    x = torch.randn(4, *NETWORKS["perceptron"].shape)
    calls = [cut(x) for _ in range(3)]
    assert torch.equal(calls[0], plain(x))
    assert torch.equal(calls[1], plain(x))
    assert not torch.allclose(calls[2], plain(x))
