"""Laws of the default networks, crossed: each kind on each framework."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest

import bridle
from bridle.backend import backend_available, load_keras
from bridle.errors import InputError, UnknownNameError
from bridle.networks.default_network import DefaultNetwork
from bridle.networks.kinds.catalogue import KINDS
from bridle.networks.own.building import source_framework
from bridle.networks.recipe import Recipe
from bridle.networks.sources import Structure
from bridle.networks.template.build_template import build_template
from bridle.workbench.model.fit_model import fit_model

HAS_KERAS, HAS_TORCH = backend_available() is None, find_spec("torch") is not None

ROWS = {"mlp": (5,), "cnn": (9, 8, 1), "rnn": (7, 3)}
OTHERS = [("cnn", (3, 11, 10)), ("cnn", (12, 2)), ("mlp", (9, 8, 1)), ("mlp", (7, 3))]
CASES = [*ROWS.items(), *OTHERS]
ARMS = ["baseline", "dropout", "batch_norm", "dropout:0.4+max_norm"]


@pytest.fixture(params=["keras", "torch"])
def framework(request, monkeypatch):
    has = {"keras": HAS_KERAS, "torch": HAS_TORCH}
    if not has[request.param]:
        pytest.skip(f"{request.param} is not installed")
    if request.param == "torch":
        monkeypatch.setattr(source_framework, "backend_available", lambda: "left out")
    return request.param


def rows(shape, n=96, n_classes=3):
    rng = np.random.default_rng(5)
    X = rng.normal(size=(n, *shape))
    score = X.reshape(n, -1)[:, :2].sum(axis=1)
    return X, np.digitize(score, np.quantile(score, np.arange(1, n_classes) / n_classes))


@pytest.mark.parametrize(
    ("shape", "kind", "sizes"),
    [
        (None, "mlp", (128, 64)),
        ((28, 28, 1), "cnn", (16, 32, 64)),
        ((32, 32, 3), "cnn", (16, 32, 64, 64)),
        ((3, 32, 32), "cnn", (16, 32, 64, 64)),
        ((2, 2, 1), "cnn", (16, 64)),
        ((224, 224, 3), "cnn", (16, 32, 64, 64, 64, 64)),
        ((50, 6), "rnn", (64,)),
    ],
)
def test_kind_and_sizes_follow_from_the_shape_of_a_row(shape, kind, sizes):
    recipe = DefaultNetwork().recipe(shape)
    assert (recipe.kind, recipe.hidden) == (kind, sizes)
    assert DefaultNetwork("mlp").recipe(shape) == Recipe((128, 64), 0.5)


@pytest.mark.parametrize(("kind", "shape"), CASES)
@pytest.mark.parametrize("batch_norm", [False, True])
def test_a_network_has_dropout_after_every_hidden_layer_and_starts_by_its_seed(
    framework, kind, shape, batch_norm
):
    recipe = DefaultNetwork(kind).recipe(shape if len(shape) > 1 else None)
    template = build_template(Structure(recipe, shape, 3, batch_norm=batch_norm))
    assert template.framework == framework
    inside = 1 if kind == "rnn" else 0
    assert len(template.rates) == (0 if batch_norm else len(recipe.layers) + inside)
    assert len(template.kernels) == len(recipe.layers) + inside + 1
    one, again, other = (template.initial(seed)[0] for seed in (3, 3, 4))
    for i in template.kernels:
        assert np.array_equal(one[i], again[i])
        assert not np.array_equal(one[i], other[i])
        assert np.asarray(one[i]).std() > 0


@pytest.mark.parametrize(("kind", "shape"), [("cnn", (9, 8, 1)), ("rnn", (7, 3))])
def test_every_arm_trains_and_differs_from_the_baseline_by_its_regulariser(framework, kind, shape):
    X, y = rows(shape)
    study = bridle.compare(X, y, network=kind, arms=ARMS, seeds=2, epochs=2)
    trained = [one for one in study.records if one.arm != "dummy"]
    assert {one.arm for one in trained} == set(ARMS)
    assert not [one.failure for one in trained if one.failure]
    losses = {one.arm: tuple(one.curves.val_loss) for one in trained if one.seed == 0}
    assert len(set(losses.values())) == len(ARMS)
    assert all(one.effect["coadaptation"] is not None for one in trained if "norm" not in one.arm)
    assert study.titles["baseline"].startswith(KINDS[kind].words)


@pytest.mark.parametrize(("channels", "given"), [(40, {}), (20, {"network": "rnn"})])
def test_sequences_of_many_channels_reach_the_gru(framework, channels, given):
    X, y = rows((18, channels), n=40)
    study = bridle.compare(X, y, arms=["dropout"], seeds=2, epochs=1, **given)
    assert study.dataset.shape == (18, channels)
    assert study.arms["dropout"].source == Recipe((64,), 0.25, kind="rnn")
    assert not [one.failure for one in study.records if one.failure]
    model = fit_model(study.dataset, study.arms["dropout"], study.protocol, study.records)
    assert model.predict_proba(X[:3]).shape == (3, 3)


@pytest.mark.parametrize("kind", ["cnn", "rnn"])
def test_a_study_is_found_again_and_its_model_predicts_when_loaded(framework, kind, tmp_path):
    X, y = rows(ROWS[kind])
    tuned = kind == "cnn"
    given = {"arms": ["baseline", "dropout"], "seeds": 2, "epochs": 3, "tune": tuned}
    study = bridle.compare(X, y, out=tmp_path / "a", **given)
    again = bridle.compare(X, y, out=tmp_path / "a", **given)
    assert [one.test_risk for one in again.records] == [one.test_risk for one in study.records]
    assert study.arms["dropout"].source == DefaultNetwork().recipe(ROWS[kind])
    with pytest.raises(InputError, match="arms"):
        bridle.compare(X, y, out=tmp_path / "a", network="mlp", **given)
    for name in ("baseline", "dropout"):
        model = fit_model(study.dataset, study.arms[name], study.protocol, study.records)
        model.save(tmp_path / name)
        loaded = bridle.load(tmp_path / name)
        found = loaded.predict_proba(X[:9])
        assert found.shape == (9, 3)
        np.testing.assert_allclose(found, model.predict_proba(X[:9]), atol=1e-6)


@pytest.mark.parametrize(
    ("kind", "shape", "said"),
    [("cnn", (5,), "a table"), ("rnn", (5,), "a table"), ("rnn", (9, 8, 1), "(9, 8, 1)")],
)
def test_a_kind_that_does_not_suit_the_rows_is_refused_before_anything_runs(kind, shape, said):
    X, y = rows(shape)
    with pytest.raises(InputError, match="network must suit the rows") as caught:
        bridle.compare(X, y, network=kind, seeds=2, epochs=1)
    assert said in str(caught.value)


def test_an_unknown_kind_is_refused():
    X, y = rows((5,))
    with pytest.raises(UnknownNameError, match="cnn"):
        bridle.compare(X, y, network="lstm")
    with pytest.raises(UnknownNameError, match="cnn"):
        Recipe((8,), 0.5, kind="lstm")
    with pytest.raises(InputError, match="network must be left out"):
        bridle.compare(X, y, network="mlp", arms=["linear"])


@pytest.mark.skipif(not HAS_KERAS, reason="Keras is not installed")
@pytest.mark.parametrize("shape", [(9, 2), (10, 1), (9, 8, 1), (7, 12, 3)])
@pytest.mark.parametrize("stride", [1, 2])
def test_convolution_by_patches_is_that_of_keras(shape, stride):
    from bridle.networks.patch_convolution import patch_convolution

    keras, rng = load_keras(), np.random.default_rng(1)
    ops = keras.ops
    kind = keras.layers.Conv1D if len(shape) == 2 else keras.layers.Conv2D
    layer = kind(4, 3, strides=stride, data_format="channels_last", use_bias=False)
    X = ops.convert_to_tensor(rng.normal(size=(6, *shape)).astype("float32"))
    wanted = layer(X)
    found = patch_convolution(X, ops.convert_to_tensor(layer.kernel), stride)
    assert found.shape == wanted.shape
    convert = ops.convert_to_numpy
    np.testing.assert_allclose(convert(found), convert(wanted), atol=1e-5)
