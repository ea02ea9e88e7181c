from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import ConvergenceWarning

from bridle import ElasticNet, ElasticNetClassifier, ElasticNetPenalty, elastic_net_path
from bridle.errors import InputError, UnknownNameError

LOSSES = ("squared", "logistic", "multinomial")
STRENGTHS = [0.02, 0.3, 0.1]
every_loss = pytest.mark.parametrize("loss", LOSSES)


def data_for(loss, n=40, p=6, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p)) * np.linspace(0.5, 2, p) + 1
    eta = X[:, 0] - X[:, 1] + 0.7 * rng.normal(size=n)
    if loss == "squared":
        return X, eta + 3
    return X, np.digitize(eta, [0.0] if loss == "logistic" else [-0.7, 0.7])


@every_loss
@pytest.mark.parametrize("standardize", [True, False])
def test_each_member_is_a_single_fit(loss, standardize):
    X, y = data_for(loss)
    path = elastic_net_path(X, y, loss=loss, alphas=STRENGTHS, standardize=standardize)
    kind = ElasticNet if loss == "squared" else ElasticNetClassifier
    assert path.alphas.tolist() == STRENGTHS
    for alpha in (*STRENGTHS, 0.05):
        single = kind(alpha=alpha, l1_ratio=0.5, standardize=standardize).fit(X, y)
        point = path.at(alpha)
        coef = point.coef.T if loss == "multinomial" else point.coef
        np.testing.assert_allclose(np.squeeze(single.coef_), coef, atol=1e-8)
        np.testing.assert_allclose(np.squeeze(single.intercept_), point.intercept, atol=1e-8)
        mean = path.predict(X, alpha=alpha)
        if loss == "squared":
            np.testing.assert_allclose(mean, single.predict(X))
        else:
            proba = single.predict_proba(X)
            np.testing.assert_allclose(mean, proba[:, 1] if loss == "logistic" else proba)
        assert point.certificate.meets(1e-6)
    assert all(one.meets(1e-6) for one in path.certificates)


@every_loss
def test_the_grid_goes_down_from_the_null_model(loss):
    X, y = data_for(loss)
    path = elastic_net_path(X, y, loss=loss, alphas=4, l1_ratio=1.0)
    np.testing.assert_allclose(path.alphas / path.alphas[0], np.geomspace(1, 1e-4, 4))
    assert path.n_nonzero[0] == 0 < path.n_nonzero[-1]
    wide = elastic_net_path(X[:5, :], data_for("squared")[1][:5], alphas=3)
    assert wide.alphas[-1] / wide.alphas[0] == pytest.approx(1e-2)
    ridge = elastic_net_path(X, y, loss=loss, alphas=3, l1_ratio=0.0)
    assert ridge.alphas[0] == pytest.approx(path.alphas[0] * 1000)
    assert ridge.n_nonzero.tolist() == [6, 6, 6]


def test_where_nothing_enters_the_grid_starts_at_one():
    X, _ = data_for("squared")
    path = elastic_net_path(X, np.ones(40), alphas=2)
    assert path.alphas.tolist() == [1.0, 1e-4]
    assert not path.n_nonzero.any()
    assert path.deviance_explained.tolist() == [0.0, 0.0]


@every_loss
def test_weights_are_repetitions_and_zero_is_a_deletion(loss):
    X, y = data_for(loss)
    weights = np.random.default_rng(0).integers(0, 3, 40)
    options = {"loss": loss, "alphas": 3, "standardize": True}
    weighted = elastic_net_path(X, y, sample_weight=weights, **options)
    repeated = elastic_net_path(np.repeat(X, weights, 0), np.repeat(y, weights), **options)
    np.testing.assert_allclose(weighted.alphas, repeated.alphas, rtol=1e-10)
    for one, other in zip(weighted.coefs, repeated.coefs, strict=True):
        np.testing.assert_allclose(one.toarray(), other.toarray(), atol=1e-8)
    np.testing.assert_allclose(weighted.deviance_explained, repeated.deviance_explained, atol=1e-9)


