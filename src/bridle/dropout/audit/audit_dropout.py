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
    """Measure the dropout of a PyTorch network while it runs, and say what is wrong with it.

    Nothing is read from names or settings alone: three training steps and two evaluations of a copy
    run under a recorder that sees every random number, in forward and backward passes, in modules,
    functions and attention; then each kind of dropout module runs alone. The checks ask for

    - silence in evaluation mode, functions and attention's ``dropout_p`` included;
    - the share of dropped units, against the rate that is said; rates that act nowhere;
    - the same mask in the backward pass as in the forward pass, under checkpointing too;
    - masks that differ between steps, layers and samples, and between the ranks of ``group``;
    - neighbouring units that are independent, in every memory layout;
    - changes of a rate that take effect.

    Parameters
    ----------
    model : torch.nn.Module
        Not changed; of a compiled one, the original.
    batch : torch.Tensor, tuple or mapping
        What the network takes, on its device; 16 rows or more show more.
    compiled : bool, default=False
        Compile each kind of dropout module too (seconds each).
    group : torch.distributed.ProcessGroup, optional
        Ranks that call this together; their masks are compared. Default: this process alone.
    ignore : iterable of str
        Codes of findings that are meant, such as ``"BR507"``.

    Returns
    -------
    Audit
        ``dropouts`` with measured rates, ``findings`` with ``code``, ``where``, ``reason`` and
        ``remedy``; ``print`` it.

    Raises
    ------
    InputError
        It is no PyTorch network, cannot be copied, or does not take the batch.
    UnknownNameError
        A code that does not exist.

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
    if framework_of(model) != "torch":
        raise InputError(
            "model must be a torch.nn.Module: the dropout of Keras networks is checked by "
            "bridle.check_dropout. Received: a Keras network."
        )
    from bridle.dropout.audit.torch.observe import observe

    seen = observe(model, batch, compiled, group)
    findings = (finding for check in CHECKS for finding in check(seen))
    return Audit(
        _measured(seen),
        tuple(finding for finding in findings if finding.code.split()[0] not in left_out),
        ("eager", "compiled") if compiled else ("eager",),
    )


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
        found.append(Measured(where, function, draws[0].rate, share if count else None, count))
    return tuple(found)
