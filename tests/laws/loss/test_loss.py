import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import xlogy
from tests.laws.catalogue import LOSSES, weights_with_zeros

from bridle.elastic_net.loss import LOSSES as NAMED
from bridle.elastic_net.loss import Huber, Logistic, Multinomial, SingleOutputLoss, Tweedie

N = 12
every_loss = pytest.mark.parametrize("name", LOSSES)


def draw(name, seed=0, scale=2.0):
    """Return the loss, eta, y and weights of which some are 0."""
    rng = np.random.default_rng(seed)
    case = LOSSES[name]
    eta = case.eta(rng, N, scale)
    weights = weights_with_zeros(rng, N)
    return case.loss, eta, case.targets(rng, eta), weights / weights.sum()


def test_losses_are_found_by_name():
    assert {name: loss.name for name, loss in NAMED.items()} == {name: name for name in NAMED}
    assert {type(case.loss) for case in LOSSES.values()} == {type(one) for one in NAMED.values()}


def _tweedie(eta, y, p):
    mean = np.exp(eta[:, 0])
    return mean ** (2 - p) / (2 - p) - y[:, 0] * mean ** (1 - p) / (1 - p)


def _huber(residual, limit):
    size = np.abs(residual[:, 0])
    return np.where(size <= limit, size**2 / 2, limit * (size - limit / 2))


FORMULAS = {
    "squared": lambda eta, y: ((y - eta) ** 2).sum(axis=1) / 2,
    "logistic": lambda eta, y: (np.log(1 + np.exp(eta)) - y * eta)[:, 0],
    "multinomial": lambda eta, y: np.log(np.exp(eta).sum(axis=1)) - (y * eta).sum(axis=1),
    "poisson": lambda eta, y: (np.exp(eta) - y * eta)[:, 0],
    "gamma": lambda eta, y: (y / np.exp(eta) + eta)[:, 0],
    "tweedie": lambda eta, y: _tweedie(eta, y, 1.5),
    "tweedie of power 1.9": lambda eta, y: _tweedie(eta, y, 1.9),
    "huber": lambda eta, y: _huber(y - eta, 1.35),
    "huber of scale 0.2": lambda eta, y: _huber(y - eta, 0.27),
}
ENDLESS = [name for name, case in LOSSES.items() if np.isinf(case.loss.smoothness)]
BOUNDED = [name for name in LOSSES if name not in ENDLESS]
bounded_loss = pytest.mark.parametrize("name", BOUNDED)


@every_loss
def test_value_is_the_formula(name):
    loss, eta, y, weights = draw(name)
    expected = weights @ FORMULAS.get(name, FORMULAS[loss.name])(eta, y)
    assert loss.value(eta, y, weights) == pytest.approx(expected, rel=1e-13)


@bounded_loss
@pytest.mark.parametrize("scale", [0.0, 1.0, 40.0])
def test_majorant_touches_the_loss_and_is_nowhere_below_it(name, scale):
    loss, eta, y, weights = draw(name, scale=scale)
    value, gradient = loss.value(eta, y, weights), loss.gradient(eta, y, weights)
    curvature = loss.majorant(eta, y, weights)
    rng = np.random.default_rng(1)
    for size in (1e-3, 1.0, 30.0, 1e3):
        step = size * rng.normal(size=eta.shape)
        model = value + (gradient * step).sum() + 0.5 * (curvature * step**2).sum()
        assert loss.value(eta + step, y, weights) <= model + 1e-12 * (1 + abs(model))


@pytest.mark.parametrize("name", ENDLESS)
@pytest.mark.parametrize("scale", [0.0, 1.0, 40.0])
def test_majorant_is_nowhere_below_the_loss_on_the_way_to_the_prediction_of_y(name, scale):
    loss, eta, y, weights = draw(name, scale=scale)
    gradient, curvature = loss.gradient(eta, y, weights), loss.majorant(eta, y, weights)
    used = weights > 0
    ends = eta - np.divide(gradient, curvature, out=np.zeros_like(eta), where=curvature > 0)
    for share in (0.01, 0.5, 1.0):
        step = share * (ends - eta)
        for i in np.flatnonzero(used):
            one = [array[i : i + 1] for array in (eta, y, weights)]
            value = loss.value(*one)
            model = value + gradient[i] @ step[i] + 0.5 * curvature[i] @ step[i] ** 2
            there = loss.value(eta[i : i + 1] + step[i], y[i : i + 1], weights[i : i + 1])
            assert there <= model + 1e-12 * (1 + abs(value)), (i, share)


