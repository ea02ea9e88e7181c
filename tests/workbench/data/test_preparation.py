"""Law of preparation: what its numbers and levels give is what scikit-learn's transformers give."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from bridle.workbench.data.preparation import fit_preparation


def table(seed, n=60):
    rng = np.random.default_rng(seed)
    holes = rng.random((n, 4)) < 0.15
    frame = pd.DataFrame(rng.normal(size=(n, 3)) * [1.0, 1e6, 1e-6], columns=["a", "b", "c"])
    frame = frame.mask(holes[:, :3])
    frame["whole"] = rng.integers(0, 9, n)
    frame["flag"] = pd.array(np.where(holes[:, 3], None, rng.random(n) < 0.3), dtype="boolean")
    frame["city"] = pd.Series(rng.choice(["x", "y", "z", "rare"], n, p=[0.5, 0.3, 0.18, 0.02]))
    frame["city"] = frame["city"].astype(object).mask(rng.random(n) < 0.1)
    return frame


def by_scikit_learn(training, frame):
    """Return the columns of the transformers, fitted to the training part, for a table."""

    def numbers(one, names):
        return one[names].astype(np.float64).to_numpy()

    made = []
    for names, strategy, marks in (
        (["a", "b", "c", "whole"], "median", True),
        (["flag"], "most_frequent", False),
    ):
        fill = SimpleImputer(strategy=strategy, add_indicator=marks, keep_empty_features=True)
        steps = make_pipeline(fill, StandardScaler()).fit(numbers(training, names))
        made.append(steps.transform(numbers(frame, names)))
    encode = OneHotEncoder(
        handle_unknown="infrequent_if_exist", min_frequency=3, sparse_output=False
    )
    encode.fit(training[["city"]].fillna("(missing)").to_numpy(dtype=object))
    made.append(encode.transform(frame[["city"]].fillna("(missing)").to_numpy(dtype=object)))
    return np.hstack(made)


@pytest.mark.parametrize("seed", range(5))
def test_prepared_is_what_scikit_learn_prepares(seed):
    training = table(seed)
    others = pd.concat([training, table(seed + 100), table(seed).assign(city="never seen")])
    preparation = fit_preparation(training)
    expected = by_scikit_learn(training, others.reset_index(drop=True))
    varies = np.ptp(by_scikit_learn(training, training), axis=0) > 0
    found = preparation.apply(others.reset_index(drop=True))
    np.testing.assert_array_equal(found, expected[:, varies])
