import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from tests.laws.catalogue import PENALTIES

from bridle.elastic_net.input_dropout import input_dropout_penalty
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty, check_penalty
from bridle.errors import InputError

P = 7
every_penalty = pytest.mark.parametrize("name", PENALTIES)
strength = st.just(0.0) | st.floats(1e-100, 1e6)
share = st.floats(0, 1)
number = st.floats(-20, 20)


def pieces(penalty: ElasticNetPenalty, p: int = P):
    """Yield l1, l2, lower and upper of each feature from the penalty's own fields."""
    factors, lower, upper = (
        np.broadcast_to(one, p) for one in (penalty.factors, penalty.lower, penalty.upper)
    )
    for j in range(p):
        if np.isinf(factors[j]):
            yield 0.0, 0.0, 0.0, 0.0
        else:
            yield penalty.l1 * factors[j], penalty.l2 * factors[j], lower[j], upper[j]


def naive_minimum(function, low: float, high: float) -> float:
    """Minimise a convex function of one number that may have a kink at 0."""
    low, high = max(low, -1e3), min(high, 1e3)
    candidates = [0.0, low, high]
    for a, b in ((low, 0.0), (0.0, high)):
        if a < b:
            candidates.append(minimize_scalar(function, bounds=(a, b), options={"xatol": 1e-12}).x)
    return min(candidates, key=function)


@every_penalty
@pytest.mark.parametrize("step", [0.3, 1.0, 4.0])
def test_prox_matches_naive(name, step):
    penalty = PENALTIES[name](P)
    point = np.random.default_rng(0).normal(size=P) * [0.01, 0.1, 1, 1, 3, 10, 0]
    prox = penalty.prox(point, step)
    for j, (l1, l2, lower, upper) in enumerate(pieces(penalty)):

        def objective(b, l1=l1, l2=l2, z=point[j]):
            return l1 * abs(b) + 0.5 * l2 * b * b + (b - z) ** 2 / (2 * step)

        naive = naive_minimum(objective, lower, upper)
        assert prox[j] == pytest.approx(naive, abs=1e-5), j
        assert objective(prox[j]) <= objective(naive) + 1e-14, j


@pytest.mark.parametrize("seed", range(20))
def test_feasible_scale_is_rounded_down(seed):
    dual = np.random.default_rng(seed).normal(size=P)
    scale = ElasticNetPenalty(0.1, 1e-300).feasible_scale(dual)
    assert scale == pytest.approx(0.1 / np.abs(dual).max(), rel=1e-14)
    assert scale * np.abs(dual).max() < 0.1


def test_only_a_penalty_is_one():
    check_penalty(ElasticNetPenalty(1.0, 0.0))
    with pytest.raises(InputError, match=r"must be a bridle\.ElasticNetPenalty"):
        check_penalty(1.0)


@every_penalty
def test_value_matches_the_formula(name):
    penalty = PENALTIES[name](P)
    coef = penalty.prox(np.random.default_rng(1).normal(size=(P, 2)))
    expected = sum(
        l1 * abs(b) + l2 / 2 * b**2
        for (l1, l2, _, _), row in zip(pieces(penalty), coef, strict=True)
        for b in ([np.linalg.norm(row)] if penalty.is_tied else row)
    )
    assert penalty.value(coef) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("factor", [0.0, 0.5, 1.0, 2.0])
def test_only_the_factor_one_is_plain(factor):
    penalty = ElasticNetPenalty(0.5, 2.0, factors=factor)
    assert penalty.is_plain == (factor == 1.0)
    assert penalty.value(np.array([1.0, -3.0])) == factor * (0.5 * 4 + 2.0 / 2 * 10)
    assert not ElasticNetPenalty(0.5, 2.0, factors=factor, lower=0.0).is_plain


def test_value_is_infinite_outside_the_bounds():
    penalty = ElasticNetPenalty(1.0, 1.0, lower=-1.0, upper=np.array([2.0, 3.0]))
    assert penalty.value(np.array([2.0, -1.0])) < np.inf
    assert penalty.value(np.array([2.1, -1.0])) == np.inf
    assert penalty.value(np.array([2.0, -1.1])) == np.inf
    assert ElasticNetPenalty(0.0, 0.0, factors=np.inf).value(np.array([1e-9])) == np.inf