@every_loss
def test_gradient_matches_finite_differences(name):
    loss, eta, y, weights = draw(name)
    gradient = loss.gradient(eta, y, weights)
    assert gradient.shape == eta.shape
    for i, k in np.ndindex(eta.shape):
        step = np.zeros_like(eta)
        step[i, k] = 1e-6
        naive = (loss.value(eta + step, y, weights) - loss.value(eta - step, y, weights)) / 2e-6
        assert gradient[i, k] == pytest.approx(naive, abs=1e-9), (i, k)


@every_loss
def test_curvature_matches_finite_differences_of_the_gradient(name):
    loss, eta, y, weights = draw(name)
    curvature = loss.curvature(eta, y, weights)
    assert curvature.shape == (*eta.shape, eta.shape[1])
    for k in range(eta.shape[1]):
        step = np.zeros_like(eta)
        step[:, k] = 1e-6
        naive = (
            loss.gradient(eta + step, y, weights) - loss.gradient(eta - step, y, weights)
        ) / 2e-6
        assert curvature[:, :, k] == pytest.approx(naive, abs=1e-9)


@every_loss
def test_curvature_is_positive_and_below_smoothness(name):
    for scale in (0.0, 0.1, 3.0, 30.0):
        loss, eta, y, weights = draw(name, scale=scale)
        values = np.linalg.eigvalsh(loss.curvature(eta, y, weights))
        assert values.min() >= -1e-16
        largest = values.max(axis=1)[weights > 0] / weights[weights > 0]
        assert np.all(largest <= loss.smoothness * (1 + 1e-12))


@bounded_loss
def test_smoothness_is_reached(name):
    # A bound twice too large would be no error, but would halve every step.
    loss, eta, y, _ = draw(name, scale=0.0)
    if loss.name == "multinomial":
        eta[:, 2] = -50.0  # two equal classes have the largest curvature
    largest = np.linalg.eigvalsh(loss.curvature(eta, y, np.ones(N))).max()
    assert largest == pytest.approx(loss.smoothness, rel=1e-12)


@every_loss
def test_declared_predicates_hold(name):
    loss, eta, y, weights = draw(name)
    _, other, z, _ = draw(name, seed=1)
    same = np.array_equal(loss.curvature(eta, y, weights), loss.curvature(other, z, weights))
    assert same == loss.is_quadratic
    shifted = loss.value(eta + 1.5, y, weights)
    assert loss.is_shift_invariant == (shifted == pytest.approx(loss.value(eta, y, weights)))


@every_loss
def test_convex_along_lines(name):
    for seed in range(10):
        loss, a, y, weights = draw(name, seed, scale=5.0)
        b = LOSSES[name].eta(np.random.default_rng(seed + 100), N, 5.0)
        middle = loss.value((a + b) / 2, y, weights)
        assert middle <= (loss.value(a, y, weights) + loss.value(b, y, weights)) / 2 + 1e-14


@every_loss
def test_conjugate_meets_fenchel_young(name):
    for seed in range(5):
        loss, eta, y, weights = draw(name, seed)
        dual = loss.gradient(eta, y, weights)
        value = loss.value(eta, y, weights)
        equal = value + loss.conjugate(dual, y, weights) - np.sum(dual * eta)
        assert equal == pytest.approx(0, abs=1e-14 * (1 + abs(value)))
        _, other, _, _ = draw(name, seed + 50)
        slack = loss.value(other, y, weights) + loss.conjugate(dual, y, weights)
        assert slack - np.sum(dual * other) > 1e-3, "strict away from the point of contact"


