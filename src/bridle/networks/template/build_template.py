"""Building of templates: of what a structure describes, or around a network as it is compiled."""

from __future__ import annotations

from typing import Any

from bridle.backend import load_keras
from bridle.networks.own.head import Link
from bridle.networks.recipe import Kind
from bridle.networks.sources import Structure, arrays, network_of
from bridle.networks.template.template import UNPENALISED, Template
from bridle.optimizers import copy_optimizer

__all__ = ["build_template", "compiled_template"]


def build_template(structure: Structure) -> Template:
    """Build the network of a structure.

    Raises
    ------
    InputError
        The user's network does not fit the data.
    MissingExtraError
        Keras or its backend is not installed.
    """
    keras = load_keras()
    own, initial, obstacle = network_of(structure)
    network = own.network
    if structure.max_norm is not None:
        for kernel in network.trainable_variables:
            if len(kernel.shape) > 1:
                axes = list(range(len(kernel.shape) - 1))
                kernel.constraint = keras.constraints.MaxNorm(structure.max_norm, axis=axes)
    weights = network.trainable_variables
    blueprint, optimizer = (copy_optimizer(network.optimizer, weights, weights) for _ in range(2))
    optimizer.build(weights)
    others = network.non_trainable_variables
    return Template(
        network=network,
        optimizer=optimizer,
        blueprint=blueprint,
        kind=own.kind,
        link=own.link,
        n_classes=structure.n_classes,
        initial=initial,
        kernels=tuple(i for i, one in enumerate(network.trainable_variables) if len(one.shape) > 1),
        rates=tuple(
            i for i, one in enumerate(others) if one is not None and _is_rate(network, one)
        ),
        streams=tuple(i for i, one in enumerate(others) if one.name == "seed_generator_state"),
        obstacle=obstacle,
        features=own.features,
        loss=own.loss,
        programs={},
    )


def compiled_template(network: Any, kind: Kind, link: Link) -> Template:
    """Return a network to be trained in place, as it is compiled and from where it is.

    Parameters
    ----------
    network : keras.Model
        Compiled, with a loss that takes codes if there are several classes.
    kind : {"binary", "multiclass", "regression"}
    link : {"linear", "softmax", "sigmoid"}
        What its outputs are.
    """
    optimizer = network.optimizer
    if not optimizer.built:
        optimizer.build(network.trainable_variables)
    return Template(
        network=network,
        optimizer=optimizer,
        blueprint=None,
        kind=kind,
        link=link,
        n_classes=None,
        initial=lambda seed: (
            arrays(network.trainable_variables),
            arrays(network.non_trainable_variables),
        ),
        kernels=(),
        rates=(),
        streams=(),
        obstacle="it is trained as it is compiled.",
        features="given",
        loss=None,
        programs={"fit": UNPENALISED},
    )


def _is_rate(network: Any, variable: Any) -> bool:
    from bridle.dropout.surgery.keras.roles import noise_sources

    return any(variable is one.rate_variable for one in noise_sources(network))