@every_loss
def test_deviance_explained(loss):
    X, y = data_for(loss)
    path = elastic_net_path(X, y, loss=loss, alphas=[1e3, 0.1])
    if loss == "squared":
        residual = y - path.predict(X, alpha=0.1)
        expected = 1 - np.sum(residual**2) / np.sum((y - y.mean()) ** 2)
    else:
        proba = path.predict(X, alpha=0.1)
        proba = np.column_stack([1 - proba, proba]) if loss == "logistic" else proba
        share = np.bincount(y) / len(y)
        expected = 1 - np.mean(np.log(proba[np.arange(40), y])) / np.mean(np.log(share[y]))
    np.testing.assert_allclose(path.deviance_explained, [0, expected], atol=1e-12)


def test_unpenalised_excluded_and_bounded_features():
    X, y = data_for("squared")
    penalty = ElasticNetPenalty(
        0, 0, factors=[0, 1, np.inf, 1, 1, 1], upper=[9, 9, 9, 9, 9, 0.01], lower=-0.6
    )
    for standardize in (True, False):
        path = elastic_net_path(X, y, alphas=[50.0, 1e-3], penalty=penalty, standardize=standardize)
        strong, weak = (one.toarray()[:, 0] for one in path.coefs)
        free = np.polyfit(X[:, 0], y, 1)[0]
        np.testing.assert_allclose(strong, [free, 0, 0, 0, 0, 0], atol=1e-9)
        assert weak[2] == 0
        assert weak[1] == pytest.approx(-0.6)
        assert weak.max() <= 9
        assert weak[5] <= 0.01 + 1e-15


def test_offset():
    X, y = data_for("squared")
    shift = np.linspace(-1, 1, 40)
    path = elastic_net_path(X, y, alphas=[0.1], offset=shift)
    other = elastic_net_path(X, y - shift, alphas=[0.1])
    np.testing.assert_allclose(path.coefs[0].toarray(), other.coefs[0].toarray(), atol=1e-9)
    np.testing.assert_allclose(
        path.predict(X, alpha=0.1, offset=shift), other.predict(X, alpha=0.1) + shift
    )
    with pytest.raises(InputError, match=r"offset is required.*no offset"):
        path.predict(X, alpha=0.1)
    with pytest.raises(InputError, match=r"offset is required.*an offset"):
        other.predict(X, alpha=0.1, offset=shift)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_data_are_read_where_they_lie(order, dtype, tmp_path):
    X, y = data_for("squared")
    X = np.asarray(X, dtype=dtype, order=order)
    X.setflags(write=False)
    path = elastic_net_path(X, y, alphas=[0.1], standardize=True)
    assert np.shares_memory(path.specification.design.layout().array, X)
    stored = np.lib.format.open_memmap(tmp_path / "X.npy", "w+", dtype, X.shape, order == "F")
    stored[:] = X
    stored = np.load(tmp_path / "X.npy", mmap_mode="r")
    mapped = elastic_net_path(stored, y, alphas=[0.1], standardize=True)
    assert np.array_equal(mapped.coefs[0].toarray(), path.coefs[0].toarray())
    assert np.shares_memory(mapped.specification.design.layout().array, stored)


# --- Comparing the members


@pytest.mark.parametrize("n", [40, 5])
def test_df_is_the_trace_of_the_hat_matrix(n):
    X, y = data_for("squared", n=n)
    penalty = ElasticNetPenalty(0, 0, factors=[0, 1, 2, 1, 1, 1])
    path = elastic_net_path(X, y, alphas=[0.3, 0.03], l1_ratio=0.2, penalty=penalty)
    for alpha, coef, df in zip(path.alphas, path.coefs, path.df, strict=True):
        active = np.flatnonzero(coef.toarray())
        Z = (X - X.mean(axis=0))[:, active] / np.sqrt(n)
        ridge = np.diag(0.8 * alpha * np.array([0, 1, 2, 1, 1, 1])[active])
        assert df == pytest.approx(np.trace(Z @ np.linalg.solve(Z.T @ Z + ridge, Z.T)), rel=1e-9)


