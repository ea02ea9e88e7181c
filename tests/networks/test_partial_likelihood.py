"""The Cox loss of networks: a slow double loop is its judge, for parts and for batches."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.networks.engine.small_jobs import needs_backend, only_on_jax
from tests.networks.survival_rows import double_loop, slope, survival_rows

from bridle.backend import load_keras
from bridle.networks.keras_loss import keras_cox_terms
from bridle.networks.output_kind import mean_loss, predictions
from bridle.networks.partial_likelihood import partial_likelihood_loss, ranked_times

SIZES = (1, 2, 7, 60)
BATCHES = (1, 15)


def risks(n):
    return 2 * np.random.default_rng(1).normal(size=n)


@pytest.mark.parametrize("n", SIZES)
def test_loss_is_that_of_the_double_loop(n):
    _, y = survival_rows(n)
    z = risks(n)
    assert partial_likelihood_loss(y, z) == pytest.approx(double_loop(y, z), abs=1e-12)
    assert mean_loss("survival", z[:, None], y) == partial_likelihood_loss(y, z)
    order = np.random.default_rng(2).permutation(n)
    assert partial_likelihood_loss(y[order], z[order] + 3) == pytest.approx(
        partial_likelihood_loss(y, z), abs=1e-12
    )


@pytest.mark.parametrize("n", [5, 500])
def test_equal_risks_have_the_loss_log_2_whatever_the_number_of_rows(n):
    assert partial_likelihood_loss(survival_rows(n)[1], np.ones(n)) == pytest.approx(math.log(2))


def test_parts_of_one_table_have_about_the_loss_of_the_whole():
    X, y = survival_rows(4000)
    z = (X[:, 0] - X[:, 1]).astype(float)
    parts = [partial_likelihood_loss(y[i::20], z[i::20]) for i in range(20)]
    assert np.mean(parts) == pytest.approx(partial_likelihood_loss(y, z), abs=0.05)
    assert np.mean(parts) < 0.4


def test_without_an_event_there_is_no_loss_and_without_numbers_no_number():
    y = np.column_stack([np.arange(4.0), np.zeros(4)])
    assert partial_likelihood_loss(y, risks(4)) == 0
    y[1, 1] = 1
    assert math.isnan(partial_likelihood_loss(y, np.array([0.0, np.nan, 0.0, 0.0])))
    far = np.array([800.0, 0.0, 0.0, 0.0])  # e^-800 is 0, the sum over the rows at risk
    assert partial_likelihood_loss(y, far) == math.inf


def test_predictions_are_the_outputs():
    outputs = risks(5)[:, None].astype("float32")
    np.testing.assert_array_equal(predictions("survival", outputs), outputs[:, 0].astype(float))


def of_batch(targets, z):
    ops = load_keras().ops
    terms = keras_cox_terms(
        ops.convert_to_tensor(targets), ops.convert_to_tensor(z.astype("float32")[:, None])
    )
    return ops.convert_to_numpy(terms)


@needs_backend
@pytest.mark.parametrize("n", BATCHES)
def test_batch_of_all_rows_has_the_loss_of_the_part(n):
    _, y = survival_rows(n)
    found = of_batch(ranked_times(y), risks(n))
    assert found.mean() == pytest.approx(partial_likelihood_loss(y, risks(n)), abs=1e-5)
    assert (found[y[:, 1] == 0] == 0).all()


@needs_backend
def test_batches_have_their_own_risk_sets_and_each_event_the_same_weight():
    _, y = survival_rows(60)
    z, targets = risks(60), ranked_times(y)
    events = y[:, 1].sum()
    total = 0.0
    for first in range(0, 60, 15):
        rows = slice(first, first + 15)
        expected = double_loop(y[rows], z[rows]) * y[rows, 1].sum()
        assert of_batch(targets[rows], z[rows]).sum() == pytest.approx(
            expected * 60 / events, rel=1e-4
        )
        total += expected
    means = [of_batch(targets[i : i + 15], z[i : i + 15]).mean() for i in range(0, 60, 15)]
    assert np.mean(means) == pytest.approx(total / events, rel=1e-4)
    censored = targets[y[:, 1] == 0]
    assert (of_batch(censored, risks(len(censored))) == 0).all()


@needs_backend
def test_times_that_single_precision_cannot_tell_apart_stay_apart():
    y = np.column_stack([1e9 + np.arange(15.0), np.ones(15)])
    z = risks(15)
    found = of_batch(ranked_times(y), z).mean()
    assert found == pytest.approx(partial_likelihood_loss(y, z), abs=1e-5)


@needs_backend
def test_risks_far_apart_do_not_overflow():
    _, y = survival_rows(15)
    z = np.linspace(-300, 300, 15)
    for given in (z, -z):
        expected = partial_likelihood_loss(y, given)
        assert of_batch(ranked_times(y), given).mean() == pytest.approx(expected, rel=1e-5)


@only_on_jax
@pytest.mark.parametrize("n", BATCHES)
def test_gradient_of_a_batch_is_that_of_finite_differences(n):
    import jax

    _, y = survival_rows(n)
    targets = ranked_times(y)
    found = jax.grad(lambda z: keras_cox_terms(targets, z).mean())(risks(n).astype("float32"))
    expected = slope(lambda z: double_loop(y, z), risks(n))
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert abs(float(np.sum(found))) < 1e-5
