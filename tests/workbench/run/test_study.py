"""Laws of the main job in Python: what `bridle.compare` gives, refuses and leaves on disk."""

from __future__ import annotations

import json
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold
from tests.workbench.table_arms import ARMS

import bridle
from bridle import backend
from bridle.errors import InputError, MissingExtraError, UnknownNameError
from bridle.networks.default_network import DEFAULT
from bridle.workbench import run_study, study, study_runs
from bridle.workbench.arm import arms_by_name
from bridle.workbench.arm.linear_arms import elastic_net
from bridle.workbench.arm.names import arm_of
from bridle.workbench.arm.suited import suited_arms
from bridle.workbench.checks.splits.recipe_places import recipe_places
from bridle.workbench.folder.file_names import CURVE_RECORDS, MODEL, OWN_FILES, SCRIPT, to_json
from bridle.workbench.folder.record_file import read_records
from bridle.workbench.protocol import Protocol
from bridle.workbench.run import check_splits, skipped_arms

FAST = ("dummy", "linear")
NETWORKS = ("baseline", "dropout")


@pytest.fixture(autouse=True)
def short_path(monkeypatch):
    monkeypatch.setattr(elastic_net, "_STRENGTHS", 3)


def table(n=60):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(n, 3)), columns=["a", "b", "c"])
    return X, (X["a"] + rng.normal(size=n) > 0).to_numpy()


def test_rows_without_a_target_are_refused_where_a_splitter_may_name_rows_by_their_places():
    X, y = table()
    y = pd.Series(y, dtype=object).where(X.index != 7)
    with pytest.raises(InputError, match=r"if splits is a splitter.* none in 1 of them"):
        bridle.compare(X, y, arms=FAST, splits=KFold(3))
    study = bridle.compare(X, y, arms=FAST, seeds=2)
    assert len(study.dataset.target) == len(X) - 1


def compare(arms=FAST, seeds=2, **options):
    return bridle.compare(*table(), arms=arms, seeds=seeds, **options)


@pytest.fixture(scope="module")
def networks():
    if backend.backend_available() is not None:
        pytest.skip(str(backend.backend_available()))
    return compare(arms=NETWORKS, epochs=2)


@pytest.fixture(scope="module")
def fast():
    return compare()


@pytest.fixture
def no_backend(monkeypatch):
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    monkeypatch.setattr(backend, "_installed", lambda package: False)


