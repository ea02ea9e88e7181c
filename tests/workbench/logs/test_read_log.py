"""Logs of other trainers are read to the same losses, whichever of them wrote the file."""

from __future__ import annotations

import json
import math
from types import SimpleNamespace

import numpy as np
import pytest

from bridle.errors import InputError, UnknownNameError
from bridle.workbench.logs.read_log import read_log

TRAIN = [0.9, 0.6, 0.5, 0.4]
VALIDATION = [0.8, 0.7, 0.65, 0.75]


def keras_csv() -> str:
    rows = [f"{e},{0.5},{t},{v}" for e, (t, v) in enumerate(zip(TRAIN, VALIDATION, strict=True))]
    return "\n".join(["epoch,accuracy,loss,val_loss", *rows])


def lightning_csv() -> str:
    """As CSVLogger writes it: the epoch's training loss comes in a line below its validation loss."""
    lines = ["epoch,lr,step,train_loss_epoch,train_loss_step,val_loss"]
    for epoch, (train, validation) in enumerate(zip(TRAIN, VALIDATION, strict=True)):
        last = 50 * epoch + 49
        lines += [
            f"{epoch},,{50 * epoch + 24},,{train + 0.1},",
            f"{epoch},,{last},,,{validation}",
            f"{epoch},,{last},{train},,",
        ]
    return "\n".join(lines)


def trainer_state() -> str:
    history: list[dict[str, float]] = []
    for epoch, (train, validation) in enumerate(zip(TRAIN, VALIDATION, strict=True), start=1):
        for part, drift in ((0.5, 0.05), (1.0, -0.05)):
            at = epoch - 1 + part
            history.append({"epoch": at, "loss": train + drift, "grad_norm": 1.0, "step": 10 * at})
        history.append(
            {"epoch": epoch, "eval_loss": validation, "eval_runtime": 1.0, "step": 10 * epoch}
        )
    history.append({"epoch": 4.0, "train_loss": 0.6, "train_runtime": 9.0, "step": 40})
    return json.dumps({"best_metric": 0.65, "log_history": history})


HISTORY = {"loss": TRAIN, "val_loss": VALIDATION, "learning_rate": [0.1] * 4}

FILES = {
    "Keras' CSVLogger": ("log.csv", keras_csv()),
    "Keras' CSVLogger with another separator": ("log.csv", keras_csv().replace(",", ";")),
    "Lightning": ("metrics.csv", lightning_csv()),
    "Hugging Face": ("trainer_state.json", trainer_state()),
    "a history as JSON": ("history.json", json.dumps(HISTORY)),
    "a table without epochs": (
        "mine.csv",
        "train loss\tvalidation loss\n"
        + "\n".join(f"{t}\t{v}" for t, v in zip(TRAIN, VALIDATION, strict=True)),
    ),
    "a first line with a mark of order": ("log.csv", "\ufeff" + keras_csv()),
}


@pytest.mark.parametrize("kind", FILES)
def test_file_holds_the_losses_by_epoch(kind, tmp_path):
    name, text = FILES[kind]
    (tmp_path / name).write_text(text, "utf-8")
    log = read_log(tmp_path / name)
    assert log.unit == "epoch"
    np.testing.assert_array_equal(log.at, [1, 2, 3, 4])
    np.testing.assert_allclose(log.train_loss, TRAIN, atol=1e-12)
    np.testing.assert_array_equal(log.val_loss, VALIDATION)
    assert log.notes == ()


@pytest.mark.parametrize(
    "given", [HISTORY, SimpleNamespace(history=HISTORY), json.loads(trainer_state())]
)
def test_history_in_memory_is_read_as_its_file(given):
    log = read_log(given)
    np.testing.assert_allclose(log.train_loss, TRAIN, atol=1e-12)
    np.testing.assert_array_equal(log.val_loss, VALIDATION)


def test_several_validations_an_epoch_are_told_apart_by_step(tmp_path):
    rows = ["epoch,step,loss,val_loss"]
    rows += [f"{step // 100},{step},{1 / step},{2 / step}" for step in (50, 99, 149, 199)]
    (tmp_path / "metrics.csv").write_text("\n".join(rows))
    log = read_log(tmp_path / "metrics.csv")
    assert (log.unit, log.at.tolist()) == ("step", [50, 99, 149, 199])


