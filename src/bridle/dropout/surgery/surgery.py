"""Dropout for a network that exists: put in, set, shown, taken out.

Nothing here changes the network that it is given, but for `set_rate`, which is there to do that.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any, Literal, get_args

from bridle.dropout.rate import checked_seed
from bridle.dropout.surgery.place_rates import assign_rates
from bridle.dropout.surgery.placement import Kind, Where
from bridle.dropout.surgery.plan import Existing
from bridle.dropout.surgery.summary import DropoutEntry, DropoutSummary
from bridle.errors import InputError, UnknownNameError
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
) -> Any:
    """Return a new network with the same weights, and dropout after its hidden layers.

    Dropout stands after each hidden layer's activation and never after the output; convolutions
    lose whole channels, LSTM and GRU units of their state, attention some of its weights, and SELU
    networks keep their mean and variance. With noise off, the output is that of the first network
    bit for bit.

    Parameters
    ----------
    model : keras.Sequential, functional keras.Model or torch.nn.Module
        Not changed. Branches, shared layers and models within models are cut too. A PyTorch module
        is read with torch.fx.
    rate : float, (float, float) or mapping of str to float
        Share of units to drop, in [0, 1], default 0.5; a pair is a ramp from the first to the
        deepest place; a mapping gives rates by name or glob pattern, and what it does not name
        gets no dropout.
    where : str, iterable of str, callable or None
        Names of layers, paths such as ``"encoder/dense"``, glob patterns, or a predicate on a
        layer. An exact name may name any layer but an output. Default: every hidden layer.
    kind : str
        ``"auto"`` chooses by the layer. ``"dropout"``, ``"gaussian"`` and ``"alpha"`` take every
        hidden layer, ``"spatial"`` those with channels, ``"recurrent"`` and ``"weight_drop"`` LSTM
        and GRU, ``"attention"`` attention. ``"subnetwork"`` (Keras) puts chains of dense layers,
        convolutions, LSTM, GRU and SimpleRNN into a `bridle.dropout.keras_layers.SubNetwork`, which
        draws blocks of units once a batch and computes the kept ones alone; elsewhere it is
        ``"auto"``.
    existing : {"keep", "replace"}
        Whether dropout that is there stays, and its places get no second one, or goes.
    seed : int, optional
        Of all masks: a layer's stream comes from the seed and the layer's place, so the same cut
        of the same network has the same masks. Default: a fresh one.

    Returns
    -------
    keras.Model or torch.nn.Module
        Of the class of ``model``; a Keras model is compiled as that is, with a fresh optimiser.

    Raises
    ------
    InputError
        The network, or a part of it, cannot be cut, and the message says which and why; there is no
        hidden layer; an argument is outside its range.
    UnknownNameError
        A name or a pattern fits nothing.

    Warns
    -----
    BridleWarning
        A place that was asked for has dropout already, and gets no second one; dropout stands
        before a batch normalisation; with ``"subnetwork"``, some places get a
        dropout that leaves no computation out.

    Source: Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from
    overfitting"; Tompson et al. 2015 for whole channels, Gal and Ghahramani 2016 for recurrent
    layers, Klambauer et al. 2017 for SELU.
    """
    if existing not in get_args(Existing):
        raise UnknownNameError("way to treat existing dropout", existing, get_args(Existing))
    chosen = random.getrandbits(62) if seed is None else checked_seed(seed)
    return _surgery(model).add_dropout(model, rate, where, kind, existing, chosen)


def remove_dropout(model: Any) -> Any:
    """Return a new network with the same weights and no dropout at all, the framework's included.

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
        A part with dropout inside cannot be cut.
    """
    return _surgery(model).remove_dropout(model)


def restore(model: Any) -> Any:
    """Return the plain network: the same weights, and none of bridle's layers.

    It runs, is saved and exported where bridle is not installed. The framework's own dropout stays
    where it stands; what ``existing="replace"`` took away does not come back.

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
        A part with bridle's layers inside cannot be cut.
    """
    return _surgery(model).restore(model)


def set_rate(model: Any, rate: Any) -> None:
    """Set rates of dropout in a network, at once: a compiled step goes on with them.

    A number or a pair sets those of bridle's dropout. A mapping also sets those of a PyTorch
    network's own that it names: of its modules, and of numbers such as ``drop_prob`` of a DropPath
    that its code gives to dropout, be they 0; their masks come from PyTorch's generator.

    Only a step with a `bridle.dropout.keras_layers.SubNetwork` whose number of kept blocks changes
    is compiled anew, when it runs next. Set rates between epochs, not between the steps of one.

    Parameters
    ----------
    model : keras.Model or torch.nn.Module
        Changed in place, of any class.
    rate : float, (float, float) or mapping of str to float
        As in `bridle.add_dropout`; a mapping's names are those of dropout layers, as the summary
        shows them, or of the layers that they follow, and what it does not name keeps its rate.

    Raises
    ------
    InputError
        A rate is outside its range, and then none is set; or there is no dropout that it could set.
    UnknownNameError
        A name or a pattern fits nothing.
    """
    entries = _surgery(model).settable_entries(model)
    named = isinstance(rate, Mapping)
    chosen = [entry for entry in entries if named or entry.settable]
    if not chosen:
        raise _nothing_to_set(model, entries)
    rates = assign_rates(rate, chosen)
    for entry, one in zip(chosen, rates, strict=True):
        for source in entry.sources if one is not None else ():
            source.rate = one


def _nothing_to_set(model: Any, entries: Sequence[DropoutEntry]) -> InputError:
    if entries:
        names = ", ".join(repr(one.layer) for one in entries[:3])
        return InputError(
            f"The network {_name(model)!r} has no dropout of bridle's, which alone a rate for all "
            f"sets. Its own ({names}{', …' if len(entries) > 3 else ''}) is set by name: "
            'set_rate(model, {"*": 0.1}).'
        )
    return InputError(
        f"The network {_name(model)!r} has no dropout whose rate can be set: that of Keras's own "
        "layers, and of a SubNetwork on TensorFlow, is part of a compiled step. "
        'Put bridle\'s in with add_dropout(model, existing="replace").'
    )


def dropout_summary(model: Any) -> DropoutSummary:
    """Return where dropout stands in a network, and where not and why, which prints as a table.

    Parameters
    ----------
    model : keras.Model or torch.nn.Module
        Not changed.

    Returns
    -------
    DropoutSummary
        With ``entries`` in the order of computation: ``layer``, ``kind``, ``rate``, ``follows``,
        ``settable``; and ``bare``, the layers without dropout: ``layer``, ``reason``.
    """
    return DropoutSummary(_name(model), *_surgery(model).dropout_entries(model))


def _surgery(model: Any) -> ModuleType:
    """Return the adapter for a network's framework; none is imported that is not there already."""
    if framework_of(model) == "keras":
        from bridle.dropout.surgery import keras as keras_surgery

        return keras_surgery
    from bridle.dropout.surgery import torch as torch_surgery

    return torch_surgery


def _name(model: Any) -> str:
    return str(model.name) if framework_of(model) == "keras" else type(model).__name__
