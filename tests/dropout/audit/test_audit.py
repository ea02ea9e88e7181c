"""An audit finds the public faults of dropout when they are planted, and passes bridle's own."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402
from torch.utils.checkpoint import checkpoint  # noqa: E402

import bridle  # noqa: E402
from bridle.dropout import torch_modules as ours  # noqa: E402
from bridle.dropout.audit.audit_dropout import audit_dropout  # noqa: E402
from bridle.dropout.audit.checks import CODES, shared_ranks  # noqa: E402
from bridle.dropout.audit.measures import dropped, far_from, independent  # noqa: E402
from bridle.dropout.audit.torch.observe import observe  # noqa: E402
from bridle.errors import InputError, UnknownNameError  # noqa: E402


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def codes(found):
    return {one.code.split()[0] for one in found.findings}


def network(*dropouts, width=64):
    layers = [one for drop in dropouts for one in (nn.Linear(width, width), nn.GELU(), drop)]
    return nn.Sequential(*layers, nn.Linear(width, 3))


BATCH = torch.randn(32, 64, generator=torch.Generator().manual_seed(1))


class Functional(nn.Module):
    """F.dropout ignores eval() (pytorch#26338)."""

    def forward(self, x):
        return functional.dropout(x, 0.3)


class Attention(nn.Module):
    """SDPA's dropout_p acts in eval unless the caller sets 0 (pytorch#124464, timm#1978)."""

    def forward(self, x):
        x = x.reshape(-1, 4, 8, 8)
        return functional.scaled_dot_product_attention(x, x, x, dropout_p=0.2).reshape(32, -1)


class Twice(nn.Module):
    """The rate is applied twice."""

    def __init__(self):
        super().__init__()
        self.p = 0.3

    def forward(self, x):
        once = functional.dropout(x, self.p, self.training)
        return functional.dropout(once, self.p, self.training)


class NeverCalled(nn.Module):
    """A rate of .99 did nothing (darts#2300)."""

    def __init__(self):
        super().__init__()
        self.layer, self.drop = nn.Linear(64, 64), nn.Dropout(0.99)

    def forward(self, x):
        return self.layer(x)


class Redrawn(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * torch.bernoulli(torch.full_like(x, 0.5)) * 2

    @staticmethod
    def backward(ctx, grad):
        return grad * torch.bernoulli(torch.full_like(grad, 0.5)) * 2


class RedrawnDropout(nn.Module):
    """The gradient has a mask of its own."""

    def forward(self, x):
        return Redrawn.apply(x) if self.training else x


class Forgetful(nn.Module):
    """Checkpointing repeats the forward pass with another mask (pytorch#198333)."""

    def __init__(self):
        super().__init__()
        self.block = nn.Sequential(nn.Linear(64, 64), nn.Dropout(0.5), nn.Linear(64, 64))

    def forward(self, x):
        return checkpoint(self.block, x, use_reentrant=False, preserve_rng_state=False)


class Seeded(nn.Module):
    """The generator is seeded in each call: every step and layer has one mask (keras' equal seeds)."""

    def forward(self, x):
        if not self.training:
            return x
        generator = torch.Generator().manual_seed(1)
        return x * torch.empty_like(x).bernoulli_(0.5, generator=generator) * 2


class SharedSeed(nn.Module):
    """Two layers with one integer seed have identical masks; checkpointing does not restore it."""

    def __init__(self):
        super().__init__()
        self.generator = None

    def __deepcopy__(self, memo):
        return SharedSeed()

    def forward(self, x):
        if not self.training:
            return x
        self.generator = self.generator or torch.Generator().manual_seed(1)
        return x * torch.empty_like(x).bernoulli_(0.5, generator=self.generator) * 2


class OneMask(nn.Module):
    """All samples lose the same units."""

    def forward(self, x):
        return x * x.new_empty(x.shape[1:]).bernoulli_(0.5) * 2 if self.training else x


class GroupsOfFour(nn.Module):
    """Masks agree in groups of four channels (pytorch#198333)."""

    def forward(self, x):
        if not self.training:
            return x
        mask = x.new_empty(len(x), x.shape[1] // 4).bernoulli_(0.5)
        return x * mask.repeat_interleave(4, dim=1) * 2


class Remembering(nn.Dropout):
    """Changing the rate does nothing (keras#8826)."""

    def __init__(self, p):
        super().__init__(p)
        self.first = p

    def forward(self, x):
        return functional.dropout(x, self.first, self.training)


class DrawsInEvaluation(nn.Module):
    """Noise that no dropout function makes."""

    def forward(self, x):
        return x + torch.randn_like(x)


PLANTED = {
    "F.dropout in eval": (network(Functional()), {"BR501"}),
    "attention in eval": (network(Attention()), {"BR501"}),
    "noise in eval": (network(DrawsInEvaluation()), {"BR501"}),
    "the rate twice": (network(Twice()), {"BR502"}),
    "a rate that does nothing": (nn.Sequential(NeverCalled()), {"BR503"}),
    "a gradient of another mask": (network(RedrawnDropout()), {"BR504"}),
    "checkpointing without the state": (Forgetful(), {"BR504"}),
    "a seed in forward": (network(Seeded()), {"BR505"}),
    "a seed in forward of two layers": (network(Seeded(), Seeded()), {"BR505", "BR506"}),
    "one seed of two layers": (network(SharedSeed(), SharedSeed()), {"BR504", "BR506"}),
    "one mask for the batch": (network(OneMask()), {"BR507"}),
    "groups of four channels": (network(GroupsOfFour()), {"BR509"}),
    "a rate that is remembered": (network(Remembering(0.2)), {"BR510"}),
}


@pytest.mark.parametrize("name", PLANTED)
def test_planted_fault_is_found_and_no_other(name):
    model, expected = PLANTED[name]
    found = audit_dropout(model, BATCH)
    assert codes(found) == expected, str(found)
    assert found.exit_code == 1
    for one in found.findings:
        assert one.code in CODES
        assert one.reason.endswith(".")
        assert one.remedy.endswith((".", "]."))


def test_every_code_is_planted_or_of_ranks():
    planted = set().union(*(expected for _, expected in PLANTED.values()))
    assert planted | {"BR508"} == {one.split()[0] for one in CODES}


SOUND = {
    "none": (network(), BATCH),
    "nn.Dropout": (network(nn.Dropout(0.5), nn.Dropout(0.1)), BATCH),
    "nn.Dropout2d": (
        nn.Sequential(nn.Conv2d(3, 64, 3), nn.Dropout2d(0.3), nn.Conv2d(64, 4, 3)),
        torch.randn(16, 3, 8, 8),
    ),
    "nn.AlphaDropout": (network(nn.AlphaDropout(0.2)), BATCH),
    "transformer": (
        nn.TransformerEncoderLayer(32, 4, 64, dropout=0.1, batch_first=True),
        torch.randn(16, 8, 32),
    ),
    "attention": (
        nn.TransformerDecoderLayer(16, 2, 32, batch_first=True),
        (torch.randn(16, 5, 16),) * 2,
    ),
    "LSTM": (nn.LSTM(8, 16, 2, dropout=0.3), torch.randn(32, 8, 8)),
    "rate 1": (network(nn.Dropout(1.0)), BATCH),
    "checkpointed": (
        nn.Sequential(nn.Linear(64, 64), nn.Dropout(0.5), nn.Linear(64, 4)),
        BATCH,
    ),
}


@pytest.mark.parametrize("name", SOUND)
def test_sound_networks_pass(name):
    model, batch = SOUND[name]
    found = audit_dropout(model, batch)
    assert found.findings == (), str(found)
    assert found.exit_code == 0


MAPS, SEQUENCES = torch.randn(16, 32, 6, 6), torch.randn(16, 9, 24)
OURS = {
    "Dropout": (ours.Dropout(0.4), BATCH),
    "SpatialDropout1d": (ours.SpatialDropout1d(0.4), SEQUENCES),
    "SpatialDropout2d": (ours.SpatialDropout2d(0.4), MAPS),
    "SpatialDropout3d": (ours.SpatialDropout3d(0.4), MAPS[..., None]),
    "GaussianDropout": (ours.GaussianDropout(0.4), BATCH),
    "AlphaDropout": (ours.AlphaDropout(0.4), BATCH),
    "DropPath": (ours.DropPath(0.4), MAPS),
    "DropBlock2d": (ours.DropBlock2d(0.2, block_size=3), MAPS),
    "DropConnectLinear": (ours.DropConnectLinear(64, 8, rate=0.3), BATCH),
    "EmbeddingDropout": (ours.EmbeddingDropout(50, 8, rate=0.3), torch.randint(0, 50, (16, 7))),
    "ConcreteDropout": (ours.ConcreteDropout(nn.Linear(64, 8)), BATCH),
    "DropoutLSTM": (ours.DropoutLSTM(24, 8, input_dropout=0.3, weight_dropout=0.2), SEQUENCES),
    "DropoutGRU": (ours.DropoutGRU(24, 8, input_dropout=0.3, recurrent_dropout=0.2), SEQUENCES),
    "DropoutAttention": (
        ours.DropoutAttention(24, 4, rate=0.3, batch_first=True),
        (SEQUENCES,) * 3,
    ),
}


class Repeated(nn.Module):
    """A module in front of which there are parameters, with or without checkpointing."""

    def __init__(self, module, again):
        super().__init__()
        self.module, self.again = module, again
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, *inputs):
        moved = [x * self.scale if x.is_floating_point() else x for x in inputs]
        if self.again:
            return checkpoint(self.module, *moved, use_reentrant=False)
        return self.module(*moved)


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("name", OURS)
def test_modules_of_bridle_pass_plain_and_checkpointed(name, again):
    module, batch = OURS[name]
    found = audit_dropout(Repeated(module, again), batch)
    assert found.findings == (), str(found)
    assert found.dropouts or name == "ConcreteDropout"


def test_network_cut_by_bridle_passes():
    cut = bridle.add_dropout(network(nn.Identity(), nn.Identity()), 0.3, seed=0)
    assert audit_dropout(cut, BATCH).findings == ()


def test_network_and_generators_are_left_as_they_were():
    model = network(nn.Dropout(0.5), ours.Dropout(0.3)).eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    state = torch.get_rng_state()
    audit_dropout(model, BATCH)
    assert not model.training
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_measured_rates_are_said():
    found = audit_dropout(network(nn.Dropout(0.25)), BATCH)
    (one,) = found.dropouts
    assert (one.where, one.rate) == ("2", 0.25)
    assert one.measured == pytest.approx(0.25, abs=0.05)
    assert str(found).startswith("1 dropout acts in training (eager)")
    assert json.loads(json.dumps(found.to_dict()))["findings"] == []


def test_findings_that_are_meant_are_left_out():
    assert audit_dropout(network(OneMask()), BATCH, ignore=["BR507"]).findings == ()
    with pytest.raises(UnknownNameError, match="BR599"):
        audit_dropout(network(), BATCH, ignore=["BR599"])


def test_ranks_with_the_same_masks_are_found():
    seen = observe(network(nn.Dropout(0.5)), BATCH, False, None)
    mine = shared_ranks.hashes(seen)
    assert shared_ranks.find(replace(seen, others=[dict.fromkeys(mine, -1)])) == []
    (found,) = shared_ranks.find(replace(seen, others=[mine]))
    assert found.code == "BR508 shared-ranks"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: audit_dropout(3, BATCH), "model must be"),
        (
            lambda: audit_dropout(network(), torch.randn(4, 7)),
            "batch must be what the network takes",
        ),
        (lambda: audit_dropout(network(), BATCH, compiled="yes"), "compiled must be True or False"),
        (lambda: audit_dropout(network(), BATCH, ignore="BR507"), "ignore must be a list of codes"),
    ],
)
def test_odd_arguments_are_refused(call, words):
    with pytest.raises(InputError, match=words):
        call()


