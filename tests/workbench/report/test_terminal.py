"""The answer comes first and fits the terminal; the evidence below cuts nothing."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from rich.console import Console

from bridle.arguments.option_words import from_door
from bridle.workbench.finding import Finding
from bridle.workbench.protocol import Protocol
from bridle.workbench.report.terminal import answer_text, render_answer, render_details
from bridle.workbench.task import Task
from bridle.workbench.verdict.answer import Answer, answer_of
from bridle.workbench.verdict.verdict import Verdict, judge

from . import sample

PROTOCOL = Protocol(seeds=(0, 1, 2))
RECORDS = sample.experiment(seeds=3, epochs=60)
TITLES = {"dummy": "ignores every feature", "dropout": "the same network, dropout 0.5" * 2}
FINDINGS = [Finding("BR101", f"c{i}", "seen " * 40, "do", "warning") for i in range(9)]
SUBJECT = "churn.csv, 2,000 rows, predicting churned"
NEXT = "bridle predict churn-bridle/model new.csv"


def verdict_of(records=RECORDS, findings=(), skipped=None) -> Verdict:
    return judge(records, PROTOCOL, sample.BINARY, findings, skipped)


def answer(verdict: Verdict, task: Task = sample.BINARY) -> Answer:
    return answer_of(verdict, PROTOCOL, task, subject=SUBJECT, following=NEXT, report="out/r.html")


def printed(verdict: Verdict, width: int = 80, task: Task = sample.BINARY, **settings) -> str:
    file = io.StringIO()
    console = Console(file=file, width=width, **settings)
    render_answer(answer(verdict, task), console)
    render_details(verdict, console, task=task, titles=TITLES)
    return file.getvalue()


@pytest.fixture(autouse=True)
def in_a_shell() -> Iterator[None]:
    with from_door(shell=True):
        yield


def test_first_screen_is_as_the_documentation_shows_it() -> None:
    text = answer_text(answer(verdict_of(findings=FINDINGS[:3])), width=90)
    assert (
        text
        == """\
Use dropout.                                     churn.csv, 2,000 rows, predicting churned
It is right on 82 % of new rows; the plain network on 78 %, the elastic net on 80 %.

              change in log loss   95 % interval      compared with
dropout       -0.15                -0.27 to -0.03     plain network   helps
elastic net   -0.024               -0.073 to +0.024   linear model    inconclusive
elastic net   +0.05                -0.05 to +0.14     best network    inconclusive

Next: bridle predict churn-bridle/model new.csv
Look at: about 2 more splits would settle whether the elastic net helps: --seeds 5; 3
columns of identifiers were left out; the evidence in out/r.html"""
    )


@pytest.mark.parametrize("width", [60, 70, 78, 80, 100])
def test_no_word_of_a_change_is_cut(width: int) -> None:
    found = answer(verdict_of())
    lines = [replace(line, word="nothing learnt") for line in found.lines]
    heads = ("change in log loss of pairs", *found.heads[1:])
    text = answer_text(replace(found, lines=lines, heads=heads), width=width)
    for head in heads:
        assert set(head.split()) <= set(text.split())
    for line in lines:
        cells = (line.name, line.change, line.interval, line.compared_with, line.word)
        assert set(" ".join(cells).split()) <= set(text.split())


@pytest.mark.parametrize("width", [80, 100, 120])
def test_answer_is_short_narrow_and_complete(width: int) -> None:
    many = [replace(r, arm=f"{r.arm}_{i}") for r in RECORDS for i in range(4) if r.arm != "dummy"]
    verdict = verdict_of([*RECORDS, *many], FINDINGS, {"batch_norm": "needs keras"})
    text = answer_text(answer(verdict), width)
    lines = text.splitlines()
    assert max(map(len, lines)) <= width
    words = " ".join(text.split())
    assert verdict.headline in words
    assert verdict.scores in words
    assert SUBJECT in words
    assert f"Next: {NEXT} Look at: " in words
    for one in verdict.comparisons:
        assert f"{one.change.low:+.2f}"[:4] in text


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_number_and_no_description_is_cut(width: int) -> None:
    text = printed(verdict_of(findings=FINDINGS), width)
    assert "…" not in text
    for arm in verdict_of().arms:
        assert f"{arm.test_risk:.3f} ± {arm.test_risk_sd:.3f}" in text
        assert f"{100 * arm.score:.1f} %" in text
    assert "seen " * 3 in text


def test_evidence_comes_after_the_answer() -> None:
    text = printed(verdict_of(findings=FINDINGS), 120)
    places = [text.index(word) for word in ("Use ", "Next: ", "Look at: ", "what it is", "BR101: ")]
    assert places == sorted(places)
    for one in verdict_of().comparisons:
        assert one.sentence in " ".join(text.split())
    assert "is found in 80 % of studies" in " ".join(text.split())
    assert "at the best epochs" in " ".join(text.split())


def test_best_arm_is_marked_by_text() -> None:
    text = printed(verdict_of())
    assert f"{verdict_of().recommended} *" in text
    assert "* recommended" in text


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    colour = re.compile(r"\x1b\[[0-9;]*3[0-7]")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert colour.search(printed(verdict_of(), force_terminal=True))
    monkeypatch.setenv("NO_COLOR", "1")
    assert not colour.search(printed(verdict_of(), force_terminal=True))
    assert "\x1b" not in printed(verdict_of())


def test_unknown_numbers_are_dashes_and_failures_are_counted() -> None:
    records = [replace(r, test_risk=None, test_score=None, failure="no luck") for r in RECORDS]
    text = printed(verdict_of(records))
    assert "–" in text
    assert "3 of 3 runs fail" in text
    assert "nan" not in text


@pytest.mark.parametrize("scale", [1e-9, 1e-3, 1, 1e5, 1e12])
def test_risks_of_any_size_can_be_read(scale: float) -> None:
    records = [
        replace(r, test_risk=r.test_risk * scale, train_risk=r.train_risk * scale) for r in RECORDS
    ]
    verdict = judge(records, PROTOCOL, Task("regression"))
    text = printed(verdict, task=Task("regression"))
    cells = re.findall(r"(\S+) ± (\S+)", text)
    assert len(cells) == 5
    for arm, (mean, _) in zip(verdict.arms, cells, strict=True):
        assert float(mean.replace(",", "")) == pytest.approx(arm.test_risk, rel=0.01)


@pytest.mark.parametrize("payload", ["[red]x[/red]", "\x1b[2J\x07", "[link=http://e.example]"])
def test_text_from_data_is_neither_markup_nor_control_code(payload: str) -> None:
    finding = Finding(payload, payload, payload, payload, "invalid")
    verdict = verdict_of(findings=[finding], skipped={payload: payload})
    text = printed(verdict)
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", text)
    assert payload.replace("\x1b", "\ufffd").replace("\x07", "\ufffd") in text