@every_penalty
def test_conjugate_matches_naive(name):
    penalty = PENALTIES[name](P)
    for scale in (0.01, 0.1, 3.0):
        dual = scale * np.random.default_rng(2).normal(size=P)
        conjugate = penalty.conjugate(dual)
        for j, (l1, l2, lower, upper) in enumerate(pieces(penalty)):

            def loss(b, l1=l1, l2=l2, d=dual[j]):
                return l1 * abs(b) + 0.5 * l2 * b * b - d * b

            naive = -loss(naive_minimum(loss, lower, upper))
            if np.isinf(conjugate[j]):
                assert naive > 0.5, "the naive supremum grows with the range searched"
            else:
                assert conjugate[j] == pytest.approx(naive, abs=1e-9)


@given(
    st.floats(0, 5), st.floats(0, 5), st.floats(-5, 0), st.floats(0, 5), number, number
)  # fmt: skip
def test_fenchel_young(l1, l2, lower, upper, b, d):
    penalty = ElasticNetPenalty(l1, l2, lower=lower, upper=upper)
    b = np.clip(np.array([b]), lower, upper)
    d = np.array([d])
    excess = penalty.value(b) + penalty.conjugate(d)[0] - (b @ d)
    assert excess >= -1e-9
    best = penalty.prox(b + d)  # then b + d - best is a subgradient at best
    subgradient = b + d - best
    equality = penalty.value(best) + penalty.conjugate(subgradient)[0] - best @ subgradient
    assert equality == pytest.approx(0, abs=1e-9)


@given(st.floats(1e-300, 1e300), st.floats(1e-300, 1e300), st.floats(0, 1e150))
def test_conjugate_never_falls_below_zero(d, l2, l1):
    # b = 0 is always allowed, so the supremum is at least 0; overflow must not hide that.
    assert ElasticNetPenalty(l1, l2).conjugate(np.array([d, -d])).min() >= 0


@every_penalty
def test_violation_is_zero_where_optimal(name):
    # 1/2 (b - z)^2 + penalty(b): prox(z) is optimal, and a point beside it is not.
    penalty = PENALTIES[name](P)
    for seed in range(5):
        z = np.random.default_rng(seed).normal(size=(P, 1)) * np.logspace(-2, 1, P)[:, None]
        best = penalty.prox(z)
        l2 = np.array([one[1] for one in pieces(penalty)])[:, None]
        assert penalty.violation(best, z - best - l2 * best).max() <= 1e-14
        for shift in (0.05, -0.05):
            other = penalty.prox(best + shift)
            moved = np.abs(other - best) > 1e-12
            violation = penalty.violation(other, z - other - l2 * other)
            assert np.all(violation[moved] > 0)


@every_penalty
def test_violation_is_the_distance_from_the_subdifferential(name):
    penalty = PENALTIES[name](P)
    rng = np.random.default_rng(3)
    for _ in range(20):
        coef = np.round(penalty.prox(rng.normal(size=P)), 2)
        coef = np.clip(coef, *penalty.bounds(P))
        slope = rng.normal(size=P)
        violation = penalty.violation(coef[:, None], slope[:, None])[:, 0]
        for j, (l1, _, lower, upper) in enumerate(pieces(penalty)):
            low = -l1 if coef[j] <= 0 else l1
            high = l1 if coef[j] >= 0 else -l1
            low = -np.inf if coef[j] == lower else low
            high = np.inf if coef[j] == upper else high
            distance = max(low - slope[j], slope[j] - high, 0.0)
            assert violation[j] == pytest.approx(distance, abs=1e-15), (j, coef[j])


@every_penalty
@pytest.mark.parametrize("sign", [1, -1])
def test_feasible_scale_is_feasible_and_largest(name, sign):
    penalty = PENALTIES[name](P)
    slope = sign * 0.2 * np.random.default_rng(4).normal(size=(P, 2))
    scale = penalty.feasible_scale(slope)
    assert 0 <= scale <= 1

    def feasible(s: float) -> bool:
        return all(
            (s * d <= l1 * (1 + 1e-12) or upper < np.inf)
            and (-s * d <= l1 * (1 + 1e-12) or lower > -np.inf)
            for (l1, _, lower, upper), row in zip(pieces(penalty), slope, strict=True)
            for d in ([np.linalg.norm(row)] if penalty.is_tied else row)
        )

    assert feasible(scale)
    assert scale == 1 or not feasible(scale + 1e-6)


def test_no_coefficient_is_feasible_as_it_is():
    assert ElasticNetPenalty(1.0, 0.0).feasible_scale(np.empty((0, 1))) == 1


