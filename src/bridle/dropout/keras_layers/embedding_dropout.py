"""Dropout of whole words in an embedding."""

from __future__ import annotations

from typing import Any

from bridle.backend import load_keras
from bridle.dropout.keras_layers.base import registered, stored_as
from bridle.dropout.keras_layers.masks.source import NoiseSource, multiplied
from bridle.dropout.noise import Noise

__all__ = ["EmbeddingDropout"]

keras = load_keras()
Embedding: Any = keras.layers.Embedding


@stored_as("Embedding")
@registered
class EmbeddingDropout(Embedding):
    """An embedding that drops whole words in training.

    A dropped word has a zero vector wherever it occurs in the batch: the rows of the embedding
    matrix, one per word, are multiplied by ``m / (1 - rate)`` with m in {0, 1}. Drop-in replacement
    for `keras.layers.Embedding`: same weights, same files.

    Parameters
    ----------
    input_dim : int
        Number of word types, at least 1.
    output_dim : int
        Length of a word's vector, at least 1.
    embeddings_initializer : str or Initializer
        Default ``"uniform"``.
    rate : float
        Fraction of word types to drop, in [0, 1], default 0.1.
    seed, schedule
        As in `bridle.dropout.keras_layers.Dropout`.
    **kwargs
        As in `keras.layers.Embedding`.

    Raises
    ------
    InputError
        An argument is outside its range.

    Source: Merity et al. 2018, "Regularizing and optimizing LSTM language models", section 4.3;
    Gal and Ghahramani 2016, "A theoretically grounded application of dropout in recurrent neural
    networks", section 4.2.
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        *,
        rate: Any = 0.1,
        seed: Any = None,
        schedule: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(input_dim, output_dim, embeddings_initializer, **kwargs)
        self.noise = NoiseSource(rate, seed, schedule)

    @property
    def rate(self) -> float:
        """Fraction of word types to drop; a new value also acts in compiled steps."""
        return self.noise.rate

    @rate.setter
    def rate(self, rate: Any) -> None:
        self.noise.rate = rate

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Return the vectors of the words, zero for dropped words if ``training``."""
        vectors = super().call(inputs)
        if not training:
            return vectors
        by_type = self.noise.multiplier(Noise(), (self.input_dim, 1))
        words = keras.ops.cast(inputs, "int32")
        return multiplied(vectors, keras.ops.take(by_type, words, axis=0))

    def compute_output_spec(self, inputs: Any, training: bool = False) -> Any:
        """Return the shape and type of the output."""
        return super().compute_output_spec(inputs)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {**super().get_config(), **self.noise.config()}
