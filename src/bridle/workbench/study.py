"""Study: a finished experiment, what it says, and the files that it is kept in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bridle.files.pickled import Pickled
from bridle.workbench.data.dataset import Dataset
from bridle.workbench.folder.file_names import to_json
from bridle.workbench.folder.journal import Journal
from bridle.workbench.folder.plan import Plan, plan_of_records
from bridle.workbench.folder.record_file import records_text
from bridle.workbench.folder.study_folder import open_study_folder
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.verdict.verdict import Verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Study", "contents_of"]


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
    plan : Plan or None
        What decided the records; None where they were kept in no folder.
    """

    verdict: Verdict
    records: tuple[Record, ...]
    protocol: Protocol
    dataset: Dataset
    titles: Mapping[str, str]
    plan: Plan | None = None

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

    def save(self, directory: str | Path, *, overwrite: bool = False) -> Path:
        """Write records, verdict, figures and the report.

        Parameters
        ----------
        directory : str or Path
            Made if it does not exist. One that holds anything but a study is refused.
        overwrite : bool
            Whether another study in the directory is replaced. Default False: it is refused.

        Returns
        -------
        Path
            Of ``report.html``.

        Raises
        ------
        InputError
            The directory cannot be used, or another study is being written to it; nothing is
            written then.
        OSError
            A file could not be written. The same call finishes what was begun.
        """
        plan = self.plan or plan_of_records(self.records, self.verdict.headline)
        with open_study_folder(directory) as folder:
            folder.begin(plan, overwrite=overwrite)
            if not folder.is_complete:
                Journal(folder.path, plan, self.records).write()
                folder.finish(plan, contents_of(self))
            return folder.path / "report.html"


def contents_of(study: Study) -> dict[str, bytes]:
    """Return what the files hold that `Study.save` writes, by their names."""
    from bridle.workbench.report.html import render_html
    from bridle.workbench.report.png import png

    report = render_html(
        study.verdict,
        study.records,
        protocol=study.protocol,
        task=study.dataset.task,
        dataset=study.dataset.name,
        target=study.dataset.target_name,
        columns=study.dataset.columns,
        titles=study.titles,
    )
    figures: dict[str, bytes] = {}
    if any(record.curves for record in study.records):
        figures["loss_curves.png"] = png(study.plot_loss())
    if any(record.coefficients for record in study.records):
        figures["coefficients.png"] = png(study.plot_coefficients())
    return {
        "records.jsonl": records_text(study.records).encode(),
        "verdict.json": f"{to_json(study.verdict.to_dict(), indent=2)}\n".encode(),
        **figures,
        "report.html": report.encode(),
    }
