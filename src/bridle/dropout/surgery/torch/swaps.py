"""Replacements of modules by modules with inner dropout, and back, with parameters and hooks."""

from __future__ import annotations

from torch import nn

from bridle.dropout import torch_modules as ours
from bridle.dropout.schedule import Schedule
from bridle.dropout.surgery.placement import Kind
from bridle.dropout.surgery.torch.roles import is_ours, is_pure_dropout
from bridle.dropout.torch_modules.source import NoiseSource
from bridle.errors import InputError

__all__ = ["noisy_module", "plain_module"]

NOISY: dict[type, type] = {
    nn.LSTM: ours.DropoutLSTM,
    nn.GRU: ours.DropoutGRU,
    nn.MultiheadAttention: ours.DropoutAttention,
}

PLAIN: dict[type, type] = {
    **{noisy: plain for plain, noisy in NOISY.items()},
    ours.EmbeddingDropout: nn.Embedding,
    ours.DropConnectLinear: nn.Linear,
}

RECURRENT_NOISE = ("input_noise", "state_noise", "weight_noise")


def noisy_module(
    module: nn.Module,
    path: str,
    kind: Kind,
    rate: float,
    seed: int,
    schedule: Schedule | None = None,
    *,
    asked_for: bool,
    packed: bool,
) -> nn.Module:
    """Return the module with inner dropout, as the bridle subclass of its class.

    Parameters
    ----------
    module : torch.nn.LSTM, GRU or MultiheadAttention
        Its parameters, state and hooks are passed to the new module.
    path : str
    kind : {"recurrent", "weight_drop", "attention"}
    rate : float
        In [0, 1].
    seed : int
        Seed of its random stream.
    schedule : Schedule, optional
        Default: a constant rate.
    asked_for : bool
        Whether the user requested the kind. Otherwise a module that cannot drop units of its state,
        because of several layers, a projection or packed sequences, drops recurrent weights.
    packed : bool
        Whether the network packs sequences.

    Raises
    ------
    InputError
        The module does not support the requested kind.
    """
    source = NoiseSource(rate, schedule=schedule, seed=seed)
    name = "noise"
    if kind != "attention":
        stacked = module.num_layers > 1 or module.proj_size > 0
        if stacked and kind == "recurrent" and asked_for:
            raise InputError(
                f'kind must not be "recurrent" for {path!r}, which has several layers or a '
                f"projection; PyTorch computes these in one call. Received: kind={kind!r}. Use "
                '"weight_drop" or "auto".'
            )
        if packed and kind == "recurrent" and asked_for:
            raise InputError(
                f'kind must not be "recurrent" for {path!r}, since the network packs sequences, which '
                f"PyTorch computes in one call. Received: kind={kind!r}. Pad the sequences, or use "
                '"weight_drop" or "auto".'
            )
        in_one_piece = stacked or packed or kind == "weight_drop"
        name = "weight_noise" if in_one_piece else "state_noise"
    noisy = _as_class(module, NOISY.get(type(module), type(module)))
    if kind != "attention":
        for noise in RECURRENT_NOISE:
            setattr(noisy, noise, getattr(noisy, noise, None))
    setattr(noisy, name, source)
    noisy.train(module.training)
    return noisy


def plain_module(module: nn.Module) -> nn.Module:
    """Return the module without dropout: itself, one of a PyTorch class, or the wrapped module."""
    if is_pure_dropout(module):
        return _without_rate()
    if isinstance(module, ours.ConcreteDropout):
        return module.layer
    if is_ours(module) and type(module) in PLAIN:
        for name in {*RECURRENT_NOISE, "noise"} & {*vars(module), *module._modules}:
            delattr(module, name)
        module = _as_class(module, PLAIN[type(module)])
    if isinstance(module, (nn.RNNBase, nn.MultiheadAttention)):
        module.dropout = 0.0
    return module


def _without_rate() -> nn.Identity:
    """Return an identity with the attributes of a dropout that networks read, such as ``p``."""
    identity = nn.Identity()
    identity.p = 0.0
    identity.inplace = False
    return identity


def _as_class(module: nn.Module, kind: type) -> nn.Module:
    """Return an object of another class with all attributes of a module."""
    new: nn.Module = object.__new__(kind)
    vars(new).update(vars(module))
    return new
