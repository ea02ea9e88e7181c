"""The calls within PyTorch's own transformers, whose forward cannot be traced."""

from __future__ import annotations

from torch import nn
from torch.fx import Graph as Code
from torch.fx import Node

__all__ = ["is_transformer", "transformer_code"]

LAYERS = (nn.TransformerEncoderLayer, nn.TransformerDecoderLayer)

STACKS = (nn.TransformerEncoder, nn.TransformerDecoder)


def is_transformer(module: nn.Module) -> bool:
    """Return whether a module is one of PyTorch's transformers, subclasses excluded."""
    return type(module) in (*LAYERS, *STACKS, nn.Transformer)


def transformer_code(module: nn.Module) -> Code:
    """Return the calls of a transformer, with normalisations after the sums."""
    code = Code()
    if isinstance(module, nn.Transformer):
        source, target = code.placeholder("src"), code.placeholder("tgt")
        memory = code.call_module("encoder", (source,))
        code.output(code.call_module("decoder", (target, memory)))
        return code
    decodes = isinstance(module, (nn.TransformerDecoder, nn.TransformerDecoderLayer))
    value = code.placeholder("tgt" if decodes else "src")
    memory = code.placeholder("memory") if decodes else None
    if isinstance(module, LAYERS):
        code.output(_layer(module, code, value, memory))
        return code
    more = () if memory is None else (memory,)
    for index in range(len(module.layers)):
        value = code.call_module(f"layers.{index}", (value, *more))
    code.output(value if module.norm is None else code.call_module("norm", (value,)))
    return code


def _layer(module: nn.Module, code: Code, value: Node, memory: Node | None) -> Node:
    def branch(names: list[str], start: Node, *more: Node) -> Node:
        inner = code.call_module(names[0], (start, *more))
        for name in names[1:]:
            inner = code.call_module(name, (inner,))
        return inner

    def added(node: Node, other: Node, norm: str) -> Node:
        return code.call_module(norm, (code.call_method("add", (node, other)),))

    value = added(value, branch(["self_attn", "dropout1"], value, value, value), "norm1")
    last = 2
    if memory is not None:
        last = 3
        attended = branch(["multihead_attn", "dropout2"], value, memory, memory)
        value = added(value, attended, "norm2")
    inner = code.call_module("linear1", (value,))
    if "activation" in module._modules:
        inner = code.call_module("activation", (inner,))
    else:
        inner = code.call_function(module.activation, (inner,))
    return added(value, branch(["dropout", "linear2", f"dropout{last}"], inner), f"norm{last}")