@pytest.mark.parametrize("name", ["logistic", "multinomial", "poisson", "tweedie"])
def test_conjugate_is_infinite_outside_its_domain(name):
    loss, eta, y, weights = draw(name)
    # Tweedie loss of an amount above 0 rises and falls, so its conjugate is finite everywhere.
    used = np.flatnonzero((weights > 0) & ((y[:, 0] == 0) | (loss.name != "tweedie")))[0]
    dual = loss.gradient(eta, y, weights)
    dual[used, 0] = weights[used] * (1.01 - y[used, 0])
    assert np.isinf(loss.conjugate(dual, y, weights)) == (loss.target_range[1] == 1)
    dual[used, 0] = weights[used] * (-0.01 - y[used, 0])
    assert loss.conjugate(dual, y, weights) == np.inf


@pytest.mark.parametrize("limit", [1e-9, 1.35, 1e9])
def test_conjugate_of_huber_is_infinite_beyond_its_limit_but_not_by_rounding(limit):
    loss, eta, y, weights = Huber(limit), *draw("huber")[1:]
    dual = loss.gradient(limit * 10 * eta, limit * y, weights)
    assert np.isfinite(loss.conjugate(dual, limit * y, weights))
    dual[np.flatnonzero(weights > 0)[0]] = 1.01 * limit * weights.max()
    assert loss.conjugate(dual, limit * y, weights) == np.inf
    assert np.isfinite(loss.conjugate(loss.domain_share(dual, weights) * dual, limit * y, weights))


def test_conjugate_of_gamma_is_infinite_above_one():
    loss, eta, y, weights = draw("gamma")
    dual = loss.gradient(eta, y, weights)
    used = np.flatnonzero(weights > 0)[0]
    dual[used] = 1.01 * weights[used]
    assert loss.conjugate(dual, y, weights) == np.inf


@pytest.mark.parametrize("power", [1.001, 1.2, 1.5, 1.9, 1.999])
def test_conjugate_of_tweedie_is_the_supremum(power):
    loss, weight = Tweedie(power), np.ones(1)
    for y in (1e-100, 1e-3, 1.0, 1e8):
        for u in (-1e6, -1.0, -1e-9, 0.0, 1e-9, 0.7, 1e6):
            u, one = np.array([[u * y ** (2 - power)]]), np.array([[y]])
            found = loss.conjugate(u, one, weight)
            below, above = -1e6, 1e6
            for _ in range(400):
                eta = np.array([[(below + above) / 2]])
                with np.errstate(over="ignore"):
                    rises = loss.gradient(eta, one, weight) < u
                below, above = (eta[0, 0], above) if rises else (below, eta[0, 0])
            best = (u * eta)[0, 0] - loss.value(eta, one, weight)
            size = abs((u * eta)[0, 0]) + loss.value(eta, one, weight)
            assert found == pytest.approx(best, abs=1e-13 * size), (y, u)


@every_loss
def test_divergence_bounds_the_gap_of_fenchel_young(name):
    loss, eta, y, weights = draw(name)
    if not isinstance(loss, SingleOutputLoss) or eta.shape[1] > 1:
        return
    gradient = loss.gradient(eta, y, weights)
    curvature = loss.diagonal_curvature(eta, y, weights)
    value = loss.value(eta, y, weights)
    used = weights > 0
    unit, excess = curvature, 0.0
    if loss.has_linear_tails:
        unit = weights[:, None]
        excess = value - 0.5 * np.sum(gradient[used] ** 2 / unit[used])
        assert np.any(curvature[used] == 0), "some rows are on the tails"
    for scale in (0.0, 0.5, 0.99, 1.0):
        for shift in (-1.0, -0.3, 0.0, 0.7, 1.0):
            shifted = gradient - shift * min(loss.largest_shift, 1.0) * curvature
            share = scale * loss.domain_share(shifted, weights)
            dual = share * shifted
            gap = value + loss.conjugate(dual, y, weights) - np.sum(dual * eta)
            squares = np.sum((dual - gradient)[used] ** 2 / unit[used])
            bound = loss.divergence(np.sqrt(squares)) + (1 - share) * excess
            assert gap <= bound + 1e-12 * (1 + abs(value))


