"""Rewriting of a module's forward: dropout between its calls, and out again."""

from __future__ import annotations

from pkgutil import resolve_name
from types import ModuleType
from typing import Any, NamedTuple

from torch import nn
from torch.fx import Graph, Node

from bridle.dropout.surgery.torch.reading import Spot
from bridle.dropout.surgery.torch.sources import PLAIN_CLASS
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
    """Put a module behind a call: in a Sequential, or in the code, which is then to be written."""
    parent, node = spot.opened.module, spot.node
    # A name with a dot in it, of a module in a list, cannot be that of an attribute.
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
    """Put a module in the place of the framework's dropout that follows a call."""
    modules = spot.opened.module._modules
    name = next(str(one.target) for one in spot.node.users if "dropout" in str(one.target))
    before = modules[name]
    # In a tuple, so that it is no module of the network.
    setattr(dropout, TAKEN_OVER, (before if isinstance(before, nn.Dropout) else nn.Dropout(0.0),))
    modules[name] = dropout


def give_back(parent: nn.Module, name: str, child: nn.Module) -> bool:
    """Put the framework's dropout back that `take_over` took away; say if there was one."""
    taken = getattr(child, TAKEN_OVER, None)
    if taken is not None:
        parent._modules[name] = taken[0].train(child.training)
    return taken is not None


def drop_node(node: Node) -> None:
    """Take a call out of the code: what reads it reads its first input."""
    node.replace_all_uses_with(node.all_input_nodes[0])
    node.graph.erase_node(node)


def silence_attention(node: Node) -> bool:
    """Let an attention function drop no weights at a rate in the code; say if it did."""
    place = 4  # of dropout_p in scaled_dot_product_attention
    if len(node.args) > place and _acts(node.args[place]):
        node.args = (*node.args[:place], 0.0, *node.args[place + 1 :])
        return True
    if _acts(node.kwargs.get("dropout_p", 0)):
        node.kwargs = {**node.kwargs, "dropout_p": 0.0}
        return True
    return False


def hook_behind(module: nn.Module, dropout: nn.Module) -> None:
    """Let a hook give the output of a module to a dropout, which is a module within it."""
    module.add_module(HOOKED, dropout)
    module.register_forward_hook(_through_dropout)


def unhook(module: nn.Module) -> None:
    """Take out what `hook_behind` put in."""
    hooks = module._forward_hooks
    for key in [key for key, hook in hooks.items() if hook is _through_dropout]:
        del hooks[key]
    delattr(module, HOOKED)


def write_forward(module: nn.Module, code: Graph) -> None:
    """Give a module a forward of this code; its class stays where that is what it does anyway.

    Otherwise it becomes a class that inherits from its own and has the same name.
    """
    kind = getattr(type(module), PLAIN_CLASS, type(module))
    module.__class__ = kind
    if same_code(code, trace(module)):
        return
    written = code.python_code("self")
    module.__class__ = _class_with_forward(kind, written.src, dict(written.globals))


def _class_with_forward(kind: type, source: str, names: dict[str, Any]) -> type:
    """Return a class that inherits from another, has its name, and whose forward is this source."""

    def reduce(module: nn.Module, protocol: Any) -> tuple[Any, ...]:
        # A module cannot be pickled, and goes by its name.
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
    """Stands for a module of Python's in a file."""

    name: str


def _made_again(kind: type, source: str, held: dict[str, Any]) -> nn.Module:
    """Return an empty module of the class that `write_forward` made, for pickle and copies."""
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
    """Say whether a rate in the code acts; those that modules hold are set where they are held."""
    return not is_rate(rate) and bool(rate != 0)


def _free_name(module: nn.Module, stem: str) -> str:
    name, number = stem, 0
    while name in module._modules or name in dir(module):
        number += 1
        name = f"{stem}_{number}"
    return name
