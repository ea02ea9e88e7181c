"""Probes: each layer that only drops, alone, with its gradient, eager and compiled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from bridle.backend import load_keras
from bridle.dropout.audit.keras.backends import Run, with_gradient
from bridle.dropout.audit.keras.places import draws_blocks
from bridle.dropout.audit.keras.recorder import as_array, mask_of
from bridle.dropout.audit.observed import Probe

__all__ = ["probes_of"]

keras = load_keras()
ops = keras.ops

_MOST = 2**18
"""Units of an input; more rows are left out."""


def probes_of(
    layers: dict[str, Any],
    inputs: dict[str, Any],
    acting: set[str],
    rates: dict[str, float],
    compiled: bool,
) -> list[Probe]:
    """Return the probes of the layers that drew and do nothing else.

    Layers of one class, with inputs of one shape, are probed once.

    Parameters
    ----------
    layers : dict of str to keras.Layer
    inputs : dict of str to tensor
        Of the layers without weights that keep the shape.
    acting : set of str
        Paths of the layers that drew.
    rates : dict of str to float
        Rates that the layers state.
    compiled : bool
        Whether to compile each layer too.
    """
    run, compile_ = with_gradient()
    found: list[Probe] = []
    seen: set[Any] = set()
    for path in sorted(acting & set(inputs)):
        layer, x = layers[path], _signs(inputs[path])
        if (key := (type(layer), tuple(x.shape))) in seen:
            continue
        seen.add(key)
        found += _probe(path, layer, x, rates.get(path), "eager", run)
        if compiled:
            found += _probe(path, layer, x, rates.get(path), "compiled", compile_(layer))
    return found


def _probe(
    path: str, layer: Any, x: Any, rate: float | None, mode: str, run: Run
) -> Iterator[Probe]:
    first, gradient = run(layer, x)
    second, _ = run(layer, x)
    masks = mask_of(first), mask_of(second)
    reached = as_array(gradient)
    if masks[0] is not None and masks[1] is not None and reached is not None:
        yield Probe(
            path,
            mode,
            "contiguous",
            first=masks[0],
            second=masks[1],
            backward=reached != 0,
            rate=rate,
            by_blocks=draws_blocks(layer),
        )


def _signs(x: Any) -> Any:
    """Return random signs in the shape of an input, of so many rows that it is not too large."""
    rows = max(1, min(len(x), _MOST // max(1, int(np.prod(x.shape[1:])))))
    drawn = np.random.default_rng(0).integers(0, 2, (rows, *x.shape[1:])) * 2 - 1
    return ops.convert_to_tensor(drawn, dtype=keras.backend.standardize_dtype(x.dtype))
