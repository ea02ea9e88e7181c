"""The elastic net on the weights of a Keras network, with exact zeros. Importing this loads Keras."""

from bridle.network_penalty.proximal_step import add_proximal_step as add_proximal_step
from bridle.network_penalty.proximal_step import kept_inputs as kept_inputs
from bridle.network_penalty.regularizer import ElasticNetRegularizer as ElasticNetRegularizer

__all__ = ["ElasticNetRegularizer", "add_proximal_step", "kept_inputs"]
