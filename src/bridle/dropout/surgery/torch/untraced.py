"""The calls of a module whose forward cannot be traced.

The order of a Sequential is known; for other modules the source code of forward is read.
"""

from __future__ import annotations

from torch import nn
from torch.fx import Graph as Code
from torch.fx import Node

from bridle.dropout.surgery.torch.roles import ACTIVATIONS, COMMUTING, PRODUCTS, is_composite
from bridle.dropout.surgery.torch.source_code.read_source_flow import read_source_flow
from bridle.dropout.surgery.torch.source_code.source_flow import SourceFlow
from bridle.dropout.surgery.torch.source_code.sources import called_functions
from bridle.dropout.surgery.torch.tracing import UntraceableError
from bridle.errors import BridleError

__all__ = ["HOOKED", "UnknownOrderError", "bears_places", "chained", "loose", "read_source"]

HOOKED = "dropout_behind"
"""Name of a dropout inside a module, which a hook applies to the module's output."""


BEARING = (
    nn.Linear,
    nn.Bilinear,
    nn.modules.conv._ConvNd,
    nn.RNNBase,
    nn.MultiheadAttention,
)


class UnknownOrderError(BridleError):
    """The readers of an inner module are not known, so it may be an output of the network."""


_FACTORS = "lora_"
"""How the names of the factors of a low-rank adapter begin, as in PEFT."""


def bears_places(module: nn.Module) -> bool:
    """Return whether a module is or contains a layer that may be a hidden layer."""
    return any(
        isinstance(part, BEARING)
        or (is_composite(part) and bool(part._parameters) and _multiplies(part))
        for part in module.modules()
    )


def _multiplies(module: nn.Module) -> bool:
    called = called_functions(module) or frozenset()
    return bool(called & PRODUCTS) or any(name.startswith("conv") for name in called)


def chained(names: list[str]) -> Code:
    """Return code that calls modules in sequence."""
    code = Code()
    value = code.placeholder("input")
    for name in names:
        value = code.call_module(name, (value,))
    code.output(value)
    return code


def loose(module: nn.Module) -> Code:
    """Return code that calls every inner module without readers."""
    code = Code()
    start = code.placeholder("input")
    for path in _registered(module):
        _behind_hook(module, code, path, code.call_module(path, (start,)))
    code.output(())
    return code


def _registered(module: nn.Module) -> list[str]:
    """Return the inner modules of a module in the order of registration, with lists flattened."""
    names: list[str] = []
    within: tuple[str, ...] = ()
    # A module that is registered twice is listed once.
    for path, child in module.named_modules():
        if not path or path.startswith(within):
            continue
        if not isinstance(child, (nn.ModuleList, nn.ModuleDict)):
            names += [path]
            within = (*within, f"{path}.")
    return names


def read_source(module: nn.Module, outermost: bool) -> tuple[Code, frozenset[str]]:
    """Return the calls that a module's source code shows, and its projections for attention.

    Parameters
    ----------
    module : torch.nn.Module
        The module.
    outermost : bool
        Whether it is the network itself, whose outputs get no dropout.

    Raises
    ------
    UnknownOrderError
        The source code does not show where each module with hidden layers is called.
    UntraceableError
        There is no source code, or dropout right after a module would precede an activation with
        which it does not commute.
    """
    flow = read_source_flow(module)
    if flow is None:
        raise UntraceableError("its source code is not available")
    groups = _groups(module, flow)
    bearing = {attribute for attribute in module._modules if _bears(module, attribute)}
    projecting = _projecting(module, flow, bearing)
    outputs = _main(flow, bearing, projecting)
    _require_commuting(flow, bearing, bearing - projecting - (outputs if outermost else set()))
    unseen = sorted(bearing - {*flow.order})
    if unseen and flow.by_name:
        raise UnknownOrderError(f"its source code does not show where {unseen[0]!r} is called")
    if not flow.order:
        raise UntraceableError("it calls none of its inner modules")
    code = _written(module, groups, flow, outputs)
    return code, frozenset(path for name in projecting for path in groups[name])


def _written(
    module: nn.Module, groups: dict[str, list[str]], flow: SourceFlow, outputs: set[str]
) -> Code:
    code = Code()
    start = code.placeholder("input")
    ends: dict[str, list[Node]] = {}
    for attribute in flow.order:
        before = [end for end in ends if attribute in flow.readers[end]]
        values = [node for name in before for node in ends[name]] or [start]
        ends[attribute] = []
        for path in groups[attribute]:
            node = _behind_hook(module, code, path, code.call_module(path, tuple(values)))
            if attribute in flow.readers[attribute]:
                values, ends[attribute] = [node], [node]
            else:
                ends[attribute].append(node)
    # If no result is seen to be returned, any may be.
    returned = [name for name in flow.order if name in outputs] or flow.order
    code.output(tuple(node for name in returned for node in ends[name]))
    return code


def _behind_hook(module: nn.Module, code: Code, path: str, node: Node) -> Node:
    """Return the call of the dropout that a hook applies to a module, or of the module."""
    hooked = HOOKED in module.get_submodule(path)._modules
    return code.call_module(f"{path}.{HOOKED}", (node,)) if hooked else node


def _groups(module: nn.Module, flow: SourceFlow) -> dict[str, list[str]]:
    """Return the paths of the modules in each attribute that the source code calls."""
    paths = _registered(module)
    return {
        attribute: [path for path in paths if path == attribute or path.startswith(f"{attribute}.")]
        for attribute in flow.order
    }


def _bears(module: nn.Module, attribute: str) -> bool:
    child = module._modules[attribute]
    return child is not None and bears_places(child)


def _main(flow: SourceFlow, bearing: set[str], projecting: set[str]) -> set[str]:
    """Return the modules whose result is returned, except attention weights and the like."""
    outputs = flow.outputs(lambda attribute: attribute not in bearing)
    hidden = {a for a in flow.order if a in bearing - projecting}
    while more := {b for a in hidden for b in flow.readers[a]} - hidden:
        hidden |= more
    return outputs & hidden or outputs


def _projecting(module: nn.Module, flow: SourceFlow, bearing: set[str]) -> set[str]:
    """Return the modules of queries, keys and values if the forward computes attention.

    The factors of a LoRA adapter are also returned: what is between them is no hidden layer.
    """
    called = {name for path in flow.order for name in flow.functions[path]}
    softmaxes = (isinstance(module._modules[name], nn.Softmax) for name in flow.order)
    attends = any("attention" in name or name == "softmax" for name in called) or any(softmaxes)
    reading = {reader for name in bearing for reader in flow.readers[name]}
    # Dropout and similar modules between two of them pass their input on.
    while True:
        more = {b for a in reading - bearing for b in flow.readers[a]}
        if more <= reading:
            break
        reading |= more
    factors = {name for name in bearing if name.startswith(_FACTORS)}
    return factors | {name for name in bearing if attends and name not in reading}


def _require_commuting(flow: SourceFlow, bearing: set[str], placed: set[str]) -> None:
    strange = ACTIVATIONS - COMMUTING
    for attribute in sorted(placed):
        behind = {attribute}
        while more := {b for a in behind for b in flow.readers[a] - bearing} - behind:
            behind |= more
        called = sorted({name for path in behind for name in flow.functions[path]} & strange)
        if called:
            raise UntraceableError(
                f"it calls {called[0]}(), for which dropout before and after differ: use a module "
                "for it, or add dropout in its forward"
            )
