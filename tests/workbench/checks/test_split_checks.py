"""What the checks of the splits find, and when they have nothing to look at."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold, PredefinedSplit, TimeSeriesSplit

import bridle
from bridle.errors import InputError
from bridle.workbench.checks.base import NotApplicable
from bridle.workbench.checks.splits.catalogue import SPLIT_CHECKS
from bridle.workbench.checks.splits.similar_rows.neighbours import neighbours_of
from bridle.workbench.data.dataset import from_arrays, make_dataset
from bridle.workbench.protocol import Protocol
from bridle.workbench.run.draw_split import part_rows, table_of
from bridle.workbench.splits import Folds, Holdout, Nested, TimeFolds, as_splits, seeds_of
from bridle.workbench.splits import splits_from_options as from_options

RNG = np.random.default_rng(0)
N = 240
X = RNG.normal(size=(N, 3))
Y = np.where(X[:, 0] + RNG.normal(size=N) > 0, "yes", "no")
GROUPS = np.repeat(np.arange(N // 4), 4)
PROTOCOLS = {
    "holdout": Holdout(),
    "folds": Folds(4),
    "nested": Nested(3, 3),
    "time": TimeFolds(4),
    "splitter": KFold(4, shuffle=True, random_state=0),
}


def protocol_of(data, splits):
    chosen = as_splits(splits, table_of(data))
    return Protocol(seeds=seeds_of(chosen), splits=chosen)


def parts_of(data, splits):
    protocol = protocol_of(data, splits)
    return [part_rows(data, protocol, seed) for seed in protocol.seeds]


@pytest.mark.parametrize("name", PROTOCOLS)
def test_parts_are_disjoint_and_equal_calls_give_equal_parts(name):
    data = from_arrays(X, Y)
    first, again = (parts_of(data, PROTOCOLS[name]) for _ in range(2))
    for parts, same in zip(first, again, strict=True):
        rows = np.concatenate(parts)
        assert len(np.unique(rows)) == len(rows)
        for one, other in zip(parts, same, strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", ["folds", "nested", "splitter"])
def test_folds_test_on_every_row_once(name):
    tests = {tuple(np.sort(test)) for _, _, test in parts_of(from_arrays(X, Y), PROTOCOLS[name])}
    assert sorted(row for test in tests for row in test) == list(range(N))


def test_inner_folds_validate_on_every_other_row_once():
    parts = parts_of(from_arrays(X, Y), Nested(3, 3))[:3]
    rows = np.concatenate([parts[0][2], *(validation for _, validation, _ in parts)])
    assert sorted(rows) == list(range(N))


@pytest.mark.parametrize("name", ["holdout", "folds", "nested"])
@pytest.mark.parametrize("target", [Y, X[:, 0]], ids=["classes", "number"])
def test_groups_stay_on_one_side(name, target):
    for parts in parts_of(from_arrays(X, target, groups=GROUPS), PROTOCOLS[name]):
        seen = [set(GROUPS[rows]) for rows in parts]
        assert not seen[0] & (seen[1] | seen[2])
        assert not seen[1] & seen[2]


def test_time_trains_on_what_came_before():
    order = RNG.permutation(N)
    frame = pd.DataFrame(X, columns=list("abc")).assign(day=order, y=Y)
    data = make_dataset(frame, "y", time="day")
    assert list(data.frame) == ["a", "b", "c"]
    np.testing.assert_array_equal(data.frame["a"], X[np.argsort(order), 0])
    for train, validation, test in parts_of(data, TimeFolds(4)):
        assert train.max() < validation.min() <= validation.max() < test.min()


@pytest.mark.parametrize(
    ("splits", "message"),
    [
        (KFold(4, shuffle=True), "integer random_state"),
        ("kfold", "one of bridle.workbench.splits.*or a scikit-learn splitter"),
        (Folds(N), "Give fewer folds"),
    ],
)
def test_splits_that_cannot_be_used_are_refused(splits, message):
    with pytest.raises(InputError, match=message):
        bridle.compare(X, Y, arms=["linear"], splits=splits)


class Masks:
    """Gives Boolean masks, for which scikit-learn's iterators have a name too."""

    def get_n_splits(self, X, y=None, groups=None):
        return 3

    def split(self, X, y=None, groups=None):
        for fold in range(self.get_n_splits(X)):
            test = np.arange(len(X)) % 3 == fold
            yield ~test, test


