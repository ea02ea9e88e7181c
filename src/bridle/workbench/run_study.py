"""`run_study`: runs all arms of a study, checks the data and returns the verdict."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from bridle.backend import load_keras
from bridle.dropout.guidance import DropoutPlace
from bridle.errors import InputError
from bridle.networks.engine.checkpoint import Checkpoints
from bridle.networks.own.source_framework import obstacle_to
from bridle.networks.recipe import Recipe
from bridle.networks.template.networks import Networks
from bridle.workbench.arm import Arm, NetworkArm
from bridle.workbench.checks.acceptance import refuse_unmatched
from bridle.workbench.checks.base import Outcome, run_checks
from bridle.workbench.checks.splits import SPLIT_CHECKS
from bridle.workbench.checks.splits.recipe_places import recipe_places
from bridle.workbench.checks.splits.view import SplitView
from bridle.workbench.data.dataset import Dataset
from bridle.workbench.folder.plan import plan_of
from bridle.workbench.folder.study_folder import open_study_folder
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.run.asked_split import asked_split, given_split
from bridle.workbench.run.draw_split import draw_split, part_rows
from bridle.workbench.run.experiment import run_experiment
from bridle.workbench.run.level_epochs import level_epochs
from bridle.workbench.splits import Parts
from bridle.workbench.study import Study, contents_of, model_files
from bridle.workbench.verdict.until_settled import is_settled, more_seeds
from bridle.workbench.verdict.verdict import judge
from bridle.workbench.verdict.wording import epochs_found

__all__ = ["find_skipped", "run_study"]


def run_study(
    dataset: Dataset,
    arms: Sequence[Arm],
    protocol: Protocol,
    *,
    quiet: bool = False,
    folder: str | Path | None = None,
    overwrite: bool = False,
    model: bool = False,
    command: tuple[str, ...] = (),
) -> Study:
    """Run the arms that can run, with progress on standard error, and return the verdict.

    Parameters
    ----------
    dataset : Dataset
        The data.
    arms : sequence of Arm
        The arms to run.
    protocol : Protocol
        The rules.
    quiet : bool
        Whether to show no progress.
    folder : str or Path, optional
        Folder for the finished runs and, in the end, the files of the study. The same study is
        continued there; a finished one is not run again.
    overwrite : bool
        Whether to replace another study in the folder. Default False: raise an error.
    model : bool
        Whether to fit the recommended arm on all rows and to save it in the folder, as its
        ``model``. If that fails, the reason is shown, and the study is saved without. Default False.
    command : tuple of str
        Arguments of the command line, for the report; empty for a study from Python.

    Returns
    -------
    Study

    Raises
    ------
    InputError
        The data cannot be split, the network suits no arm, or the folder cannot be used.
    MissingExtraError
        None of the arms can run.
    OSError
        A file could not be written; the same call continues the study.
    """
    # Raises errors before a folder is created.
    networks = Networks()
    skipped = find_skipped(dataset, arms, protocol)
    skipped |= _without_network(dataset, arms, protocol, networks, skipped)
    able = [arm for arm in arms if arm.name not in skipped]
    checked = _checked(dataset, able, protocol)
    refuse_unmatched(checked.findings, protocol.accept)
    _refuse_versus(arms, protocol)

    def judged(grown: Protocol, records: tuple[Record, ...]) -> Study:
        found = checked if grown is protocol else _checked(dataset, able, grown)
        return _judged(dataset, arms, grown, records, skipped, found)

    if folder is None:
        protocol = _with_epochs(dataset, able, protocol, networks, {}, quiet=quiet)

        def run_alone(some: Protocol) -> tuple[Record, ...]:
            with _progress(able, some, quiet=quiet) as advance:
                return run_experiment(dataset, able, some, advance, networks=networks)

        return _grown(protocol, run_alone, judged, quiet=quiet)
    trainer = _trainer(dataset, able, protocol, networks)
    with open_study_folder(folder) as held:
        plan = plan_of(dataset, able, protocol, trainer, networks)
        journal = held.begin(plan, overwrite=overwrite)
        if held.is_complete and not quiet:
            _say(f"The study in {held.path} is finished: here it is again.")
        known = journal.plan.found
        protocol = _with_epochs(dataset, able, protocol, networks, known, quiet=quiet)
        if protocol.epochs_rule != "given" and not known:
            journal.find(epochs=protocol.epochs, epochs_rule=protocol.epochs_rule)
        silent = quiet or held.is_complete

        def run_kept(some: Protocol) -> tuple[Record, ...]:
            with _progress(able, some, quiet=silent) as advance:
                return run_experiment(
                    dataset,
                    able,
                    some,
                    advance,
                    done={key: one for key, one in journal.done.items() if key[1] in some.seeds},
                    keep=journal.keep,
                    checkpoints=Checkpoints(held.path, plan.digest),
                    networks=networks,
                )

        study = _grown(protocol, run_kept, judged, quiet=silent)
        plan = journal.plan
        study = replace(study, plan=plan, command=command)
        wanted = model and study.verdict.recommended is not None
        if not held.is_complete or (wanted and not held.has_model):
            journal.write()
            kept = _kept_model(study, quiet=quiet) if wanted else {}
            held.finish(plan, {**contents_of(study, model=bool(kept)), **kept})
    return study


def _grown(
    protocol: Protocol,
    run: Callable[[Protocol], tuple[Record, ...]],
    judged: Callable[[Protocol, tuple[Record, ...]], Study],
    *,
    quiet: bool,
) -> Study:
    """Run and judge; if the protocol has several looks, add seeds until the question is settled."""
    records = run(protocol)
    study = judged(protocol, records)
    for _ in range(1, protocol.looks):
        added = more_seeds(protocol)
        if is_settled(study.verdict):
            break
        if not quiet:
            _say(f"Still open with {len(protocol.seeds)} seeds: adding {len(added)} more ...")
        records += run(replace(protocol, seeds=added))
        protocol = replace(protocol, seeds=(*protocol.seeds, *added))
        study = judged(protocol, records)
    return study


def _refuse_versus(arms: Sequence[Arm], protocol: Protocol) -> None:
    names = [arm.name for arm in arms]
    for pair in protocol.versus:
        for name in pair:
            if name not in names:
                raise InputError(
                    f"versus must name arms of the study: {', '.join(names)}. Received: "
                    f"{':'.join(pair)}. Add {name} to the arms."
                )


def _with_epochs(
    dataset: Dataset,
    arms: Sequence[Arm],
    protocol: Protocol,
    networks: Networks,
    known: Mapping[str, int | str],
    *,
    quiet: bool,
) -> Protocol:
    """Return the protocol with a number of epochs: the given one, a known one, or a found one."""
    if protocol.epochs_rule != "until level":
        return protocol
    trains = any(isinstance(arm, NetworkArm) for arm in arms)
    if known:
        found = replace(protocol, **known)  # type: ignore[arg-type]
        if trains and not quiet:
            _say(epochs_found(found.epochs, found.epochs_rule))
        return found

    def tell(epochs: int) -> None:
        if not quiet:
            _say(f"Trying whether {epochs} epochs are enough for the networks ...")

    found = level_epochs(dataset, arms, protocol, networks, tell)
    if trains and not quiet:
        _say(epochs_found(found.epochs, found.epochs_rule))
    return found


def _kept_model(study: Study, *, quiet: bool) -> dict[str, bytes]:
    """Return the files of the recommended arm on all rows; none, and why, where it cannot be kept."""
    if not quiet:
        _say(f"Fitting {study.verdict.recommended} on all {len(study.dataset.target):,} rows ...")
    try:
        return model_files(study.model())
    except Exception as error:  # the verdict stands without it
        reason = str(error) or type(error).__name__
        _say(f"No model was kept: {reason}")
        return {}


def _without_network(
    dataset: Dataset,
    arms: Sequence[Arm],
    protocol: Protocol,
    networks: Networks,
    skipped: Mapping[str, str],
) -> dict[str, str]:
    """Return the arms for which the user's network is unsuitable, with the reason.

    Raises an error if these are all arms. It is tested on the first split, before a folder is
    created or anything is trained.
    """
    own = [
        arm
        for arm in arms
        if isinstance(arm, NetworkArm)
        and not isinstance(arm.source, Recipe)
        and arm.name not in skipped
    ]
    if not own:
        return {}
    seed = protocol.seeds[0]
    split, given = draw_split(dataset, protocol, seed), given_split(dataset, protocol, seed)
    refused: dict[str, InputError] = {}
    for arm in own:
        try:
            arm.job(asked_split(arm, split, given, networks), protocol, seed, networks)
        except InputError as error:
            refused[arm.name] = error
        except Exception:
            continue  # its runs will fail and become records
    if len(refused) == len(own):
        raise next(iter(refused.values()))
    return {name: str(error) for name, error in refused.items()}


def _progress(
    arms: Sequence[Arm], protocol: Protocol, *, quiet: bool
) -> AbstractContextManager[Callable[[str, float], None]]:
    from rich.console import Console

    from bridle.workbench.report.progress import progress

    return progress(Console(file=sys.stderr), len(arms) * len(protocol.seeds), quiet=quiet)


def _say(sentence: str) -> None:
    from rich.console import Console

    from bridle.workbench.report.text import printable

    Console(file=sys.stderr).print(printable(sentence), markup=False, soft_wrap=True)


def _checked(dataset: Dataset, arms: Sequence[Arm], protocol: Protocol) -> Outcome:
    """Return the results of the checks of the data and of the splits."""
    view = _split_view(dataset, arms, protocol)
    return Outcome(dataset.findings) + run_checks(SPLIT_CHECKS, view)


def _judged(
    dataset: Dataset,
    arms: Sequence[Arm],
    protocol: Protocol,
    records: tuple[Record, ...],
    skipped: Mapping[str, str],
    checked: Outcome,
) -> Study:
    verdict = judge(
        records, protocol, dataset.task, checked.findings, skipped, checked.not_applicable
    )
    titles = {arm.name: arm.title + _trained_by(arm, records) for arm in arms}
    ran = {arm.name: arm for arm in arms if arm.name not in skipped}
    return Study(verdict, records, protocol, dataset, titles, arms=ran)


def _trained_by(arm: Arm, records: tuple[Record, ...]) -> str:
    """Return a note on the training loss of an arm, if it is not the metric of the task."""
    losses = {(one.details or {}).get("loss") for one in records if one.arm == arm.name} - {None}
    return f", trained by {losses.pop()}" if losses else ""


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
    """Return the places of dropout in the default network, once for all arms that share it."""
    recipes = [
        arm.source
        for arm in arms
        if isinstance(arm, NetworkArm) and isinstance(arm.source, Recipe) and arm.regime().rate > 0
    ]
    return tuple(dict.fromkeys(place for one in recipes for place in recipe_places(one)))


def _trainer(dataset: Dataset, arms: Sequence[Arm], protocol: Protocol, networks: Networks) -> str:
    """Return name and version of the software that trains networks; empty if none is trained."""
    asked = [arm for arm in arms if isinstance(arm, NetworkArm)]
    if not asked:
        return ""
    seed = protocol.seeds[0]
    split, given = draw_split(dataset, protocol, seed), given_split(dataset, protocol, seed)
    for arm in asked:
        try:
            shaped = asked_split(arm, split, given, networks)
            return networks.template(arm.structure(shaped)).software
        except Exception:
            continue  # its runs will fail and become records
    return ""


def _obstacle_to(arm: Arm) -> str | None:
    return obstacle_to(arm.source if isinstance(arm, NetworkArm) else None)


def find_skipped(dataset: Dataset, arms: Sequence[Arm], protocol: Protocol) -> dict[str, str]:
    """Return the arms that cannot run, with the reason.

    Raises the errors of `run_study`, which documents the parameters, before anything is trained or
    written.
    """
    for seed in protocol.seeds:
        part_rows(dataset, protocol, seed)
    obstacles = {arm.name: _obstacle_to(arm) for arm in arms if arm.needs_network}
    skipped = {name: reason for name, reason in obstacles.items() if reason}
    if dataset.shape is None or len(dataset.shape) != 3:
        skipped |= {arm.name: "it is for images" for arm in arms if arm.needs_images}
    if skipped and all(arm.name in skipped for arm in arms if arm.name != "dummy"):
        load_keras()  # raises an error that names the extra
    return skipped
