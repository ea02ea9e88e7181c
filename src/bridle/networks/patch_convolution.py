"""Convolution as a product of patches and a matrix, which JAX on a CPU computes far faster.

XLA's gradients of convolutions run on one core there, without vector instructions for few channels:
see docs/design/0013-pytorch.md for a measurement.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from bridle.backend import load_keras

__all__ = ["convolve_by_patches", "patch_convolution"]


def convolve_by_patches(layer: Any) -> None:
    """Let a convolutional layer of Keras use `patch_convolution` where JAX computes on a CPU.

    The layer stays one of Keras, in files too.

    Parameters
    ----------
    layer : keras.layers.Conv1D or keras.layers.Conv2D
        Channels last, no padding, no dilation, one group, equal strides.
    """
    keras = load_keras()
    if str(keras.backend.backend()) != "jax":
        return
    if all(device.startswith("cpu") for device in keras.distribution.list_devices()):
        convolve = partial(patch_convolution, stride=layer.strides[0])
        object.__setattr__(layer, "convolution_op", convolve)


def patch_convolution(inputs: Any, kernel: Any, stride: int = 1) -> Any:
    """Return the convolution of inputs with a kernel, without padding.

    ``y[n, i, f] = sum_(j, c) x[n, stride i + j, c] w[j, c, f]``, with i and j along every axis between
    rows and channels.

    Parameters
    ----------
    inputs : tensor of shape (n, ..., channels)
    kernel : tensor of shape (..., channels, filters)
        The window's lengths first.
    stride : int
        By how many positions the window moves, at least 1. Default 1.

    Returns
    -------
    tensor of shape (n, ..., filters)
    """
    ops = load_keras().ops
    *window, channels, filters = kernel.shape
    lengths = [
        (length - size) // stride + 1
        for length, size in zip(inputs.shape[1:-1], window, strict=True)
    ]
    pieces = []
    for place in np.ndindex(*window):
        steps = [
            slice(first, first + stride * (n - 1) + 1, stride)
            for first, n in zip(place, lengths, strict=True)
        ]
        pieces.append(inputs[(slice(None), *steps)])
    patches = ops.reshape(ops.concatenate(pieces, axis=-1), (-1, len(pieces) * channels))
    products = ops.matmul(patches, ops.reshape(kernel, (-1, filters)))
    return ops.reshape(products, (-1, *lengths, filters))
