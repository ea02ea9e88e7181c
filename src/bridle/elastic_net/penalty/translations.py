"""Translations of the elastic-net penalty from and to the parameters of other systems."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Self

from bridle.arguments.scalars import refuse
from bridle.elastic_net.penalty.arguments import check_positive, check_share, check_strength

__all__ = ["Translations"]


class Translations(ABC):
    """A penalty that is built from its strengths ``l1`` and ``l2``, in ``l1 |b|_1 + l2 / 2 |b|_2^2``.

    Each system that fits elastic nets scales the two terms in its own way. A ``from_`` method builds the
    penalty from the numbers of one system, and the ``to_`` method beside it returns these numbers.
    """

    l1: float
    l2: float

    @abstractmethod
    def __init__(self, l1: float, l2: float) -> None:
        """Build from strengths of at least 0."""

    @classmethod
    def from_mixing(cls, alpha: float, rho: float) -> Self:
        """Build from ``alpha (rho |b|_1 + (1 - rho) |b|_2^2)``, which has no 1/2 in the ridge term.

        Parameters
        ----------
        alpha : float
            In [0, inf).
        rho : float
            In [0, 1].

        Raises
        ------
        InputError
            An argument is out of range.
        """
        alpha, rho = check_strength("alpha", alpha), check_share("rho", rho)
        return cls(alpha * rho, 2 * alpha * (1 - rho))

    def to_mixing(self) -> tuple[float, float]:
        """Return ``(alpha, rho)`` of `from_mixing`; rho is 1 if the penalty is zero."""
        return _total_and_share(self.l1, self.l2 / 2)

    @classmethod
    def from_sklearn(cls, alpha: float, l1_ratio: float) -> Self:
        """Build from ``alpha`` and ``l1_ratio`` of scikit-learn's ``ElasticNet``.

        Parameters
        ----------
        alpha : float
            In [0, inf).
        l1_ratio : float
            In [0, 1].

        Raises
        ------
        InputError
            An argument is out of range.
        """
        alpha, l1_ratio = check_strength("alpha", alpha), check_share("l1_ratio", l1_ratio)
        return cls(alpha * l1_ratio, alpha * (1 - l1_ratio))

    def to_sklearn(self) -> tuple[float, float]:
        """Return ``(alpha, l1_ratio)`` of `from_sklearn`; l1_ratio is 1 if the penalty is zero."""
        return _total_and_share(self.l1, self.l2)

    @classmethod
    def from_glmnet(cls, lambda_: float, alpha: float, y_sd: float = 1.0) -> Self:
        r"""Build from glmnet's ``lambda`` and ``alpha``.

        Gaussian glmnet scales y to unit variance, fits, and scales the coefficients back. On the scale
        of y its ``lambda`` therefore means ``l1 = lambda alpha`` and
        ``l2 = lambda (1 - alpha) / sd(y)``.

        Parameters
        ----------
        lambda_ : float
            In [0, inf).
        alpha : float
            In [0, 1]; glmnet's name for l1_ratio.
        y_sd : float
            Standard deviation of y (with 1/n) for family "gaussian", in (0, inf); 1 for other families.
            Default 1.

        Raises
        ------
        InputError
            An argument is out of range.

        Notes
        -----
        Source: Friedman, Hastie and Tibshirani (2010), "Regularization paths for generalized linear
        models via coordinate descent", equation 2.
        """
        lambda_, alpha = check_strength("lambda_", lambda_), check_share("alpha", alpha)
        return cls(lambda_ * alpha, lambda_ * (1 - alpha) / check_positive("y_sd", y_sd))

    def to_glmnet(self, y_sd: float = 1.0) -> tuple[float, float]:
        """Return ``(lambda, alpha)`` of `from_glmnet`; alpha is 1 if the penalty is zero.

        Raises
        ------
        InputError
            ``y_sd``, as in `from_glmnet`, is not in (0, inf).
        """
        return _total_and_share(self.l1, self.l2 * check_positive("y_sd", y_sd))

    @classmethod
    def from_keras(cls, l1: float = 0.0, l2: float = 0.0) -> Self:
        """Build from ``keras.regularizers.L1L2(l1, l2)``: ``l1 |b|_1 + l2 |b|_2^2``.

        Parameters
        ----------
        l1, l2 : float
            In [0, inf). Default 0.

        Raises
        ------
        InputError
            An argument is out of range.
        """
        return cls(check_strength("l1", l1), 2 * check_strength("l2", l2))

    def to_keras(self) -> tuple[float, float]:
        """Return ``(l1, l2)`` of `from_keras`."""
        return self.l1, self.l2 / 2

    @classmethod
    def from_spark(cls, reg_param: float, elastic_net_param: float) -> Self:
        """Build from Spark ML's ``regParam`` and ``elasticNetParam``.

        Parameters
        ----------
        reg_param : float
            In [0, inf).
        elastic_net_param : float
            In [0, 1].

        Raises
        ------
        InputError
            An argument is out of range.
        """
        reg_param = check_strength("reg_param", reg_param)
        share = check_share("elastic_net_param", elastic_net_param)
        return cls(reg_param * share, reg_param * (1 - share))

    def to_spark(self) -> tuple[float, float]:
        """Return ``(reg_param, elastic_net_param)``; the latter is 1 if the penalty is zero."""
        return _total_and_share(self.l1, self.l2)

    @classmethod
    def from_weight_decay(cls, weight_decay: float) -> Self:
        """Build from the weight decay of SGD: ``weight_decay / 2 |b|_2^2``.

        AdamW's decoupled weight decay is not a penalty on the loss, so it has no translation.

        Parameters
        ----------
        weight_decay : float
            In [0, inf).

        Raises
        ------
        InputError
            ``weight_decay`` is out of range.

        Notes
        -----
        Source: Loshchilov and Hutter (2019), "Decoupled weight decay regularization", proposition 1.
        """
        return cls(0.0, check_strength("weight_decay", weight_decay))

    def to_weight_decay(self) -> float:
        """Return the weight decay of `from_weight_decay`.

        Raises
        ------
        InputError
            ``l1 > 0``, which weight decay cannot express.
        """
        if self.l1 > 0:
            refuse("l1", "0 to be expressed as weight decay", self.l1)
        return self.l2


def _total_and_share(first: float, second: float) -> tuple[float, float]:
    total = first + second
    return total, first / total if total > 0 else 1.0
