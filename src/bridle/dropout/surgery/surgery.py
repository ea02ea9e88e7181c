"""The functions of surgery: `add_dropout`, `remove_dropout`, `restore`, `set_rate`, `dropout_summary`.

Only `set_rate` changes the network it is given; the others work on a copy.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any, Literal, get_args

from bridle.dropout.rate import checked_seed
from bridle.dropout.schedule import schedule as as_schedule
from bridle.dropout.surgery.place_rates import assign_rates, matches
from bridle.dropout.surgery.placement import Kind, Where
from bridle.dropout.surgery.plan import Existing
from bridle.dropout.surgery.summary import DropoutEntry, DropoutSummary
from bridle.errors import BridleWarning, InputError, UnknownNameError
from bridle.framework import framework_of

__all__ = ["add_dropout", "dropout_summary", "remove_dropout", "restore", "set_rate"]


def add_dropout(
    model: Any,
    rate: Any = 0.5,
    where: Where = None,
    *,
    kind: Kind | Literal["auto", "subnetwork"] = "auto",
    existing: Existing = "keep",
    seed: int | None = None,
    schedule: Any = None,
) -> Any:
    """Return a new network with the same weights and with dropout after its hidden layers.

    Dropout is inserted after the activation of each hidden layer, never after the output. Of
    convolutions, whole channels are dropped; of LSTM and GRU, units of the state; of attention,
    attention weights; SELU networks get alpha dropout. Without noise, the output equals that of the
    original network bit for bit.

    Parameters
    ----------
    model : keras.Sequential, functional keras.Model or torch.nn.Module
        Not changed. Branches, shared layers and nested models are handled too. PyTorch modules are
        traced with torch.fx.
    rate : float, (float, float) or mapping of str to float
        Fraction of units to drop, in [0, 1], default 0.5. A pair is a linear ramp from the first to
        the deepest place. A mapping gives rates by name or glob pattern; other layers get no
        dropout.
    where : str, iterable of str, callable or None
        Names of layers, paths such as ``"encoder/dense"``, glob patterns, or a predicate on a
        layer. An exact name can be that of any layer except an output. Default: every hidden layer.
    kind : str
        ``"auto"`` (default) chooses by the layer. ``"dropout"``, ``"gaussian"`` and ``"alpha"`` suit
        every hidden layer, ``"spatial"`` those with channels, ``"recurrent"`` and ``"weight_drop"``
        LSTM and GRU, ``"attention"`` attention. ``"subnetwork"`` (Keras) puts chains of dense layers,
        convolutions, LSTM, GRU and SimpleRNN into a `bridle.dropout.keras_layers.SubNetwork`, which
        draws blocks of units once per batch and computes only the kept ones; elsewhere it acts like
        ``"auto"``.
    existing : {"keep", "replace"}
        ``"keep"`` (default) leaves existing dropout and adds none at its places; ``"replace"``
        removes it first.
    seed : int, optional
        Any integer. The random stream of a layer depends on the seed and on the layer's position,
        so the same call for the same network gives the same masks. Default: a fresh seed.
    schedule : Schedule or dict, optional
        Factor of the rates as a function of the training calls, such as ``Linear(steps=1000)`` of
        `bridle.dropout.schedule`, or its ``config()``. Each place counts its own calls. Not for
        ``"subnetwork"``, whose shapes depend on the rate. Default: constant rates.

    Returns
    -------
    keras.Model or torch.nn.Module
        A network of the class of ``model``. A Keras model is compiled like ``model``, with a new
        optimiser.

    Raises
    ------
    InputError
        The network or a part of it cannot be changed (the message says which and why); there is no
        hidden layer; or an argument is outside its range.
    UnknownNameError
        A name or a pattern matches nothing.

    Warns
    -----
    BridleWarning
        A requested place has dropout already and is skipped; there is dropout before a batch
        normalisation; or, with ``"subnetwork"``, some places get dropout that computes all units.

    Source: Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from
    overfitting"; Tompson et al. 2015 for whole channels, Gal and Ghahramani 2016 for recurrent
    layers, Klambauer et al. 2017 for SELU.
    """
    if existing not in get_args(Existing):
        raise UnknownNameError("way to treat existing dropout", existing, get_args(Existing))
    chosen = random.getrandbits(62) if seed is None else checked_seed(seed)
    if kind == "subnetwork" and schedule is not None:
        raise InputError(
            'schedule must be left out with kind="subnetwork": the number of kept blocks fixes '
            f"the shapes. Received: {schedule!r}. Use another kind."
        )
    factor = None if schedule is None else as_schedule(schedule)
    return _surgery(model).add_dropout(model, rate, where, kind, existing, chosen, factor)


def remove_dropout(model: Any) -> Any:
    """Return a new network with the same weights and without any dropout, bridle's or other.

    Parameters
    ----------
    model : keras.Sequential, functional keras.Model or torch.nn.Module
        Not changed.

    Returns
    -------
    keras.Model or torch.nn.Module
        A Keras model is compiled as ``model`` is, with a fresh optimiser.

    Raises
    ------
    InputError
        A part with dropout inside cannot be changed.

    Warns
    -----
    BridleWarning
        Something else in the network draws random numbers in training, and continues to.
    """
    return _surgery(model).remove_dropout(model)


def restore(model: Any) -> Any:
    """Return the network with its current weights and without bridle's layers.

    It can be run, saved and exported without bridle. The framework's own dropout remains; dropout
    that ``existing="replace"`` removed is not restored.

    Parameters
    ----------
    model : keras.Sequential, functional keras.Model or torch.nn.Module
        Not changed.

    Returns
    -------
    keras.Model or torch.nn.Module
        A Keras model is compiled as ``model`` is, with a fresh optimiser.

    Raises
    ------
    InputError
        A part with bridle's layers inside cannot be changed.
    """
    return _surgery(model).restore(model)


def set_rate(model: Any, rate: Any) -> None:
    """Set dropout rates in a network; compiled training steps use them at once.

    A number or a pair sets the rates of bridle's dropout. A mapping also sets named rates of a
    PyTorch network's own dropout, even from 0: rates of PyTorch's modules, and numbers such as
    ``drop_prob`` of a DropPath that the code passes to dropout. Their masks come from PyTorch's
    generator. If the number of kept blocks of a `bridle.dropout.keras_layers.SubNetwork` changes,
    training steps are recompiled when they run next. Set rates between epochs, not within one.

    Parameters
    ----------
    model : keras.Model or torch.nn.Module
        A network of any class; changed in place.
    rate : float, (float, float) or mapping of str to float
        As in `bridle.add_dropout`. A mapping has the names of dropout layers, as in the summary, or
        of the layers that they follow; other layers keep their rates.

    Raises
    ------
    InputError
        A rate is outside its range (no rate is changed then), or there is no dropout that can be
        set.
    UnknownNameError
        A name or a pattern matches nothing.

    Warns
    -----
    BridleWarning
        A name or a pattern of the mapping also matches dropout whose rate cannot be set.
    """
    entries = _surgery(model).settable_entries(model)
    named = isinstance(rate, Mapping)
    chosen = [entry for entry in entries if named or entry.settable]
    if not chosen:
        raise _nothing_to_set(model, entries)
    rates = assign_rates(rate, chosen)
    for entry, share in zip(chosen, rates, strict=True):
        for source in entry.sources if share is not None else ():
            source.rate = share
    if named:
        _warn_of_fixed_rates(model, [name for name in rate if isinstance(name, str)])


def _warn_of_fixed_rates(model: Any, names: list[str]) -> None:
    """Warn about named dropout that cannot be set, if other named dropout can."""
    fixed = [
        entry for entry in dropout_summary(model).entries if not (entry.settable or entry.by_name)
    ]
    left = [repr(place.layer) for place in fixed if any(matches(name, place) for name in names)]
    if left:
        warnings.warn(
            f"The rate of {', '.join(left)} stays as it is: it is part of code or of a compiled "
            'step. Put bridle\'s dropout there with add_dropout(model, existing="replace").',
            BridleWarning,
            stacklevel=3,
        )


def _nothing_to_set(model: Any, entries: Sequence[DropoutEntry]) -> InputError:
    if entries:
        names = ", ".join(repr(entry.layer) for entry in entries[:3])
        return InputError(
            f"A single rate sets bridle's dropout only, and the network {_name(model)!r} has none. Its "
            f"own dropout ({names}{', …' if len(entries) > 3 else ''}) is set by name: "
            'set_rate(model, {"*": 0.1}).'
        )
    return InputError(
        f"The network {_name(model)!r} has no dropout whose rate can be set. Rates written in code are "
        "fixed, and so are those of Keras's own layers, and in compiled steps that of a SubNetwork on "
        'TensorFlow. Replace them by bridle\'s dropout: add_dropout(model, existing="replace").'
    )


def dropout_summary(model: Any) -> DropoutSummary:
    """Return a summary of a network's dropout, and of layers without it; it prints as a table.

    Parameters
    ----------
    model : keras.Model or torch.nn.Module
        Not changed.

    Returns
    -------
    DropoutSummary
        With ``entries`` (``layer``, ``kind``, ``rate``, ``follows``, ``settable``) in the order of
        computation, and ``bare``, the layers without dropout (``layer``, ``reason``).
    """
    return DropoutSummary(_name(model), *_surgery(model).dropout_entries(model))


def _surgery(model: Any) -> ModuleType:
    """Return the adapter for the framework of a network, which is imported already."""
    if framework_of(model) == "keras":
        from bridle.dropout.surgery import keras as keras_surgery

        return keras_surgery
    from bridle.dropout.surgery import torch as torch_surgery

    return torch_surgery


def _name(model: Any) -> str:
    return str(model.name) if framework_of(model) == "keras" else type(model).__name__
