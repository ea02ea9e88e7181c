"""Dropout taken out of a PyTorch network, in place."""

from __future__ import annotations

from torch import nn
from torch.fx import Node

from bridle.dropout.surgery.torch.inspection import has_dropout
from bridle.dropout.surgery.torch.reading import Opened, Reading
from bridle.dropout.surgery.torch.rewriting import (
    drop_node,
    give_back,
    silence_attention,
    unhook,
    write_forward,
)
from bridle.dropout.surgery.torch.roles import (
    ATTENTION_RATES,
    FUNCTIONAL_DROPOUT,
    function_name,
    is_ours,
    is_pure_dropout,
)
from bridle.dropout.surgery.torch.swaps import plain_module
from bridle.dropout.surgery.torch.tracing import rate_path
from bridle.dropout.surgery.torch.untraced import HOOKED

__all__ = ["PUT_IN", "drop_calls", "exchange", "without_dropout"]

# Marks modules that surgery inserted, as opposed to those of the original network.
PUT_IN = "_put_in_by_surgery"


def without_dropout(copy: nn.Module, reading: Reading, ours_only: bool) -> nn.Module:
    """Take dropout out of a network in place, only bridle's if ``ours_only``, and return it."""
    for opened in reading.opened:
        if opened.way == "traced" and drop_calls(opened, ours_only):
            write_forward(opened.module, opened.code)
    for parent in [*copy.modules()]:
        if _is_put_in(parent._modules.get(HOOKED)):
            unhook(parent)
        for name, child in [*parent._modules.items()]:
            if child is None or not has_dropout(child) or (ours_only and not is_ours(child)):
                continue
            if give_back(parent, name, child) and ours_only:
                continue
            child = parent._modules[name]
            if _is_put_in(child):
                delattr(parent, name)
            else:
                exchange(copy, child, plain_module(child))
    if has_dropout(copy) and (not ours_only or is_ours(copy)):
        return plain_module(copy)
    return copy


def drop_calls(opened: Opened, ours_only: bool) -> bool:
    """Remove inserted and functional dropout from the code; return whether there was any."""
    doomed, silenced = [], False
    for node in opened.code.nodes:
        if node.op == "call_module":
            if _is_put_in(opened.module.get_submodule(str(node.target))):
                doomed.append(node)
        elif not ours_only and _drops_at_a_rate_in_the_code(node):
            doomed.append(node)
        elif not ours_only and function_name(node) in ATTENTION_RATES:
            silenced |= silence_attention(node)
    for node in doomed:
        drop_node(node)
    return bool(doomed) or silenced


def _drops_at_a_rate_in_the_code(node: Node) -> bool:
    return function_name(node) in FUNCTIONAL_DROPOUT and rate_path(node) is None


def _is_put_in(module: nn.Module | None) -> bool:
    return module is not None and is_pure_dropout(module) and bool(getattr(module, PUT_IN, False))


def exchange(model: nn.Module, old: nn.Module, new: nn.Module) -> None:
    """Put a module in every place of another."""
    for parent in [*model.modules()]:
        for name, child in parent._modules.items():
            if child is old:
                parent._modules[name] = new
