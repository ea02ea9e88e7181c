"""Sentences of a diagnosis: the state of a run, and what to do next."""

from __future__ import annotations

from bridle.workbench.diagnosis.movement import generalisation_loss
from bridle.workbench.diagnosis.state import State
from bridle.workbench.evidence.curves.trend import LEAST_EPOCHS
from bridle.workbench.logs.training_log import TrainingLog
from bridle.workbench.verdict.wording import number

__all__ = ["headline", "remedy"]

_REGULARISE = (
    "or regularise: add dropout (`bridle.add_dropout`), weight decay or an elastic net. "
    "`bridle compare` measures whether that helps"
)

_WIDE = 0.2
"""Gap between training and validation loss, relative to the latter, that the remedy mentions."""


def headline(log: TrainingLog, state: State) -> str:
    """Return the state of the run in one sentence."""
    match state.name:
        case "diverged":
            return f"Diverged: {_came_apart(log, state)}."
        case "too short":
            return (
                "Too short to tell: "
                f"{_count(len(log.val_loss), 'validation loss', 'validation losses')}, "
                f"and a trend takes {LEAST_EPOCHS}."
            )
        case "overfits":
            lowest = _lowest(log, state)
            return f"Overfits: the validation loss was lowest at {lowest}, and {_since(log)}."
        case "still learning":
            assert state.validation is not None
            return (
                f"Still learning: the validation loss still fell over the last "
                f"{2 * state.validation.window} validations, to {number(float(log.val_loss[-1]))}."
            )
        case "level":
            lowest = _lowest(log, state)
            return f"Level: the validation loss has stopped moving. It was lowest at {lowest}."


def remedy(log: TrainingLog, state: State) -> str:
    """Return what to do next, in one or two sentences."""
    match state.name:
        case "diverged":
            return "Lower the learning rate, clip the gradients, and scale features and target."
        case "too short":
            return f"Train for more epochs, or validate more often: at least {LEAST_EPOCHS} times."
        case "overfits":
            return f"Stop at {_best(log, state)} and keep its weights, {_REGULARISE}."
        case "still learning":
            return "Train longer, until the loss is level; it is too early to judge a regulariser."
        case "level":
            return _of_a_level_run(log, state)


def _of_a_level_run(log: TrainingLog, state: State) -> str:
    if state.training is not None and state.validation is not None:
        below = state.validation.last - state.training.last
        if below > _WIDE * abs(state.validation.last):
            return (
                f"The training loss is lower ({number(state.training.last)}), but the validation loss "
                "has not risen: a gap alone does no harm."
            )
    return (
        "It does not overfit. If the loss is still too high, longer training will not lower it: try a "
        "larger network, less regularisation or better features."
    )


def _came_apart(log: TrainingLog, state: State) -> str:
    if state.training is not None:
        moved = state.training
        return f"the training loss rose from {number(moved.lowest)} to {number(moved.last)}"
    first_bad = 0 if state.last is None else state.last + 1
    return f"the losses are not finite from {log.when(first_bad)} on"


def _lowest(log: TrainingLog, state: State) -> str:
    assert state.best is not None
    return f"{_best(log, state)} ({number(float(log.val_loss[state.best]))})"


def _best(log: TrainingLog, state: State) -> str:
    assert state.best is not None
    return log.when(state.best)


def _since(log: TrainingLog) -> str:
    last, end = number(float(log.val_loss[-1])), log.when(len(log.val_loss) - 1)
    share = generalisation_loss(log.val_loss)
    if share is None:
        return f"is {last} at {end}"
    return f"is {share:.0f} % higher at {end} ({last})"


def _count(n: int, single: str, many: str) -> str:
    return f"{n} {single if n == 1 else many}"
