"""A text file is read in the encoding that the user names, whole, sampled, and block by block."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bridle.errors import InputError
from bridle.workbench.data.read_blocks import read_blocks
from bridle.workbench.data.read_table import read_table_file, read_table_sample

N = 120
RNG = np.random.default_rng(0)
TABLE = pd.DataFrame(
    {
        "都市": RNG.choice(["東京", "大阪", "京都"], N),
        "x": RNG.normal(size=N).round(3),
        "y": RNG.integers(0, 2, N),
    }
)
ENCODINGS = (
    *("shift_jis", "cp932", "euc_jp", "iso2022_jp", "gbk", "gb18030", "big5"),
    *("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "utf-32-be"),
)


def in_blocks(path, encoding, size):
    """Return the rows of a file that is read block by block, and what is said of it."""
    blocks = read_blocks(path, size, encoding)
    read = [block() for block in blocks.blocks(blocks.names, ())]
    return pd.concat(read), blocks.notes


@pytest.fixture
def written(tmp_path):
    """Return a function that writes the table in an encoding."""

    def write(encoding, text=None):
        path = tmp_path / "t.csv"
        path.write_bytes((text or TABLE.to_csv(index=False)).encode(encoding))
        return path

    return write


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_table_is_read_as_it_was_written(encoding, written):
    path, said = written(encoding), f"t.csv is read as {encoding}, as asked for."
    whole = read_table_file(path, encoding)
    assert whole.notes == (said,)
    np.testing.assert_array_equal(whole.frame, TABLE)
    assert list(whole.frame) == list(TABLE)
    drawn, total = read_table_sample(path, lambda columns: 50, encoding)
    assert (total, drawn.notes) == (N, (said,))
    np.testing.assert_array_equal(drawn.frame, TABLE.iloc[drawn.frame.index - 2])
    for size in (7, 1000, 1 << 20):
        rows, notes = in_blocks(path, encoding, size)
        assert notes == [said]
        np.testing.assert_array_equal(rows, TABLE)


def test_remedy_of_a_file_in_another_encoding_names_the_option(written):
    for read in (read_table_file, lambda path: read_table_sample(path, lambda columns: 50)):
        with pytest.raises(InputError, match="name it: encoding='gbk'"):
            read(written("shift_jis"))


def test_letters_are_those_of_the_code_page(written):
    path = written("cp1254", "şehir,y\nİzmir,1\nMuğla,0\n")
    assert list(read_table_file(path, "cp1254").frame["şehir"]) == ["İzmir", "Muğla"]
    assert list(read_table_file(path).frame.iloc[:, 0]) == ["Ýzmir", "Muðla"]


@pytest.mark.parametrize(
    ("written_as", "asked", "why"),
    [
        ("gbk", "nobody", "an encoding that Python knows"),
        ("gbk", "", "an encoding that Python knows"),
        ("gbk", "hex", "an encoding that Python knows"),
        ("gbk", "g\0k", "an encoding that Python knows"),
        ("gbk", "undefined", "that of t.csv, but undefined encoding"),
        ("gbk", "ascii", "that of t.csv, but its line 1 cannot be read so (byte 0xb6)"),
        ("gbk", "utf-8", "that of t.csv, but its line 1 cannot be read so (byte 0xb6)"),
        ("utf-8-sig", "gbk", "that of t.csv, but it begins with the mark of UTF-8"),
        ("utf-16", "cp1252", "that of t.csv, but it begins with the mark of UTF-8"),
        ("utf-16-le", "utf-16", "that of t.csv, but UTF-16 stream does not start with BOM"),
        ("utf-16-le", "latin-1", "that of t.csv, but its line 1 would have a zero character"),
    ],
)
def test_encoding_that_is_not_that_of_the_file_is_refused(written_as, asked, why, written):
    path = written(written_as)
    for read in (
        lambda: read_table_file(path, asked),
        lambda: read_table_sample(path, lambda columns: 50, asked),
        lambda: in_blocks(path, asked, 100),
    ):
        with pytest.raises(InputError) as refused:
            read()
        assert str(refused.value).startswith(f"encoding must be {why}")
        assert "Received: encoding=" in str(refused.value)


def test_fault_in_a_later_line_is_named(written):
    path = written("gbk")
    path.write_bytes(path.read_bytes() + "東京,1,0\n".encode("gbk") + b"\xff\xff,1,1\n")
    for read in (lambda: read_table_file(path, "gbk"), lambda: in_blocks(path, "gbk", 100)):
        with pytest.raises(InputError, match=rf"its line {N + 3} cannot be read so \(byte 0xff\)"):
            read()


def test_encoding_of_parquet_is_refused(tmp_path):
    path = tmp_path / "t.parquet"
    TABLE.to_parquet(path)
    for read in (read_table_file, lambda p, e: read_blocks(p, encoding=e)):
        with pytest.raises(InputError, match=r"encoding must be left out for t\.parquet"):
            read(path, "gbk")
