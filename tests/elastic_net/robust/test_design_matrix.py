"""Faults of the design matrix: numbers 1 to 14 and 17 to 19 of docs/trust.md."""

import re
from functools import partial

import numpy as np
import pandas as pd
import pytest
from tests.elastic_net.robust.ways_in import (
    ALL,
    REGRESSIONS,
    STRENGTHS,
    assert_close,
    coef_of,
    data_for,
    intercept_of,
)

import bridle
from bridle import ElasticNetCV, ElasticNetPenalty, _core, elastic_net_path
from bridle.elastic_net.design import DenseDesign
from bridle.errors import DataTypeError, DataWarning, InputError

every_way = pytest.mark.parametrize("way", ALL)
every_regression = pytest.mark.parametrize("way", REGRESSIONS)
silently = pytest.mark.filterwarnings("ignore::bridle.errors.DataWarning")
NAMES = list("abcde")


def frame_for(way):
    X, y = data_for(way)
    return pd.DataFrame(X, columns=NAMES), y


@pytest.mark.fault(1)
@every_way
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_not_finite_names_column_count_and_row(way, bad):
    frame, y = frame_for(way)
    frame.loc[[7, 9], "c"] = bad
    message = r"NaN or infinity: column 'c' has 2, the first at row 7\. .*impute"
    with pytest.raises(InputError, match=message):
        ALL[way](frame, y)
    with pytest.raises(InputError, match=message.replace("'c'", "2")):
        ALL[way](frame.to_numpy(), y)
    frame.loc[3, "e"] = bad
    with pytest.raises(InputError, match=r"column 'c' has 2.* and so do 1 other columns"):
        ALL[way](frame, y)


@pytest.mark.fault(1)
@every_way
def test_not_finite_at_predict(way):
    frame, y = frame_for(way)
    fitted = ALL[way](frame, y)
    frame.loc[7, "c"] = np.nan
    options = {"alpha": STRENGTHS[0]} if "path" in way else {}
    with pytest.raises(InputError, match=r"column 'c' has 1, the first at row 7"):
        fitted.predict(frame, **options)


@pytest.mark.fault(2)
@every_way
def test_text_names_column_row_and_value(way):
    frame, y = frame_for(way)
    frame = frame.astype({"b": object})
    frame.loc[5, "b"] = "red"
    with pytest.raises(InputError, match=r"Received: 'red' in column 'b', row 5 .*encode it"):
        ALL[way](frame, y)
    with pytest.raises(InputError, match=r"Received: 'red' in column 1, row 5"):
        ALL[way](frame.to_numpy(), y)
    with pytest.raises(InputError, match=r"Received: .*'red'.* in column 1, row 5"):
        ALL[way](frame.to_numpy().astype(str), y)
    with pytest.raises(InputError, match=r"Received: .*'x'.* in column 0, row 1"):
        ALL[way]([[1.0, 2.0], ["x", 1.0]], [0, 1])


WRONG_KINDS = {
    "complex": (lambda one: one.astype(complex), r"Complex data not supported.* column 'd'"),
    "dates": (lambda one: pd.date_range("2020", periods=len(one)), r"Dates are not numbers.* 'd'"),
    "durations": (lambda one: pd.to_timedelta(np.arange(len(one)), "D"), r"Durations.* 'd'"),
    "periods": (
        lambda one: pd.period_range("2020", periods=len(one)),
        r"Period.*column 'd', row 0",
    ),
    "missing in a nullable column": (
        lambda one: pd.array([None, *range(1, len(one))], dtype="Int64"),
        r"column 'd' has 1, the first at row 0",
    ),
}


@pytest.mark.fault(3)
@every_way
@pytest.mark.parametrize("kind", WRONG_KINDS)
def test_what_is_no_real_number_names_the_column(way, kind):
    make, message = WRONG_KINDS[kind]
    frame, y = frame_for(way)
    frame["d"] = make(frame["d"])
    with pytest.raises(InputError, match=message):
        ALL[way](frame, y)


