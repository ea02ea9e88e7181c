"""Where dropout goes, on networks that are nothing but a list of steps."""

from __future__ import annotations

import pytest

from bridle.dropout.surgery.network_graph import Graph, Site, Step
from bridle.dropout.surgery.place_rates import assign_rates
from bridle.dropout.surgery.placement import find_places
from bridle.errors import InputError, UnknownNameError


def graph(*lines: str, outputs: str | None = None) -> Graph:
    """Return a graph from lines ``name role inputs… key=value``; without inputs, the line before.

    Roles in short: dense and conv may end in the activation, as in ``dense:relu``.
    """
    steps: list[Step] = []
    index: dict[str, int] = {}
    for number, line in enumerate(lines):
        name, role, *rest = line.split()
        role, _, activation = role.partition(":")
        sources = [index[one] for one in rest if "=" not in one]
        more = dict(one.split("=") for one in rest if "=" in one)
        layer, _, call = name.partition("@")
        spatial = {"conv": 2}.get(role, 0) if "axes" not in more else int(more["axes"])
        steps.append(
            Step(
                site=Site(layer, int(call or 0)),
                position=number,
                role={
                    "conv": "convolution",
                    "norm": "normalization",
                    "batchnorm": "normalization",
                    "act": "activation",
                }.get(role, role),
                inputs=tuple(sources) if sources or number == 0 else (number - 1,),
                layer=layer,
                activation=activation or None,
                spatial_axes=spatial,
                own_rate=float(more.get("own", 0.5 if role == "dropout" else 0)),
                batch_statistics=role == "batchnorm",
            )
        )
        index[name] = number
    ends = outputs.split() if outputs else [name]
    return Graph(tuple(steps), tuple(index[one] for one in ends))


def placed(network: Graph, **settings) -> dict[str, str]:
    """Return the kind at each site, by the site's path."""
    return {place.site.path: place.kind for place in find_places(network, **settings)}


MLP = ("x other", "a dense:relu", "b dense:relu", "c dense")

