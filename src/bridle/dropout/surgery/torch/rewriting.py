"""Rewriting of a module's forward: inserts dropout between its calls and removes it."""

from __future__ import annotations

from pkgutil import resolve_name
from types import ModuleType
from typing import Any, NamedTuple

from torch import nn
from torch.fx import Graph, Node

from bridle.dropout.surgery.torch.reading import Spot
from bridle.dropout.surgery.torch.roles import ATTENTION_RATES, function_name
from bridle.dropout.surgery.torch.source_code.sources import PLAIN_CLASS
from bridle.dropout.surgery.torch.tracing import is_rate, same_code, trace
from bridle.dropout.surgery.torch.untraced import HOOKED

__all__ = [
    "drop_node",
    "give_back",
    "hook_behind",
    "insert_behind",
    "silence_attention",
    "take_over",
    "unhook",
    "write_forward",
]

TAKEN_OVER = "_in_place_of"


def insert_behind(spot: Spot, dropout: nn.Module) -> None:
    """Insert a module after a call: in a Sequential, or in code, which must then be written."""
    parent, node = spot.opened.module, spot.node
    # The name of a module in a list contains a dot, which an attribute cannot.
    name = _free_name(parent, f"{node.name.lstrip('_')}_dropout")
    parent.add_module(name, dropout)
    if spot.opened.way == "sequential":
        names = [*parent._modules]
        for later in names[names.index(str(node.target)) + 1 : -1]:
            parent._modules[later] = parent._modules.pop(later)
        return
    with node.graph.inserting_after(node):
        new = node.graph.call_module(name, (node,))
    node.replace_all_uses_with(new, delete_user_cb=lambda user: user is not new)


def take_over(spot: Spot, dropout: nn.Module) -> None:
    """Replace the framework's dropout after a call by a module."""
    modules = spot.opened.module._modules
    name = next(str(user.target) for user in spot.node.users if "dropout" in str(user.target))
    before = modules[name]
    # In a tuple, so that it is not registered as a module of the network.
    setattr(dropout, TAKEN_OVER, (before if isinstance(before, nn.Dropout) else nn.Dropout(0.0),))
    modules[name] = dropout


def give_back(parent: nn.Module, name: str, child: nn.Module) -> bool:
    """Restore the framework's dropout that `take_over` replaced; return whether there was one."""
    taken = getattr(child, TAKEN_OVER, None)
    if taken is not None:
        parent._modules[name] = taken[0].train(child.training)
    return taken is not None


def drop_node(node: Node) -> None:
    """Remove a call from the code; its readers then read its first input."""
    node.replace_all_uses_with(node.all_input_nodes[0])
    node.graph.erase_node(node)


def silence_attention(node: Node) -> bool:
    """Set a constant dropout rate of an attention function to 0; return whether there was one."""
    place = ATTENTION_RATES[function_name(node)]
    if len(node.args) > place and _acts(node.args[place]):
        node.args = (*node.args[:place], 0.0, *node.args[place + 1 :])
        return True
    if _acts(node.kwargs.get("dropout_p", 0)):
        node.kwargs = {**node.kwargs, "dropout_p": 0.0}
        return True
    return False


def hook_behind(module: nn.Module, dropout: nn.Module) -> None:
    """Apply a dropout, which becomes an inner module, to a module's output by a hook."""
    module.add_module(HOOKED, dropout)
    module.register_forward_hook(_through_dropout)


def unhook(module: nn.Module) -> None:
    """Remove the dropout and the hook that `hook_behind` added."""
    hooks = module._forward_hooks
    for key in [key for key, hook in hooks.items() if hook is _through_dropout]:
        del hooks[key]
    delattr(module, HOOKED)


def write_forward(module: nn.Module, code: Graph) -> None:
    """Give a module a forward with this code, unless its class already does the same.

    Its class is replaced by a subclass with the same name.
    """
    kind = getattr(type(module), PLAIN_CLASS, type(module))
    module.__class__ = kind
    if same_code(code, trace(module)):
        return
    written = code.python_code("self")
    module.__class__ = _class_with_forward(kind, written.src, dict(written.globals))


def _class_with_forward(kind: type, source: str, names: dict[str, Any]) -> type:
    """Return a subclass with the same name whose forward has this source code."""

    def reduce(module: nn.Module, protocol: Any) -> tuple[Any, ...]:
        # Python modules cannot be pickled; they are stored by name.
        held = {
            name: _Imported(value.__name__) if isinstance(value, ModuleType) else value
            for name, value in names.items()
        }
        return _made_again, (kind, source, held), module.__getstate__()

    space = dict(names)
    exec(compile(source, f"<{kind.__name__}.forward with dropout>", "exec"), space)
    own = {
        "forward": space["forward"],
        "__module__": kind.__module__,
        "__reduce_ex__": reduce,
        PLAIN_CLASS: kind,
    }
    return type(kind.__name__, (kind,), own)


class _Imported(NamedTuple):
    """Placeholder for a Python module in a pickle."""

    name: str


def _made_again(kind: type, source: str, held: dict[str, Any]) -> nn.Module:
    """Return an empty module of a class made by `write_forward`, for pickle and copies."""
    names = {
        name: resolve_name(value.name) if isinstance(value, _Imported) else value
        for name, value in held.items()
    }
    made = _class_with_forward(kind, source, names)
    module: nn.Module = object.__new__(made)
    return module


def _through_dropout(module: nn.Module, args: Any, output: Any) -> Any:
    return module._modules[HOOKED](output)


def _acts(rate: Any) -> bool:
    """Return whether a constant rate in the code is active; others are set in their modules."""
    if is_rate(rate):
        return rate.op != "get_attr" and not isinstance(rate.args[0], Node)
    return bool(rate != 0)


def _free_name(module: nn.Module, stem: str) -> str:
    name, number = stem, 0
    while name in module._modules or name in dir(module):
        number += 1
        name = f"{stem}_{number}"
    return name