@pytest.mark.fault(3)
@every_way
def test_arrays_of_other_kinds_are_type_errors(way):
    X, y = data_for(way)
    for wrong, message in (
        (X + 1j, "Complex data not supported"),
        (X.astype("M8[s]"), "Dates are not numbers"),
        (X.astype("m8[s]"), "Durations are not numbers"),
        (
            np.ma.masked_array(X, np.arange(X.size).reshape(X.shape) == 11),
            "no masked values. Received: 1 of them, the first in column 1, row 2",
        ),
    ):
        with pytest.raises(TypeError, match=message) as caught:
            ALL[way](wrong, y)
        assert isinstance(caught.value, DataTypeError)
    unmasked = np.ma.masked_array(X, np.zeros(X.shape, dtype=bool))
    assert np.array_equal(coef_of(ALL[way](unmasked, y)), coef_of(ALL[way](X, y)))


@pytest.mark.fault(4)
@every_way
@pytest.mark.filterwarnings("ignore:.*standard deviations away:bridle.errors.DataWarning")
def test_integers_above_2_to_the_53_are_reported(way):
    X, y = data_for(way)
    whole = np.round(1e3 * X).astype(np.int64)
    fit = partial(ALL[way], standardize=True)
    fit(whole, y)  # without a warning
    whole[:, 2] *= 2**46
    message = r"1 column of X is of integers above 2\*\*53: {}\. They were rounded"
    with pytest.warns(DataWarning, match=message.format("2")):
        fit(whole, y)
    with pytest.warns(DataWarning, match=message.format("2")):
        fit(whole.tolist(), y)
    with pytest.warns(DataWarning, match=message.format("'c'")):
        fit(pd.DataFrame(whole, columns=NAMES).astype({"a": float}), y)
    fit(whole.astype(float), y)  # which the caller has rounded


WRONG_SHAPES = {
    "no rows": ((0, 3), r"shape=\(0, 3\)"),
    "no columns": ((4, 0), r"shape=\(4, 0\)"),
    "one dimension": ((4,), r"two dimensions.*shape \(4,\).*reshape"),
    "three dimensions": ((4, 3, 2), r"two dimensions.*shape \(4, 3, 2\)"),
    "none": ((), r"two dimensions.*shape \(\)"),
}


@pytest.mark.fault(5)
@every_way
@pytest.mark.parametrize("case", WRONG_SHAPES)
def test_shape_is_quoted(way, case):
    shape, message = WRONG_SHAPES[case]
    with pytest.raises(InputError if shape[1:2] != (0,) and shape[:1] != (0,) else ValueError,
                       match=message):  # fmt: skip
        ALL[way](np.ones(shape), np.arange(4) % 2)


@pytest.mark.fault(6)
@pytest.mark.parametrize("way", ["path", "ElasticNet"])
def test_one_row_gives_the_intercept_and_a_warning(way):
    X, y = data_for(way)
    message = "Only one row has a positive weight"
    with pytest.warns(DataWarning, match=message):
        fitted = REGRESSIONS[way](X[:1], y[:1])
    assert not coef_of(fitted).any()
    assert intercept_of(fitted) == y[0]
    with pytest.warns(DataWarning, match=message):
        fitted = REGRESSIONS[way](X, y, np.eye(40)[3])
    assert not coef_of(fitted).any()
    assert intercept_of(fitted) == pytest.approx(y[3], rel=1e-15)


@pytest.mark.fault(6)
def test_one_row_cannot_be_split():
    X, y = data_for("path")
    with pytest.raises(ValueError, match="n_samples=1"):
        ElasticNetCV(cv=2).fit(X[:1], y[:1])