@every_penalty
def test_restricted_penalty_is_that_of_the_chosen_features(name):
    penalty, index = PENALTIES[name](P), np.array([4, 0, 3])
    part = penalty.restricted(index)
    part.check_features(3)
    point = np.random.default_rng(6).normal(size=P)
    for verb in ("prox", "conjugate", "values"):
        whole = getattr(penalty, verb)(point)
        np.testing.assert_array_equal(getattr(part, verb)(point[index]), whole[index])


@every_penalty
def test_outputs_are_independent_columns(name):
    penalty = PENALTIES[name](P)
    both = np.random.default_rng(5).normal(size=(P, 2))
    if penalty.is_tied:
        # Tied outputs: what counts is the norm of a row, whichever way it is turned.
        turn = np.array([[0.6, -0.8], [0.8, 0.6]])
        assert penalty.prox(both @ turn) == pytest.approx(penalty.prox(both) @ turn)
        assert penalty.conjugate(both @ turn) == pytest.approx(penalty.conjugate(both))
        assert penalty.conjugate(both).shape == (P, 1)
        return
    for verb in (penalty.prox, penalty.conjugate):
        assert np.array_equal(verb(both)[:, 1], verb(both[:, 1]))
    inside = penalty.prox(both)
    assert penalty.value(inside) == pytest.approx(
        penalty.value(inside[:, 0]) + penalty.value(inside[:, 1])
    )


# The formulas of other systems, written down once more.
COEF = np.array([0.5, -2.0, 0.0, 1.25])
L1, SQUARE = np.abs(COEF).sum(), (COEF**2).sum()


@given(strength, share)
def test_from_mixing_is_the_formula_without_one_half(alpha, rho):
    penalty = ElasticNetPenalty.from_mixing(alpha, rho)
    assert penalty.value(COEF) == pytest.approx(alpha * (rho * L1 + (1 - rho) * SQUARE), rel=1e-12)


@given(strength, share)
def test_from_sklearn_is_its_formula(alpha, l1_ratio):
    penalty = ElasticNetPenalty.from_sklearn(alpha, l1_ratio)
    expected = alpha * l1_ratio * L1 + 0.5 * alpha * (1 - l1_ratio) * SQUARE
    assert penalty.value(COEF) == pytest.approx(expected, rel=1e-12)


@given(strength, share)
def test_from_spark_is_its_formula(reg_param, mixing):
    penalty = ElasticNetPenalty.from_spark(reg_param, mixing)
    expected = reg_param * (mixing * L1 + (1 - mixing) / 2 * SQUARE)
    assert penalty.value(COEF) == pytest.approx(expected, rel=1e-12)


@given(strength, strength)
def test_from_keras_is_its_formula(l1, l2):
    penalty = ElasticNetPenalty.from_keras(l1=l1, l2=l2)
    assert penalty.value(COEF) == pytest.approx(l1 * L1 + l2 * SQUARE, rel=1e-12)


@given(strength)
def test_from_weight_decay_is_half_the_square(decay):
    penalty = ElasticNetPenalty.from_weight_decay(decay)
    assert penalty.value(COEF) == pytest.approx(decay / 2 * SQUARE, rel=1e-12)
    assert penalty.to_weight_decay() == decay


@given(st.floats(1e-3, 1e3), share, st.floats(1e-2, 1e2))
def test_from_glmnet_is_its_formula_on_standardised_y(lambda_, alpha, sd):
    # glmnet minimises over c, on y / sd; b = sd c, and the loss shrinks by sd^2.
    penalty = ElasticNetPenalty.from_glmnet(lambda_, alpha, y_sd=sd)
    c = COEF / sd
    scaled = lambda_ * (alpha * np.abs(c).sum() + (1 - alpha) / 2 * (c**2).sum())
    # On its own scale of lambda: glmnet hands sd * lambda_scaled to the user.
    assert penalty.value(COEF) == pytest.approx(sd**2 * scaled / sd, rel=1e-12)


@given(strength, share, st.floats(1e-2, 1e2))
def test_translations_round_trip(total, ratio, sd):
    for there, back in (
        (ElasticNetPenalty.from_mixing, ElasticNetPenalty.to_mixing),
        (ElasticNetPenalty.from_sklearn, ElasticNetPenalty.to_sklearn),
        (ElasticNetPenalty.from_spark, ElasticNetPenalty.to_spark),
        (
            lambda a, r: ElasticNetPenalty.from_glmnet(a, r, y_sd=sd),
            lambda penalty: penalty.to_glmnet(y_sd=sd),
        ),
    ):
        again = back(there(total, ratio))
        # Where the strength is 0 its shares are anything; they are shown as a lasso's.
        expected = (total, ratio) if total > 0 else (again[0], 1.0)
        assert again == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert ElasticNetPenalty.from_keras(total, ratio).to_keras() == (total, ratio)


