"""Kept file: the JSON that holds the figures of a table, to which runs of single rows add."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["read_kept", "write_kept"]


def read_kept(file: Path) -> dict[str, Any]:
    """Return what the file holds; nothing if there is none."""
    held: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    return held


def write_kept(file: Path, held: dict[str, Any]) -> None:
    """Write the file, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part")
    part.write_text(json.dumps(held, indent=1) + "\n")
    part.replace(file)
