"""The pages are true: names and options are on them, their code runs, their links lead somewhere."""

from __future__ import annotations

import ast
import inspect
import re
import shlex
from dataclasses import fields
from importlib import import_module, metadata
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import get_args

import click
import pytest

import bridle
from bridle.backend import backend_available
from bridle.cli.main import command
from bridle.dropout import guidance
from bridle.dropout.audit.checks import CODES as AUDIT_CODES
from bridle.elastic_net.loss import LOSSES
from bridle.errors import MissingExtraError
from bridle.networks.curves import Curves
from bridle.workbench import checks
from bridle.workbench.arm.catalogue import ARMS
from bridle.workbench.arm.linear_arms import elastic_net
from bridle.workbench.checks.arrays.catalogue import ARRAY_CHECKS
from bridle.workbench.checks.records.catalogue import RECORD_CHECKS
from bridle.workbench.checks.splits.catalogue import SPLIT_CHECKS
from bridle.workbench.checks.table import (
    constant_column,
    identifier_column,
    likely_leak,
    missing_values,
    sentinel_values,
    target_leak,
)
from bridle.workbench.diagnosis.findings import FINDINGS
from bridle.workbench.diagnosis.state import StateName
from bridle.workbench.finding import Finding
from bridle.workbench.folder.file_names import OWN_FILES
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.verdict.comparison import Comparison, Decision
from bridle.workbench.verdict.verdict import ArmSummary, Verdict

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(
    [
        *DOCS.rglob("*.md"),
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    ]
)

NOT_RUN = "<!-- not run -->"
"""Stands on the line before a block of Python that is only to be read."""

BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
"""A fenced block: its language and its content."""