class Odd(Masks):
    """Gives what a study cannot use, by name."""

    def __init__(self, what):
        self.what = what

    def split(self, X, y=None, groups=None):
        rows = np.arange(len(X))
        whole = {
            "few": [(rows[50:], rows[:50])],
            "twice": [(np.r_[rows[50:], 60], rows[:50])] * 3,
            "fractions": [(rows[50:] + 0.0, rows[:50])] * 3,
            "short mask": [(rows[:9] > 3, rows[:50])] * 3,
            "one": [rows] * 3,
            "other": [(rows[RNG.integers(50, 60) :], rows[:50])] * 3,
        }
        if self.what == "raises":
            raise KeyError("fold")
        yield from whole[self.what]


def test_masks_of_a_splitter_are_rows():
    for fold, (train, validation, test) in enumerate(parts_of(from_arrays(X, Y), Masks())):
        np.testing.assert_array_equal(test, np.arange(fold, N, 3))
        assert sorted(np.concatenate([train, validation, test])) == list(range(N))


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("few", "as many splits as get_n_splits says, 3"),
        ("twice", "each row of a part once"),
        ("fractions", "row numbers from 0 to 239.*float64"),
        ("short mask", "one Boolean for each of the 240 rows"),
        ("one", "pairs, training and test rows"),
        ("other", "the same rows each time"),
        ("raises", "splits must suit the data.*fold"),
    ],
)
def test_splitters_that_cannot_be_used_are_named(what, message):
    with pytest.raises(InputError, match=message):
        bridle.compare(X, Y, arms=["linear"], splits=Odd(what))


class Asking(KFold):
    """Splits by what it reads of the features, the target or the groups."""

    def __init__(self, asked):
        super().__init__(2)
        self.asked = asked

    def split(self, X, y=None, groups=None):
        first = np.asarray(self.asked(X, y, groups)) > 0
        rows = np.arange(len(X))
        yield from [(rows[first], rows[~first]), (rows[~first], rows[first])]


@pytest.mark.parametrize(
    "asked",
    [
        lambda X, *_: X[:, 0],
        lambda X, *_: np.asarray(X)[:, 0],
        lambda X, *_: X["x0"],
        lambda X, *_: X.iloc[:, 0],
        lambda X, *_: [row[0] for row in X],
    ],
    ids=["column", "array", "name", "iloc", "rows"],
)
def test_splitter_that_reads_features_is_refused(asked):
    """It read zeros, and split by them."""
    with pytest.raises(InputError, match=r"suit the data.*sees the number of the rows.*not the"):
        bridle.compare(X, Y, arms=["linear"], splits=Asking(asked))


@pytest.mark.parametrize("labels", [(7, 8), ("no", "yes"), (False, True), (-1, 1)])
def test_splitter_sees_the_labels_that_were_given(labels):
    """Of 1 and 2 it saw 0 and 1, so that a split by the label 1 was one by the label 2."""
    target = np.array(labels)[(Y == "yes").astype(int)]
    seen = []

    def asked(X, y, groups):
        seen.append(y)
        return np.arange(len(y)) % 2

    parts_of(from_arrays(X, target), Asking(asked))
    np.testing.assert_array_equal(seen[0], target)
    assert seen[0].dtype.kind == target.dtype.kind


