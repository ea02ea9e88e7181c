"""A finished experiment: what was run, what it says, and the files it is kept in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bridle.atomic_file import write_atomic
from bridle.pickled import Pickled
from bridle.workbench.dataset import Dataset
from bridle.workbench.files import end_study, open_output_directory, to_json
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.record_file import write_records
from bridle.workbench.verdict import Verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Study"]


@dataclass(frozen=True)
class Study(Pickled):
    """A finished experiment.

    Attributes
    ----------
    verdict : Verdict
    records : tuple of Record
        One run of one arm each.
    protocol : Protocol
    dataset : Dataset
    titles : mapping of str to str
        What each arm is, by its name.
    """

    verdict: Verdict
    records: tuple[Record, ...]
    protocol: Protocol
    dataset: Dataset
    titles: Mapping[str, str]

    def __str__(self) -> str:
        return self.verdict.headline

    def plot_loss(self) -> Figure:
        """Return a figure of training and validation loss by epoch, one panel a network.

        Raises
        ------
        InputError
            When no arm was trained by epochs.
        """
        from bridle.workbench.report.loss_curves import plot_loss

        return plot_loss(self.records, self.dataset.task)

    def plot_coefficients(self) -> Figure:
        """Return a figure of the largest coefficients of the linear arms.

        Raises
        ------
        InputError
            When there was no linear arm.
        """
        from bridle.workbench.report.coefficients import plot_coefficients

        return plot_coefficients(self.records)

    def save(self, directory: str | Path) -> Path:
        """Write records, verdict, figures and the report.

        Parameters
        ----------
        directory : str or Path
            Made if it does not exist. Files of an earlier study are replaced; a directory that holds
            anything else is refused.

        Returns
        -------
        Path
            Of ``report.html``.

        Raises
        ------
        InputError
            When the directory cannot be used; nothing is written then.
        """
        from bridle.workbench.report.html import render_html

        folder = open_output_directory(Path(directory))
        report = render_html(
            self.verdict,
            self.records,
            protocol=self.protocol,
            task=self.dataset.task,
            dataset=self.dataset.name,
            target=self.dataset.target_name,
            titles=self.titles,
        )
        write_records(folder / "records.jsonl", self.records)
        write_atomic(folder / "verdict.json", to_json(self.verdict.to_dict(), indent=2) + "\n")
        self._save_figures(folder)
        write_atomic(folder / "report.html", report)
        end_study(folder)
        return folder / "report.html"

    def _save_figures(self, folder: Path) -> None:
        from bridle.workbench.report.png import png

        figures: dict[str, Callable[[], Figure]] = {}
        if any(record.curves for record in self.records):
            figures["loss_curves.png"] = self.plot_loss
        if any(record.coefficients for record in self.records):
            figures["coefficients.png"] = self.plot_coefficients
        for name in ("loss_curves.png", "coefficients.png"):
            if name in figures:
                write_atomic(folder / name, png(figures[name]()))
            else:
                (folder / name).unlink(missing_ok=True)
