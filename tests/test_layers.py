"""The architecture, as laws about the source: who may import whom, and what belongs in one place."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from bridle.workbench.folder.file_names import OWN_FILES

PACKAGE = Path(__file__).parents[1] / "src" / "bridle"

Trees = dict[str, ast.Module]
"""Every module's syntax tree by its path below the package, with slashes."""

# Rooms (folders) of a package from low to high: one imports from the lines above its own, never from
# its own line or below. Files need no line: the law of cycles holds for files and rooms together.
ROOMS = {
    "bridle": (
        "arguments files readings",
        "encoding threads",
        "rows survival",
        "elastic_net dropout",
        "networks",
        "workbench",
        "callbacks",
        "cli",
    ),
    "bridle.rows": ("blocks", "engines scans"),
    "bridle.elastic_net": (
        "loss design penalty",
        "data moments optimality",
        "working_set",
        "solver",
        "methods",
        "path",
        "cross_validation",
        "streaming",
        "estimators",
    ),
    "bridle.dropout.keras_layers": ("masks", "recurrent", "sub_networks"),
    "bridle.dropout": ("keras_layers torch_modules", "surgery", "guidance monte_carlo", "audit"),
    "bridle.networks.own": ("building", "torch"),
    "bridle.networks": ("kinds", "own", "template", "engine", "estimators penalty"),
    "bridle.workbench.evidence": ("intervals", "results", "curves"),
    "bridle.workbench.arm": ("linear_arms network_arms",),
    "bridle.workbench": (
        "splits columns logs",
        "tasks",
        "arm",
        "evidence",
        "checks",
        "data",
        "run",
        "folder",
        "model",
        "verdict",
        "report",
        "elsewhere",
        "trials",
        "export",
        "diagnosis",
    ),
    "bridle.workbench.diagnosis": ("findings",),
}

FRAMEWORKS = {"keras", "jax", "jaxlib", "tensorflow", "torch"}

# A name, and the files (or folders) that alone may use it.
HOMES = {
    # The workbench refuses sparse input before there is a design.
    "issparse": ("elastic_net/design/", "workbench/columns/given_arrays.py"),
    "import_module": (
        "__init__.py",
        "callbacks/__init__.py",
        "networks/penalty/__init__.py",
        "workbench/export/export_records.py",
        "workbench/report/__init__.py",
        "backend.py",
    ),
    "__import__": (),
    # Of the processors of a machine, a process may have few.
    "cpu_count": ("threads/processors.py",),
    "sched_getaffinity": (),
    "hasattr": (),
    # Frameworks expect it of what inherits from them: exceptions, scikit-learn's estimators, layers.
    "super": (
        "errors.py",
        "callbacks/",
        "elastic_net/estimators/",
        "dropout/keras_layers/",
        "dropout/torch_modules/",
        "networks/penalty/keras_optimizers.py",
        "networks/template/torch/recipe_module.py",
    ),
}


RUN_WHAT_THEY_READ = {
    "yaml",
    "pickle",
    "marshal",
    "shelve",
    "dill",
    "cloudpickle",
    "jsonpickle",
    "eval",
}
SPREADSHEET_WRITERS = {"to_csv", "to_excel", "to_clipboard", "writer", "DictWriter", "savetxt"}


@dataclass(frozen=True)
class Import:
    """One import of one module by another; `typing` if only a type checker follows it."""

    importer: str
    imported: str
    line: int
    typing: bool

    def __str__(self) -> str:
        return f"{self.importer}, line {self.line}: {self.imported}"


def read_trees() -> Trees:
    return {
        path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text("utf-8"))
        for path in sorted(PACKAGE.rglob("*.py*"))
        if path.suffix in {".py", ".pyi"}
    }


TREES = read_trees()


def module_name(path: str) -> str:
    stem = path.rpartition(".")[0].removesuffix("__init__").rstrip("/")
    return ".".join(["bridle", *stem.split("/")]) if stem else "bridle"


def imports(trees: Trees) -> list[Import]:
    """Return every import of one of our modules by another."""
    parsed = {module_name(path): tree for path, tree in trees.items()}
    return [
        Import(importer, one, node.lineno, typing)
        for importer, tree in parsed.items()
        for node, typing in import_nodes(tree)
        for one in targets(node, parsed.keys())
        if one.split(".")[0] == "bridle"
    ]


@cache
def import_nodes(tree: ast.AST) -> list[tuple[ast.Import | ast.ImportFrom, bool]]:
    """Return every import statement, and whether only a type checker follows it."""
    guarded = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found = (node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom)))
    return [(node, node in guarded) for node in found]