@pytest.mark.fault(7)
@every_way
@pytest.mark.parametrize("value", [0.0, 0.1, -1e5 / 3, 1e-300])
@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("factor", [0.0, 1.0])
def test_constant_column_gets_exactly_0_and_is_reported(way, value, standardize, factor):
    frame, y = frame_for(way)
    frame["d"] = value
    options = {"standardize": standardize}
    if "path" in way:
        options["penalty"] = ElasticNetPenalty(0, 0, factors=[1, 1, 1, factor, 1])
    with pytest.warns(DataWarning, match=r"1 column of X is constant: 'd'\. The coefficient is 0"):
        fitted = ALL[way](frame, y, **options)
    coef = coef_of(fitted)
    assert coef[3] == 0
    without = coef_of(ALL[way](frame.drop(columns="d"), y, standardize=standardize))
    assert_close(np.delete(coef, 3), without, 1e-9)


@pytest.mark.fault(7)
@every_regression
def test_a_constant_without_an_intercept_is_a_feature(way):
    X, y = data_for(way)
    X[:, 3] = 2.0
    assert coef_of(REGRESSIONS[way](X, y, fit_intercept=False))[3] != 0
    X[:, 3] = 0.0
    with pytest.warns(DataWarning, match="constant: 3"):
        assert coef_of(REGRESSIONS[way](X, y, fit_intercept=False))[3] == 0


@pytest.mark.fault(8)
@every_way
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_duplicate_columns_are_flagged_and_share_equally(way, order, dtype):
    X, y = data_for(way)
    X = np.asarray(X[:, [0, 1, 2, 0, 3, 0]], dtype=dtype, order=order)
    message = r"2 columns of X are a repetition of another, for instance 3 of 0\."
    with pytest.warns(DataWarning, match=message):
        coef = coef_of(ALL[way](X, y))
    assert coef[0] != 0
    np.testing.assert_allclose(coef[[3, 5]], coef[0], atol=1e-10)


@pytest.mark.fault(8)
def test_columns_that_are_alike_are_no_duplicates():
    rng = np.random.default_rng(0)
    y = rng.normal(size=300)
    X = (rng.random((300, 200)) < 0.02).astype(float)  # rare events, mostly 0, all in [0, 1]
    X = np.unique(X[:, np.ptp(X, axis=0) > 0], axis=1)
    elastic_net_path(X, y, alphas=[0.1])
    X[:, 7] = X[:, 5]
    with pytest.warns(DataWarning, match="1 column of X is a repetition.* 7 of 5"):
        elastic_net_path(X, y, alphas=[0.1])
    X[0, 7] = 1 - X[0, 7]
    elastic_net_path(X, y, alphas=[0.1])


@pytest.mark.fault(9)
@every_way
@pytest.mark.parametrize("standardize", [True, False])
def test_strong_correlation_converges(way, standardize):
    X, y = data_for(way, p=30)
    X = X[:, :1] + 0.03 * X  # correlation 0.999
    assert np.corrcoef(X.T)[np.triu_indices(30, 1)].min() > 0.998
    fitted = ALL[way](X, y, tol=1e-6, standardize=standardize)
    certificates = [fitted.certificates] if "path" in way else [[fitted.certificate_]]
    assert all(one.meets(1e-6) for one in certificates[0])


@pytest.mark.fault(10)
@every_regression
@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
@pytest.mark.parametrize(("alpha", "standardize"), [(0.02, True), (0.02, False), (1e-9, False)])
@pytest.mark.filterwarnings("ignore:.*did not converge:sklearn.exceptions.ConvergenceWarning")
def test_scales_1e8_and_1e_8_meet_the_conditions_of_each_column(way, l1_ratio, alpha, standardize):
    """They do even where a strength is so small beside a column that no gap can show it."""
    rng = np.random.default_rng(1)
    scales = np.array([1e8, 1e-8, 1.0, 1e4, 1e-4, 1e-8])
    X = rng.normal(size=(60, 6)) * scales
    y = (X / scales) @ [1.0, -1.0, 0.5, 0.0, 0.2, 0.3] + 0.1 * rng.normal(size=60)
    strength = {"alpha": alpha} if way == "ElasticNet" else {"alphas": [alpha]}
    tight = {"tol": 1e-13, "standardize": standardize, "l1_ratio": l1_ratio}
    coef = coef_of(REGRESSIONS[way](X, y, **strength, **tight))
    Z = X - X.mean(axis=0)
    sd = Z.std(axis=0)
    unit = sd if standardize else np.ones(6)
    l1, l2 = alpha * l1_ratio * unit, alpha * (1 - l1_ratio) * unit**2
    slope = Z.T @ (y - y.mean() - Z @ coef) / 60 - l2 * coef
    violation = np.where(coef == 0, np.maximum(np.abs(slope) - l1, 0), slope - l1 * np.sign(coef))
    assert np.count_nonzero(coef) >= 2
    assert np.max(np.abs(violation) / sd) <= 1e-9 * y.std()


