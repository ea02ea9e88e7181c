"""`Reporter`: the part of a diagnosis callback that is equal for all trainers."""

from __future__ import annotations

import sys

from bridle.callbacks.listener import Listener
from bridle.workbench.diagnosis.diagnosis import Diagnosis
from bridle.workbench.diagnosis.watch import Watch

__all__ = ["Reporter"]


class Reporter(Listener):
    """Watches one training at a time, and writes on standard error.

    Attributes
    ----------
    diagnosis : Diagnosis or None
        Of the validations so far; None before the first.
    """

    diagnosis: Diagnosis | None = None

    def begin(self) -> None:
        """Begin a new run."""
        self.diagnosis, self._watch = None, Watch("This training")

    def losses(self, epoch: float, train_loss: float | None, val_loss: float) -> None:
        """Take the losses of a validation; warn once if the run overfits, once if it diverges."""
        warning = self._watch.add(epoch, train_loss, val_loss)
        self.diagnosis = self._watch.diagnosis()
        if warning is not None:
            _say(warning)

    def end(self) -> None:
        """Report how the run ended."""
        if self.diagnosis is None:
            _say(
                "Nothing to diagnose: no validation loss was measured. Train with validation data."
            )
        else:
            _say(f"{self.diagnosis.headline} {self.diagnosis.remedy}")


def _say(sentence: str) -> None:
    # A trainer's progress bar has left its line open.
    print(f"\nbridle: {sentence}", file=sys.stderr)
