"""Laws of the model of a study: fitted once, kept beside the report, and absent for a reason."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import bridle
from bridle.errors import InputError
from bridle.workbench.arm.linear_arms.linear import Linear
from bridle.workbench.folder.file_names import MODEL, MODEL_FILES


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 3))
    return X, X[:, 0] + 0.1 * rng.normal(size=80)


def compare(data, **options):
    return bridle.compare(*data, arms=["linear"], seeds=2, **options)


def files(folder):
    return {one.name for one in folder.iterdir()}


def test_a_model_is_fitted_once(data, monkeypatch):
    study = compare(data)
    first = study.model()
    monkeypatch.setattr(Linear, "fit", lambda *_: pytest.fail("it trained"))
    assert study.model() is first


def test_a_pickle_keeps_the_model_and_not_the_arms(data):
    study = compare(data)
    with pytest.raises(InputError, match="is not in this study, which was loaded from a pickle"):
        pickle.loads(pickle.dumps(study)).model()
    expected = study.model().predict(data[0])
    again = pickle.loads(pickle.dumps(study))
    np.testing.assert_array_equal(again.model().predict(data[0]), expected)


def test_the_folder_has_the_model_unless_it_is_left_out(data, tmp_path):
    compare(data, out=tmp_path / "a", model=False)
    assert MODEL not in files(tmp_path / "a")
    compare(data, out=tmp_path / "a")  # finished, and the model is added
    assert files(tmp_path / "a" / MODEL) == {*MODEL_FILES} - {"network.keras"}
    compare(data).save(tmp_path / "b", model=False)
    assert MODEL not in files(tmp_path / "b")


def test_a_study_that_replaces_another_leaves_no_model_of_it(data, tmp_path):
    compare(data, out=tmp_path)
    bridle.compare(*data, arms=["linear"], seeds=3, out=tmp_path, overwrite=True, model=False)
    assert MODEL not in files(tmp_path)


def test_a_stranger_in_the_models_folder_stays(data, tmp_path):
    compare(data, out=tmp_path)
    (tmp_path / MODEL / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="holds 'model', which bridle did not write"):
        compare(data, out=tmp_path)
    assert (tmp_path / MODEL / "mine.txt").read_text() == "mine"


def test_an_invalid_study_recommends_no_model(data):
    X, y = data
    study = bridle.compare(np.column_stack([X, y]), y, arms=["linear", "elastic_net"], seeds=2)
    assert study.verdict.recommended is None
    with pytest.raises(InputError, match="There is no model to keep"):
        study.model()


def test_a_model_that_cannot_be_fitted_costs_no_verdict(data, tmp_path, monkeypatch, capsys):
    def fail(*_, **__):
        raise InputError("no room")

    monkeypatch.setattr("bridle.workbench.model.fit_model.fit_model", fail)
    study = compare(data, out=tmp_path)
    assert study.verdict.recommended == "linear"
    assert MODEL not in files(tmp_path)
    assert "No model was saved: no room" in capsys.readouterr().err
