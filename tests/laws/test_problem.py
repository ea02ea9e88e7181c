import numpy as np
import pytest
from scipy.optimize import minimize
from tests.laws.catalogue import LOSSES, SHAPES, make_problem, weights_with_zeros

from bridle.elastic_net.design import DenseDesign
from bridle.elastic_net.loss import Squared
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty
from bridle.elastic_net.problem import Problem
from bridle.elastic_net.solver import CoordinateDescent
from bridle.errors import InputError

every_loss = pytest.mark.parametrize("loss", LOSSES)
TIGHT = CoordinateDescent(tol=1e-13, kkt_tol=1e-13)


def build(loss, X, y, penalty=None, **options):
    penalty = ElasticNetPenalty(0.04, 0.1) if penalty is None else penalty
    return Problem.build(DenseDesign(X), y, LOSSES[loss].loss, penalty, **options)


def data(loss, seed=0, n=40, p=6):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    return X, LOSSES[loss].simulate(rng, X), rng


@every_loss
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("shape", ["wide", "shifted and scaled", "constant columns"])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
def test_strength_max_is_where_the_first_feature_enters(loss, fit_intercept, shape, l1_ratio):
    problem = make_problem(loss, "lasso", shape, fit_intercept=fit_intercept, weighted=True)
    top = problem.strength_max(l1_ratio)
    for factor, enters in ((1 + 1e-9, False), (1 - 1e-6, True)):
        at = problem.with_penalty(problem.penalty.with_strength(factor * top, l1_ratio))
        assert np.any(TIGHT.solve(at).coef != 0) == enters


@pytest.mark.parametrize("loss", ["squared", "logistic", "multinomial"])
def test_strength_max_knows_factors_bounds_and_offsets(loss):
    X, y, rng = data(loss)
    penalty = ElasticNetPenalty(
        1.0,
        0.0,
        factors=np.array([0.0, 1.0, 2.0, np.inf, 0.5, 1.0]),
        lower=np.array([-np.inf, 0.0, -np.inf, -1.0, -1.0, 0.0]),
        upper=np.array([np.inf, 1.0, 0.0, 1.0, np.inf, 0.0]),
    )
    problem = build(loss, X, y, penalty, offset=0.3 * rng.normal(size=y.shape))
    top = problem.strength_max(1.0)
    for factor, enters in ((1 + 1e-9, False), (1 - 1e-6, True)):
        at = problem.with_penalty(problem.penalty.with_strength(factor * top, 1.0))
        coef = TIGHT.solve(at).coef
        assert np.all(coef[0] != 0), "the unpenalised feature is always in"
        assert np.any(coef[1:] != 0) == enters


def test_strength_max_near_ridge_counts_as_one_thousandth():
    problem = make_problem("squared", "ridge")
    assert problem.strength_max(0.0) == problem.strength_max(1e-3)
    assert problem.strength_max(1e-3) == pytest.approx(1e3 * problem.strength_max(1.0))


@pytest.mark.parametrize("loss", ["squared", "poisson", "gamma", "tweedie", "huber"])
def test_where_nothing_is_left_to_explain_the_null_model_is_the_answer(loss):
    X = np.random.default_rng(4).normal(size=(20, 3))
    problem = build(loss, X, np.full((20, 1), 2.0), ElasticNetPenalty(0.1, 0.0))
    assert problem.null_gradient_size == 0.0
    assert problem.certify(np.zeros((3, 1)), problem.null.intercept).meets(1e-12)


def test_strength_max_is_zero_where_nothing_can_enter():
    X, y, _ = data("squared")
    for penalty in (
        ElasticNetPenalty(1.0, 0.0, factors=0.0),
        ElasticNetPenalty(1.0, 0.0, factors=np.inf),
        ElasticNetPenalty(1.0, 0.0, lower=0.0, upper=0.0),
    ):
        assert build("squared", X, y, penalty).strength_max(1.0) == 0.0


