"""Information criteria of the solutions of a path, from their losses and degrees of freedom."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

from bridle.elastic_net.loss import Loss
from bridle.types import Array

__all__ = ["InformationCriteria"]


class InformationCriteria(ABC):
    """Solutions at S strengths that can be compared by information criteria.

    Attributes
    ----------
    losses : ndarray of shape (S,)
        Weighted mean loss on the fitted rows.
    loss : Loss
    terms : tuple of p str
        Names of the features.
    """

    losses: Array
    loss: Loss
    terms: tuple[str, ...]

    @property
    @abstractmethod
    def n_nonzero(self) -> npt.NDArray[np.intp]:
        """Number of features with a non-zero coefficient, shape (S,)."""

    @property
    @abstractmethod
    def df(self) -> Array:
        """Degrees of freedom, shape (S,)."""

    @abstractmethod
    def _n_rows(self) -> int:
        """Return the number of rows of positive weight."""

    @property
    def aic(self) -> Array:
        r"""Akaike's information criterion, shape (S,): ``d + 2 df``.

        d is minus twice the log likelihood, up to a constant that all strengths share. For squared loss
        it is ``n log(RSS / n)``, a Gaussian whose variance is estimated, with the weighted mean squared
        error for RSS / n; -inf if all residuals are 0. For other losses it is ``2 n`` times the mean
        loss. n is the number of rows of positive weight.

        Raises
        ------
        InputError
            The path is a copy or was unpickled, so it has no data.

        Notes
        -----
        Source: Akaike (1974), "A new look at the statistical model identification".
        """
        return self._deviance() + 2 * self.df

    @property
    def bic(self) -> Array:
        """The Bayesian information criterion, shape (S,): ``d + log(n) df``, d as in `aic`.

        Raises
        ------
        InputError
            The path is a copy or was unpickled, so it has no data.

        Notes
        -----
        Source: Schwarz (1978), "Estimating the dimension of a model".
        """
        return self._deviance() + np.log(self._n_rows()) * self.df

    @property
    def ebic(self) -> Array:
        """The extended Bayesian criterion, shape (S,): ``bic + log(p choose k)``, k active features.

        Raises
        ------
        InputError
            The path is a copy or was unpickled, so it has no data.

        Notes
        -----
        Source: Chen and Chen (2008), "Extended Bayesian information criteria for model selection
        with large model spaces", with gamma = 1/2.
        """
        p, k = len(self.terms), self.n_nonzero
        return self.bic + gammaln(p + 1) - gammaln(k + 1) - gammaln(p - k + 1)

    def _deviance(self) -> Array:
        if not self.loss.is_quadratic:
            return 2 * self._n_rows() * self.losses
        with np.errstate(divide="ignore"):
            return self._n_rows() * np.log(2 * np.maximum(self.losses, 0.0))
