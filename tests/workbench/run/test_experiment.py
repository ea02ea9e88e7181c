"""Laws of the experiment: every arm meets the same split, and every run leaves a record."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import (
    accuracy_score,
    d2_tweedie_score,
    log_loss,
    mean_poisson_deviance,
    mean_squared_error,
    r2_score,
)
from tests.workbench.table_arms import ARMS

from bridle.networks.curves import Curves
from bridle.workbench.arm import Arm, Fit
from bridle.workbench.data.dataset import from_arrays, make_dataset
from bridle.workbench.protocol import Protocol
from bridle.workbench.run.draw_split import part_rows
from bridle.workbench.run.experiment import run_experiment

PROTOCOL = Protocol(seeds=(5, 2))
CURVES = Curves((0.5,), (0.4,), (0.6,), (0.0,))


class Fake(Arm):
    """An arm that notes what it is given and does as it is told."""

    needs_network = False

    def __init__(self, name, predict=None, **fields):
        self.name = self.title = name
        self.predict = predict or (lambda X: X[:, 0])
        self.fields = fields
        self.seen = []

    def fit(self, split, protocol, seed):
        self.seen.append((split, protocol, seed))
        return Fit(self.predict, **self.fields)


class Failing(Fake):
    """An arm whose fit raises."""

    def fit(self, split, protocol, seed):
        raise self.fields["error"]


def numbers(n=60, p=3):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, p))
    return from_arrays(X, 1000 + 50 * (X[:, 0] + rng.normal(size=n)))


def classes(n=90):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 3))
    return from_arrays(X, np.digitize(X[:, 0] + rng.normal(size=n), [-0.5, 0.5]))


def test_one_record_a_seed_and_arm_in_that_order():
    told = []
    arms = (arm for arm in (Fake("b"), Fake("a")))
    records = run_experiment(numbers(), arms, PROTOCOL, lambda text, share: told.append(text))
    assert [(one.seed, one.arm) for one in records] == [(5, "b"), (5, "a"), (2, "b"), (2, "a")]
    assert told == ["b, split 5", "a, split 5", "b, split 2", "a, split 2"]


def test_arms_meet_the_same_split_and_seed():
    one, other = Fake("one"), Fake("other")
    run_experiment(numbers(), (one, other), PROTOCOL)
    for seed, mine, yours in zip(PROTOCOL.seeds, one.seen, other.seen, strict=True):
        assert mine[0] is yours[0]
        assert mine[1:] == yours[1:] == (PROTOCOL, seed)


def test_record_holds_what_the_arm_returned():
    arm = Fake("one", curves=CURVES, coefficients=np.eye(3)[:, :1], details={"alpha": 0.5})
    record = run_experiment(numbers(), (arm,), PROTOCOL)[0]
    assert (record.n_train, record.n_validation, record.n_test) == (48, 6, 6)
    assert record.curves == CURVES
    assert record.coefficients == {"x0": [1.0], "x1": [0.0], "x2": [0.0]}
    assert record.details == {"alpha": 0.5}
    assert record.failure is None
    assert record.seconds > 0


@pytest.mark.parametrize("name", ["dummy", "linear"])
def test_risk_of_a_regression_is_in_units_of_the_target(name):
    data = numbers()
    for record in run_experiment(data, (ARMS[name],), PROTOCOL):
        train, _, test = part_rows(data, PROTOCOL, record.seed)
        X, y = data.frame.to_numpy(), data.target
        design = np.column_stack([np.ones(60), X if name == "linear" else X[:, :0]])
        predicted = design @ np.linalg.lstsq(design[train], y[train], rcond=None)[0]
        assert record.test_risk == pytest.approx(mean_squared_error(y[test], predicted[test]))
        assert record.train_risk == pytest.approx(mean_squared_error(y[train], predicted[train]))
        assert record.test_score == pytest.approx(r2_score(y[test], predicted[test]))


def test_risk_of_counts_is_the_poisson_deviance_in_units_of_the_target():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=80)})
    frame["t"] = rng.poisson(np.exp(1.5 + frame["a"]))
    data = make_dataset(frame, "t", task="count")
    for record in run_experiment(data, (ARMS["dummy"],), PROTOCOL):
        train, _, test = part_rows(data, PROTOCOL, record.seed)
        y = data.target
        expected = mean_poisson_deviance(y[test], np.full(len(test), y[train].mean()))
        assert record.test_risk == pytest.approx(expected)
        explained = d2_tweedie_score(y[test], np.full(len(test), y[train].mean()), power=1)
        assert record.test_score == pytest.approx(explained)


def test_prediction_of_a_count_that_is_0_fails_its_run_and_says_why():
    frame = pd.DataFrame({"a": np.arange(80.0), "t": np.arange(80) % 7})
    data = make_dataset(frame, "t", task="count")
    arm = Fake("one", lambda X: np.zeros(len(X)))
    assert all("must be above 0" in one.failure for one in run_experiment(data, (arm,), PROTOCOL))


def test_curves_of_counts_are_in_units_of_the_metric():
    curves = Curves((4.0,), (2.0,), (3.0,), (0.5,))
    assert curves.times(2.0) == Curves((8.0,), (4.0,), (6.0,), (1.0,))


def test_risk_of_classes_is_the_log_loss():
    def predict(X):
        odds = np.exp(np.column_stack([-X[:, 0], 0 * X[:, 0], X[:, 0]]))
        return odds / odds.sum(axis=1, keepdims=True)

    arm = Fake("one", predict)
    for record, (split, *_) in zip(
        run_experiment(classes(), (arm,), PROTOCOL), arm.seen, strict=True
    ):
        for part, found in [(split.test, record.test_risk), (split.train, record.train_risk)]:
            predicted = predict(part.X)
            by_hand = -np.log(predicted[np.arange(len(part.y)), part.y]).mean()
            assert found == pytest.approx(by_hand)
            assert found == pytest.approx(log_loss(part.y, predicted))
        best = predict(split.test.X).argmax(axis=1)
        assert record.test_score == accuracy_score(split.test.y, best)


def test_certain_and_wrong_has_a_finite_risk():
    arm = Fake("one", lambda X: np.tile([0.0, 0.0, 1.0], (len(X), 1)))
    assert 10 < run_experiment(classes(), (arm,), PROTOCOL)[0].test_risk < 40


@pytest.mark.parametrize(
    ("arm", "reason"),
    [
        (Failing("bad", error=ValueError("told so")), "ValueError: told so"),
        (Failing("bad", error=MemoryError()), "MemoryError: "),
        (Fake("bad", lambda X: 1 / 0), "ZeroDivisionError: division by zero"),
        (Fake("bad", lambda X: X[:, 0] * np.nan), "ValueError: Input contains NaN"),
        (Fake("bad", lambda X: X[:3, 0]), "ValueError: Found input variables with inconsistent"),
    ],
)
def test_failure_is_a_record_and_the_others_go_on(arm, reason):
    records = run_experiment(numbers(), (arm, Fake("good")), PROTOCOL)
    bad, good = records[:2]
    assert len(records) == 4
    assert bad.failure.startswith(reason)
    assert (bad.test_risk, bad.train_risk, bad.test_score) == (None, None, None)
    assert (bad.curves, bad.coefficients, bad.details) == (None, None, None)
    assert (bad.n_train, bad.n_validation, bad.n_test) == (48, 6, 6)
    assert bad.seconds > 0
    assert good.failure is None
    assert good.test_risk > 0


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_interrupt_passes_through(error):
    with pytest.raises(error):
        run_experiment(numbers(), (Failing("bad", error=error()),), PROTOCOL)


@pytest.mark.fault(87)
def test_at_most_200_coefficients_the_largest_in_the_order_of_the_features():
    sizes = np.zeros((250, 2))
    sizes[:, 0] = np.random.default_rng(0).permutation(250)
    sizes[:50, 1] = -1000.0
    arm = Fake("one", coefficients=sizes)
    record = run_experiment(numbers(p=250), (arm,), PROTOCOL)[0]
    rest = [j for j in range(50, 250) if np.sum(sizes[50:, 0] > sizes[j, 0]) < 150]
    assert list(record.coefficients) == [f"x{j}" for j in [*range(50), *rest]]
    assert record.coefficients["x0"] == [sizes[0, 0], -1000.0]
