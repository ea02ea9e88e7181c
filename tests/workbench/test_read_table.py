from __future__ import annotations

import csv
import io
import re
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from bridle.errors import InputError, MissingExtraError
from bridle.workbench.read_table import read_table

RIGHT = {
    "plain": ("t.csv", b"a,b\n1,x\n2,y\n"),
    "byte order mark": ("t.csv", b"\xef\xbb\xbfa,b\n1,x\n2,y\n"),
    "carriage returns": ("t.csv", b"a,b\r\n1,x\r\n2,y\r\n"),
    "upper case suffix": ("T.CSV", b"a,b\n1,x\n2,y\n"),
    "tabs": ("t.tsv", b"a\tb\n1\tx\n2\ty\n"),
    "blanks around names": ("t.csv", b" a ,b \n1,x\n2,y\n"),
}

WRONG = {
    "empty": ("t.csv", b"", "t.csv is empty"),
    "blank lines only": ("t.csv", b"\n  \n", "t.csv is empty"),
    "header only": ("t.csv", b"a,b\n", "has a header and no rows"),
    "too many fields": (
        "t.csv",
        b"a,b\n1,2\n3,4,5\n",
        "t.csv, line 3 has 3 fields and the header has 2. Quote fields",
    ),
    "too few fields": (
        "t.csv",
        b"a,b,c\n1,2,3\n4,5\n",
        "t.csv, line 3 has 2 fields and the header has 3. Complete",
    ),
    "line after a quoted break": ("t.csv", b'a,b\n"1\n1",2\n\n3\n', "line 5 has 1 field and"),
    "only quotes": ("t.csv", b'a,b\n1,2\n""\n', "line 3 has 1 field and"),
    "open quote": ("t.csv", b'a,b\n1,2\n"3,4\n', "line 3 cannot be split into fields"),
    "same name twice": ("t.csv", b"a,b,a\n1,2,3\n", "line 1 names the column 'a' more than once"),
    "semicolons": ("t.csv", b"a;b\n1;2\n", "single column, 'a;b', .* Separate .* by commas"),
    "not tabs": ("t.tsv", b"a,b\n1,2\n", "Separate the fields by tabs"),
    "latin 1": ("t.csv", b"a,b\n1,caf\xe9\n", "line 2 is not UTF-8: byte 0xe9. Save it as UTF-8"),
    "UTF-16": ("t.csv", "a,b\n1,2\n".encode("utf-16"), "encoded as UTF-16. Save it as UTF-8"),
    "UTF-16 without mark": ("t.csv", "a,b\n".encode("utf-16-le"), "line 1 holds a zero byte"),
    "spreadsheet": ("t.xlsx", b"PK", r"must end in \.csv, \.tsv or \.parquet\. Received: '\.xlsx'"),
    "no suffix": ("t", b"a,b\n1,2\n", "Received: ''"),
    "compressed": ("t.csv.gz", b"\x1f\x8b", "t.csv.gz is compressed. Unpack it first"),
    "not Parquet": ("t.parquet", b"a,b\n1,2\n", "t.parquet cannot be read as Parquet"),
}


@pytest.mark.parametrize("case", RIGHT)
def test_reads(case, tmp_path):
    name, content = RIGHT[case]
    (tmp_path / name).write_bytes(content)
    frame = read_table(tmp_path / name)
    assert frame.to_dict("list") == {"a": [1, 2], "b": ["x", "y"]}
    assert frame.index.to_list() == [2, 3]
    assert frame.index.name == "line"


@pytest.mark.fault(71)
@pytest.mark.fault(72)
@pytest.mark.parametrize("case", WRONG)
def test_refuses(case, tmp_path):
    name, content, message = WRONG[case]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        read_table(tmp_path / name)
    assert str(caught.value).endswith(".")