# What a network looks like, and where its dropout goes.
NETWORKS = {
    "activation built in": (graph(*MLP), {"a": "dropout", "b": "dropout"}),
    "activation in a layer": (
        graph("x other", "a dense", "r act:relu", "b dense", "s act:softmax"),
        {"r": "dropout"},
    ),
    "linear": (graph("x other", "a dense", "b dense"), {"a": "dropout"}),
    "normalised, then activated": (
        graph("x other", "a conv", "n batchnorm", "r act:relu axes=2", "f other", "o dense"),
        {"r": "spatial"},
    ),
    "linear and normalised": (
        graph("x other", "a conv", "n batchnorm axes=2", "b conv:relu", "f other", "o dense"),
        {"n": "spatial", "b": "spatial"},
    ),
    "shape between convolution and activation": (
        graph("x other", "a conv", "f other", "r act:relu", "o dense"),
        {"r": "dropout"},
    ),
    "output shaped and activated": (
        graph("x other", "a conv:relu", "b conv", "p other", "s act:softmax"),
        {"a": "spatial"},
    ),
    "residual sum, activated after it": (
        graph(
            "x other", "a conv:relu", "b conv", "n batchnorm", "m merge n a", "r act:relu axes=2",
            "p other", "o dense",
        ),
        {"a": "spatial", "r": "spatial"},
    ),
    "residual sum, activated later": (
        graph(
            "x other", "a conv", "b norm a", "r act:relu axes=2", "c conv", "m merge c a",
            "d norm", "s act:relu axes=2", "p other", "o dense",
        ),
        {"r": "spatial", "s": "spatial"},
    ),
    "residual branch that stays linear": (
        graph(
            "x other", "e dense", "n norm e", "h attention n", "m merge h e", "l norm m",
            "f dense:gelu", "g dense", "k merge g m", "t norm", "o dense",
        ),
        {"e": "dropout", "h": "attention", "f": "dropout", "g": "dropout"},
    ),
    "two branches": (
        graph(
            "x other", "a dense:relu x", "b dense:tanh x", "m merge a b", "o dense"),
        {"a": "dropout", "b": "dropout"},
    ),
    "hidden layer that is an output too": (graph(*MLP, outputs="a c"), {"b": "dropout"}),
    "selu": (
        graph("x other", "a dense:selu", "b conv", "r act:selu axes=2", "f other", "o dense"),
        {"a": "alpha", "r": "alpha"},
    ),
    "recurrent": (
        graph("x other", "e embedding", "a recurrent:tanh", "b recurrent:tanh", "o dense"),
        {"a": "recurrent", "b": "recurrent"},
    ),
    "recurrent as output": (graph("x other", "a recurrent:tanh"), {"a": "recurrent"}),
    "dropout is there": (
        graph("x other", "a dense:relu", "d dropout", "b dense:relu", "o dense"),
        {"b": "dropout"},
    ),
    "dropout is there, after the pool": (
        graph("x other", "a conv:relu", "p other", "d dropout", "b dense:relu", "o dense"),
        {"b": "dropout"},
    ),
    "dropout is in there": (
        graph("x other", "a recurrent own=0.2", "b recurrent", "o dense"),
        {"b": "recurrent"},
    ),
    "a part that only its author knows": (
        graph("x other", "a dense:relu", "k custom", "b dense:relu", "o dense"),
        {"a": "dropout", "b": "dropout"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NETWORKS)
def test_every_hidden_activation_is_a_place_and_no_output(name):
    network, expected = NETWORKS[name]
    assert placed(network) == expected


def test_layer_that_is_called_twice_is_two_places():
    network = graph("x other", "y other x", "a@0 dense:relu x", "a@1 dense:relu y",
                    "m merge a@0 a@1", "o dense")  # fmt: skip
    assert [place.site for place in find_places(network)] == [Site("a", 0), Site("a", 1)]


def test_sum_of_two_layers_is_one_place_of_both():
    network = graph("x other", "a dense x", "b dense x", "m merge a b", "r act:relu", "o dense")
    (place,) = find_places(network)
    assert place.names == ("a", "b", "r")


def test_layers_of_an_inner_model_answer_to_path_and_name():
    network = graph("x other", "inner/a dense:relu", "b dense:relu", "o dense")
    assert [place.names for place in find_places(network)] == [("inner/a", "a"), ("b",)]


def test_layer_hidden_in_one_call_and_output_in_another_is_no_place():
    network = graph("x other", "inner/a dense:relu", "b dense:relu", "inner/a dense:relu")
    assert placed(network) == {"b": "dropout"}


# What is asked for, of the network CONV, and what comes.
CONV = graph(
    "x other", "c1 conv:relu", "c2 conv", "r act:relu axes=2", "pool other axes=2", "gap other",
    "d1 dense:relu", "d2 dense:relu", "out dense",
)  # fmt: skip
CHOICES = {
    "a name": ({"where": "c1"}, {"c1": "spatial"}),
    "a name whose activation follows": ({"where": "c2"}, {"r": "spatial"}),
    "the activation's name": ({"where": "r"}, {"r": "spatial"}),
    "names in any order": ({"where": ["d1", "c1"]}, {"c1": "spatial", "d1": "dropout"}),
    "a pattern": ({"where": "d*"}, {"d1": "dropout", "d2": "dropout"}),
    "a pattern and a name": (
        {"where": ("c?", "d2")},
        {"c1": "spatial", "r": "spatial", "d2": "dropout"},
    ),
    "a predicate": ({"where": lambda layer: layer == "d2"}, {"d2": "dropout"}),
    "a layer that is not hidden": ({"where": "pool"}, {"pool": "spatial"}),
    "one without channels left": ({"where": "gap"}, {"gap": "dropout"}),
    "the input": ({"where": "x"}, {"x": "dropout"}),
    "a kind": ({"where": "c*", "kind": "dropout"}, {"c1": "dropout", "r": "dropout"}),
    "gaussian": ({"where": "d2", "kind": "gaussian"}, {"d2": "gaussian"}),
    "spatial only": ({"kind": "spatial"}, {"c1": "spatial", "r": "spatial"}),
}


@pytest.mark.parametrize("name", CHOICES)
def test_choice_is_what_was_asked_for(name):
    settings, expected = CHOICES[name]
    assert placed(CONV, **settings) == expected


REFUSED = {
    "an unknown name": ({"where": "d3"}, UnknownNameError, "'d3'.* Did you mean"),
    "a pattern that fits nothing": ({"where": "z*"}, UnknownNameError, "'z\\*'"),
    "the output": ({"where": "out"}, InputError, "must not name an output.*'out'"),
    "a predicate that is never true": ({"where": lambda layer: False}, InputError, "'d1'"),
    "a number": ({"where": [3]}, InputError, "where must be names"),
    "nothing": ({"where": []}, InputError, "where must be names"),
    "an unknown kind": ({"kind": "bernoulli"}, UnknownNameError, "kind of dropout"),
    "a kind that no layer has": ({"kind": "recurrent"}, InputError, "no hidden layer"),
    "a kind that the layer has not": (
        {"where": "gap", "kind": "spatial"}, InputError, "kind must be one that fits 'gap'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_wrong_choice_is_refused(name):
    settings, error, message = REFUSED[name]
    with pytest.raises(error, match=message):
        find_places(CONV, **settings)


def test_network_without_hidden_layer_is_refused():
    with pytest.raises(InputError, match="no hidden layer"):
        find_places(graph("x other", "o dense"))


def test_existing_dropout_hides_a_place_only_on_request():
    network, _ = NETWORKS["dropout is there"]
    assert placed(network, beside_existing=True) == {"a": "dropout", "b": "dropout"}


def test_places_before_batch_normalisation_are_marked():
    network = graph("x other", "a dense:relu", "p other", "n batchnorm", "b dense:relu", "o dense",
                    "m batchnorm", "k dense")  # fmt: skip
    marks = {place.site.path: place.before_batch_statistics for place in find_places(network)}
    assert marks == {"a": True, "b": False, "m": False}


def test_depth_counts_places_on_the_longest_way():
    network = graph("x other", "a dense:relu x", "b dense:relu a", "s dense:relu x",
                    "m merge b s", "c dense:relu", "o dense")  # fmt: skip
    depths = {place.site.path: place.depth for place in find_places(network)}
    assert depths == {"a": 0, "b": 1, "s": 0, "c": 2}


# --- Rates

PLACES = find_places(graph("x other", *(f"d{i} dense:relu" for i in range(4)), "o dense"))
RATES = {
    "a number": (0.3, [0.3] * 4),
    "zero": (0, [0.0] * 4),
    "a ramp": ((0.1, 0.4), [0.1, 0.2, 0.3, 0.4]),
    "a ramp down": ([1, 0.4], [1.0, 0.8, 0.6, 0.4]),
    "by name": ({"d1": 0.2}, [None, 0.2, None, None]),
    "names before patterns": ({"*": 0.5, "d2": 0.1}, [0.5, 0.5, 0.1, 0.5]),
    "the first pattern that fits": ({"d[01]": 0.2, "d*": 0.5}, [0.2, 0.2, 0.5, 0.5]),
}


@pytest.mark.parametrize("name", RATES)
def test_rate_of_every_place(name):
    rate, expected = RATES[name]
    assert assign_rates(rate, PLACES) == pytest.approx(expected, abs=1e-15)


def test_both_ends_of_a_ramp_are_met_exactly():
    assert assign_rates((0.1, 0.4), PLACES)[::3] == [0.1, 0.4]


def test_one_place_has_the_first_rate_of_a_ramp():
    assert assign_rates((0.1, 0.4), PLACES[:1]) == [0.1]


WRONG_RATES = {
    "a percentage": (50, "write 0.5"),
    "a boolean": (True, "rate must be a number"),
    "text": ("0.5", "rate must be a number"),
    "None": (None, "rate must be a number"),
    "three numbers": ((0.1, 0.2, 0.3), "a pair"),
    "a ramp above 1": ((0.1, 1.2), r"rate\[1\] must be"),
    "an unknown name": ({"d9": 0.5}, "no place for dropout 'd9'"),
    "a pattern that fits nothing": ({"z*": 0.5}, "no place for dropout 'z\\*'"),
    "a key that is no name": ({3: 0.5}, "names or patterns of layers"),
    "a rate above 1 by name": ({"d1": 1.5}, r"rate\['d1'\] must be"),
}


@pytest.mark.parametrize("name", WRONG_RATES)
def test_wrong_rate_is_refused(name):
    rate, message = WRONG_RATES[name]
    with pytest.raises(InputError, match=message):
        assign_rates(rate, PLACES)
