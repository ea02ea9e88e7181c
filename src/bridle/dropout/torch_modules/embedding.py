"""Embedding with dropout of whole words."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from bridle.dropout.torch_modules.source import NoiseSource, Noisy, Scheduling, scaled

__all__ = ["EmbeddingDropout"]


class EmbeddingDropout(Noisy, nn.Embedding):
    """``torch.nn.Embedding`` that drops words: in a training call, a word is there or is not.

    Row v of the table is multiplied by ``m_v / (1 - rate)``, with one m_v for all places of the
    batch at which word v stands.

    Parameters
    ----------
    num_embeddings, embedding_dim : int
        Words, and numbers a word.
    rate : float
        Fraction of words to drop, in [0, 1], default 0.1.
    schedule, seed
        As for `Dropout`.
    **settings
        As for ``torch.nn.Embedding``, whose ``state_dict`` loads strictly.

    Source: Gal and Ghahramani 2016, "A theoretically grounded application of dropout in recurrent
    neural networks", section 4.2.
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        *,
        rate: float = 0.1,
        schedule: Scheduling = None,
        seed: int | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(num_embeddings, embedding_dim, **settings)
        self.noise = NoiseSource(rate, schedule, seed)

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002
        """Return the vectors of the words, shape (*, embedding_dim) for indices of shape (*)."""
        vectors = super().forward(input)
        if not self.training:
            return vectors
        multiplier = self.noise.bernoulli(vectors, (self.num_embeddings,))
        return scaled(vectors, multiplier[input].unsqueeze(-1))
