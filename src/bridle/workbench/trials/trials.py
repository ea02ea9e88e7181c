"""`Trials`: an experiment that hands out its runs to the user's own training loop."""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bridle.arguments.scalars import refuse, whole_at_least
from bridle.errors import BridleWarning, InputError
from bridle.files.array_file import read_arrays_of
from bridle.files.atomic_file import write_atomic
from bridle.files.pickled import Pickled
from bridle.workbench.arguments import MOST_RUNS, folder_at
from bridle.workbench.arm.catalogue import ARMS
from bridle.workbench.arm.names import arm_of
from bridle.workbench.elsewhere.judge_runs import judge_runs
from bridle.workbench.elsewhere.judgement import Judgement
from bridle.workbench.evidence.results.fixed_test import FEWEST_SEEDS, what_can_be_shown
from bridle.workbench.folder.lock import locked
from bridle.workbench.folder.sealed_line import seal, unseal
from bridle.workbench.trials.trial import Results, Trial
from bridle.workbench.trials.trial_network import seed_everything

__all__ = ["Trials"]

_MANIFEST = "trials.json"
_REMEDY = "Delete it, and the trial is run again."
_CUT = ("baseline", "dropout")
"""Arms of the catalogue that a trial can make by changing its network."""


class Trials(Pickled):
    """An experiment of a loop of your own: one training set, one test set, several seeds and arms.

    Iteration yields the trials that are not finished yet, all arms of a seed one after the other. The
    results of finished trials are in the folder, so after any interruption the same program continues
    and ends with the same results: an interrupted trial is run again from its beginning, and everything
    random in it depends on its seed. The global generators of Python, NumPy, PyTorch and Keras are
    seeded at the beginning of each trial.

    Parameters
    ----------
    folder : str or path
        Folder for the results, ``ARM/seedS.npz``, which ``bridle judge`` reads too. It is created if it
        does not exist.
    arms : sequence of str
        Distinct names, the plain arm first. "baseline" has a network without dropout, "dropout" has
        dropout of rate 0.5 after the hidden layers, and "dropout:0.2" of rate 0.2. Any other name is
        yours: its network has no dropout, and your loop does what the name means. Default ("baseline",
        "dropout").
    seeds : int or sequence of int
        Number of seeds, or distinct integers from 0 upwards. Default 5, the fewest that can show a
        difference. You can ask for more later.

    Raises
    ------
    InputError
        An argument is wrong, or the folder holds trials of other arms or files of another kind.

    Warns
    -----
    BridleWarning
        There are too few seeds to show a difference.

    Examples
    --------
    >>> study = Trials("runs", arms=("baseline", "dropout"), seeds=5)  # doctest: +SKIP
    >>> for trial in study:  # doctest: +SKIP
    ...     model = trial.network(build)
    ...     for epoch in trial.epochs(15):
    ...         train_one_epoch(model, generator=trial.generator("order"))
    ...         trial.log(train_loss=..., val_loss=...)
    ...     with trial.noise_free(model):
    ...         trial.finish(logits=model(X_test), targets=y_test)
    >>> print(study.judge())  # doctest: +SKIP
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        arms: Sequence[str] = ("baseline", "dropout"),
        seeds: int | Sequence[int] = 5,
    ) -> None:
        self.arms = _checked_arms(arms)
        self.seeds = _checked_seeds(seeds)
        self._rates = {arm: _rate_of(arm) for arm in self.arms}
        self.folder = folder_at(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._refuse_other_folder()
        if len(self.seeds) < FEWEST_SEEDS:
            warnings.warn(what_can_be_shown(len(self.seeds)), BridleWarning, stacklevel=2)

    def __repr__(self) -> str:
        done = sum(self._path(arm, seed).exists() for seed in self.seeds for arm in self.arms)
        return (
            f"Trials({str(self.folder)!r}, arms={self.arms}, seeds={self.seeds}): "
            f"{done} of {len(self.arms) * len(self.seeds)} finished"
        )

    def __len__(self) -> int:
        """Return the number of trials, finished ones included."""
        return len(self.arms) * len(self.seeds)

    def __iter__(self) -> Iterator[Trial]:
        """Yield the trials that are not finished yet.

        Raises
        ------
        InputError
            Another program writes to the folder; or a trial was not finished before the next one.
        """
        with locked(self.folder):
            self._write_manifest()
            for seed in self.seeds:
                for arm in self.arms:
                    if self._path(arm, seed).exists():
                        continue
                    seed_everything(seed)
                    trial = self._trial(arm, seed)
                    yield trial
                    if not trial.finished:
                        raise InputError(
                            "trial.finish(...) must end each trial, or there is nothing to judge. "
                            f"Received: none for {trial}."
                        )

    def results(self, arm: str, seed: int) -> Results:
        """Return the results of a finished trial, as arrays by name.

        Raises
        ------
        InputError
            The trial is not finished, or its file is damaged.
        """
        path = self._path(arm, seed)
        try:
            content = path.read_bytes()
        except FileNotFoundError as error:
            raise InputError(f"The trial of {arm!r} at seed {seed} is not finished.") from error
        return read_arrays_of(io.BytesIO(content), str(path), _REMEDY)

    def judge(
        self,
        regularised: str | None = None,
        plain: str | None = None,
        *,
        margin: float = 0.02,
        confidence: float = 0.95,
    ) -> Judgement:
        """Return the verdict on two arms, from the seeds that both have finished.

        The estimand is the expected change for this training set, over new test rows and new seeds.

        Parameters
        ----------
        regularised : str, optional
            Default: the second arm, if there are two.
        plain : str, optional
            Default: the first arm.
        margin, confidence : float
            As in `bridle.judge_runs`.

        Raises
        ------
        InputError
            An arm is unknown, ``regularised`` is missing and there are more than two arms, or no seed is
            finished in both arms.
        """
        plain = self._known(plain, self.arms[0])
        others = [arm for arm in self.arms if arm != plain]
        if regularised is None and len(others) > 1:
            raise InputError(
                f"judge must get the arm to judge, one of {', '.join(others)}. Received: none."
            )
        regularised = self._known(regularised, others[0])
        done = [
            seed
            for seed in self.seeds
            if all(self._path(arm, seed).exists() for arm in (plain, regularised))
        ]
        if not done:
            raise InputError(f"No seed of {plain!r} and {regularised!r} is finished yet.")
        given = [
            {seed: _as_run(self.results(arm, seed)) for seed in done}
            for arm in (plain, regularised)
        ]
        names = (plain, regularised)
        return judge_runs(*given, names=names, margin=margin, confidence=confidence)

    def _known(self, arm: str | None, default: str) -> str:
        if arm is not None and arm not in self.arms:
            refuse("arm", f"one of {', '.join(self.arms)}", arm)
        return arm or default

    def _trial(self, arm: str, seed: int) -> Trial:
        def keep(results: Results) -> None:
            buffer = io.BytesIO()
            np.savez(buffer, **results)  # type: ignore[arg-type]
            path = self._path(arm, seed)
            path.parent.mkdir(exist_ok=True)
            write_atomic(path, buffer.getvalue())

        def check_weights(found: str) -> None:
            for other in self.arms:
                if not self._path(other, seed).exists():
                    continue
                known = str(self.results(other, seed).get("weights", ""))
                if known and known != found:
                    raise InputError(
                        "build must make the same weights for every arm of a seed. Received: different "
                        f"weights from those of {other!r} at seed {seed}. Draw them with the global "
                        "generators of PyTorch, Keras, NumPy or Python, which trial.network() seeds."
                    )

        return Trial(arm, seed, self._rates[arm], keep, check_weights)

    def _path(self, arm: str, seed: int) -> Path:
        return self.folder / arm.replace(":", "-") / f"seed{seed}.npz"

    def _refuse_other_folder(self) -> None:
        path = self.folder / _MANIFEST
        if not path.exists():
            held = sorted(
                entry.name for entry in self.folder.iterdir() if not entry.name.startswith(".")
            )
            if held:
                raise InputError(
                    f"The folder {str(self.folder)!r} holds {held[0]!r} and no trials. Name another."
                )
            return
        known = unseal(path.read_bytes(), str(path)).get("arms")
        if known != list(self.arms):
            raise InputError(
                f"The folder {str(self.folder)!r} holds trials of the arms {known}. "
                f"Received: {list(self.arms)}. Name another folder."
            )

    def _write_manifest(self) -> None:
        if not (self.folder / _MANIFEST).exists():
            write_atomic(self.folder / _MANIFEST, f"{seal({'arms': list(self.arms)})}\n")


def _as_run(results: Results) -> dict[str, Any]:
    """Return results in the form for `judge_runs`; a mean loss becomes a log with one epoch."""
    if "risk" in results:
        return {"val_loss": [float(results["risk"])]}
    names = ("predictions", "logits", "losses", "targets")
    return {name: results[name] for name in names if name in results}


def _checked_arms(arms: Any) -> tuple[str, ...]:
    listed = tuple(arms) if isinstance(arms, list | tuple) else ()
    if len(listed) < 2 or len(set(listed)) < len(listed):
        refuse("arms", "two distinct names or more, the plain one first", arms)
    for name in listed:
        if (
            not isinstance(name, str)
            or not name
            or set(name) & set('/\\<>"|?*\0')
            or name[0] == "."
        ):
            refuse("arms", "names that a folder can have", name)
        base = name.partition(":")[0]
        if base in ARMS and base not in _CUT:
            raise InputError(
                f"arms must be {', '.join(_CUT)}, dropout with a rate, or names of your own. Received: "
                f"{name!r}, an arm of bridle that changes the training and not only the network. Do "
                "that in your loop, under another name."
            )
    return listed


def _checked_seeds(seeds: Any) -> tuple[int, ...]:
    if not isinstance(seeds, list | tuple | range):
        return tuple(range(whole_at_least("seeds", seeds, 1, MOST_RUNS)))
    found = tuple(whole_at_least(f"seeds[{i}]", seed, 0) for i, seed in enumerate(seeds))
    if not found or len(set(found)) < len(found):
        refuse("seeds", "distinct integers from 0 upwards", seeds)
    return found


def _rate_of(arm: str) -> float | None:
    if arm.partition(":")[0] != "dropout":
        return None
    made: Any = arm_of(arm)
    return float(made.regime().rate)