def page_id(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


every_page = pytest.mark.parametrize("page", PAGES, ids=page_id)


def text_of(*pages: str) -> str:
    return "\n".join((DOCS / page).read_text("utf-8") for page in pages)


def code_words(text: str) -> set[str]:
    """Return what stands in code: the words of every inline piece and every block."""
    inline = re.findall(r"`([^`\n]+)`", BLOCK.sub("", text))
    blocks = [content for _, content in BLOCK.findall(text)]
    return {word for piece in [*inline, *blocks] for word in re.findall(r"--?[\w-]+|\w+", piece)}


API = text_of(*(path.relative_to(DOCS).as_posix() for path in (DOCS / "api").glob("*.md")))


# --- What there is, is on a page


@pytest.mark.parametrize("name", bridle.__all__)
def test_public_name_has_a_section_with_its_arguments(name):
    assert re.search(rf"^## `bridle\.{name}`$", API, re.MULTILINE)
    arguments = set(inspect.signature(getattr(bridle, name)).parameters)
    assert arguments - code_words(API) == set()


@pytest.mark.parametrize("name", [one for one in bridle.__all__ if one[0].isupper()])
def test_public_member_is_on_a_page(name):
    own = {one for one in vars(getattr(bridle, name)) if one[0] != "_"}
    asked_for = {one for one in own if not one.endswith("_request")}  # scikit-learn's
    assert asked_for - code_words(API) == set()


@pytest.mark.parametrize("name", command.commands)
def test_command_and_its_options_are_on_the_page(name):
    page = text_of("api/command_line.md")
    assert f"## `bridle {name}`" in page
    context = click.Context(command.commands[name], info_name=name)
    context.help_option_names = ["-h", "--help"]
    options = [
        option
        for one in command.commands[name].get_params(context)
        if isinstance(one, click.Option)
        for option in one.opts
    ]
    assert "--help" in options
    assert [one for one in options if one not in code_words(page)] == []


def exported(module: str) -> list[str]:
    """Return ``__all__`` of a module that needs a framework, without importing it."""
    tree = ast.parse((ROOT / "src" / "bridle" / module).read_text("utf-8"))
    (names,) = (
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    )
    return ast.literal_eval(names)


CHECK_MODULES = (
    identifier_column,
    constant_column,
    missing_values,
    sentinel_values,
    target_leak,
    likely_leak,
)

# What a page has to name, each as code.
CATALOGUES = {
    "losses": ("api/problem_and_solvers.md", LOSSES),
    "arms of the command line": ("api/command_line.md", ARMS),
    "arms": ("api/compare.md", ARMS),
    "rules": ("api/compare.md", [one.name for one in fields(Protocol)]),
    "files": ("api/files.md", OWN_FILES),
    "record": ("api/files.md", [one.name for one in (*fields(Record), *fields(Curves))]),
    "verdict": ("api/files.md", [one.name for one in (*fields(Verdict), *fields(ArmSummary))]),
    "comparison": ("api/files.md", [one.name for one in fields(Comparison)]),
    "finding": ("api/files.md", [one.name for one in fields(Finding)]),
    "checks": ("api/compare.md", [one.CODE for one in CHECK_MODULES]),
    "findings of a log": ("api/diagnose.md", [one.CODE for one in FINDINGS]),
    "states of a run": ("api/diagnose.md", [f'"{one}"' for one in get_args(StateName)]),
    "findings of an audit": ("api/audit.md", AUDIT_CODES),
    "checks of dropout": ("api/dropout_guidance.md", guidance.CODES),
    "Keras layers": ("api/dropout_layers.md", exported("dropout/keras_layers/__init__.py")),
    "PyTorch modules": ("api/torch_modules.md", exported("dropout/torch_modules/__init__.py")),
    "decisions": ("reading_a_verdict.md", [*get_args(Decision), "no comparison"]),
}


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_catalogue_is_on_its_page(catalogue):
    page, names = CATALOGUES[catalogue]
    text = text_of(page)
    words = code_words(text)
    assert [name for name in names if name not in words and f"`{name}`" not in text] == []


def test_every_check_is_asked_for():
    paths = Path(checks.__file__).parent.glob("*/**/*.py")
    no_checks = {"__init__", "catalogue", "view", "neighbours", "repeats", "recipe_places"}
    no_checks |= {"few_values"}
    names = {path.stem for path in paths} - no_checks
    late = {one.__module__ for one in (*SPLIT_CHECKS.values(), *RECORD_CHECKS.values())}
    late |= {one.__module__ for one in ARRAY_CHECKS.values()}
    asked = {one.__name__ for one in CHECK_MODULES} | late
    assert {one.rpartition(".")[2] for one in asked} == names


@pytest.mark.parametrize("code", [*SPLIT_CHECKS, *RECORD_CHECKS])
def test_every_late_check_has_a_row(code):
    code = "BR3xx" if code.startswith("BR3xx") else code
    assert f"| `{code}` |" in (DOCS / "api" / "compare.md").read_text("utf-8")


# --- The faults of docs/trust.md, and the tests that carry their numbers

FAULTS = range(1, 92)

FAULT_ROW = re.compile(r"^\| (\d+) \| [^|]+ \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
"""Number, what bridle does, tests."""

Tests = set[tuple[int, str, str]]
"""Number, file and name of tests."""


def listed_tests(page: str) -> Tests:
    """Return the tests that a page names: the words of a link are those of the test's name."""
    return {
        (int(number), file, f"test_{words.replace(' ', '_')}")
        for number, _, links in FAULT_ROW.findall(page)
        for words, file in re.findall(r"\[([^\]]+)\]\(\.\./([^)]+)\)", links)
    }


def marked_tests(file: str, source: str) -> Tests:
    """Return the tests of a file that carry the marker ``fault``."""
    return {
        (mark.args[0].value, file, node.name)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef)
        for mark in node.decorator_list
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.fault"
    }


def test_every_fault_has_a_row_and_every_row_the_tests_that_carry_its_number():
    page = text_of("trust.md")
    rows = FAULT_ROW.findall(page)
    assert [int(number) for number, *_ in rows] == list(FAULTS)
    marked = {
        one
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for one in marked_tests(page_id(path), path.read_text("utf-8"))
    }
    assert listed_tests(page) - marked == set()
    assert marked - listed_tests(page) == set()
    untested = set(FAULTS) - {number for number, *_ in marked}
    assert untested == {int(number) for number, does, _ in rows if does.startswith("Absent")}


# --- What a page says to do, works


def python_blocks(text: str) -> list[tuple[int, str]]:
    """Return the blocks of Python that are to be run, each with its line."""
    return [
        (text.count("\n", 0, found.start(2)), found[2])
        for found in BLOCK.finditer(text)
        if found[1].strip() == "python" and not text[: found.start()].rstrip().endswith(NOT_RUN)
    ]


WITH_PYTHON = [page for page in PAGES if python_blocks(page.read_text("utf-8"))]


@pytest.mark.parametrize("page", WITH_PYTHON, ids=page_id)
def test_python_runs_from_top_to_bottom(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(elastic_net, "_STRENGTHS", 5)  # of 20, to save time
    namespace = {"__name__": "__main__"}
    for line, source in python_blocks(page.read_text("utf-8")):
        # Blank lines before it, so that a traceback names the line of the page.
        try:
            exec(compile("\n" * line + source, str(page), "exec"), namespace)
        except MissingExtraError as error:
            pytest.skip(str(error))


def commands(text: str) -> list[list[str]]:
    """Return the arguments of every line ``bridle …`` in a block, without comment or redirection."""
    lines = [line for _, content in BLOCK.findall(text) for line in content.splitlines()]
    return [
        shlex.split(re.split(r"\s[>|]", line)[0], comments=True)[1:]
        for line in lines
        if line.startswith("bridle ")
    ]


@every_page
def test_commands_can_be_parsed(page):
    for arguments in commands(page.read_text("utf-8")):
        if arguments[0] not in command.commands or {"-h", "--help"} & {*arguments}:
            assert not command.main(arguments, standalone_mode=False)
        else:
            command.commands[arguments[0]].make_context(arguments[0], arguments[1:])


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", BLOCK.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


def broken_links(page: Path, text: str) -> list[str]:
    broken = []
    for link in re.findall(r"\]\(([^()\s]+)\)", BLOCK.sub("", text)):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = page.parent / file if file else page
        if not target.exists() or (anchor and anchor not in anchors(target.read_text("utf-8"))):
            broken.append(link)
    return broken


@every_page
def test_links_lead_somewhere(page):
    assert broken_links(page, page.read_text("utf-8")) == []


def skipped_levels(text: str) -> list[str]:
    """Return the headings more than one level below the one before, which the site refuses."""
    headings = re.findall(r"^(#+) (.+)$", BLOCK.sub("", text), re.MULTILINE)
    return [after[1] for before, after in pairwise(headings) if len(after[0]) > len(before[0]) + 1]


@every_page
def test_no_level_of_headings_is_skipped(page):
    assert skipped_levels(page.read_text("utf-8")) == []


def test_every_page_is_in_the_index():
    index = (DOCS / "README.md").read_text("utf-8")
    linked = {
        (DOCS / link.partition("#")[0]).resolve() for link in re.findall(r"\]\(([^()]+)\)", index)
    }
    pages = {path for path in DOCS.rglob("*.md") if path.name != "README.md"}
    assert {page_id(path) for path in pages if path.resolve() not in linked} == set()


def test_version_is_the_same_everywhere():
    assert metadata.version("bridle") == bridle.__version__
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.search(rf"^## {re.escape(bridle.__version__)}\b", changelog, re.MULTILINE)


# --- The readers above can fail


def test_readers_see_what_is_wrong(tmp_path):
    (tmp_path / "there.md").write_text("# A heading, *long*\n")
    page = tmp_path / "page.md"
    text = (
        "[a](there.md#a-heading-long) [b](there.md#no) [c](gone.md) [d](https://example.org)\n\n"
        f"{NOT_RUN}\n\n```python\nnot python\n```\n\n```python\nx = 1\n```\n\n"
        "```sh\nbridle compare a.csv --targets b  # so\n```\n"
    )
    page.write_text(text)
    assert broken_links(page, text) == ["there.md#no", "gone.md"]
    assert skipped_levels("# a\n## b\n### c\n## d\n#### e\n") == ["e"]
    assert python_blocks(text) == [(9, "x = 1\n")]
    (arguments,) = commands(text)
    assert arguments == ["compare", "a.csv", "--targets", "b"]
    with pytest.raises(click.UsageError):
        command.commands["compare"].make_context("compare", arguments[1:])


def test_readers_of_faults_see_rows_and_markers():
    page = "| 3 | a | b | [no file](../tests/a.py), [no one](../tests/b.py) |\n| 4 | a | b | none |"
    assert listed_tests(page) == {
        (3, "tests/a.py", "test_no_file"),
        (3, "tests/b.py", "test_no_one"),
    }
    source = "@pytest.mark.fault(3)\n@pytest.mark.fault(4)\n@pytest.mark.slow\ndef test_a(): ..."
    assert marked_tests("a.py", source) == {(3, "a.py", "test_a"), (4, "a.py", "test_a")}


# --- Names in backticks

DOTTED = re.compile(r"`(bridle(?:\.\w+)+)`")
NEEDS_TORCH = (
    "bridle.dropout.torch_modules",
    "bridle.dropout.surgery.torch",
    "bridle.dropout.audit.torch",
    "bridle.networks.own.torch",
    "bridle.networks.template.torch",
    "bridle.networks.engine.torch",
)


def dotted_names() -> list[str]:
    sources = (ROOT / "src").rglob("*.py")
    # Notes of decisions keep the names of their time.
    pages = [path for path in PAGES if "design" not in path.parts]
    texts = [path.read_text("utf-8") for path in (*pages, *sources)]
    return sorted({name for text in texts for name in DOTTED.findall(text)})


def resolves(name: str) -> bool:
    """Whether a dotted name is a module or something in one."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found = import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            if not hasattr(found, part):
                return part in getattr(found, "__annotations__", {})
            found = getattr(found, part)
        return True
    return False


@pytest.mark.parametrize("name", dotted_names())
def test_dotted_name_in_backticks_resolves(name):
    if name.startswith(NEEDS_TORCH) and find_spec("torch") is None:
        pytest.skip("needs the extra torch")
    if backend_available() is not None:
        pytest.skip(str(backend_available()))
    assert resolves(name)
