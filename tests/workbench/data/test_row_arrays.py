"""Laws of images and sequences: their shape reaches the network, wrong files are named."""

from __future__ import annotations

import numpy as np
import pytest

import bridle
from bridle.backend import backend_available
from bridle.errors import InputError
from bridle.networks.image_axes import are_sequence, channels_come_first, unclear_axes
from bridle.workbench.data.given_data import dataset_of
from bridle.workbench.data.row_arrays import from_row_arrays, read_arrays
from bridle.workbench.protocol import Protocol
from bridle.workbench.run.draw_split import draw_split, table_of
from bridle.workbench.splits import TimeFolds
from bridle.workbench.splits.base import Table

PROTOCOL = Protocol(seeds=(0, 1))


def images(n=60, shape=(18, 17)):
    rng = np.random.default_rng(0)
    X = rng.integers(0, 256, size=(n, *shape), dtype=np.uint8)
    return X, (X.reshape(n, -1)[:, :5].mean(axis=1) > 127).astype(int)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((18, 17), (18, 17, 1)),
        ((6, 5, 3), (6, 5, 3)),
        ((30, 2), (30, 2)),
        ((30, 1), (30, 1)),
        ((20, 41), (20, 41)),
    ],
)
def test_shape_of_a_row_reaches_the_split_and_channels_are_on_one_scale(shape, expected):
    X, y = images(shape=shape)
    dataset = from_row_arrays(X, y)
    assert dataset.shape == expected
    split = draw_split(dataset, PROTOCOL, 0)
    assert split.row_shape == expected
    rows = split.train.X.reshape(-1, expected[-1])
    np.testing.assert_allclose(rows.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(rows.std(axis=0), 1)
    assert len(split.feature_names) == np.prod(expected)


@pytest.mark.parametrize(
    ("axes", "sequence"),
    [
        ((16, 16), True),
        ((17, 17), False),
        ((28, 28), False),
        ((480, 640), False),
        ((34, 17), False),
        ((35, 17), True),
        ((200, 64), True),
        ((50, 300), True),
    ],
)
def test_two_axes_are_an_image_if_neither_is_short_nor_much_longer(axes, sequence):
    assert are_sequence(axes) == are_sequence(axes[::-1]) == sequence
    held = from_row_arrays(np.random.default_rng(0).random((8, *axes)), np.arange(8) % 2)
    assert held.shape == (axes if sequence else (*axes, 1))


AXES = {
    (1, 28, 28): (True, None),
    (3, 32, 48): (True, None),
    (28, 28, 1): (False, None),
    (4, 4, 4): (False, None),
    (5, 20, 20): (True, "(channels, height, width), 5 channels of 20 x 20"),
    (64, 8, 8): (True, "(channels, height, width), 64 channels of 8 x 8"),
    (8, 8, 64): (False, "(height, width, channels), 64 channels of 8 x 8"),
    (5, 20, 24): (False, "(height, width, channels), 24 channels of 5 x 20"),
}


@pytest.mark.parametrize("shape", AXES)
def test_channels_of_images_are_found_first_or_last_and_said_where_they_are_many(shape):
    first, read = AXES[shape]
    assert (channels_come_first(shape), unclear_axes(shape)) == (first, read)
    X = np.random.default_rng(0).random((8, *shape))
    said = [one.message for one in from_row_arrays(X, np.arange(8) % 2).findings]
    assert len(said) == (read is not None)
    assert all(read in one for one in said)


def test_a_recurrent_network_reads_any_two_axes_as_a_sequence(tmp_path):
    X, y = images()
    assert dataset_of(X, y, None, (), None, sequences=True).shape == (18, 17)
    np.savez(tmp_path / "a.npz", X=X, y=y)
    assert read_arrays(tmp_path / "a.npz", sequences=True).shape == (18, 17)
    assert from_row_arrays(X[..., None], y, sequences=True).shape == (18, 17, 1)


def test_place_that_never_varies_keeps_its_place():
    X, y = images()
    X[:, 0, 0] = 7
    split = draw_split(from_row_arrays(X, y), PROTOCOL, 0)
    assert split.train.X.shape[1] == 18 * 17


@pytest.mark.parametrize("shape", [(18, 17), (6, 5, 3), (30, 2)])
def test_place_that_gives_the_target_away_is_named_once(shape):
    X, y = images(shape=shape)
    assert from_row_arrays(X, y).findings == ()
    X[:, 2:4, 1] = 250 * y.reshape(-1, *[1] * (X.ndim - 2))
    (found,) = from_row_arrays(X, y).findings
    assert (found.code, found.severity) == ("BR201 target-leak", "invalid")
    assert found.column.startswith("x[2,1")
    assert "more positions do: " in found.message
    assert "drop" not in found.remedy


def test_blank_rows_are_counted():
    X, y = images()
    X[[4, 9]] = 17
    (found,) = from_row_arrays(X, y).findings
    assert (found.code, found.severity) == ("BR117 blank-rows", "warning")
    assert "2 of 60 rows" in found.message
    assert "row 4" in found.message


def test_repeated_images_make_a_verdict_invalid():
    X, y = images(n=40, shape=(6, 5, 3))
    twice = bridle.compare(np.tile(X, (3, 1, 1, 1)), np.tile(y, 3), arms=["linear"], seeds=2)
    assert twice.verdict.decision == "invalid"
    assert "BR202 duplicate-rows" in {one.code for one in twice.verdict.checks}


def test_file_gives_what_arrays_give(tmp_path):
    X, y = images()
    np.savez_compressed(tmp_path / "a.npz", X=X, y=y)
    read = read_arrays(tmp_path / "a.npz")
    np.testing.assert_array_equal(read.frame, from_row_arrays(X, y).frame)
    assert (read.name, read.shape) == ("a.npz", (18, 17, 1))
    np.savez(tmp_path / "b.npz", X=X.reshape(60, -1), labels=y)
    table = read_arrays(tmp_path / "b.npz", target="labels")
    assert (table.shape, table.frame.shape) == (None, (60, 18 * 17))


def test_target_has_the_name_of_its_array(tmp_path):
    np.savez(tmp_path / "a.npz", X=np.ones((9, 4, 4)) * np.arange(9)[:, None, None], label=[1] * 9)
    with pytest.raises(InputError, match="target 'label'"):
        read_arrays(tmp_path / "a.npz", target="label")
    np.savez(
        tmp_path / "a.npz", X=np.random.default_rng(0).random((9, 4, 4)), label=np.arange(9) % 2
    )
    assert read_arrays(tmp_path / "a.npz", target="label").target_name == "label"


def test_batches_give_what_arrays_give():
    X, y = images()
    batches = ([X[i : i + 16], y[i : i + 16, None]] for i in range(0, 60, 16))
    study = bridle.compare(batches, arms=["dummy"], seeds=2)
    assert study.dataset.shape == (18, 17, 1)
    np.testing.assert_array_equal(study.dataset.target, y)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.zeros((3, 2)), "y is missing"),
        (5, "y is missing"),
        ([], "at least one batch"),
        ([np.zeros((3, 2))], "pairs of features and targets"),
        ([[1, 2]], r"shapes \(\) and \(\)"),
        ([(np.zeros((3, 2)), np.zeros(4))], r"shapes \(3, 2\) and \(4,\)"),
        (
            [(np.zeros((3, 2)), np.zeros(3)), (np.zeros((3, 4)), np.zeros(3))],
            "rows of the same shape",
        ),
        ({"a": [1, 2]}, "y is missing"),
    ],
)
def test_wrong_batches_are_refused(X, message):
    with pytest.raises(InputError, match=message):
        bridle.compare(X)


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (np.zeros((3, 2)), np.zeros(3), "shape"),
        (np.zeros((3, 2, 2), dtype=complex), np.zeros(3), "complex"),
        (np.zeros((3, 2, 2)), np.zeros(4), "one entry for each of the 3 rows"),
        (np.full((3, 2, 2), np.nan), np.arange(3) / 2, "row 0"),
        (np.full((6, 2, 2), np.inf), np.arange(6) % 2, r"'x\[0,0\]' must hold finite numbers"),
    ],
)
def test_wrong_arrays_are_refused(X, y, message):
    with pytest.raises(InputError, match=message):
        from_row_arrays(X, y)


