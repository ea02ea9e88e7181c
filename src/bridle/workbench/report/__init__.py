"""The report of a study: figures, an HTML page and a table, from a verdict and its records.

The public names are loaded at first use, because a table needs no matplotlib.
"""

from __future__ import annotations

from importlib import import_module

_HOME = {
    "plot_coefficients": "figures.coefficients",
    "plot_curves": "figures.loss_curves",
    "plot_learning_curve": "figures.learning_curve",
    "plot_loss": "figures.loss_curves",
    "answer_text": "terminal",
    "progress": "progress",
    "render_answer": "terminal",
    "render_details": "terminal",
    "render_html": "html",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
