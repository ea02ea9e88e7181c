"""`bridle.show_config`: the versions, processor, threads and libraries that bridle works with here."""

from __future__ import annotations

import platform
from importlib import metadata
from importlib.util import find_spec
from typing import Any

from bridle.arguments.scalars import refuse

__all__ = ["show_config"]

_REQUIRED = ("numpy", "scipy", "scikit-learn", "pandas", "narwhals")
_OPTIONAL = ("keras", "jax", "torch", "tensorflow", "pyarrow", "polars")
_MODES = ("stdout", "dicts")


def show_config(mode: str = "stdout") -> dict[str, dict[str, Any]] | None:
    """Print or return the versions, processor and threads that bridle uses, for a bug report.

    Versions are read from the installed packages, and no network framework is imported.

    Parameters
    ----------
    mode : str
        "stdout" prints, "dicts" returns, as ``numpy.show_config`` does. Default "stdout".

    Returns
    -------
    dict or None
        With "dicts", a dictionary for each part: ``bridle`` (version, and the compiled module's
        stable ABI), ``python``, ``processor`` (machine, instruction sets whose kernels can run
        here, the one in use), ``threads`` (processors that this process may use, and the libraries
        of threads that are loaded), ``packages`` and ``optional`` (versions; None if not installed).

    Raises
    ------
    InputError
        ``mode`` is neither "stdout" nor "dicts".

    Examples
    --------
    >>> import bridle
    >>> bridle.show_config(mode="dicts")["bridle"]["version"] == bridle.__version__
    True
    """
    if mode not in _MODES:
        refuse("mode", "'stdout' or 'dicts'", mode)
    found = _configuration()
    if mode == "dicts":
        return found
    print("\n".join(_lines(found)))
    return None


def _configuration() -> dict[str, dict[str, Any]]:
    import scipy.linalg  # noqa: F401 (loads the BLAS of SciPy)
    from threadpoolctl import threadpool_info

    from bridle import _core
    from bridle.threads.processors import count_processors

    module = str(_core.__file__)
    return {
        "bridle": {"version": _version("bridle"), "stable ABI": ".abi3." in module},
        "python": {
            "version": platform.python_version(),
            "implementation": platform.python_implementation(),
            "system": platform.platform(),
        },
        "processor": {
            "machine": platform.machine(),
            "kernels that can run": _core.available_levels(),
            "kernels in use": _core.level(),
        },
        "threads": {
            "processors": count_processors(),
            "libraries": [_library(library) for library in threadpool_info()],
        },
        "packages": {name: _version(name) for name in _REQUIRED},
        "optional": {name: _version(name) for name in _OPTIONAL},
    }


def _library(found: dict[str, Any]) -> str:
    detail = found.get("architecture")
    name = f"{found['internal_api']} {found.get('version') or ''}".strip()
    return f"{name} ({detail}), {found['num_threads']} threads" if detail else name


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        # Builds for one processor go by other names, such as tensorflow-cpu.
        return "of another package" if find_spec(name) is not None else None


def _lines(found: dict[str, dict[str, Any]]) -> list[str]:
    width = max(len(name) for part in found.values() for name in part)
    lines = []
    for part, held in found.items():
        lines.append(part)
        for name, value in held.items():
            shown = ", ".join(value) if isinstance(value, list) else value
            lines.append(f"  {name:<{width}}  {'not installed' if shown is None else shown}")
    return lines
