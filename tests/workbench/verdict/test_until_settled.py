"""Laws of a study that grows until it is settled, and of rivals that are compared by name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from benchmarks.looks import GROWING, simulated_looks
from tests.workbench.verdict.cases import BINARY, arm, dummy

import bridle
from bridle.errors import InputError
from bridle.workbench import run_study, study_runs
from bridle.workbench.arguments import pairs_in
from bridle.workbench.arm.catalogue import ARMS
from bridle.workbench.data.dataset import from_arrays
from bridle.workbench.folder.journal import Journal
from bridle.workbench.folder.record_file import read_records
from bridle.workbench.protocol import Protocol
from bridle.workbench.splits import Folds, TimeFolds, seeds_of
from bridle.workbench.verdict.until_settled import is_settled, more_seeds, with_looks
from bridle.workbench.verdict.verdict import judge

LINEAR = [ARMS[name] for name in ("dummy", "linear", "elastic_net")]
GROWS = with_looks(Protocol(seeds=(0, 1, 2), epochs=2))


def data(n=120, noise=1.0):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 30))
    return from_arrays(X, X[:, 0] + noise * rng.normal(size=n))


@pytest.mark.parametrize(
    ("splits", "looks"), [(2, 6), (3, 6), (10, 4), (12, 4), (13, 3), (25, 3), (50, 2)]
)
def test_looks_double_to_at_most_a_hundred_splits(splits, looks):
    protocol = with_looks(Protocol(seeds=tuple(range(splits))))
    assert protocol.looks == looks
    assert protocol.decision_confidence == pytest.approx(1 - 0.05 / looks)
    sizes = [splits]
    while added := more_seeds(protocol):
        protocol = replace(protocol, seeds=(*protocol.seeds, *added))
        sizes.append(len(protocol.seeds))
    assert sizes == [splits * 2**look for look in range(looks)]


def test_folds_grow_by_whole_draws():
    folds = Folds(5)
    protocol = with_looks(Protocol(seeds=seeds_of(folds, 1), splits=folds))
    assert more_seeds(protocol) == (5, 6, 7, 8, 9)


@pytest.mark.parametrize(
    ("protocol", "words"),
    [
        (Protocol(seeds=tuple(range(5)), splits=TimeFolds(5)), "splits that can become more"),
        (Protocol(seeds=(3, 4)), r"Received: seeds=\[3, 4\]"),
        (Protocol(seeds=tuple(range(51))), "Received: 51 splits"),
    ],
)
def test_what_cannot_grow_is_refused(protocol, words):
    with pytest.raises(InputError, match=words):
        with_looks(protocol)


def test_each_look_decides_at_its_share_of_the_error():
    records = [*dummy(), *arm("linear", 0.5), *arm("elastic_net", 0.49)]
    (alone,) = judge(records, Protocol(), BINARY).comparisons
    (looked,) = judge(records, replace(Protocol(), looks=4), BINARY).comparisons
    assert looked.confidence == pytest.approx(0.9875)
    assert looked.change.low < alone.change.low < alone.change.high < looked.change.high
    assert looked.unadjusted == alone.unadjusted


def verdict_with(decision, seeds):
    records = [*dummy(), *arm("linear", 0.5), *arm("elastic_net", 0.5)]
    verdict = judge(records, Protocol(), BINARY)
    (one,) = verdict.comparisons
    return replace(verdict, comparisons=(replace(one, decision=decision, seeds_to_settle=seeds),))


@pytest.mark.parametrize(
    ("decision", "seeds", "settled"),
    [("inconclusive", 30, False), ("inconclusive", None, True), ("helps", 30, True)],
)
def test_only_what_splits_would_settle_goes_on(decision, seeds, settled):
    assert is_settled(verdict_with(decision, seeds)) is settled


def test_study_grows_until_it_is_settled_and_no_further(monkeypatch):
    asked = []
    monkeypatch.setattr(
        study_runs, "is_settled", lambda verdict: asked.append(verdict) or len(asked) == 3
    )
    study = run_study.run_study(data(), LINEAR, GROWS, quiet=True)
    assert study.protocol.seeds == tuple(range(12))
    assert sorted({one.seed for one in study.records}) == list(range(12))
    assert [one.comparisons[0].n_splits for one in asked] == [3, 6, 12]


def test_interrupted_growth_ends_with_the_same_records(monkeypatch, tmp_path):
    looks = iter([False, True, False, True, False, True])
    monkeypatch.setattr(study_runs, "is_settled", lambda verdict: next(looks))
    options = {"quiet": True}
    whole = run_study.run_study(data(), LINEAR, GROWS, folder=tmp_path / "a", **options)
    keep = Journal.keep

    def interrupted(journal, one):
        keep(journal, one)
        journal.write()
        if len(journal.done) == 14:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "keep", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run_study.run_study(data(), LINEAR, GROWS, folder=tmp_path / "b", **options)
    next(looks)
    again = run_study.run_study(data(), LINEAR, GROWS, folder=tmp_path / "b", **options)
    a, b = (
        [replace(one, seconds=0.0) for one in read_records(tmp_path / name / "records.jsonl")]
        for name in "ab"
    )
    assert a == b
    assert again.protocol.seeds == whole.protocol.seeds == tuple(range(6))


def test_named_arms_are_compared_and_their_words_are_those_of_rivals():
    X, y = data().frame.to_numpy(), data().target
    arms = ["linear", "elastic_net", "permuted_target"]
    study = bridle.compare(X, y, arms=arms, seeds=4, versus=["permuted_target:linear"])
    (_, one) = study.verdict.comparisons
    assert (one.regularised, one.plain, one.rivals) == ("permuted_target", "linear", True)
    assert one.decision in ("worse", "inconclusive")
    assert one.change.mean > 0
    with pytest.raises(InputError, match=r"versus must name arms of the study: .*dropout"):
        bridle.compare(X, y, arms=arms, seeds=4, versus=["linear:dropout"])
    for wrong in ("linear", "linear:", "linear:linear", "a:b:c"):
        with pytest.raises(InputError, match="two arms with a colon"):
            bridle.compare(X, y, arms=arms, versus=[wrong])


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("elastic_net:dropout", ("elastic_net", "dropout")),
        (" a : b ", ("a", "b")),
        ("dropout:0.2:dropout:.5", ("dropout:0.2", "dropout:.5")),
        ("dropout:0.2+max_norm:baseline", ("dropout:0.2+max_norm", "baseline")),
    ],
)
def test_number_after_a_colon_is_a_rate(text, pair):
    assert pairs_in([text]) == (pair,)


@pytest.mark.slow
@pytest.mark.parametrize("name", GROWING)
def test_growing_studies_cover_the_truth_and_are_seldom_wrong(name):
    found = simulated_looks(name, studies=1000)
    assert found.coverage >= 0.935
    assert found.wrong <= 0.05
