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

# From low to high: a room imports from the lines above its own, never from its own line or below.
# A package's __init__ is above all that is in the package, unless it has a line of its own.
ORDER = {
    "bridle": (
        "errors streams figure atomic_file processors _core",
        "digest archive pickled one_fit real_numbers",
        "array_file diagnosis class_weights",
        "elastic_net dropout",
        "network_penalty",
        "workbench",
        "__init__ command_words",
        "commands",
        "cli",
        "__main__",
    ),
    "bridle.elastic_net": (
        "waiting",
        "certificate coefficients loss design row_classes workers progress",
        "column_ranges",
        "inputs",
        "input_dropout",
        "penalty",
        "null_model units duplicates moments",
        "fold_moments",
        "problem",
        "loss_part",
        "working_certificate",
        "design_pass",
        "working_set",
        "solver specification grid degrees_of_freedom",
        "methods",
        "convergence data_warnings folds fold_models scoring path_plot path_point path_table",
        "path",
        "fold_fits",
        "fit_path cross_validation",
        "cross_validation_plot",
        "estimators",
    ),
    "bridle.elastic_net.loss": ("base", "squared logistic multinomial poisson"),
    "bridle.elastic_net.design": (
        "base extremes compressed",
        "dense sparse standardized column_store",
        "table",
    ),
    "bridle.elastic_net.solver": (
        "base symmetric_system",
        "common_shift newton_step proximal_gradient",
        "newton whole_gram",
        "coordinate_descent",
    ),
    "bridle.elastic_net.working_set": ("attempt", "working_set", "inner_columns inner_gram"),
    "bridle.elastic_net.methods": (
        "solved_path polish",
        "base track confirm solve_alone",
        "one_by_one screening",
        "lockstep",
        "moments",
        "reweighted",
        "choose",
    ),
    "bridle.elastic_net.estimators": (
        "data",
        "fitting class_prediction",
        "fitting_cv",
        "numbers",
        "regressor classifier regressor_cv classifier_cv",
    ),
    "bridle.dropout": (
        "backend rate network_graph summary jax_uniform framework sampler overflow",
        "noise recipe place_rates monte_carlo_prediction subnetwork optimizers",
        "schedule training placement guidance",
        "keras_layers torch_modules surgery_plan",
        "keras_surgery torch_surgery registration",
        "surgery keras_guidance estimators keras_active_noise",
        "check_dropout engine keras_sampler torch_sampler",
        "monte_carlo",
    ),
    "bridle.dropout.guidance": ("base", "catalogue"),
    "bridle.networks.estimators": (
        "settings sample rows check_network drawn_weights known_graph keras_file",
        "asked_features head",
        "own_loss",
        "own_network",
        "description",
        "saving",
        "fitting",
        "classifier regressor",
    ),
    "bridle.networks.engine": (
        "regime divergence compilation_cache plain_network",
        "sources",
        "template",
        "job networks",
        "batches watch grouping",
        "checkpoint",
        "between_epochs",
        "compiled by_fit",
        "train_jobs",
        "effect fingerprint",
    ),
    "bridle.dropout.keras_layers": (
        "stream torch_lstm gather_blocks gru_step",
        "source sub_recurrent",
        "base sub_layers",
        "chain_plan",
        "chain_rates",
        "dropout spatial_dropout sub_network",
        "gaussian_dropout alpha_dropout embedding_dropout drop_connect drop_path drop_block "
        "concrete_dropout recurrent_dropout attention both_directions",
    ),
    "bridle.dropout.surgery.keras": (
        "calls",
        "copies roles",
        "reading",
        "rebuild inspection",
        "swaps chains",
        "cut",
    ),
    "bridle.dropout.torch_modules": (
        "draws",
        "stream",
        "source",
        "masks drop_block embedding drop_connect concrete recurrent attention",
    ),
    "bridle.dropout.surgery.torch": (
        "roles",
        "tracing",
        "reading",
        "rewriting inspection swaps",
        "cut",
    ),
    "bridle.networks.penalty": ("regularizer", "proximal_step", "input_selection"),
    "bridle.workbench": (
        "arguments problems",
        "task splits record columns interval held_curves files row_roles recipe_places missing_words "
        "holm run_progress foreign_tables given_arrays folder_lock",
        "sealed_line read_file",
        "read_table",
        "protocol power",
        "pairing",
        "arm trend epoch_difference overfitting against_dummy",
        "text_readings",
        "checks preparation given_features record_file",
        "column_reading",
        "target used_columns",
        "given_columns",
        "dataset metric comparison",
        "split wording row_arrays arm_summary",
        "asked_split recommendation given_data",
        "experiment",
        "plan",
        "journal manifest",
        "study_folder",
        "verdict",
        "report choose_arms",
        "study",
        "run_study",
        "compare",
    ),
    "bridle.workbench.data.read_file": (
        "compression encoding separators dialects decimal_comma",
        "records",
        "refusals",
        "text parquet",
    ),
    "bridle.workbench.arm": (
        "base",
        "dummy linear elastic_net network_arm",
        "permuted_target baseline early_stopping weight_decay elastic_net_penalty dropout max_norm "
        "batch_norm input_noise mixup shift_flip",
        "dropout_elastic_net curriculum_dropout tuning",
    ),
    "bridle.workbench.checks": (
        "base",
        "split_view record_view",
        "repeats neighbours acceptance",
        "identifier_column constant_column missing_values sentinel_values target_leak blank_rows",
        "array_leak",
        "class_imbalance too_few_rows duplicate_rows near_duplicates sorted_rows crossing_groups "
        "dropout_places untested_class",
        "grid_edge non_convergence null_beats_dummy minimum_norm separation too_good",
        "likely_leak likely_groups drift",
        "__init__",
        "split_checks record_checks array_checks causes",
    ),
    "bridle.workbench.splits": (
        "base",
        "division",
        "holdout folds nested time_folds from_splitter",
        "choose",
    ),
    "bridle.commands": ("options", "columns"),
    "bridle.workbench.report": (
        "text svg png",
        "arm_table column_table effect_table coefficients differences loss_panel",
        "loss_curves terminal",
        "html",
    ),
}

