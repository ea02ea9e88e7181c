"""`StudyFolder`: the output folder of one study, with one writer and only bridle's files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Never

from bridle.arguments.option_words import option
from bridle.errors import InputError
from bridle.files.atomic_file import temporary_of, write_atomic
from bridle.networks.engine.checkpoint import CHECKPOINT_NAME
from bridle.workbench.arguments import folder_at
from bridle.workbench.folder.file_names import (
    CURVE_RECORDS,
    MANIFEST,
    MODEL,
    MODEL_FILES,
    OWN_FILES,
    PAGE,
    PAGE_SOURCE,
    RECORDS,
    UNFINISHED,
)
from bridle.workbench.folder.journal import Journal, is_journal, read_journal
from bridle.workbench.folder.lock import LOCK, locked
from bridle.workbench.folder.manifest import Manifest, manifest_of, read_manifest
from bridle.workbench.folder.plan import Plan
from bridle.workbench.folder.record_file import read_records
from bridle.workbench.record import Record

__all__ = ["StudyFolder", "open_study_folder"]

_OWN_NAME = re.compile("|".join([*map(re.escape, (*OWN_FILES, UNFINISHED, LOCK)), CHECKPOINT_NAME]))
_FILES = (*OWN_FILES, *(f"{MODEL}/{name}" for name in MODEL_FILES))


@contextmanager
def open_study_folder(path: str | Path) -> Iterator[StudyFolder]:
    """Create or open the folder of a study, and lock it within the block.

    Parameters
    ----------
    path : str or Path
        A new folder (missing parents are created), an empty one, or one with a study.

    Raises
    ------
    InputError
        The path is a symbolic link or a file, contains files that bridle did not write, cannot be
        created or read, or another study writes to it. Nothing was changed.
    """
    path = folder_at(path)
    if path.is_symlink():
        raise InputError(
            f"The output folder {str(path)!r} is a symbolic link; name the folder itself."
        )
    try:
        path.mkdir(parents=True, exist_ok=True)
        _refuse_strangers(path, [entry for entry in path.iterdir() if not _has_own_name(entry)])
    except OSError as error:
        raise InputError(
            f"The output folder {str(path)!r} cannot be used ({error.strerror}: "
            f"{error.filename!r}); name a folder that can be created, or one that is empty."
        ) from error
    with locked(path):
        folder = StudyFolder(path)
        _refuse_strangers(path, folder.strangers())
        for entry in (*path.iterdir(), *_entries(path / MODEL)):
            if temporary_of(entry.name):
                entry.unlink()  # left by a killed writer, as the lock excludes another
        yield folder


class StudyFolder:
    """The locked folder; see `open_study_folder`.

    Attributes
    ----------
    path : Path
        The folder.
    is_complete : bool
        Whether `begin` found the same study, finished and with all its files.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.is_complete = False
        self._manifest = read_manifest(path)

    def strangers(self) -> list[Path]:
        """Return the files that have names of a study's files but were not written by bridle."""
        claimed = {MANIFEST, *self._manifest.files} if self._manifest else set()
        found = [
            self.path / name
            for name in _FILES
            if name not in claimed and (self.path / name).exists()
        ]
        unfinished = self.path / UNFINISHED
        if unfinished.exists() and not is_journal(unfinished):
            found.append(unfinished)
        return found

    @property
    def has_model(self) -> bool:
        """Whether a model belongs to the study that was found or written."""
        names = self._manifest.files if self._manifest else ()
        return any(name.startswith(f"{MODEL}/") for name in names)

    def begin(self, plan: Plan, *, overwrite: bool = False) -> Journal:
        """Return the journal of a study, with the runs of an earlier start.

        Parameters
        ----------
        plan : Plan
        overwrite : bool
            Whether to replace another study, or a damaged one. Its files remain until the new study
            is finished, but the runs of an unfinished study are deleted at once. Default False.

        Raises
        ------
        InputError
            The folder contains another study, or a damaged one, and ``overwrite`` is False.
        """
        if overwrite and self._objection(plan):
            self._forget_unfinished()
            if self._objection(plan):
                return Journal(self.path, plan)
        held, records = self._held(plan)
        return Journal(self.path, held, records)

    def finish(self, plan: Plan, contents: Mapping[str, bytes]) -> None:
        """Write the files of a study whose journal is complete, then delete the journal.

        If this is interrupted, the journal still exists, and the same study can finish.

        Parameters
        ----------
        plan : Plan
            Identifies the study.
        contents : mapping of str to bytes
            Content of each file, by name.

        Raises
        ------
        InputError
            A file with one of these names was created by something else since `begin`.
        OSError
            A file could not be written.
        """
        _refuse_strangers(self.path, self.strangers())
        for name in _FILES:
            if name not in (MANIFEST, *contents):
                (self.path / name).unlink(missing_ok=True)
        model = self.path / MODEL
        if any(name.startswith(f"{MODEL}/") for name in contents):
            model.mkdir(exist_ok=True)
        elif model.is_dir() and not _entries(model):
            model.rmdir()
        # Written before the files, so that each file is known to be bridle's from the first moment.
        self._manifest = manifest_of(plan, contents)
        write_atomic(self.path / MANIFEST, self._manifest.to_json())
        for name, content in contents.items():
            write_atomic(self.path / name, content)
        self._forget_unfinished()

    def refuse_unfinished(self) -> None:
        """Raise an error unless the folder holds a finished study whose files are unchanged.

        Raises
        ------
        InputError
            It does not; the message names the missing or changed files.
        """
        held = self._manifest
        where = f"The folder {str(self.path)!r}"
        if held is None or PAGE_SOURCE not in held.files:
            raise InputError(
                f"{where} holds no finished study from which a page can be drawn. A study by another "
                "version of bridle, or with a splitter of your own, lacks the data. Run it again."
            )
        # The page itself may be missing, or changed by its reader.
        wrong = {*held.missing(self.path), *held.changed(self.path)} - {PAGE}
        if wrong:
            raise InputError(
                f"{where} holds a study with changed or missing files: {', '.join(sorted(wrong))}. "
                "Run it again."
            )

    def replace(self, name: str, content: bytes) -> None:
        """Write a file of a finished study anew."""
        assert self._manifest is not None
        self._manifest = self._manifest.with_file(name, content)
        write_atomic(self.path / MANIFEST, self._manifest.to_json())
        write_atomic(self.path / name, content)

    def _objection(self, plan: Plan) -> InputError | None:
        try:
            self._held(plan)
        except InputError as error:
            return error
        return None

    def _held(self, plan: Plan) -> tuple[Plan, tuple[Record, ...]]:
        """Return the plan, with what the study has found, and the records that are there."""
        unfinished = read_journal(self.path / UNFINISHED)
        if unfinished is not None:
            held, records = unfinished
            if held != plan:
                self._refuse(f"an unfinished study of other {plan.differences(held)}")
            return held, records
        if self._manifest is None:
            return plan, ()
        if self._manifest.plan != plan:
            self._refuse(f"a finished study of other {plan.differences(self._manifest.plan)}")
        return self._manifest.plan, self._finished_records(self._manifest)

    def _finished_records(self, manifest: Manifest) -> tuple[Record, ...]:
        changed = manifest.changed(self.path)
        if changed:
            self._refuse(f"this study, finished, with changed files: {', '.join(changed)}")
        missing = manifest.missing(self.path)
        self.is_complete = not missing
        held = [name for name in (RECORDS, CURVE_RECORDS) if name in manifest.files]
        there = [self.path / name for name in held if name not in missing]
        return tuple(record for path in there for record in read_records(path))

    def _refuse(self, what: str) -> Never:
        raise InputError(
            f"The output folder {str(self.path)!r} holds {what}. Name another folder, or replace what "
            f"it holds with {option('overwrite', True)}."
        )

    def _forget_unfinished(self) -> None:
        """Delete the files of an unfinished study, the journal last."""
        for entry in self.path.iterdir():
            if re.fullmatch(CHECKPOINT_NAME, entry.name):
                entry.unlink()
        (self.path / UNFINISHED).unlink(missing_ok=True)


def _has_own_name(entry: Path) -> bool:
    if entry.name == MODEL:
        return _is_folder(entry) and all(map(_has_own_name_in_model, _entries(entry)))
    own = _OWN_NAME.fullmatch(temporary_of(entry.name) or entry.name)
    return own is not None and _is_plain(entry)


def _has_own_name_in_model(entry: Path) -> bool:
    return (temporary_of(entry.name) or entry.name) in MODEL_FILES and _is_plain(entry)


def _is_plain(entry: Path) -> bool:
    # Another writer may remove its own files meanwhile.
    return (entry.is_file() or not entry.exists()) and not entry.is_symlink()


def _is_folder(entry: Path) -> bool:
    return entry.is_dir() and not entry.is_symlink()


def _entries(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if _is_folder(folder) else []


def _refuse_strangers(path: Path, strangers: list[Path]) -> None:
    if strangers:
        names = sorted(entry.relative_to(path).as_posix() for entry in strangers)
        listed = ", ".join(repr(name) for name in names[:3])
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        raise InputError(
            f"The output folder {str(path)!r} holds {listed}{more}, which bridle did not write; "
            "name a new folder or an empty one."
        )
