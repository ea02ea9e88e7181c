"""Dropout: noise, layers and modules, surgery, Monte-Carlo prediction, guidance.

Importing this package imports no framework. It registers the layers with Keras, so that Keras can
load saved models that contain them.
"""

from bridle.dropout.registration import register_layers as _register_layers

_register_layers()
