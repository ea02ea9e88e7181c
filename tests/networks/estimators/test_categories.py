"""Networks take data frames with categories: the fit is that on the matrix made by hand."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.base import clone
from tests.encoding.test_frame_encoding import BY_HAND, FRAME, LABELS, Y

import bridle
from bridle.backend import backend_available
from bridle.errors import InputError

pytestmark = pytest.mark.skipif(backend_available() is not None, reason=str(backend_available()))


@pytest.mark.parametrize("kind", ["DropoutRegressor", "DropoutClassifier"])
def test_a_network_is_that_on_the_matrix_made_by_hand(kind, tmp_path):
    model = getattr(bridle, kind)(hidden=(4,), epochs=2, random_state=0)
    y = Y if kind == "DropoutRegressor" else LABELS
    by_hand = clone(model).fit(BY_HAND, y)
    model.fit(FRAME, y)
    score = "predict" if kind == "DropoutRegressor" else "predict_proba"
    wanted = getattr(by_hand, score)(BY_HAND)
    assert np.array_equal(getattr(model, score)(pl.from_pandas(FRAME)), wanted)
    assert "10 columns with the levels of categories" in str(model.summary())
    model.save(tmp_path / "model")
    loaded = type(model).load(tmp_path / "model")
    assert np.array_equal(getattr(loaded, score)(FRAME), wanted)
    assert loaded.encoding_ == model.encoding_
    continued = model.set_params(warm_start=True).fit(FRAME, y)
    assert continued.n_features_in_ == 5
    other_levels = FRAME.assign(colour=np.where(FRAME["colour"] == "red", "pink", "blue"))
    for wrong in (other_levels, FRAME[["dose", "visits", "old"]].assign(a=0.0, b=1.0)):
        with pytest.raises(InputError, match="must have the levels of the fit"):
            model.fit(wrong, y)
        model.fit(FRAME, y)
