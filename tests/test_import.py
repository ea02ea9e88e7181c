"""What an import costs: a framework is loaded by the one who uses it."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("numpy", "scipy", "pandas", "sklearn", "matplotlib", "keras", "jax", "torch", "tensorflow")
NETWORKS = ("keras", "jax", "torch", "tensorflow")


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import bridle; bridle.__version__; dir(bridle)", HEAVY),
        ("import bridle.cli", HEAVY),
        ("import bridle; bridle.ElasticNet; bridle.compare", (*NETWORKS, "matplotlib")),
    ],
)
def test_import_loads_nothing_that_it_does_not_need(statement, absent):
    script = f"{statement}\nimport sys\nprint(*(set({absent}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr, done.returncode) == ("", "", 0)
