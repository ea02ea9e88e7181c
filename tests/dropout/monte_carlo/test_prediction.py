"""The mathematics of a prediction's samples, beside plain formulas."""

from __future__ import annotations

import numpy as np
import pytest

from bridle import streams
from bridle.dropout.monte_carlo.prediction import MonteCarloPrediction
from bridle.errors import InputError


def numbers(shape: tuple[int, ...] = (40, 6, 1)) -> np.ndarray:
    return streams.generator(0, "samples").normal(size=shape)


def classes(n_samples: int = 30) -> np.ndarray:
    logits = 3 * streams.generator(1, "classes").normal(size=(n_samples, 7, 4))
    return np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)


def test_mean_and_sd_are_those_of_numpy():
    samples = numbers()
    prediction = MonteCarloPrediction(samples)
    np.testing.assert_allclose(prediction.mean, samples.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(prediction.sd, samples.std(axis=0, ddof=1), rtol=1e-12)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_equal_samples_have_sd_and_mutual_information_of_exactly_zero(dtype):
    samples = np.repeat(classes(1), 7, axis=0).astype(dtype)
    prediction = MonteCarloPrediction(samples)
    assert np.all(prediction.mean == samples[0])
    assert not np.any(prediction.sd)
    assert not np.any(prediction.mutual_information)


def test_entropy_and_information_are_their_formulas():
    p = classes()
    prediction = MonteCarloPrediction(p)
    mean = p.mean(axis=0)
    entropy = -(mean * np.log(mean)).sum(axis=-1)
    expected = -(p * np.log(p)).sum(axis=-1).mean(axis=0)
    np.testing.assert_allclose(prediction.predictive_entropy, entropy, rtol=1e-12)
    np.testing.assert_allclose(prediction.mutual_information, entropy - expected, rtol=1e-10)
    assert np.all(prediction.mutual_information >= 0)


def test_certain_classes_have_no_entropy_and_contrary_ones_log_two():
    sure = np.zeros((2, 1, 2))
    sure[:, :, 0] = 1
    assert MonteCarloPrediction(sure).predictive_entropy == 0
    contrary = np.array([[[1.0, 0.0]], [[0.0, 1.0]]])
    np.testing.assert_allclose(MonteCarloPrediction(contrary).mutual_information, np.log(2))


@pytest.mark.parametrize(
    "samples", [numbers(), numbers((5, 3)), numbers((5, 3, 4)), np.full((5, 3, 1), 0.5)]
)
@pytest.mark.parametrize("name", ["predictive_entropy", "mutual_information"])
def test_entropy_of_a_regression_is_refused(samples, name):
    with pytest.raises(InputError, match=r"need probabilities of classes.*for regression use sd"):
        getattr(MonteCarloPrediction(samples), name)


def test_interval_is_the_central_quantiles():
    prediction = MonteCarloPrediction(numbers())
    lower, upper = prediction.interval(0.8)
    np.testing.assert_allclose(lower, np.quantile(prediction.samples, 0.1, axis=0))
    np.testing.assert_allclose(upper, np.quantile(prediction.samples, 0.9, axis=0))
    wide = prediction.interval(0.99)
    assert np.all(wide[0] <= lower)
    assert np.all(upper <= wide[1])


def test_coverage_is_a_count():
    prediction = MonteCarloPrediction(numbers((200, 50, 1)))
    y = streams.generator(2, "y").normal(size=50)
    lower, upper = prediction.interval(0.5)
    inside = sum(
        low <= one <= high for low, one, high in zip(lower[:, 0], y, upper[:, 0], strict=True)
    )
    assert 0 < inside < 50
    assert prediction.coverage(y, 0.5) == prediction.coverage(y[:, None], 0.5) == inside / 50
    assert prediction.coverage(prediction.mean, 0.99) == 1


@pytest.mark.parametrize("level", [0, 1, 95, True, "0.9", float("nan")])
def test_wrong_level_is_named(level):
    with pytest.raises(InputError, match="level must be a number above 0 and below 1"):
        MonteCarloPrediction(numbers()).interval(level)


def test_targets_of_another_shape_are_refused():
    with pytest.raises(InputError, match=r"y must have a number for each output, shape \(6, 1\)"):
        MonteCarloPrediction(numbers()).coverage(np.zeros(5))


@pytest.mark.parametrize("shape", [(3,), (1, 3)])
def test_single_samples_are_refused(shape):
    with pytest.raises(InputError, match="at least 2 samples"):
        MonteCarloPrediction(np.zeros(shape))
