"""Units change no digit: a problem in units of powers of two is the same problem."""

from __future__ import annotations

import pickle
from itertools import combinations, product

import numpy as np
import pytest

from bridle import ElasticNet, ElasticNetCV, elastic_net_path
from bridle.elastic_net.data.column_ranges import ColumnRanges
from bridle.elastic_net.data.exact_ratio import ExactRatio
from bridle.elastic_net.data.units import PLAIN, Units, without_extremes
from bridle.elastic_net.design.table import column_extremes, rescaled
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.errors import InputError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(6, 3))
COEF = np.array([[0.3], [-0.2], [0.0]])
PENALTY = ElasticNetPenalty(
    0.7, 0.4, np.array([1.0, 0.5, 2.0]), np.array([-0.3, -0.2, -np.inf]), np.array([0.3, 9.0, 1.0])
)
EXPONENTS = (-3, -1, 0, 1, 2)
UNITS = [
    Units(x, y, penalized)
    for x, y in product(EXPONENTS, EXPONENTS)
    for penalized in dict.fromkeys((0, x))
]
every_unit = pytest.mark.parametrize("units", UNITS, ids=lambda u: f"{u.x},{u.y},{u.penalized}")


def ranges_of(table):
    return ColumnRanges(*column_extremes(np.asarray(table, dtype=np.float64)))


def features(units, table):
    return rescaled(table, units.origin, units.x)


def choose(table, y=None, *, standardize=False, movable=False):
    return Units.of(ranges_of(table), y, standardize=standardize, movable=movable)


def column(size, n=2):
    """A column from minus a size to it."""
    return np.linspace(-size, size, n)[:, None]


@every_unit
def test_penalty_is_the_same_over_the_square_of_the_unit_of_y(units):
    """It counts b or, of columns that were standardised, b times a spread that is in units of x."""
    counted = units.scaled(COEF) * 2.0 ** (units.penalized - units.x)
    values = 4.0**units.y * units.penalty(PENALTY).values(counted)
    np.testing.assert_allclose(values, PENALTY.values(COEF), rtol=1e-14)


@every_unit
def test_bounds_are_those_of_the_coefficients(units):
    own = units.penalty(PENALTY)
    for found, bound in ((own.lower, PENALTY.lower), (own.upper, PENALTY.upper)):
        np.testing.assert_array_equal(units.original(found), bound)


@every_unit
@pytest.mark.parametrize("l1_ratio", [0.0, 0.25, 1.0])
def test_strengths_are_those_of_the_penalty(units, l1_ratio):
    alphas = np.array([3.0, 0.125, 0.0])
    own, ratio = units.strengths(alphas, l1_ratio)
    for alpha, strength in zip(alphas, own, strict=True):
        penalty = units.penalty(ElasticNetPenalty.from_sklearn(alpha, l1_ratio))
        again = ElasticNetPenalty.from_sklearn(strength, ratio)
        assert (again.l1, again.l2) == pytest.approx((penalty.l1, penalty.l2), rel=1e-14)
        assert units.original_strength(penalty.l1) == alpha * l1_ratio


@pytest.mark.parametrize(
    "units",
    # The last two multiply both strengths by the same power.
    [*UNITS, Units(1, 1, 1, factors=3), Units(1, 1, 1, factors=1)],
    ids=lambda units: f"{units.x},{units.y},{units.penalized},{units.factors}",
)
@pytest.mark.parametrize("l1_ratio", [0.0, 0.25, 1.0])
def test_penalty_at_a_strength_is_that_of_the_strength(units, l1_ratio):
    found = units.penalty_at(units.penalty(PENALTY), 3.0, l1_ratio)
    expected = units.penalty(PENALTY.with_strength(3.0, l1_ratio))
    assert (found.l1, found.l2) == pytest.approx((expected.l1, expected.l2), rel=1e-14)
    np.testing.assert_array_equal(found.factors, expected.factors)


def test_ratio_of_a_ridge_is_0_however_far_the_strengths_are_apart():
    units = Units(700, -700, 700)
    assert units.strengths(np.array([1.0]), 0.0)[1] == 0.0


@every_unit
def test_one_is_the_value_1_over_the_unit_of_x(units):
    assert units.one == features(units, np.ones((1, 1))).item()


@every_unit
def test_predictions_are_those_of_y_over_its_unit(units):
    there = features(units, X) @ units.scaled(COEF)
    np.testing.assert_allclose(there, units.targets(X @ COEF), rtol=1e-14)
    np.testing.assert_array_equal(units.outcomes(units.targets(X)), X)
    np.testing.assert_array_equal(units.original(units.scaled(COEF)), COEF)


