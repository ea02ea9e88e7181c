from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
import re
import sys
import zipfile

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from bridle.errors import InputError, MissingExtraError
from bridle.workbench.columns.column_reading import read_column
from bridle.workbench.columns.missing_words import MissingWords
from bridle.workbench.data.dataset import make_dataset
from bridle.workbench.data.read_table import read_table, read_table_file


def zipped(**members: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in members.items():
            archive.writestr(name.replace("_csv", ".csv").replace("_parquet", ".parquet"), text)
    return content.getvalue()


def zstandard(content: bytes) -> bytes:
    return pa.compress(content, codec="zstd", asbytes=True)


RIGHT = {
    "plain": ("t.csv", b"a,b\n1,x\n2,y\n"),
    "byte order mark": ("t.csv", b"\xef\xbb\xbfa,b\n1,x\n2,y\n"),
    "carriage returns": ("t.csv", b"a,b\r\n1,x\r\n2,y\r\n"),
    "upper case suffix": ("T.CSV", b"a,b\n1,x\n2,y\n"),
    "tabs": ("t.tsv", b"a\tb\n1\tx\n2\ty\n"),
    "blanks around names": ("t.csv", b" a ,b \n1,x\n2,y\n"),
    "semicolons": ("t.csv", b"a;b\n1;x\n2;y\n"),
    "tabs in a .csv": ("t.csv", b"a\tb\n1\tx\n2\ty\n"),
    "commas in a .tsv": ("t.tsv", b"a,b\n1,x\n2,y\n"),
    "bars in a .txt": ("t.txt", b"a|b\n1|x\n2|y\n"),
    "UTF-16": ("t.csv", "a,b\n1,x\n2,y\n".encode("utf-16")),
    "packed by gzip": ("t.csv.gz", gzip.compress(b"a,b\n1,x\n2,y\n")),
    "packed by bzip2": ("t.csv.bz2", bz2.compress(b"a,b\n1,x\n2,y\n")),
    "packed by xz": ("t.tsv.xz", lzma.compress(b"a\tb\n1\tx\n2\ty\n")),
    "packed by zstandard": ("t.csv.zst", zstandard(b"a,b\n1,x\n2,y\n")),
    "packed by zip": ("t.zip", zipped(t_csv="a,b\n1,x\n2,y\n")),
    "packed by macOS": ("t.zip", zipped(t_csv="a,b\n1,x\n2,y\n", **{"__MACOSX/._t_csv": "x"})),
    "packed without a kind": ("t.gz", gzip.compress(b"a,b\n1,x\n2,y\n")),
    "packed, and not named so": ("t.csv", gzip.compress(b"a,b\n1,x\n2,y\n")),
    "named as if packed": ("t.csv.gz", b"a,b\n1,x\n2,y\n"),
    "UTF-32": ("t.csv", "a,b\n1,x\n2,y\n".encode("utf-32")),
    "an old end of file": ("t.csv", b"a,b\n1,x\n2,y\n\x1a"),
    "old line ends": ("t.csv", b"a,b\r1,x\r2,y\r"),
    "blanks": ("t.txt", b"a b\n1 x\n2 y\n"),
    "columns of one width": ("t.dat", b"   a   b \n   1   x \n   2   y \n"),
    "blanks before quotes": ("t.csv", b'"a", "b"\n1, "x"\n2, "y"\n'),
    "apostrophes": ("t.csv", b"'a','b'\n1,'x'\n2,'y'\n"),
    "many separators at the ends": ("t.csv", b"a,b,,\n1,x,,\n2,y,,\n"),
    "separators at some ends": ("t.csv", b"a,b\n1,x,\n2,y\n"),
    "separators at the ends": ("t.csv", b"a,b,\n1,x,\n2,y,\n"),
    "separators at the ends of rows": ("t.csv", b"a,b\n1,x,\n2,y,\n"),
}

SAID = {
    "Windows-1252": (
        b"a,b\n1,caf\xe9\n",
        {"a": [1], "b": ["café"]},
        "byte 0xe9. It is read as Wind",
    ),
    "UTF-16": ("a,b\n1,é\n".encode("utf-16"), {"a": [1], "b": ["é"]}, "read as UTF-16"),
    "packed": (gzip.compress(b"a,b\n1,x\n"), {"a": [1], "b": ["x"]}, "packed as .gz files are"),
    "semicolons": (b"a;b\n1;x\n", {"a": [1], "b": ["x"]}, "separated by semicolons"),
    "a comma in a name, semicolons": (
        b"size, cm;b\n1,5;x\n2;y\n",
        {"size, cm": [1.5, 2], "b": ["x", "y"]},
        "separated by semicolons",
    ),
    "semicolons in values": (b"a,b\n1,x;y\n2,z;w\n", {"a": [1, 2], "b": ["x;y", "z;w"]}, ""),
    "a decimal comma": (
        b"a;b;c\n1,5;x;1,234\n-,5;y;2\n",
        {"a": [1.5, -0.5], "b": ["x", "y"], "c": [1.234, 2]},
        "Commas stand before decimals in t.csv, in column 'a' and 1 more",
    ),
    "a decimal comma beside points": (
        b"a;b\n1,5;1.25\n2;12.345\n",
        {"a": [1.5, 2], "b": [1.25, 12.345]},
        "Commas stand before decimals",
    ),
    # Which it is decides whoever knows what columns are.
    "commas that may be thousands": (
        b"a;b\n1,234;x\n2,345;y\n",
        {"a": ["1,234", "2,345"], "b": ["x", "y"]},
        "semicolons",
    ),
    "a first line that names semicolons": (b"sep=;\na;b\n1;x\n", {"a": [1], "b": ["x"]}, "semi"),
    "a first line that names tabs": (b"sep=\t\na\tb\n1\tx\n", {"a": [1], "b": ["x"]}, "tabs"),
    "a first line in capitals": (b'"SEP=;"\r\na;b\r\n1;x\r\n', {"a": [1], "b": ["x"]}, "semi"),
    "comments in between": (b"a,b\n1,x\n# end\n", {"a": [1], "b": ["x"]}, "1 line of comments"),
    "comments and old line ends": (
        b"# c\ra,b\r1,x\r",
        {"a": [1], "b": ["x"]},
        "1 line of comments",
    ),
    "comments and a break in quotes": (
        b'# c\na,b\n1,"x\n# y"\n',
        {"a": [1], "b": ["x\n# y"]},
        "1 line of comments",
    ),
    "values that begin with #": (b"a,b\n#1,x\n#2,y\n", {"a": ["#1", "#2"], "b": ["x", "y"]}, ""),
    "a header that begins with #": (
        b"# made today\n#a,b\n1,x\n2,y\n",
        {"a": [1, 2], "b": ["x", "y"]},
        "header of t.csv is line 2, which begins with #",
    ),
    "a comment as wide as the header": (
        b"# made today, by us\na,b\n1,x\n",
        {"a": [1], "b": ["x"]},
        "1 line of comments",
    ),
    "quotes behind backslashes": (
        b'a,b\n1,"x \\"y\\""\n',
        {"a": [1], "b": ['x "y"']},
        "escaped by backslashes",
    ),
    "apostrophes": (
        b"a,b\n1,'x,y'\n2,'z'\n",
        {"a": [1, 2], "b": ["x,y", "z"]},
        "Apostrophes quote",
    ),
    "blanks before quotes": (
        b'a, b\n1, "x, y"\n2, "z"\n',
        {"a": [1, 2], "b": ["x, y", "z"]},
        "Blanks after the separators",
    ),
    "separators at the ends": (
        b"a,b,,\n1,x,,\n",
        {"a": [1], "b": ["x"]},
        "with nothing after them",
    ),
    "no header": (b"1,2.5\n3,4\n", {"1": [3], "2.5": [4]}, "All names of columns"),
    "places as names": (b"0,1\n3,4\n", {"0": [3], "1": [4]}, ""),
    "comments": (
        b"# made today\n# by us\na,b\n1,x\n",
        {"a": [1], "b": ["x"]},
        "2 lines of comments",
    ),
    "names of rows as R writes them": (
        b'"a","b"\n"r1",1,"x"\n"r2",2,"y"\n',
        {"rownames": ["r1", "r2"], "a": [1, 2], "b": ["x", "y"]},
        "called 'rownames'",
    ),
    "names of rows and blanks, as R writes them": (
        b'"a" "b"\n"r1" 1 "x"\n"r2" 2 "y"\n',
        {"rownames": ["r1", "r2"], "a": [1, 2], "b": ["x", "y"]},
        "separated by blanks",
    ),
    "a long field": (b"a,b\n1," + b"x" * 200_000 + b"\n", {"a": [1], "b": ["x" * 200_000]}, ""),
}

WRONG = {
    "empty": ("t.csv", b"", "t.csv is empty"),
    "blank lines only": ("t.csv", b"\n  \n", "t.csv is empty"),
    "header only": ("t.csv", b"a,b\n", "has a header and no rows"),
    "too many fields": (
        "t.csv",
        b"a,b\n1,2\n3,4,5\n",
        r"t.csv, line 3 has 3 fields and the header has 2\. If a field of this line holds a comma, put "
        r"that field in quotes; if not, remove what is too many\.$",
    ),
    "too few fields": (
        "t.csv",
        b"a,b,c\n1,2,3\n4,5\n",
        "t.csv, line 3 has 2 fields and the header has 3. Complete",
    ),
    "several lines": (
        "t.csv",
        b"a,b\n1,2\n3\n4,5\n6,7,8\n9\n",
        "3 of the 5 rows of t.csv do not have the header's 2 fields: line 3 has 1 field, line 5 has "
        r"3 fields, line 6 has 1 field\. If a field of a long line .* many\. Complete short lines",
    ),
    "many lines": (
        "t.csv",
        b"a,b\n" + b"1\n" * 1200,
        "1,200 of the 1,200 rows .* line 6 has 1 field, and 1,195 more lines. Complete short lines",
    ),
    "a header without a name": (
        "t.csv",
        b"a,b\n1,5,x,u\n2,5,y,v\n",
        r"line 2 has 4 fields, line 3 has 4 fields\. All rows are alike, so the header seems to lack 2 "
        r"names: complete it, or write decimals with points, if commas stand before them\.$",
    ),
    "a header without a name, semicolons": (
        "t.csv",
        b"a;b\n1;5;x;u\n2;5;y;v\n",
        r"seems to lack 2 names: complete it\.$",
    ),
    "a semicolon in a field": (
        "t.csv",
        b"a;b\n1;5\n2;5;y\n3;7\n",
        "If a field of this line holds a semicolon, put",
    ),
    "a total below": (
        "t.csv",
        b"a,b\n1,5\n2,5\nTotal 2\n",
        r"line 4 has 1 field and the header has 2\. Complete the line, or remove it if it is no row",
    ),
    "line after a quoted break": ("t.csv", b'a,b\n"1\n1",2\n\n3\n', "line 5 has 1 field and"),
    "only quotes": ("t.csv", b'a,b\n1,2\n""\n', "line 3 has 1 field and"),
    "open quote": ("t.csv", b'a,b\n1,2\n"3,4\n', "line 3 cannot be split into fields"),
    "same name twice": ("t.csv", b"a,b,a\n1,2,3\n", "line 1 names the column 'a' more than once"),
    "one column": ("t.csv", b"a\n1\n", "single column, 'a', .* Separate .* by commas"),
    "a title": ("t.csv", b"Report\n\na,b\n1,2\n", "begins below it, perhaps at line 3, remove the"),
    "a title of one field": (
        "t.csv",
        b"Report,\na,b\n1,2\n",
        "single column, 'Report', .* at line 2",
    ),
    "a last line": ("t.csv", b"a,b\n1,2\n2 rows\n", "line 3 has 1 field .* or remove it"),
    "no names": ("t.csv", b",,\n1,2,3\n", "line 1 names no column"),
    "comments only": ("t.csv", b"# a\n# b\n", "t.csv is empty"),
    "names of rows that are not distinct": ("t.csv", b"a,b\nr,1,x\nr,2,y\n", "line 2 has 3 fields"),
    "two separators": (
        "t.csv",
        b"x, cm;b\n1,5;2\n2,5;3\n",
        "two readings: commas .* sep=, or sep=;",
    ),
    "two headers": ("t.csv", b"# a,b\nx,y\nz,w\n", "two readings: its header may be line 1"),
    "points that may be thousands": (
        "t.csv",
        b"a;b\n1,5;1.234\n2;12.345\n",
        "'b' has two readings: '1.234' in line 2 of t.csv may be 1234 or 1.234, since column 'a'",
    ),
    "neither encoding": (
        "t.csv",
        b"a,b\n1,\x81\xff\n",
        "byte 0x81, nor Windows-1252. If it is",
    ),
    "UTF-16 without mark": ("t.csv", "a,b\n".encode("utf-16-le"), "line 1 holds a zero byte"),
    "spreadsheet": ("t.xlsx", b"PK", r"must end in \.csv, \.tsv, .*Received: '\.xlsx'"),
    "no suffix": ("t", b"a,b\n1,2\n", "Received: ''"),
    "damaged gzip": ("t.csv.gz", b"\x1f\x8b", "t.csv.gz cannot be read"),
    "damaged zstandard": ("t.csv.zst", zstandard(b"a,b\n1,2\n")[:-1], "t.csv.zst cannot be read"),
    "packed twice": ("t.csv.gz", gzip.compress(gzip.compress(b"a")), "is packed itself. Unpack it"),
    "Parquet in a zip": (
        "t.zip",
        zipped(t_parquet="a,b\n"),
        "holds 't.parquet', which is not text",
    ),
    "workbook named as a text": ("t.csv", zipped(**{"[Content_Types].xml": ""}), "is a workbook"),
    "old workbook": ("t.csv", b"\xd0\xcf\x11\xe0\xa1", "is a workbook"),
    "Parquet named as a text": ("t.csv", b"PAR1..", "holds Parquet"),
    "web page": ("t.csv", b"\n<!DOCTYPE html>\n", "is a web page"),
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


@pytest.mark.parametrize("case", SAID)
def test_what_was_assumed_is_said(case, tmp_path):
    content, expected, said = SAID[case]
    (tmp_path / "t.csv").write_bytes(content)
    found = read_table_file(tmp_path / "t.csv")
    assert found.frame.to_dict("list") == expected
    assert said in " ".join(found.notes)
    assert bool(found.notes) == bool(said)


def test_names_that_are_empty_are_those_of_pandas(tmp_path):
    (tmp_path / "t.csv").write_text(",a,\n1,2,3\n")
    assert list(read_table(tmp_path / "t.csv").columns) == ["Unnamed: 0", "a", "Unnamed: 2"]


def test_a_zip_of_one_file_is_read_and_one_of_two_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("inner.tsv", "a\tb\n1\tx\n")
    assert read_table(tmp_path / "t.zip").to_dict("list") == {"a": [1], "b": ["x"]}
    with zipfile.ZipFile(tmp_path / "t.zip", "a") as archive:
        archive.writestr("other.csv", "a,b\n1,x\n")
    with pytest.raises(InputError, match=r"must hold one file\. Received: 2"):
        read_table(tmp_path / "t.zip")


def test_a_packed_file_that_unpacks_to_far_more_than_it_has_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("bridle.workbench.data.read_file.compression._ALWAYS_ALLOWED", 0)
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"a,b\n" + b"1,x\n" * 10**6))
    with pytest.raises(InputError, match="unpacks to more than"):
        read_table(tmp_path / "t.csv.gz")


