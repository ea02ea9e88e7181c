"""Files of estimators with a network: numbers 78 to 84 of docs/trust.md."""

from __future__ import annotations

import io
import json
import pickle
import re
import zipfile
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from tests.faults import fault, raises_no_space
from tests.fuzz import model_files
from tests.fuzz.model_files import NAME, WEIGHTS, packed, signed, unpacked

from bridle import DropoutClassifier, DropoutRegressor
from bridle.backend import load_keras
from bridle.errors import InputError

keras = load_keras()
h5py = pytest.importorskip("h5py")


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


@pytest.fixture(scope="module")
def members():
    return unpacked(model_files.model()[1])


def refused(path: Path, content: bytes, said: str, cls=DropoutClassifier):
    path = path / NAME
    path.write_bytes(content)
    remedy = "Fetch the file again from where it came from, or fit the model and save it again."
    with pytest.raises(InputError, match=rf"(?s){NAME}.* cannot be used: .*{said}") as raised:
        cls.load(path)
    assert str(raised.value).endswith(remedy)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"'gone' cannot be used: it cannot be opened \(No such"):
        DropoutClassifier.load(tmp_path / "gone")


@pytest.mark.fault(80)
@pytest.mark.parametrize("name", ["model.json", "network.keras"])
def test_every_member_is_held_against_its_checksum(members, tmp_path, name):
    for place in np.linspace(0, len(members[name]) - 1, 20).astype(int):
        content = bytearray(members[name])
        content[place] ^= 1
        said = f"its {re.escape(name)} does not match its checksum"
        refused(tmp_path, packed({**members, name: bytes(content)}), said)


@pytest.mark.fault(80)
@pytest.mark.parametrize("sums", [b"[]", b"{}", b"{", b"null", b"\xff"])
def test_checksums_themselves_may_be_damaged(members, tmp_path, sums):
    refused(tmp_path, packed({**members, "checksums.json": sums}), "checksum")


def change(held, place, value):
    *way, last = place
    for one in way:
        held = held[one]
    if value is None:
        del held[last]
    else:
        held[last] = value


# Where in model.json, what stands there instead (None: nothing), and what is said.
EDITS = {
    "stranger": (["evil"], 1, "the description has unknown names: 'evil'"),
    "a method": (["fitted", "predict"], 1, "fitted has unknown names: 'predict'"),
    "a parameter": (["parameters", "evil"], 1, "parameters has unknown names: 'evil'"),
    "a curve": (["history", "evil"], [1.0], "history has unknown names: 'evil'"),
    "no classes": (["fitted", "classes_"], None, "fitted has missing names: 'classes_'"),
    "no rate": (["parameters", "rate"], None, "parameters has missing names: 'rate'"),
    "format": (["format"], 2, "of DropoutClassifier in format 1. Received: .* in format 2"),
    "class": (["class"], "ElasticNet", "Received: a description of 'ElasticNet'"),
    "own": (["own_network"], 1, "own_network is 1"),
    "rate": (["parameters", "rate"], 50, "rate must be a number in"),
    "epochs": (["parameters", "epochs"], "2", "epochs must be an integer"),
    "seed": (["parameters", "random_state"], -1, "Seed must be between"),
    "no seed": (["parameters", "random_state"], [], r"random_state is \[\]"),
    "parameters": (["parameters"], [], "parameters must be an object of JSON"),
    "one class": (["fitted", "classes_", "values"], ["a"], "at least two labels"),
    "order": (["fitted", "classes_", "values"], ["a", "c", "b"], "at least two labels in order"),
    "kinds": (["fitted", "classes_", "values"], ["a", 1, "b"], "values of one kind"),
    "length": (["fitted", "classes_", "values"], ["a", "b"], "it has 3 outputs in place of 2"),
    "type": (["fitted", "classes_", "dtype"], "<f8", "classes_ holds other values|could not"),
    "narrow": (["fitted", "classes_", "dtype"], "|S1", "classes_ is of type '.S1'"),
    "objects": (["fitted", "classes_", "dtype"], "|O", "classes_ is of type"),
    "memory": (["fitted", "classes_", "dtype"], "<U999999999", "classes_ is of type"),
    "kind": (["fitted", "kind_"], "binary", "kind_ 'binary' has two classes, not 3"),
    "regression": (["fitted", "kind_"], "regression", "is not that of DropoutClassifier"),
    "link": (["fitted", "link_"], "softmax", "its outputs are linear in place of softmax"),
    "no link": (["fitted", "link_"], "exp", "link_ must be one of"),
    "features": (["fitted", "n_features_in_"], 4, "must take rows of 4 features"),
    "no count": (["fitted", "n_features_in_"], 3.0, "an integer of at least 1, not 3.0"),
    "names": (
        ["fitted", "feature_names_in_"],
        {"dtype": "object", "values": ["a"]},
        "there are 1 names for 3 features",
    ),
    "same names": (
        ["fitted", "feature_names_in_"],
        {"dtype": "object", "values": ["a", "a", "b"]},
        "feature_names_in_ must be distinct",
    ),
    "curve": (["history", "penalty"], [], "four lists of one length"),
    "no number": (["history", "penalty"], ["x"], "penalty must be a finite number, not 'x'"),
}