def test_measures_of_masks():
    rng = np.random.default_rng(0)
    mask = rng.random((16, 64)) > 0.3
    rate, count = dropped([mask])
    assert not far_from(rate, 0.3, count)
    assert far_from(rate, 0.5, count)
    whole = np.repeat(mask[:, :, None], 9, axis=2)
    assert independent(whole).shape == (16, 64, 1)


FILE = """
import torch
from torch import nn
torch.manual_seed(0)
model = nn.Sequential(nn.Linear(8, 64), nn.Dropout({rate}), nn.Linear(64, 1)){more}
batch = torch.randn(32, 8)
"""


def test_command_audits_what_a_file_builds(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.py").write_text(FILE.format(rate=0.5, more=""))
    code, out, err = run("audit", "good.py")
    assert (code, err) == (0, "")
    assert "rate 0.5, measured 0." in out
    bad = "\nmodel[1].forward = lambda x: nn.functional.dropout(x, 0.5)"
    (tmp_path / "bad.py").write_text(FILE.format(rate=0.5, more=bad))
    code, out, _ = run("audit", "bad.py", "--json")
    assert code == 1
    assert json.loads(out)["findings"][0]["code"] == "BR501 acts-in-evaluation"
    (tmp_path / "none.py").write_text("x = 1")
    assert "must have 'model' and 'batch'" in run("audit", "none.py")[2]
    (tmp_path / "builder.py").write_text("def model(): return 1\nbatch = [1]")
    assert "Received: a function called 'model'. Call it build" in run("audit", "builder.py")[2]
    (tmp_path / "half.py").write_text("model = 1")
    assert "Received: 'model' alone" in run("audit", "half.py")[2]
    (tmp_path / "broken.py").write_text("1 / 0")
    assert "ZeroDivisionError" in run("audit", "broken.py")[2]
    assert "There is no file" in run("audit", "missing.py")[2]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_compiled_modules_pass():
    model = network(nn.Dropout(0.5), ours.Dropout(0.3))
    found = audit_dropout(model, BATCH, compiled=True)
    assert found.findings == (), str(found)
    assert found.modes == ("eager", "compiled")