@pytest.mark.parametrize("n", [40, 8])
def test_df_of_ridge_is_the_slope_of_the_fit(n):
    X, y = data_for("squared", n=n, p=12)
    fitted = [
        elastic_net_path(X, y + step, alphas=[0.5], l1_ratio=0.0).predict(X, alpha=0.5)
        for step in np.eye(n)
    ]
    base = elastic_net_path(X, y, alphas=[0.5], l1_ratio=0.0)
    slope = sum(one[i] for i, one in enumerate(fitted)) - base.predict(X, alpha=0.5).sum()
    assert base.df[0] == pytest.approx(slope - 1, rel=1e-7)  # less the intercept


@every_loss
def test_df_of_the_lasso_is_the_number_of_coefficients(loss):
    X, y = data_for(loss)
    path = elastic_net_path(X, y, loss=loss, alphas=STRENGTHS, l1_ratio=1.0)
    assert path.df.tolist() == [one.nnz for one in path.coefs]


def test_df_of_a_generalised_model_is_weighted_by_curvature():
    X, y = data_for("logistic")
    path = elastic_net_path(X, y, loss="logistic", alphas=[0.05])
    p = path.predict(X, alpha=0.05)
    curvature = p * (1 - p) / 40
    active = np.flatnonzero(path.coefs[0].toarray())
    Z = X[:, active] - curvature @ X[:, active] / curvature.sum()
    H = Z.T @ (curvature[:, None] * Z)
    expected = np.trace(np.linalg.solve(H + 0.025 * np.eye(active.size), H))
    assert path.df[0] == pytest.approx(expected, rel=1e-9)
    several = elastic_net_path(*data_for("multinomial"), loss="multinomial", alphas=[1e-6, 0.05])
    assert several.df[0] == pytest.approx(several.coefs[0].nnz, abs=0.1)
    assert 0 < several.df[1] < several.coefs[1].nnz


@every_loss
def test_information_criteria(loss):
    X, y = data_for(loss)
    path = elastic_net_path(X, y, loss=loss, alphas=STRENGTHS, l1_ratio=1.0)
    for step, alpha in enumerate(STRENGTHS):
        if loss == "squared":
            misfit = 40 * np.log(np.mean((y - path.predict(X, alpha=alpha)) ** 2))
        else:
            proba = path.predict(X, alpha=alpha)
            proba = np.column_stack([1 - proba, proba]) if loss == "logistic" else proba
            misfit = -2 * np.log(proba[np.arange(40), y]).sum()
        df, k = path.df[step], path.n_nonzero[step]
        assert path.aic[step] == pytest.approx(misfit + 2 * df)
        assert path.bic[step] == pytest.approx(misfit + np.log(40) * df)
        choose = [1, 6, 15, 20, 15, 6, 1][k]
        assert path.ebic[step] == pytest.approx(misfit + np.log(40) * df + np.log(choose))


# --- Showing it


def test_tidy_lists_what_is_not_zero():
    X, y = data_for("squared")
    frame = pd.DataFrame(X, columns=list("abcdef"))
    path = elastic_net_path(frame, y, alphas=[0.5, 0.05])
    table = path.tidy()
    assert list(table.columns) == ["term", "step", "estimate", "lambda", "dev.ratio"]
    for step, (coef, intercept) in enumerate(zip(path.coefs, path.intercepts, strict=True), 1):
        part = table[table["step"] == step].set_index("term")
        assert part.loc["(Intercept)", "estimate"] == intercept[0]
        dense = pd.Series(coef.toarray()[:, 0], index=list("abcdef"))
        pd.testing.assert_series_equal(
            part["estimate"].drop("(Intercept)"), dense[dense != 0], check_names=False
        )
        assert set(part["lambda"]) == {path.alphas[step - 1]}
        assert set(part["dev.ratio"]) == {path.deviance_explained[step - 1]}