@every_loss
def test_conjugate_at_zero_is_minus_the_saturated_loss(name):
    loss, _, y, weights = draw(name)
    best = -loss.conjugate(np.zeros_like(y), y, weights)
    if loss.name in ("multinomial", "squared", "huber") or name == "logistic":
        assert best == 0
    elif loss.name in ("gamma", "tweedie"):
        eta = np.log(np.maximum(y, 1e-300))
        assert best == pytest.approx(loss.value(eta, y, weights), rel=1e-12)
    elif name == "poisson":
        assert best == pytest.approx(float(weights @ (y - xlogy(y, y))[:, 0]), rel=1e-12)
    else:
        eta = np.log(y / (1 - y))
        assert best == pytest.approx(loss.value(eta, y, weights), rel=1e-12)
    assert loss.value(np.zeros_like(y), y, weights) >= best


@every_loss
def test_a_zero_weight_deletes_a_row(name):
    loss, eta, y, weights = draw(name)
    kept = weights > 0
    assert kept.sum() < N
    for verb in (loss.value, loss.conjugate):
        point = eta if verb == loss.value else loss.gradient(eta, y, weights)
        assert verb(point, y, weights) == pytest.approx(
            verb(point[kept], y[kept], weights[kept]), rel=1e-14
        )
    assert not np.any(loss.gradient(eta, y, weights)[~kept])
    assert not np.any(loss.curvature(eta, y, weights)[~kept])


@every_loss
def test_inverse_link_is_the_mean_where_the_gradient_vanishes(name):
    loss, eta, _, weights = draw(name)
    mean = loss.inverse_link(eta)
    assert loss.gradient(eta, mean, weights) == pytest.approx(np.zeros_like(eta), abs=1e-15)


@every_loss
def test_inverse_link_undoes_link(name):
    loss, eta, _, _ = draw(name)
    for mean in loss.inverse_link(eta):
        assert loss.inverse_link(loss.link(mean)[None, :])[0] == pytest.approx(mean, rel=1e-12)
    if loss.is_shift_invariant:
        assert loss.link(mean).sum() == pytest.approx(0, abs=1e-12)


@every_loss
@pytest.mark.parametrize("size", [710.0, 1e4])
def test_nothing_overflows_far_out(name, size):
    rng = np.random.default_rng(0)
    case = LOSSES[name]
    eta = size * np.sign(case.eta(rng, N))
    y = case.targets(rng, eta)
    weights = np.full(N, 1 / N)
    with np.errstate(all="raise", under="ignore"):
        value = case.loss.value(eta, y, weights)
        gradient = case.loss.gradient(eta, y, weights)
        curvature = case.loss.curvature(eta, y, weights)
        mean = case.loss.inverse_link(eta)
    for array in (value, gradient, curvature, mean):
        assert np.all(np.isfinite(array))
    if np.isinf(case.loss.smoothness):
        return
    assert 0 <= value <= 10 * size**2
    if case.loss.name != "squared":
        largest = case.loss.parameter if case.loss.has_linear_tails else 1.0
        assert np.all(np.abs(gradient) <= largest * weights[:, None])


@given(st.floats(30, 700))
def test_tiny_losses_keep_their_digits(eta):
    weight = np.ones(1)
    for sign, y in ((1, 1.0), (-1, 0.0)):
        value = Logistic().value(np.array([[sign * eta]]), np.array([[y]]), weight)
        assert value == pytest.approx(np.exp(-eta), rel=1e-12)


@given(st.lists(st.floats(-30, 30), min_size=2, max_size=2))
def test_two_classes_of_multinomial_are_logistic(pair):
    eta = np.array([pair])
    weight = np.ones(1)
    for y in (0.0, 1.0, 0.3):
        both = Multinomial().value(eta, np.array([[1 - y, y]]), weight)
        one = Logistic().value(eta[:, 1:] - eta[:, :1], np.array([[y]]), weight)
        assert both == pytest.approx(one, rel=1e-9, abs=1e-13)
