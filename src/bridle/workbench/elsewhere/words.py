"""The verdict on runs made elsewhere in words: headline, scores, estimand, remarks."""

from __future__ import annotations

from collections.abc import Sequence

from bridle.workbench.elsewhere.given_run import GivenRun
from bridle.workbench.evidence.measure import Evidence
from bridle.workbench.evidence.results.fixed_test import FixedTest, smallest_sign_flip
from bridle.workbench.task import Task
from bridle.workbench.verdict.arm_words import arm_name
from bridle.workbench.verdict.comparison import Comparison
from bridle.workbench.verdict.wording import number, sentence_case, source_words

__all__ = ["estimand_of", "headline_of", "remarks_of", "scores_of", "subject_of"]


def subject_of(plain: Sequence[GivenRun], regularised: Sequence[GivenRun]) -> str:
    """Return the numbers of runs and their source, in a few words."""
    source = plain[0].log.source if plain[0].log is not None else "losses of test rows"
    return f"{len(plain)} and {len(regularised)} runs, {source}"


def headline_of(comparison: Comparison, task: Task) -> str:
    """Return a plain sentence on what the runs show."""
    plain, other = arm_name(comparison.plain), arm_name(comparison.regularised)
    little = ", but by too little to matter" if comparison.negligible else ""
    match comparison.decision:
        case "helps":
            return sentence_case(f"{other} is better: it lowers the {task.metric}{little}")
        case "hurts":
            return sentence_case(f"{plain} is better: {other} raises the {task.metric}{little}")
        case "no difference" | "benign gap":
            return sentence_case(f"{other} made no difference worth having")
        case "underfits":
            return sentence_case(f"training was too short to judge {other}: train longer")
        case "invalid":
            return sentence_case(f"no verdict: {comparison.reason}")
        case _:
            return sentence_case(f"whether {other} helps is open")


def scores_of(evidence: Evidence, task: Task) -> str:
    """Return the mean losses of both arms."""
    plain, other = arm_name(evidence.plain), arm_name(evidence.regularised)
    first, second = (number(evidence.results.means(arm)[0]) for arm in (0, 1))
    return sentence_case(f"mean {task.metric}: {second} for {other}, {first} for {plain}")


def estimand_of(evidence: Evidence, task: Task) -> str:
    """Return a sentence on the quantity that the change estimates."""
    change = f"The expected change in {task.metric} from the plain to the regularised network"
    results = evidence.results
    if not isinstance(results, FixedTest):
        return f"{change}, over splits of the table of these records."
    if results.n_rows:
        return f"{change}, for this training set, over new test rows and new seeds."
    return (
        f"{change}, for this training set and these validation rows, over new seeds. Other rows may "
        "decide otherwise; losses of single test rows would show how much they matter."
    )


def remarks_of(evidence: Evidence, comparison: Comparison, notes: Sequence[str]) -> tuple[str, ...]:
    """Return remarks on the matching, on sources of variation, and on few seeds."""
    results = evidence.results
    said = list(notes)
    if isinstance(results, FixedTest):
        if comparison.sources:
            said.append(source_words(comparison.sources).rstrip(".").replace("Of", "of", 1))
        if not results.n_rows:
            said.append(
                "the interval covers seeds, for these rows: it does not cover the choice of rows"
            )
        if results.paired and 2 <= results.count <= 5:
            least = smallest_sign_flip(results.count)
            said.append(f"a sign flip of {results.count} pairs cannot go below p = {least:.3g}")
    return tuple(said)
