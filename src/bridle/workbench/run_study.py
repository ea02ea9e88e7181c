"""The main job: baseline against regularised, under the same rules, with a verdict."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from bridle.dropout.backend import backend_available, load_keras
from bridle.dropout.engine.checkpoint import Checkpoints
from bridle.dropout.guidance import DropoutPlace
from bridle.dropout.recipe import Recipe
from bridle.workbench.arm import Arm, NetworkArm
from bridle.workbench.checks.split_checks import run_split_checks
from bridle.workbench.checks.split_view import SplitView
from bridle.workbench.dataset import Dataset
from bridle.workbench.experiment import run_experiment
from bridle.workbench.journal import Journal, plan_of
from bridle.workbench.protocol import Protocol
from bridle.workbench.recipe_places import recipe_places
from bridle.workbench.split import part_rows
from bridle.workbench.splits import Parts
from bridle.workbench.study import Study
from bridle.workbench.verdict import judge

__all__ = ["find_skipped", "run_study"]


def run_study(
    dataset: Dataset,
    arms: Sequence[Arm],
    protocol: Protocol,
    *,
    quiet: bool = False,
    folder: Path | None = None,
) -> Study:
    """Run the arms that can run, showing progress on standard error, and judge.

    Parameters
    ----------
    dataset : Dataset
    arms : sequence of Arm
    protocol : Protocol
    quiet : bool
        Shows nothing.
    folder : Path, optional
        Where runs are kept as they are done, and where an earlier start of the same study left
        them; `Study.save` in this folder ends that.

    Returns
    -------
    Study

    Raises
    ------
    InputError
        When the data cannot be split.
    MissingExtraError
        When none of the arms can run.
    """
    from rich.console import Console

    from bridle.workbench.report.terminal import progress
    from bridle.workbench.report.text import printable

    skipped = find_skipped(dataset, arms, protocol)
    able = [arm for arm in arms if arm.name not in skipped]
    console = Console(file=sys.stderr)
    trainer = _trainer() if any(arm.needs_network for arm in able) else ""
    # Without a folder nobody needs a plan, nor a network that can be written out.
    journal = None if folder is None else Journal(folder, plan_of(dataset, able, protocol, trainer))
    if journal is not None and journal.replaces and not quiet:
        console.print(
            f"The unfinished study in {printable(str(folder))} {journal.replaces}: begun anew.",
            markup=False,
            soft_wrap=True,
        )
    with progress(console, len(able) * len(protocol.seeds), quiet=quiet) as advance:
        if journal is None:
            records = run_experiment(dataset, able, protocol, advance)
        else:
            done = dict(journal.done)
            records = run_experiment(
                dataset,
                able,
                protocol,
                advance,
                done=done,
                keep=journal.keep,
                checkpoints=Checkpoints(journal.folder, journal.plan),
            )
            journal.write()
    found, silent = run_split_checks(_split_view(dataset, able, protocol))
    findings = (*dataset.findings, *found)
    verdict = judge(records, protocol, dataset.task, findings, skipped, silent)
    return Study(verdict, records, protocol, dataset, {arm.name: arm.title for arm in arms})


def _split_view(dataset: Dataset, arms: Sequence[Arm], protocol: Protocol) -> SplitView:
    seeds = {protocol.run_of(seed): seed for seed in protocol.seeds}
    return SplitView(
        frame=dataset.frame,
        target=dataset.target,
        task=dataset.task,
        groups=dataset.groups,
        protocol=protocol,
        parts=tuple(Parts(*part_rows(dataset, protocol, seed)) for seed in seeds.values()),
        places=_dropouts(arms),
    )


def _dropouts(arms: Sequence[Arm]) -> tuple[DropoutPlace, ...]:
    """Return the places of dropout in bridle's own network, once where several arms share it."""
    recipes = [
        arm.source
        for arm in arms
        if isinstance(arm, NetworkArm) and isinstance(arm.source, Recipe) and arm.regime().rate > 0
    ]
    return tuple(dict.fromkeys(place for one in recipes for place in recipe_places(one)))


def _trainer() -> str:
    """Return name and version of what trains networks."""
    keras = load_keras()
    backend = str(keras.backend.backend())
    return f"keras {keras.__version__} {backend} {sys.modules[backend].__version__}"


def find_skipped(dataset: Dataset, arms: Sequence[Arm], protocol: Protocol) -> dict[str, str]:
    """Return the arms that cannot run, with the reason; raise where the study itself cannot.

    Fast, so that a study which cannot run is refused before anything is trained or written; see
    `run_study` for the parameters and what is raised.
    """
    for seed in protocol.seeds:
        part_rows(dataset, protocol, seed)
    obstacle = backend_available() if any(arm.needs_network for arm in arms) else None
    skipped = {arm.name: obstacle for arm in arms if obstacle and arm.needs_network}
    if dataset.shape is None or len(dataset.shape) != 3:
        skipped |= {arm.name: "it is for images" for arm in arms if arm.needs_images}
    if skipped and all(arm.name in skipped for arm in arms if arm.name != "dummy"):
        load_keras()  # raises, naming the extra
    return skipped
