"""The site has every page and every public name, and the scripts of its gallery run."""

from __future__ import annotations

import re
import runpy
from importlib.util import find_spec
from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from tests.test_docs import resolves

import bridle
from bridle.backend import backend_available

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
GALLERY = sorted((ROOT / "examples" / "gallery").glob("plot_*.py"))


def toctree_entries(path: Path) -> set[Path]:
    """Return the files that the tables of contents of a page name, globs resolved."""
    return {
        file.resolve()
        for entry in re.findall(r"^   (\w[\w/]*|\*)$", path.read_text("utf-8"), re.MULTILINE)
        for file in path.parent.glob(f"{entry}.*")
        if file.suffix in {".md", ".rst"}
    }


def test_every_page_is_in_the_contents():
    seen, new = set(), {(DOCS / "index.rst").resolve()}
    while new:
        seen |= new
        new = {one for page in new if page.suffix == ".rst" for one in toctree_entries(page)} - seen
    pages = {path.resolve() for path in DOCS.rglob("*.md")} - {(DOCS / "README.md").resolve()}
    assert {path.relative_to(DOCS).as_posix() for path in pages - seen} == set()


REFERENCE = sorted(
    {
        name
        for page in (DOCS / "reference").glob("*.rst")
        for name in re.findall(r"^   (bridle\.\S+)$", page.read_text("utf-8"), re.MULTILINE)
    }
)


def test_every_public_name_is_in_the_reference():
    assert {f"bridle.{name}" for name in bridle.__all__} - {*REFERENCE} == set()


def test_every_name_in_the_reference_is_there():
    if backend_available() is not None:
        pytest.skip(str(backend_available()))
    # What needs a trainer, or PyTorch, that is not installed here.
    absent = tuple(
        f"bridle.callbacks.{one}" for one in ("Lightning", "Hugging", "Skorch", "Accelerate")
    )
    if find_spec("torch") is None:
        absent += tuple(
            f"bridle.networks.penalty.{one}" for one in ("add_max_norm", "elastic_net_term")
        )
    names = [name for name in REFERENCE if not name.startswith(absent)]
    assert [name for name in names if not resolves(name)] == []


@pytest.mark.parametrize("script", GALLERY, ids=lambda path: path.stem)
def test_script_of_the_gallery_draws_a_figure(script, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with mpl.rc_context({"backend": "agg"}):
        names = runpy.run_path(str(script))
        plt.close("all")
    assert isinstance(names["figure"], Figure)
    assert names["figure"].axes
