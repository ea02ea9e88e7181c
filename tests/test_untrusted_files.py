"""Faults of files that come from outside: numbers 78 to 84 of docs/trust.md."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import re
import zipfile
from contextlib import suppress

import numpy as np
import pytest
from numpy.lib import format as npy

from bridle.dropout.backend import backend_available, load_keras
from bridle.errors import InputError

if backend_available() is not None:
    pytest.skip(str(backend_available()), allow_module_level=True)

from bridle import DropoutClassifier, DropoutRegressor
from bridle.workbench.row_arrays import read_arrays

X = np.random.default_rng(0).normal(size=(30, 5))
Y = X[:, 0] + 1000


@pytest.fixture(scope="module")
def fitted():
    return DropoutRegressor(hidden=(2,), epochs=1, random_state=0).fit(X, Y)


@pytest.fixture
def path(fitted, tmp_path):
    fitted.save(tmp_path / "model.bridle")
    return tmp_path / "model.bridle"


class Trap:
    """Divides by 0 where it is unpickled, in the place of code of a stranger's."""

    def __reduce__(self):
        return divmod, (1, 0)


@pytest.mark.fault(78)
@pytest.mark.parametrize("kind", [DropoutClassifier, DropoutRegressor])
@pytest.mark.parametrize("name", ["model.bridle", "model.pkl", "model.joblib"])
def test_pickle_is_never_loaded(kind, name, tmp_path):
    (tmp_path / name).write_bytes(pickle.dumps(Trap()))
    with pytest.raises(ZeroDivisionError):
        pickle.loads((tmp_path / name).read_bytes())
    with pytest.raises(InputError, match=re.escape(name)):
        kind.load(tmp_path / name)


@pytest.mark.fault(79)
@pytest.mark.parametrize("shape", [(3, 4), (11,), (2**40, 2**40), (-1, 3)], ids=str)
def test_array_that_is_not_of_the_size_it_claims_is_refused(shape, tmp_path):
    held = io.BytesIO()
    npy.write_array_header_1_0(held, {"descr": "<f8", "fortran_order": False, "shape": shape})
    held.write(bytes(80))
    np.savez(tmp_path / "false.npz", y=np.zeros(10))
    with zipfile.ZipFile(tmp_path / "false.npz", "a") as archive:
        archive.writestr("X.npy", held.getvalue())
    with pytest.raises(InputError, match=r"false\.npz cannot be"):
        read_arrays(tmp_path / "false.npz")


@pytest.mark.fault(80)
def test_file_that_was_cut_off_or_changed_by_a_bit_is_refused(fitted, path):
    content = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        network = archive.getinfo("network.keras")
    inside = network.header_offset + network.compress_size // 2
    flipped = content[:inside] + bytes([content[inside] ^ 1]) + content[inside + 1 :]
    for damaged in (flipped, content[:1000], content[:-1], b""):
        path.write_bytes(damaged)
        with pytest.raises(InputError, match=r"model\.bridle"):
            type(fitted).load(path)
    path.write_bytes(content)
    np.testing.assert_array_equal(type(fitted).load(path).predict(X), fitted.predict(X))


@pytest.mark.fault(81)
def test_members_that_point_outside_are_never_written(fitted, path, tmp_path):
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../evil", "outside")
        archive.writestr(str(tmp_path / "evil"), "outside")
        archive.writestr(link, str(tmp_path))
    with suppress(InputError):
        type(fitted).load(path)
    assert [one.name for one in tmp_path.iterdir()] == ["model.bridle"]
    assert not (tmp_path.parent / "evil").exists()


def with_network(path, network):
    """Put another network in the place of a file's own, with checksums that are right."""
    network.save(path.with_name("other.keras"))
    content = path.with_name("other.keras").read_bytes()
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["network.keras"] = content
    sums = json.loads(members["checksums.json"])
    sums["network.keras"] = hashlib.sha256(content).hexdigest()
    members["checksums.json"] = json.dumps(sums).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, one in members.items():
            archive.writestr(name, one)


@pytest.mark.fault(83)
def test_code_in_a_file_is_never_run(fitted, path):
    keras = load_keras()
    within = [keras.Input((5,)), keras.layers.Dense(1)]
    with_network(path, keras.Sequential(within))
    type(fitted).load(path)
    with_network(path, keras.Sequential([*within, keras.layers.Lambda(lambda x: x)]))
    with pytest.raises(InputError, match="Lambda"):
        type(fitted).load(path)


@pytest.mark.fault(84)
def test_rows_of_the_training_are_in_no_file(fitted, path):
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(io.BytesIO(held.pop("network.keras"))) as archive:
        held |= {name: archive.read(name) for name in archive.namelist()}
    held["pickle"] = pickle.dumps(fitted)
    for number in map(float, [*X[:3].ravel(), *Y[:20]]):
        forms = (np.float32(number).tobytes(), np.float64(number).tobytes(), repr(number).encode())
        assert [
            name for name, content in held.items() if any(one in content for one in forms)
        ] == []
