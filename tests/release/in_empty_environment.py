"""Install the wheel for a Python in an empty environment, and use it where there is no compiler.

``python tests/release/in_empty_environment.py FOLDER [PYTHON]`` makes an environment of PYTHON (default:
the one that runs this), installs the wheel of FOLDER that suits it, with binary packages only, and
runs `try_wheel.py` with a PATH on which there are no programs but those of the environment.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SCRIPT = Path(__file__).with_name("try_wheel.py")
COMPILERS = ("cc", "gcc", "g++", "c++", "clang", "cmake", "ninja", "make")


def try_in_empty_environment(wheels: Path, python: str, folder: Path) -> None:
    """Raise an error unless one of the wheels can be installed and used."""
    subprocess.run([python, "-m", "venv", folder / "venv"], check=True)
    bin_folder, chosen = folder / "venv" / "bin", folder / "chosen"
    found = [name for name in COMPILERS if shutil.which(name, path=str(bin_folder))]
    assert not found, found
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    alone = {**kept, "PATH": str(bin_folder)}

    def run(*arguments: object) -> None:
        command = [str(bin_folder / "python"), *map(str, arguments)]
        # From another folder, so that no source is imported.
        subprocess.run(command, check=True, env=alone, cwd=folder)

    pip = "-m", "pip", "--quiet", "--disable-pip-version-check"
    run(*pip, "download", "--no-deps", "--no-index", "-f", wheels, "-d", chosen, "bridle")
    (wheel,) = chosen.iterdir()
    run(*pip, "install", "--only-binary", ":all:", wheel)
    run("-P", SCRIPT)
    print(f"{wheel.name} works with {python}.")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        given = sys.argv[2] if len(sys.argv) > 2 else sys.executable
        try_in_empty_environment(Path(sys.argv[1]).resolve(), given, Path(name))
