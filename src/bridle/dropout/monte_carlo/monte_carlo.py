"""`MonteCarlo`: a distribution of predictions from a network with dropout."""

from __future__ import annotations

import random
import warnings
from typing import Any

import numpy as np

from bridle import streams
from bridle.dropout.monte_carlo.prediction import MonteCarloPrediction
from bridle.dropout.monte_carlo.sampler import Keys, Sampler
from bridle.dropout.rate import checked_seed, is_integer, stream_key
from bridle.errors import BridleWarning, InputError
from bridle.framework import framework_of

__all__ = ["MonteCarlo"]


class MonteCarlo:
    """Predicts with dropout on, many times: each sample is the output of one sub-network.

    Dropout of every kind is active, bridle's and the framework's own; all else is as at inference,
    batch normalisation above all. The network is as before after each call, an exception included:
    its mode, its statistics, the place of its streams of masks.

    Parameters
    ----------
    model : keras.Model or torch.nn.Module
        Not copied: weights, and rates of bridle's dropout, are read at each prediction. With one
        array as output, whose rows are those of the inputs.

    Raises
    ------
    InputError
        It is no network, or has no dropout.

    Source: Gal and Ghahramani 2016, "Dropout as a Bayesian approximation: representing model
    uncertainty in deep learning", equation 6.
    """

    def __init__(self, model: Any) -> None:
        self._sampler = _sampler(model)

    def predict(
        self,
        x: Any,
        *,
        samples: int = 50,
        seed: int | None = None,
        batch_size: int | None = None,
        fixed_masks: bool = False,
    ) -> MonteCarloPrediction:
        """Return the samples of the output for each row, and what they say.

        On JAX all samples of a batch are one compiled call.

        Parameters
        ----------
        x : array of shape (n, ...), or a list or dict of such
            As the network takes it, n at least 1.
        samples : int
            T, at least 2, default 50.
        seed : int, optional
            Any integer; the same seed, rows and ``batch_size`` give the same samples. Default: a
            fresh one.
        batch_size : int, optional
            Rows of a call, at least 1, where memory is short. Default: all.
        fixed_masks : bool
            Whether the same T sub-networks serve every row, so that a row's samples do not depend
            on its batch. Default: each row has masks of its own, where the layers' noise is one a
            row.

        Returns
        -------
        MonteCarloPrediction
            With ``samples``, ``mean``, ``sd``, ``predictive_entropy``, ``mutual_information``,
            ``interval`` and ``coverage``.

        Warns
        -----
        BridleWarning
            All samples are the same.

        Raises
        ------
        InputError
            An argument is outside its range, or the output is not one array with a row for each of
            the inputs.
        """
        _require_at_least("samples", samples, 2)
        if batch_size is not None:
            _require_at_least("batch_size", batch_size, 1)
        if not isinstance(fixed_masks, bool):
            raise InputError(
                f"fixed_masks must be True or False. Received: fixed_masks={fixed_masks!r}."
            )
        chosen = random.getrandbits(62) if seed is None else checked_seed(seed)
        n_rows = self._sampler.n_rows(x)
        size = n_rows if batch_size is None else batch_size
        parts = []
        for index, start in enumerate(range(0, n_rows, size)):
            batch = self._sampler.rows(x, slice(start, start + size))
            keys = self._keys(chosen, 0 if fixed_masks else index, samples)
            sample = self._sampler.shared_rows if fixed_masks else self._sampler.own_rows
            parts.append(_checked(sample(batch, keys), min(size, n_rows - start)))
        found = np.concatenate(parts, axis=1)
        if self._sampler.largest_rate() == 0 and (found == found[:1]).all():
            warnings.warn(
                f"All {samples} samples are the same: no dropout of the network acts, since their "
                "rates are 0. Set them with bridle.set_rate(model, 0.1), and train with them.",
                BridleWarning,
                stacklevel=2,
            )
        return MonteCarloPrediction(found)

    def _keys(self, seed: int, batch: int, samples: int) -> Keys:
        draws = streams.generator(stream_key(seed, "monte carlo"), batch)
        return draws.integers(0, 2**31, (samples, self._sampler.n_streams))


def _sampler(model: Any) -> Sampler:
    if framework_of(model) == "keras":
        from bridle.dropout.monte_carlo.keras_sampler import KerasSampler

        return KerasSampler(model)
    from bridle.dropout.monte_carlo.torch_sampler import TorchSampler

    return TorchSampler(model)


def _checked(outputs: Any, n_rows: int) -> Any:
    if outputs.ndim < 2 or outputs.shape[1] != n_rows:
        raise InputError(
            f"The network's output must have a row for each of the {n_rows} rows of x. "
            f"Received: an output of shape {outputs.shape[1:]}."
        )
    return outputs


def _require_at_least(name: str, value: Any, least: int) -> None:
    if not (is_integer(value) and value >= least):
        raise InputError(
            f"{name} must be an integer of at least {least}. Received: {name}={value!r}."
        )