def test_splitter_finds_no_group_by_a_code():
    groups = np.repeat([4, 5, 6], N // 3)
    asks = Asking(lambda _X, _y, groups: groups == 1)
    with pytest.raises(InputError, match="at least one row in a part"):
        bridle.compare(X, Y, arms=["linear"], groups=groups, splits=asks)


def test_one_fixed_split_is_refused_in_words_about_the_splitter():
    one = PredefinedSplit(np.where(np.arange(N) < 40, 0, -1))
    with pytest.raises(InputError, match=r"^splits must be at least two.*a splitter of one split"):
        bridle.compare(X, Y, arms=["linear"], splits=one)


@pytest.mark.filterwarnings("ignore:The groups parameter is ignored:UserWarning")
def test_splitter_in_time_never_validates_before_it_trains():
    data = from_arrays(X, Y)
    for train, validation, test in parts_of(data, TimeSeriesSplit(4, gap=2)):
        assert train.max() < validation.min() <= validation.max() < test.min() - 2
    # The last of other folds has all its training rows before it too, and draws as the others do.
    *_, (train, validation, _) = parts_of(data, KFold(4))
    assert validation.min() < train.max()
    with pytest.raises(InputError, match="cannot keep groups together"):
        parts_of(from_arrays(X, Y, groups=GROUPS), TimeSeriesSplit(4))


def test_random_groups_keep_the_shares_of_classes():
    rare = np.isin(GROUPS, [3, 17, 40, 51])
    for parts in parts_of(from_arrays(X, rare, groups=GROUPS), None):
        assert all(rare[rows].any() for rows in parts)
    even = np.isin(GROUPS, np.arange(0, N // 4, 3))
    for parts in parts_of(from_arrays(X, even, groups=GROUPS), None):
        assert all(abs(even[rows].mean() - 1 / 3) < 0.1 for rows in parts)


def test_every_group_is_tested_on_at_times():
    seeds = range(60)
    data = from_arrays(X, Y, groups=GROUPS)
    tests = [part_rows(data, Protocol(seeds=tuple(seeds)), seed)[2] for seed in seeds]
    assert set(GROUPS[np.concatenate(tests)]) == set(GROUPS)


def test_options_choose_the_protocol():
    assert from_options(None, None, in_time=False) == Holdout()
    assert from_options(4, 3, in_time=False) == Nested(4, 3)
    assert from_options(4, None, in_time=True) == TimeFolds(4)
    with pytest.raises(InputError, match="inner_folds needs folds"):
        from_options(None, 3, in_time=False)


def checked(code, data, splits=None, places=()):
    from bridle.workbench.checks.splits.view import SplitView
    from bridle.workbench.splits import Parts

    protocol = protocol_of(data, splits)
    parts = tuple(Parts(*one) for one in parts_of(data, splits))
    view = SplitView(data.frame, data.target, data.task, data.groups, protocol, parts, places)
    return SPLIT_CHECKS[code](view)


HALF = np.vstack([X[:120], X[:120]]), np.hstack([Y[:120], Y[:120]])
FEW = RNG.integers(0, 2, (N, 2)).astype(float)
USERS = pd.DataFrame(X, columns=list("abc")).assign(user_id=GROUPS.astype(float))
ORDERED = np.sort(X[:, 0])
FINDS = {
    "duplicates": ("BR202 duplicate-rows", from_arrays(*HALF), None, "invalid"),
    "sorted": ("BR203 sorted-rows", from_arrays(X, ORDERED), TimeFolds(4), "invalid"),
    "likely groups": ("BR204 crossing-groups", from_arrays(USERS, Y), None, "warning"),
    "groups cut": (
        "BR204 crossing-groups",
        from_arrays(X, Y, groups=GROUPS),
        KFold(4, shuffle=True, random_state=0),
        "invalid",
    ),
    "rare class": ("BR104 class-imbalance", from_arrays(X, np.arange(N) < 6), None, "warning"),
    "class in one group": (
        "BR118 untested-class",
        from_arrays(X, np.isin(GROUPS, [3, 17]), groups=GROUPS),
        Folds(4),
        "warning",
    ),
    "few rows": ("BR105 too-few-rows", from_arrays(X[:60], Y[:60]), None, "warning"),
}
WIDE = RNG.normal(size=(N, 8))
PEOPLE = RNG.normal(size=(48, 8))[np.repeat(np.arange(48), 5)] + 0.3 * RNG.normal(size=(N, 8))
MIXED = RNG.permutation(N)
WALK = np.cumsum(RNG.normal(size=N))
FINDS |= {
    "groups without a name": (
        "BR114 likely-groups",
        from_arrays(PEOPLE[MIXED], Y),
        None,
        "warning",
    ),
    "a stored order": ("BR115 drift", from_arrays(X, WALK), None, "warning"),
    "drift in time": (
        "BR115 drift",
        from_arrays(X, np.arange(N) + RNG.normal(size=N)),
        TimeFolds(4),
        "warning",
    ),
    "a class of five rows": (
        "BR104 class-imbalance",
        from_arrays(X[:80], np.where(np.arange(80) < 5, "c", Y[:80])),
        None,
        "warning",
    ),
}
SILENT = {
    "groups named": ("BR114 likely-groups", from_arrays(X, Y, groups=GROUPS), None, "were named"),
    "blocks of classes": ("BR115 drift", from_arrays(X, np.sort(Y)), None, "sorted by the target"),
    "no column of many values": (
        "BR206 near-duplicate-rows",
        from_arrays(FEW, Y),
        None,
        "few rows",
    ),
    "duplicates by chance": ("BR202 duplicate-rows", from_arrays(FEW, Y), None, "so few"),
    "shuffled": ("BR203 sorted-rows", from_arrays(X, ORDERED), None, "shuffle the rows"),
    "no groups": ("BR204 crossing-groups", from_arrays(X, Y), None, "no groups were named"),
    "no class": ("BR118 untested-class", from_arrays(X, X[:, 0]), None, "target is a number"),
    "number": ("BR104 class-imbalance", from_arrays(X, X[:, 0] ** 2), None, "target is a number"),
    "no dropout": ("BR3xx dropout", from_arrays(X, Y), None, "no network with dropout"),
}
QUIET = {
    "no near duplicates": ("BR206 near-duplicate-rows", from_arrays(WIDE, Y), None),
    "two dense columns": ("BR206 near-duplicate-rows", from_arrays(X[:, :2], Y), None),
    "rows one by one": ("BR114 likely-groups", from_arrays(WIDE, Y), None),
    "no order": ("BR115 drift", from_arrays(X, Y), None),
    "no drift": ("BR115 drift", from_arrays(X, Y), TimeFolds(4)),
    "no duplicates": ("BR202 duplicate-rows", from_arrays(X, Y), None),
    "unsorted in time": ("BR203 sorted-rows", from_arrays(X, X[:, 0]), TimeFolds(4)),
    "groups kept": ("BR204 crossing-groups", from_arrays(X, Y, groups=GROUPS), Folds(4)),
    "classes in groups": ("BR118 untested-class", from_arrays(X, Y, groups=GROUPS), Folds(4)),
    "even classes": ("BR104 class-imbalance", from_arrays(X, Y), None),
    "enough rows": ("BR105 too-few-rows", from_arrays(X, Y), None),
}


GROUPED = [(2, 3, 0.05), (4, 5, 0.05), (6, 3, 0.05), (6, 5, 0.05), (8, 5, 0.05), (12, 3, 0.05)]


@pytest.mark.parametrize(("size", "columns", "spread"), GROUPED)
def test_groups_of_any_small_size_are_seen(size, columns, spread):
    """Groups of five rows and more distort the dimension from which chance is told."""
    rng = np.random.default_rng(0)
    centers = np.repeat(rng.normal(size=(240 // size, columns)), size, axis=0)
    rows = rng.permutation(centers + spread * rng.normal(size=centers.shape))
    (found,) = checked("BR114 likely-groups", from_arrays(rows, rng.normal(size=240)), None)
    assert "They seem to form groups" in found.message


@pytest.mark.parametrize("draw", ["normal", "exponential", "standard_cauchy"])
@pytest.mark.parametrize("columns", [2, 5, 20])
def test_rows_drawn_one_by_one_are_no_groups(draw, columns):
    rng = np.random.default_rng(1)
    rows = getattr(rng, draw)(size=(240, columns))
    found = checked("BR114 likely-groups", from_arrays(rows, rng.normal(size=240)), None)
    assert not found


@pytest.mark.filterwarnings("ignore:The groups parameter is ignored:UserWarning")
@pytest.mark.parametrize("case", FINDS)
def test_check_finds(case):
    code, data, splits, severity = FINDS[case]
    (found,) = checked(code, data, splits)
    assert (found.code, found.severity) == (code, severity)
    assert found.message.endswith(".")
    assert found.remedy.endswith(".")


@pytest.mark.parametrize("rows", [3, 4, 7, 12])
@pytest.mark.parametrize("name", ["holdout", "folds", "time"])
def test_every_class_is_tested_or_named(name, rows):
    """Where a class is too rare for folds, or not trained on in time, the split is refused."""
    target = np.where(np.arange(N) * rows // N != (np.arange(N) - 1) * rows // N, "rare", Y)
    data = from_arrays(X, target)
    if (name, rows) == ("folds", 3):
        with pytest.raises(InputError, match="'rare' of X, y has 3 rows for 4 folds"):
            parts_of(data, PROTOCOLS[name])
        return
    parts = parts_of(data, PROTOCOLS[name])
    found = checked("BR118 untested-class", data, PROTOCOLS[name])
    tested = any("rare" in target[test] for _, _, test in parts)
    assert tested == (not found)
    assert tested or f"'rare' ({rows} rows)" in found[0].message


def test_a_class_of_three_rows_is_tested_and_validated_on_as_often_as_its_share_says():
    data = from_arrays(X, np.where(np.arange(N) < 3, "rare", Y))
    protocol = Protocol(seeds=tuple(range(400)))
    held = [
        [(data.target[one] == 1).sum() for one in part_rows(data, protocol, s)] for s in range(400)
    ]
    train, validation, test = np.array(held).T
    assert data.task.classes[1] == "rare"
    assert min(train) >= 1
    assert set(test) == {0, 1}
    assert abs(test.mean() - 0.3) < 0.08
    assert abs(validation.mean() - 0.27) < 0.08
    sizes = {tuple(map(len, part_rows(data, protocol, s))) for s in range(20)}
    assert len(sizes) == 1


@pytest.mark.parametrize(("levels", "many"), [(5, False), (40, True)])
def test_rows_repeat_too_often_above_ten_times_as_often_as_by_chance(levels, many):
    """Of two equal columns of m values, m times as many pairs of rows agree as chance gives."""
    column = np.repeat(np.arange(N), 2)[:N] % levels
    data = from_arrays(np.column_stack([column, column]).astype(float), np.arange(N) % 2)
    found = checked("BR202 duplicate-rows", data)
    assert isinstance(found, NotApplicable) is not many


@pytest.mark.parametrize("jitter", [1e-9, 1e-6, 1e-4, 1e-2])
@pytest.mark.parametrize("target", [Y, X[:, 0]], ids=["classes", "number"])
@pytest.mark.parametrize("p", [3, 8, 40])
def test_copies_with_a_little_noise_are_seen(jitter, target, p):
    first = RNG.normal(size=(N // 2, p))
    rows = np.vstack([first, first + jitter * RNG.normal(size=first.shape)])
    both = np.concatenate([target[: N // 2], target[: N // 2]])
    (found,) = checked("BR206 near-duplicate-rows", from_arrays(rows[MIXED], both[MIXED]))
    assert found.severity == "invalid"
    pair = sorted(int(word) for word in re.findall(r"rows (\d+) and (\d+)", found.message)[0])
    original = {MIXED[row - 1] % (N // 2) for row in pair}
    assert len(original) == 1


def test_copies_whose_category_or_target_differs_are_none():
    rows = np.vstack([WIDE[:120], WIDE[:120] + 1e-6])
    frame = pd.DataFrame(rows, columns=list("abcdefgh")).assign(half=np.repeat(["u", "v"], 120))
    same = np.concatenate([Y[:120], Y[:120]])
    other = np.where(np.arange(N) < 120, same, np.where(same == "yes", "no", "yes"))
    assert checked("BR206 near-duplicate-rows", from_arrays(frame, same)) == ()
    assert checked("BR206 near-duplicate-rows", from_arrays(rows, other)) == ()


@pytest.mark.parametrize("dimension", [2, 3, 5, 10])
@pytest.mark.parametrize("seed", range(3))
def test_chance_brings_neighbours_no_closer_than_its_law_says(dimension, seed):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(800, dimension))).rename(columns=str)
    found = neighbours_of(frame)
    assert found.dimension == pytest.approx(dimension, rel=0.4)
    assert found.closer(0.1).mean() <= 0.01
    assert (found.ratio < 0.5).mean() <= found.share_by_chance(0.5) + 0.05


def test_causes_are_ranked_repeats_before_columns():
    """Exact copies make a column look as if it gave the target away, whose loss mends nothing."""
    leak = np.where(Y == "yes", 1.0, -1.0) * (1 + RNG.random(N))
    frame = pd.DataFrame(X, columns=list("abc")).assign(leak=leak, y=Y)
    twice = pd.concat([frame, frame], ignore_index=True)
    verdict = bridle.compare(twice, "y", arms=["linear"], seeds=3).verdict
    invalid = [one.code[:5] for one in verdict.checks if one.severity == "invalid"]
    assert invalid == ["BR202", "BR201"]
    assert "are also training rows" in verdict.headline
    assert "--drop" not in verdict.headline


def test_a_finding_that_is_meant_so_is_accepted_and_said():
    odor = np.where(Y == "yes", "none", "foul")
    frame = pd.DataFrame(X, columns=list("abc")).assign(odor=odor, y=Y)
    arms = ["linear", "ridge"]
    assert bridle.compare(frame, "y", arms=arms, seeds=2).verdict.decision == "invalid"
    study = bridle.compare(frame, "y", arms=arms, seeds=2, accept=["BR201:odor"])
    assert study.verdict.decision != "invalid"
    assert study.verdict.exit_code == 0
    assert study.verdict.remarks[-1] == "accepted as meant: BR201:odor"
    (found,) = (one for one in study.verdict.checks if one.code.startswith("BR201"))
    assert found.severity == "accepted"
    with pytest.raises(InputError, match=r"accept='BR201:a'\. The checks found: .*BR201:odor"):
        bridle.compare(frame, "y", arms=arms, seeds=2, accept="BR201:a")


@pytest.mark.parametrize(("pairs", "severity"), [(2, "warning"), (20, "invalid")])
def test_repeated_rows_are_a_warning_while_they_are_few(pairs, severity):
    rows = np.arange(N)
    rows[:pairs] = np.arange(pairs) + pairs
    (found,) = checked("BR202 duplicate-rows", from_arrays(X[rows], Y[rows]))
    assert found.severity == severity


@pytest.mark.parametrize("case", SILENT)
def test_check_says_why_it_does_not_apply(case):
    code, data, splits, reason = SILENT[case]
    found = checked(code, data, splits)
    assert isinstance(found, NotApplicable)
    assert reason in found.reason


@pytest.mark.parametrize("case", QUIET)
def test_check_finds_nothing(case):
    assert checked(*QUIET[case]) == ()


def test_dropout_of_the_recipe_is_checked():
    from bridle.networks.recipe import Recipe
    from bridle.workbench.checks.splits.recipe_places import recipe_places

    places = recipe_places(Recipe((128, 64), rate=0.8))
    found = checked("BR3xx dropout", from_arrays(X, Y), None, places)
    assert {one.code for one in found} == {"BR301 high-rate"}
    assert (
        checked(
            "BR3xx dropout", from_arrays(X, Y), None, recipe_places(Recipe((128, 64), rate=0.5))
        )
        == ()
    )


def test_study_tells_what_was_found_and_what_did_not_apply():
    verdict = bridle.compare(*HALF, arms=["linear"], splits=Folds(3)).verdict
    assert verdict.decision == "invalid"
    assert "BR202 duplicate-rows" in {one.code for one in verdict.checks}
    assert "BR203 sorted-rows" in verdict.not_applicable
