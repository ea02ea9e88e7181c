"""Groups of correlated features: found on training rows, counted for each arm, shown on the page."""

import numpy as np
import pytest
from scipy.spatial.distance import squareform

from bridle import compare
from bridle.workbench.arm.linear_arms.correlated_groups import correlated_groups, kept_of_groups
from bridle.workbench.report.tables.correlated_features import correlated_features

ARMS = ["linear", "lasso", "ridge", "elastic_net"]


def planted(n=90, seed=0):
    """Return X with groups of 4 and 2 (of opposite signs) amid 5 others, and y."""
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=(n, 2))
    four = hidden[:, :1] + 0.1 * rng.normal(size=(n, 4))
    two = np.array([1.0, -1.0]) * hidden[:, 1:] + 0.1 * rng.normal(size=(n, 2))
    X = np.hstack([four, two, rng.normal(size=(n, 5))])
    return X, hidden.sum(axis=1) + 0.5 * rng.normal(size=n)


def test_planted_groups_are_found_and_any_two_of_a_group_are_alike():
    X, y = planted()
    groups = correlated_groups(X, y[:, None])
    assert [one.tolist() for one in groups] == [[0, 1, 2, 3], [4, 5]]
    for group in groups:
        assert np.abs(np.corrcoef(X[:, group], rowvar=False)).min() > 0.9


def test_a_chain_is_no_group():
    """Neighbours of a chain are alike and its ends are not: single linkage would take them all."""
    rng = np.random.default_rng(0)
    walk = np.cumsum(np.linalg.qr(rng.normal(size=(400, 9)))[0], axis=1)
    chain = walk[:, 4:] - walk[:, 4:].mean(axis=0)
    near = np.abs(np.corrcoef(chain, rowvar=False))
    assert squareform(1 - near, checks=False).max() > 0.1
    for group in correlated_groups(chain, chain[:, :1]):
        assert near[np.ix_(group, group)].min() >= 0.9


def test_constant_features_and_single_ones_are_in_no_group():
    X = np.zeros((20, 3))
    X[:, 0] = np.arange(20)
    assert correlated_groups(X, X[:, :1]) == []
    assert correlated_groups(X[:, :0], X[:, :1]) == []


def test_of_many_features_the_most_correlated_with_the_target_are_looked_at():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 1500))
    X[:, 1400] = X[:, 1300] + 0.01 * rng.normal(size=30)
    (found,) = correlated_groups(X, X[:, 1300:1301])
    assert found.tolist() == [1300, 1400]


def test_kept_features_are_counted():
    coef = np.array([[0.0, 0.0], [0.0, 1.0], [2.0, 0.0]])
    (line,) = kept_of_groups([np.array([0, 1, 2])], ("a", "b", "c"), coef)
    assert line == {"features": ["a", "b", "c"], "size": 3, "kept": 2}


@pytest.fixture(scope="module")
def study():
    X, y = planted(120)
    return compare(X, y, arms=ARMS, seeds=2, model=False)


def test_arms_are_compared_in_pairs(study):
    compared = {(one.plain, one.regularised) for one in study.verdict.comparisons}
    assert {("linear", "lasso"), ("linear", "ridge"), ("linear", "elastic_net")} <= compared
    rivals = {frozenset(one) for one in compared}
    for pair in (("elastic_net", "lasso"), ("elastic_net", "ridge"), ("lasso", "ridge")):
        assert frozenset(pair) in rivals


def test_the_ridge_keeps_all_and_the_lasso_no_more_than_the_elastic_net(study):
    by_arm = {arm: [one for one in study.records if one.arm == arm] for arm in ARMS}
    table = correlated_features(by_arm)
    assert table.heads == ("lasso", "ridge regression", "elastic net")
    names, size, runs, kept = table.lines[0]
    assert (names, size, runs) == ("x0, x1, x2, x3", 4, 2)
    lasso, ridge, both = (float(one) for one in kept)
    assert ridge == 4
    assert lasso <= both
    assert correlated_features({"linear": by_arm["linear"]}) is None


def test_the_page_has_the_table(study, tmp_path):
    page = study.save(tmp_path).read_text("utf-8")
    assert "<h2>Correlated features</h2>" in page
    assert "Kept by lasso" in page
    assert "x0, x1, x2, x3" in page
