"""`audit_dropout`: measures the dropout that acts in a network."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bridle.arguments.scalars import switch
from bridle.dropout.audit.audit import Audit, Measured
from bridle.dropout.audit.checks import CHECKS, CODES
from bridle.dropout.audit.measures import dropped
from bridle.dropout.audit.observed import Draw, Observed
from bridle.errors import InputError, UnknownNameError
from bridle.framework import framework_of

__all__ = ["audit_dropout"]


def audit_dropout(
    model: Any,
    batch: Any,
    *,
    compiled: bool = False,
    group: Any = None,
    ignore: Iterable[str] = (),
) -> Audit:
    """Measure the dropout of a network while it runs, and say what is wrong with it.

    Nothing is read from names or settings alone: three training steps and two evaluations run
    under a recorder that sees every random number, of PyTorch in forward and backward passes, in
    modules, functions and attention, of Keras in layers and functions of `keras.random`; then each
    kind of dropout that has no weights runs alone. The checks ask for

    - silence in evaluation mode, functions and attention's ``dropout_p`` included;
    - the fraction of dropped units, compared with the stated rate; rates that have no effect;
    - the same mask in the backward pass as in the forward pass, in PyTorch under checkpointing too;
    - masks that differ between steps, layers and samples, and between the ranks of ``group``;
    - neighbouring units that are independent, in PyTorch in every memory layout;
    - changes of a rate that take effect.

    Parameters
    ----------
    model : torch.nn.Module or keras.Model
        Not changed; of a compiled PyTorch network, the original. One of Keras that is not built yet
        is built.
    batch : tensor, array, tuple or mapping
        What the network takes, on its device; 16 rows or more show more. Keras gets it as
        ``model(batch)``.
    compiled : bool, default=False
        Compile each kind of dropout module too (seconds each); not for Keras on PyTorch.
    group : torch.distributed.ProcessGroup, optional
        Ranks that call this together; their masks are compared. Default: this process alone. Not
        for Keras.
    ignore : iterable of str
        Codes of intended findings to leave out, such as ``"BR507"``.

    Returns
    -------
    Audit
        ``dropouts`` with measured rates, ``findings`` with ``code``, ``where``, ``reason`` and
        ``remedy``; ``print`` it.

    Raises
    ------
    InputError
        It is no network, cannot be copied (PyTorch), or does not take the batch.
    UnknownNameError
        There is no such code.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> network = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Dropout(0.5), nn.Linear(64, 1))
    >>> found = audit_dropout(network, torch.randn(32, 8))
    >>> len(found.findings), found.dropouts[0].rate
    (0, 0.5)
    """
    compiled = switch("compiled", compiled)
    left_out = _known(ignore)
    seen = _observed(model, batch, compiled, group)
    findings = (finding for check in CHECKS for finding in check(seen))
    return Audit(
        _measured(seen),
        tuple(finding for finding in findings if finding.code.split()[0] not in left_out),
        ("eager", "compiled") if compiled else ("eager",),
    )


def _observed(model: Any, batch: Any, compiled: bool, group: Any) -> Observed:
    if framework_of(model) == "torch":
        from bridle.dropout.audit.torch.observe import observe as observe_torch

        return observe_torch(model, batch, compiled, group)
    if group is not None:
        raise InputError(
            "group must be None for a Keras network, whose ranks are not compared. Received: "
            f"{type(group).__name__}."
        )
    from bridle.dropout.audit.keras.observe import observe as observe_keras

    return observe_keras(model, batch, compiled)


def _known(codes: Iterable[str]) -> set[str]:
    if isinstance(codes, str):
        raise InputError(f"ignore must be a list of codes, such as ['BR507']. Received: {codes!r}.")
    known = [code.split()[0] for code in CODES]
    found = {str(code).split()[0].upper() for code in codes if str(code).strip()}
    for code in found:
        if code not in known:
            raise UnknownNameError("finding of an audit", code, known)
    return found


def _measured(seen: Observed) -> tuple[Measured, ...]:
    """Return the places that drew in training, with their rates over both steps."""
    by_place: dict[tuple[str, str], list[Draw]] = {}
    for draw in (*seen.steps[0], *seen.steps[1]):
        by_place.setdefault((draw.where, draw.function), []).append(draw)
    found = []
    for (where, function), draws in by_place.items():
        share, count = dropped(draw.kept for draw in draws if draw.kept is not None)
        rate = seen.rates.get(where) if draws[0].rate is None else draws[0].rate
        found.append(Measured(where, function, rate, share if count else None, count))
    return tuple(found)