def test_tidy_of_several_classes_names_them():
    X, y = data_for("multinomial")
    labels = np.array(["low", "mid", "top"])[y]
    table = elastic_net_path(X, labels, loss="multinomial", alphas=[0.02]).tidy()
    assert table.columns[0] == "class"
    assert set(table["class"]) == {"low", "mid", "top"}
    assert set(table["term"]) <= {"(Intercept)", *(f"x{j}" for j in range(6))}


def test_plot_draws_the_coefficients():
    X, y = data_for("squared", p=15)
    path = elastic_net_path(X, y, alphas=[0.01, 1.0, 0.0, 0.1], l1_ratio=1.0)
    ax = path.plot().axes[0]
    lines = [one for one in ax.lines if len(one.get_xdata()) == 3]
    drawn = {tuple(one.get_ydata()) for one in lines}
    coefs = path.strongest_outputs()[[1, 3, 0]]
    assert drawn == {tuple(one) for one in coefs.T if one.any()}
    assert all(one.get_xdata().tolist() == [1.0, 0.1, 0.01] for one in lines)
    named = np.argsort(-np.abs(coefs[-1]))[:10]
    assert {one.get_text() for one in ax.texts} == {f"x{j}" for j in named}
    top = ax.child_axes[0]
    counts = [int(one.get_text()) for one in top.get_xticklabels()]
    assert counts == path.n_nonzero[[1, 3, 0]].tolist()
    assert ax.get_xlim() == (1.0, 0.01)


@pytest.mark.parametrize(
    ("alphas", "headline"),
    [
        ([1e3, 1e2], "No feature enters at these strengths"),
        ([1e3, 2.0], "x5 enters first; at the weakest strength 1 of 6 are in"),
        ([0.001], "6 features are in from the start; at the weakest strength 6 of 6 are in"),
    ],
)
def test_plot_says_what_is_seen(alphas, headline):
    X, _ = data_for("squared")
    rng = np.random.default_rng(4)
    y = X[:, 5] + rng.normal(size=40) + 0.1 * X.sum(axis=1)
    path = elastic_net_path(X, y, alphas=alphas, l1_ratio=1.0)
    assert path.plot().get_suptitle() == headline


def test_plot_writes_strengths_as_plain_numbers():
    figure = elastic_net_path(*data_for("squared"), alphas=[5.0, 0.2, 0.004]).plot()
    figure.draw_without_rendering()
    shown = {tick.get_text() for tick in figure.axes[0].get_xticklabels()}
    assert {"1", "0.1", "0.01"} <= shown


def test_plot_of_several_classes_draws_norms():
    path = elastic_net_path(*data_for("multinomial"), loss="multinomial", alphas=[0.5, 0.02])
    norms = np.array([np.linalg.norm(one.toarray(), axis=1) for one in path.coefs])
    np.testing.assert_allclose(path.strongest_outputs(), norms)


# --- What is refused, and what is said


@pytest.mark.fault(52)
@pytest.mark.fault(84)
def test_a_pickled_path_predicts_without_its_data():
    X, y = data_for("squared")
    path = elastic_net_path(X, y, alphas=[0.1, 0.2], l1_ratio=1.0)
    copy = pickle.loads(pickle.dumps(path))
    assert np.array_equal(copy.predict(X, alpha=0.1), path.predict(X, alpha=0.1))
    pd.testing.assert_frame_equal(copy.tidy(), path.tidy())
    for ask in (lambda: copy.df, lambda: copy.at(0.13)):
        with pytest.raises(InputError, match="needs the data"):
            ask()


