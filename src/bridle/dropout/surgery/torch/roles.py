"""Roles of PyTorch modules and functions, as far as they matter for dropout."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.fx import Node

from bridle.dropout import torch_modules as ours
from bridle.dropout.surgery.network_graph import Role
from bridle.dropout.torch_modules.masks import NoisyActivation
from bridle.dropout.torch_modules.source import NoiseSource

__all__ = [
    "ACTIVATIONS",
    "ATTENTION",
    "ATTENTION_RATES",
    "COMMUTING",
    "FUNCTIONAL_DROPOUT",
    "NATIVE_DROPOUT",
    "PRODUCTS",
    "dropout_within",
    "function_name",
    "function_role",
    "is_composite",
    "is_ours",
    "is_pure_dropout",
    "loses_space",
    "module_role",
    "noise_sources",
]

NATIVE_DROPOUT = "native_dropout"
"""Function that returns its mask too."""

FUNCTIONAL_DROPOUT = frozenset(
    {
        *("dropout", "dropout1d", "dropout2d", "dropout3d", "feature_dropout"),
        *("alpha_dropout", "feature_alpha_dropout", NATIVE_DROPOUT),
    }
)

ATTENTION = "scaled_dot_product_attention"
"""Attention function, whose ``dropout_p`` acts in evaluation too."""

ATTENTION_RATES = {ATTENTION: 4, "multi_head_attention_forward": 10}
"""Position of ``dropout_p``, by attention function."""

COMMUTING = frozenset({"relu", "leaky_relu", "prelu"})
"""Activations with ``f(m x) = m f(x)`` for every m >= 0, which commute with dropout."""

ACTIVATIONS = COMMUTING | {
    "celu",
    "elu",
    "gelu",
    "glu",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "log_softmax",
    "logsigmoid",
    "mish",
    "relu6",
    "rrelu",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "tanh",
}

NORMALIZATIONS = frozenset(
    {"batch_norm", "group_norm", "instance_norm", "layer_norm", "normalize", "rms_norm"}
)

# Functions that compute new units with a weight; without one they combine existing units.
PRODUCTS = frozenset({"addmm", "baddbmm", "bilinear", "bmm", "einsum", "linear", "matmul", "mm"})

# The output has no spatial axes, or has them at other positions.
RESHAPING = frozenset(
    {
        "flatten",
        "mean",
        "movedim",
        "permute",
        "reshape",
        "squeeze",
        "sum",
        "transpose",
        "unflatten",
        "view",
    }
)

DROPOUTS = (nn.modules.dropout._DropoutNd, NoisyActivation, ours.DropBlock2d)

# The first entry of which a module is an instance determines its role.
MODULES: tuple[tuple[Role, tuple[type, ...]], ...] = (
    ("dropout", DROPOUTS),
    ("dense", (nn.Linear, nn.Bilinear)),
    ("convolution", (nn.modules.conv._ConvNd,)),
    ("embedding", (nn.Embedding, nn.EmbeddingBag)),
)

SWAPPED: dict[type, Role] = {
    nn.LSTM: "recurrent",
    nn.GRU: "recurrent",
    ours.DropoutLSTM: "recurrent",
    ours.DropoutGRU: "recurrent",
    nn.MultiheadAttention: "attention",
    ours.DropoutAttention: "attention",
}
"""Modules (not subclasses) that can have dropout inside."""

KINDS_BY_FILE: dict[str, Role] = {
    "torch.nn.modules.activation": "activation",
    "torch.nn.modules.batchnorm": "normalization",
    "torch.nn.modules.instancenorm": "normalization",
    "torch.nn.modules.normalization": "normalization",
}


def is_composite(module: nn.Module) -> bool:
    """Return whether a module is composed of others and can be read: Sequential or custom."""
    if isinstance(module, nn.Sequential):
        return True
    return not type(module).__module__.startswith(("torch.", "bridle.", "keras."))


def module_role(module: nn.Module, n_inputs: int) -> Role:
    """Return the role of a module with this number of inputs; composed ones are ``custom``."""
    if isinstance(module, ours.ConcreteDropout):
        return module_role(module.layer, n_inputs)
    if type(module) in SWAPPED:
        return SWAPPED[type(module)]
    for role, classes in MODULES:
        if isinstance(module, classes):
            return role
    if is_composite(module) and "norm" in type(module).__name__.lower():
        return "normalization"  # one that cannot be traced
    if isinstance(module, (nn.RNNBase, nn.MultiheadAttention)):
        return "custom"
    by_file = KINDS_BY_FILE.get(type(module).__module__)
    if by_file is not None:
        return by_file
    if next(module.parameters(), None) is not None:
        return "custom"
    return "merge" if n_inputs > 1 else "other"


def function_name(node: Node) -> str:
    """Return the name of a function that code calls, without the mark of one that acts in place."""
    return str(getattr(node.target, "__name__", node.target)).rpartition(".")[2].rstrip("_")


def function_role(name: str, n_inputs: int, has_weight: bool) -> Role:
    """Return the role of a function or tensor method, by name."""
    plain = name.rstrip("_")
    if plain in FUNCTIONAL_DROPOUT:
        return "dropout"
    if plain in ACTIVATIONS:
        return "activation"
    if plain in NORMALIZATIONS:
        return "normalization"
    if has_weight and plain.startswith("conv"):
        return "convolution"
    if has_weight and plain in PRODUCTS:
        return "dense"
    if plain in ("embedding", "embedding_bag"):
        return "embedding"
    return "merge" if n_inputs > 1 else "other"


def loses_space(module: nn.Module | None, name: str) -> bool:
    """Return whether spatial axes, if any, are removed or moved by a step."""
    return isinstance(module, (nn.Flatten, nn.Unflatten)) or (module is None and name in RESHAPING)


def is_ours(module: nn.Module) -> bool:
    """Return whether a module is one of bridle's."""
    return type(module).__module__.startswith("bridle.dropout.torch_modules")


def is_pure_dropout(module: nn.Module) -> bool:
    """Return whether a module does nothing but dropout."""
    return isinstance(module, DROPOUTS)


def noise_sources(module: nn.Module) -> list[NoiseSource]:
    """Return the noise sources of a module itself, not those inside custom modules."""
    if not is_ours(module):
        return []
    return [part for part in module.modules() if isinstance(part, NoiseSource)]


def dropout_within(module: nn.Module) -> float:
    """Return the largest rate of the dropout that a module is or contains; 0 for none."""
    if isinstance(module, ours.ConcreteDropout):
        return module.rate
    rates: list[Any] = [source.rate for source in noise_sources(module)]
    if isinstance(module, nn.modules.dropout._DropoutNd):
        rates.append(module.p)
    if isinstance(module, (nn.RNNBase, nn.MultiheadAttention)):
        rates.append(module.dropout)
    if isinstance(module, torch.jit.ScriptModule) and "Dropout" in str(module.original_name):
        rates.append(module.p)
    return float(max(rates, default=0.0))
