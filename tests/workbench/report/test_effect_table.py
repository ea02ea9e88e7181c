"""The table of hidden units holds the means of the runs that were measured, and of no others."""

from __future__ import annotations

from dataclasses import replace

from bridle.workbench.protocol import Protocol
from bridle.workbench.report.html import render_html
from bridle.workbench.report.tables.effect_table import effect_rows
from bridle.workbench.verdict.answer import answer_of
from bridle.workbench.verdict.verdict import judge

from . import sample

RUNS = tuple(sample.experiment(seeds=2, epochs=4, names=("a", "b")))


def effect(level):
    losses = {"0": level, "0.1": 2 * level, "0.3": 3 * level, "0.5": 4 * level}
    return {"coadaptation": level, "dead_share": level / 2, "loss_without": losses}


def measured():
    networks = ("baseline", "dropout")
    return [
        replace(one, effect=effect(0.2 * (1 + one.seed))) if one.arm in networks else one
        for one in RUNS
    ]


def test_each_number_is_the_mean_of_the_runs():
    first, second = effect_rows(measured())
    assert {first.name, second.name} == {"baseline", "dropout"}
    assert first.coadaptation == "0.30"
    assert first.dead == "15.0 %"
    assert first.losses == ("0.3", "0.6", "0.9", "1.2")
    assert float(first.epochs) >= 1


def test_what_was_not_measured_is_a_dash_and_no_row():
    assert effect_rows(RUNS) == []
    (row,) = effect_rows([replace(RUNS[0], curves=None, effect={})])
    assert {row.coadaptation, row.dead, row.epochs, *row.losses} == {"–"}


def test_page_shows_the_table_where_there_is_one():
    protocol, task = Protocol(seeds=(0, 1), epochs=4), sample.BINARY
    for records, shown in ((measured(), True), (RUNS, False)):
        verdict = judge(records, protocol, task)
        page = render_html(
            verdict,
            records,
            answer=answer_of(verdict, protocol, task, subject="d"),
            protocol=protocol,
            task=task,
            dataset="d",
            target="t",
            versions={},
        )
        assert ("What happened to the hidden units" in page) == shown
