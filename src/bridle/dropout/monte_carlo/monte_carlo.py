"""`MonteCarlo`: a distribution of predictions from a network with dropout.

At inference, dropout is usually off and a network gives one prediction for a row. With dropout on,
every call uses another random sub-network and gives another prediction. T calls are T samples from a
distribution: their mean is the prediction, their spread shows how much the sub-networks disagree.
Under assumptions (Gal and Ghahramani 2016) the samples approximate the posterior of a Bayesian
network. They do not include the noise of the target.
"""

from __future__ import annotations

import random
import warnings
from typing import Any

import numpy as np

from bridle import streams
from bridle.arguments.scalars import is_integer, refuse
from bridle.dropout.monte_carlo.prediction import MonteCarloPrediction
from bridle.dropout.monte_carlo.sampler import Keys, Sampler
from bridle.dropout.rate import checked_seed, stream_key
from bridle.errors import BridleWarning, InputError
from bridle.framework import framework_of

__all__ = ["MonteCarlo"]


class MonteCarlo:
    """Predicts many times with dropout on; each sample is the output of one random sub-network.

    All dropout is active, bridle's and the framework's own. The rest of the network, batch
    normalisation for instance, works as at inference. Each call leaves the network unchanged (mode,
    batch statistics, random streams), also after an exception.

    Parameters
    ----------
    model : keras.Model or torch.nn.Module
        A network with dropout and one output array with a row for each row of the inputs. It is not
        copied: each prediction uses its current weights and rates.

    Raises
    ------
    InputError
        It is not a network, or has no dropout.

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
        """Return T samples of the output for each row, with their mean and uncertainty.

        On JAX all samples of a batch are one compiled call.

        Parameters
        ----------
        x : array of shape (n, ...), or a list or dict of such
            Inputs of the network, n at least 1.
        samples : int
            T, at least 2, default 50.
        seed : int, optional
            Any integer. The same seed, rows and ``batch_size`` give the same samples. Default: a
            fresh seed.
        batch_size : int, optional
            Rows per call, at least 1, to save memory. Default: all rows at once.
        fixed_masks : bool
            Whether all rows use the same T sub-networks, so that the samples of a row do not depend
            on its batch. Default False: each row has its own masks, as in training.

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
            refuse("fixed_masks", "True or False", fixed_masks)
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
                f"All {samples} samples are the same: the rate of every dropout is 0. Set rates with "
                "bridle.set_rate(model, 0.1), and train with them.",
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
        refuse(name, f"an integer of at least {least}", value)
