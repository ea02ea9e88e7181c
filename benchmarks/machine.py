"""Machine and date of a measurement."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.worker import CORES

__all__ = ["describe_machine"]


def describe_machine() -> dict[str, str]:
    """Return processor, memory, system and Python, as far as the system tells them, and the date."""
    processors = os.cpu_count() or CORES
    return {
        "processor": _processor(),
        "cores used": f"{min(CORES, processors)} of {processors}",
        "memory": _memory(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "date": datetime.now(UTC).date().isoformat(),
    }


def _processor() -> str:
    facts = _colon_table(Path("/proc/cpuinfo"))
    name = facts.get("model name", platform.processor() or platform.machine())
    flags = facts.get("flags", "").split()
    widest = next((flag for flag in ("avx512f", "avx2", "sse4_2") if flag in flags), "")
    model = ", ".join(f"{key} {facts[key]}" for key in ("cpu family", "model") if key in facts)
    return ", ".join(filter(None, [name, model, widest]))


def _memory() -> str:
    kilobytes = _colon_table(Path("/proc/meminfo")).get("MemTotal", "").split()
    return f"{int(kilobytes[0]) / 1024**2:.0f} GiB" if kilobytes else "unknown"


def _colon_table(file: Path) -> dict[str, str]:
    """Return the first "key: value" of each key in a file of the kernel, or nothing."""
    if not file.exists():
        return {}
    pairs = [line.partition(":") for line in file.read_text().splitlines()]
    return {key.strip(): value.strip() for key, _, value in reversed(pairs)}
