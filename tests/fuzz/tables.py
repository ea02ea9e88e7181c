"""Files of tables and arrays that are damaged: refused by name, or read as a table."""

from __future__ import annotations

import io
import tempfile
import warnings
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
import pandas as pd
from tests.fuzz.model_files import forged_archive, packed, unpacked
from tests.fuzz.mutations import mutated

from bridle.errors import BridleWarning, InputError
from bridle.workbench.data.dataset import make_dataset
from bridle.workbench.data.read_table import read_table
from bridle.workbench.data.row_arrays import read_arrays

_CSV = (
    b'\xef\xbb\xbfa,b,"c, d",y\r\n1,2.5,x,0\n-1e30,NA,"y ""z""\n",1\n\n3,1e-320,\xc3\xa9,0\n4,,x,1\n'
    b"5,16,x,0\n6,1000,x,1\n7,0.5,x,0\n8,3,x,1\n9,-0,=1+1,0\n"
)


@cache
def files() -> dict[str, bytes]:
    """Return a sound file of each kind by its suffix."""
    frame = pd.DataFrame({"a": np.arange(12.0), "b": ["x", "y"] * 6, "c": [0.5, None] * 6})
    frame["y"] = np.arange(12) % 2
    parquet, npz, deflated = io.BytesIO(), io.BytesIO(), io.BytesIO()
    frame.to_parquet(parquet)
    np.savez(npz, X=np.arange(48.0).reshape(12, 4), y=np.arange(12) % 2)
    np.savez_compressed(deflated, X=np.arange(60).reshape(12, 5, 1), y=np.array(["a", "b"] * 6))
    return {
        ".csv": _CSV,
        ".tsv": _CSV.replace(b",", b"\t"),
        ".parquet": parquet.getvalue(),
        ".npz": npz.getvalue(),
        ".deflated.npz": deflated.getvalue(),
    }


def case(draw: Random) -> str:
    """Read one mutant; return what came of it, or fail."""
    suffix = draw.choice([*files()])
    content = files()[suffix]
    if not suffix.endswith(".npz"):
        content = mutated(draw, content)
    else:
        content = draw.choice((_whole, _member, forged_archive))(draw, content)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", BridleWarning)
        path = Path(folder) / f"damaged{suffix}"
        path.write_bytes(content)
        try:
            if suffix.endswith(".npz"):
                read_arrays(path)
            else:
                table = read_table(path)
                make_dataset(table, str(table.columns[-1]))
        except InputError:
            return "refused"
    return "read"


def _whole(draw: Random, content: bytes) -> bytes:
    return mutated(draw, content)


def _member(draw: Random, content: bytes) -> bytes:
    """Return an archive whose sums fit what was changed."""
    members = unpacked(content)
    name = draw.choice([*members])
    return packed({**members, name: mutated(draw, members[name])})
