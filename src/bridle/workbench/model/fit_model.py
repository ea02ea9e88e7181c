"""Fit of the model to keep: an arm on all rows, with the settings of its runs in the study."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from bridle.errors import InputError
from bridle.networks.engine.between_epochs import BetweenEpochs
from bridle.networks.engine.job import Job
from bridle.networks.engine.train_jobs import plan_groups
from bridle.networks.template.networks import Networks
from bridle.workbench.arm import Arm, Fit, NetworkArm
from bridle.workbench.arm.constant_predictor import ConstantPredictor
from bridle.workbench.arm.estimator_arm import EstimatorArm
from bridle.workbench.arm.linear_predictor import LinearPredictor
from bridle.workbench.arm.network_arm import NetworkRun, fit_networks
from bridle.workbench.arm.network_predictor import NetworkPredictor
from bridle.workbench.checks.table import identifier_column
from bridle.workbench.data.dataset import Dataset
from bridle.workbench.data.preparation import Preparation
from bridle.workbench.evidence.results.pairs import succeeded
from bridle.workbench.model.intervals.fold_models import FoldModels, fold_models
from bridle.workbench.model.intervals.residual_interval import residuals_of
from bridle.workbench.model.model import Model
from bridle.workbench.model.model_columns import ModelColumns
from bridle.workbench.model.parts import ModelParts, Predictor
from bridle.workbench.model.stored_module import stored_module
from bridle.workbench.model.stored_network import StoredNetwork
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.run.asked_split import GivenSplit, asked_split
from bridle.workbench.run.draw_split import PreparedSplit, prepare_split, whole_table

__all__ = ["fit_model"]

_NO_FEATURES = ("target", "event", "groups", "time", "dropped", "left out")


def fit_model(
    dataset: Dataset,
    arm: Arm,
    protocol: Protocol,
    records: Sequence[Record],
    advance: Callable[[str, float], None] = lambda text, share: None,
) -> Model:
    """Fit an arm on all rows.

    A linear arm chooses its penalty strength as in each run. A network starts from the weights of the
    first seed and is trained for the epochs of the study. A network that stops early is trained for the
    median of the best epochs of its runs, a tuned network with the settings that most of its runs chose.
    The model is a single network, because each run of the study judges a single network.

    Parameters
    ----------
    dataset : Dataset
    arm : Arm
        An arm of the study.
    protocol : Protocol
    records : sequence of Record
        Records of the study; those of other arms are ignored.
    advance : callable
        Called with a few words and the finished fraction of the fit.

    Raises
    ------
    InputError
        The arm cannot be fitted to these rows, or cannot be kept.
    """
    if isinstance(arm, EstimatorArm):
        raise InputError(
            f"The arm {arm.name!r} is an estimator of yours, which bridle does not save: that would "
            "need a pickle. Fit it to all rows yourself, and save it as its library does."
        )
    runs = [record for record in records if record.arm == arm.name and succeeded(record)]
    # One BLAS thread, as in the study: sums in another order would give other last digits.
    with threadpool_limits(limits=1, user_api="blas"):
        whole = whole_table(dataset)
        if isinstance(arm, NetworkArm):
            whole, fit, said = _fit_network(dataset, whole, arm, protocol, runs, advance)
        else:
            fit = arm.fit(whole.split, protocol, protocol.seeds[0])
            said = _choices(fit)
            advance(f"{arm.name}, all rows", 1.0)
    split = whole.split
    columns = ModelColumns(
        rules=dataset.rules,
        words=dataset.words,
        others=tuple(column.name for column in dataset.columns if column.taken_for in _NO_FEATURES),
        identifiers=tuple(
            finding.column
            for finding in dataset.findings
            if finding.code == identifier_column.CODE and finding.column in dataset.left_out
        ),
    )
    parts = ModelParts(
        arm=arm.name,
        title=arm.title,
        said=(f"Fitted on {_rows(dataset)} of {dataset.name}.", *said),
        task=dataset.task,
        labels=dataset.labels,
        target_name=dataset.target_name,
        target_mean=split.target_mean,
        target_scale=split.target_scale,
        columns=columns,
        shape=dataset.shape,
        preparation=whole.preparation,
        feature_names=split.feature_names,
        predictor=_kept(fit, arm, split.row_shape),
        residuals=residuals_of(runs, len(dataset.target)),
        folds=_folds(dataset, protocol, runs),
        baseline=dataset.task.type.baseline(split.train.y, fit.predict(split.train.X)),
    )
    return Model(parts)


def _folds(dataset: Dataset, protocol: Protocol, runs: Sequence[Record]) -> FoldModels | None:
    """Return the models of the runs of a linear regression, from the coefficients in their records."""
    if not dataset.task.type.has_fold_models or dataset.shape is not None:
        return None

    def prepared(seed: int) -> tuple[Preparation, float, float]:
        held = prepare_split(dataset, protocol, seed)
        assert isinstance(held.preparation, Preparation)
        return held.preparation, held.split.target_mean, held.split.target_scale

    return fold_models(runs, prepared)


def _rows(dataset: Dataset) -> str:
    count = f"{len(dataset.target):,}"
    if dataset.drawn_from is None:
        return f"all {count} rows"
    return f"{count} rows, drawn at random from the {dataset.drawn_from:,}"


def _kept(fit: Fit, arm: Arm, row_shape: tuple[int, ...]) -> Predictor:
    found = fit.predict
    if isinstance(found, LinearPredictor | ConstantPredictor):
        return found
    if isinstance(found, NetworkPredictor):
        template = found.template
        if template.framework == "torch":
            assert isinstance(arm, NetworkArm)
            return stored_module(found, arm)
        return StoredNetwork(found.to_bytes(), template.kind, template.link, row_shape)
    raise InputError(
        f"The arm {arm.name!r} cannot be saved, because it predicts by code of its own. Let its fit "
        "return a LinearPredictor."
    )


def _choices(fit: Fit) -> tuple[str, ...]:
    held = fit.details
    if "alpha" not in held:
        return ()
    return (
        f"Its penalty strength, chosen by cross-validation on these rows, is alpha = "
        f"{held['alpha']:.4g} at l1_ratio {held['l1_ratio']:g}; {held['nonzero']:,} features have a "
        "coefficient.",
    )


def _fit_network(
    dataset: Dataset,
    whole: PreparedSplit,
    arm: NetworkArm,
    protocol: Protocol,
    runs: Sequence[Record],
    advance: Callable[[str, float], None],
) -> tuple[PreparedSplit, Fit, tuple[str, ...]]:
    networks, seed = Networks(), protocol.seeds[0]
    given = cache(lambda: whole_table(dataset, as_given=True))
    as_given = GivenSplit(dataset, lambda: given().split)
    split = asked_split(arm, whole.split, as_given, networks)
    settings, said = _settings(arm, runs)
    epochs = protocol.epochs
    if arm.regime().patience is not None:
        settings["patience"] = None
        epochs, found = _best_epochs(runs, epochs)
        said = (*said, *found)
    job = arm.job(split, protocol, seed, networks, settings, epochs)

    def one_epoch(job: Job) -> None:
        advance(f"{arm.name}, all rows", 1 / epochs)

    ((_, fit),) = fit_networks(
        [NetworkRun(arm, split, seed)], [job], plan_groups([job]), BetweenEpochs(one_epoch)
    )
    if isinstance(fit, Exception):
        raise fit
    if fit.failure is not None:
        raise InputError(f"The arm {arm.name!r} could not be fitted to all rows: {fit.failure}")
    passes = f"{epochs:,} epoch{'s' if epochs > 1 else ''}"
    said = (f"One network, from the weights of seed {seed}, trained for {passes}.", *said)
    return (whole if split is whole.split else given()), fit, said


def _settings(arm: NetworkArm, runs: Sequence[Record]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the settings that most runs of a tuned arm chose; of a tie, the first."""
    if not arm.tuned or not runs:
        return {}, ()
    names = ("learning_rate", "batch_size", *(name for name, _ in arm.choices))
    found = Counter(
        tuple((name, str(run.details[name])) for name in names if name in run.details)
        for run in runs
        if run.details
    )
    chosen, times = found.most_common(1)[0]
    return {name: _value(arm, name, text) for name, text in chosen}, (
        f"Its settings are those that {times} of {len(runs)} runs chose: "
        f"{', '.join(f'{name} {text}' for name, text in chosen)}.",
    )


def _value(arm: NetworkArm, name: str, text: str) -> Any:
    choices: Mapping[str, tuple[Any, ...]] = dict(arm.choices)
    known = next((choice for choice in choices.get(name, ()) if str(choice) == text), None)
    if known is not None:
        return known
    return int(text) if name == "batch_size" else float(text)


def _best_epochs(runs: Sequence[Record], epochs: int) -> tuple[int, tuple[str, ...]]:
    found = [run.best_epoch for run in runs if run.best_epoch]
    if not found:
        return epochs, ()
    middle = max(1, round(float(np.median(found))))
    return middle, ("These are the median of the best epochs of its runs.",)
