"""Law of options: on every kind of input each option acts, or is refused in words that name it."""

from __future__ import annotations

import inspect
import shutil
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold, LeavePOut

import bridle
from bridle.cli import main as cli
from bridle.errors import InputError
from bridle.workbench import study_runs
from bridle.workbench.arm import NetworkArm
from bridle.workbench.splits import Folds, Holdout, Nested, TimeFolds
from bridle.workbench.task import TASK_KINDS
from bridle.workbench.tasks.catalogue import TASK_TYPES

N = 240
RNG = np.random.default_rng(0)
MATRIX = RNG.normal(size=(N, 4))
Y = (MATRIX[:, 0] + RNG.normal(size=N) > 0).astype(int)
SITE = np.repeat(np.arange(N // 4), 4)
WHEN = RNG.permutation(N)
IMAGES = RNG.normal(size=(N, 4, 3, 1))
SEQUENCES = RNG.normal(size=(N, 5, 2))
FRAME = pd.DataFrame(MATRIX, columns=["x0", "x1", "x2", "x3"])
LABEL = ["NA", "b", "c"] * (N // 3)
BORN = [f"2024-{i % 12 + 1:02}-{i % 28 + 1:02}" for i in range(N)]
MORE = {"label": LABEL, "born": BORN}
EVERYTHING = FRAME.assign(y=Y, site=SITE, when=WHEN)


class CaughtError(Exception):
    """A study that would have run now."""

    def __init__(self, dataset, arms, protocol):
        super().__init__()
        self.dataset, self.arms, self.protocol = dataset, list(arms), protocol


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Return a folder with the same rows in every format."""
    folder = tmp_path_factory.mktemp("files")
    EVERYTHING.assign(**MORE).to_csv(folder / "table.csv", index=False)
    EVERYTHING.assign(**MORE).to_parquet(folder / "table.parquet")
    for name, X in {"matrix": MATRIX, "images": IMAGES, "sequences": SEQUENCES}.items():
        np.savez(folder / f"{name}.npz", X=X, y=Y, y2=1 - Y, site=SITE, when=WHEN)
    return folder


@pytest.fixture(autouse=True)
def untrained(monkeypatch, files):
    """Every study stops before it trains, with what it would have run, and leaves no file."""

    def stop(dataset, arms, protocol, *_, **__):
        raise CaughtError(dataset, arms, protocol)

    monkeypatch.setattr(study_runs, "run_experiment", stop)
    monkeypatch.setattr(study_runs, "level_epochs", lambda dataset, arms, protocol, *_: protocol)
    monkeypatch.chdir(files)
    yield
    for one in files.glob("*-bridle"):
        shutil.rmtree(one)


PLAIN = {}
"""What runs without options: of each file and kind of input, once it was asked for."""


def of_command(monkeypatch, capsys, file, *options):
    """Return the study that a command would run, or the line that refuses it."""
    own = {"--target", "--time-to", "--event"} & {*options}
    target = () if file.endswith("npz") or own else ("--target", "y")
    arms = () if "--arms" in options else ("--arms", "linear")
    monkeypatch.setattr(sys, "argv", ["bridle", "compare", file, *target, *arms, *options])
    with pytest.raises((CaughtError, SystemExit)) as ended:
        cli.main()
    if isinstance(ended.value, CaughtError):
        return ended.value
    assert ended.value.code == 2
    return capsys.readouterr().err


def of_call(**arguments):
    """Return the study that a call would run, or the message that refuses it."""
    try:
        bridle.compare(**{"arms": ["linear"], **arguments})
    except CaughtError as caught:
        return caught
    except InputError as error:
        return str(error)


def has_seven_epochs(protocol):
    return (protocol.epochs, protocol.epochs_rule) == (7, "given")


def is_tuned(study):
    arm = study.arms[-1]
    return isinstance(arm, NetworkArm) and arm.tuned


def has_dense_layers(study):
    arm = study.arms[-1]
    return isinstance(arm, NetworkArm) and arm.source.kind == "mlp"


def uses(*columns):
    return lambda study: not set(columns) & set(study.dataset.frame.columns)


def grouped(study):
    return len(np.unique(study.dataset.groups)) == N // 4


def in_order(study):
    first = study.dataset.frame.iloc[:, 0].to_numpy()
    order = np.argsort(WHEN)
    given = {v.ravel()[0] for v in (MATRIX[order[0]], IMAGES[order[0]], SEQUENCES[order[0]])}
    return isinstance(study.protocol.splits, TimeFolds) and any(
        np.isclose(first[0], v) for v in given
    )


def without_sevens(study):
    return "site" in study.dataset.frame and not (study.dataset.frame["site"] == 7).any()


def kept(study):
    return "label" in study.dataset.frame and "NA" in set(study.dataset.frame["label"])


def in_months(study):
    frame = study.dataset.frame
    return "born (month)" in frame and set(frame["born (weekday)"]) > {"Monday", "Sunday"}


def is_read_as_asked(study):
    notes = [one.message for one in study.dataset.findings]
    return "table.csv is read as cp1252, as asked for." in notes


def drawn(study):
    return (len(study.dataset.target), study.dataset.drawn_from) == (120, N)


def has_times(study):
    target = study.dataset.target
    return study.dataset.task.kind == "survival" and (
        np.array_equal(target["time"], WHEN) and np.array_equal(target["event"], Y == 1)
    )


SURVIVAL = ["--task", "survival", "--time-to", "when", "--event", "y"]
A_PAIR = ["--arms", "linear,elastic_net"]
COLUMNLESS = ("images.npz", "sequences.npz")
ARRAYS = ("matrix.npz", *COLUMNLESS)
FILES = ("table.csv", "table.parquet", "matrix.npz", *COLUMNLESS)

# An option, whether the study shows it, and the files for which it is refused instead.
OPTIONS = {
    "--target": (["--target", "y2"], lambda s: (s.dataset.target == 1 - Y).all(), FILES[:2]),
    "--task": (["--task", "regression"], lambda s: s.dataset.task.kind == "regression", ()),
    "--time-to": (SURVIVAL, has_times, COLUMNLESS),
    "--event": (SURVIVAL, has_times, COLUMNLESS),
    "--drop": (["--drop", "x1", "--drop", "x2"], uses("x1", "x2"), COLUMNLESS),
    "--missing": (["--missing", "7"], without_sevens, ARRAYS),
    "--rows": (["--rows", "120"], drawn, ()),
    "--keep": (["--keep", "NA"], kept, ARRAYS),
    "--parts": (["--parts", "born"], in_months, ARRAYS),
    "--encoding": (["--encoding", "cp1252"], is_read_as_asked, FILES[1:]),
    "--arms": (["--arms", "linear,elastic_net"], lambda s: len(s.arms) == 3, ()),
    "--rates": (
        ["--arms", "baseline", "--rates", "0,.2"],
        lambda s: [one.name for one in s.arms] == ["dummy", "baseline", "dropout:0.2"],
        (),
    ),
    "--tune": (["--arms", "baseline", "--tune"], is_tuned, ()),
    "--network": (["--arms", "baseline", "--network", "mlp"], has_dense_layers, ()),
    "--seeds": (["--seeds", "3"], lambda s: s.protocol.seeds == (0, 1, 2), ()),
    "--folds": (["--folds", "3"], lambda s: s.protocol.splits == Folds(3), ()),
    "--inner-folds": (
        ["--folds", "3", "--inner-folds", "2"],
        lambda s: s.protocol.splits == Nested(3, 2),
        (),
    ),
    "--groups": (["--groups", "site"], lambda s: grouped(s) and uses("site")(s), ()),
    "--time": (["--time", "when"], lambda s: in_order(s) and uses("when")(s), ()),
    "--initialisations": (
        ["--arms", "baseline", "--initialisations", "2"],
        lambda s: len(s.protocol.seeds) == 20,
        (),
    ),
    "--versus": (
        ["--arms", "linear,elastic_net", "--versus", "elastic_net:dummy"],
        lambda s: s.protocol.versus == (("elastic_net", "dummy"),),
        (),
    ),
    "--until-settled": ([*A_PAIR, "--until-settled"], lambda s: s.protocol.looks == 4, ()),
    "--learning-curve": ([*A_PAIR, "--learning-curve"], lambda s: s.protocol.learning_curve, ()),
    "--epochs": (
        ["--arms", "baseline", "--epochs", "7"],
        lambda s: has_seven_epochs(s.protocol),
        (),
    ),
}
ON_NETWORKS = ("--tune", "--network", "--initialisations", "--epochs")
SEEN_AFTERWARDS = {
    "--config",
    "--policy",
    "--write-config",
    "--details",
    "--out",
    "--overwrite",
    "--no-model",
    "--json",
    "--quiet",
    "--accept",
}
"""These act on what a study leaves and prints; tests of the command and of its folders see them."""


def test_every_option_of_the_command_is_in_the_table():
    options = {name for one in cli.command.commands["compare"].params for name in one.opts}
    assert options - {"file"} <= set(OPTIONS) | SEEN_AFTERWARDS
    assert set(OPTIONS) <= options


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("option", OPTIONS)
def test_option_acts_or_is_refused(option, file, monkeypatch, capsys):
    given, acts, refused = OPTIONS[option]
    found = of_command(monkeypatch, capsys, file, *given)
    if file in refused:
        assert found.startswith("Error: ")
        assert found.count("\n") == 1
        assert option.strip("-") in found
    else:
        assert isinstance(found, CaughtError), found
        assert acts(found)
        if file not in PLAIN:
            PLAIN[file] = of_command(monkeypatch, capsys, file)
        assert isinstance(PLAIN[file], str) or not acts(PLAIN[file])


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("option", ON_NETWORKS)
def test_option_on_networks_is_refused_where_no_arm_trains_one(option, file, monkeypatch, capsys):
    given = OPTIONS[option][0][2:]
    found = of_command(monkeypatch, capsys, file, *given)
    assert found.startswith(f"Error: {option} must be left out if no arm trains a network.")
    assert isinstance(
        of_command(monkeypatch, capsys, file, "--arms", "baseline", *given), Exception
    )


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("option", ["--drop", "--parts", "--groups", "--time"])
def test_name_that_does_not_exist_is_refused(option, file, monkeypatch, capsys):
    found = of_command(monkeypatch, capsys, file, option, "nobody")
    assert "nobody" in found


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize(
    "given",
    [
        ["--groups", "y"],
        ["--time", "y"],
        ["--time", "site", "--groups", "site"],
        ["--drop", "y"],
        ["--drop", "site", "--groups", "site"],
        ["--parts", "site", "--groups", "site"],
        ["--parts", "site", "--drop", "site"],
        ["--parts", "y"],
        ["--time", "when", "--groups", "site"],
    ],
    ids=" ".join,
)
def test_two_roles_of_one_column_are_refused(given, file, monkeypatch, capsys):
    found = of_command(monkeypatch, capsys, file, *given)
    assert found.startswith("Error: ")
    assert found.count("\n") == 1


INPUTS = {
    "frame": {"X": EVERYTHING.drop(columns="when").assign(**MORE), "y": "y"},
    "frame and y": {"X": EVERYTHING.drop(columns=["y", "when"]).assign(**MORE), "y": Y},
    "array": {"X": MATRIX, "y": Y},
    "images": {"X": IMAGES, "y": Y},
    "sequences": {"X": SEQUENCES, "y": Y},
    "loader": {"X": [(MATRIX[:100], Y[:100]), (MATRIX[100:], Y[100:])]},
    "loader of images": {"X": [(IMAGES[:100], Y[:100]), (IMAGES[100:], Y[100:])]},
}
WITHOUT_COLUMNS = ("images", "sequences", "loader of images")
WITHOUT_TEXT = ("array", "loader", *WITHOUT_COLUMNS)
ARGUMENTS = {
    "arms": (["linear", "elastic_net"], lambda s: len(s.arms) == 3, ()),
    "rates": ([0.2], lambda s: "dropout:0.2" in {one.name for one in s.arms}, ()),
    "seeds": ([3, 5], lambda s: s.protocol.seeds == (3, 5), ()),
    "versus": (["linear:dummy"], lambda s: s.protocol.versus == (("linear", "dummy"),), ()),
    "until_settled": (True, lambda s: s.protocol.looks == 4, ()),
    "learning_curve": (True, lambda s: s.protocol.learning_curve, ()),
    "epochs": (7, lambda s: has_seven_epochs(s.protocol), ()),
    "task": ("regression", lambda s: s.dataset.task.kind == "regression", ()),
    "drop": (["x1"], uses("x1"), WITHOUT_COLUMNS),
    "missing": (["7"], without_sevens, WITHOUT_TEXT),
    "keep": (["NA"], kept, WITHOUT_TEXT),
    "parts": (["born"], in_months, WITHOUT_TEXT),
    "rows": (120, drawn, ()),
    "splits": (Folds(3), lambda s: s.protocol.splits == Folds(3), ()),
    "network": ("mlp", has_dense_layers, ()),
    "tune": (True, is_tuned, ()),
    "overwrite": (True, None, tuple(INPUTS)),
    "time_to": ("when", None, tuple(INPUTS)),  # beside y, or without a table
    "event": ("site", None, tuple(INPUTS)),
    "groups": (SITE, grouped, ("frame",)),
}


def test_every_argument_is_in_the_table():
    elsewhere = {"X", "y", "out", "accept", "model"}
    assert set(inspect.signature(bridle.compare).parameters) <= set(ARGUMENTS) | elsewhere


@pytest.mark.parametrize("kind", INPUTS)
@pytest.mark.parametrize("argument", ARGUMENTS)
def test_argument_acts_or_is_refused(argument, kind):
    value, acts, refused = ARGUMENTS[argument]
    arms = ["baseline"] if f"--{argument}" in ON_NETWORKS else ["linear"]
    arms += ["elastic_net"] if argument in ("until_settled", "learning_curve") else []
    found = of_call(**INPUTS[kind], **{"arms": arms, argument: value})
    if kind in refused:
        assert isinstance(found, str)
        assert argument in found
    else:
        assert isinstance(found, CaughtError), found
        assert acts(found)
        if kind not in PLAIN:
            PLAIN[kind] = of_call(**INPUTS[kind])
        assert not acts(PLAIN[kind])


def test_an_elastic_net_and_a_network_are_rivals():
    found = of_call(X=MATRIX, y=Y, arms=["elastic_net", "dropout"], learning_curve=True)
    assert isinstance(found, CaughtError)
    alone = of_call(X=MATRIX, y=Y, arms=["dropout", "dummy"], until_settled=True)
    assert alone.startswith("until_settled must be left out if no two arms are compared.")


def test_times_and_events_are_columns_of_a_table():
    table = EVERYTHING.drop(columns="site")
    found = of_call(X=table, time_to="when", event="y")
    assert has_times(found)
    assert uses("when", "y")(found)
    for given in ({"time_to": "when"}, {"event": "y"}, {"task": "survival"}):
        assert "must name a column" in of_call(X=table, **given)


@pytest.mark.parametrize("option", ["--target", "--task", "--time-to", "--event"])
def test_choices_that_exclude_survival_are_refused(option, monkeypatch, capsys):
    other = {"--target": "x0", "--task": "regression", "--time-to": "y", "--event": "when"}
    given = [*SURVIVAL, option, other[option]]
    found = of_command(monkeypatch, capsys, "table.csv", *given)
    assert found.startswith("Error: ")
    assert found.count("\n") == 1


def test_choices_of_the_task_are_the_kinds_of_tasks():
    for command in ("compare", "fit", "columns"):
        (task,) = (one for one in cli.command.commands[command].params if one.name == "task")
        assert [*task.type.choices] == [*TASK_TYPES]
    assert [*TASK_TYPES] == [*TASK_KINDS]


@pytest.mark.parametrize("argument", ["network", "tune", "epochs"])
def test_argument_on_networks_is_refused_where_no_arm_trains_one(argument):
    found = of_call(**INPUTS["array"], **{argument: ARGUMENTS[argument][0]})
    assert found.startswith(f"{argument} must be left out if no arm trains a network.")


@pytest.mark.parametrize("seeds", [3, [4], [4, 7]])
@pytest.mark.parametrize("splits", [KFold(3), TimeFolds(3)])
def test_seeds_of_fixed_splits_are_refused_as_they_were_given(seeds, splits):
    found = of_call(X=MATRIX, y=Y, splits=splits, seeds=seeds)
    assert found.startswith("seeds must be 1 if the splits are fixed")
    assert f"seeds={seeds}." in found
    assert isinstance(of_call(X=MATRIX, y=Y, splits=splits, seeds=[0]), CaughtError)


def test_more_splits_than_a_study_can_have_are_refused():
    """They were gone through for each of them, which for pairs of rows took days."""
    found = of_call(X=MATRIX, y=Y, splits=LeavePOut(2))
    assert "at most 10,000 splits. Received: 28,680 from LeavePOut(p=2)." in found


@pytest.mark.parametrize("X", [MATRIX, FRAME, IMAGES], ids=["array", "frame", "images"])
@pytest.mark.parametrize("form", [pd.Series, pd.DataFrame])
def test_groups_in_another_order_than_the_rows_are_refused(X, form):
    """Those of a frame were not looked at, and those beside a Series y neither."""
    y, groups = pd.Series(Y), form(SITE, index=np.arange(N)[::-1])
    assert "groups must have its rows in the order of" in of_call(X=X, y=y, groups=groups)


@pytest.mark.parametrize("kind", INPUTS)
def test_groups_by_name_are_a_column_or_refused(kind):
    found = of_call(**INPUTS[kind], groups="site")
    if kind.startswith("frame"):
        assert grouped(found)
        assert uses("site")(found)
        assert found.protocol.splits == Holdout()
    else:
        assert "groups" in found
        assert "site" in found


@pytest.mark.parametrize("kind", ["array", "images"])
def test_group_without_a_name_is_refused(kind):
    groups = SITE.astype(float)
    groups[3:9] = np.nan
    assert "groups must name a group in every row" in of_call(**INPUTS[kind], groups=groups)


@pytest.mark.parametrize("X", [MATRIX, IMAGES], ids=["matrix", "images"])
@pytest.mark.parametrize("argument", ["X", "y", "groups", "list"])
def test_mask_is_refused(X, argument):
    given = {"X": X, "y": Y, "groups": SITE}
    if argument == "list":
        given["X"] = [np.ma.masked_less(row, 0) for row in X]
    else:
        given[argument] = np.ma.masked_equal(given[argument], given[argument].flat[0])
    assert "masked values" in of_call(**given)


@pytest.mark.parametrize("kind", ["polars", "pyarrow"])
def test_tables_of_other_libraries_keep_their_names(kind):
    library = pytest.importorskip(kind)
    table = library.table if kind == "pyarrow" else library.DataFrame
    columns = {name: EVERYTHING[name].to_list() for name in EVERYTHING}
    found = of_call(X=table(columns), y="y", groups="site", drop=["x1", "when"])
    assert [*found.dataset.frame] == ["x0", "x2", "x3"]
    assert grouped(found)
    target = found.dataset.target
    X = table({name: columns[name] for name in ("x0", "x1")})
    again = of_call(X=X, y=table(columns)["y"])
    assert [*again.dataset.frame] == ["x0", "x1"]
    np.testing.assert_array_equal(again.dataset.target, target)


ODD = {
    "none": None,
    "text": "zzz",
    "zero": 0,
    "negative": -1,
    "fraction": 2.5,
    "nan": float("nan"),
    "huge": 10**400,
    "empty": [],
    "mapping": {"a": 1},
    "object": object(),
    "0-d": np.array(3),
    "ragged": [[1], [1, 2]],
    "list of none": [None],
    "bytes": b"x",
    "complex": 1j,
    "wrong length": np.zeros(N - 1),
    "2-D": np.zeros((N, 2)),
    "type": int,
    "strings": np.array(["a"] * N),
    "durations": np.zeros(N, "m8[s]"),
    "repeated": [1, 1],
}


@pytest.mark.parametrize("odd", ODD)
def test_odd_argument_is_used_or_refused_in_one_line(odd):
    """What is none of it ends in a raw error, which `of_call` lets through."""
    kinds = ("frame", "array", "images")
    arguments = ("X", "y", *(one for one in ARGUMENTS if one != "network"))  # tried when built
    # Every pair of two of the three: odd value, argument, and kind of input.
    for place, argument in enumerate(arguments, [*ODD].index(odd)):
        found = of_call(**{**INPUTS[kinds[place % 3]], argument: ODD[odd]})
        if isinstance(found, str):
            assert "\n" not in found
            assert len(found) < 600


@pytest.mark.parametrize(
    ("given", "quoted"),
    [
        ({"seeds": 1}, "seeds=1"),
        ({"seeds": 2, "splits": TimeFolds(3)}, "seeds=2"),
        ({"seeds": [4, 4]}, r"seeds=[4, 4]"),
        ({"epochs": 0}, "epochs=0"),
        ({"tune": "False"}, "tune='False'"),
        ({"drop": 2.5}, "drop=2.5"),
        ({"arms": 5}, "arms=5"),
        ({"out": 5}, "Received: 5"),
    ],
)
def test_message_quotes_what_was_given(given, quoted):
    assert quoted in of_call(X=MATRIX, y=Y, **given)