@every_loss
def test_integer_weights_are_repetition(loss):
    X, y, rng = data(loss)
    counts = rng.integers(0, 4, len(X))
    offset = 0.2 * rng.normal(size=y.shape)
    weighted = TIGHT.solve(build(loss, X, y, weights=counts.astype(float), offset=offset))
    rows = np.repeat(np.arange(len(X)), counts)
    repeated = TIGHT.solve(build(loss, X[rows], y[rows], offset=offset[rows]))
    assert weighted.certificate.objective == pytest.approx(
        repeated.certificate.objective, rel=1e-12
    )
    np.testing.assert_allclose(weighted.coef, repeated.coef, atol=1e-9)
    np.testing.assert_allclose(weighted.intercept, repeated.intercept, atol=1e-9)


@every_loss
@pytest.mark.parametrize("factor", [7.0, 1e-320, 1e307])
def test_weights_are_relative(loss, factor):
    X, y, rng = data(loss)
    # Subnormal numbers have few digits, so the weights are small integers.
    weights = rng.integers(0, 4, len(X)).astype(float)
    here, there = (TIGHT.solve(build(loss, X, y, weights=c * weights)) for c in (1.0, factor))
    np.testing.assert_allclose(there.coef, here.coef, rtol=1e-9, atol=1e-12)


@every_loss
def test_a_zero_weight_deletes_a_row(loss):
    X, y, rng = data(loss)
    weights = weights_with_zeros(rng, len(X))
    kept = weights > 0
    X[~kept] *= 1e3
    whole, part = (
        build(loss, X, y, weights=weights),
        build(loss, X[kept], y[kept], weights=weights[kept]),
    )
    assert whole.strength_max(0.5) == pytest.approx(part.strength_max(0.5), rel=1e-12)
    assert whole.null.half_deviance == pytest.approx(part.null.half_deviance, rel=1e-12)
    np.testing.assert_allclose(whole.column_norms, part.column_norms, rtol=1e-10)
    one, other = TIGHT.solve(whole), TIGHT.solve(part)
    np.testing.assert_allclose(one.coef, other.coef, atol=1e-9)
    assert one.certificate.objective == pytest.approx(other.certificate.objective, rel=1e-12)


@every_loss
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_null_model_matches_a_general_minimiser(loss, fit_intercept):
    X, y, rng = data(loss)
    penalty = ElasticNetPenalty(1.0, 1.0, factors=np.array([0.0, 1, 1, 0.0, 1, 1]))
    offset = 0.3 * rng.normal(size=y.shape)
    weights = weights_with_zeros(rng, len(X))
    problem = build(
        loss, X, y, penalty, weights=weights, offset=offset, fit_intercept=fit_intercept
    )
    E = X[:, [0, 3]]
    if fit_intercept:
        E = np.hstack([np.ones((len(X), 1)), E])
    shape = (E.shape[1], y.shape[1])

    def value(a):
        return problem.loss.value(offset + E @ a.reshape(shape), y, problem.weights)

    def slope(a):
        eta = offset + E @ a.reshape(shape)
        return (E.T @ problem.loss.gradient(eta, y, problem.weights)).ravel()

    naive = minimize(value, np.zeros(np.prod(shape)), jac=slope, method="BFGS", tol=1e-9)
    assert problem.null.value == pytest.approx(naive.fun, rel=1e-9)
    assert problem.null.value <= naive.fun + 1e-12 * abs(naive.fun)
    found = problem.null.intercept + X[:, [0, 3]] @ problem.null.coef
    np.testing.assert_allclose(problem.null.eta, offset + found, atol=1e-12)


@pytest.mark.parametrize("value", [0.1, 1 / 3, 0.0, -1e-7, 12345.678])
@pytest.mark.parametrize("n", [3, 40, 999])
@pytest.mark.parametrize("weighted", [True, False])
def test_zero_null_deviance_gives_the_null_model(value, n, weighted):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 4))
    weights = rng.random(n) if weighted else None
    problem = build("squared", X, np.full((n, 1), value), weights=weights)
    assert problem.null.half_deviance == 0.0
    solution = CoordinateDescent().solve(problem)
    assert solution.certificate.meets(1e-6)
    assert not solution.coef.any()
    assert solution.intercept[0] == pytest.approx(value, rel=1e-14)


