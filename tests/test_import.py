"""What an import costs, and what it leaves as it was."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

HEAVY = ("numpy", "scipy", "pandas", "sklearn", "matplotlib", "keras", "jax", "torch", "tensorflow")
NETWORKS = ("keras", "jax", "torch", "tensorflow")


FOR_FITS = ("matplotlib", "rich", "sklearn.metrics", "sklearn.model_selection", *NETWORKS)

# In one process, from what needs least on.
STATEMENTS = [
    ("import bridle; bridle.__version__; dir(bridle)", HEAVY),
    ("import bridle.cli.main", HEAVY),
    ("bridle.ElasticNet().fit([[0.0], [1.0]], [0.0, 1.0])", FOR_FITS),
    (
        "import numpy; X = numpy.eye(6); "
        "bridle.ElasticNetCV(cv=2, alphas=[0.1]).fit(X, X[:, 0] + X[:, 3])",
        FOR_FITS,
    ),
    ("bridle.compare", (*NETWORKS, "matplotlib")),
]


def test_import_loads_nothing_that_it_does_not_need():
    asked = "\n".join(
        f"{statement}\nprint({place}, *(set({absent}) & set(sys.modules)))"
        for place, (statement, absent) in enumerate(STATEMENTS)
    )
    expected = [str(place) for place in range(len(STATEMENTS))]
    assert output_of(f"import sys\n{asked}").splitlines() == expected


def output_of(script):
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout.strip()


# NumPy, pandas and SciPy are loaded before, so that what they change is not held against us.
LEAVES = """
import locale, random, signal, sys, threading, warnings
import numpy as np, pandas, scipy.sparse, sklearn.linear_model

def state():
    tiny = np.nextafter(np.zeros(3), 1)  # flushed to 0 where the processor's flags were changed
    return {
        "subnormal numbers": (tiny * 2 / 2).tolist(),
        "rounding": [(np.float64(1) + np.float64(2.0**-53) * k).hex() for k in range(4)],
        "errors": np.geterr(),
        "signals": [signal.getsignal(one) for one in signal.valid_signals()],
        "locale": locale.setlocale(locale.LC_ALL),
        "generators": [random.getstate(), str(np.random.get_state())],
        "warnings": list(warnings.filters),
        "threads": threading.active_count(),
        "hooks": [sys.excepthook, sys.displayhook, threading.excepthook],
        "switch": [sys.getswitchinterval(), sys.getrecursionlimit()],
    }

before = state()
import bridle
from bridle import ElasticNet, ElasticNetCV, compare, elastic_net_path
X = np.random.default_rng(0).normal(size=(30, 3))
ElasticNetCV(cv=2, alphas=[0.1], n_jobs=2).fit(X, X[:, 0])
after = state()
print(*[name for name in before if before[name] != after[name]])
"""


@pytest.mark.fault(51)
def test_import_and_a_fit_leave_the_process_as_it_was():
    assert output_of(LEAVES) == ""


OPENMP = """
import re
import numpy, scipy.linalg

def runtimes():
    return set(re.findall(r"lib[gi]?omp[0-9]*[-.][^/\\s]*", open("/proc/self/maps").read()))

before = runtimes()
import bridle._core
print(*(runtimes() - before))
"""


@pytest.mark.fault(47)
@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs Linux's /proc")
def test_kernels_bring_no_openmp_runtime():
    """Two of them in a process can end it; threads of our own cannot."""
    assert output_of(OPENMP) == ""


@pytest.mark.parametrize("first", ["import bridle, keras", "import keras, bridle"])
def test_layers_are_known_to_keras_once_bridle_is_imported(first):
    if find_spec("keras") is None or find_spec("jax") is None:
        pytest.skip("needs the extra jax")
    code = f"{first}; assert keras.saving.get_registered_object('bridle>Dropout')"
    environment = {**os.environ, "KERAS_BACKEND": "jax"}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