@pytest.mark.fault(10)
@every_regression
@pytest.mark.parametrize("standardize", [True, False])
def test_scales_1e8_and_1e_8_converge_at_the_default_tolerance(way, standardize):
    X, y = data_for(way)
    X *= [1e8, 1e-8, 1.0, 1e4, 1e-4]
    REGRESSIONS[way](X, y, tol=1e-6, standardize=standardize)  # without a warning


@pytest.mark.fault(11)
@every_way
@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1e160, 1e300])
@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("order", ["C", "F"])
def test_extreme_scales_of_features(way, scale, standardize, order):
    """The lasso of s X, at s alpha, is that of X over s."""
    X, y = data_for(way)
    factor = 1.0 if standardize else scale
    options = {"l1_ratio": 1.0, "standardize": standardize}
    there = ALL[way](np.asarray(X * scale, order=order), y, **strengths(way, factor), **options)
    here = ALL[way](X, y, **strengths(way, 1.0), **options)
    assert coef_of(here).any()
    assert_close(coef_of(there) * scale, coef_of(here), 1e-9)
    assert intercept_of(there) == pytest.approx(intercept_of(here), rel=1e-9)


def strengths(way, factor):
    if way in ("ElasticNet", "ElasticNetClassifier"):
        return {"alpha": STRENGTHS[-1] * factor}
    return {"alphas": [one * factor for one in (STRENGTHS if "path" in way else STRENGTHS[-1:])]}


@pytest.mark.fault(11)
@pytest.mark.parametrize(("s", "l1_ratio"), [(1e-200, 1.0), (2.0**400, 0.5), (1e130, 0.5)])
def test_extreme_scales_with_an_l2_part_factors_and_bounds(s, l1_ratio):
    """``(s X, s l1, s^2 l2)`` gives ``b / s``, the bounds being those of b over s."""
    X, y = data_for("path")
    factors = [1, 1, 0, 1, np.inf]
    l1, l2 = 0.07 * l1_ratio, 0.07 * (1 - l1_ratio)
    scaled = s * l1 + s**2 * l2

    def fit(table, alpha, ratio, lower):
        penalty = ElasticNetPenalty(0, 0, factors=factors, lower=lower)
        options = {"l1_ratio": ratio, "penalty": penalty, "tol": 1e-13}
        return coef_of(elastic_net_path(table, y, alphas=[alpha], **options))

    here = fit(X, 0.07, l1_ratio, -0.4)
    assert here.min() == pytest.approx(-0.4)
    assert_close(s * fit(s * X, scaled, s * l1 / scaled, -0.4 / s), here, 1e-9)


@pytest.mark.fault(12)
@silently
@every_regression
@pytest.mark.parametrize("scale", [1e-20, 1e25, 1e35])
def test_float32_of_extreme_scale(way, scale):
    X, y = data_for(way)
    X = X.astype(np.float32)
    options = {"l1_ratio": 1.0}
    there = REGRESSIONS[way](X * np.float32(scale), y, **strengths(way, scale), **options)
    here = REGRESSIONS[way](X, y, **strengths(way, 1.0), **options)
    assert_close(coef_of(there) * scale, coef_of(here), 1e-5)