def test_plain_units_hand_back_what_they_are_given():
    assert PLAIN.are_plain
    assert features(PLAIN, X) is X
    assert PLAIN.penalty(PENALTY) is PENALTY
    assert PLAIN.strengths(X, 0.5)[0] is X
    assert (PLAIN.targets(X) is X, PLAIN.original(X) is X) == (True, True)


@pytest.mark.parametrize(
    "units", [Units(1), Units(-1), Units(0, 1), Units(0, -1), Units(origin=X[0])]
)
def test_units_that_change_something_are_not_plain(units):
    assert not units.are_plain


def test_strengths_that_overflow_stay_finite():
    largest = np.finfo(np.float64).max
    units = Units(-600, -600, -600)
    penalty = units.penalty(ElasticNetPenalty(1.0, 1.0))
    assert (penalty.l1, penalty.l2) == (largest, largest)
    assert units.strengths(np.array([1.0]), 0.5)[0] == largest


@pytest.mark.parametrize("exponent", [-201, -200, -1, 0, 1, 199])
def test_columns_and_targets_between_1e_minus_60_and_1e60_are_left_alone(exponent):
    size = 2.0**exponent
    assert choose(column(size), np.array([[-size]])).are_plain


@pytest.mark.parametrize("exponent", [-1070, -700, -300, -202, 200, 300, 700, 1020])
@pytest.mark.parametrize("standardize", [True, False])
def test_larger_and_smaller_ones_are_brought_near_one(exponent, standardize):
    table, y = column(2.0**exponent), np.array([[-(2.0**exponent)], [0.0]])
    units = choose(table, y, standardize=standardize)
    assert units.penalized == (0 if standardize else units.x)
    # Of a unit below 2^-1000 no inverse is a float64.
    assert np.abs(features(units, table)).max() == 2.0 ** min(-1, exponent + 1000)
    assert np.abs(units.targets(y)).max() == 0.5
    assert choose(table).y == 0


def test_columns_of_unlike_size_share_a_unit():
    def sizes(*exponents):
        table = np.hstack([column(2.0**one) for one in exponents])
        return np.log2(np.abs(features(choose(table), table)).max(axis=0)).tolist()

    assert sizes(0, -401) == [0, -401]  # no square is lost yet
    assert sizes(0, -402) == [200, -202]  # halfway
    assert sizes(300, -100) == [-1, -401]  # the largest is near 1
    assert sizes(300, -101) == [200, -201]
    assert sizes(900, -600) == [499, -1001]  # its square is safe
    assert sizes(199, 0) == [199, 0]


def test_a_constant_column_is_a_feature_where_there_is_no_intercept():
    table = np.hstack([column(1.0), np.full((2, 1), 1e200)])
    assert choose(table).x == choose(np.hstack([column(1.0), column(1e200)])).x != 0


def test_constant_and_empty_columns_have_no_say():
    table = np.hstack([column(1.0), np.full((2, 1), 1e200), np.zeros((2, 1))])
    assert choose(table, np.zeros((2, 1)), movable=True).are_plain
    assert choose(table[:, 1:], np.zeros((2, 1)), movable=True).are_plain
    assert choose(np.hstack([column(2.0**300), table[:, 2:]])).x == 301
    assert choose(np.hstack([column(2.0**500), table[:, 2:]])).x == 501


@pytest.mark.parametrize("power", [-600, 600])
def test_factors_of_unpenalised_and_excluded_features_have_no_say(power):
    def exponent(*factors):
        penalty = ElasticNetPenalty(1.0, 0.0, np.array(factors))
        table = np.hstack([column(1.0)] * len(factors))
        return Units.of(
            ranges_of(table), None, standardize=False, movable=False, penalty=penalty
        ).factors

    assert exponent(2.0**power, 0.0, np.inf) == exponent(2.0**power) == power + 1


@pytest.mark.parametrize(
    ("size", "ridge", "expected"),
    [
        (0, 901, 0),  # its products have room
        (0, 902, 451),
        (0, 951, 475),
        (-450, 1003, 51),  # squares of X are numbers
        (-450, 1004, -449),  # they would be none
    ],
)
@pytest.mark.parametrize("factors", [0, 251])
def test_unit_beside_a_large_ridge_is_towards_its_root(size, ridge, expected, factors):
    """The ridge is an exponent as `frexp` counts it, which that of the factors is a part of."""
    factor = 2.0 ** (factors - 1) if factors else 1.0
    penalty = ElasticNetPenalty(0.0, 2.0 ** (ridge - factors - 1), np.array([factor]))
    units = Units.of(
        ranges_of(column(2.0**size)), None, standardize=False, movable=False, penalty=penalty
    )
    assert units.x == expected


