"""Faults of the solver and of what interrupts it: numbers 39, 40 and 42 to 45 of docs/trust.md."""

import os
import pickle
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from tests.elastic_net.robust.ways_in import ALL, REGRESSIONS, coef_of, data_for

from bridle import (
    ElasticNet,
    ElasticNetClassifier,
    ElasticNetCV,
    ElasticNetPenalty,
    elastic_net_path,
)
from bridle.elastic_net import Specification, cross_validate
from bridle.elastic_net.design import DenseDesign
from bridle.elastic_net.loss import Squared
from bridle.elastic_net.solver import CoordinateDescent, Status
from bridle.errors import InputError

every_way = pytest.mark.parametrize("way", ALL)
ESTIMATORS = [name for name in ALL if "path" not in name]


@pytest.mark.fault(39)
@every_way
@pytest.mark.filterwarnings("ignore::bridle.errors.DataWarning")
def test_max_iter_warns_with_the_strength_the_gap_and_the_remedy(way):
    X, y = data_for(way, n=40, p=80)
    name = "alpha" if way in ("ElasticNet", "ElasticNetClassifier") else "alphas"
    strength = 1e-4 if name == "alpha" else [1e-4, 2e-4]
    message = (
        r"did not converge.*alpha=[\d.e-]+, has the relative duality gap [\d.e-]+ after max_iter=1 "
        r"iterations, above tol=1e-16\. .*Raise max_iter, raise tol, strengthen the penalty"
    )
    with pytest.warns(ConvergenceWarning, match=message) as caught:
        ALL[way](X, y, **{name: strength, "max_iter": 1, "tol": 1e-16})
    assert len([one for one in caught if one.category is ConvergenceWarning]) == 1


def _not_finite(solve):
    def broken(self, problem, start=None):
        return replace(solve(self, problem, start), status=Status.NOT_FINITE)

    return broken


@pytest.mark.fault(40)
@pytest.mark.parametrize("kind", [ElasticNet, ElasticNetClassifier])
def test_a_fit_that_is_not_finite_is_an_error_and_leaves_no_fit(kind, monkeypatch):
    X, y = data_for(kind.__name__)
    model = kind(alpha=0.1).fit(X, y)
    monkeypatch.setattr(CoordinateDescent, "solve", _not_finite(CoordinateDescent.solve))
    with pytest.raises(InputError, match=r"fit failed at alpha=0\.1\. .*overflowed or became NaN"):
        model.fit(X, y)
    with pytest.raises(NotFittedError):
        model.predict(X)


@pytest.mark.fault(40)
def test_numbers_that_end_in_a_path_or_a_fold_are_an_error():
    # Not through `Specification.of`, which would divide X and y by powers of two.
    X, y = data_for("ElasticNetCV")
    design = DenseDesign(1e200 * X)
    specification = Specification(design, 1e200 * y[:, None], Squared(), ElasticNetPenalty(0, 0))
    folds = [(np.arange(30), np.arange(30, 40))]
    message = r"fit failed at alpha=0\.1\. .*overflowed or became NaN"
    with np.errstate(all="ignore"), pytest.raises(InputError, match=message):
        cross_validate(specification, folds, alphas=[0.1])


# --- Failed allocations


SHORT_OF_MEMORY = """
import resource, sys
import numpy as np
import bridle

rng = np.random.default_rng(0)
X = np.asfortranarray(rng.normal(size=(400, 3000)))
y = X[:, 0] + rng.normal(size=400)
kind = getattr(bridle, sys.argv[1])
y = y > 0 if "Classifier" in sys.argv[1] else y

kind(0.01).fit(X[:, :50], y)  # buffers that stay
size = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
ends = set()
for megabytes in (0, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 10, 20, 50, 1000):
    resource.setrlimit(resource.RLIMIT_AS, (size + int(megabytes * 2**20), -1))
    try:
        kind(0.01).fit(X, y)
        ends.add("fitted")
    except MemoryError as error:
        ends.add("refused")
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
kind(0.01).fit(X, y)
print(sorted(ends))
"""


def run_python(script, *arguments, **options):
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", script, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        **options,
    )


@pytest.mark.fault(42)
@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize("kind", ["ElasticNet", "ElasticNetClassifier"])
def test_a_failed_allocation_is_a_memory_error_and_never_the_end(kind):
    running = run_python(SHORT_OF_MEMORY, kind)
    try:
        out, err = running.communicate(timeout=30)
    finally:
        running.kill()
    assert running.returncode == 0, err
    assert out.strip() == "['fitted', 'refused']"


