"""Dropout layers for Keras 3: drop-in replacements for those of `keras.layers`, and more.

Rate, stream key and counter are Keras variables. So a rate can follow a schedule or be set without
a retrace, and the state can be vmapped and saved. Importing this package imports Keras.
"""

from bridle.dropout.keras_layers.alpha_dropout import AlphaDropout as AlphaDropout
from bridle.dropout.keras_layers.attention import DropoutAttention as DropoutAttention
from bridle.dropout.keras_layers.concrete_dropout import ConcreteDropout as ConcreteDropout
from bridle.dropout.keras_layers.drop_block import DropBlock2D as DropBlock2D
from bridle.dropout.keras_layers.drop_connect import DropConnectDense as DropConnectDense
from bridle.dropout.keras_layers.drop_path import DropPath as DropPath
from bridle.dropout.keras_layers.dropout import Dropout as Dropout
from bridle.dropout.keras_layers.embedding_dropout import EmbeddingDropout as EmbeddingDropout
from bridle.dropout.keras_layers.gaussian_dropout import GaussianDropout as GaussianDropout
from bridle.dropout.keras_layers.recurrent.both_directions import (
    DropoutBidirectional as DropoutBidirectional,
)
from bridle.dropout.keras_layers.recurrent.recurrent_dropout import DropoutGRU as DropoutGRU
from bridle.dropout.keras_layers.recurrent.recurrent_dropout import DropoutLSTM as DropoutLSTM
from bridle.dropout.keras_layers.spatial_dropout import SpatialDropout1D as SpatialDropout1D
from bridle.dropout.keras_layers.spatial_dropout import SpatialDropout2D as SpatialDropout2D
from bridle.dropout.keras_layers.spatial_dropout import SpatialDropout3D as SpatialDropout3D
from bridle.dropout.keras_layers.sub_networks.sub_network import SubNetwork as SubNetwork

__all__ = [
    "AlphaDropout",
    "ConcreteDropout",
    "DropBlock2D",
    "DropConnectDense",
    "DropPath",
    "Dropout",
    "DropoutAttention",
    "DropoutBidirectional",
    "DropoutGRU",
    "DropoutLSTM",
    "EmbeddingDropout",
    "GaussianDropout",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
    "SubNetwork",
]