def test_how_a_file_was_read_is_a_finding_of_its_table(tmp_path):
    rows = "".join(f"{i % 9};{i % 2}\n" for i in range(40))
    (tmp_path / "t.csv").write_text(f"a;b\n{rows}")
    found = read_table_file(tmp_path / "t.csv")
    dataset = make_dataset(found.frame, "b", notes=found.notes)
    assert [one.message for one in dataset.findings if one.code == "BR108 read-as"] == list(
        found.notes
    )


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


def test_words_for_missing_stay_until_columns_are_read(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\nNA,1\nNaN,\nnull,3\nx,4\n")
    frame = read_table(tmp_path / "t.csv")
    assert frame["a"].to_list() == ["NA", "NaN", "null", "x"]
    assert frame.isna().sum().to_list() == [0, 1]


def test_whole_numbers_with_zeros_in_front_are_codes(tmp_path):
    (tmp_path / "t.csv").write_text("code,n,x\n007,10,0.5\n012,20,1.05\n")
    frame = read_table(tmp_path / "t.csv")
    assert frame["code"].to_list() == ["007", "012"]
    assert frame["n"].to_list() == [10, 20]


OTHER_WORDS = {
    "cp1251": ["Москва", "Санкт-Петербург", "Казань"],
    "gbk": ["北京", "上海", "广州"],
    "euc_kr": ["서울", "부산"],
    "cp1253": ["Αθήνα", "Πάτρα"],
    "shift_jis": ["東京", "大阪"],
    "mac_roman": ["für", "Ärger", "café", "straße"],
    "cp850": ["résumé", "Möbel", "señor"],
    "cp1250": ["Wrocław", "Łódź", "mężczyzna"],
}


@pytest.mark.parametrize("encoding", OTHER_WORDS)
def test_text_that_was_not_written_in_windows_1252_is_refused_or_said_to_look_strange(
    encoding, tmp_path
):
    """Against Python's codecs, which write it."""
    lines = ["city,n", *(f"{word},1" for word in OTHER_WORDS[encoding]), ""]
    (tmp_path / "t.csv").write_bytes("\n".join(lines).encode(encoding))
    try:
        said = read_table_file(tmp_path / "t.csv").notes[0]
    except InputError as error:
        said = str(error)
    assert "save it as UTF-8, for instance by iconv" in said


@pytest.mark.parametrize(
    "words",
    [
        [
            "créée",
            "Ærøskøbing",
            "naïve",
            "ções",
            "„Größe“",
            "5 °C",
            "12 €",
            "l·l",
            "d’été",
            "yöääni",
        ],
        ["Þingvellir", "íþróttir", "óðið", "ÄRGER", "m²", "½ Liter", "–", "“quoted”", "O’Brien"],
    ],
)
def test_text_of_windows_1252_is_read_without_a_doubt(words, tmp_path):
    lines = ["city,n", *(f"{word},1" for word in words), ""]
    (tmp_path / "t.csv").write_bytes("\n".join(lines).encode("cp1252"))
    found = read_table_file(tmp_path / "t.csv")
    assert found.notes[0].endswith("It is read as Windows-1252.")
    assert found.frame["city"].tolist() == words


@pytest.mark.parametrize(
    "texts",
    [
        ["007", "", "012"],
        ["01.5", "2.5", "13.75"],
        ["01.02", "15.03"],
        ["007", "12.5"],
        ["-00.5", "3"],
        ["1.5", "9007199254740993.25"],
        ["0.5", "10.05"],
    ],
)
def test_numbers_with_zeros_in_front_are_read_alike_in_files_and_frames(texts, tmp_path):
    (tmp_path / "t.csv").write_text("\n".join(["c,n", *(f"{text},1" for text in texts), ""]))
    frame = pd.Series([text or None for text in texts], dtype=object)
    file = read_table(tmp_path / "t.csv")["c"]
    one, other = (read_column(column, "c", MissingWords()) for column in (file, frame))
    assert one.values.dropna().tolist() == other.values.dropna().tolist()
    assert one.how == other.how or file.dtype == "float64"


@pytest.mark.parametrize(
    ("cell", "times"), [("1.5e-05", 1), ("-2E+07", 1), ("3e08", 1), ("2024-05-01", 1), ("007", 2)]
)
def test_only_a_table_with_zeros_in_front_is_read_again(cell, times, tmp_path, monkeypatch):
    (tmp_path / "t.csv").write_text(f"a,b\n{cell},1\n{cell},2\n")
    read, seen = pd.read_csv, []
    monkeypatch.setattr(pd, "read_csv", lambda *args, **kw: seen.append(1) or read(*args, **kw))
    read_table(tmp_path / "t.csv")
    assert len(seen) == times


@pytest.mark.parametrize("name", ["self", "frame", "columns", "kwargs", "index", "dtype"])
def test_codes_may_be_called_anything(name, tmp_path):
    (tmp_path / "t.csv").write_text(f"{name},n\n007,10\n012,20\n")
    assert read_table(tmp_path / "t.csv")[name].to_list() == ["007", "012"]


def test_decimal_commas_are_read_beside_words_for_missing(tmp_path):
    (tmp_path / "t.csv").write_text("a;b\n1,5;x\nNA;y\n2,25;x\n")
    assert read_table(tmp_path / "t.csv")["a"].to_list() == ["1.5", "NA", "2.25"]
    (tmp_path / "u.csv").write_text("a;b\n1,5;1.234\n2,25;NA\n2,5;5.678\n")
    with pytest.raises(InputError, match=r"'1\.234' in line 2 of u\.csv may be 1234 or 1\.234"):
        read_table(tmp_path / "u.csv")


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


@pytest.mark.parametrize("name", ["t.parquet", "t.csv.zst"])
def test_without_pyarrow_the_extra_is_named(name, tmp_path, monkeypatch):
    (tmp_path / name).write_bytes(zstandard(b"a,b\n1,2\n"))
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"bridle\[parquet\]"):
        read_table(tmp_path / name)


