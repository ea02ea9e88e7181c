"""Surgery on PyTorch networks: laws crossed with networks of every shape."""

from __future__ import annotations

import warnings
from copy import deepcopy
from importlib.util import find_spec
from io import BytesIO

import pytest

if find_spec("torch") is None:
    pytest.skip("needs the extra torch: make test-torch", allow_module_level=True)

import torch
from tests.dropout.surgery.torch_networks import NETWORKS

from bridle.dropout.surgery import add_dropout, dropout_summary, remove_dropout, restore, set_rate
from bridle.dropout.torch_modules import plain_state_dict
from bridle.dropout.torch_modules.stream import MaskStream

every_network = pytest.mark.parametrize("name", NETWORKS)


def cut(name, rate=0.5, **settings):
    with warnings.catch_warnings():
        # Of a network that cannot be traced; test_requests has it.
        warnings.filterwarnings("ignore", "The order of some modules")
        return add_dropout(NETWORKS[name].build(), rate, **{"seed": 3, **settings})


def kinds(model):
    return {entry.layer: entry.kind for entry in dropout_summary(model).entries}


def sources(model):
    return [one for entry in dropout_summary(model).entries for one in entry.sources]


def output(model, name):
    return model(NETWORKS[name].batch())


def keys(model):
    return [one.key for one in model.modules() if isinstance(one, MaskStream)]


@every_network
def test_dropout_stands_where_it_belongs(name):
    network = NETWORKS[name]
    assert kinds(network.build()) == network.kept
    assert kinds(cut(name)) == network.kept | network.places
    assert kinds(remove_dropout(cut(name))) == {}
    replaced = kinds(cut(name, existing="replace"))
    assert network.places.items() <= replaced.items()
    assert not network.kept.keys() & replaced.keys()


@every_network
@pytest.mark.parametrize("which", ["cut", "copied", "restored", "removed", "replaced", "twice"])
def test_output_is_the_same_bits_with_noise_off(name, which):
    model = {
        "cut": cut,
        "copied": lambda name: deepcopy(cut(name)),
        "restored": lambda name: restore(cut(name)),
        "removed": lambda name: remove_dropout(cut(name)),
        "replaced": lambda name: cut(name, existing="replace"),
        "twice": lambda name: restore(restore(cut(name))),
    }[which](name)
    assert not model.training
    assert torch.equal(output(model, name), output(NETWORKS[name].build(), name))


@every_network
def test_checkpoint_of_the_first_network_loads_strictly(name):
    model, other = cut(name), NETWORKS[name].build()
    with torch.no_grad():
        for weight in other.parameters():
            weight.mul_(1.5)
    model.load_state_dict(other.state_dict())
    assert torch.equal(output(model, name), output(other, name))


@every_network
def test_checkpoint_of_a_cut_network_loads_into_the_first_one(name):
    model, other = cut(name), NETWORKS[name].build()
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(1.5)
    state = plain_state_dict(model.state_dict())
    other.load_state_dict(state)
    assert torch.equal(output(other, name), output(model, name))
    # By the versions of modules a network may decide how to read a state.
    assert other.state_dict()._metadata.items() <= state._metadata.items()


@every_network
def test_checkpoint_of_a_cut_network_resumes_its_masks(name):
    model, other = cut(name).train(), cut(name, seed=4).train()
    output(model, name)
    other.load_state_dict(model.state_dict())
    torch.manual_seed(0)  # of PyTorch's own dropout
    wanted = output(model, name)
    torch.manual_seed(0)
    assert torch.equal(output(other, name), wanted)


@every_network
def test_restored_network_is_the_first_one(name):
    plain, first = restore(cut(name)), NETWORKS[name].build()
    assert type(plain) is type(first)
    assert list(plain.state_dict()) == list(first.state_dict())
    assert repr(plain) == repr(first)
    assert not any(type(one).__module__.startswith("bridle") for one in plain.modules())
    assert not any(one._forward_hooks for one in plain.modules())


