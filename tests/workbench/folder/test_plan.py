"""Laws of a study's plan: what decides its records changes it, and nothing else does."""

from __future__ import annotations

import functools
import random
from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold, StratifiedKFold
from tests.workbench.table_arms import ARMS

import bridle
from bridle.backend import backend_available, load_keras
from bridle.errors import InputError
from bridle.files.digest import digest
from bridle.networks.default_network import DEFAULT
from bridle.networks.recipe import Recipe
from bridle.workbench import run_study
from bridle.workbench.arm.linear_arms.elastic_net import ElasticNetArm
from bridle.workbench.columns.missing_words import MissingWords
from bridle.workbench.columns.text_rules import PlainNumbers
from bridle.workbench.data.dataset import Dataset, from_arrays
from bridle.workbench.data.used_columns import ColumnUse
from bridle.workbench.finding import Finding
from bridle.workbench.folder.file_names import UNFINISHED
from bridle.workbench.folder.journal import Journal
from bridle.workbench.folder.plan import Plan, plan_of
from bridle.workbench.protocol import Protocol
from bridle.workbench.splits import Folds, FromSplitter, Nested
from bridle.workbench.task import Task

FAST = [ARMS["dummy"], ARMS["linear"]]
PROTOCOL = Protocol(seeds=(0, 1), epochs=2)
NETWORK = type(ARMS["dropout"])

needs_backend = pytest.mark.skipif(backend_available() is not None, reason=str(backend_available()))


def data():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(60, 3)), columns=["a", "b", "c"])
    frame["kind"] = rng.choice(["x", "y"], 60)
    frame["member"] = rng.choice([True, False], 60)
    frame.loc[3, ["a", "kind"]] = np.nan, None
    return from_arrays(frame, (frame["b"] + rng.normal(size=60) > 0).astype(int))


def numbers_alone():
    return replace(data(), frame=data().frame[["a", "b", "c"]].fillna(0))


def plan(dataset=None, arms=FAST, protocol=PROTOCOL, trainer="jax 1"):
    return plan_of(data() if dataset is None else dataset, arms, protocol, trainer)


def changed(name, row, value):
    frame = data().frame.copy()
    frame.loc[row, name] = value
    return frame


def flipped():
    target = data().target.copy()
    target[5] = 1 - target[5]
    return target