def test_stopping_short_warns_once_and_cuts_nothing():
    X, y = data_for("squared", n=30, p=60)
    message = r"2 of 2 fits did not converge. The worst, at alpha=0\.001, .*max_iter=1 .*tol=1e-15"
    with pytest.warns(ConvergenceWarning, match=message) as caught:
        path = elastic_net_path(X, y, alphas=[1e-3, 1e-4], max_iter=1, tol=1e-15)
    assert [one.filename for one in caught] == [__file__]
    assert len(path.coefs) == 2


NAN = float("nan")
WRONG = {
    "loss": ({"loss": "squard"}, UnknownNameError, "no loss 'squard'. Did you mean 'squared'"),
    "alphas nan": ({"alphas": [0.1, NAN]}, InputError, r"alphas must be finite.*nan at position 1"),
    "alphas negative": ({"alphas": [-1.0]}, InputError, r"alphas must be finite.*-1\.0"),
    "alphas 2-D": ({"alphas": [[1.0]]}, InputError, r"alphas must be a number of strengths"),
    "alphas none": ({"alphas": None}, InputError, r"alphas must be .*None"),
    "l1_ratio": ({"l1_ratio": 2}, InputError, r"l1_ratio must be in \[0, 1\].*l1_ratio=2"),
    "l1_ratio bool": ({"l1_ratio": True}, InputError, r"l1_ratio must be .*True"),
    "tol": ({"tol": NAN}, InputError, r"tol must be in \(0, inf\).*nan"),
    "max_iter": ({"max_iter": 0}, InputError, r"max_iter must be .*max_iter=0"),
    "fit_intercept": ({"fit_intercept": 1}, InputError, r"fit_intercept must be True or False"),
    "weights": ({"sample_weight": [1.0]}, InputError, r"sample_weight must have shape \(40,\)"),
    "weights below 0": ({"sample_weight": -np.ones(40)}, InputError, r"at least 0.*row 0"),
    "offset": ({"offset": [1.0]}, InputError, r"offset must have the shape of y"),
    "offset nan": ({"offset": np.full(40, NAN)}, InputError, r"offset must hold finite.*row 0"),
    "factors": (
        {"penalty": ElasticNetPenalty(0, 0, factors=[1.0])},
        InputError,
        r"factors must be a number or an array of shape \(6,\)",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_arguments_are_quoted(case):
    options, kind, message = WRONG[case]
    with pytest.raises(kind, match=message):
        elastic_net_path(*data_for("squared"), **options)


def test_wrong_data_are_located():
    X, y = data_for("squared")
    with pytest.raises(InputError, match=r"one value for each of the 40 rows of X.*39 values"):
        elastic_net_path(X, y[:-1])
    bad = y.copy()
    bad[7] = NAN
    with pytest.raises(InputError, match=r"y must hold finite.*row 7"):
        elastic_net_path(X, bad)
    with pytest.raises(InputError, match=r"y must hold numbers.*'logistic'"):
        elastic_net_path(X, ["a"] * 40)
    with pytest.raises(InputError, match=r"two classes for loss='logistic'.*3 classes"):
        elastic_net_path(X, data_for("multinomial")[1], loss="logistic")
    with pytest.raises(InputError, match="at least two classes"):
        elastic_net_path(X, np.ones(40, int), loss="multinomial")
    frame = pd.DataFrame(X, columns=list("abcdef"))
    frame.loc[3, "c"] = np.inf
    with pytest.raises(InputError, match=r"NaN or infinity: column 'c' has 1, the first at row 3"):
        elastic_net_path(frame, y)
    path = elastic_net_path(X, y, alphas=[0.1])
    with pytest.raises(InputError, match=r"X must have the 6 features.*5 features"):
        path.predict(X[:, :5], alpha=0.1)
    with pytest.raises(InputError, match=r"strength|alpha"):
        path.at(-1.0)
