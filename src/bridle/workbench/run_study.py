"""`run_study`: runs all arms of a study, checks the data and returns the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from bridle.errors import InputError
from bridle.files.digest import digest
from bridle.networks.engine.checkpoint import Checkpoints
from bridle.networks.template.networks import Networks
from bridle.workbench.arm import Arm, NetworkArm
from bridle.workbench.arm.suited import suited_arms
from bridle.workbench.checks.acceptance import refuse_unmatched
from bridle.workbench.checks.base import Outcome
from bridle.workbench.data.dataset import Dataset
from bridle.workbench.evidence.compared_arms import pairs_of, rivals_of
from bridle.workbench.folder.plan import plan_of
from bridle.workbench.folder.study_folder import StudyFolder, open_study_folder
from bridle.workbench.learning_curve_runs import asked_shares, say_cost, with_learning_curve
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.run.skipped_arms import skipped_arms
from bridle.workbench.run.trainer import trainer_of
from bridle.workbench.study import Study, contents_of, fit_with_progress, model_files
from bridle.workbench.study_runs import StudyRuns, progress_bar, say

__all__ = ["run_study"]


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
        ``model``. If that fails, the reason is shown, and the study is saved without a model. Default
        False.
    command : tuple of str
        Arguments of the command line, for the report; empty for a study from Python.

    Returns
    -------
    Study

    Raises
    ------
    InputError
        The data cannot be split, the network suits no arm or not the rows, the folder cannot be used,
        or an option of comparisons is given and no arms are compared.
    MissingExtraError
        None of the arms can run.
    OSError
        A file could not be written; the same call continues the study.
    """
    # Raises errors before a folder is created.
    networks = Networks()
    arms = suited_arms(arms, dataset.shape)
    skipped = skipped_arms(dataset, arms, protocol, networks)
    runs = StudyRuns(dataset, tuple(arms), skipped, networks, quiet)
    checked = runs.check(protocol)
    refuse_unmatched(checked.findings, protocol.accept)
    _refuse_versus(arms, protocol)
    _refuse_uncompared(runs.able, protocol)
    shares = asked_shares(runs, protocol)
    if folder is None:
        say_cost(runs, protocol, shares)
        found = runs.with_epochs(protocol, {})
        study = runs.run_until_settled(found, checked, runs.run)
        return with_learning_curve(
            study, runs, shares, checked, StudyRuns.run, lambda some: runs.with_epochs(some, {})
        )
    with open_study_folder(folder) as held:
        return _run_in(
            held, runs, shares, protocol, checked, command, overwrite=overwrite, model=model
        )


def _run_in(
    held: StudyFolder,
    runs: StudyRuns,
    shares: tuple[float, ...],
    protocol: Protocol,
    checked: Outcome,
    command: tuple[str, ...],
    *,
    overwrite: bool,
    model: bool,
) -> Study:
    """Run what has no record in the folder, judge, and write the files."""
    trainer = trainer_of(runs.dataset, runs.able, protocol, runs.networks)
    plan = plan_of(runs.dataset, runs.able, protocol, trainer, runs.networks)
    journal = held.begin(plan, overwrite=overwrite)
    if held.is_complete and not runs.quiet:
        say(f"The study in {held.path} is finished: this is its result.")
    shown = replace(runs, quiet=runs.quiet or held.is_complete)

    def with_epochs(some: Protocol) -> Protocol:
        known = journal.found_for(some)
        # Repeated for a finished study, because the number is part of its answer.
        found = (runs if some.train_share == 1.0 else shown).with_epochs(some, known)
        if found.epochs_rule != "given" and not known:
            journal.find(found)
        return found

    def run(some_runs: StudyRuns, some: Protocol) -> tuple[Record, ...]:
        identity = (
            plan.digest if some.train_share == 1.0 else digest([plan.digest, some.train_share])
        )
        return some_runs.run(
            some,
            done=journal.done_for(some),
            keep=journal.keep,
            checkpoints=Checkpoints(held.path, identity),
        )

    say_cost(shown, protocol, shares)
    protocol = with_epochs(protocol)
    study = shown.run_until_settled(protocol, checked, partial(run, shown))
    study = with_learning_curve(study, shown, shares, checked, run, with_epochs)
    study = replace(study, plan=journal.plan, command=command)
    wanted = model and study.verdict.recommended is not None
    if not held.is_complete or (wanted and not held.has_model):
        journal.write()
        kept = _kept_model(study, quiet=runs.quiet) if wanted else {}
        held.finish(journal.plan, {**contents_of(study, model=bool(kept)), **kept})
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


def _refuse_uncompared(arms: Sequence[Arm], protocol: Protocol) -> None:
    """Refuse what acts on comparisons if no two arms are compared."""
    names: dict[str, tuple[Record, ...]] = {arm.name: () for arm in arms}
    networks = any(isinstance(arm, NetworkArm) for arm in arms)  # rivals of the elastic net
    if (
        pairs_of(names)
        or rivals_of(names, protocol.versus)
        or (networks and "elastic_net" in names)
    ):
        return
    asked = {"until_settled": protocol.looks > 1, "learning_curve": protocol.learning_curve}
    for name, is_asked in asked.items():
        if is_asked:
            raise InputError(
                f"{name} must be left out if no two arms are compared. Received: arms "
                f"{', '.join(names)}. Name both of a pair, such as linear and elastic_net."
            )


def _kept_model(study: Study, *, quiet: bool) -> dict[str, bytes]:
    """Return the files of the recommended arm on all rows; print why there are none."""
    if not quiet:
        rows = f"{'all ' if study.dataset.drawn_from is None else ''}{len(study.dataset.target):,}"
        say(f"Fitting {study.verdict.recommended} on {rows} rows ...")
    try:
        with progress_bar(1, quiet=quiet) as advance:
            return model_files(fit_with_progress(study, advance))
    except Exception as error:  # the verdict stands without it
        reason = str(error) or type(error).__name__
        say(f"No model was saved: {reason}")
        return {}