# Each is one change of a dataset, by the field that it changes.
DATA = {
    "frame": [
        changed("a", 7, 0.5),
        changed("kind", 7, None),
        changed("kind", 7, "z"),
        changed("member", 7, not data().frame.loc[7, "member"]),
        data().frame[["b", "a", "c", "kind", "member"]],
        data().frame.rename(columns={"a": "A"}),
    ],
    "target": [flipped()],
    "task": [Task("binary", ("no", "yes"))],
    "name": ["other.csv"],
    "target_name": ["other"],
    "findings": [(Finding("BR102 constant-column", "z", "It is.", "Drop it.", "warning"),)],
    "left_out": [("z",)],
    "shape": [(3, 1)],
    "groups": [np.arange(60) // 2],
    "times": [np.arange(60) // 2],
    "rows_left_out": [3],
    "columns": [(ColumnUse("z", "left out", 1, 0, ("It is.",)),)],
    "rules": [{**data().rules, "a": PlainNumbers(comma=True)}],
    "words": [MissingWords(missing=("-999",))],
    "labels": [("0", "1")],
    "drawn_from": [1000],
}


@pytest.mark.parametrize("field", [one.name for one in fields(Dataset)])
def test_every_field_of_the_data_counts(field):
    before = numbers_alone() if field == "shape" else data()
    for value in DATA[field]:
        other = plan(replace(before, **{field: value}), arms=FAST[:1])
        assert "data" in other.differences(plan(before, arms=FAST[:1]))


PROTOCOLS = {
    "seeds": (0, 2),
    "epochs": 3,
    "batch_size": 64,
    "test_share": 0.2,
    "validation_share": 0.2,
    "margin_share": 0.05,
    "confidence": 0.9,
    "splits": Folds(2),
    "initialisations": 2,
    "accept": ("BR202",),
    "epochs_rule": "level",
    "looks": 4,
    "versus": (("elastic_net", "dropout"),),
    "learning_curve": True,
    "train_share": 0.5,
}


@pytest.mark.parametrize("field", [one.name for one in fields(Protocol)])
def test_every_rule_counts(field):
    seeds = {"seeds": (0, 1, 2, 3)} if field == "initialisations" else {}
    before = replace(PROTOCOL, **seeds)
    said = plan(protocol=replace(before, **{field: PROTOCOLS[field]})).differences(
        plan(protocol=before)
    )
    assert {"splits": "splits", "test_share": "splits and options"}.get(field, "options") in said


def test_splitter_counts_by_its_rows():
    """Its settings are not in its text: two splitters of as many splits had one plan."""

    def of(splitter):
        return plan(protocol=replace(PROTOCOL, splits=FromSplitter(splitter, 2)))

    shuffled = [KFold(2, shuffle=True, random_state=seed) for seed in (0, 1)]
    different = [of(one).parts["splits"] for one in (KFold(2), StratifiedKFold(2), *shuffled)]
    assert len(set(different)) == 4

    class Halves:
        def split(self, X, y, groups):
            yield from KFold(2).split(X)

    assert of(Halves()) == of(Halves()) == of(KFold(2))
    nested = [Protocol(seeds=(0, 1, 2, 3), splits=one) for one in (Folds(4), Nested(2, 2))]
    assert len({plan(protocol=one).parts["splits"] for one in nested}) == 2


def test_arms_count_with_their_settings():
    plans = [
        plan(arms=arms).parts["arms"]
        for arms in (
            FAST,
            FAST[:1],
            [*FAST, ElasticNetArm()],
            [*FAST, ElasticNetArm(l1_ratios=(0.25,))],
            [*FAST, ElasticNetArm(tried=3)],
            [*FAST, ARMS["dropout"]],
            [*FAST, ARMS["baseline"]],
            [*FAST, ARMS["batch_norm"]],
            [*FAST, ARMS["max_norm"]],
            [*FAST, NETWORK(DEFAULT.recipe(None), tuned=True)],
            [*FAST, NETWORK(Recipe((2,), 0.5))],
            [*FAST, NETWORK(Recipe((128, 64), 0.5, learning_rate=0.1))],
        )
    ]
    assert len(set(plans)) == len(plans)


def test_trainer_counts_and_equal_studies_have_equal_plans():
    assert plan(trainer="jax 2").differences(plan()) == "versions"
    assert plan() == plan()
    assert plan().differences(plan()) == ""


@pytest.mark.parametrize("setting", [len, lambda: 0, object(), functools.partial(len)])
def test_setting_that_cannot_be_told_from_another_is_refused(setting):
    arm = ElasticNetArm()
    arm.weigh = setting
    with pytest.raises(InputError, match="run the study without a folder"):
        plan(arms=[arm])


VALUES = [
    *(None, True, 1, 1.0, "1", b"1", (), {}, "", 0.0, -0.0, float("nan"), int, float),
    *([1, 2], [[1], 2], [1, [2]], {"a": 1}, {"a": 2}, {"b": 1}, {1, 2}, {1, 3}),
    *(np.zeros(2), np.zeros(3), np.zeros((1, 2)), np.zeros(2, dtype=np.float32), np.zeros(2, int)),
    *(np.array(["a", None], dtype=object), np.array(["a", "b"], dtype=object), KFold(2), KFold(3)),
    *(Recipe((8,), 0.5), Recipe((8,), 0.25), Plan({"a": "1"})),
]


def test_digests_are_equal_for_equal_values_alone():
    assert len({digest(one) for one in VALUES}) == len(VALUES)
    assert digest(Recipe((8,), 0.5)) == digest(Recipe((8,), 0.5))
    assert digest(KFold(2)) == digest(KFold(2))
    assert digest({3, 1, 2}) == digest({2, 3, 1})
    assert digest([np.int64(1), np.float64(0.5)]) == digest((1, 0.5))


# --- Networks of the user's

WIDTH = 4
SCALE = 2.0


def dense(n_features, n_outputs, width, activation="relu", optimizer=None, **settings):
    keras = load_keras()
    network = keras.Sequential(
        [
            keras.Input((n_features,)),
            keras.layers.Dense(width, activation, **settings),
            keras.layers.Dense(n_outputs),
        ]
    )
    if optimizer is not None:
        network.compile(optimizer, "mse")
    return network


def of_global_width(n_features, n_outputs):
    return dense(n_features, n_outputs, WIDTH)


def scaled(x):
    return SCALE * x


def of_global_scale(n_features, n_outputs):
    return dense(n_features, n_outputs, 4, scaled)


def of_closure(**settings):
    return lambda p, q: dense(p, q, **settings)


def of_class(scale):
    keras = load_keras()

    class Own(keras.Model):
        def __init__(self, n_outputs):
            super().__init__()
            self.last = keras.layers.Dense(n_outputs)

        def build(self, shape):
            self.last.build(shape)

        def call(self, x, training=False):
            return self.last(x * (scale + training))

    return lambda p, q: Own(q)


def drawn_by(normal):
    def build(n_features, n_outputs):
        network = dense(n_features, n_outputs, 4)
        network.layers[0].set_weights([normal(size=(n_features, 4)), np.zeros(4)])
        return network

    return build


def sgd(rate, **settings):
    return lambda p, q: dense(p, q, 4, optimizer=load_keras().optimizers.SGD(rate, **settings))


def schedule(initial, steps):
    return load_keras().optimizers.schedules.CosineDecay(initial, steps)


BUILDERS = {
    "closure": of_closure(width=4),
    "numpy's generator": drawn_by(lambda size: np.random.normal(size=size)),  # noqa: NPY002
    "schedule": lambda p, q: sgd(schedule(0.1, 9))(p, q),
    "class": of_class(1.0),
    "other width": of_closure(width=5),
    "other activation": of_closure(width=4, activation="tanh"),
    "lambda": of_closure(width=4, activation=lambda x: 3 * x),
    "other lambda": of_closure(width=4, activation=lambda x: 4 * x),
    "penalty": of_closure(width=4, kernel_regularizer="l2"),
    "other initialiser": of_closure(width=4, kernel_initializer="zeros"),
    "other class": of_class(2.0),
    "sgd": sgd(0.1),
    "other rate": sgd(0.2),
    "momentum": sgd(0.1, momentum=0.9),
    "clipped": sgd(0.1, clipnorm=1.0),
    "other schedule": lambda p, q: sgd(schedule(0.1, 8))(p, q),
}


def network_plan(source):
    return plan(numbers_alone(), arms=[NETWORK(source)]).parts["arms"]


QUICK = ("closure", "lambda")


@pytest.mark.fault(67)
@needs_backend
@pytest.mark.filterwarnings("ignore:The object being serialized includes a `lambda`")
@pytest.mark.parametrize(
    "names", [QUICK, pytest.param(tuple(BUILDERS), marks=pytest.mark.slow)], ids=["quick", "all"]
)
def test_networks_that_are_built_differently_have_other_plans(names):
    plans = {name: network_plan(BUILDERS[name]) for name in names}
    assert len(set(plans.values())) == len(plans)
    # Names count layers through the life of a process, and a partial has an address for a text.
    assert network_plan(functools.partial(dense, width=4)) == plans["closure"]
    random.seed()
    for name in names[1:4]:
        assert network_plan(BUILDERS[name]) == plans[name]


@needs_backend
def test_model_counts_by_weights_and_trainable_layers():
    model = dense(3, 1, 4)
    plans = [network_plan(model), network_plan(model)]
    assert plans[0] == plans[1]
    model.layers[0].trainable = False
    plans.append(network_plan(model))
    model.set_weights([2 * one for one in model.get_weights()])
    plans.append(network_plan(model))
    assert len(set(plans)) == 3


@pytest.mark.fault(67)
@needs_backend
@pytest.mark.parametrize(
    ("build", "name", "values"),
    [(of_global_width, "WIDTH", (256, 2)), (of_global_scale, "SCALE", (2.0, 3.0))],
)
def test_study_goes_on_with_the_network_that_it_began_with_alone(
    tmp_path, monkeypatch, build, name, values
):
    """It mixed networks of 5,633 and 45 parameters in one verdict."""
    X, y = numbers_alone().frame, data().target
    began = []
    begin = Journal.__init__

    def stopped(journal, folder, plan, records=()):
        begin(journal, folder, plan, records)
        began.append(plan)
        journal.write()
        raise KeyboardInterrupt

    def compare():
        return bridle.compare(
            X, y, arms=["baseline"], seeds=2, epochs=1, network=build, out=tmp_path
        )

    monkeypatch.setitem(globals(), name, values[0])
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "__init__", stopped)
        with pytest.raises(KeyboardInterrupt):
            compare()
        with pytest.raises(KeyboardInterrupt):
            compare()
    assert began[0] == began[1]
    monkeypatch.setitem(globals(), name, values[1])
    with pytest.raises(InputError, match="an unfinished study of other arms"):
        compare()
    assert (tmp_path / UNFINISHED).exists()


@needs_backend
def test_network_that_differs_from_call_to_call_is_refused(tmp_path):
    generator = np.random.default_rng(0)
    X, y = numbers_alone().frame, data().target
    for folder in (None, tmp_path / "study"):
        with pytest.raises(
            InputError, match="network must have the same weights whenever it is built"
        ):
            bridle.compare(
                X, y, arms=["baseline"], seeds=2, network=drawn_by(generator.normal), out=folder
            )
    assert list(tmp_path.iterdir()) == []


@needs_backend
def test_network_that_does_not_fit_has_a_plan():
    plans = [network_plan(lambda p, q, more=more: dense(p, q + more, 4)) for more in (1, 2, 0)]
    assert len(set(plans)) == 3


@pytest.mark.slow
@needs_backend
def test_networks_are_built_anew_for_each_study(monkeypatch):
    """A function that reads a global gave the network of the study before."""
    found = []
    for width in (3, 5):
        monkeypatch.setitem(globals(), "WIDTH", width)
        arms = [ARMS["dummy"], type(ARMS["baseline"])(of_global_width)]
        done = run_study.run_study(numbers_alone(), arms, replace(PROTOCOL, epochs=1), quiet=True)
        assert [one.failure for one in done.records] == [None] * 4
        found.append(done.records[1].details["parameters"])
    assert found[0] < found[1]