def test_missing_file_suggests_the_nearest(tmp_path):
    (tmp_path / "churn.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match=r"There is no file .*Did you mean 'churn\.csv'\?"):
        read_table(tmp_path / "chrun.csv")
    with pytest.raises(InputError, match="Check the name and the folder"):
        read_table(tmp_path / "nowhere" / "churn.csv")


def test_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="is a folder"):
        read_table(tmp_path)


@pytest.mark.fault(70)
def test_words_for_missing_count_as_missing(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\nNA,1\nNaN,\nnull,3\nx,4\n")
    frame = read_table(tmp_path / "t.csv")
    assert frame.isna().sum().to_list() == [3, 1]


CELLS = st.text(alphabet='ab1 ,"\n\r\t', max_size=4)


@settings(deadline=None)
@given(
    rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=5),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_every_record_knows_its_line(rows, end, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "records.csv"
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL)
    starts = []
    writer.writerow(["a", "b"])
    for row in rows:
        starts.append(1 + len(re.findall("\r\n|\r|\n", text.getvalue())))
        writer.writerow(row)
    path.write_bytes(text.getvalue().encode())
    frame = read_table(path)
    assert frame.index.to_list() == starts


def test_parquet_round_trip(tmp_path):
    frame = pd.DataFrame({"a": [1, 2], "b": [0.5, np.nan], "c": ["x", None], "d": [True, False]})
    frame.to_parquet(tmp_path / "t.parquet")
    read = read_table(tmp_path / "t.parquet")
    assert list(read.columns) == ["a", "b", "c", "d"]
    assert read.isna().sum().to_list() == [0, 1, 1, 0]


NESTED = {
    "list<": pa.array([[1], [2]]),
    "struct<": pa.array([{"x": 1}, {"x": 2}]),
    "arrow.json": pa.array(["{}", "{}"], type=pa.json_()),
}


@pytest.mark.fault(73)
@pytest.mark.parametrize("held", NESTED)
def test_nested_and_extension_types_are_refused_by_name(held, tmp_path):
    parquet.write_table(pa.table({"ok": [1, 2], "bad": NESTED[held]}), tmp_path / "t.parquet")
    with pytest.raises(InputError, match=f"t.parquet: column 'bad' holds .*{held}"):
        read_table(tmp_path / "t.parquet")


def test_parquet_with_twice_the_same_name_is_refused(tmp_path):
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    parquet.write_table(table, tmp_path / "t.parquet")
    with pytest.raises(InputError, match="names the column 'a' more than once"):
        read_table(tmp_path / "t.parquet")


def test_parquet_without_rows_is_refused(tmp_path):
    pd.DataFrame({"a": [], "b": []}).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(InputError, match="no rows or no columns"):
        read_table(tmp_path / "t.parquet")


def test_parquet_without_pyarrow_names_the_extra(tmp_path, monkeypatch):
    (tmp_path / "t.parquet").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"bridle\[parquet\]"):
        read_table(tmp_path / "t.parquet")


@pytest.mark.fault(72)
def test_parquet_that_unpacks_to_far_more_than_it_has_is_refused(tmp_path, monkeypatch):
    pd.DataFrame({"a": np.zeros(10**5), "b": np.zeros(10**5)}).to_parquet(tmp_path / "a.parquet")
    assert len(read_table(tmp_path / "a.parquet")) == 10**5
    monkeypatch.setattr("bridle.workbench.read_table._ALWAYS_ALLOWED", 0)
    with pytest.raises(InputError, match=r"a\.parquet unpacks from [\d,]+ to at least 1,600,000"):
        read_table(tmp_path / "a.parquet")


def test_parquet_with_damaged_metadata_is_refused_by_name(tmp_path):
    path = tmp_path / "a.parquet"
    table = pa.table({"a": [1.0], "b": [2.0]}).replace_schema_metadata({b"pandas": b"\xa5"})
    parquet.write_table(table, path)
    with pytest.raises(InputError, match=r"a\.parquet cannot be read as Parquet"):
        read_table(path)
