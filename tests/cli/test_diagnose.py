"""``bridle diagnose`` as a person types it."""

from __future__ import annotations

import json

import pytest

from bridle.workbench.diagnosis.diagnose import diagnose

OVERFITS = {"loss": [0.9, 0.5, 0.3, 0.2, 0.1, 0.05], "val_loss": [0.9, 0.7, 0.6, 0.7, 0.9, 1.2]}


@pytest.fixture
def log(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "history.json").write_text(json.dumps(OVERFITS))
    return "history.json"


def test_sentences_go_to_standard_output(run, log):
    code, out, err = run("diagnose", log)
    assert (code, err) == (0, "")
    assert out == f"{diagnose(OVERFITS)}\n"


def test_json_holds_every_log(run, log):
    code, out, _ = run("diagnose", log, log, "--json")
    assert code == 0
    assert [one["state"] for one in json.loads(out)] == ["overfits", "overfits"]


def test_names_of_the_losses_reach_the_reader(run, log):
    _, out, _ = run("diagnose", log, "--train", "val_loss", "--validation", "loss", "--json")
    assert json.loads(out)[0]["best_epoch"] == 6


@pytest.mark.parametrize(
    ("name", "start"), [("a.png", b"\x89PNG"), ("a.svg", b"<?xml"), ("a.pdf", b"%PDF")]
)
def test_plot_is_drawn(run, log, tmp_path, name, start):
    assert run("diagnose", log, "--plot", name)[0] == 0
    assert (tmp_path / name).read_bytes().startswith(start)


def test_run_that_diverged_is_code_1(run, log, tmp_path):
    (tmp_path / "log.csv").write_text("epoch,loss,val_loss\n0,.5,.4\n1,nan,nan\n")
    code, out, _ = run("diagnose", log, "log.csv")
    assert code == 1
    assert "log.csv:\nDiverged: the losses are not finite from epoch 2 on.\n" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["missing.csv"], "There is no file missing.csv"),
        (
            ["history.json", "--train", "los"],
            "There is no training loss 'los'. Did you mean 'loss'?",
        ),
        (["history.json", "--plot", "a.xyz"], "--plot must be a file such as losses.png"),
        (
            ["history.json", "history.json", "--plot", "a.png"],
            "--plot must be left out with several logs",
        ),
    ],
)
def test_bad_input_is_code_2_and_one_line(run, log, tmp_path, arguments, words):
    code, out, err = run("diagnose", *arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["history.json"]
