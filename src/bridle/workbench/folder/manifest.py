"""Manifest of a study's folder: which study it is, and which files bridle wrote for it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from bridle.workbench.folder.file_names import MANIFEST, to_json
from bridle.workbench.folder.plan import Plan

__all__ = ["Manifest", "manifest_of", "read_manifest"]


@dataclass(frozen=True)
class Manifest:
    """What is said of a finished study.

    Attributes
    ----------
    plan : Plan
    files : mapping of str to str
        SHA-256 of each file by its name.
    """

    plan: Plan
    files: Mapping[str, str]

    def to_json(self) -> str:
        """Return the text of the file."""
        fields = {
            "bridle": metadata.version("bridle"),
            "plan": self.plan.parts,
            "files": self.files,
        }
        return to_json(fields, indent=2) + "\n"

    def changed(self, folder: Path) -> tuple[str, ...]:
        """Return the names of the files that hold something else by now."""
        return tuple(
            name
            for name, expected in self.files.items()
            if (folder / name).exists() and _sha256((folder / name).read_bytes()) != expected
        )

    def missing(self, folder: Path) -> tuple[str, ...]:
        """Return the names of the files that are not there."""
        return tuple(name for name in self.files if not (folder / name).exists())


def manifest_of(plan: Plan, contents: Mapping[str, bytes]) -> Manifest:
    """Return the manifest of a study whose files have these contents, by their names."""
    return Manifest(plan, {name: _sha256(content) for name, content in contents.items()})


def read_manifest(folder: Path) -> Manifest | None:
    """Return the manifest in a folder; None where there is none, or something else of that name."""
    try:
        fields = json.loads((folder / MANIFEST).read_bytes())
        held = Manifest(Plan(dict(fields["plan"])), dict(fields["files"]))
    except (FileNotFoundError, KeyError, RecursionError, TypeError, ValueError):
        return None
    names = (*held.plan.parts, *held.plan.parts.values(), *held.files, *held.files.values())
    return held if all(isinstance(one, str) for one in names) else None


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
