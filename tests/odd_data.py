"""Ways in which odd data reach an estimator, and what is wrong with what they are answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.odd_values import fault_of, odd_columns, odd_tables

Ways = dict[str, tuple[Callable[[Any], object], tuple[str, ...], dict[str, Any]]]


def ways_in(kind: Any, options: dict[str, Any], X: Any, y: Any, fitted: Any) -> Ways:
    """Return for each way a function of what is odd, the arguments to name, and what is odd."""
    n, p = X.shape
    tables, columns = odd_tables(n, p), odd_columns(n)
    # No weights are weights; what y is judged by may be the weights' fault, and the other way round.
    weights = {name: value for name, value in columns.items() if name != "None"}
    new = lambda: kind(**options)  # noqa: E731
    return {
        "fit X": (lambda odd: new().fit(odd, y), ("X",), tables),
        "predict X": (fitted.predict, ("X",), tables),
        "score X": (lambda odd: fitted.score(odd, y), ("X", "y"), tables),
        "fit y": (lambda odd: new().fit(X, odd), ("y", "cv"), columns),
        "score y": (lambda odd: fitted.score(X, odd), ("y",), columns),
        "fit sample_weight": (
            lambda odd: new().fit(X, y, sample_weight=odd),
            ("sample_weight", "positive weight"),
            weights,
        ),
        "score sample_weight": (
            lambda odd: fitted.score(X, y, sample_weight=odd),
            ("sample_weight",),
            weights,
        ),
    }


def faults_of(ways: Ways) -> dict[tuple[str, str], str]:
    found = {
        (way, name): fault_of(lambda call=call, odd=odd: call(odd), *arguments)
        for way, (call, arguments, catalogue) in ways.items()
        for name, odd in catalogue.items()
    }
    return {place: fault for place, fault in found.items() if fault}
