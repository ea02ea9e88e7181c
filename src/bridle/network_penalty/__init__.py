"""The elastic net on the weights of a Keras network, with exact zeros. Importing this loads Keras."""

from bridle.network_penalty.input_selection import InputPath as InputPath
from bridle.network_penalty.input_selection import InputSelection as InputSelection
from bridle.network_penalty.input_selection import select_inputs as select_inputs
from bridle.network_penalty.proximal_step import add_proximal_step as add_proximal_step
from bridle.network_penalty.proximal_step import kept_inputs as kept_inputs
from bridle.network_penalty.regularizer import ElasticNetRegularizer as ElasticNetRegularizer

__all__ = [
    "ElasticNetRegularizer",
    "InputPath",
    "InputSelection",
    "add_proximal_step",
    "kept_inputs",
    "select_inputs",
]