@pytest.mark.fault(13)
@silently
@every_regression
def test_subnormal_numbers_are_not_flushed_to_zero(way):
    tiny = np.finfo(float).smallest_subnormal
    X, y = data_for(way)
    X = np.round(100 * X)
    assert np.all(np.abs(X * tiny) < np.finfo(float).tiny)
    there = REGRESSIONS[way](X * tiny, y * 2.0**-60, **strengths(way, 0.0), l1_ratio=1.0)
    here = REGRESSIONS[way](X, y, **strengths(way, 0.0), l1_ratio=1.0)
    scaled = np.ldexp(coef_of(there), -1074 + 60)
    assert_close(scaled, coef_of(here), 1e-9)
    assert np.float64(1e-310) / 2 > 0, "the processor's flags are as they were"


@pytest.mark.fault(14)
@every_way
@pytest.mark.parametrize("standardize", [True, False])
def test_mean_far_beyond_the_deviation_loses_digits_and_says_so(way, standardize):
    X, y = data_for(way)
    whole = np.round(X * 64)
    frame = pd.DataFrame(whole, columns=NAMES)
    frame["b"] += 2.0**50
    message = r"1 column of X is over 1e\+10 standard deviations away from 0: 'b'"
    with pytest.warns(DataWarning, match=message):
        far = ALL[way](frame, y, standardize=standardize)
    # Whole numbers so large are exact: none of what was there may get lost.
    near = ALL[way](whole, y, standardize=standardize)
    assert_close(coef_of(far), coef_of(near), 1e-9)
    frame["b"] = whole[:, 1] + 2.0**30
    nearer = ALL[way](frame, y, standardize=standardize)  # without a warning
    assert_close(coef_of(nearer), coef_of(near), 1e-9)
    level = intercept_of(near) - 2.0**30 * coef_of(near)[1]
    assert intercept_of(nearer) == pytest.approx(level, rel=1e-9)


@pytest.mark.fault(17)
@pytest.mark.slow
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_numbers_over_2_to_the_31_numbers_on_are_read(dtype, tmp_path):
    """The last column of a file with holes, whose rows begin 2^30 numbers apart."""
    n, p = 4, 2**30
    mapped = np.memmap(tmp_path / "x.bin", dtype=dtype, mode="w+", shape=(n, p))
    assert mapped.size > 2**31
    column = np.array([1.0, 2.0, 4.0, 0.5])
    mapped[:, p - 1] = column
    index = np.array([0, p - 1])
    mean, variance = np.empty(2), np.empty(2)
    _core.moments(mapped, np.full(n, 1 / n), index, mean, variance)
    np.testing.assert_allclose(mean, [0, column.mean()], rtol=1e-15)
    np.testing.assert_allclose(variance, [0, column.var()], rtol=1e-15)
    # A design has a center and a scale of each column: it is given the last two alone.
    last = mapped[:, p - 2 :]
    assert last.strides == mapped.strides
    assert np.array_equal(DenseDesign(last).columns(np.array([0, 1]))[:, 1], column)
    _core.moments(last, np.full(n, 1 / n), np.array([0, 1]), mean, variance)
    np.testing.assert_allclose(mean, [0, column.mean()], rtol=1e-15)


def _mapped(X, folder):
    np.save(folder / "x.npy", X)
    return np.load(folder / "x.npy", mmap_mode="r")


def _in_records(X, folder):
    """Return a field of records without gaps, whose rows lie an odd number of bytes apart."""
    held = np.zeros(len(X), dtype=[("flag", "u1"), ("x", X.dtype, X.shape[1:])])
    held["x"] = X
    assert not held["x"].flags.aligned
    return held["x"]