def targets(node: ast.Import | ast.ImportFrom, ours: object = ()) -> list[str]:
    """Return the modules that a statement imports; of ``from a import b``, a.b if it is a module."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    assert node.level == 0, f"line {node.lineno}: imports are written out from bridle on"
    full = [f"{node.module}.{alias.name}" for alias in node.names]
    return [one if one in ours else one.rpartition(".")[0] for one in full]


def rooms_of(one: Import, packages: set[str]) -> tuple[str, str, str]:
    """Return the innermost package that holds both modules, and the room or file of each in it."""
    low, high = (
        [*name.split("."), *(["__init__"] if name in packages else [])]
        for name in (one.imported, one.importer)
    )
    shared = 0
    while low[shared] == high[shared]:
        shared += 1
    return ".".join(low[:shared]), low[shared], high[shared]


def height(package: str, room: str) -> int | None:
    """Return the line of a room in its package's table; a file has none."""
    lines = enumerate(ROOMS.get(package, ()))
    return next((number for number, line in lines if room in line.split()), None)


def upward_imports(trees: Trees) -> list[str]:
    """Return imports between two rooms that do not go down."""
    packages = packages_of(trees)
    found = []
    for one in imports(trees):
        package, low, high = rooms_of(one, packages)
        heights = height(package, low), height(package, high)
        if None not in heights and heights[0] >= heights[1]:
            found.append(f"{one}, not below it")
    return list(dict.fromkeys(found))


def packages_of(trees: Trees) -> set[str]:
    return {module_name(path) for path in trees if path.endswith("__init__.py")}


def cycles(trees: Trees) -> list[str]:
    """Return a circle of files and rooms, in the first package that has one."""
    packages = packages_of(trees)
    graphs: dict[str, dict[str, set[str]]] = {}
    for one in imports(trees):
        if one.importer != one.imported:
            package, low, high = rooms_of(one, packages)
            graphs.setdefault(package, {}).setdefault(high, set()).add(low)
    for graph in graphs.values():
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            return error.args[1]
    return []


def names_away_from_home(trees: Trees) -> list[str]:
    return [
        f"{path}, line {line}: {name}"
        for path, tree in trees.items()
        for name, line in used_names(tree)
        if name in HOMES and not at_home(path, HOMES[name])
    ]


