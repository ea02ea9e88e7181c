"""Laws of a model's folder: what is damaged, forged or leads elsewhere is refused by one sentence."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from random import Random

import numpy as np
import pytest

import bridle
from bridle.backend import backend_available
from bridle.errors import InputError
from bridle.workbench.folder.file_names import MODEL_FILES
from bridle.workbench.model import load_model

from .models import features, model

NETWORKS = pytest.mark.skipif(backend_available() is not None, reason=str(backend_available()))
KEPT = [("linear", "binary"), pytest.param(("dropout", "regression"), marks=NETWORKS)]


@pytest.fixture(params=KEPT, ids=str)
def kept(request, tmp_path):
    """Return the folder of a linear model, and of a network."""
    return model(*request.param).save(tmp_path / "m")


@pytest.fixture
def linear(tmp_path):
    return model("linear", "binary").save(tmp_path / "m")


def forge(folder, name, content):
    """Write a file and the checksum that fits it."""
    (folder / name).write_bytes(content)
    sums = json.loads((folder / "checksums.json").read_text())
    sums[name] = hashlib.sha256(content).hexdigest()
    (folder / "checksums.json").write_text(json.dumps(sums))


def forge_json(folder, change):
    described = json.loads((folder / "model.json").read_text())
    change(described)
    forge(folder, "model.json", json.dumps(described).encode())


def forge_array(folder, name, value):
    with np.load(folder / "arrays.npz") as held:
        arrays = {**held, name: value}
    buffer = io.BytesIO()
    np.savez(buffer, **{one: array for one, array in arrays.items() if array is not None})
    forge(folder, "arrays.npz", buffer.getvalue())


@pytest.mark.fault(80)
def test_a_flipped_bit_in_any_file_is_refused(kept):
    draw = Random(0)
    for path in sorted(kept.iterdir()):
        content = bytearray(path.read_bytes())
        for _ in range(5):
            place, bit = draw.randrange(len(content)), 1 << draw.randrange(8)
            content[place] ^= bit
            path.write_bytes(content)
            with pytest.raises(InputError, match="cannot be used"):
                bridle.load(kept)
            content[place] ^= bit
        path.write_bytes(content)
    bridle.load(kept)


@pytest.mark.fault(80)
def test_a_file_that_was_cut_off_or_is_missing_is_refused(kept):
    for path in sorted(kept.iterdir()):
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])
        with pytest.raises(InputError, match="cannot be used"):
            bridle.load(kept)
        path.unlink()
        with pytest.raises(InputError, match=f"its {path.name} is missing"):
            bridle.load(kept)
        path.write_bytes(content)


@pytest.mark.fault(81)
@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "sub/model.json", "else.json"])
def test_names_that_lead_elsewhere_are_refused(linear, name):
    (linear.parent / "secret").write_text("mine")
    sums = json.loads((linear / "checksums.json").read_text())
    sums[name] = hashlib.sha256(b"mine").hexdigest()
    (linear / "checksums.json").write_text(json.dumps(sums))
    with pytest.raises(InputError, match="names other files than a model has"):
        bridle.load(linear)


@pytest.mark.fault(82)
@pytest.mark.parametrize("name", ["residuals", "weights", "folds_errors", "folds_weights"])
def test_errors_of_the_splits_are_those_of_the_model(name, tmp_path):
    """Where they are not, the end of an interval could lie beyond all errors: an IndexError."""
    folder = model("linear", "regression").save(tmp_path / "m")
    with np.load(folder / "arrays.npz") as held:
        value = held[name]
    forge_array(folder, name, value)
    bridle.load(folder)
    forge_array(folder, name, 2 * value)
    with pytest.raises(InputError, match="holds models of splits without their errors"):
        bridle.load(folder)


@pytest.mark.fault(81)
def test_links_are_refused(linear):
    elsewhere = linear.parent / "elsewhere.json"
    os.replace(linear / "model.json", elsewhere)
    (linear / "model.json").symlink_to(elsewhere)
    with pytest.raises(InputError, match=r"its model\.json is missing, or is not a file"):
        bridle.load(linear)


@pytest.mark.fault(79)
def test_a_file_that_is_too_large_is_refused_before_it_is_read(linear, monkeypatch):
    monkeypatch.setitem(load_model._MOST_BYTES, "model.json", 100)
    with pytest.raises(InputError, match="bytes, of which 100 are allowed"):
        bridle.load(linear)


@pytest.mark.fault(79)
def test_an_array_that_says_more_than_it_holds_is_refused(linear):
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(linear / "arrays.npz") as held,
        zipfile.ZipFile(buffer, "w") as forged,
    ):
        for name in held.namelist():
            content = held.read(name)
            if name == "coef.npy":
                content = content.replace(b"'shape': (14, 1)", b"'shape': (94, 1)")
                assert b"(94, 1)" in content
            forged.writestr(name, content)
    forge(linear, "arrays.npz", buffer.getvalue())
    with pytest.raises(InputError, match=r"its shape \(94, 1\) of float64 takes 752 bytes"):
        bridle.load(linear)


def set_in(*keys, to):
    def change(held):
        for key in keys[:-1]:
            held = held[key]
        held[keys[-1]] = to

    return change


FORGERIES = {
    "another format": set_in("format", to=1),
    "a format that is no whole number": set_in("format", to=True),
    "a scale beyond all floats": set_in("target", "scale", to=10**400),
    "a mean beyond all floats": set_in("target", "mean", to=-(10**400)),
    "another key": set_in("more", to=1),
    "no arm": set_in("arm", to=None),
    "another kind": set_in("task", "kind", to="regression"),
    "a class twice": set_in("task", "classes", to=["no", "no"]),
    "labels that are no values": set_in("task", "labels", to=[["no"], ["yes"]]),
    "an infinite scale": set_in("target", "scale", to=1e999),
    "a column less": lambda held: held["columns"].pop(),
    "a column twice": lambda held: held["columns"].append(held["columns"][0]),
    "a rule that is none": set_in("columns", 0, "rule", to="eval"),
    "a rule in a rule": set_in("columns", 0, to={"name": "age", "rule": "Unquoted", "inner": {}}),
    "a field of a rule": set_in("columns", 0, "least", to="0"),
    "words that are none": set_in("words", "missing", to=[1]),
    "a preparation of other columns": set_in("preparation", 0, "columns", to=["age"]),
    "marks of other columns": set_in("preparation", 0, "marked", to=[99]),
    "a level twice": set_in("preparation", -1, "own", to=["1", "1"]),
    "fewer features": lambda held: held["feature_names"].pop(),
    "another predictor": set_in("predictor", "kind", to="ConstantPredictor"),
    "a network that is not there": set_in(
        "predictor",
        to={"kind": "StoredNetwork", "link": "linear", "row_shape": [14], "outputs": "binary"},
    ),
    "a list": lambda held: held.clear(),
}


@pytest.mark.fault(82)
@pytest.mark.parametrize("case", FORGERIES)
def test_a_forged_description_is_refused(linear, case):
    forge_json(linear, FORGERIES[case])
    with pytest.raises(InputError, match=r"its model\.json is wrong|cannot be used"):
        bridle.load(linear)


ARRAYS = {
    "coefficients of another length": ("coef", np.zeros((3, 1))),
    "coefficients that are not finite": ("coef", np.full((14, 1), np.nan)),
    "no intercept": ("intercept", None),
    "text": ("intercept", np.array(["1"])),
    "columns beyond the last": ("kept", np.arange(90, 104)),
    "columns out of order": ("kept", np.arange(14)[::-1]),
    "an array that nothing uses": ("more", np.zeros(2)),
    "a scale of 0": ("scale_0", np.zeros(4)),
}


@pytest.mark.fault(82)
@pytest.mark.parametrize("case", ARRAYS)
def test_a_forged_array_is_refused(linear, case):
    forge_array(linear, *ARRAYS[case])
    with pytest.raises(InputError, match="cannot be used"):
        bridle.load(linear)


@pytest.mark.fault(80)
def test_any_edit_of_the_description_is_refused_or_harmless(linear):
    """Forged with checksums that fit: it loads as a model, or is refused; nothing else is raised."""
    draw, whole = Random(1), (linear / "model.json").read_bytes()
    for _ in range(150):
        content = bytearray(whole)
        for _ in range(draw.choice((1, 1, 3))):
            content[draw.randrange(len(content))] = draw.choice(b'{}[]",:0159eatrn- ')
        forge(linear, "model.json", bytes(content))
        try:
            found = bridle.load(linear)
            found.predict(features())
        except InputError:
            pass


def test_the_folder_holds_no_row_and_nothing_that_runs(kept):
    assert {one.name for one in kept.iterdir()} <= set(MODEL_FILES)
    held = b"".join(one.read_bytes() for one in kept.iterdir())
    assert b"C0007" not in held  # an identifier
    assert b"pickle" not in held


def test_a_model_is_not_overwritten_unless_asked_and_strangers_never(linear, tmp_path):
    one = model("linear", "binary")
    with pytest.raises(InputError, match="holds a model"):
        one.save(linear)
    one.save(linear, overwrite=True)
    (linear / "thesis.tex").write_text("precious")
    with pytest.raises(InputError, match=r"holds 'thesis\.tex', which is not part of a model"):
        one.save(linear, overwrite=True)
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cannot be used"):
        one.save(tmp_path / "file")


@pytest.mark.parametrize("path", [None, 3, "", "nowhere", "a\0b", __file__])
def test_what_is_no_folder_of_a_model_is_refused(path):
    with pytest.raises(InputError, match="path must be the folder"):
        bridle.load(path)


def test_the_folder_of_a_study_is_enough(tmp_path):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2))
    y = X[:, 0] + rng.normal(size=60)
    bridle.compare(X, y, arms=["linear"], seeds=2, out=tmp_path / "s")
    assert bridle.load(tmp_path / "s").predict(X).shape == (60,)
