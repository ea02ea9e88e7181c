"""Figures of training and validation loss by epoch, which show overfitting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bridle.arguments.scalars import refuse
from bridle.errors import InputError
from bridle.figure import BLUE, GREY, VERMILLION, count_ticks, house_style, tidy, title
from bridle.networks.curves import Curves
from bridle.types import Array
from bridle.workbench.logs.keras_history import losses_of_history
from bridle.workbench.logs.training_log import TrainingLog
from bridle.workbench.record import Record
from bridle.workbench.report.figures.loss_panel import (
    BEST_EPOCH,
    Line,
    draw_line,
    draw_panel,
    finish,
    panels_of,
    stack,
)
from bridle.workbench.report.text import shorten
from bridle.workbench.task import Task

__all__ = ["plot_curves", "plot_log", "plot_loss"]


@house_style
def plot_loss(records: Sequence[Record], task: Task) -> Figure:
    """Draw training and validation loss by epoch, with one panel per arm on a common scale.

    The validation loss is solid, the training loss without noise and penalty dashed, and the
    training loss as optimised dotted, if it is the loss of the task. Lines are means over splits,
    bands extend from the smallest to the largest value, and a dot marks the lowest mean validation
    loss.

    Parameters
    ----------
    records : sequence of Record
        Records without curves are ignored. A run that has ended, or whose loss is not finite, keeps
        its last finite loss, so that the mean does not jump; epochs without any finite loss are
        gaps.
    task : Task
        Determines the loss.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        No record has curves.
    """
    by_arm: dict[str, list[Curves]] = {}
    otherwise: set[str] = set()
    for record in records:
        if record.curves is not None and record.curves.val_loss:
            by_arm.setdefault(record.arm, []).append(record.curves)
            otherwise |= {record.arm} if "loss" in (record.details or {}) else set()
    if not by_arm:
        raise InputError(
            "records must contain curves of an arm that trains in epochs, such as 'baseline' or "
            f"'dropout'. Received: {len(records)} records without curves."
        )
    figure, panels = panels_of(len(by_arm))
    names = sorted(by_arm, key=lambda name: name != "baseline")
    for ax, name in zip(panels, names, strict=True):
        draw_panel(ax, name, _lines_of(by_arm[name], optimised=name not in otherwise))
    finish(figure, panels, _loss_name(task))
    n_seeds = max(len(curves) for curves in by_arm.values())
    averaged = f", mean of {n_seeds} splits (band: smallest to largest)" if n_seeds > 1 else ""
    title(figure, f"Training and validation loss{averaged}")
    return figure


@house_style
def plot_curves(
    baseline_history: object,
    history: object,
    *,
    labels: tuple[str, str] = ("baseline", "dropout"),
    ax: Axes | None = None,
) -> Figure:
    """Draw the training and validation loss of two fitted networks on a common scale.

    Keras records the training loss while the weights change, with dropout on and penalties
    included. Its distance from the validation loss therefore does not measure overfitting.

    Parameters
    ----------
    baseline_history, history : keras.callbacks.History or mapping
        The return value of ``fit``, or its ``history``: "loss" and "val_loss" with one number per
        epoch. The two networks may differ in their number of epochs.
    labels : tuple of (str, str)
        Names of the two networks.
    ax : matplotlib.axes.Axes, optional
        Axes for both networks. Default: a new figure with one panel each.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        A history lacks "loss" or "val_loss", or one of them is empty.

    Examples
    --------
    >>> plain = {"loss": [0.7, 0.4, 0.2], "val_loss": [0.7, 0.6, 0.8]}
    >>> regularised = {"loss": [0.7, 0.5, 0.4], "val_loss": [0.7, 0.6, 0.5]}
    >>> figure = plot_curves(plain, regularised)
    """
    _refuse_labels(labels)
    _refuse_other_than_axes(ax)
    pairs = list(zip(labels, (baseline_history, history), strict=True))
    if ax is not None:
        return _draw_together(ax, [(name, _losses(given, name)) for name, given in pairs])
    figure, panels = panels_of(2)
    for panel, (name, given) in zip(panels, pairs, strict=True):
        losses = _losses(given, name)
        lines = [
            Line("validation", losses["val_loss"], VERMILLION, "-"),
            Line("training", losses["loss"], BLUE, "--"),
        ]
        draw_panel(panel, name, lines)
    finish(figure, panels, "loss")
    title(figure, "Training and validation loss")
    return figure


@house_style
def plot_log(log: TrainingLog, words: str, ax: Axes | None = None) -> Figure:
    """Draw the losses of a run from a log, with a dot at the lowest validation loss.

    Parameters
    ----------
    log : TrainingLog
        The log.
    words : str
        State of the run, for the title.
    ax : matplotlib.axes.Axes, optional
        Axes to draw into; default: those of a new figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        No validation loss is finite.
    """
    if not np.isfinite(log.val_loss).any():
        raise InputError(
            f"{log.name} must hold a finite validation loss to be drawn. Received: none."
        )
    _refuse_other_than_axes(ax)
    lines = [Line("validation", log.val_loss[np.newaxis], VERMILLION, "-", log.at)]
    if log.train_loss is not None and np.isfinite(log.train_loss).any():
        lines.append(Line("training", log.train_loss[np.newaxis], BLUE, "--", log.at))
    if ax is not None:
        figure, panels = cast("Figure", ax.figure), [ax]
    else:
        figure, panels = panels_of(1)
    for line in lines:
        draw_line(panels[0], line)
    tidy(panels[0])
    panels[0].set_title(f"{shorten(log.name)}: {words}", loc="left", parse_math=False)
    finish(figure, panels, "loss", unit=log.unit)
    return figure


def _lines_of(curves: Sequence[Curves], *, optimised: bool) -> list[Line]:
    lines = [
        Line("validation", stack([curve.val_loss for curve in curves]), VERMILLION, "-"),
        Line("training", stack([curve.train_eval_loss for curve in curves]), BLUE, "--"),
    ]
    # A custom loss has other units.
    own = [Line("as optimised", stack([curve.train_loss for curve in curves]), GREY, ":")]
    return lines + own if optimised else lines


def _loss_name(task: Task) -> str:
    return "squared error (standardised target)" if task.has_scaled_curves else task.curve_loss


def _draw_together(ax: Axes, networks: Sequence[tuple[str, dict[str, Array]]]) -> Figure:
    """Draw both networks into given axes: one colour per network, training loss dashed."""
    for (name, losses), colour in zip(networks, (VERMILLION, BLUE), strict=True):
        shown = shorten(name)
        draw_line(ax, Line(f"{shown}, validation", losses["val_loss"], colour, "-"))
        draw_line(ax, Line(f"{shown}, training", losses["loss"], colour, "--"))
    count_ticks(ax)
    ax.set_xlabel("epoch")
    ax.set_ylabel("loss")
    lines = [line for line in ax.lines if line.get_label() != BEST_EPOCH]
    legend = ax.legend(handles=lines, frameon=False, fontsize=9)
    for text in legend.get_texts():
        text.set_parse_math(False)
    return cast("Figure", ax.figure)


def _refuse_other_than_axes(ax: Any) -> None:
    if not (ax is None or isinstance(ax, Axes)):
        refuse("ax", "axes of matplotlib, or None", ax)


def _refuse_labels(labels: Any) -> None:
    good = isinstance(labels, tuple | list) and all(isinstance(label, str) for label in labels)
    if not (good and len(labels) == 2):
        refuse("labels", "two names", labels)


def _losses(given: object, name: str) -> dict[str, Array]:
    """Return "loss" and "val_loss" of a history, each with shape (1, epochs)."""
    found = losses_of_history(given, f"The history of {name!r}", ("loss", "val_loss"))
    return {key: stack([values.tolist()]) for key, values in found.items()}
