"""Certified repr: scikit-learn's diagram of an estimator in a notebook, with the fit's certificate."""

from __future__ import annotations

from abc import ABC
from typing import Any

import numpy as np
from sklearn.utils import estimator_html_repr

from bridle.elastic_net.optimality.certificate import Certificate
from bridle.files.html_text import paragraph

__all__ = ["CertifiedRepr"]


class CertifiedRepr(ABC):
    """An estimator that shows its certificate in a notebook once it is fitted."""

    coef_: Any
    certificate_: Certificate

    def _html_repr(self) -> str:
        """Return scikit-learn's diagram as HTML, and a sentence on the fit."""
        picture = str(estimator_html_repr(self))
        if "certificate_" not in vars(self):
            return picture
        kept = int(np.count_nonzero(np.any(np.atleast_2d(self.coef_) != 0, axis=0)))
        return picture + paragraph(
            f"{kept} of {np.atleast_2d(self.coef_).shape[1]} features have a coefficient. "
            f"Certificate: the objective is at most {self.certificate_.relative_gap:.1e} of half "
            "the null deviance above its minimum."
        )
