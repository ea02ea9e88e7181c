"""`EstimatorArm`: any estimator of scikit-learn, or like one, as an arm."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from sklearn.base import clone, is_classifier, is_regressor

from bridle import streams
from bridle.arguments.real_numbers import shown
from bridle.errors import InputError
from bridle.types import Array
from bridle.workbench.arm.base import Arm, Fit, Split
from bridle.workbench.arm.names import is_arm
from bridle.workbench.protocol import Protocol
from bridle.workbench.task import Task

__all__ = ["EstimatorArm"]

_NAME = re.compile(r"^[A-Za-z]\w*$", re.ASCII)


class EstimatorArm(Arm):
    """An estimator of the user, cloned and fitted in each run.

    It gets the prepared features of the training rows. Each parameter ``random_state`` that is None is
    set from the seed of the run, so that a run can be repeated.

    Parameters
    ----------
    name : str
        Letters, digits and underscores, beginning with a letter; not the name of another arm.
    estimator : object
        With ``fit``, ``get_params`` and ``predict``; for classes with ``predict_proba``. It is cloned
        and never changed.

    Raises
    ------
    InputError
        The name or the estimator cannot be used.
    """

    needs_network = False

    def __init__(self, name: Any, estimator: Any) -> None:
        if not isinstance(name, str) or not _NAME.match(name) or is_arm(name):
            raise InputError(
                "arms must give an estimator a name of its own, of letters, digits and "
                "underscores, for "
                f"instance {{'forest': RandomForestClassifier()}}. Received: {shown(name)}."
            )
        if isinstance(estimator, type):
            raise InputError(
                f"arms must hold estimators, not classes. Received: the class "
                f"{estimator.__name__} for "
                f"{name!r}. Call it: {estimator.__name__}()."
            )
        for method in ("fit", "predict", "get_params", "set_params"):
            if not callable(getattr(estimator, method, None)):
                raise InputError(
                    f"arms must hold estimators of scikit-learn. Received: "
                    f"{type(estimator).__name__} "
                    f"for {name!r}, which has no {method}()."
                )
        self.name = name
        self.estimator = clone(estimator)
        self.title = f"your {type(estimator).__name__}"

    def fit(self, split: Split, protocol: Protocol, seed: int) -> Fit:
        """Fit a clone; see `bridle.workbench.arm.base.Arm.fit`.

        Raises
        ------
        InputError
            The estimator does not suit the task, or its predictions have the wrong form.
        """
        self.refuse_task(split.task)
        fitted = self._seeded(seed).fit(split.train.X, split.train.y)
        return Fit(
            predict=_Prediction(self.name, fitted, len(split.task.classes)),
            details={"estimator": type(self.estimator).__name__},
        )

    def refuse_task(self, task: Task) -> None:
        """Refuse an estimator for another kind of target.

        Raises
        ------
        InputError
            The estimator is a regressor for classes, a classifier for numbers, or has no probabilities;
            or the target is survival times.
        """
        kind, is_classification = type(self.estimator).__name__, task.is_classification
        if task.type.has_events:
            raise InputError(
                f"The arm {self.name!r} must be left out for survival times: estimators of scikit-learn "
                f"predict classes or numbers. Received: {kind}."
            )
        other = is_regressor if is_classification else is_classifier
        if other(self.estimator):
            asked, given = (
                ("classes", "regressor") if is_classification else ("numbers", "classifier")
            )
            raise InputError(
                f"The arm {self.name!r} must predict {asked}. Received: {kind}, a {given}."
            )
        if is_classification and not callable(getattr(self.estimator, "predict_proba", None)):
            raise InputError(
                f"The arm {self.name!r} must have predict_proba(), since models are judged by the "
                f"probabilities of the classes. Received: {kind}, as its parameters are. Wrap it in "
                "CalibratedClassifierCV(...) of scikit-learn, which adds it."
            )

    def _seeded(self, seed: int) -> Any:
        made = clone(self.estimator)
        free = [
            name
            for name, value in made.get_params(deep=True).items()
            if name.rpartition("__")[2] == "random_state" and value is None
        ]
        return made.set_params(
            **{name: streams.integer(seed, "estimator", self.name, name) for name in free}
        )


class _Prediction:
    """Predictions of a fitted estimator, checked and in the form that the task needs."""

    def __init__(self, name: str, fitted: Any, classes: int) -> None:
        self._name, self._fitted, self._classes = name, fitted, classes

    def __call__(self, X: Array) -> Array:
        if not self._classes:
            return self._checked(self._fitted.predict(X), (len(X),))
        known = np.asarray(self._fitted.classes_, dtype=np.intp)
        found = self._checked(self._fitted.predict_proba(X), (len(X), len(known)))
        whole = np.zeros((len(X), self._classes))
        whole[:, known] = found
        return whole

    def _checked(self, found: Any, shape: tuple[int, ...]) -> Array:
        values = np.asarray(found, dtype=np.float64)
        if len(shape) == 1 and values.shape == (shape[0], 1):
            values = values[:, 0]
        if values.shape != shape or not np.isfinite(values).all():
            raise InputError(
                f"The arm {self._name!r} must predict finite numbers of shape {shape}. "
                f"Received: shape "
                f"{values.shape}{'' if values.shape != shape else ', with NaN or infinity'}."
            )
        return values
