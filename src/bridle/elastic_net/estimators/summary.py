"""Coefficients by name and the summary of a fitted linear estimator."""

from __future__ import annotations

from abc import ABC
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from bridle.arguments.scalars import switch
from bridle.elastic_net.data.inputs import check_loss
from bridle.elastic_net.optimality.certificate import Certificate
from bridle.encoding.frame_encoding import table_names, width_note
from bridle.summary import Fact, Summary
from bridle.types import Array

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Summarized"]

_INTERCEPT = "(intercept)"


class Summarized(ABC):
    """An estimator with ``coef_``, ``intercept_``, a certificate, and perhaps a cross-validation."""

    coef_: Array
    intercept_: Any
    certificate_: Certificate
    deviance_explained_: float
    n_rows_: int
    n_features_in_: int
    tol: float

    def coef_table(self, *, zeros: bool = False) -> pd.DataFrame:
        """Return the intercept and the coefficients by name, on the scale of X, as a table.

        Parameters
        ----------
        zeros : bool
            Whether to list features whose coefficients are all 0. Default False.

        Returns
        -------
        pandas.DataFrame
            ``feature`` (the intercept is "(intercept)"; without names features are x0, x1, …) and
            ``coefficient``, for two classes of the log odds of the second; for three classes or
            more, a column ``coefficient of CLASS`` for each, likewise for several responses, y0, y1, ….
            Features are in the order of X.

        Raises
        ------
        NotFittedError
            The estimator is not fitted.
        InputError
            ``zeros`` is not a bool.
        """
        import pandas as pd

        check_is_fitted(self, "coef_")
        switch("zeros", zeros)
        coef = np.atleast_2d(self.coef_).T.astype(np.float64)
        table = np.vstack([np.atleast_1d(self.intercept_), coef])
        heads = ["coefficient"]
        if table.shape[1] > 1:
            heads = [f"coefficient of {name}" for name in self._output_names(table.shape[1])]
        frame = pd.DataFrame(table, columns=heads)
        frame.insert(0, "feature", [_INTERCEPT, *self._feature_names()])
        if zeros:
            return frame
        kept = np.any(coef != 0, axis=1)
        return frame[np.concatenate([[True], kept])].reset_index(drop=True)

    def summary(self) -> Summary:
        """Return what was fitted: rows, features, strengths, deviance explained, certificate.

        After a cross-validation also what each rule chooses. `print` shows it as text; see
        `Summary`.

        Raises
        ------
        NotFittedError
            The estimator is not fitted.
        """
        check_is_fitted(self, "coef_")
        cv = getattr(self, "cv_", None)
        by = "" if cv is None else f", chosen by cross-validation in {cv.fold_weights.size} folds"
        return Summary(
            title=f"{self._model()} with an elastic-net penalty{by}",
            facts=tuple(self._facts()),
            choices=None if cv is None else cv.choices(),
            coefficients=self.coef_table(),
        )

    def _facts(self) -> list[Fact]:
        held = vars(self)
        n_nonzero = int(np.any(np.atleast_2d(self.coef_) != 0, axis=0).sum())
        certificate = self.certificate_
        reached = "reached" if certificate.meets(self.tol) else "not reached"
        made, scaled = width_note(self), "standardized" if held["standardize"] else ""
        facts = [
            Fact("rows", self.n_rows_, "with an offset" if held["has_offset_"] else ""),
            Fact("features", self.n_features_in_, ", ".join(filter(None, (made, scaled)))),
            Fact("alpha", float(held.get("alpha_", held.get("alpha")))),  # type: ignore[arg-type]
            Fact("l1_ratio", float(held.get("l1_ratio_", held["l1_ratio"]))),
        ]
        if held["penalty"] is not None or held.get("positive"):
            own = "the penalty's factors and bounds" if held["penalty"] is not None else ""
            least = "at least 0" if held.get("positive") else ""
            facts.append(Fact("coefficients", ", ".join(filter(None, (own, least)))))
        return [
            *facts,
            Fact("nonzero features" if not made else "nonzero columns", n_nonzero),
            Fact("deviance explained", self.deviance_explained_, "on the rows of the fit"),
            Fact("relative gap", certificate.relative_gap, f"tol {self.tol:g}: {reached}"),
            Fact("KKT violation", certificate.kkt),
        ]

    def _model(self) -> str:
        classes = getattr(self, "classes_", None)
        if classes is not None:
            first = "Logistic" if classes.size == 2 else "Multinomial"
            return f"{first} regression of {classes.size} classes"
        name = check_loss(vars(self)["loss"]).name
        return {"squared": "Linear"}.get(name, name.capitalize()) + " regression"

    def _output_names(self, count: int) -> list[str]:
        classes = getattr(self, "classes_", None)
        return (
            [f"y{k}" for k in range(count)]
            if classes is None
            else [str(label) for label in classes]
        )

    def _feature_names(self) -> list[str]:
        names = table_names(self)
        return [f"x{j}" for j in range(self.n_features_in_)] if names is None else [*names]
