"""Rows that a PyTorch module takes: their shape, whether they are codes, and its outputs for them."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from bridle.errors import InputError
from bridle.networks.own.asked_features import Asked, Features, asked_of
from bridle.networks.own.building.one_line import one_line
from bridle.networks.own.drawn_weights import DRAWS, Draws, drawn_weight
from bridle.networks.own.read_as_codes import codes_read
from bridle.types import AnyArray

__all__ = [
    "as_rows",
    "asked_by_module",
    "ends_in_dense",
    "first_outputs",
    "most_codes",
    "output_axis",
    "outputs_under_draws",
    "probe",
]

_ROWS = 8

_FORMS: tuple[Features, ...] = ("scaled", "given", "ids")

_MOST_CODES = 2**24

_TABLES = (nn.Embedding, nn.EmbeddingBag)


def as_rows(X: AnyArray, features: Features) -> Tensor:
    """Return rows as a module takes them: int64 for codes, else float32."""
    kind: Any = np.int64 if features == "ids" else np.float32
    return torch.from_numpy(np.ascontiguousarray(X, dtype=kind))


def probe(features: Features, n_features: int | tuple[int, ...]) -> Tensor:
    """Return a few rows: 0 and 1, unless a module expects standardised features."""
    shape = (n_features,) if isinstance(n_features, int) else n_features
    rng = np.random.default_rng(0)
    if features == "scaled":
        return as_rows(rng.standard_normal((_ROWS, *shape)), features)
    return as_rows(rng.integers(0, 2, (_ROWS, *shape)), features)


def first_outputs(module: nn.Module, n_features: int | tuple[int, ...]) -> Tensor:
    """Return the outputs for a few rows, as numbers or, if it takes none, as codes.

    Raises
    ------
    InputError
        It takes none of them, or does not return a row of outputs for each row.
    """
    reasons = []
    for features in _FORMS:
        try:
            outputs = _quiet_outputs(module, probe(features, n_features))
        except Exception as error:  # modules raise errors of any type for shapes that do not fit
            reasons.append(error)
            continue
        return _checked(outputs)
    raise InputError(
        f"network must take rows of {n_features} features and return one tensor. Received: a module "
        f"that says: {one_line(reasons[0])}"
    ) from reasons[0]


def asked_by_module(module: nn.Module, n_features: int | tuple[int, ...]) -> Asked:
    """Return "ids" if a module takes integer codes, "given" if for some features, else "scaled".

    It takes codes only if it rejects other numbers, even 0.0 and 1.0. See `codes_read` for the others.
    """
    shape = (n_features,) if isinstance(n_features, int) else n_features
    try:
        _quiet_outputs(module, probe("given", n_features))
    except Exception:
        return Asked("ids")

    def outputs(rows: AnyArray) -> AnyArray:
        found = outputs_under_draws(module, torch.from_numpy(rows))
        return found.reshape(-1, len(rows), found.shape[-1])

    has_table = any(isinstance(part, _TABLES) for part in module.modules())
    read = codes_read(outputs, shape, has_table=has_table)
    return asked_of(read, shape[-1])


def most_codes(module: nn.Module) -> int:
    """Return how many codes 0, 1, … a module that takes codes accepts, by its embeddings."""
    sizes = [part.num_embeddings for part in module.modules() if isinstance(part, _TABLES)]
    return min([*sizes[:1], _MOST_CODES])


def output_axis(module: nn.Module, name: str) -> int:
    """Return the axis of a kernel that counts its units: 0, or 1 for a transposed convolution."""
    owner = module.get_submodule(name.rpartition(".")[0])
    transposed = nn.ConvTranspose1d | nn.ConvTranspose2d | nn.ConvTranspose3d
    return 1 if isinstance(owner, transposed) else 0


def ends_in_dense(module: nn.Module, rows: Tensor) -> bool:
    """Return whether a module returns the outputs of a dense layer or convolution unchanged."""
    found: list[tuple[Tensor, int]] = []

    def note(layer: nn.Module, inputs: Any, output: Tensor) -> None:
        found.append((output, output._version))  # an activation in place changes the version

    dense = (nn.Linear, nn.Bilinear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
    hooks = [
        part.register_forward_hook(note) for part in module.modules() if isinstance(part, dense)
    ]
    try:
        outputs = _quiet_outputs(module, rows)
    finally:
        for hook in hooks:
            hook.remove()
    return any(
        (tensor.data_ptr(), tensor.numel()) == (outputs.data_ptr(), outputs.numel())
        and tensor._version == version
        for tensor, version in found
    )


def outputs_under_draws(module: nn.Module, rows: Tensor, draws: Draws = DRAWS) -> AnyArray:
    """Return outputs under a module's weights and under drawn ones, of shape ((1 + draws) n, outputs).

    See `bridle.networks.own.drawn_weights`. The module is not changed.
    """
    found = [_quiet_outputs(module, rows)]
    # A copy: torch.func.functional_call leaves foreign weights in layers that are used twice.
    tried = copy.deepcopy(module)
    for sign, bias in draws:
        rng = np.random.default_rng(0)
        with torch.no_grad():
            for name, parameter in tried.named_parameters():
                if parameter.ndim:
                    parameter.copy_(
                        torch.from_numpy(_drawn(module, name, parameter, rng, sign, bias))
                    )
        found.append(_quiet_outputs(tried, rows))
    return torch.cat([tensor.reshape(len(rows), -1) for tensor in found]).double().numpy()


def _drawn(
    module: nn.Module, name: str, weight: Tensor, rng: np.random.Generator, sign: float, bias: float
) -> AnyArray:
    shape = tuple(weight.shape)
    axis = output_axis(module, name) if len(shape) > 1 else 0
    value = drawn_weight(shape, shape[:axis] + shape[axis + 1 :], rng, sign, bias)
    return np.asarray(value, dtype=np.float32)


def _quiet_outputs(module: nn.Module, rows: Tensor) -> Any:
    trained = [part for part in module.modules() if part.training]
    module.train(mode=False)
    try:
        with torch.no_grad():
            return module(rows)
    finally:
        for part in trained:
            part.training = True


def _checked(outputs: Any) -> Tensor:
    if not isinstance(outputs, Tensor):
        raise InputError(
            f"network must return one tensor. Received: a module that returns a "
            f"{type(outputs).__name__}."
        )
    shape = tuple(outputs.shape)
    if shape[:1] != (_ROWS,) or len(shape) > 2:
        raise InputError(
            f"network must return one row of outputs for each row. Received: shape {shape} for "
            f"{_ROWS} rows."
        )
    return outputs
