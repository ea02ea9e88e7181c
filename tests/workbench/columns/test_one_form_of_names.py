"""Law of names: each option and argument finds its column or word in either form of Unicode."""

import sys
import unicodedata

import numpy as np
import pandas as pd
import pytest

import bridle
from bridle.cli import main as cli
from bridle.errors import InputError
from bridle.workbench import study_runs
from bridle.workbench.checks.acceptance import accept_findings, refuse_unmatched
from bridle.workbench.data.dataset import from_arrays, make_dataset
from bridle.workbench.finding import Finding

N = 240
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, 3))
Y = (X[:, 0] + RNG.normal(size=N) > 0).astype(int)
COMPOSED = "caf\u00e9"
DECOMPOSED = unicodedata.normalize("NFD", COMPOSED)
FORMS = (COMPOSED, DECOMPOSED)

FRAME = pd.DataFrame(X, columns=["a", "b", "c"])
VALUES = {
    "--target": Y,
    "--time-to": RNG.permutation(N) / 2,
    "--event": Y,
    "--drop": RNG.normal(size=N),
    "--groups": np.repeat(np.arange(N // 4), 4),
    "--time": RNG.permutation(N) / 2,
    "--parts": [f"2024-{i % 12 + 1:02}-{i % 28 + 1:02}" for i in range(N)],
    "--accept": 2 * Y + 1,
}


def without(study):
    return COMPOSED not in study.dataset.frame


ACTS = {
    "--target": lambda s: s.dataset.target_name == COMPOSED,
    "--time-to": lambda s: s.dataset.target_name == COMPOSED,
    "--event": lambda s: without(s) and (s.dataset.target["event"] == (Y == 1)).all(),
    "--drop": without,
    "--groups": lambda s: without(s) and s.dataset.groups is not None,
    "--time": lambda s: without(s) and s.dataset.times is not None,
    "--parts": lambda s: f"{COMPOSED} (month)" in s.dataset.frame,
    "--accept": lambda s: COMPOSED in s.dataset.frame,
    "--missing": lambda s: s.dataset.frame["w"].isna().sum() == N // 2,
    "--keep": lambda s: (s.dataset.frame["w"] == "NA").sum() == N // 2,
}


class CaughtError(Exception):
    def __init__(self, dataset, *_, **__):
        super().__init__()
        self.dataset = dataset


@pytest.fixture(autouse=True)
def untrained(monkeypatch, tmp_path):
    def stop(*given, **_):
        raise CaughtError(*given)

    monkeypatch.setattr(study_runs, "run_experiment", stop)
    monkeypatch.chdir(tmp_path)


def table(option, held):
    if option == "--target":
        return FRAME.assign(**{held: Y})
    if option in OF_SURVIVAL:
        return FRAME.assign(**{"t": VALUES["--time-to"], "e": Y, held: VALUES[option]})
    if option in VALUES:
        return FRAME.assign(**{held: VALUES[option], "y": Y})
    word = held if option == "--missing" else "NA"
    return FRAME.assign(w=[word, "tea"] * (N // 2), y=Y)


OF_SURVIVAL = {"--time-to": {"event": "e"}, "--event": {"time_to": "t"}}
"""The option that each of these needs beside it; the other columns are features."""


def asked(option, form):
    return {"--accept": f"BR201:{form}", "--keep": "NA"}.get(option, form)


def test_every_option_that_names_something_of_the_data_is_in_the_table():
    free = {"--task", "--arms", "--out", "--rates", "--versus", "--policy", "--rows"}
    free |= {"--network", "--encoding"}
    named = {
        name
        for one in cli.command.commands["compare"].params
        for name in one.opts
        if one.type.name == "text" and name.startswith("--") and name not in free
    }
    assert named == set(ACTS)


@pytest.mark.parametrize("form", FORMS, ids=["composed", "decomposed"])
@pytest.mark.parametrize("held", FORMS, ids=["in composed", "in decomposed"])
@pytest.mark.parametrize("option", ACTS)
def test_an_option_finds_its_name_in_either_form(option, held, form, monkeypatch):
    frame = table(option, held)
    frame.to_csv("t.csv", index=False)
    target = [] if option == "--target" else ["--target", "y"]
    if option in OF_SURVIVAL:
        ((name, column),) = OF_SURVIVAL[option].items()
        target = [f"--{name.replace('_', '-')}", column]
    given = ["compare", "t.csv", *target, option, asked(option, form), "--arms", "linear"]
    monkeypatch.setattr(sys, "argv", ["bridle", *given])
    with pytest.raises(CaughtError) as caught:
        cli.main()
    assert ACTS[option](caught.value)


@pytest.mark.parametrize("form", FORMS, ids=["composed", "decomposed"])
@pytest.mark.parametrize("held", FORMS, ids=["in composed", "in decomposed"])
@pytest.mark.parametrize("option", [one for one in ACTS if one != "--time"])
def test_an_argument_finds_its_name_in_either_form(option, held, form):
    frame = table(option, held)
    argument = option.strip("-")
    if option == "--target":
        given = {"y": form}
    elif option in OF_SURVIVAL:
        given = {option.strip("-").replace("-", "_"): form, **OF_SURVIVAL[option]}
    else:
        name = asked(option, form)
        given = {"y": "y", argument: name if option == "--groups" else [name]}
    with pytest.raises(CaughtError) as caught:
        bridle.compare(frame, arms=["linear"], **given)
    assert ACTS[option](caught.value)


@pytest.mark.parametrize("form", FORMS, ids=["composed", "decomposed"])
@pytest.mark.parametrize("held", FORMS, ids=["in composed", "in decomposed"])
@pytest.mark.parametrize("features", [X, RNG.normal(size=(N, 4, 2))], ids=["table", "sequences"])
@pytest.mark.parametrize("option", ["--target", "--groups", "--time"])
def test_arrays_of_a_file_are_found_in_either_form(option, features, held, form, monkeypatch):
    arrays = {"X": features, "y": Y} | {held: np.asarray(VALUES[option])}
    np.savez("t.npz", **arrays)
    monkeypatch.setattr(
        sys, "argv", ["bridle", "compare", "t.npz", option, form, "--arms", "linear"]
    )
    with pytest.raises(CaughtError) as caught:
        cli.main()
    dataset = caught.value.dataset
    kept = {"--target": dataset.target, "--groups": dataset.groups, "--time": dataset.times}[option]
    assert kept is not None
    assert COMPOSED not in dataset.frame


def test_a_name_in_two_forms_is_there_twice():
    with pytest.raises(InputError, match="distinct names"):
        make_dataset(FRAME.assign(**{COMPOSED: 1.0, DECOMPOSED: 2.0, "y": Y}), "y")
    np.savez("t.npz", **{"X": X, COMPOSED: Y, DECOMPOSED: Y})
    with pytest.raises(InputError, match="more than once"):
        bridle.workbench.data.row_arrays.read_arrays("t.npz", target=COMPOSED)


@pytest.mark.parametrize("form", FORMS)
def test_a_finding_about_a_target_of_either_form_is_accepted_by_either(form):
    y = pd.Series(Y, name=DECOMPOSED)
    assert from_arrays(FRAME, y).target_name == COMPOSED
    finding = Finding("BR108 read-as", DECOMPOSED, "said", "nothing", "warning")
    (accepted,) = accept_findings([finding], [f"BR108:{form}"])
    assert accepted.severity == "accepted"
    refuse_unmatched([finding], [f"BR108:{form}"])
