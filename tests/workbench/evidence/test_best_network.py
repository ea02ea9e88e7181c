"""Laws of the best network: chosen on validation rows, so that the choice favours no test row."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from tests.workbench.verdict.cases import BINARY, PROTOCOL, arm, dummy, failing

from bridle.networks.curves import Curves
from bridle.workbench.evidence.best_network import BEST_NETWORK, best_network
from bridle.workbench.verdict.verdict import judge


def network(name, validation, test=0.4, **fields):
    """Return the records of a network with these validation losses, one per split."""
    records = arm(name, test, spread=0.0, **fields)
    return [
        replace(one, curves=Curves(*((loss + 0.1, loss),) * 4))
        for one, loss in zip(records, validation, strict=True)
    ]


def test_each_split_takes_the_network_with_the_lowest_validation_loss():
    rng = np.random.default_rng(0)
    losses = rng.uniform(size=(3, 10))
    by_arm = {
        name: network(name, row, test)
        for name, row, test in zip(("a", "b", "c"), losses, (0.1, 0.2, 0.3), strict=True)
    }
    (chosen,) = best_network(by_arm, PROTOCOL).values()
    expected = np.array([0.1, 0.2, 0.3])[losses.argmin(axis=0)]
    assert [one.test_risk for one in chosen] == expected.tolist()
    assert {one.arm for one in chosen} == {BEST_NETWORK}


def test_choice_by_validation_rows_does_not_favour_the_chosen_network():
    """Networks that differ by chance alone: the lowest of their test risks would be far lower."""
    rng = np.random.default_rng(1)
    by_arm = {
        name: [
            replace(one, test_risk=float(risk))
            for one, risk in zip(
                network(name, rng.normal(1, 0.1, 10)), rng.normal(1, 0.1, 10), strict=True
            )
        ]
        for name in map(str, range(200))
    }
    (chosen,) = best_network(by_arm, PROTOCOL).values()
    assert abs(np.mean([one.test_risk for one in chosen]) - 1) < 4 * 0.1 / np.sqrt(10)
    lowest = min(np.mean([one.test_risk for one in runs]) for runs in by_arm.values())
    assert lowest < 0.93


def test_network_that_stopped_early_is_judged_at_the_epoch_that_it_returns_to():
    stopped = [
        replace(one, curves=Curves(*((0.1, 0.9),) * 4), best_epoch=1, details={"patience": 5})
        for one in arm("early_stopping", 0.2)
    ]
    by_arm = {"baseline": network("baseline", [0.5] * 10), "early_stopping": stopped}
    (chosen,) = best_network(by_arm, PROTOCOL).values()
    assert [one.test_risk for one in chosen] == [one.test_risk for one in stopped]


def test_elastic_net_is_compared_with_the_best_network_or_the_only_one():
    linear = [*dummy(), *arm("linear", 0.5), *arm("elastic_net", 0.3)]
    one = network("baseline", [0.5] * 10)
    (_, rivals) = judge([*linear, *one], PROTOCOL, BINARY).comparisons
    assert (rivals.regularised, rivals.plain) == ("elastic_net", "baseline")
    assert (rivals.decision, rivals.rivals) == ("better", True)
    two = [*one, *network("dropout", [0.4] * 10, test=0.2)]
    rivals = judge([*linear, *two], PROTOCOL, BINARY).comparisons[-1]
    assert (rivals.plain, rivals.decision) == (BEST_NETWORK, "worse")
    assert "best_network" not in {arm.name for arm in judge([*linear, *two], PROTOCOL, BINARY).arms}


def test_network_with_a_failed_run_is_not_chosen():
    broken = [replace(one, curves=Curves(*((0.0,),) * 4)) for one in failing("dropout")]
    by_arm = {"baseline": network("baseline", [0.5] * 10), "dropout": broken}
    assert best_network(by_arm, PROTOCOL) == {}