@pytest.mark.fault(42)
@every_way
def test_the_bytes_are_told_and_nothing_is_left(way, monkeypatch):
    X, y = data_for(way)

    def refuse(*_, **__):
        raise MemoryError("Unable to allocate 7.45 GiB for an array with shape (1000, 1000000)")

    estimator = None if "path" in way else ALL[way](X, y)
    monkeypatch.setattr("bridle.elastic_net.problem.fit_lone_intercept", refuse)
    with pytest.raises(MemoryError, match=r"7\.45 GiB"):
        ALL[way](X, y) if estimator is None else estimator.fit(X, y)
    if estimator is not None:
        with pytest.raises(NotFittedError):
            estimator.predict(X)


# --- Failed fits


@pytest.mark.fault(43)
@pytest.mark.parametrize("way", ESTIMATORS)
def test_a_failed_refit_leaves_no_stale_attribute(way):
    X, y = data_for(way)
    model = ALL[way](X, y)
    before = {one for one in vars(model) if one.endswith("_")}
    assert {"coef_", "intercept_", "n_features_in_"} <= before
    attempts = {
        "data": lambda: model.fit(np.where(X > 2, np.nan, X), y),
        "targets": lambda: model.fit(X, y[:-1]),
        "weights": lambda: model.fit(X, y, -np.ones(len(y))),
        "parameter": lambda: model.set_params(tol=-1.0).fit(X, y),
    }
    for attempt in attempts.values():
        model.set_params(tol=1e-6).fit(X, y)
        with pytest.raises(ValueError, match=r"."):
            attempt()
        left = {one for one in vars(model) if one.endswith("_")} - {"n_features_in_"}
        assert left == set()
        with pytest.raises(NotFittedError):
            model.predict(X)


# --- Signals


LONG = """
import os, sys
import numpy as np
from bridle import ElasticNetCV
from sklearn.model_selection import KFold

class Announcing(KFold):
    def split(self, X, y=None, groups=None):
        print("in the fit", flush=True)
        yield from super().split(X, y, groups)

rng = np.random.default_rng(0)
X = np.asfortranarray(rng.normal(size=(400, 8000)))
y = X[:, :300].sum(axis=1) + rng.normal(size=400)
while True:
    ElasticNetCV(cv=Announcing(10), l1_ratio=[0.1, 0.5, 0.9]).fit(X, y)
"""


@pytest.mark.fault(44)
@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux's /proc")
def test_sigterm_during_cross_validation_leaves_nothing_behind():
    before = set(os.listdir("/dev/shm"))
    running = run_python(LONG, start_new_session=True)
    assert running.stdout.readline() == "in the fit\n"
    tasks = Path(f"/proc/{running.pid}/task")
    children = [(one / "children").read_text() for one in tasks.iterdir()]
    assert "".join(children) == "", "work is done in threads, which end with the process"
    running.send_signal(signal.SIGTERM)
    running.communicate(timeout=60)
    assert running.returncode == -signal.SIGTERM
    assert set(os.listdir("/dev/shm")) <= before
    with pytest.raises(ProcessLookupError):
        os.killpg(running.pid, 0)


# --- Functions of the caller


class StopError(Exception):
    pass


def failing_score(y_true, y_pred):
    raise StopError("by the caller's own function")


class FailingSplitter:
    def split(self, X, y=None, groups=None):
        yield np.arange(20), np.arange(20, 40)
        raise StopError("by the caller's own splitter")


@pytest.mark.fault(45)
@pytest.mark.parametrize("options", [{"scoring": failing_score}, {"cv": FailingSplitter()}])
def test_what_a_callback_raises_comes_through_unchanged(options):
    X, y = data_for("ElasticNetCV")
    model = ElasticNetCV(alphas=3, cv=2).fit(X, y)
    with pytest.raises(StopError, match="by the caller's own"):
        model.set_params(**options).fit(X, y)
    with pytest.raises(NotFittedError):
        model.predict(X)


@pytest.mark.fault(45)
def test_arrays_that_raise_while_they_are_read_come_through_unchanged():
    class Broken:
        shape = (40, 5)

        def __array__(self, dtype=None, copy=None):
            raise StopError("by the caller's own array")

    with pytest.raises(StopError, match="by the caller's own array"):
        elastic_net_path(Broken(), np.ones(40))


@pytest.mark.parametrize("way", REGRESSIONS)
def test_what_failed_once_works_again(way):
    """No fault leaves anything behind that changes the next fit."""
    X, y = data_for(way)
    here = coef_of(REGRESSIONS[way](X, y))
    with pytest.raises(InputError):
        REGRESSIONS[way](np.where(X > 2, np.inf, X), y)
    assert np.array_equal(coef_of(REGRESSIONS[way](X, y)), here)
    assert pickle.loads(pickle.dumps(here)).tolist() == here.tolist()
