"""`Manifest`: identifies the study in a folder and the files that bridle wrote for it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path

from bridle.workbench.folder.file_names import MANIFEST, to_json
from bridle.workbench.folder.plan import Plan

__all__ = ["Manifest", "manifest_of", "read_manifest"]


@dataclass(frozen=True)
class Manifest:
    """Description of a finished study.

    Attributes
    ----------
    plan : Plan
        Digests of everything that determines its records.
    files : mapping of str to str
        SHA-256 of each file, by name.
    """

    plan: Plan
    files: Mapping[str, str]

    def to_json(self) -> str:
        """Return the text of the file."""
        fields = {
            "bridle": metadata.version("bridle"),
            "plan": self.plan.parts,
            "found": self.plan.found,
            "files": self.files,
        }
        return to_json(fields, indent=2) + "\n"

    def changed(self, folder: Path) -> tuple[str, ...]:
        """Return the names of the files whose content has changed."""
        return tuple(
            name
            for name, expected in self.files.items()
            if (folder / name).exists() and _sha256((folder / name).read_bytes()) != expected
        )

    def with_file(self, name: str, content: bytes) -> Manifest:
        """Return the manifest with another content of a file."""
        return replace(self, files={**self.files, name: _sha256(content)})

    def missing(self, folder: Path) -> tuple[str, ...]:
        """Return the names of missing files."""
        return tuple(name for name in self.files if not (folder / name).exists())


def manifest_of(plan: Plan, contents: Mapping[str, bytes]) -> Manifest:
    """Return the manifest of a study with these files, given by name and content."""
    return Manifest(plan, {name: _sha256(content) for name, content in contents.items()})


def read_manifest(folder: Path) -> Manifest | None:
    """Return the manifest in a folder; None if there is no valid one."""
    try:
        fields = json.loads((folder / MANIFEST).read_bytes())
        plan = Plan(dict(fields["plan"]), dict(fields.get("found", {})))
        held = Manifest(plan, dict(fields["files"]))
    except (FileNotFoundError, KeyError, RecursionError, TypeError, ValueError):
        return None
    names = (*held.plan.parts, *held.plan.parts.values(), *held.files, *held.files.values())
    found = held.plan.found.values()
    sound = all(isinstance(name, str) for name in names) and all(
        isinstance(item, int | str) for item in found
    )
    return held if sound else None


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