def test_wrong_files_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"gone\.npz cannot be read"):
        read_arrays(tmp_path / "gone.npz")
    (tmp_path / "text.npz").write_text("no zip")
    with pytest.raises(InputError, match=r"text\.npz cannot be used: it is damaged or not a zip"):
        read_arrays(tmp_path / "text.npz")
    np.savez(tmp_path / "names.npz", a=np.zeros(3))
    with pytest.raises(InputError, match=r"must hold 'X\.npy', 'y\.npy' and holds 'a\.npy'"):
        read_arrays(tmp_path / "names.npz")
    np.savez(tmp_path / "objects.npz", X=np.array([{}, []], dtype=object), y=np.zeros(2))
    with pytest.raises(InputError, match=r"'X' in objects\.npz cannot .* its type is '\|O'"):
        read_arrays(tmp_path / "objects.npz")
    np.savez(tmp_path / "table.npz", X=np.zeros((4, 2)), y=np.zeros((2, 2)))
    with pytest.raises(InputError, match=r"'y' in table\.npz must have shape \(n,\) or \(n, 1\)"):
        read_arrays(tmp_path / "table.npz")


@pytest.mark.skipif(backend_available() is not None, reason=str(backend_available()))
def test_networks_take_images_and_only_images_are_shifted():
    X, y = images(n=120, shape=(6, 5, 3))
    arms = ["linear", "baseline", "shift_flip"]
    study = bridle.compare(X, y, arms=arms, seeds=2, epochs=1)
    assert {one.arm: one.failure for one in study.records} == dict.fromkeys(["dummy", *arms])
    table = bridle.compare(X.reshape(120, -1), y, arms=["linear", "shift_flip"], seeds=2)
    assert table.verdict.skipped == {"shift_flip": "it is for images"}


