"""The elastic net on the weights of a Keras network. Importing this package imports Keras."""

from bridle.networks.penalty.input_selection import InputPath as InputPath
from bridle.networks.penalty.input_selection import InputSelection as InputSelection
from bridle.networks.penalty.input_selection import select_inputs as select_inputs
from bridle.networks.penalty.proximal_step import add_proximal_step as add_proximal_step
from bridle.networks.penalty.proximal_step import kept_inputs as kept_inputs
from bridle.networks.penalty.regularizer import ElasticNetRegularizer as ElasticNetRegularizer

__all__ = [
    "ElasticNetRegularizer",
    "InputPath",
    "InputSelection",
    "add_proximal_step",
    "kept_inputs",
    "select_inputs",
]