def test_what_a_translation_leaves_out_is_neutral():
    def parts(penalty):
        return penalty.l1, penalty.l2

    assert parts(ElasticNetPenalty.from_keras(l1=0.3)) == (0.3, 0.0)
    assert parts(ElasticNetPenalty.from_keras(l2=0.3)) == (0.0, 0.6)
    glmnet = ElasticNetPenalty.from_glmnet(0.4, 0.25)
    assert parts(glmnet) == parts(ElasticNetPenalty.from_sklearn(0.4, 0.25))
    assert glmnet.to_glmnet() == glmnet.to_sklearn()


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.5])
def test_input_dropout_is_its_formula(rate):
    X = np.random.default_rng(7).normal(size=(9, COEF.size))
    penalty = input_dropout_penalty(rate, X)
    expected = rate / (2 * (1 - rate)) * np.mean(X**2, axis=0) @ COEF**2
    assert penalty.value(COEF) == pytest.approx(expected, rel=1e-12)


def test_weight_decay_cannot_show_an_l1_part():
    with pytest.raises(InputError, match=r"l1 must be 0 .*Received: l1=0\.5"):
        ElasticNetPenalty(0.5, 1.0).to_weight_decay()


def test_with_strength_keeps_factors_and_bounds():
    penalty = ElasticNetPenalty(1.0, 2.0, factors=np.array([0.0, 3.0]), lower=-1.0, upper=2.0)
    other = penalty.with_strength(4.0, 0.25)
    assert (other.l1, other.l2) == (1.0, 3.0)
    assert other.factors is not None
    assert np.array_equal(other.factors, [0.0, 3.0])
    assert (other.lower, other.upper) == (-1.0, 2.0)


def test_a_penalty_is_frozen():
    factors = np.ones(3)
    penalty = ElasticNetPenalty(1.0, 0.0, factors=factors)
    factors[0] = 7.0
    assert np.array_equal(penalty.factors, np.ones(3))
    with pytest.raises(ValueError, match="read-only"):
        penalty.factors[0] = 2.0
    with pytest.raises(AttributeError):
        penalty.l1 = 2.0


def test_excluded_and_overflowing_strengths():
    penalty = ElasticNetPenalty(1e200, 0.0, factors=np.array([0.0, 1e200, np.inf]))
    l1, l2 = penalty.strengths(3)
    assert np.array_equal(l1, [0.0, np.finfo(float).max, np.inf])
    assert np.array_equal(l2, [0.0, 0.0, np.inf])


def test_factors_and_bounds_are_of_the_features():
    for name in ("factors", "upper"):
        penalty = ElasticNetPenalty(1.0, 1.0, **{name: np.ones(3)})
        penalty.check_features(3)
        with pytest.raises(InputError, match=rf"{name} must be .*\(4,\).*shape \(3,\)"):
            penalty.check_features(4)
    ElasticNetPenalty(1.0, 1.0).check_features(4)


def test_one_number_for_all_features_stays_a_number():
    penalty = ElasticNetPenalty(1, 1, factors=np.array(2), lower=-1)
    assert [type(one) for one in (penalty.factors, penalty.lower, penalty.upper)] == [float] * 3


def test_error_counts_the_features_that_are_wrong_and_names_the_first():
    with pytest.raises(InputError, match=r"factors=-2\.0 for feature 1 \(2 such features\)"):
        ElasticNetPenalty(1, 1, factors=[1, -2, 0, 3, -1])