@pytest.mark.parametrize(("spread", "moved"), [(1e-3, False), (2e-6, False), (1e-7, True)])
def test_origin_is_the_middle_of_a_column_far_from_zero(spread, moved):
    table = np.hstack([1e9 * (1 + column(spread / 2, 3)), column(1.0, 3), np.full((3, 1), 1e9)])
    units = choose(table, movable=True)
    assert (units.origin is not None) is moved
    assert choose(table).origin is None
    if moved:
        np.testing.assert_array_equal(units.origin, [1e9, 0.0, 0.0])
        np.testing.assert_array_equal(features(units, table), table - units.origin)


@pytest.mark.parametrize(("low", "moved"), [(999_999, True), (999_998, False)])
def test_range_of_a_millionth_of_the_size_is_narrow(low, moved):
    assert (choose([[low], [1e6]], movable=True).origin is not None) is moved


def test_unit_of_a_column_that_is_moved_is_its_spread():
    table = 2.0**260 * (1 + column(2.0**-40, 3))
    units = choose(table, movable=True)
    assert np.abs(features(units, table)).max() == 0.5
    assert choose(2.0**230 * (1 + column(2.0**-40, 3)), movable=True).x == 0


@pytest.mark.parametrize("exponent", [-900, -100, 0, 100, 900])
def test_weights_keep_their_ratios_and_their_sum_is_finite(exponent):
    weights = np.array([3.0, 1.0, 0.0, 2.0]) * 2.0**exponent
    safe = without_extremes(weights)
    np.testing.assert_array_equal(safe / safe[1], [3, 1, 0, 2])
    assert 2.0**-200 < safe.max() < 2.0**200


@pytest.mark.parametrize(
    ("size", "alpha"), [(1e-200, 1e-4), (1e-200, 1e-100), (1e-150, 1e3), (1e-160, 1e10)]
)
def test_a_ridge_that_leaves_numbers_beside_squares_of_x_is_fitted_in_other_units(size, alpha):
    rng = np.random.default_rng(0)
    table = rng.normal(size=(30, 3))
    y = table @ [1.0, 2.0, -1.0] + rng.normal(size=30)
    fitted = ElasticNet(alpha=alpha, l1_ratio=0.0).fit(size * table, y)
    # Beside such a ridge squares of X are nothing.
    slope = (table - table.mean(axis=0)).T @ (y - y.mean()) / 30
    np.testing.assert_allclose(fitted.coef_ / (size / alpha), slope, rtol=1e-9)
    assert fitted.certificate_.meets(1e-6)


def test_a_ridge_that_no_unit_helps_is_refused():
    with pytest.raises(InputError, match="alpha is too large"):
        ElasticNet(alpha=1e200, l1_ratio=0.0).fit([[1e-200], [0.0], [-1e-200]], [1.0, 0.0, -1.0])


def fits_at(X, y, alpha, l1_ratio, **options):
    """Every way in at one strength: coefficients, and whether they are certified."""
    single = ElasticNet(alpha, l1_ratio=l1_ratio, **options).fit(X, y)
    path = elastic_net_path(X, y, alphas=[alpha], l1_ratio=l1_ratio, **options)
    both = ElasticNetCV(alphas=[alpha], l1_ratio=l1_ratio, cv=3, **options).fit(X, y)
    return [
        (single.coef_, single.certificate_),
        (path.coefs[0].toarray().ravel(), path.certificates[0]),
        (both.coef_, both.certificate_),
    ]


@pytest.mark.fault(33)
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize(
    ("size", "target", "alpha", "l1_ratio"),
    [
        (1e-200, 1.0, 1.0, 0.99),  # the l1 strength leaves no feature
        (1e-200, 1e50, 1.0, 0.01),
        (1e-319, 0.0, 1.0, 0.0),  # nothing to explain
        (1e-319, 0.0, 1e-3, 0.5),
    ],
)
def test_a_ridge_beyond_floating_point_beside_coefficients_of_zero_is_fitted(
    size, target, alpha, l1_ratio, fit_intercept
):
    rng = np.random.default_rng(0)
    X, y = size * rng.normal(size=(30, 3)), target * rng.normal(size=30)
    for coef, certificate in fits_at(X, y, alpha, l1_ratio, fit_intercept=fit_intercept):
        assert not coef.any()
        assert certificate.meets(1e-6)