@pytest.mark.fault(79)
@pytest.mark.fault(82)
@pytest.mark.parametrize("case", EDITS)
def test_description_is_checked_name_by_name(members, tmp_path, case):
    place, value, said = EDITS[case]
    described = json.loads(members["model.json"])
    change(described, place, value)
    text = json.dumps(described).encode()
    refused(tmp_path, packed(signed({**members, "model.json": text})), said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "Expecting value"),
        (b"[" * 10**5, "nested too deeply"),
        (b'{"format": 1, "format": 1}', "the same name twice"),
        (b'{"format": NaN}', "NaN is not a JSON number"),
        (b"\xff", "decode"),
    ],
)
def test_description_must_be_strict_json(members, tmp_path, text, said):
    refused(tmp_path, packed(signed({**members, "model.json": text})), said)


def with_inner(members, name, content):
    inner = {**unpacked(members["network.keras"]), name: content}
    return packed(signed({**members, "network.keras": packed(inner)}))


def with_config(members, edit):
    config = json.loads(unpacked(members["network.keras"])["config.json"])
    edit(config)
    return with_inner(members, "config.json", json.dumps(config).encode())


def dense(config):
    return next(one for one in config["config"]["layers"] if one["class_name"] == "Dense")


CONFIGS = {
    "lambda": (lambda held: dense(held).update(class_name="Lambda"), "may run code"),
    "vocabulary": (lambda held: dense(held).update(class_name="StringLookup"), "read files"),
    "download": (
        lambda held: dense(held).update(
            module="keras.utils", class_name="function", config="get_file"
        ),
        "may run code",
    ),
    "module": (lambda held: dense(held).update(module="os"), "os.Dense, which is not registered"),
    "memory": (
        lambda held: dense(held)["config"].update(units=10**9),
        "it requests units=1,000,000,000 but stores",
    ),
    "shape": (lambda held: dense(held)["config"].update(units=5), "Keras cannot load its network"),
    "no layer": (lambda held: held["config"].update(layers=7), "Keras cannot load its network"),
    "another": (lambda held: held.update(class_name="Dense"), "Keras cannot load|in place of a"),
}


@pytest.mark.fault(79)
@pytest.mark.fault(83)
@pytest.mark.parametrize("case", CONFIGS)
def test_network_holds_no_code_and_asks_for_no_more_than_it_fills(members, tmp_path, case):
    edit, said = CONFIGS[case]
    refused(tmp_path, with_config(members, edit), said)


def nan(held, name, value):
    held[name][...] = np.nan


def replaced(by):
    def edit(held, name, value):
        del held[name]
        held[name] = by(value)

    return edit


def virtual(held, name, value):
    del held[name]
    layout = h5py.VirtualLayout(shape=value.shape, dtype=value.dtype)
    layout[:] = h5py.VirtualSource("other.h5", "a", shape=value.shape)
    held.create_virtual_dataset(name, layout)


def unfilled(held, name, value):
    del held[name]
    held.create_dataset(name, shape=(2**40,), dtype="f4", chunks=(2**20,))


WRONG_WEIGHTS = {
    "NaN": (nan, "are not all finite"),
    "infinite": (replaced(lambda value: np.full_like(value, np.inf)), "are not all finite"),
    "shape": (replaced(lambda value: value.T[:, :1]), "Keras cannot load its network"),
    "text": (replaced(lambda value: value.astype("S3")), "do not fit their shape"),
    "external": (replaced(lambda _: h5py.ExternalLink("/etc/passwd", "/")), "stored elsewhere"),
    "soft": (replaced(lambda _: h5py.SoftLink("/")), "stored elsewhere"),
    "virtual": (virtual, "stored elsewhere"),
    "unfilled": (unfilled, "do not fit their shape"),
}


@pytest.mark.fault(82)
@pytest.mark.fault(83)
@pytest.mark.parametrize("case", WRONG_WEIGHTS)
def test_weights_are_in_the_file_and_finite(members, tmp_path, case):
    edit, said = WRONG_WEIGHTS[case]
    file = io.BytesIO(unpacked(members["network.keras"])[WEIGHTS])
    with h5py.File(file, "r+") as held:
        name = "layers/dense/vars/0"
        edit(held, name, held[name][()])
    refused(tmp_path, with_inner(members, WEIGHTS, file.getvalue()), said)