@pytest.mark.parametrize("shape", [(3,), (4, 3, 1), (5, 2)], ids=["table", "images", "sequences"])
@pytest.mark.parametrize("form", ["numbers", "text"])
def test_rows_of_the_same_time_stand_on_one_side_of_each_cut(shape, form, tmp_path):
    rng = np.random.default_rng(0)
    n, day = 300, rng.integers(1, 29, 300)
    target = rng.integers(0, 2, n).astype(float)
    target[7] = np.nan
    when = day if form == "numbers" else np.array([f"{one:02}/11/2024" for one in day])
    X = (
        np.broadcast_to(day.reshape(n, *[1] * len(shape)), (n, *shape))
        + rng.random((n, *shape)) / 2
    )
    np.savez(tmp_path / "t.npz", X=X, y=target, when=when)
    data = read_arrays(tmp_path / "t.npz", time="when")
    assert len(data.times) == len(data.frame) == n - 1
    ordered = np.floor(data.frame.iloc[:, 0].to_numpy())
    assert (np.diff(ordered) >= 0).all()
    for run in range(4):
        parts = TimeFolds(4).parts(table_of(data), 0.2, 0.2, run)
        train, validation, test = (
            ordered[one] for one in (parts.train, parts.validation, parts.test)
        )
        assert train.max() < validation.min()
        assert validation.max() < test.min()


@pytest.mark.parametrize("rows_a_time", [1, 3, 8, 40])
def test_cuts_in_time_leave_whole_times_to_each_part(rows_a_time):
    times = np.repeat(np.arange(240 // rows_a_time), rows_a_time)
    table = Table(np.zeros(240), (), None, "t", "y", times)
    for run in range(2):
        parts = TimeFolds(2).parts(table, 0.1, 0.1, run)
        found = [set(times[one]) for one in (parts.train, parts.validation, parts.test)]
        assert all(found)
        assert max(found[0]) < min(found[1])
        assert max(found[1]) < min(found[2])