def test_zero_null_deviance_with_an_unpenalised_feature_that_explains_all():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(30, 3))
    penalty = ElasticNetPenalty(0.1, 0.0, factors=np.array([0.0, 1.0, 1.0]))
    problem = build("squared", X, 2 * X[:, :1] + 0.7, penalty)
    solution = CoordinateDescent().solve(problem)
    assert solution.certificate.meets(1e-6)
    np.testing.assert_allclose(solution.coef[:, 0], [2, 0, 0], atol=1e-12)


@pytest.mark.parametrize("smallest", [0.1, 1e-3, 1e-6])
def test_unpenalised_feature_that_separates_leaves_nothing(smallest):
    X = np.array([[-1.0], [-0.5], [0.5], [smallest]])
    free = ElasticNetPenalty(0.1, 0.0, np.zeros(1))
    y = np.array([[0.0], [0.0], [1.0], [1.0]])
    problem = build("logistic", X, y, free, fit_intercept=False)
    assert problem.null.half_deviance == 0.0
    assert problem.null.value <= 64 * np.finfo(float).eps * np.log(2)
    np.testing.assert_array_equal(problem.null.eta, X @ problem.null.coef)


@pytest.mark.parametrize("smallest", [1e-3, 1e-6])
def test_bound_keeps_a_separating_feature_from_explaining_all(smallest):
    X = np.array([[-1.0], [-0.5], [0.5], [smallest]])
    free = ElasticNetPenalty(0.1, 0.0, np.zeros(1), upper=1.0 / smallest)
    y = np.array([[0.0], [0.0], [1.0], [1.0]])
    problem = build("logistic", X, y, free, fit_intercept=False)
    assert problem.null.half_deviance > 0.07
    assert problem.null.coef[0, 0] == pytest.approx(1.0 / smallest)


def test_what_rows_of_tiny_weight_leave_is_not_rounding():
    # Two rows at 0 contradict each other: no coefficient changes their loss.
    left = 200 * np.finfo(float).eps
    weights = np.array([1.0, 1.0, left, left])
    X = np.array([[-1.0], [1.0], [0.0], [0.0]])
    free = ElasticNetPenalty(0.1, 0.0, np.zeros(1))
    y = np.array([[0.0], [1.0], [0.0], [1.0]])
    problem = build("logistic", X, y, free, weights=weights, fit_intercept=False)
    assert problem.null.half_deviance == pytest.approx(left * np.log(2), rel=0.01)


def test_one_class_has_no_null_deviance():
    X, _, _ = data("logistic")
    for label in (0.0, 1.0):
        problem = build("logistic", X, np.full((len(X), 1), label))
        solution = CoordinateDescent().solve(problem)
        assert solution.certificate.meets(1e-6)
        assert not solution.coef.any()


def test_with_penalty_keeps_the_null_model():
    problem = make_problem("logistic", "lasso")
    null = problem.null
    assert problem.with_penalty(problem.penalty.with_strength(0.5, 0.5)).null is null


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_column_norms_are_weighted_root_mean_squares(fit_intercept):
    X, y, rng = data("squared")
    X += 3.0
    weights = weights_with_zeros(rng, len(X))
    problem = build("squared", X, y, weights=weights, fit_intercept=fit_intercept)
    w = weights / weights.sum()
    centre = w @ X if fit_intercept else 0.0
    np.testing.assert_allclose(problem.column_norms, np.sqrt(w @ (X - centre) ** 2), rtol=1e-12)