@pytest.mark.filterwarnings("ignore:The squares of")
def test_a_ridge_beyond_floating_point_is_refused_where_a_feature_enters():
    rng = np.random.default_rng(0)
    X, y = 1e-200 * rng.normal(size=(30, 3)), 1e250 * rng.normal(size=30)
    entering = np.abs((X - X.mean(axis=0)).T @ (y / 30)).max()
    alpha = 1e200
    assert not ElasticNet(alpha, l1_ratio=1.01 * entering / alpha).fit(X, y).coef_.any()
    with pytest.raises(
        InputError, match=r"alpha is too large .* Received: alpha=1e\+200, l1_ratio="
    ):
        ElasticNet(alpha, l1_ratio=0.99 * entering / alpha).fit(X, y)
    for fit in (elastic_net_path, lambda X, y, **kw: ElasticNetCV(cv=3, **kw).fit(X, y)):
        with pytest.raises(InputError, match="alpha is too large"):
            fit(X, y, alphas=[1e100, 1e-5], l1_ratio=0.0)


@pytest.mark.fault(32)
@pytest.mark.parametrize("power", [-1000, -300, 300, 1000])
@pytest.mark.parametrize("l1_ratio", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("standardize", [False, True])
def test_only_the_product_of_strength_and_factors_matters(power, l1_ratio, standardize):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 4))
    y = X @ [1.0, 2.0, -1.0, 0.5] + rng.normal(size=30)
    factors = np.array([1.0, 0.37, 0.0, 3.0])
    # In float64, the alpha of factors of 2^1000 is subnormal: it has few digits, but these exactly.
    alpha = np.ldexp(np.ldexp(13.0, -1074 + 50), 1000) if power == 1000 else 0.1
    there = float(np.ldexp(alpha, -power))
    alpha = float(np.ldexp(there, power))
    assert 0 < alpha < np.inf

    def fitted(strength, by):
        penalty = ElasticNetPenalty(0.0, 0.0, np.ldexp(factors, by))
        return fits_at(
            X, y, strength, l1_ratio, standardize=standardize, penalty=penalty, tol=1e-10
        )

    for (one, _), (other, certificate) in zip(fitted(alpha, 0), fitted(there, power), strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-9, atol=1e-12)
        assert certificate.meets(1e-10)


@pytest.mark.fault(33)
@pytest.mark.parametrize("alpha", [5e-324, 3e-323, 1e-320])
@pytest.mark.parametrize("l1_ratio", [0.0, 0.01, 0.3, 0.99, 1.0])
@pytest.mark.parametrize("size", [1e-300, 1e-170])
def test_a_subnormal_strength_keeps_the_digits_of_its_shares(alpha, l1_ratio, size):
    # In units of X, the same problem has normal strengths: alpha 2^k for l1 and alpha 2^2k for l2.
    exponent = int(np.frexp(size)[1])
    rng = np.random.default_rng(0)
    table = rng.normal(size=(30, 3))
    y = table @ [1.0, 2.0, -1.0] + rng.normal(size=30)
    digits, power = np.frexp(alpha)
    l1, l2 = (
        float(np.ldexp(digits * share, min(int(power) + k, 1000)))
        for share, k in ((l1_ratio, -exponent), (1 - l1_ratio, -2 * exponent))
    )
    total = l1 + l2
    expected = ElasticNet(total, l1_ratio=l1 / total, tol=1e-12).fit(table, y)
    X = np.ldexp(table, exponent)
    fitted = ElasticNet(alpha, l1_ratio=l1_ratio, tol=1e-12).fit(X, y)
    path = elastic_net_path(X, y, alphas=[alpha], l1_ratio=l1_ratio, tol=1e-12)
    for coef in (fitted.coef_, path.coefs[0].toarray().ravel()):
        np.testing.assert_allclose(np.ldexp(coef, exponent), expected.coef_, rtol=1e-6, atol=1e-12)


def naive_origin_and_sizes(ranges, movable):
    """Column by column: the middle of one far from 0, and the size that is left of it."""
    origin, sizes = [], []
    for low, high in zip(ranges.low, ranges.high, strict=True):
        size = max(abs(low), abs(high))
        narrow = movable and low != high and high - low <= 1e-6 * size
        origin.append(low + (high - low) / 2 if narrow else 0.0)
        size = (high - low) / 2 if narrow else size
        if size > 0 and not (movable and low == high):
            sizes.append(size)
    return np.array(origin), sizes


