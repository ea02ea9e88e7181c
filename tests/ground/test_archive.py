"""Archives and arrays from outside: numbers 78 to 82 of docs/trust.md."""

from __future__ import annotations

import io
import warnings
import zipfile

import numpy as np
import pytest

from bridle.errors import InputError
from bridle.files import archive
from bridle.files.archive import read_members
from bridle.files.array_file import array_of, read_arrays_of

REMEDY = "Fetch it again."


def zipped(*members, method=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as held, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of names that repeat
        for one, content in members:
            held.writestr(one, content)
    return file


def linked(name):
    one = zipfile.ZipInfo(name)
    one.external_attr = 0o120777 << 16
    return one


REFUSED = {
    "no archive": (io.BytesIO(b"text"), "it is damaged or not a zip archive"),
    "empty": (io.BytesIO(b""), "it is damaged or not a zip archive"),
    "upwards": (zipped(("../a", b"")), r"'\.\./a' has a name that leads out"),
    "inside and upwards": (zipped(("b/../../a", b"")), "leads out of the archive"),
    "absolute": (zipped(("/a", b"")), "leads out of the archive"),
    "of Windows": (zipped(("a\\b", b"")), "leads out of the archive"),
    "a drive": (zipped(("c:a", b"")), "leads out of the archive"),
    "a folder": (zipped(("a/", b"")), "is a folder"),
    "a link": (zipped((linked("a"), b"/etc/passwd")), "is a link"),
    "twice": (zipped(("a", b"1"), ("a", b"2")), "'a' is in it more than once"),
    "a method": (zipped(("a", b""), method=zipfile.ZIP_BZIP2), "other than deflate"),
    "another": (zipped(("b", b"")), "it must hold 'a' and holds 'b'"),
    "more": (zipped(("a", b""), ("b", b"")), "it must hold only 'a' and holds 'a', 'b'"),
    "a bomb": (
        zipped(("a", bytes(2**26 + 1)), method=zipfile.ZIP_DEFLATED),
        r"it unpacks from 65,\d\d\d to 67,108,865 bytes",
    ),
}


@pytest.mark.fault(81)
@pytest.mark.parametrize("case", REFUSED)
def test_archive_is_refused_by_name_with_a_remedy(case):
    file, said = REFUSED[case]
    with pytest.raises(
        InputError, match=rf"^it\.zip cannot be used: .*{said}.*\. Fetch it again\."
    ):
        read_members(file, "it.zip", REMEDY, ["a"], others=False)


@pytest.mark.fault(81)
def test_bomb_is_refused_before_a_byte_is_unpacked(monkeypatch):
    def read(*_):
        raise AssertionError("a member was read")

    monkeypatch.setattr(zipfile.ZipFile, "read", read)
    with pytest.raises(InputError, match="it unpacks from"):
        read_members(REFUSED["a bomb"][0], "it.zip", REMEDY)


@pytest.mark.fault(81)
def test_ratio_may_be_high_where_the_archive_is_small_and_no_higher_where_it_is_large(
    monkeypatch,
):
    dense = zipped(("a", bytes(10**6)), method=zipfile.ZIP_DEFLATED)
    assert read_members(dense, "it.zip", REMEDY) == {"a": bytes(10**6)}
    monkeypatch.setattr(archive, "_ALWAYS_ALLOWED", 0)
    with pytest.raises(InputError, match="it unpacks from"):
        read_members(dense, "it.zip", REMEDY)
    monkeypatch.setattr(archive, "MOST_BYTES", 0)
    stored = zipped(("a", bytes(10**6)))
    assert read_members(stored, "it.zip", REMEDY) == {"a": bytes(10**6)}


@pytest.mark.fault(80)
def test_truncated_archive_is_refused_at_every_length():
    content = zipped(("a", b"content")).getvalue()
    for length in range(len(content)):
        with pytest.raises(InputError, match=r"it\.zip cannot be used"):
            read_members(io.BytesIO(content[:length]), "it.zip", REMEDY)


ARRAYS = [
    np.arange(6.0).reshape(2, 3),
    np.asfortranarray(np.arange(6, dtype=">i4").reshape(2, 3)),
    np.array(["a", "bc"]),
    np.array([b"a", b"bc"]),
    np.array(True),
    np.zeros((0, 3)),
    np.array([1 + 2j]),
]


@pytest.mark.parametrize("array", ARRAYS, ids=lambda one: f"{one.dtype} {one.shape}")
def test_arrays_come_back_as_they_were_saved(array):
    file = io.BytesIO()
    np.savez_compressed(file, array)
    read = read_arrays_of(file, "it.npz", REMEDY)["arr_0"]
    np.testing.assert_array_equal(read, array)
    assert (read.dtype, read.flags.f_contiguous) == (array.dtype, array.flags.f_contiguous)


def npy(header, content=b"", version=b"\x01\x00"):
    text = header.encode()
    return b"\x93NUMPY" + version + len(text).to_bytes(2, "little") + text + content


def header(descr="'<f8'", order="False", shape="(2,)"):
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}}}"


WRONG = {
    "nothing": (b"", "it does not begin with the signature"),
    "version": (npy(header(), bytes(16), b"\x09\x00"), "it does not begin with the signature"),
    "short header": (npy(header())[:30], "its header has"),
    "no header": (npy("[]"), "its header does not state"),
    "code": (npy("__import__('os').getcwd()"), "malformed"),
    "depth": (npy("(" * 5000), ""),
    "more": (npy(header()[:-1] + ", 'a': 1}", bytes(16)), "its header does not state"),
    "objects": (npy(header("'|O'"), bytes(16)), r"its type is '\|O'"),
    "records": (npy(header("[('a', '<f8')]"), bytes(16)), "its type is"),
    "dates": (npy(header("'<M8[ns]'"), bytes(16)), "its type is"),
    "no type": (npy(header("'<f3'"), bytes(16)), ""),
    "no bytes": (npy(header("'<U0'", shape="(1000000000000,)")), "which has 0 bytes"),
    "order": (npy(header(order="2"), bytes(16)), "its order is 2"),
    "negative": (npy(header(shape="(-2,)"), bytes(16)), "its shape is"),
    "no shape": (npy(header(shape="(2.0,)"), bytes(16)), "its shape is"),
    "too few": (npy(header(), bytes(15)), "takes 16 bytes, and the file has 15"),
    "too many": (npy(header(), bytes(17)), "takes 16 bytes, and the file has 17"),
    "huge": (
        npy(header(shape="(10**12,)".replace("10**12", "1" + 12 * "0"))),
        "and the file has 0",
    ),
    "overflow": (npy(header(shape=f"({2**62}, 4)"), bytes(16)), "and the file has 16"),
    "empty and huge": (npy(header(shape=f"({2**70}, 0)")), ""),
    "no character": (npy(header("'<U1'"), b"\xff" * 8), "invalid characters"),
}


@pytest.mark.fault(78)
@pytest.mark.fault(79)
@pytest.mark.fault(82)
@pytest.mark.parametrize("case", WRONG)
def test_array_is_refused_before_it_is_allocated(case):
    content, said = WRONG[case]
    with pytest.raises(InputError, match=rf"^'a' cannot be used as an array.*{said}.*Fetch it"):
        array_of(content, "'a'", REMEDY)
