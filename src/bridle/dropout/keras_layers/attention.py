"""Multi-head attention with dropout of the attention weights."""

from __future__ import annotations

from typing import Any

from bridle.backend import load_keras
from bridle.dropout.keras_layers.base import registered, stored_as
from bridle.dropout.keras_layers.masks.source import NoiseSource
from bridle.dropout.noise import Noise

__all__ = ["DropoutAttention"]

keras = load_keras()
ops = keras.ops
MultiHeadAttention: Any = keras.layers.MultiHeadAttention


@stored_as("MultiHeadAttention")
@registered
class DropoutAttention(MultiHeadAttention):
    """Multi-head attention that drops single attention weights in training.

    ``(softmax(Q K' / sqrt(key_dim)) * m / (1 - dropout)) V``, with an independent m in {0, 1} for
    each attention weight. Drop-in replacement for `keras.layers.MultiHeadAttention`: same weights,
    same files. Without noise, fused kernels are used as in that layer without dropout.

    Parameters
    ----------
    num_heads, key_dim, value_dim
        As in `keras.layers.MultiHeadAttention`.
    dropout : float
        Fraction of attention weights to drop, in [0, 1], default 0.
    seed : int, optional
        Any integer; default: a fresh key.
    schedule : Schedule or dict, optional
        Schedule of the rate over the training calls; default: a constant rate.
    **kwargs
        As in `keras.layers.MultiHeadAttention`.

    Raises
    ------
    InputError
        ``dropout`` is not a number in [0, 1].

    Source: Vaswani et al. 2017, "Attention is all you need", equation 1; dropout of the attention
    weights is in the authors' code only.
    """

    def __init__(
        self,
        num_heads: int,
        key_dim: int,
        value_dim: int | None = None,
        dropout: Any = 0.0,
        *,
        seed: Any = None,
        schedule: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_heads, key_dim, value_dim, **kwargs)
        self.noise = NoiseSource(dropout, seed, schedule, argument="dropout")

    @property
    def dropout(self) -> float:
        """Fraction of attention weights to drop; a new value also acts in compiled steps."""
        return self.noise.rate

    @dropout.setter
    def dropout(self, rate: Any) -> None:
        self.noise.rate = rate

    def _compute_attention(
        self,
        query: Any,
        key: Any,
        value: Any,
        attention_mask: Any = None,
        training: Any = None,
        return_attention_scores: bool = False,
    ) -> tuple[Any, Any]:
        """Return the attended values and the weights, with noise on the weights if ``training``."""
        if not training:
            return super()._compute_attention(
                query, key, value, attention_mask, training, return_attention_scores
            )
        scaled = ops.multiply(query, ops.cast(self._inverse_sqrt_key_dim, query.dtype))
        scores = ops.einsum(self._dot_product_equation, key, scaled)
        weights = self._masked_softmax(scores, attention_mask)
        dropped = self.noise.apply(Noise(), weights)
        return ops.einsum(self._combine_equation, dropped, value), weights

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {**super().get_config(), **self.noise.config()}
