import numpy as np
import pytest
from scipy import stats

from bridle.errors import InputError
from bridle.workbench.evidence.intervals.corrected_interval import Interval, corrected_interval


def slow_twin(differences, n_train, n_test, confidence):
    """The formula of Nadeau and Bengio, term by term."""
    count = len(differences)
    mean = sum(differences) / count
    variance = sum((one - mean) ** 2 for one in differences) / (count - 1)
    error = ((1 / count + n_test / n_train) * variance) ** 0.5
    reach = stats.t.ppf(1 - (1 - confidence) / 2, count - 1) * error
    return mean, mean - reach, mean + reach, error


@pytest.mark.parametrize("count", [2, 3, 10, 50])
@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
def test_interval_matches_formula(count, confidence):
    differences = np.random.default_rng(count).normal(0.3, 2.0, count).tolist()
    interval = corrected_interval(differences, 80, 10, confidence)
    expected = slow_twin(differences, 80, 10, confidence)
    np.testing.assert_allclose(
        (interval.mean, interval.low, interval.high, interval.standard_error), expected, rtol=1e-10
    )


@pytest.mark.parametrize("value", [0.0, 0.1, -1e9, 1e-300])
def test_equal_differences_have_zero_width(value):
    assert corrected_interval([value] * 7, 90, 10, 0.95) == Interval(value, value, value, 0.0)


@pytest.mark.parametrize(("mean", "p"), [(0.0, 1.0), (0.1, 0.0), (-0.1, 0.0)])
def test_without_error_only_a_mean_of_zero_may_be_zero(mean, p):
    assert Interval(mean, mean, mean, 0.0).p_value(5) == p


def test_opposite_differences_give_the_mirror_image():
    differences = np.random.default_rng(0).normal(size=9)
    one = corrected_interval(differences, 90, 10, 0.9)
    other = corrected_interval(-differences, 90, 10, 0.9)
    np.testing.assert_allclose(
        (-one.mean, -one.high, -one.low), (other.mean, other.low, other.high)
    )


def test_interval_widens_with_confidence_and_with_the_test_share():
    differences = [0.1, 0.3, 0.2, 0.5]

    def width(n_test, confidence):
        interval = corrected_interval(differences, 100, n_test, confidence)
        return interval.high - interval.low

    assert width(10, 0.9) < width(10, 0.95) < width(30, 0.95)


@pytest.mark.parametrize("shift", [0.0, 0.3, 1.0])
def test_correction_restores_coverage(shift):
    """The mean of the training rows against the constant 0: the true difference is known."""
    rng, n_train, n_test, splits, studies = np.random.default_rng(5), 80, 20, 10, 600
    n = n_train + n_test
    truth = shift**2 - 1 / n_train  # (1 + shift²) - (1 + 1 / n_train)
    covered = {"corrected": 0, "naive": 0}
    for _ in range(studies):
        y = rng.normal(shift, 1.0, n)
        rows = rng.permuted(np.tile(np.arange(n), (splits, 1)), axis=1)
        train, test = y[rows[:, :n_train]], y[rows[:, n_train:]]
        differences = np.mean(test**2 - (test - train.mean(axis=1, keepdims=True)) ** 2, axis=1)
        for name, ratio in (("corrected", n_test / n_train), ("naive", 1e-12)):
            interval = corrected_interval(differences, 1.0, ratio, 0.95)
            covered[name] += interval.low <= truth <= interval.high
    assert covered["corrected"] / studies > 0.88
    assert covered["naive"] / studies < 0.88


@pytest.mark.parametrize(
    ("interval", "margin", "inside"),
    [
        (Interval(0.0, -1.0, 1.0, 0.4), 1.0, True),
        (Interval(0.0, -1.0, 1.1, 0.4), 1.0, False),
        (Interval(0.0, -1.1, 1.0, 0.4), 1.0, False),
        (Interval(0.0, 0.0, 0.0, 0.0), 0.0, True),
    ],
)
def test_within_asks_both_ends(interval, margin, inside):
    assert interval.within(margin) is inside


@pytest.mark.parametrize(
    ("wrong", "quoted"),
    [
        ({"differences": []}, "differences=[]"),
        ({"differences": [1.0]}, "differences=[1.0]"),
        ({"differences": [1.0, float("nan")]}, "nan"),
        ({"n_train": 0}, "n_train=0"),
        ({"n_test": 0}, "n_test=0"),
        ({"confidence": 0.0}, "confidence=0.0"),
        ({"confidence": 1.0}, "confidence=1.0"),
    ],
)
def test_wrong_arguments_are_quoted(wrong, quoted):
    right = {"differences": [1.0, 2.0], "n_train": 90, "n_test": 10, "confidence": 0.95}
    with pytest.raises(InputError) as caught:
        corrected_interval(**{**right, **wrong})
    assert quoted in str(caught.value)