def test_an_index_of_pandas_in_parquet_is_left_out_unless_it_has_a_name(tmp_path):
    frame = pd.DataFrame({"a": [1, 2], "b": [0.5, 1]}, index=["r1", "r2"])
    frame.to_parquet(tmp_path / "t.parquet")
    found = read_table_file(tmp_path / "t.parquet")
    assert list(found.frame.columns) == ["a", "b"]
    assert "'__index_level_0__' of t.parquet is an index" in found.notes[0]
    frame.rename_axis("day").to_parquet(tmp_path / "t.parquet")
    assert list(read_table(tmp_path / "t.parquet").columns) == ["a", "b", "day"]


@pytest.mark.fault(72)
def test_parquet_that_unpacks_to_far_more_than_it_has_is_refused(tmp_path, monkeypatch):
    pd.DataFrame({"a": np.zeros(10**5), "b": np.zeros(10**5)}).to_parquet(tmp_path / "a.parquet")
    assert len(read_table(tmp_path / "a.parquet")) == 10**5
    monkeypatch.setattr("bridle.workbench.data.read_file.parquet._ALWAYS_ALLOWED", 0)
    with pytest.raises(InputError, match=r"a\.parquet unpacks from [\d,]+ to at least 1,600,000"):
        read_table(tmp_path / "a.parquet")


def test_parquet_with_damaged_metadata_is_refused_by_name(tmp_path):
    path = tmp_path / "a.parquet"
    table = pa.table({"a": [1.0], "b": [2.0]}).replace_schema_metadata({b"pandas": b"\xa5"})
    parquet.write_table(table, path)
    with pytest.raises(InputError, match=r"a\.parquet cannot be read as Parquet"):
        read_table(path)