def test_of_several_runs_in_one_file_the_last_is_read_and_the_others_are_named(tmp_path):
    first = keras_csv().splitlines()
    (tmp_path / "log.csv").write_text("\n".join([*first, "0,.5,.3,.2", "1,.5,.2,.1"]))
    log = read_log(tmp_path / "log.csv")
    np.testing.assert_array_equal(log.val_loss, [0.2, 0.1])
    assert "another run before this run" in log.notes[0]


def test_loss_that_the_trainer_hid_counts_as_not_finite():
    entries = [
        {"epoch": 1.0, "loss": 0.0, "grad_norm": math.nan},
        {"epoch": 1.0, "eval_loss": 0.5},
        {"epoch": 2.0, "loss": 0.4, "grad_norm": 1.0},
        {"epoch": 2.0, "eval_loss": 0.4},
    ]
    log = read_log({"log_history": entries})
    np.testing.assert_array_equal(log.train_loss, [math.nan, 0.4])


def test_a_loss_that_was_not_logged_is_not_one_that_is_nan(tmp_path):
    text = "epoch,loss,val_loss\n0,.5,.4\n1,.4,\n2,.3,NA\n3,.2,nan\n"
    (tmp_path / "log.csv").write_text(text)
    log = read_log(tmp_path / "log.csv")
    np.testing.assert_array_equal(log.at, [1, 4])
    np.testing.assert_array_equal(log.val_loss, [0.4, math.nan])
    np.testing.assert_allclose(log.train_loss, [0.5, 0.3])


def test_names_choose_among_losses():
    several = {"loss": TRAIN, "val_loss": VALIDATION, "valid_loss": TRAIN}
    with pytest.raises(
        InputError, match=r"several losses on validation rows: 'val_loss', 'valid_loss'"
    ):
        read_log(several)
    np.testing.assert_array_equal(read_log(several, validation="valid_loss").val_loss, TRAIN)
    with pytest.raises(UnknownNameError, match="Did you mean 'val_loss'"):
        read_log(HISTORY, validation="vall_loss")


REFUSED = {
    "no validation loss": ({"loss": TRAIN}, "such as 'val_loss'"),
    "nothing": ({}, "Received: nothing"),
    "unequal lengths": (
        {"loss": TRAIN, "val_loss": VALIDATION[:3]},
        "as many numbers of each kind",
    ),
    "text in place of numbers": ({"val_loss": ["a", "b"]}, "must hold numbers"),
    "no epochs": ({"loss": [], "val_loss": []}, "one number per epoch"),
    "another object": (3, "log must be a history of Keras"),
    "a list of entries that are none": ({"log_history": [1, 2]}, "a list of mappings"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_refusal_names_what_is_wrong(kind):
    given, words = REFUSED[kind]
    with pytest.raises(InputError, match=words):
        read_log(given)


BAD_FILES = {
    "empty": (b"", "names in its first line"),
    "names alone": (b"epoch,loss,val_loss\n", "names in its first line"),
    "cut JSON": (b'{"loss": [0.1, 0.2', "begins as JSON, but is not valid from line 1"),
    "bytes": (b"\x80\x81\xff\xfe\x00", "must be text"),
    "no loss": (b"epoch,accuracy\n0,0.5\n", "Received: 'epoch', 'accuracy'"),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_file_that_is_no_log_is_refused_by_name(kind, tmp_path):
    content, words = BAD_FILES[kind]
    (tmp_path / "losses.csv").write_bytes(content)
    with pytest.raises(InputError, match=words) as refused:
        read_log(tmp_path / "losses.csv")
    assert "losses.csv" in str(refused.value)


@pytest.mark.parametrize(
    ("name", "words"), [("none.csv", "There is no file"), ("", "must be the folder of one run")]
)
def test_path_that_is_no_file_is_refused(name, words, tmp_path):
    with pytest.raises(InputError, match=words):
        read_log(tmp_path / name)
