"""`Diagnosis`: state of a training run, remedy, findings and curves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bridle.types import Array
from bridle.workbench.diagnosis.movement import generalisation_loss
from bridle.workbench.diagnosis.sentences import headline, remedy
from bridle.workbench.diagnosis.state import State, StateName
from bridle.workbench.finding import Finding
from bridle.workbench.logs.training_log import TrainingLog

__all__ = ["Diagnosis"]


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """The diagnosis of a run from its losses; ``print`` it for the sentences.

    Attributes
    ----------
    log : TrainingLog
        The losses, by epoch or step.
    state : State
        The measurements and the state.
    findings : tuple of Finding
        Findings about the log.
    """

    log: TrainingLog
    state: State
    findings: tuple[Finding, ...]

    @property
    def name(self) -> StateName:
        """``"diverged"``, ``"overfits"``, ``"still learning"``, ``"level"`` or ``"too short"``."""
        return self.state.name

    @property
    def headline(self) -> str:
        """The state of the run, in one sentence."""
        return headline(self.log, self.state)

    @property
    def remedy(self) -> str:
        """What to do next."""
        return remedy(self.log, self.state)

    @property
    def best_epoch(self) -> float | None:
        """The epoch or step with the lowest validation loss; None if none is finite."""
        return None if self.state.best is None else float(self.log.at[self.state.best])

    @property
    def best_loss(self) -> float | None:
        """The lowest validation loss."""
        return None if self.state.best is None else float(self._finite[self.state.best])

    @property
    def last_loss(self) -> float | None:
        """The last validation loss before an infinite one or NaN."""
        return None if self.state.last is None else float(self._finite[-1])

    @property
    def generalisation_loss(self) -> float | None:
        """Prechelt's measure: the excess of the last loss over the lowest, in per cent.

        None unless all losses are positive.
        """
        return None if self.state.last is None else generalisation_loss(self._finite)

    @property
    def _finite(self) -> Array:
        return self.log.val_loss[: 1 + (self.state.last or 0)]

    def plot(self, ax: Axes | None = None) -> Figure:
        """Draw the training and validation loss, with a dot at the lowest validation loss.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Default: those of a new figure.

        Returns
        -------
        matplotlib.figure.Figure
        """
        from bridle.workbench.report.figures.loss_curves import plot_log

        return plot_log(self.log, self.name, ax)

    def to_dict(self) -> dict[str, Any]:
        """Return names, numbers and sentences, ready for JSON."""
        return {
            "log": self.log.name,
            "source": self.log.source,
            "state": self.name,
            "headline": self.headline,
            "remedy": self.remedy,
            "unit": self.log.unit,
            "validations": len(self.log.val_loss),
            "best_epoch": self.best_epoch,
            "best_loss": self.best_loss,
            "last_loss": self.last_loss,
            "generalisation_loss": self.generalisation_loss,
            "notes": list(self.log.notes),
            "findings": [
                {"code": finding.code, "message": finding.message, "remedy": finding.remedy}
                for finding in self.findings
            ],
        }

    def __str__(self) -> str:
        said = [f"{finding.code}: {finding.message} {finding.remedy}" for finding in self.findings]
        return "\n".join([self.headline, self.remedy, *self.log.notes, *said])