def files(folder):
    """Return what the files of a folder hold, those of a model aside."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != MODEL}


def test_networks_are_compared(networks):
    arms = ["dummy", *NETWORKS]
    assert [one.name for one in networks.verdict.arms] == arms
    assert networks.verdict.comparisons[0].regularised == "dropout"
    assert [(one.seed, one.arm) for one in networks.records] == [
        (seed, arm) for seed in (0, 1) for arm in arms
    ]
    assert all(one.failure is None for one in networks.records)
    assert all(len(one.curves.val_loss) == 2 for one in networks.records if one.curves)
    assert networks.verdict.headline in " ".join(str(networks).split())
    assert "compare(..., epochs=15)" in str(networks), "two epochs are too early for a model"
    assert networks.titles["dropout"] == "network 128-64, dropout 0.5"


def test_figures_show_what_ran(networks, fast):
    assert len(networks.plot_loss().axes) >= 2
    assert len(fast.plot_coefficients().axes) >= 1
    with pytest.raises(InputError, match="coefficients"):
        networks.plot_coefficients()
    with pytest.raises(InputError, match="epochs"):
        fast.plot_loss()


def test_saved_are_records_verdict_report_and_the_figures_there_are(networks, fast, tmp_path):
    page = networks.save(tmp_path / "a" / "b")
    assert page == tmp_path / "a" / "b" / "report.html"
    always = set(OWN_FILES) - {SCRIPT, CURVE_RECORDS}
    assert set(files(page.parent)) == always - {"coefficients.png"}
    assert set(files(fast.save(str(tmp_path / "c")).parent)) == always - {"loss_curves.png"}


def test_saved_are_all_files_where_both_kinds_ran_by_a_command(networks, fast, tmp_path):
    both = study.Study(
        networks.verdict,
        networks.records + fast.records,
        networks.protocol,
        networks.dataset,
        {**networks.titles, **fast.titles},
        command=("compare", "d.csv", "--target", "y"),
    )
    saved = files(both.save(tmp_path).parent)
    assert set(saved) == set(OWN_FILES) - {CURVE_RECORDS}
    assert all(saved.values())


def test_saved_verdict_and_records_are_those_of_the_study(networks, tmp_path):
    networks.save(tmp_path)
    written = (tmp_path / "verdict.json").read_text("utf-8")
    assert json.loads(written) == json.loads(to_json(networks.verdict.to_dict()))
    assert json.loads(written)["headline"] == networks.verdict.headline
    lines = (tmp_path / "records.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["arm"] for line in lines] == [one.arm for one in networks.records]
    assert read_records(tmp_path / "records.jsonl") == networks.records


def test_saving_replaces_another_study_on_request_alone(networks, fast, tmp_path):
    before = files(networks.save(tmp_path).parent)
    with pytest.raises(InputError, match="holds a finished study of other results"):
        fast.save(tmp_path)
    assert files(tmp_path) == before
    once = files(fast.save(tmp_path, overwrite=True).parent)
    assert "loss_curves.png" not in once
    assert files(fast.save(tmp_path).parent) == once
    assert read_records(tmp_path / "records.jsonl") == fast.records


def test_study_of_a_folder_is_the_same_study_elsewhere(fast, tmp_path):
    done = compare(out=tmp_path / "a")
    again = done.save(tmp_path / "b")
    assert again.read_bytes() == (tmp_path / "a" / "report.html").read_bytes()
    assert compare(out=tmp_path / "b").records == done.records
    with pytest.raises(InputError, match="finished study of other"):
        fast.save(tmp_path / "a")


def test_foreign_folder_is_refused_and_left_alone(fast, tmp_path):
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(InputError, match=r"holds 'thesis\.tex', which bridle did not write"):
        fast.save(tmp_path)
    assert files(tmp_path) == {"thesis.tex": b"precious"}


def test_equal_calls_give_equal_results():
    def results(one):
        return [
            {**r.to_dict(), "seconds": 0} for r in compare(("linear", "elastic_net"), one).records
        ]

    assert results([1, 3]) == results((np.int64(1), 3))


def test_nothing_is_printed_on_standard_output(capsys):
    compare()
    out, err = capsys.readouterr()
    assert out == ""
    assert "4/4 linear, split 1" in err


def test_target_may_be_a_column():
    X, y = table()
    named = bridle.compare(X.assign(up=y), "up", arms=FAST, seeds=2)
    assert named.dataset.target_name == "up"
    paired = compare()
    assert [one.test_risk for one in named.records] == [one.test_risk for one in paired.records]


def test_arms_run_in_the_order_of_the_catalogue_and_once():
    assert [one.name for one in arms_by_name.choose_arms(("linear", "dummy", "linear"))] == list(
        FAST
    )
    assert [one.name for one in arms_by_name.choose_arms("linear")] == ["dummy", "linear"]
    every = [
        "dummy",
        "permuted_target",
        "linear",
        "elastic_net",
        "baseline",
        "early_stopping",
        "dropout",
    ]
    assert [one.name for one in arms_by_name.choose_arms(None)] == every
    assert all(f'"{name}"' in bridle.compare.__doc__ for name in every)


def test_titles_are_those_of_the_arms_that_ran(tmp_path):
    dataset = compare().dataset
    arm = elastic_net.ElasticNetArm(l1_ratios=(0.8,))
    done = run_study.run_study(dataset, [arm], Protocol(seeds=(0, 1)), quiet=True)
    assert done.titles == {"elastic_net": "elastic net, l1_ratio 0.8"}
    assert "l1_ratio 0.8" in done.save(tmp_path).read_text("utf-8")


WRONG = {
    "unknown arm": ({"arms": ["dropot"]}, "There is no arm 'dropot'. Did you mean 'dropout'?"),
    "no arm": ({"arms": ()}, "arms must name at least one of dummy, .* linear, .* Received: none"),
    "one seed": ({"seeds": 1}, "at least two splits, since .* Received: seeds=1,"),
    "no seed": ({"seeds": 0}, "seeds must be .* Received: seeds=0"),
    "seeds as text": ({"seeds": "12"}, "seeds must be .* Received: seeds='12'"),
    "half a seed": ({"seeds": 2.5}, "seeds must be .* Received: seeds=2.5"),
    "true seeds": ({"seeds": True}, "seeds must be .* Received: seeds=True"),
    "list of one seed": (
        {"seeds": [3]},
        r"at least two splits, since .* Received: seeds=\[3\]",
    ),
    "same seed twice": ({"seeds": [3, 3]}, r"be distinct numbers. Received: seeds=\[3, 3\]"),
    "negative seed": (
        {"seeds": [0, -1]},
        r"seeds\[1\] must be .* from 0 to .* Received: seeds\[1\]=-1",
    ),
    "seed as text": ({"seeds": [0, "1"]}, r"seeds\[1\] must be .* Received: seeds\[1\]='1'"),
    "no epoch": (
        {"epochs": 0},
        "epochs must be a whole number from 1 to 1,000,000. Received: epochs=0",
    ),
    "half an epoch": ({"epochs": 1.5}, "epochs must be .* Received: epochs=1.5"),
    "epochs as text": ({"epochs": "9"}, "epochs must be .* Received: epochs='9'"),
    "unknown task": ({"task": "ranking"}, "task must be one of 'binary', .* Received: .*'ranking'"),
    "task that does not fit": ({"task": "multiclass"}, "has 2 classes, which is 'binary'"),
    "unknown column to drop": ({"drop": ["bb"]}, "no column to drop 'bb'. Did you mean 'b'?"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_argument_is_quoted_before_anything_runs(case, monkeypatch):
    monkeypatch.delattr(study_runs, "run_experiment")
    options, message = WRONG[case]
    with pytest.raises(InputError, match=message):
        compare(**options)


def test_unknown_arm_is_an_unknown_name():
    with pytest.raises(UnknownNameError):
        compare(arms="networks")


def test_name_of_a_target_needs_a_frame():
    X, _ = table()
    with pytest.raises(
        InputError, match="X must be a pandas DataFrame if y is the name of a column"
    ):
        bridle.compare(X.to_numpy(), "a")
    with pytest.raises(UnknownNameError, match="no target column 'd'"):
        bridle.compare(X, "d")


def test_every_split_is_tried_before_anything_runs(monkeypatch):
    """A class of three rows can be divided by some seeds and not by others."""
    X, _ = table(40)
    y = np.repeat(["a", "b", "c"], [3, 18, 19])
    tried = []
    part_rows = skipped_arms.part_rows

    def spy(dataset, protocol, seed):
        tried.append(seed)
        return part_rows(dataset, protocol, seed)

    monkeypatch.setattr(skipped_arms, "part_rows", spy)
    monkeypatch.setattr(study_runs, "run_experiment", lambda *_, **__: ())
    with pytest.raises(InputError, match="no records to judge"):
        bridle.compare(X, y, arms=FAST, seeds=[4, 7])
    assert tried[:2] == [4, 7]


def test_too_few_rows_are_refused_before_anything_runs(monkeypatch):
    monkeypatch.delattr(study_runs, "run_experiment")
    X, y = table(10)
    with pytest.raises(InputError, match="X, y has 10 rows and needs"):
        bridle.compare(X, y + np.arange(10.0), arms=FAST)


def test_without_a_backend_the_linear_arms_run_and_the_others_are_named(no_backend, tmp_path):
    done = compare(arms=("linear", *NETWORKS))
    assert {one.arm for one in done.records} == {"dummy", "linear"}
    assert set(done.verdict.skipped) == set(NETWORKS)
    for reason in done.verdict.skipped.values():
        assert "pip install 'bridle[jax]'" in reason
    assert "pip install 'bridle[jax]'" in done.verdict.headline
    assert "bridle[jax]" in done.save(tmp_path).read_text("utf-8")


def test_without_a_backend_networks_alone_are_an_error(no_backend):
    with pytest.raises(MissingExtraError, match=r"needs keras, .* pip install 'bridle\[jax\]'"):
        compare(arms=NETWORKS)


def test_column_that_gives_the_target_away_makes_the_verdict_invalid():
    X, y = table()
    done = bridle.compare(
        X.assign(leak=np.where(y, 3, 5)), y, arms=("linear", "elastic_net"), seeds=2
    )
    assert done.verdict.decision == "invalid"
    assert done.verdict.exit_code == 1
    assert done.verdict.recommended is None
    assert "'leak'" in str(done)
    saved = bridle.compare(
        X.assign(leak=y), y, arms=("linear", "elastic_net"), seeds=2, drop=["leak"]
    )
    assert saved.verdict.decision != "invalid"


@pytest.mark.parametrize(
    "names", [("dropout",), ("dropout+elastic_net_penalty",), ("baseline", "dropout")]
)
def test_guidance_sees_the_dropout_of_every_arm_that_drops_once(names):
    arms, recipe = suited_arms([arm_of(name) for name in names], None), DEFAULT.recipe(None)
    assert check_splits.dropout_places(arms) == recipe_places(recipe)
    assert check_splits.dropout_places([*arms, ARMS["dropout"]]) == recipe_places(recipe)
    assert check_splits.dropout_places([ARMS["baseline"], ARMS["dummy"]]) == ()
