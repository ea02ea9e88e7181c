"""The elastic net on the weights of networks, of Keras and of PyTorch.

`ElasticNetRegularizer` is Keras's, `add_max_norm` and `elastic_net_term` are PyTorch's; each loads its
framework when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from bridle.networks.penalty.input_selection import InputPath as InputPath
from bridle.networks.penalty.input_selection import InputSelection as InputSelection
from bridle.networks.penalty.input_selection import select_inputs as select_inputs
from bridle.networks.penalty.proximal_step import add_proximal_step as add_proximal_step
from bridle.networks.penalty.proximal_step import kept_inputs as kept_inputs

if TYPE_CHECKING:
    from bridle.networks.penalty.regularizer import ElasticNetRegularizer as ElasticNetRegularizer
    from bridle.networks.penalty.torch.step import add_max_norm as add_max_norm
    from bridle.networks.penalty.torch.term import elastic_net_term as elastic_net_term

_HOME = {
    "ElasticNetRegularizer": "regularizer",
    "add_max_norm": "torch.step",
    "elastic_net_term": "torch.term",
}

__all__ = [
    "ElasticNetRegularizer",
    "InputPath",
    "InputSelection",
    "add_max_norm",
    "add_proximal_step",
    "elastic_net_term",
    "kept_inputs",
    "select_inputs",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
