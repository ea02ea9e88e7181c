"""Law of reading block by block: whatever the size of a block, the table is that of the whole file."""

from __future__ import annotations

from random import Random

import numpy as np
import pandas as pd
import pytest
from tests.workbench.columns.odd_tables import FILES, REFUSED_FILES

from bridle.errors import InputError
from bridle.workbench.data.read_blocks import read_blocks
from bridle.workbench.data.read_file.records import Records
from bridle.workbench.data.read_file.regular_lines import RegularForm
from bridle.workbench.data.read_table import read_table

SIZES = (1, 50, 2**23)

QUOTED = {
    "lines in quotes": 'a,b\n1,"x\ny"\n2,"z,""w"""\n\n3,q\n',
    "apostrophes": "a,b\n1,'x,y'\n2,z\n",
    "backslashes": 'a,b\n1,"x\\"y"\n2,z\n',
    "comments between": "a,b\n1,x\n# note, and, more\n2,y\n#3,z\n",
    "no end of line": "a,b\n1,x\n2,y",
    "returns alone": "a,b\r1,x\r2,y\r",
    "blank lines": "\n\na,b\n\n1,x\n \n2,y\n\n",
    "letters beyond ASCII": "a,b\n1,é\n2,東\n3,🍕\n",
}


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def joined(path, size, as_text=()):
    table = read_blocks(path, size)
    return table.names, pd.concat(read() for read in table.blocks(table.names, as_text))


def as_values(frame):
    """Return numbers as such, also those that pandas takes for text beside other text."""
    return frame.map(lambda one: pd.to_numeric(one, errors="coerce") if is_number(one) else one)


def is_number(value):
    return pd.notna(pd.to_numeric(value, errors="coerce"))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("case", [*FILES, *QUOTED])
def test_blocks_are_the_table(tmp_path, case, size):
    name, content, _ = FILES.get(case, ("t.csv", QUOTED.get(case), ""))
    path = write(tmp_path, name, content)
    whole = read_table(path)
    names, found = joined(path, size)
    assert list(names) == [*whole]
    if case == "semicolons and decimal commas":  # a rule reads them
        found["x"] = found["x"].str.replace(",", ".")
    pd.testing.assert_frame_equal(as_values(found), as_values(whole), check_dtype=False)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("case", [one for one in REFUSED_FILES if one != "damaged Parquet"])
def test_what_is_no_table_is_refused_alike(tmp_path, case, size):
    name, content, said = REFUSED_FILES[case]
    path = write(tmp_path, name, content)
    with pytest.raises(InputError, match=said):
        joined(path, size)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("1,2\n3\n4,5\n", "line 3 has 1 field and the header has 2"),
        ("1,2\n3,4,5\n6\n", "line 3 has 3 fields"),  # as many separators as there should be
        ('1,2\n3,"x\n', "line 3 cannot be split"),
        ("1,2\n3,\0\n", "line 3 holds a zero byte"),
    ],
)
def test_line_of_a_fault_is_named(tmp_path, rows, said, size):
    path = write(tmp_path, "t.csv", "a,b\n" + rows)
    with pytest.raises(InputError, match=said):
        joined(path, size)


def test_late_lines_are_split_as_the_head_is(tmp_path):
    many = "".join(f"{i};x{i % 7}\n" for i in range(150_000))
    path = write(tmp_path, "t.csv", "a;b\n" + many + '7;"y;\nz"\n8;end\n')
    names, found = joined(path, 2**18)
    assert names == ("a", "b")
    assert len(found) == 150_002
    assert found["b"].iloc[-2:].tolist() == ["y;\nz", "end"]
    assert found.index[-2:].tolist() == [150_002, 150_004]


def test_text_that_is_first_utf_8_and_then_is_not_is_refused(tmp_path):
    path = write(tmp_path, "t.csv", "a,b\n1,é\n".encode() + "2,é\n".encode("cp1252"))
    with pytest.raises(InputError, match="line 3 is not UTF-8, as the lines before are"):
        joined(path, 4)


def test_text_stays_as_it_is_where_that_is_wanted(tmp_path):
    path = write(tmp_path, "t.csv", "a,b,c\n007,1.50,NA\n")
    _, found = joined(path, 2**20, as_text=("a", "c"))
    assert found.iloc[0].tolist() == ["007", 1.5, "NA"]


def test_parquet_comes_in_blocks_too(tmp_path):
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"a": np.arange(1000.0), "b": ["x", None] * 500, "c": 1})
    frame.to_parquet(tmp_path / "t.parquet")
    table = read_blocks(tmp_path / "t.parquet", 128 * 7)
    found = [read() for read in table.blocks(("b", "a"), ())]
    assert len(found) == 143
    joint = pd.concat(found)
    assert joint["a"].tolist() == frame["a"].tolist()
    assert joint.index.tolist() == list(range(1000))


def test_columns_that_are_not_wanted_are_not_read(tmp_path):
    path = write(tmp_path, "t.csv", "a,b,c\n1,2,3\n")
    assert [*next(read_blocks(path).blocks(("c", "a"), ()))()] == ["a", "c"]


def test_records_found_without_splitting_are_those_of_splitting():
    """On any text of separators, quotes and line ends: the same records, or left to the other way."""
    draw, found = Random(0), 0
    head = Records.of('a,b\n1,"x,y"\n2,z\n', ",", "t.csv")
    form = RegularForm.of(head, "a,b", has_comments=False)
    pieces = [",", '"', '""', "\n", "x", '"x,y"', '1,"x"\n', '1,"a,""b"""\n', "\n\n", " "]
    for _ in range(3000):
        text = "".join(draw.choices(pieces, k=draw.randrange(1, 9)))
        quick = form.find(text.encode())
        if quick is None:
            continue
        found += 1
        slow = head.further(text, 7, "t.csv")
        assert not slow.fault, text
        assert set(slow.lengths) <= {2}, text
        assert [7 + one for one in quick.lines] == slow.lines.tolist(), text
        ends = [text.index("\n", at) if "\n" in text[at:] else len(text) for at in quick.starts]
        lines = [text[at:end] for at, end in zip(quick.starts, ends, strict=True)]
        assert lines == [one for one in text.split("\n") if one], text
    assert found > 100