STORED = {
    "read-only memory map": _mapped,
    "records": _in_records,
    "negative strides": lambda X, _: np.ascontiguousarray(X[::-1, ::-1])[::-1, ::-1],
    "byte-swapped": lambda X, _: X.astype(X.dtype.newbyteorder()),
    "every second column": lambda X, _: np.repeat(X, 2, axis=1)[:, ::2],
    "unaligned": lambda X, _: np.frombuffer(b"x" + X.tobytes(), offset=1).reshape(X.shape),
    "half as wide": lambda X, _: X.astype(np.float16),
    "wider": lambda X, _: X.astype(np.longdouble),
    "Booleans": lambda X, _: X > 1,
}


@pytest.mark.fault(18)
@every_way
@pytest.mark.parametrize("kind", STORED)
def test_however_it_is_stored_it_is_read_right_and_never_written(way, kind, tmp_path):
    X, y = data_for(way)
    stored = STORED[kind](X, tmp_path)
    before = stored.tobytes()
    fitted = ALL[way](stored, y)
    assert stored.tobytes() == before
    plain = np.array(stored, dtype=np.float64, order="C")
    assert_close(coef_of(fitted), coef_of(ALL[way](plain, y)), 1e-9)


@pytest.mark.fault(18)
@pytest.mark.parametrize("name", ["ElasticNet", "ElasticNetClassifier"])
def test_unaligned_targets_weights_and_offsets_are_read_right(name):
    X, y = data_for(name)
    made, weights = getattr(bridle, name)(alpha=0.1), 1 + np.arange(len(X)) % 3.0
    y = y.astype(float)
    expected = made.fit(X, y, weights, offset=0.1 * weights).coef_
    X, y, weights, offset = (
        np.frombuffer(b"x" + one.tobytes(), offset=1).reshape(one.shape)
        for one in (X, y, weights, 0.1 * weights)
    )
    assert not any(one.flags.aligned for one in (X, y, weights, offset))
    assert np.array_equal(made.fit(X, y, weights, offset=offset).coef_, expected)


def test_kernels_refuse_unaligned_arrays():
    even = np.ones(4)
    odd = np.frombuffer(bytearray(8 * 4 + 1), offset=1)
    low, high = np.empty(1), np.empty(1)
    _core.column_extremes(even[:, None], low, high)
    for given in ((odd[:, None], low, high), (even[:, None], odd[:1], high)):
        with pytest.raises(TypeError, match="incompatible function arguments"):
            _core.column_extremes(*given)


@pytest.mark.fault(19)
@every_way
def test_names_at_predict_are_compared(way):
    frame, y = frame_for(way)
    fitted = ALL[way](frame, y)
    options = {"alpha": STRENGTHS[0]} if "path" in way else {}
    twice = pd.concat([frame[["a"]], frame], axis=1)
    for wrong, listed in (
        (frame.drop(columns="b").assign(z=1.0), ("z",)),
        (frame[list("acbde")], ("order",)),
        (frame.drop(columns="e"), ("e",)),
        (twice, ("repeated: 'a'",)),
    ):
        with pytest.raises(ValueError, match="(?s)" + ".*".join(map(re.escape, listed))):
            fitted.predict(wrong, **options)
    fitted.predict(frame, **options)


@pytest.mark.fault(19)
def test_a_path_lists_every_difference():
    frame, y = frame_for("path")
    path = elastic_net_path(frame, y, alphas=STRENGTHS)
    wrong = frame.drop(columns=["b", "d"]).assign(y=1.0, z=2.0)
    message = r"missing: 'b', 'd'; not known from the fit: 'y', 'z'"
    with pytest.raises(InputError, match=message):
        path.predict(wrong, alpha=STRENGTHS[0])
    with pytest.raises(InputError, match=r"order.*column 1 is 'c' in place of 'b'"):
        path.predict(frame[list("acbde")], alpha=STRENGTHS[0])
    unnamed = elastic_net_path(frame.to_numpy(), y, alphas=STRENGTHS)
    assert np.array_equal(
        unnamed.predict(frame, alpha=STRENGTHS[0]), path.predict(frame, alpha=STRENGTHS[0])
    )
