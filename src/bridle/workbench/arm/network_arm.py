"""`NetworkArm`: base class of the arms that train a network."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from bridle.errors import InputError
from bridle.networks.default_network import DEFAULT, DefaultNetwork
from bridle.networks.engine.between_epochs import BetweenEpochs
from bridle.networks.engine.job import Job, Outcome
from bridle.networks.engine.train_jobs import plan_groups, train_jobs
from bridle.networks.hidden_units import measure_effect
from bridle.networks.recipe import Recipe
from bridle.networks.regime import Regime
from bridle.networks.sources import Source, Structure
from bridle.networks.template.networks import Networks
from bridle.networks.template.template import State, refuse_regime
from bridle.workbench.arm.base import Arm, Fit, Part, Split
from bridle.workbench.arm.network_predictor import NetworkPredictor
from bridle.workbench.arm.refuse_codes import refuse_codes
from bridle.workbench.protocol import Protocol

__all__ = ["NetworkArm", "NetworkRun", "fit_networks"]


_EFFECT_ROWS = 512


class NetworkArm(Arm, ABC):
    """An arm that trains the network of the study, possibly with a changed structure.

    A concrete arm is final: it defines `name`, `words` and `regime`, sets ``batch_norm`` or
    ``max_norm`` if it changes the structure, and sets ``choices`` to the values for tuning and
    ``settable`` to the field of `Regime` that a number after its name sets, as in ``dropout:0.2``.

    Parameters
    ----------
    source : DefaultNetwork, Recipe, keras.Model, torch.nn.Module or callable
        The network: the default one, whose recipe `bridle.workbench.arm.suited` chooses by the rows
        before anything runs; a network; or a function that builds one from the number of features
        (for arrays, the shape of one row) and the number of outputs.
    tuned : bool
        Whether each run chooses its settings first. Default False.
    strength : float, optional
        Value of the field ``settable``, which is then not tuned. Default: the arm's own.

    Raises
    ------
    InputError
        A strength is given, but the arm has none to set, or it is outside the range.
    """

    needs_network = True
    batch_norm = False
    max_norm: float | None = None
    choices: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    settable: str = ""

    def __init__(
        self, source: Source = DEFAULT, *, tuned: bool = False, strength: float | None = None
    ) -> None:
        self.source = source
        self.tuned = tuned
        self.strength = strength
        if strength is not None:
            self._set_strength(strength)
        self._set_title(source, tuned=tuned)

    def _set_strength(self, strength: float) -> None:
        if not self.settable:
            raise InputError(
                f"arms must name {self.name!r} without a number, because it has no rate or strength to "
                f"set. Received: {self.name}:{strength:g}."
            )
        self.name = f"{self.name}:{strength:g}"
        self.choices = tuple(choice for choice in self.choices if choice[0] != self.settable)
        self.regime()  # raises an error for a number out of range

    def _set_title(self, source: Source, *, tuned: bool) -> None:
        sizes = "your network"
        if isinstance(source, Recipe):
            sizes = replace(source, rate=0.0).title
        elif isinstance(source, DefaultNetwork):
            sizes = "network"
        words = "tuned" if tuned and self.choices else self.words
        self.title = f"{sizes}, {words}" if words else sizes

    @property
    @abstractmethod
    def words(self) -> str:
        """What the arm adds to the network, in a few words; empty for nothing."""

    @abstractmethod
    def regime(self) -> Regime:
        """Return the training settings without tuning."""

    def job(
        self,
        split: Split,
        protocol: Protocol,
        seed: int,
        networks: Networks,
        settings: Mapping[str, Any] | None = None,
        epochs: int | None = None,
    ) -> Job:
        """Return the arm's training job on a split.

        Parameters
        ----------
        split : Split
            The data.
        protocol : Protocol
            The rules.
        seed : int
            Seed of the run.
        networks : Networks
            Networks of the study.
        settings : mapping of str to value, optional
            Fields of `Regime`, and ``batch_size``, that replace the arm's own.
        epochs : int, optional
            Replaces the protocol's number.

        Raises
        ------
        InputError
            The user's network does not fit the data, expects integer codes but gets other numbers,
            or does not support the arm's training settings.
        """
        changed = dict(settings or {})
        batch_size = changed.pop("batch_size", protocol.batch_size)
        regime = replace(self.regime(), **changed)
        template = networks.template(self.structure(split))
        refuse_regime(template, regime)
        refuse_codes(template, split)
        return Job(
            template=template,
            regime=regime,
            training=_rows(split, split.train),
            validation=_rows(split, split.validation),
            epochs=epochs or protocol.epochs,
            batch_size=batch_size,
            seed=seed,
            name=f"{self.name}, split {seed}",
        )

    def structure(self, split: Split) -> Structure:
        """Return the structure of the arm's network on a split."""
        return Structure(
            self.source,
            split.row_shape,
            len(split.task.classes) if split.task.is_classification else None,
            batch_norm=self.batch_norm,
            max_norm=self.max_norm,
            numbers=split.task.type.link,
        )

    def fit(self, split: Split, protocol: Protocol, seed: int) -> Fit:
        """Train one network without tuning; see `bridle.workbench.arm.base.Arm.fit`.

        Raises
        ------
        InputError
            See `job`. An error of the training itself is raised too.
        """
        run = NetworkRun(self, split, seed)
        jobs = [self.job(split, protocol, seed, Networks())]
        ((_, fit),) = fit_networks([run], jobs, plan_groups(jobs))
        if isinstance(fit, Exception):
            raise fit
        return fit


