"""Building of templates, from a structure or from a compiled network."""

from __future__ import annotations

from typing import Any

from bridle.backend import load_keras
from bridle.networks.output_kind import Kind
from bridle.networks.own.building.source_framework import Framework, source_framework
from bridle.networks.own.head import Link
from bridle.networks.own.own_network import outputs_for
from bridle.networks.recipe_network import is_kernel
from bridle.networks.sources import Structure, arrays, network_of
from bridle.networks.template.keras_template import UNPENALISED, KerasTemplate
from bridle.networks.template.template import Template
from bridle.optimizers import copy_optimizer

__all__ = ["build_template", "compiled_template", "framework_of"]


def build_template(structure: Structure) -> Template:
    """Build the network of a structure, of the framework that its source is of.

    Raises
    ------
    InputError
        The user's network does not fit the data.
    MissingExtraError
        Neither PyTorch nor Keras with a backend is installed, or not the one that it needs.
    """
    if framework_of(structure) == "torch":
        from bridle.networks.template.torch.build_torch_template import build_torch_template

        return build_torch_template(structure)
    keras = load_keras()
    own, initial, obstacle = network_of(structure)
    network = own.network
    if structure.max_norm is not None:
        for kernel in network.trainable_variables:
            if is_kernel(kernel):
                axes = list(range(len(kernel.shape) - 1))
                limit = keras.constraints.MaxNorm(structure.max_norm, axis=axes)
                kernel.constraint = _both(kernel.constraint, limit)
    weights = network.trainable_variables
    blueprint, optimizer = (copy_optimizer(network.optimizer, weights, weights) for _ in range(2))
    optimizer.build(weights)
    others = network.non_trainable_variables
    return KerasTemplate(
        network=network,
        optimizer=optimizer,
        blueprint=blueprint,
        kind=own.kind,
        link=own.link,
        n_classes=structure.n_classes,
        initial=initial,
        kernels=tuple(
            i for i, variable in enumerate(network.trainable_variables) if is_kernel(variable)
        ),
        rates=tuple(
            i
            for i, variable in enumerate(others)
            if variable is not None and _is_rate(network, variable)
        ),
        streams=tuple(
            i for i, variable in enumerate(others) if variable.name == "seed_generator_state"
        ),
        obstacle=obstacle,
        features=own.asked.features,
        codes=own.asked.codes,
        loss=own.loss,
        programs={},
    )


def framework_of(structure: Structure) -> Framework:
    """Return the framework of the network of a structure."""
    return source_framework(structure.source, structure.features, outputs_for(structure.n_classes))


def compiled_template(network: Any, kind: Kind, link: Link) -> KerasTemplate:
    """Return the template of a compiled network, trained in place from its current weights.

    Parameters
    ----------
    network : keras.Model
        Compiled, with a loss that takes codes if there are several classes.
    kind : {"binary", "multiclass", "regression", "count"}
    link : {"linear", "softmax", "sigmoid"}
        Kind of its outputs.
    """
    optimizer = network.optimizer
    if not optimizer.built:
        optimizer.build(network.trainable_variables)
    return KerasTemplate(
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
        codes=(),
        loss=None,
        programs={"fit": UNPENALISED},
    )


def _both(own: Any, limit: Any) -> Any:
    """Return a constraint that acts after the user's own, if there is one."""
    return limit if own is None else lambda weights: limit(own(weights))


def _is_rate(network: Any, variable: Any) -> bool:
    from bridle.dropout.surgery.keras.roles import noise_sources

    return any(variable is source.rate_variable for source in noise_sources(network))