X, Y = np.ones((3, 2)), np.ones((3, 1))
WRONG = {
    "y 1-D": ({"y": np.ones(3)}, r"y must have shape \(n, outputs\).*n=3.*\(3,\)"),
    "y short": ({"y": np.ones((2, 1))}, r"y must have shape.*n=3.*\(2, 1\)"),
    "weights short": ({"weights": np.ones(2)}, r"weights must have shape \(3,\).*\(2,\)"),
    "weights negative": ({"weights": np.array([1, -2.0, 1])}, r"at least 0.*-2\.0.*row 1"),
    "weights nan": ({"weights": np.array([1, 1, np.nan])}, r"finite.*nan.*row 2"),
    "weights infinite": ({"weights": np.array([np.inf, 1, 1])}, r"finite.*inf.*row 0"),
    "weights zero": ({"weights": np.zeros(3)}, r"must not all be 0"),
    "offset 1-D": ({"offset": np.ones(3)}, r"offset must have the shape of y, \(3, 1\).*\(3,\)"),
    "factors": (
        {"penalty": ElasticNetPenalty(1, 1, factors=np.ones(3))},
        r"factors must be .*\(2,\).*shape \(3,\)",
    ),
    "lower": (
        {"penalty": ElasticNetPenalty(1, 1, lower=-np.ones(1))},
        r"lower must be .*\(2,\).*shape \(1,\)",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_arguments_are_quoted(case):
    wrong, message = WRONG[case]
    arguments = {"y": Y, "penalty": ElasticNetPenalty(1, 1), **wrong}
    with pytest.raises(InputError, match=message):
        Problem.build(DenseDesign(X), loss=Squared(), **arguments)


def test_objective_is_loss_plus_penalty():
    problem = make_problem("squared", "elastic", weighted=True, with_offset=True)
    X = SHAPES["tall"](np.random.default_rng(0))
    coef, intercept = np.linspace(-1, 1, 6)[:, None], np.array([0.3])
    eta = problem.offset + X @ coef + intercept
    np.testing.assert_allclose(problem.linear_predictor(coef, intercept), eta, atol=1e-14)
    expected = (
        0.5 * np.sum(problem.weights @ (problem.y - eta) ** 2)
        + 0.04 * np.abs(coef).sum()
        + 0.1 * np.sum(coef**2)
    )
    assert problem.objective(coef, eta) == pytest.approx(expected, rel=1e-14)


def test_with_weights_scales_and_checks_them():
    X, y, rng = data("squared")
    problem, weights = build("squared", X, y), rng.random(40)
    np.testing.assert_allclose(problem.with_weights(weights).weights, weights / weights.sum())
    with pytest.raises(InputError, match="weights"):
        problem.with_weights(weights[:-1])


@pytest.mark.parametrize("bound", [1e-6, 0.5, np.inf])
def test_strength_max_does_not_depend_on_how_far_a_bound_is(bound):
    X, y, _ = data("squared")
    free = build("squared", X, y, ElasticNetPenalty(0.1, 0.0)).strength_max(1.0)
    both = ElasticNetPenalty(0.1, 0.0, lower=np.full(6, -bound), upper=np.full(6, bound))
    assert build("squared", X, y, both).strength_max(1.0) == free


def test_what_all_strengths_share_is_computed_once(monkeypatch):
    X, y, _ = data("multinomial")
    problem = build("multinomial", X, y).prepared()

    def again(*args, **kwargs):
        raise AssertionError

    monkeypatch.setattr("bridle.elastic_net.problem.fit_null_model", again)
    other = problem.with_penalty(problem.penalty.with_strength(0.3, 0.5))
    assert other.null is problem.null
    assert other.column_moments is problem.column_moments


@every_loss
@pytest.mark.parametrize("gap", [0.0, 1e-40, 1e-3, np.inf])
@pytest.mark.parametrize("constant", [True, False])
def test_one_relative_gap_is_that_of_many(loss, gap, constant):
    X, y, _ = data(loss)
    null = build(loss, X, np.tile(y[:1], (len(y), 1)) if constant else y).null
    assert null.relative_gap(gap) == null.relative(np.array([gap]))[0]
