"""How dropout gets between the calls of a module, and out again."""

from __future__ import annotations

from typing import Any

from torch import nn
from torch.fx import Graph, Node

from bridle.dropout.surgery.torch.reading import HOOKED, Spot
from bridle.dropout.surgery.torch.tracing import same_code, trace

__all__ = [
    "drop_node",
    "hook_behind",
    "insert_behind",
    "silence_attention",
    "unhook",
    "write_forward",
]

PLAIN_CLASS = "_class_before_surgery"


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


def drop_node(node: Node) -> None:
    """Take a call out of the code: what reads it reads its first input."""
    node.replace_all_uses_with(node.all_input_nodes[0])
    node.graph.erase_node(node)


def silence_attention(node: Node) -> bool:
    """Let an attention function drop no weights; say if it did."""
    place = 4  # of dropout_p in scaled_dot_product_attention
    if len(node.args) > place and node.args[place] != 0:
        node.args = (*node.args[:place], 0.0, *node.args[place + 1 :])
        return True
    if node.kwargs.get("dropout_p", 0) != 0:
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
    names: dict[str, Any] = dict(written.globals)
    exec(compile(written.src, f"<{kind.__name__}.forward with dropout>", "exec"), names)
    own = {"forward": names["forward"], "__module__": kind.__module__, PLAIN_CLASS: kind}
    module.__class__ = type(kind.__name__, (kind,), own)


def _through_dropout(module: nn.Module, args: Any, output: Any) -> Any:
    return module._modules[HOOKED](output)


def _free_name(module: nn.Module, stem: str) -> str:
    name, number = stem, 0
    while name in module._modules or name in dir(module):
        number += 1
        name = f"{stem}_{number}"
    return name
