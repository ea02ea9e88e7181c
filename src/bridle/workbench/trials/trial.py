"""`Trial`: one run of the user's own training loop, with its random streams, network and log."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from bridle import streams
from bridle.arguments.scalars import is_number, whole_at_least
from bridle.errors import InputError
from bridle.types import AnyArray
from bridle.workbench.elsewhere.row_results import runs_of_arrays
from bridle.workbench.trials.trial_network import network_for, noise_free

__all__ = ["CURVES", "Results", "Trial"]

Results = dict[str, AnyArray]
"""Results of a trial: arrays by name."""

CURVES = ("train_loss", "train_eval_loss", "val_loss", "penalty")
"""Names that `Trial.log` takes, as those of `bridle.networks.curves.Curves`."""


class Trial:
    """One run: an arm and a seed, with the network, random streams and log that they determine.

    `bridle.Trials` makes trials and hands them out.

    Parameters
    ----------
    arm : str
        Name of the arm.
    seed : int
        At least 0.
    rate : float or None
        Rate of the arm's dropout; None if it has none.
    keep : callable
        Takes the results when they are complete.
    check_weights : callable
        Takes the digest of the initial weights, and raises an error if other arms have different ones.
    """

    def __init__(
        self,
        arm: str,
        seed: int,
        rate: float | None,
        keep: Callable[[Results], None],
        check_weights: Callable[[str], None],
    ) -> None:
        self.arm = arm
        self.seed = seed
        self.rate = rate
        self.finished = False
        self._keep = keep
        self._check_weights = check_weights
        self._curves: dict[str, list[float]] = {name: [] for name in CURVES}
        self._generators: dict[str, Any] = {}
        self._weights = ""
        self._began = time.perf_counter()

    def __repr__(self) -> str:
        return f"Trial(arm={self.arm!r}, seed={self.seed}, rate={self.rate})"

    def network(self, build: Any, *, own: bool = False, schedule: Any = None) -> Any:
        """Return the network of this trial: the seed's weights, and the arm's dropout.

        Every arm of a seed gets the same initial weights. The network's own dropout is removed; the arm
        "dropout" has bridle's after each hidden layer, with masks from a random stream of the seed.

        Parameters
        ----------
        build : callable, torch.nn.Module or keras.Model
            A function without arguments, called while the generators of Python, NumPy, PyTorch and
            Keras are seeded; or a network, from whose weights every seed starts.
        own : bool
            Whether the arm "dropout" keeps the network's own dropout, as built, instead of bridle's.
            Default False.
        schedule : Schedule or dict, optional
            How the rate of the arm's dropout changes during the training, as for
            `bridle.add_dropout`: ``Early(steps)``, ``Late(steps)``, ``Curriculum(steps)``. Default: a
            constant rate.

        Returns
        -------
        torch.nn.Module or keras.Model
            A new network.

        Raises
        ------
        InputError
            The network cannot be built, or dropout cannot be inserted; it starts from other weights than
            another arm of this seed; or a schedule is given for the network's own dropout.
        """
        if own and schedule is not None:
            raise InputError(
                "schedule is for the dropout that bridle puts in, so own must be False. Received: "
                f"own=True, schedule={schedule!r}."
            )
        found, weights = network_for(build, self.seed, self.rate, own=own, schedule=schedule)
        self._check_weights(weights)
        self._weights = weights
        return found

    def epochs(self, number: int) -> Iterator[int]:
        """Yield 0, 1, … ``number - 1``.

        Raises
        ------
        InputError
            ``number`` is not an integer of at least 1.
        """
        yield from range(whole_at_least("number", number, 1))

    def seed_of(self, purpose: str) -> int:
        """Return an integer in [0, 2**31) for a purpose, the same for every arm of the seed."""
        return streams.integer(self.seed, "trial", purpose)

    def rng(self, purpose: str) -> np.random.Generator:
        """Return the NumPy generator of a purpose; see `generator`."""
        if purpose not in self._generators:
            self._generators[purpose] = streams.generator(self.seed, "trial", purpose)
        return self._generators[purpose]

    def generator(self, purpose: str = "order", device: Any = "cpu") -> Any:
        """Return the ``torch.Generator`` of a purpose, such as the order of the rows.

        It has the same initial state for every arm of the seed, and the same object is returned by later
        calls. For instance: ``DataLoader(..., generator=trial.generator("order"))``.

        Parameters
        ----------
        purpose : str
            Default "order".
        device : str or torch.device
            Default "cpu".

        Raises
        ------
        InputError
            PyTorch is not imported; `rng` has NumPy's.
        """
        torch = sys.modules.get("torch")
        if torch is None:
            raise InputError(
                "generator() gives a torch.Generator, and PyTorch is not imported. Use trial.rng(), "
                "a NumPy generator, or trial.seed_of(), an integer."
            )
        key = f"torch {purpose} {device}"
        if key not in self._generators:
            made = torch.Generator(device=device)
            self._generators[key] = made.manual_seed(self.seed_of(purpose))
        return self._generators[key]

    def log(self, **losses: float) -> None:
        """Add the losses of an epoch.

        Parameters
        ----------
        **losses : float
            ``train_loss`` (as optimised), ``train_eval_loss`` (of the training rows with the noise off),
            ``val_loss`` and ``penalty``, or some of these; the same names in each epoch.

        Raises
        ------
        InputError
            A name is not one of these, or a value is not a number.
        """
        for name, value in losses.items():
            if name not in CURVES:
                raise InputError(f"log must get {', '.join(CURVES)}. Received: {name}={value!r}.")
            number = float(value) if _is_scalar(value) else value
            if not is_number(number):
                raise InputError(f"{name} must be a number. Received: {value!r}.")
            self._curves[name].append(float(number))

    def noise_free(self, network: Any) -> AbstractContextManager[Any]:
        """Return a context in which a network's noise is off, for losses and predictions.

        Within it, a PyTorch module is in evaluation mode and has no gradients; its state is restored at
        the end.

        Parameters
        ----------
        network : torch.nn.Module or keras.Model
        """
        return noise_free(network)

    def finish(
        self,
        predictions: Any = None,
        targets: Any = None,
        *,
        logits: Any = None,
        losses: Any = None,
        risk: float | None = None,
    ) -> None:
        """Save the results of the trial on the test rows, and end it.

        Give exactly one of predictions, logits, losses and risk, the same in all trials.

        Parameters
        ----------
        predictions : array-like of shape (n,), (n, 1) or (n, classes)
            Probabilities, or numbers, for the test rows; with ``targets``.
        targets : array-like of shape (n,) or (n, 1)
            Codes 0, 1, … of an integer type for classes, or numbers. Beside one logit for each row they
            are 0 and 1, of any type.
        logits : array-like of shape (n,), (n, 1) or (n, classes)
            Outputs before the sigmoid or softmax, instead of ``predictions``; with ``targets``.
        losses : array-like of shape (n,)
            Loss of each test row. From it, or from predictions, both sources of variation can be
            estimated: seeds, and rows of the test set.
        risk : float
            Mean loss on the test rows, if the losses of single rows are not known.

        Raises
        ------
        InputError
            None or several are given, shapes do not fit, or the trial is finished.
        OSError
            The results could not be written.
        """
        if self.finished:
            raise InputError(f"finish must be called once for a trial. Received: twice for {self}.")
        arrays = self._results(predictions, targets, logits, losses, risk)
        if risk is None:
            runs_of_arrays(arrays, f"{self}", self.seed)  # raises an error for unusable results
        for name, values in self._curves.items():
            if values:
                arrays[name] = np.asarray(values, dtype=np.float64)
        arrays["seconds"] = np.asarray(time.perf_counter() - self._began)
        if self._weights:
            arrays["weights"] = np.asarray(self._weights)
        self._keep(arrays)
        self.finished = True

    def _results(
        self, predictions: Any, targets: Any, logits: Any, losses: Any, risk: float | None
    ) -> Results:
        given = {"predictions": predictions, "logits": logits, "losses": losses, "risk": risk}
        names = [name for name, argument in given.items() if argument is not None]
        if len(names) != 1:
            raise InputError(
                "finish must get predictions and targets, logits and targets, losses, or risk. "
                f"Received: {', '.join(names) or 'nothing'}."
            )
        (name,) = names
        if (targets is None) == (name in ("predictions", "logits")):
            raise InputError(
                "finish must get targets with predictions or logits, and with nothing else. "
                f"Received: {name} {'without' if targets is None else 'and'} targets."
            )
        arrays = {name: as_array(given[name])}
        if name == "risk" and not is_number(risk):
            raise InputError(f"risk must be a number. Received: {risk!r}.")
        return arrays if targets is None else {**arrays, "targets": as_array(targets)}


def as_array(values: Any) -> AnyArray:
    """Return a tensor of any framework, on any device, as an array."""
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(values, torch.Tensor):
        values = values.detach().cpu()
        return np.array(values.float() if values.dtype == torch.bfloat16 else values)
    return np.array(values)


def _is_scalar(value: Any) -> bool:
    """Return whether a value is a tensor or an array of one number."""
    return not isinstance(value, str | bytes) and getattr(value, "shape", None) == ()
