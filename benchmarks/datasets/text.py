"""Sparse features as a bag of words gives them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse

from benchmarks.datasets.target import targets

__all__ = ["bag_of_words"]

_COMMON = 2_000
"""The informative words are among the most frequent ones: a word seen twice tells nothing."""


def bag_of_words(
    n: int,
    p: int,
    loss: str,
    informative: int,
    *,
    outputs: int = 1,
    words: int = 103,
    seed: int = 0,
) -> tuple[sparse.csc_matrix, npt.NDArray[np.float64]]:
    r"""Draw documents as tf-idf rows of length 1.

    Word j has probability proportional to ``1 / (j + 30)`` (Zipf's law as Mandelbrot bent it at the
    frequent end). An entry is ``(1 + log count) (1 + log((1 + n) / (1 + documents with j)))``, and
    each row is divided by its Euclidean norm, as scikit-learn's ``TfidfVectorizer`` does with
    sublinear counts.

    Parameters
    ----------
    n, p : int
        Documents and words of the vocabulary.
    loss : str
        See `benchmarks.task.Task`.
    informative : int
        Number of words that carry signal.
    outputs : int
        Classes or responses, each with a signal of its own in the same words.
    words : int
        Words drawn for each document. The default fills 0.1 % of 10,000 x 100,000.
    seed : int

    Returns
    -------
    X : csc_matrix of shape (n, p)
        With 32-bit indices.
    y : ndarray of shape (n,) or (n, columns)
        See `benchmarks.datasets.target.targets`.
    """
    rng = np.random.default_rng(seed)
    frequency = np.cumsum(1 / (np.arange(p) + 30.0))
    drawn = np.searchsorted(frequency, rng.uniform(0, frequency[-1], n * words))
    rows = np.repeat(np.arange(n), words)
    counts = sparse.csr_matrix((np.ones(n * words), (rows, drawn)), shape=(n, p))
    counts.sum_duplicates()
    documents = np.bincount(counts.indices, minlength=p)
    counts.data = (1 + np.log(counts.data)) * (1 + np.log((1 + n) / (1 + documents)))[
        counts.indices
    ]
    norms = np.sqrt(np.asarray(counts.multiply(counts).sum(axis=1)).ravel())
    X = sparse.csc_matrix(sparse.diags(1 / norms) @ counts)
    X.sort_indices()
    chosen = rng.choice(min(_COMMON, p), informative, replace=False)
    several = (outputs,) if outputs > 1 else ()
    signal = X[:, chosen] @ rng.standard_normal((informative, *several))
    return X, targets(np.asarray(signal), loss, rng)