@every_network
def test_network_is_untouched_by_surgery(name):
    model = NETWORKS[name].build()
    state, shown = deepcopy(model.state_dict()), repr(model)
    marks = [(type(one), one.training, set(vars(one))) for one in model.modules()]
    for rate in (0.0, 0.5):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "The order of some modules")
            copy = add_dropout(model, rate, existing="replace", seed=0)
        for one in (copy, restore(copy), remove_dropout(model)):
            with torch.no_grad():
                for weight in one.parameters():
                    weight.fill_(1.0)
    dropout_summary(model)
    assert repr(model) == shown
    assert [(type(one), one.training, set(vars(one))) for one in model.modules()] == marks
    assert list(model.state_dict()) == list(state)
    assert all(torch.equal(model.state_dict()[key], value) for key, value in state.items())


@every_network
def test_same_seed_same_masks_and_no_two_modules_share_any(name):
    one, other, third = cut(name), cut(name), cut(name, seed=4)
    assert keys(one) == keys(other)
    assert len({*keys(one), *keys(third)}) == 2 * len(keys(one)) > 0
    torch.manual_seed(0)
    wanted = output(one.train(), name)
    torch.manual_seed(0)
    assert torch.equal(output(other.train(), name), wanted)
    assert not torch.equal(output(one, name), wanted)


@every_network
def test_mask_of_a_place_does_not_depend_on_other_places(name):
    whole = dict(zip(kinds(cut(name)), dropout_summary(cut(name)).entries, strict=True))
    path = next(iter(NETWORKS[name].places))
    target = whole[path].follows[0] if whole[path].follows else path
    (alone,) = [
        entry for entry in dropout_summary(cut(name, where=target)).entries if entry.settable
    ]
    assert alone.sources[0].stream.key == whole[path].sources[0].stream.key


@every_network
def test_rate_that_is_set_acts_at_once(name):
    model = cut(name, existing="replace").train()
    set_rate(model, 0.0)
    plain = remove_dropout(NETWORKS[name].build()).train()
    first, second = output(model, name), output(plain, name)
    torch.testing.assert_close(first, second)
    set_rate(model, 1.0)
    assert [source.rate for source in sources(model)] == [1.0] * len(sources(model))
    assert not torch.allclose(output(model, name), first)


@every_network
def test_gradient_reaches_every_weight_that_it_reached(name):
    def reached(model):
        output(model.train(), name).square().sum().backward()
        return {path for path, one in model.named_parameters() if one.grad is not None}

    assert reached(cut(name, 0.1)) == reached(NETWORKS[name].build())


# PyTorch's own recurrent modules set attributes as they run.
@pytest.mark.filterwarnings("ignore:The tensor attributes:UserWarning")
@every_network
def test_restored_network_can_be_exported(name):
    if name == "deciding":
        pytest.skip("no export follows a way that depends on the data")
    plain = restore(cut(name))
    x = NETWORKS[name].batch()
    exported = torch.export.export(plain, (x,))
    assert torch.equal(exported.module()(x), plain(x))


@pytest.mark.parametrize("name", ["functional", "residual", "attention"])
def test_cut_network_is_compiled_whole_and_takes_a_new_rate(name):
    # Its own dropout out: PyTorch's masks depend on the global generator.
    model, other = (cut(name, existing="replace").train() for _ in range(2))
    compiled = torch.compile(model, backend="eager", fullgraph=True)
    for rate in (0.5, 0.0):
        set_rate(model, rate)
        set_rate(other, rate)
        torch.testing.assert_close(output(compiled, name), output(other, name))


@every_network
def test_cut_network_is_pickled_with_its_masks(name):
    model = cut(name).train()
    output(model, name)
    file = BytesIO()
    torch.save(model, file)
    file.seek(0)
    loaded = torch.load(file, weights_only=False)
    assert kinds(loaded) == kinds(model)
    assert repr(restore(loaded)) == repr(NETWORKS[name].build())
    torch.manual_seed(0)  # of PyTorch's own dropout
    wanted = output(model, name)
    torch.manual_seed(0)
    assert torch.equal(output(loaded, name), wanted)
    assert torch.equal(output(loaded.eval(), name), output(model.eval(), name))