@cache
def used_names(tree: ast.AST) -> set[tuple[str, int]]:
    """Return every name and attribute that is imported or used, with its line."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {(alias.name, node.lineno) for alias in node.names}
        elif isinstance(node, ast.Name):
            names.add((node.id, node.lineno))
        elif isinstance(node, ast.Attribute):
            names.add((node.attr, node.lineno))
    return names


@cache
def classes(tree: ast.AST) -> dict[str, list[str]]:
    """Return the bases of every class, by its name."""
    return {
        node.name: [ast.unparse(base) for base in node.bases]
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }


def uses(trees: Trees, names: set[str]) -> list[str]:
    """Return where a name is used, or something of a module of that name."""
    return [
        f"{path}, line {line}: {name}"
        for path, tree in trees.items()
        for name, line in sorted(used_names(tree) | imported_modules(tree))
        if name in names
    ]


def imported_modules(tree: ast.AST) -> set[tuple[str, int]]:
    nodes = [node for node, _ in import_nodes(tree)]
    return {(one.split(".")[0], node.lineno) for node in nodes for one in targets(node)}


def at_home(path: str, homes: tuple[str, ...]) -> bool:
    return any(path.startswith(home) if home.endswith("/") else path == home for home in homes)


def framework_homes(module: str) -> tuple[str, ...]:
    homes = {
        "torch": (
            "dropout/keras_layers/recurrent/torch_lstm.py",
            "dropout/torch_modules/",
            "dropout/surgery/torch/",
            "dropout/audit/torch/",
            "dropout/monte_carlo/torch_sampler.py",
            "networks/own/torch/",
            "networks/template/torch/",
            "networks/engine/torch/",
            "networks/penalty/torch/",
        ),
        "jax": (
            "dropout/keras_layers/masks/jax_uniform.py",
            "networks/engine/compiled/",
        ),
    }
    # A compiled call, one without a gradient, and the gradient in an input have no name in Keras.
    every = (
        "backend.py",
        "dropout/audit/keras/backends.py",
        "dropout/monte_carlo/keras_sampler.py",
    )
    return (*every, *homes.get(module.split(".")[0], ()))


def framework_imports(trees: Trees) -> list[str]:
    return [
        f"{path}, line {node.lineno}: {one}"
        for path, tree in trees.items()
        for node, _ in import_nodes(tree)
        for one in targets(node)
        if one.split(".")[0] in FRAMEWORKS and not at_home(path, framework_homes(one))
    ]


def heirs_of_concrete_classes(trees: Trees) -> list[str]:
    """Return classes that inherit from one of ours that is not abstract; exceptions may."""
    ours = {
        name: (path, bases)
        for path, tree in trees.items()
        if path != "errors.py"
        for name, bases in classes(tree).items()
    }
    return [
        f"{path}: {name}({base})"
        for name, (path, bases) in ours.items()
        for base in bases
        if base in ours and "ABC" not in ours[base][1]
    ]


LAWS: tuple[Callable[[Trees], list[str]], ...] = (
    upward_imports,
    cycles,
    names_away_from_home,
    framework_imports,
    heirs_of_concrete_classes,
)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_source_keeps_the_law(law):
    assert of_source(law) == []


def test_every_room_has_a_line_and_every_line_a_room():
    folders = packages_of(TREES)
    for package, lines in ROOMS.items():
        rooms = {one.rpartition(".")[2] for one in folders if one.rpartition(".")[0] == package}
        assert {room for line in lines for room in line.split()} == rooms


@pytest.mark.fault(75)
@pytest.mark.fault(78)
def test_no_file_is_read_by_what_runs_its_content():
    assert uses(TREES, RUN_WHAT_THEY_READ) == []


@pytest.mark.parametrize("line", ["import yaml as y", "from yaml import load", "one.yaml(2)"])
def test_use_is_found(line):
    assert uses({"a.py": ast.parse(line)}, {"yaml"}) == ["a.py, line 1: yaml"]


@pytest.mark.fault(77)
def test_no_file_is_written_whose_cells_a_spreadsheet_would_run():
    assert uses(TREES, SPREADSHEET_WRITERS) == []
    assert {Path(name).suffix for name in OWN_FILES} == {".jsonl", ".json", ".png", ".html", ".py"}


# A file, what is added to it, and the laws that this breaks.
BREACHES = {
    "a loss that sees the design": (
        "elastic_net/loss/squared.py",
        "from bridle.elastic_net.design import Design",
        {upward_imports},
    ),
    "a solver in the problem": (
        "elastic_net/problem.py",
        "from bridle.elastic_net.solver import CoordinateDescent",
        {cycles},
    ),
    "for a type only": (
        "elastic_net/problem.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
        "    from bridle.elastic_net.solver import CoordinateDescent",
        {cycles},
    ),
    "inside a function": (
        "errors.py",
        "def late():\n    from bridle.workbench import study",
        {cycles},
    ),
    "an engine that knows the other": (
        "dropout/noise.py",
        "from bridle.elastic_net.penalty.penalty import ElasticNetPenalty",
        {upward_imports},
    ),
    "an engine that knows the workbench": (
        "elastic_net/penalty/penalty.py",
        "import bridle.workbench.task",
        {upward_imports, cycles},
    ),
    "a file that imports its package": (
        "workbench/checks/base.py",
        "from bridle.workbench.checks.table import CHECKS",
        {cycles},
    ),
    "the public face from within": (
        "workbench/record.py",
        "from bridle import __version__",
        {cycles},
    ),
    "sparse matrices sniffed at": (
        "elastic_net/problem.py",
        "from scipy.sparse import issparse",
        {names_away_from_home},
    ),
    "sniffed at as an attribute": (
        "workbench/run/metric.py",
        "import scipy.sparse as s\ns.issparse(0)",
        {names_away_from_home},
    ),
    "hasattr": ("streams.py", "hasattr(np, 'float64')", {names_away_from_home}),
    "super": (
        "workbench/record.py",
        "class Late:\n    def __init__(self):\n        super().__init__()",
        {names_away_from_home},
    ),
    "a framework": ("networks/engine/training.py", "import keras", {framework_imports}),
    "a part of a framework": (
        "workbench/arm/network_arms/dropout.py",
        "from jax.numpy import array",
        {framework_imports},
    ),
    "a framework by its name": (
        "networks/engine/training.py",
        "from importlib import import_module",
        {names_away_from_home},
    ),
    "an arm that inherits from another": (
        "workbench/arm/network_arms/dropout.py",
        "class Milder(Dropout):\n    pass",
        {heirs_of_concrete_classes},
    ),
}


@pytest.mark.parametrize("breach", BREACHES)
def test_breach_is_found(breach):
    path, addition, broken = BREACHES[breach]
    source = (PACKAGE / path).read_text("utf-8")
    trees = {**TREES, path: ast.parse(f"{source}\n{addition}\n")}
    assert {law for law in LAWS if law(trees) != of_source(law)} == broken


@cache
def of_source(law):
    return law(TREES)
