"""Embedding with dropout of whole words."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from bridle.dropout.torch_modules.source import NoiseSource, Noisy, Scheduling, scaled

__all__ = ["EmbeddingDropout"]


class EmbeddingDropout(Noisy, nn.Embedding):
    """``torch.nn.Embedding`` that drops whole words in training.

    Row v of the embedding matrix is multiplied by ``m_v / (1 - rate)`` with m_v in {0, 1}: a dropped
    word has a zero vector wherever it occurs in the batch.

    Parameters
    ----------
    num_embeddings, embedding_dim : int
        Number of words, and length of a word's vector.
    rate : float
        Fraction of words to drop, in [0, 1], default 0.1.
    schedule, seed
        As for `Dropout`.
    **settings
        As for ``torch.nn.Embedding``, whose ``state_dict`` loads strictly.

    Raises
    ------
    InputError
        An argument is outside its range.
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
        """Return the word vectors, of shape (*, embedding_dim) for indices of shape (*)."""
        vectors = super().forward(input)
        if not self.training:
            return vectors
        multiplier = self.noise.bernoulli(vectors, (self.num_embeddings,))
        return scaled(vectors, multiplier[input].unsqueeze(-1))
