"""Settings of the site: pages of docs/, docstrings, the gallery and the notebooks."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from sphinx.application import Sphinx
from sphinx_gallery.scrapers import figure_rst

import bridle

DOCS = Path(__file__).parents[1]
ROOT = DOCS.parent

project = "bridle"
copyright = "the bridle developers, BSD-3-Clause"
author = "the bridle developers"
release = version = bridle.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "numpydoc",
    "myst_nb",
    "sphinx_gallery.gen_gallery",
]
root_doc = "index"
templates_path = [str(Path(__file__).parent / "templates")]
# README.md is part of index.rst; the gallery's scripts and notebooks are copies.
exclude_patterns = ["README.md", "site", "**/*.ipynb.py", "gallery/*.ipynb", "gallery/*.py"]

# Pages of Markdown: the same that are read in the repository.
source_suffix = {".rst": "restructuredtext", ".md": "myst-nb", ".ipynb": "myst-nb"}
myst_enable_extensions: list[str] = []
myst_heading_anchors = 4
nb_execution_mode = "force"
nb_execution_timeout = 120
nb_execution_raise_on_error = True

# The reference: a page per name, from its docstring.
default_role = "py:obj"
autosummary_generate = True
autodoc_typehints = "none"
autodoc_mock_imports = ["accelerate", "lightning", "skorch", "torch", "transformers"]
numpydoc_show_class_members = False


def save_figure(block: Any, variables: dict[str, Any], settings: dict[str, Any]) -> str:
    """Save the figure that a script has in the name ``figure``; return what shows it."""
    figure = variables["example_globals"].get("figure")
    if not isinstance(figure, Figure):
        return ""
    path = str(next(variables["image_path_iterator"]))
    figure.savefig(path, dpi=120)
    return str(figure_rst([path], settings["src_dir"]))


sphinx_gallery_conf = {
    "image_scrapers": (save_figure,),
    "examples_dirs": [str(ROOT / "examples" / "gallery")],
    "gallery_dirs": ["gallery"],
    "filename_pattern": r"plot_\w+\.py$",
    "abort_on_example_error": True,
    "download_all_examples": False,
    "show_memory": False,
    "min_reported_time": 1e9,
    "show_signature": False,
}

suppress_warnings = ["config.cache"]  # a function among the settings of the gallery

html_theme = "pydata_sphinx_theme"
html_title = "bridle"
html_static_path = [str(Path(__file__).parent / "static")]
html_css_files = ["site.css"]
html_theme_options = {
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "show_prev_next": False,
}
html_copy_source = False


def copy_notebooks(app: Sphinx) -> None:
    """Put the notebooks of examples/ among the pages; they are executed there."""
    folder = DOCS / "notebooks"
    folder.mkdir(exist_ok=True)
    for path in sorted((ROOT / "examples").glob("*.ipynb")):
        shutil.copy(path, folder)


def skip_requests(
    app: Sphinx, kind: str, name: str, member: object, skip: bool, options: object
) -> bool | None:
    """Leave out scikit-learn's methods of metadata routing, which refer to its own pages."""
    return True if name.endswith("_request") else None


def setup(app: Sphinx) -> None:
    """Connect what is to be done before pages are read."""
    app.connect("builder-inited", copy_notebooks, priority=100)
    app.connect("autodoc-skip-member", skip_requests)
