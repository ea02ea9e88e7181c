"""Export: what a tracker holds afterwards is what the records say."""

from __future__ import annotations

import math
import sys
from collections import defaultdict
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import bridle
from bridle.cli.main import main
from bridle.errors import InputError, MissingExtraError, UnknownNameError
from bridle.networks.curves import Curves
from bridle.workbench.export.run import runs_in
from bridle.workbench.folder.record_file import write_records
from bridle.workbench.record import Record


def needs(package):
    return pytest.mark.skipif(find_spec(package) is None, reason=f"needs the extra {package}")


def record(arm, seed, **given):
    loss = (1.0, 0.5, 0.25 + seed)
    return Record(
        arm,
        seed,
        60,
        20,
        20,
        0.5 + seed,
        0.4,
        0.9,
        1.5,
        Curves(loss, loss, loss, (0.0, 0.0, 0.0)),
        **given,
    )


@pytest.fixture
def study(tmp_path):
    folder = tmp_path / "churn"
    folder.mkdir()
    failed = Record(
        "dropout:0.2",
        1,
        60,
        20,
        20,
        None,
        None,
        None,
        0.5,
        details={"rate": 0.2},
        failure="It diverged.",
    )
    linear = Record("elastic_net", 0, 60, 20, 20, 0.3, 0.2, 0.8, 0.1, details={"alpha": 0.1})
    write_records(
        folder / "records.jsonl", [record("baseline", 0), record("dropout:0.2", 0), failed, linear]
    )
    return folder


def scalars(path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(path))
    events.Reload()
    return {
        tag: {event.step: event.value for event in events.Scalars(tag)}
        for tag in events.Tags()["scalars"]
    }


@needs("tensorboard")
def test_event_files_hold_every_number(study, tmp_path):
    place = bridle.export_records(study, "tensorboard", out=tmp_path / "events")
    assert place == str(tmp_path / "events")
    for run in runs_in(study):
        held = scalars(tmp_path / "events" / run.name)
        epochs = len(run.curves.get("val_loss", ()))
        for tag, curve in run.curves.items():
            assert held.pop(tag) == pytest.approx(dict(enumerate(curve, start=1)))
        assert held == {tag: pytest.approx({epochs: number}) for tag, number in run.results.items()}
    found = bridle.diagnose(tmp_path / "events" / "baseline" / "seed0")
    assert found.name
    with pytest.raises(InputError, match="in use"):
        bridle.export_records(study, "tensorboard", out=tmp_path / "events")


@needs("tensorboard")
def test_trials_are_exported_too(tmp_path):
    trials = bridle.Trials(tmp_path / "t", seeds=5)
    for trial in trials:
        trial.log(val_loss=1.0 + trial.seed)
        trial.finish(losses=np.array([1.0, 2.0]))
    bridle.export_records(tmp_path / "t", "tensorboard", out=tmp_path / "events")
    held = scalars(tmp_path / "events" / "dropout" / "seed3")
    assert held["val_loss"] == {1: 4.0}
    assert held["test_risk"] == {1: 1.5}


@needs("tensorboard")
def test_the_command_says_where_the_runs_are(study, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["bridle", "export", str(study), "--to", "tensorboard"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    assert capsys.readouterr().out == "Runs: churn-tensorboard\n"
    assert (Path("churn-tensorboard") / "elastic_net" / "seed0").is_dir()


@needs("mlflow")
@pytest.mark.filterwarnings("ignore")
def test_mlflow_holds_every_number(study, tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    place = (tmp_path / "mlruns").as_uri()
    bridle.export_records(study, "mlflow", out=place)
    from mlflow.tracking import MlflowClient

    client = MlflowClient(place)
    experiment = client.get_experiment_by_name("churn")
    found = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
    for run in runs_in(study):
        made = found.pop(run.name)
        assert made.data.tags["arm"] == run.arm
        assert made.data.params == run.settings
        assert made.info.status == ("FAILED" if "failure" in run.settings else "FINISHED")
        for tag, curve in run.curves.items():
            history = client.get_metric_history(made.info.run_id, tag)
            assert {one.step: one.value for one in history} == dict(enumerate(curve, start=1))
        assert run.results.items() <= made.data.metrics.items()
    assert not found
    with pytest.raises(InputError, match="new experiment"):
        bridle.export_records(study, "mlflow", out=place)


class FakeTrackio:
    """What Trackio is asked to do."""

    def __init__(self):
        self.runs, self.logged = [], defaultdict(list)

    def init(self, *, project, name, config, embed):
        self.runs.append((project, name, config))

    def log(self, numbers, *, step):
        self.logged[self.runs[-1][1]].append((step, numbers))

    def finish(self):
        self.runs.append((None, "none open", None))


def test_trackio_gets_every_number(study, monkeypatch):
    fake = FakeTrackio()
    monkeypatch.setitem(sys.modules, "trackio", fake)
    assert bridle.export_records(study, "trackio", name="mine") == "mine"
    for run in runs_in(study):
        *epochs, (last, results) = fake.logged[run.name]
        assert results == run.results
        assert last == len(epochs) + 1
        for tag, curve in run.curves.items():
            assert [numbers[tag] for _, numbers in epochs] == curve
    assert {project for project, _, config in fake.runs if config} == {"mine"}
    with pytest.raises(InputError, match="left out"):
        bridle.export_records(study, "trackio", out="here")


def test_numbers_that_are_not_finite_are_no_results(tmp_path):
    write_records(tmp_path / "records.jsonl", [record("baseline", 0, best_test_risk=math.inf)])
    (run,) = runs_in(tmp_path)
    assert "best_test_risk" not in run.results


@pytest.mark.parametrize("tracker", ["mlflow", "tensorboard", "trackio"])
def test_a_tracker_that_is_not_installed_is_named(tracker, study, monkeypatch):
    monkeypatch.setitem(sys.modules, tracker, None)
    for name in [one for one in sys.modules if one.startswith(f"{tracker}.")]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtraError, match=tracker):
        bridle.export_records(study, tracker)


def test_what_cannot_be_exported_is_refused(study, tmp_path):
    with pytest.raises(UnknownNameError, match="tracker"):
        bridle.export_records(study, "wandb")
    with pytest.raises(InputError, match="must be a folder"):
        bridle.export_records(tmp_path / "none", "mlflow")
    with pytest.raises(InputError, match="finished study"):
        bridle.export_records(tmp_path, "mlflow")
