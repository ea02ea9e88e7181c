"""The best network of a study: in each split the one with the lowest validation loss.

Choosing the network with the lowest test risk and then testing it on the same rows would favour it.
So each split chooses by its validation rows, which are not among its test rows, and the chosen
network's test risk is that of the whole procedure: train all networks, keep the best on validation
rows. Different splits may choose different networks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from bridle.workbench.evidence.results.pairs import by_split, succeeded
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record

__all__ = ["BEST_NETWORK", "best_network", "network_arms"]

BEST_NETWORK = "best_network"
"""Name, in comparisons, of the network that each split chooses."""


def network_arms(by_arm: Mapping[str, Sequence[Record]]) -> tuple[str, ...]:
    """Return the arms that were trained in epochs and have no failed run."""
    return tuple(
        name
        for name, records in by_arm.items()
        if records and all(record.curves is not None and succeeded(record) for record in records)
    )


def best_network(
    by_arm: Mapping[str, Sequence[Record]], protocol: Protocol
) -> dict[str, tuple[Record, ...]]:
    """Return the records of the network that each split chooses, under the name `BEST_NETWORK`.

    A network is judged by its mean validation loss over the runs of the split, at the epoch whose
    weights it predicts with.

    Parameters
    ----------
    by_arm : mapping of str to sequence of Record
        Records by arm, the simplest arm first; it wins a tie.
    protocol : Protocol
        Determines which runs have the same split.

    Returns
    -------
    dict of str to tuple of Record
        Empty with fewer than two networks, since there is nothing to choose.
    """
    networks = [by_split(by_arm[name], protocol) for name in network_arms(by_arm)]
    if len(networks) < 2:
        return {}
    chosen: list[Record] = []
    for split in dict.fromkeys(split for runs in networks for split in runs):
        rivals = [runs[split] for runs in networks if split in runs]
        chosen += rivals[int(np.argmin([_validation_loss(runs) for runs in rivals]))]
    return {BEST_NETWORK: tuple(replace(record, arm=BEST_NETWORK) for record in chosen)}


def _validation_loss(runs: Sequence[Record]) -> float:
    return float(np.mean([_kept_loss(run) for run in runs]))


def _kept_loss(record: Record) -> float:
    """Return the validation loss of the weights that a run ended with."""
    losses = record.curves.val_loss if record.curves is not None else ()
    if not losses:
        return float("inf")
    stops_early = (record.details or {}).get("patience") and record.best_epoch is not None
    return losses[record.best_epoch - 1] if stops_early and record.best_epoch else losses[-1]
