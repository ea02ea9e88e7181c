"""`draw_page`: redraws the page of a finished study from the files in its folder."""

from __future__ import annotations

from pathlib import Path

from bridle.arguments.option_words import option
from bridle.errors import InputError
from bridle.files.atomic_file import write_atomic
from bridle.files.typed_json import typed
from bridle.workbench.folder.file_names import PAGE, PAGE_SOURCE, RECORDS, VERDICT
from bridle.workbench.folder.record_file import read_records
from bridle.workbench.folder.study_folder import open_study_folder
from bridle.workbench.report.page_source import PageSource, parsed
from bridle.workbench.verdict.verdict import Verdict

__all__ = ["draw_page"]


def draw_page(directory: Path, out: Path | None = None, *, overwrite: bool = False) -> Path:
    """Write the page of a study, and return its path.

    Parameters
    ----------
    directory : Path
        The folder of a finished study.
    out : Path, optional
        A new ``.html`` file. Default: the page in the folder, which is replaced.
    overwrite : bool
        Whether a file at ``out`` is replaced. Default False: raise an error.

    Raises
    ------
    InputError
        There is no finished study, its files have changed, the file cannot be written, or there is
        nothing to overwrite.
    """
    if out is not None:
        _refuse_place(out, overwrite=overwrite)
    elif overwrite:
        raise InputError(
            f"overwrite must be left out without {option('out')}: {PAGE} in the folder is replaced "
            "anyway."
        )
    if not directory.is_dir():
        raise InputError(f"There is no folder {str(directory)!r}. Name the folder of a study.")
    with open_study_folder(directory) as folder:
        folder.refuse_unfinished()
        source = PageSource.of_json((directory / PAGE_SOURCE).read_bytes(), PAGE_SOURCE)
        verdict = parsed((directory / VERDICT).read_bytes(), VERDICT)
        if isinstance(verdict, dict):
            verdict.pop("schema", None)
        page = source.render(typed(Verdict, verdict, VERDICT), read_records(directory / RECORDS))
        if out is None:
            folder.replace(PAGE, page.encode())
            return directory / PAGE
    write_atomic(out, page)
    return out


def _refuse_place(out: Path, *, overwrite: bool) -> None:
    if out.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"out must end in .html. Received: {str(out)!r}.")
    if not out.parent.is_dir():
        raise InputError(f"out must be in a folder that exists. Received: {str(out)!r}.")
    if out.is_dir() or out.is_symlink():
        raise InputError(f"out must be a file. Received: {str(out)!r}, a folder or a link.")
    if out.exists() and not overwrite:
        raise InputError(
            f"out must be a new file. Received: {str(out)!r}, which is there. Name another, or replace "
            f"it with {option('overwrite', True)}."
        )