@pytest.mark.fault(81)
@pytest.mark.parametrize("where", ["outside", "inside"])
def test_strange_members_are_refused_by_name(members, tmp_path, where):
    strange = {"../evil": b"1"}
    if where == "outside":
        content = packed({**members, **strange})
    else:
        inner = {**unpacked(members["network.keras"]), **strange}
        content = packed(signed({**members, "network.keras": packed(inner)}))
    refused(tmp_path, content, r"its member '\.\./evil' has a name that leads out of the archive")
    refused(tmp_path, packed({**members, "x": b""}), "must hold only .* and holds .*'x'")


@pytest.mark.fault(81)
def test_bomb_inside_is_refused(members, tmp_path):
    inner = packed({**unpacked(members["network.keras"]), WEIGHTS: bytes(2**27)}, 8)
    content = packed(signed({**members, "network.keras": inner}), zipfile.ZIP_DEFLATED)
    refused(tmp_path, content, r"it unpacks from [\d,]+ to 134")


@pytest.mark.fault(84)
def test_no_training_row_is_in_the_file_or_a_pickle(tmp_path):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 2)), rng.normal(size=30)
    fitted = DropoutRegressor(hidden=(3,), epochs=1, random_state=0).fit(X, y)
    fitted.save(tmp_path / NAME)
    outer = unpacked((tmp_path / NAME).read_bytes())
    network = unpacked(outer["network.keras"])
    content = b"".join([*outer.values(), *network.values(), pickle.dumps(fitted)])
    for number in (*X.ravel(), *y):
        for form in (str(number).encode(), np.float64(number), np.float32(number)):
            assert bytes(form) not in content


def test_what_would_be_refused_is_not_written(tmp_path):
    fitted = model_files.model()[0]
    with pytest.raises(InputError, match="rate must be a number in"):
        DropoutClassifier.save(_with(fitted, rate=50), tmp_path / NAME)
    layer = fitted.network_.layers[0]
    before = layer.get_weights()
    try:
        layer.set_weights([np.full_like(one, np.nan) for one in before])
        with pytest.raises(InputError, match=r"The network cannot be used: its weights .* finite"):
            fitted.save(tmp_path / NAME)
    finally:
        layer.set_weights(before)
    assert list(tmp_path.iterdir()) == []


def _with(fitted, **parameters):
    other = DropoutClassifier(**{**fitted.get_params(), **parameters})
    vars(other).update({k: v for k, v in vars(fitted).items() if k.endswith("_")})
    return other


NO_FILES = {
    "None": None,
    "number": 3,
    "bytes": b"name",
    "open file": io.BytesIO(b""),
    "list": [],
    "NUL": "a\0b",
    "no text": "\udcff\ud800",
    "no name": "",
    "folder": "folder",
    "below a file": "text/name",
    "in no folder": "gone/name",
}


@pytest.mark.fault(66)
def test_a_full_disk_at_every_step_leaves_the_earlier_file_or_the_new_one(tmp_path):
    fitted, _ = model_files.model()
    path = tmp_path / NAME
    path.write_text("old")
    for n in count(1):
        with fault(n) as steps:
            failed = raises_no_space(lambda: fitted.save(path))
        assert failed == (steps.failed is not None)
        assert [one.name for one in tmp_path.iterdir()] == [NAME]
        if not failed:
            break
        if "replace" not in steps.done[:-1]:
            assert path.read_text() == "old"
    assert steps.done == ["write", "fsync", "replace", "fsync"]
    DropoutClassifier.load(path)


@pytest.mark.parametrize("name", NO_FILES)
def test_what_names_no_file_is_refused_in_words(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("text")
    with pytest.raises(InputError, match=r"path must be a str|cannot be used: it "):
        DropoutClassifier.load(NO_FILES[name])
    with pytest.raises(InputError, match=r"path must .* Received: path="):
        model_files.model()[0].save(NO_FILES[name])
    assert sorted(one.name for one in tmp_path.iterdir()) == ["folder", "text"]


def test_files_of_another_kind_are_refused(tmp_path):
    with zipfile.ZipFile(buffer := io.BytesIO(), "w") as archive:
        archive.writestr("other.txt", "text")
    refused(tmp_path, b"", "not a zip archive")
    refused(tmp_path, b"text", "not a zip archive")
    refused(tmp_path, buffer.getvalue(), "must hold 'model.json'")
