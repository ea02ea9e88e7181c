"""Laws of names: with a number, combined, and of the user's own estimators."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

import bridle
from bridle.errors import InputError
from bridle.networks.recipe import Recipe
from bridle.workbench.arm import NetworkArm
from bridle.workbench.arm.arms_by_name import choose_arms
from bridle.workbench.arm.catalogue import ARMS
from bridle.workbench.arm.names import arm_of, is_arm, place_of

REGULARISERS = [
    name
    for name, arm in ARMS.items()
    if isinstance(arm, NetworkArm) and name != "baseline" and not arm.needs_images
]

SAME = ({"dropout", "curriculum_dropout"}, {"input_noise", "mixup"})


@pytest.mark.parametrize("other", REGULARISERS)
@pytest.mark.parametrize("name", REGULARISERS)
def test_combination_sets_what_its_parts_set_or_names_what_both_do(name, other):
    if name == other:
        with pytest.raises(InputError, match=f"'{name}' twice"):
            arm_of(f"{name}+{other}")
        return
    if {name, other} in SAME:
        with pytest.raises(InputError, match="both set"):
            arm_of(f"{name}+{other}")
        return
    made = arm_of(f"{name}+{other}")
    parts = [ARMS[one] for one in (name, other)]
    plain = vars(ARMS["baseline"].regime())
    for field, value in vars(made.regime()).items():
        asked = {vars(one.regime())[field] for one in parts} - {plain[field]}
        assert value == (asked.pop() if asked else plain[field])
    assert made.batch_norm == any(one.batch_norm for one in parts)
    assert made.max_norm == max(one.max_norm or 0 for one in parts) or made.max_norm is None
    assert set(made.choices) == {choice for one in parts for choice in one.choices}
    assert all(one.words in made.title for one in parts)


def test_a_combination_has_one_name():
    first, other = arm_of("max_norm+dropout:.20"), arm_of(" dropout:0.2 + max_norm")
    assert first.name == other.name == "dropout:0.2+max_norm"
    assert first.regime() == other.regime()
    assert first.regime().rate == 0.2


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("dropout+baseline", "baseline adds none"),
        ("dropout+elastic_net", "trains no network"),
        ("dropout:1.5", "rate=1.5"),
        ("dropout:", "number after a colon"),
        ("dropout:nan", "number after a colon"),
        ("max_norm:2", "without a number"),
        ("linear:2", "without a number"),
        ("dropuot+max_norm", "Did you mean 'dropout'"),
    ],
)
def test_what_is_no_arm_is_refused(name, words):
    with pytest.raises(InputError, match=words):
        arm_of(name)


def test_a_rate_that_is_named_is_not_tuned_and_stays_on_any_network():
    made = arm_of("dropout:0.1", Recipe((8,), rate=0.3), tuned=True)
    assert made.regime().rate == 0.1
    assert made.choices == ()
    assert arm_of("weight_decay:0.01").regime().weight_decay == 0.01


def test_simple_arms_come_first():
    names = ["dropout+max_norm", "mine", "dropout:0.5", "dropout:0.2", "mixup", "linear"]
    assert sorted(names, key=lambda one: (place_of(one), one)) == [
        *("linear", "dropout:0.2", "dropout:0.5", "mixup", "dropout+max_norm", "mine")
    ]
    assert [is_arm(one) for one in names] == [True, False, True, True, True, True]


def test_rates_replace_dropout():
    names = [one.name for one in choose_arms(["linear", "dropout"], rates=[0, 0.2, 0.5])]
    assert names == ["dummy", "linear", "baseline", "dropout:0.2", "dropout:0.5"]
    assert "dropout" not in {one.name for one in choose_arms(None, rates=[0.3])}
    with pytest.raises(InputError, match="rate must"):
        choose_arms(None, rates=[2.0])


# --- Estimators of the user

RNG = np.random.default_rng(5)
X = RNG.normal(size=(150, 4))
BINARY = np.where(X[:, 0] + 0.5 * RNG.normal(size=150) > 0, "b", "a")
NUMBERS = X[:, 0] + 0.1 * RNG.normal(size=150)


def test_unpenalised_estimator_predicts_as_the_arm_of_the_same_model():
    for y, own in (
        (BINARY, LogisticRegression(C=np.inf, max_iter=1000)),
        (NUMBERS, LinearRegression()),
    ):
        study = bridle.compare(X, y, arms=["linear", ("mine", make_pipeline(own))], seeds=2)
        risks = {(one.arm, one.seed): one.test_risk for one in study.records}
        for seed in range(2):
            assert risks["mine", seed] == pytest.approx(risks["linear", seed], rel=1e-5)
        (found,) = study.verdict.comparisons
        assert {found.plain, found.regularised} == {"linear", "mine"}


def test_forest_is_judged_repeated_and_resumed(tmp_path):
    arms = {"forest": RandomForestClassifier(8)}
    names = ["linear", *arms.items()]
    first = bridle.compare(X, BINARY, arms=names, seeds=2, out=tmp_path / "s")
    again = bridle.compare(X, BINARY, arms=names, seeds=2, out=tmp_path / "s")
    free = bridle.compare(X, BINARY, arms=names, seeds=2)
    for other in (again, free):
        assert [one.test_risk for one in other.records] == [one.test_risk for one in first.records]
    with pytest.raises(InputError, match="arms"):
        bridle.compare(
            X,
            BINARY,
            arms=["linear", ("forest", RandomForestClassifier(9))],
            seeds=2,
            out=tmp_path / "s",
        )
    assert "forest" in {one.name for one in choose_arms(arms)}
    assert {"dummy", "elastic_net"} < {one.name for one in choose_arms(arms)}


@pytest.mark.parametrize(
    ("y", "name", "estimator", "words"),
    [
        (BINARY, "mine", LinearSVC(), "predict_proba"),
        (BINARY, "mine", RandomForestRegressor(), "must predict classes"),
        (NUMBERS, "mine", RandomForestClassifier(), "must predict numbers"),
        (BINARY, "mine", RandomForestClassifier, "not classes"),
        (BINARY, "mine", object(), r"no fit\(\)"),
        (BINARY, "dropout", RandomForestClassifier(), "a name of its own"),
        (BINARY, "a b", RandomForestClassifier(), "a name of its own"),
    ],
)
def test_estimator_that_cannot_be_judged_is_refused(y, name, estimator, words):
    with pytest.raises(InputError, match=words):
        bridle.compare(X, y, arms=["linear", (name, estimator)], seeds=2)


def test_a_model_of_an_estimator_is_not_pickled():
    clear = np.where(np.sin(3 * X[:, 0]) > 0, "b", "a")
    study = bridle.compare(
        X, clear, arms=["linear", ("forest", RandomForestClassifier(20))], seeds=3
    )
    assert study.verdict.recommended == "forest"
    with pytest.raises(InputError, match="need a pickle"):
        study.model()