@dataclass(frozen=True, eq=False)
class NetworkRun:
    """A network arm on a split."""

    arm: NetworkArm
    split: Split
    seed: int


def fit_networks(
    runs: Sequence[NetworkRun],
    jobs: Sequence[Job],
    groups: Sequence[Sequence[int]],
    between: BetweenEpochs | None = None,
) -> Iterator[tuple[int, Fit | Exception]]:
    """Train, and yield each fit or error, with the position of its run, when it is finished.

    Parameters
    ----------
    runs : sequence of NetworkRun
        The runs.
    jobs : sequence of Job
        Their jobs, from `NetworkArm.job`.
    groups : sequence of sequence of int
        All or some groups of `bridle.networks.engine.train_jobs.plan_groups`.
    between : BetweenEpochs, optional
    """
    for position, outcome in train_jobs(jobs, groups, between):
        if isinstance(outcome, Exception):
            yield position, outcome
            continue
        try:
            fit = _fit(runs[position], jobs[position], outcome)
        except Exception as error:  # the other runs continue
            yield position, error
        else:
            yield position, fit


def _fit(run: NetworkRun, job: Job, outcome: Outcome) -> Fit:
    def predictor(state: State) -> NetworkPredictor:
        return NetworkPredictor(job.template, state, run.split.row_shape)

    curves = None
    if outcome.epochs:
        # Losses of counts are brought to the metric's units, as targets were divided by their mean.
        scaled = run.split.task.type.has_log_outputs
        curves = outcome.curves.times(run.split.target_scale) if scaled else outcome.curves
    details = {
        **_numbers(job.regime),
        "epochs": outcome.epochs,
        "parameters": job.template.n_parameters,
        "batch_size": job.batch_size,
        "backend": job.template.backend,
        "group": outcome.group,
    }
    if job.template.loss is not None:
        details["loss"] = job.template.loss.name
    if job.template.codes:
        details["features"] = "as given"
    if outcome.diverged is not None:
        failure = f"{type(outcome.diverged).__name__}: {outcome.diverged}"
        return Fit(predictor(outcome.state), curves, details=details, failure=failure)
    effect = None
    try:
        effect = _effect(run, job, outcome)
    except Exception as error:  # a failed measurement does not end a run
        details["effect"] = f"not measured: {type(error).__name__}: {error}"
    return Fit(
        predict=predictor(outcome.state),
        curves=curves,
        details=details,
        best_epoch=outcome.best_epoch,
        predict_best=predictor(outcome.best_state),
        effect=effect,
        seconds=outcome.seconds,
    )


def _effect(run: NetworkRun, job: Job, outcome: Outcome) -> dict[str, Any] | None:
    if not job.template.rates:
        return None
    rows = slice(0, _EFFECT_ROWS)
    X, y = job.training[0][rows], job.validation
    return measure_effect(job.template, outcome.state, X, (y[0][rows], y[1][rows]), run.seed)


def _numbers(regime: Regime) -> dict[str, Any]:
    """Return the non-zero settings of a regime, and always the rate."""
    fields = {name: value for name, value in vars(regime).items() if value}
    if regime.schedule is not None:
        fields["schedule"] = regime.schedule.config()["name"]
    if regime.augmentation is not None:
        fields["augmentation"] = str(regime.augmentation)
    return {"rate": regime.rate, **fields}


def _rows(split: Split, part: Part) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    X = part.X.astype(np.float32).reshape(-1, *split.row_shape)
    return X, split.task.type.for_networks(part.y)
