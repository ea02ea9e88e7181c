"""Observation of a Keras network: two training steps, evaluation, changed rates, probes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from bridle.backend import load_keras
from bridle.dropout.audit.keras.places import Held, held_rates, layers_by_path, settable_rates
from bridle.dropout.audit.keras.probes import probes_of
from bridle.dropout.audit.keras.recorder import Recorder, recording
from bridle.dropout.audit.keras.states import States, undisturbed
from bridle.dropout.audit.new_rates import another_rate
from bridle.dropout.audit.observed import Draw, Observed
from bridle.errors import InputError

__all__ = ["observe"]

keras = load_keras()


def observe(model: Any, batch: Any, compiled: bool) -> Observed:
    """Return what a network does with a batch; its variables and rates are put back.

    Parameters
    ----------
    model : keras.Model
        Built by its first call, if it is not yet; otherwise not changed.
    batch : tensor, array, or a structure of them
        What the network takes.
    compiled : bool
        Whether layers that only drop are compiled too.
    """
    if not model.built:
        _call(model, batch, training=False)
    with undisturbed(model) as states:
        layers = layers_by_path(model)
        rates = held_rates(layers)
        evaluation, repeats = _evaluate(model, batch, layers, states)
        first = _step(model, batch, layers, states)
        second = _step(model, batch, layers, states)
        acting = {draw.where for draw in first.draws if draw.kept is not None}
        probes = probes_of(layers, first.inputs, acting, rates, compiled)
        with _changed(settable_rates(layers)) as wanted:
            changed = _step(model, batch, layers, states)
        return Observed(
            n_samples=_rows(batch),
            steps=(first.draws, second.draws),
            backward=(),
            evaluation=evaluation,
            repeats=repeats,
            rates=rates,
            changed=changed.draws,
            wanted=wanted,
            probes=probes,
        )


def _call(model: Any, batch: Any, training: bool) -> Any:
    try:
        return model(batch, training=training)
    except Exception as error:
        raise InputError(
            "batch must be what the network takes as model(batch): an array, or a list or mapping of "
            f"them. Received: {type(batch).__name__}, with which it failed ({error})."
        ) from error


def _step(model: Any, batch: Any, layers: dict[str, Any], states: States) -> Recorder:
    with recording(layers, states) as recorder:
        _call(model, batch, training=True)
    return recorder


def _evaluate(
    model: Any, batch: Any, layers: dict[str, Any], states: States
) -> tuple[list[Draw], bool]:
    """Return the draws that act in evaluation mode, and whether the output repeats itself."""
    before = states.of(model)
    with recording(layers, states) as recorder:
        first = _arrays(_call(model, batch, training=False))
    second = _arrays(_call(model, batch, training=False))
    # An LSTM of Keras draws its masks in evaluation too, and does not use them.
    used = set()
    for place in {draw.where for draw in recorder.draws if draw.rate is not None}:
        states.put(before)
        with recording(layers, states, silenced=place):
            silent = _arrays(_call(model, batch, training=False))
        if not _same(first, silent):
            used.add(place)
    draws = [draw for draw in recorder.draws if draw.rate is None or draw.where in used]
    return draws, _same(first, second)


@contextmanager
def _changed(held: dict[str, Held]) -> Iterator[dict[str, float]]:
    """Set every rate to another one as long as the context is open."""
    before = {path: one.rate for path, one in held.items()}
    wanted = {path: another_rate(rate) for path, rate in before.items()}
    try:
        for path, one in held.items():
            one.rate = wanted[path]
        yield wanted
    finally:
        for path, one in held.items():
            one.rate = before[path]


def _same(first: list[Any], second: list[Any]) -> bool:
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(first, second, strict=True))


def _arrays(output: Any) -> list[Any]:
    return [keras.ops.convert_to_numpy(one) for one in keras.tree.flatten(output)]


def _rows(batch: Any) -> int:
    found = [len(leaf) for leaf in keras.tree.flatten(batch) if len(np.shape(leaf)) > 0]
    return found[0] if found else 1