COLUMNS = {
    "ordinary": [0.0, 1.0],
    "zero": [0.0, 0.0],
    "constant": [3.0, 3.0],
    "far": [1e9, 1e9 + 1],
    "huge": [-1e200, 1e200],
    "tiny": [0.0, 1e-200],
}


@pytest.mark.parametrize("movable", [True, False])
@pytest.mark.parametrize("kinds", [*combinations(COLUMNS, 1), *combinations(COLUMNS, 2)])
def test_origin_and_unit_match_naive(kinds, movable):
    ranges = ranges_of(np.array([COLUMNS[kind] for kind in kinds]).T)
    units = Units.of(ranges, None, standardize=False, movable=movable)
    origin, sizes = naive_origin_and_sizes(ranges, movable)
    assert np.array_equal(np.zeros(len(kinds)) if units.origin is None else units.origin, origin)
    exponents = [int(np.frexp(size)[1]) for size in sizes]
    if not exponents or (max(exponents) in range(-200, 201) and min(exponents) >= -400):
        assert units.x == 0
    elif max(exponents) - min(exponents) <= 400:
        assert units.x == max(exponents)
    else:
        middle = (max(exponents) + min(exponents)) // 2
        assert units.x == max(middle, max(exponents) - 500)


@pytest.mark.parametrize("loss", ["squared", "logistic", "poisson", "multinomial"])
@pytest.mark.parametrize("size", [1e-200, 1e160])
@pytest.mark.parametrize("intercept", [True, False])
def test_the_size_of_an_excluded_feature_does_not_matter(loss, size, intercept):
    rng = np.random.default_rng(3)
    X = rng.normal(size=(40, 4)) + 1
    y = rng.integers(0, 3 if loss == "multinomial" else 2, 40).astype(float)
    penalty = ElasticNetPenalty(0.0, 0.0, factors=[1.0, np.inf, 1.0, 2.0], upper=0.2, lower=-0.2)
    large = X.copy()
    large[:, 1] *= size
    options = {"loss": loss, "penalty": penalty, "alphas": [0.05, 1e-3], "fit_intercept": intercept}
    found, expected = (elastic_net_path(given, y, **options) for given in (large, X))
    for coef, other in zip(found.coefs, expected.coefs, strict=True):
        assert np.abs((coef - other).toarray()).max() <= 1e-8


@pytest.mark.parametrize("loss", ["squared", "logistic", "poisson", "multinomial"])
@pytest.mark.parametrize("exponent", [-700, 210, 530])
@pytest.mark.parametrize("shape", [(60, 4), (400, 4), (30, 60)])
def test_the_size_of_an_unpenalised_feature_does_not_matter(loss, exponent, shape):
    """In the unit of a large one, the l2 strength of the others is below the rounding of their l1."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=shape)
    y = rng.integers(0, 3 if loss == "multinomial" else 2, shape[0]).astype(float)
    penalty = ElasticNetPenalty(0.0, 0.0, factors=[1.0, 0.0, *[1.0] * (shape[1] - 2)])
    other = X.copy()
    other[:, 1] = np.ldexp(other[:, 1], exponent)
    options = {"loss": loss, "penalty": penalty, "alphas": [0.05, 1e-2], "l1_ratio": 0.1}
    found, expected = (elastic_net_path(given, y, tol=1e-10, **options) for given in (other, X))
    for coef, wanted in zip(found.coefs, expected.coefs, strict=True):
        scaled = coef.toarray()
        scaled[1] = np.ldexp(scaled[1], exponent)
        assert np.abs(scaled - wanted.toarray()).max() <= 1e-6


@pytest.mark.parametrize(("l1", "l2"), [(0.1, 1e-80), (0.5, 0.5), (1e-300, 0.9), (1.0, 0.0)])
def test_ratio_keeps_a_share_of_l2_that_is_beneath_the_rounding_of_1(l1, l2):
    ratio = ExactRatio(l1, l2)
    for known in (ratio, pickle.loads(pickle.dumps(ratio))):
        assert (known, 1 - known) == (l1 / (l1 + l2), l2 / (l1 + l2))
        assert 0.75 - known == 0.75 - float(known)
        found = ElasticNetPenalty(0.0, 0.0).with_strength(3.0, known)
        assert (found.l1, found.l2) == (3.0 * known, 3.0 * (1 - known))
