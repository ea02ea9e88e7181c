"""Model: a fitted arm with its preparation, as an estimator of scikit-learn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.metaestimators import available_if

from bridle.errors import InputError
from bridle.files.pickled import Pickled
from bridle.types import AnyArray, Array
from bridle.workbench.arm.linear_predictor import LinearPredictor
from bridle.workbench.columns.columns import refuse_non_finite
from bridle.workbench.columns.foreign_tables import as_pandas
from bridle.workbench.columns.given_arrays import as_array, as_frame
from bridle.workbench.data.given_features import given_features
from bridle.workbench.model.model_columns import NewRows
from bridle.workbench.model.parts import ModelParts
from bridle.workbench.model.saved.write_model import write_model_folder
from bridle.workbench.model.survival_probabilities import checked_times, survival_probabilities

__all__ = ["Model"]


def _classifies(model: Model) -> bool:
    return model.parts.task.is_classification


def _has_intervals(model: Model) -> bool:
    return model.parts.residuals is not None


def _has_baseline(model: Model) -> bool:
    return model.parts.baseline is not None


def _is_linear(model: Model) -> bool:
    return isinstance(model.parts.predictor, LinearPredictor)


class Model(Pickled, BaseEstimator):
    """A fitted model that predicts for rows in the form of the training table.

    `bridle.load` reads a model, ``Study.model()`` fits one. It takes tables of any library with the
    columns that it was fitted to, in any order, and reads values as it read the training data.

    Parameters
    ----------
    parts : ModelParts
        Set by bridle; do not make it yourself.

    Attributes
    ----------
    feature_names_in_ : ndarray of str
        Columns that a table needs.
    n_features_in_ : int
        Their number.
    classes_ : ndarray
        The classes as they were given; only a classifier has this attribute.
    """

    def __init__(self, parts: ModelParts) -> None:
        self.parts = parts

    def __repr__(self) -> str:
        parts = self.parts
        return f"<Model of {parts.target_name!r}: {parts.title}>"

    def __str__(self) -> str:
        return " ".join([f"{self.parts.title}.", *self.parts.said])

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __sklearn_tags__(self) -> Any:
        tags = BaseEstimator.__sklearn_tags__(self)
        tags.estimator_type = "classifier" if _classifies(self) else "regressor"
        return tags

    @property
    def feature_names_in_(self) -> npt.NDArray[np.object_]:
        """Columns that a table needs."""
        return np.array(self._names(), dtype=object)

    @property
    def n_features_in_(self) -> int:
        """Number of columns that a table needs."""
        return len(self._names())

    @property
    def classes_(self) -> AnyArray:
        """The classes as they were given.

        Raises
        ------
        AttributeError
            The model predicts numbers or counts.
        """
        if not _classifies(self):
            raise AttributeError("A model of numbers or counts has no classes_.")
        return np.array(self.parts.labels, dtype=self._label_type())

    def fit(self, X: Any, y: Any = None) -> Model:
        """Raise an error: a loaded or kept model cannot be fitted again.

        Raises
        ------
        InputError
            Always.
        """
        raise InputError(
            "A saved model cannot be fitted again. Fit a new one with bridle.compare, or in a shell "
            "with bridle fit."
        )

    def predict(self, X: Any) -> AnyArray:
        """Return the class of each row, as the classes were given, or a number.

        Of survival times it is the log of the row's risk, up to a constant that is the same for all.

        Parameters
        ----------
        X : DataFrame, table of another library, or array of shape (n, p)
            Further columns are ignored. An array must have the columns in the order of the training
            table, or shape (n, …) if rows are images or sequences.

        Returns
        -------
        ndarray of shape (n,)

        Raises
        ------
        InputError
            Columns are missing, or have values that cannot be read as in training; all are named.
        """
        found = self.raw_outputs(X)
        return self.classes_[found.argmax(axis=1)] if _classifies(self) else found

    @available_if(_classifies)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class, shape (n, classes).

        Parameters and errors are those of `predict`; the columns are in the order of ``classes_``.
        """
        return self.raw_outputs(X)

    @available_if(_has_intervals)  # type: ignore[untyped-decorator]
    def predict_interval(self, X: Any, level: float = 0.95) -> Array:
        """Return the bounds of an interval around each prediction, shape (n, 2).

        `bridle.workbench.model.intervals.cv_plus` has the formula for linear models and its coverage,
        `bridle.workbench.model.intervals.residual_interval` that for other models.

        Parameters
        ----------
        X : see `predict`
        level : float
            Fraction of new rows whose target lies within their interval, in (0, 1). Default 0.95.

        Raises
        ------
        InputError
            See `predict`; or the level is outside (0, 1), or the study tested too few rows for it.
        """
        interval = self.parts.interval_of(level)
        if self.parts.folds is None:
            return interval.around(self.raw_outputs(X), None)
        ends = interval.ends_of(self.read(X).frame)
        assert ends is not None
        return ends

    @available_if(_has_baseline)  # type: ignore[untyped-decorator]
    def predict_survival_function(self, X: Any, times: Any) -> Array:
        """Return each row's probability of no event until some times, shape (n, T).

        It is ``exp(-H0(t) exp(r))`` with the log r of the row's risk and the cumulative baseline hazard
        H0 of the rows that the model was fitted to; of survival times.

        Parameters
        ----------
        X : see `predict`
        times : float or array-like of shape (T,)
            Different times from 0 up, in the unit of the training table. After the last event of the
            fit the probability stays as it is.

        Raises
        ------
        InputError
            See `predict`; or a time is not from 0 up, or stands there twice.
        """
        assert self.parts.baseline is not None
        when = checked_times(times)
        return survival_probabilities(self.parts.baseline, self.raw_outputs(X), when)

    @available_if(_is_linear)  # type: ignore[untyped-decorator]
    def coefficients(self) -> pd.DataFrame:
        """Return the coefficients by name, in the units of the given columns.

        See `bridle.workbench.model.coefficient_table.coefficient_table`.

        Returns
        -------
        DataFrame
            ``feature``, with the intercept first, and ``coefficient``; with three classes or more, a
            column of coefficients for each class.
        """
        return self.parts.coefficients()

    def score(self, X: Any, y: Any) -> float:
        """Return the accuracy, R2, D2 of counts or Harrell's C on rows with a known target.

        Parameters
        ----------
        X : see `predict`
        y : array-like of shape (n,)
            Classes as they were given, or numbers; of survival times a structured array of an event and
            a time, or columns (time, event).
        """
        return self.parts.task.type.score_given(y, self.predict(X))

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the folder that `bridle.load` reads.

        Parameters
        ----------
        path : str or Path
            A new or an empty folder, or one that holds a model.
        overwrite : bool
            Whether a model in it is replaced. Default False: raise an error.

        Returns
        -------
        Path

        Raises
        ------
        InputError
            The folder holds something else, or a model that is not to be replaced.
        OSError
            A file could not be written.
        """
        return write_model_folder(self.parts, path, overwrite=overwrite)

    def read(self, X: Any, what: str = "X") -> NewRows:
        """Return rows in the form that the model takes, with notes; see `predict` for errors."""
        return self.parts.columns.read(self._as_frame(as_pandas(X, "X")), what)

    def prepared(self, rows: NewRows) -> Array:
        """Return the prepared features of rows that `read` returned, shape (n, features)."""
        preparation = self.parts.preparation
        return given_features(rows.frame) if preparation is None else preparation.apply(rows.frame)

    def raw_outputs(self, X: Any) -> Array:
        """Return probabilities or numbers for rows; see `predict` for the forms of X."""
        if self.parts.shape:
            return self._array_outputs(X)
        return self.parts.outputs(self.prepared(self.read(X)))

    def _array_outputs(self, X: Any) -> Array:
        """Return the predictions for images or sequences."""
        shape = self.parts.shape
        assert shape is not None
        values = as_array(X, "X")
        rows = values.reshape(len(values), -1) if values.ndim else values
        if values.dtype.kind not in "biuf" or rows.ndim != 2 or rows.shape[1] != np.prod(shape):
            raise InputError(
                f"X must hold numbers in the shape (n, {', '.join(map(str, shape))}). Received: "
                f"{values.dtype} of shape {values.shape}."
            )
        frame = pd.DataFrame(rows.astype(np.float64))
        names = tuple(map(str, frame.columns))
        refuse_non_finite(frame.to_numpy(), names, frame.index)
        if frame.isna().to_numpy().any():
            raise InputError("X must be finite. Received: NaN. Fill it in.")
        preparation = self.parts.preparation
        prepared = frame.to_numpy() if preparation is None else preparation.apply(frame)
        return self.parts.outputs(prepared)

    def _as_frame(self, X: Any) -> pd.DataFrame:
        if isinstance(X, pd.DataFrame):
            return X
        frame, columns = as_frame(X), self.parts.columns
        if set(columns.names) <= set(frame.columns):
            return frame
        if frame.shape[1] != len(columns.names):
            raise InputError(
                f"X must have the {len(columns.names):,} columns {', '.join(columns.names[:3])}, … "
                f"in this order if they have no names. Received: shape {frame.shape}. Give a "
                "table with names."
            )
        return frame.set_axis(list(columns.names), axis="columns")

    def _names(self) -> tuple[str, ...]:
        shape = self.parts.shape
        return self.parts.columns.names if shape is None else self.parts.feature_names

    def _label_type(self) -> Any:
        kinds = {type(label) for label in self.parts.labels}
        return None if kinds <= {int, float} or kinds == {bool} else object
