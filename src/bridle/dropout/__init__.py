"""Dropout: the noise, and the networks that it regularises.

Importing this imports no framework, and makes the layers known to Keras, so that it can load a
saved model that has some of them.
"""

from bridle.dropout.registration import register_layers as _register_layers

_register_layers()