NAN = float("nan")
RIGHT = {
    "zero": lambda: ElasticNetPenalty(0, 0),
    "integers": lambda: ElasticNetPenalty(1, 2),
    "numpy numbers": lambda: ElasticNetPenalty(np.float32(1), np.int64(2)),
    "closed bounds": lambda: ElasticNetPenalty(1, 1, lower=0, upper=0),
    "lists": lambda: ElasticNetPenalty(1, 1, factors=[0, 1, np.inf], lower=[-1, 0, -np.inf]),
    "huge": lambda: ElasticNetPenalty.from_sklearn(1e308, 1.0),
}
WRONG = {
    "l1 negative": (lambda: ElasticNetPenalty(-1, 0), "l1", "-1"),
    "l1 nan": (lambda: ElasticNetPenalty(NAN, 0), "l1", "nan"),
    "l1 infinite": (lambda: ElasticNetPenalty(np.inf, 0), "l1", "inf"),
    "l1 bool": (lambda: ElasticNetPenalty(True, 0), "l1", "True"),
    "l1 text": (lambda: ElasticNetPenalty("1", 0), "l1", "'1'"),
    "l1 None": (lambda: ElasticNetPenalty(None, 0), "l1", "None"),
    "l2 negative": (lambda: ElasticNetPenalty(0, -0.5), "l2", "-0.5"),
    "factors negative": (lambda: ElasticNetPenalty(1, 1, factors=[1, -2]), "factors", "-2"),
    "factors nan": (lambda: ElasticNetPenalty(1, 1, factors=NAN), "factors", "nan"),
    "factors 2-D": (lambda: ElasticNetPenalty(1, 1, factors=[[1.0]]), "factors", r"\(1, 1\)"),
    "lower positive": (lambda: ElasticNetPenalty(1, 1, lower=0.1), "lower", "0.1"),
    "lower nan": (lambda: ElasticNetPenalty(1, 1, lower=NAN), "lower", "nan"),
    "upper negative": (lambda: ElasticNetPenalty(1, 1, upper=[1, -1]), "upper", "-1"),
    "mixing alpha": (lambda: ElasticNetPenalty.from_mixing(-1, 0.5), "alpha", "-1"),
    "mixing rho": (lambda: ElasticNetPenalty.from_mixing(1, 1.5), "rho", "1.5"),
    "mixing rho bool": (lambda: ElasticNetPenalty.from_mixing(1, True), "rho", "True"),
    "sklearn alpha": (lambda: ElasticNetPenalty.from_sklearn(NAN, 1), "alpha", "nan"),
    "sklearn l1_ratio": (lambda: ElasticNetPenalty.from_sklearn(1, -1), "l1_ratio", "-1"),
    "glmnet lambda": (lambda: ElasticNetPenalty.from_glmnet(-1, 1), "lambda_", "-1"),
    "glmnet alpha": (lambda: ElasticNetPenalty.from_glmnet(1, 2), "alpha", "2"),
    "glmnet y_sd": (lambda: ElasticNetPenalty.from_glmnet(1, 1, 0.0), "y_sd", "0.0"),
    "glmnet y_sd infinite": (lambda: ElasticNetPenalty.from_glmnet(1, 1, np.inf), "y_sd", "inf"),
    "glmnet y_sd bool": (lambda: ElasticNetPenalty.from_glmnet(1, 1, True), "y_sd", "True"),
    "keras l1": (lambda: ElasticNetPenalty.from_keras(-1, 0), "l1", "-1"),
    "keras l2": (lambda: ElasticNetPenalty.from_keras(0, -1), "l2", "-1"),
    "spark reg_param": (lambda: ElasticNetPenalty.from_spark(-1, 1), "reg_param", "-1"),
    "spark mixing": (lambda: ElasticNetPenalty.from_spark(1, 3), "elastic_net_param", "3"),
    "decay": (lambda: ElasticNetPenalty.from_weight_decay(-1), "weight_decay", "-1"),
}


@pytest.mark.parametrize("case", RIGHT)
def test_right_arguments_are_taken(case):
    assert RIGHT[case]().l1 >= 0


@pytest.mark.parametrize("case", WRONG)
def test_wrong_arguments_are_quoted(case):
    call, argument, received = WRONG[case]
    with pytest.raises(
        InputError, match=rf"^{argument} must be .*Received: {argument}=.*{received}"
    ):
        call()


@given(l1=strength, l2=strength, coef=st.lists(number, min_size=1, max_size=5))
def test_one_number_for_all_features_is_that_number_for_each(l1, l2, coef):
    coef = np.array(coef)
    numbers = ElasticNetPenalty(l1, l2)
    size = coef.size
    each = ElasticNetPenalty(l1, l2, np.ones(size), np.full(size, -np.inf), np.full(size, np.inf))
    assert numbers.is_unbounded
    assert each.is_unbounded
    assert numbers.value(coef) == each.value(coef)
    for mine, other in zip(numbers.strengths(size), each.strengths(size), strict=True):
        assert np.array_equal(mine, other)
    for mine, other in zip(numbers.bounds(size), each.bounds(size), strict=True):
        assert np.array_equal(mine, other)


def test_the_same_strength_is_the_same_penalty():
    penalty = ElasticNetPenalty.from_sklearn(0.3, 0.7)
    assert penalty.with_strength(0.3, 0.7) is penalty
    assert penalty.with_strength(0.3, 0.6).l1 == 0.3 * 0.6
