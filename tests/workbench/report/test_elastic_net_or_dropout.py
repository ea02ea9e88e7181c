"""The table *elastic net or dropout* is filled by what ran."""

from __future__ import annotations

from dataclasses import replace

from bridle.workbench.protocol import Protocol
from bridle.workbench.report.tables.elastic_net_or_dropout import elastic_net_or_dropout

from . import sample

PROTOCOL = Protocol(seeds=(0, 1, 2), epochs=4)
RECORDS = sample.experiment(seeds=3, epochs=4)


def sides(records, titles=None):
    by_arm = {}
    for one in records:
        by_arm.setdefault(one.arm, []).append(one)
    return elastic_net_or_dropout(by_arm, titles or {}, PROTOCOL, sample.BINARY)


def test_an_arm_with_a_rate_stands_for_dropout():
    rated = [
        replace(one, arm="dropout:0.2" if one.arm == "dropout" else one.arm) for one in RECORDS
    ]
    assert sides(rated, {"dropout:0.2": "at .2"}) == sides(RECORDS, {"dropout": "at .2"})
    assert "did not run" not in {one.dropout for one in sides(rated)}


def test_what_did_not_run_is_said_and_nothing_is_no_table():
    found = sides([one for one in RECORDS if one.arm != "dropout"])
    assert {one.dropout for one in found} == {"did not run"}
    assert sides([one for one in RECORDS if one.arm == "dummy"]) == []


def test_no_share_is_beyond_one():
    wide = [
        replace(one, test_score=0.1 if one.seed == 0 else 1.0)
        for one in RECORDS
        if one.arm == "elastic_net"
    ]
    (accuracy,) = (one.elastic_net for one in sides(wide) if one.what.startswith("Accuracy"))
    assert "(0 to 100 %)" in accuracy
