from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.mutation.suites import SUITES

ROOT = Path(__file__).parents[2]
TRIAL = """
from pathlib import Path
from benchmarks.mutation.trial import Trial, run_trials

path = Path("src/bridle/dropout/rate.py").resolve()
right = path.read_text("utf-8")
end = "return isinstance(value, Real) and not isinstance(value, bool)"
wrong, endless = (right.replace(end, other) for other in ("return False", "while True: pass"))
tests = ("tests/dropout/test_noise.py::test_right_rate_is_a_float",)
given = ((right, 600), (wrong, 600), (endless, 1))
trials = [Trial("bridle.dropout.rate", path, one, tests, limit) for one, limit in given]
outcomes = dict(run_trials(trials, 2))
print([outcomes[index].passed for index in range(3)])
"""


@pytest.mark.parametrize("suite", SUITES)
def test_modules_and_tests_of_a_suite_exist(suite):
    for module, tests in SUITES[suite].items():
        assert (ROOT / "src" / f"{module.replace('.', '/')}.py").is_file()
        assert [one for one in tests if not (ROOT / one).is_file()] == []


@pytest.mark.slow
def test_trial_passes_only_with_the_source_that_is_right():
    run = subprocess.run(
        [sys.executable, "-c", TRIAL], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[True, False, False]"
