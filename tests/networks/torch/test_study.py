"""Studies of PyTorch networks, from `compare` to the model that is loaded."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.networks.torch.torch_networks import (  # noqa: E402
    Codes,
    Functional,
    Pictures,
    chain,
    table,
    with_momentum,
)

import bridle  # noqa: E402
from bridle.errors import InputError  # noqa: E402
from bridle.workbench.model.fit_model import fit_model  # noqa: E402

ARMS = [
    *("baseline", "dropout", "curriculum_dropout", "max_norm", "weight_decay", "early_stopping"),
    *("elastic_net_penalty", "input_noise", "mixup"),
]


def test_every_arm_runs_and_differs_from_the_baseline_by_its_regulariser():
    X, y = table(3)
    study = bridle.compare(X, y, network=Functional, arms=ARMS, seeds=2, epochs=4)
    trained = [one for one in study.records if one.arm != "dummy"]
    assert {one.arm for one in trained} == set(ARMS)
    assert not [one.failure for one in trained if one.failure]
    assert {one.details["backend"] for one in trained} == {"pytorch"}
    losses = {one.arm: one.curves.val_loss for one in trained if one.seed == 0}
    assert losses["early_stopping"] == losses["baseline"]
    changed = set(ARMS) - {"baseline", "early_stopping", "max_norm"}
    assert all(losses[name] != losses["baseline"] for name in changed)
    assert all(one.effect["coadaptation"] is not None for one in trained)


@pytest.mark.parametrize("source", [chain, with_momentum, Functional])
def test_a_kept_study_is_found_again_and_its_model_loads(source, tmp_path):
    X, y = table(2)
    given = {"network": source, "arms": ["baseline", "dropout"], "seeds": 2, "epochs": 3}
    study = bridle.compare(X, y, out=tmp_path / "a", **given)
    again = bridle.compare(X, y, out=tmp_path / "a", **given)
    assert [one.test_risk for one in again.records] == [one.test_risk for one in study.records]
    with pytest.raises(InputError, match="arms"):
        bridle.compare(X, y, out=tmp_path / "a", **{**given, "network": smaller})
    model = fit_model(study.dataset, study.arms["dropout"], study.protocol, study.records)
    model.save(tmp_path / "b")
    assert sorted(one.name for one in (tmp_path / "b").iterdir()) == [
        "arrays.npz",
        "checksums.json",
        "model.json",
    ]
    loaded = bridle.load(tmp_path / "b", network=source)
    assert np.array_equal(loaded.predict_proba(X[:9]), model.predict_proba(X[:9]))
    with pytest.raises(InputError, match="network="):
        bridle.load(tmp_path / "b").predict(X[:9])
    with pytest.raises(InputError, match="the one that was saved"):
        bridle.load(tmp_path / "b", network=smaller)


def smaller(n_features, n_outputs):
    nn = torch.nn
    return nn.Sequential(nn.Linear(n_features, 7), nn.ReLU(), nn.Linear(7, n_outputs))


def test_a_network_is_not_asked_for_where_the_folder_says_all(tmp_path):
    X, y = table(None)
    bridle.compare(X, y, arms=["linear"], seeds=2, out=tmp_path / "a")
    with pytest.raises(InputError, match="left out"):
        bridle.load(tmp_path / "a", network=chain)


def test_images_and_codes():
    X, y = table(3, shape=(1, 8, 8))
    given = {"arms": ["baseline", "dropout"], "seeds": 2, "epochs": 2}
    arms = ["baseline", "dropout", "shift_flip"]
    study = bridle.compare(X, y, network=Pictures, **{**given, "arms": arms})
    assert not [one.failure for one in study.records if one.failure]
    codes = np.random.default_rng(0).integers(0, 9, (120, 5))
    study = bridle.compare(codes, codes[:, 0] > 4, network=Codes, **given)
    assert not [one.failure for one in study.records if one.failure]
    with pytest.raises(InputError, match="from 0 to 8"):
        bridle.compare(codes + 5, codes[:, 0] > 4, network=Codes, **given)


def test_tuning_tries_the_same_rates_of_learning_for_every_arm():
    X, y = table(2)
    arms = ["baseline", "dropout"]
    study = bridle.compare(X, y, network=chain, arms=arms, seeds=2, epochs=9, tune=True)
    first = [one for one in study.records if one.arm != "dummy" and one.seed == 0]
    one, other = ([t.get("learning_rate") for t in run.details["tried"][:9]] for run in first)
    assert one == other


WITHOUT_KERAS = """
import sys
sys.modules["keras"] = None
import json, numpy as np, torch, bridle
torch.set_num_threads(1)
from tests.networks.torch.torch_networks import chain, table
X, y = table(3)
arms = ["baseline", "dropout", "batch_norm"]
own = bridle.compare(X, y, network=chain, arms=arms[:2], seeds=2, epochs=2)
recipe = bridle.compare(X, y, arms=arms, seeds=2, epochs=2)
from bridle.workbench.model.fit_model import fit_model
model = fit_model(recipe.dataset, recipe.arms["batch_norm"], recipe.protocol, recipe.records)
model.save("model")
loaded = bridle.load("model").predict_proba(X[:3])
print(json.dumps([
    [[r.arm, r.failure, (r.details or {}).get("backend")] for r in study.records if r.arm != "dummy"]
    for study in (own, recipe)
] + [bool(np.array_equal(loaded, model.predict_proba(X[:3])))]))
"""


def test_without_keras_the_users_network_and_the_default_one_are_trained(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_KERAS],
        cwd=tmp_path,
        env={"PYTHONPATH": ":".join(one for one in sys.path if one), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    own, recipe, same = json.loads(done.stdout.strip().splitlines()[-1])
    assert own == [[name, None, "pytorch"] for name in ("baseline", "dropout")] * 2
    assert sorted(recipe) == sorted(
        [[name, None, "pytorch"] for name in ("baseline", "dropout", "batch_norm")] * 2
    )
    assert same