FRAMEWORKS = {"keras", "jax", "jaxlib", "tensorflow", "torch"}

# A name, and the files (or folders) that alone may use it.
HOMES = {
    # The workbench refuses sparse input before there is a design.
    "issparse": ("elastic_net/design/", "workbench/columns/given_arrays.py"),
    "import_module": ("__init__.py", "workbench/report/__init__.py", "backend.py"),
    "__import__": (),
    # Of the processors of a machine, a process may have few.
    "cpu_count": ("processors.py",),
    "sched_getaffinity": (),
    "hasattr": (),
    # Frameworks expect it of what inherits from them: exceptions, scikit-learn's estimators, layers.
    "super": (
        "errors.py",
        "elastic_net/estimators/",
        "dropout/keras_layers/",
        "dropout/torch_modules/",
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


def height(package: str, room: str) -> int | None:
    """Return the line of a room in its package's table."""
    lines = [line.split() for line in ORDER[package]]
    if room == "__init__" and not any(room in line for line in lines):
        return len(lines)
    return next((number for number, line in enumerate(lines) if room in line), None)


def objection(one: Import) -> str | None:
    """Say why an import does not go down, in the innermost package that holds both modules."""
    low, high = one.imported.split("."), one.importer.split(".")
    shared = 0
    while shared < min(len(low), len(high)) and low[shared] == high[shared]:
        shared += 1
    package = ".".join(low[:shared])
    if package not in ORDER:
        return f"{one}: itself"
    rooms = [(*parts, "__init__")[shared] for parts in (low, high)]
    heights = [height(package, room) for room in rooms]
    if None in heights:
        return f"{package}.{rooms[heights.index(None)]} has no line in ORDER: say where it stands"
    return f"{one}, not below it" if heights[0] >= heights[1] else None


def upward_imports(trees: Trees) -> list[str]:
    objections = [objection(one) for one in imports(trees)]
    return [one for one in dict.fromkeys(objections) if one is not None]


def cycles(trees: Trees) -> list[str]:
    graph: dict[str, set[str]] = {}
    for one in imports(trees):
        if not one.typing:
            graph.setdefault(one.importer, set()).add(one.imported)
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
            "dropout/keras_layers/torch_lstm.py",
            "dropout/torch_modules/",
            "dropout/surgery/torch/",
            "dropout/monte_carlo/torch_sampler.py",
        ),
        "jax": (
            "dropout/keras_layers/jax_uniform.py",
            "networks/engine/compiled.py",
            "networks/engine/compilation_cache.py",
        ),
    }
    # One compiled call, and one without a gradient, are things that Keras has no name for.
    every = ("backend.py", "dropout/monte_carlo/keras_sampler.py")
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
    assert law(TREES) == []


def test_every_room_of_the_table_exists():
    modules = {module_name(path) for path in TREES}
    rooms = {
        f"{package}.{room}"
        for package, lines in ORDER.items()
        for line in lines
        for room in line.split()
        if room != "__init__"
    }
    assert rooms | {"bridle"} == modules


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
    assert {Path(name).suffix for name in OWN_FILES} == {".jsonl", ".json", ".png", ".html"}


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
        {upward_imports, cycles},
    ),
    "for a type only": (
        "elastic_net/problem.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
        "    from bridle.elastic_net.solver import CoordinateDescent",
        {upward_imports},
    ),
    "inside a function": (
        "errors.py",
        "def late():\n    from bridle.workbench import study",
        {upward_imports, cycles},
    ),
    "an engine that knows the other": (
        "networks/recipe.py",
        "from bridle.elastic_net.penalty import ElasticNetPenalty",
        {upward_imports},
    ),
    "an engine that knows the workbench": (
        "elastic_net/penalty.py",
        "import bridle.workbench.task",
        {upward_imports},
    ),
    "a file that imports its package": (
        "workbench/checks/base.py",
        "from bridle.workbench.checks.table import CHECKS",
        {upward_imports, cycles},
    ),
    "the public face from within": (
        "workbench/record.py",
        "from bridle import __version__",
        {upward_imports},
    ),
    "sparse matrices sniffed at": (
        "elastic_net/problem.py",
        "from scipy.sparse import issparse",
        {names_away_from_home},
    ),
    "sniffed at as an attribute": (
        "workbench/metric.py",
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
        "workbench/arm/dropout.py",
        "from jax.numpy import array",
        {framework_imports},
    ),
    "a framework by its name": (
        "networks/engine/training.py",
        "from importlib import import_module",
        {names_away_from_home},
    ),
    "an arm that inherits from another": (
        "workbench/arm/dropout.py",
        "class Milder(Dropout):\n    pass",
        {heirs_of_concrete_classes},
    ),
}


@pytest.mark.parametrize("breach", BREACHES)
def test_breach_is_found(breach):
    path, addition, broken = BREACHES[breach]
    source = (PACKAGE / path).read_text("utf-8")
    trees = {**TREES, path: ast.parse(f"{source}\n{addition}\n")}
    assert {law for law in LAWS if law(trees) != law(TREES)} == broken


def test_room_without_a_line_is_refused():
    novelty = ast.parse("from bridle.elastic_net.problem import Problem")
    found = upward_imports({**TREES, "elastic_net/novelty.py": novelty})
    assert "bridle.elastic_net.novelty has no line in ORDER: say where it stands" in found
