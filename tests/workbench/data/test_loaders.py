"""The loaders of PyTorch and TensorFlow give the study that their arrays give."""

from __future__ import annotations

import numpy as np
import pytest

import bridle

rng = np.random.default_rng(0)
X = rng.normal(size=(90, 3)).astype("float32")
y = (X[:, 0] + rng.normal(size=90) > 0).astype("int64")
IMAGES = rng.normal(size=(90, 5, 4, 1)).astype("float32")


def torch_loader(features, targets):
    torch = pytest.importorskip("torch")
    data = torch.utils.data.TensorDataset(torch.from_numpy(features), torch.from_numpy(targets))
    return torch.utils.data.DataLoader(data, batch_size=32)


def tensorflow_data(features, targets):
    tensorflow = pytest.importorskip("tensorflow")
    return tensorflow.data.Dataset.from_tensor_slices((features, targets)).batch(32)


def without_seconds(study):
    return [{**one.to_dict(), "seconds": 0.0} for one in study.records]


@pytest.mark.parametrize("loader", [torch_loader, tensorflow_data])
@pytest.mark.parametrize("features", [X, IMAGES], ids=["table", "images"])
def test_loader_gives_the_study_of_its_arrays(loader, features):
    options = {"arms": ["linear"], "seeds": 2}
    study = bridle.compare(loader(features, y), **options)
    assert without_seconds(study) == without_seconds(bridle.compare(features, y, **options))
    assert study.dataset.shape == (features.shape[1:] if features.ndim > 2 else None)


@pytest.mark.parametrize("loader", [torch_loader, tensorflow_data])
def test_targets_in_a_column_are_targets(loader):
    options = {"arms": ["linear"], "seeds": 2}
    study = bridle.compare(loader(X, y[:, None]), **options)
    assert without_seconds(study) == without_seconds(bridle.compare(X, y, **options))
