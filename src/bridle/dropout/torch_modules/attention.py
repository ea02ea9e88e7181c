"""Multi-head attention with dropout of the attention weights."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from bridle.dropout.noise import Noise
from bridle.dropout.torch_modules.source import NoiseSource, Noisy, Scheduling, require_float
from bridle.errors import InputError

__all__ = ["DropoutAttention"]

EVERY_WEIGHT = Noise("bernoulli")


class DropoutAttention(Noisy, nn.MultiheadAttention):
    """``torch.nn.MultiheadAttention`` that drops single attention weights in training.

    ``(softmax(Q K' / sqrt(d)) * m / (1 - rate)) V`` for heads of size d, with an independent m in
    {0, 1} for each attention weight. In evaluation it is the PyTorch module, fused kernels included.

    Parameters
    ----------
    embed_dim, num_heads : int
        As for ``torch.nn.MultiheadAttention``.
    rate : float
        Fraction of attention weights to drop, in [0, 1], default 0.1.
    schedule, seed
        As for `Dropout`.
    **settings
        As for ``torch.nn.MultiheadAttention``, whose ``state_dict`` loads strictly; its own
        ``dropout`` must be 0; use `rate`.

    Raises
    ------
    InputError
        The rate is outside its range, or ``dropout`` is given.

    Source: Vaswani et al. 2017, "Attention is all you need", sections 3.2 and 5.4.
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        *,
        rate: float = 0.1,
        schedule: Scheduling = None,
        seed: int | None = None,
        **settings: Any,
    ) -> None:
        if settings.get("dropout"):
            raise InputError(
                "dropout must be 0. Use rate, the fraction of attention weights to drop. Received: "
                f"dropout={settings['dropout']!r}."
            )
        super().__init__(embed_dim, num_heads, **settings)
        self.noise = NoiseSource(rate, schedule, seed)

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """Return the output and the attention weights (with noise in training), as PyTorch does.

        Raises
        ------
        InputError
            ``is_causal`` is set without ``attn_mask``, or the input is not of a floating-point type.
        """
        masks = {"key_padding_mask": key_padding_mask, "attn_mask": attn_mask}
        if not self.training:
            return super().forward(
                query,
                key,
                value,
                need_weights=need_weights,
                average_attn_weights=average_attn_weights,
                is_causal=is_causal,
                **masks,
            )
        require_float(query)
        if is_causal and attn_mask is None:
            raise InputError(
                "is_causal=True needs attn_mask: it only states that the mask is causal. Received: "
                "attn_mask=None."
            )
        batched = query.ndim == 3
        q, k, v = (self._batch_first(x, batched) for x in (query, key, value))
        y, weights = self._attend(*self._projected(q, k, v), **masks)
        if batched and not self.batch_first:
            y = y.transpose(0, 1)
        weights = weights.mean(dim=1) if average_attn_weights else weights
        if not batched:
            y, weights = y.squeeze(0), weights.squeeze(0)
        return y, weights if need_weights else None

    def _batch_first(self, x: Tensor, batched: bool) -> Tensor:
        if not batched:
            return x.unsqueeze(0)
        return x if self.batch_first else x.transpose(0, 1)

    def _projected(self, q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, ...]:
        """Return queries, keys and values, each of shape (N, heads, length, d)."""
        if self.in_proj_weight is None:
            weights = (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)
        else:
            weights = self.in_proj_weight.chunk(3)
        biases = (None,) * 3 if self.in_proj_bias is None else self.in_proj_bias.chunk(3)
        q, k, v = map(functional.linear, (q, k, v), weights, biases)
        if self.bias_k is not None:
            k, v = (
                torch.cat([x, more.expand(x.shape[0], 1, -1)], dim=1)
                for x, more in ((k, self.bias_k), (v, self.bias_v))
            )
        if self.add_zero_attn:
            k, v = (functional.pad(x, (0, 0, 0, 1)) for x in (k, v))
        return tuple(x.unflatten(-1, (self.num_heads, -1)).transpose(1, 2) for x in (q, k, v))

    def _attend(
        self,
        q: Tensor,
        k: Tensor,
        v: Tensor,
        key_padding_mask: Tensor | None,
        attn_mask: Tensor | None,
    ) -> tuple[Tensor, Tensor]:
        scores = q @ k.transpose(-2, -1) * q.shape[-1] ** -0.5
        if attn_mask is not None:
            per_head = attn_mask.ndim == 3
            mask = attn_mask.unflatten(0, scores.shape[:2]) if per_head else attn_mask
            scores = scores + _addend(mask, scores)
        if key_padding_mask is not None:
            mask = key_padding_mask.reshape(scores.shape[0], 1, 1, -1)
            scores = scores + _addend(mask, scores)
        weights = self.noise.apply_noise(torch.softmax(scores, dim=-1), EVERY_WEIGHT)
        return self.out_proj((weights @ v).transpose(1, 2).flatten(-2)), weights


def _addend(mask: Tensor, scores: Tensor) -> Tensor:
    """Return a mask as a term to add to the scores, 0 for the keys that the module appends."""
    if mask.dtype == torch.bool:
        mask = torch.zeros_like(mask, dtype=scores.dtype).masked_fill_(mask, float("-inf"))
    return functional.pad(mask, (0, scores.shape[-1] - mask.shape[-1]))
