"""`read_network`: follows the calls of a PyTorch network and lists its steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from torch import nn
from torch.fx import Node

from bridle.arguments.scalars import is_number
from bridle.dropout.surgery.network_graph import Graph, Site, Step
from bridle.dropout.surgery.torch.reading import Opened, Reading, Spot
from bridle.dropout.surgery.torch.roles import (
    ATTENTION,
    PRODUCTS,
    dropout_within,
    function_role,
    is_composite,
    loses_space,
    module_role,
    noise_sources,
)
from bridle.dropout.surgery.torch.tracing import UntraceableError, is_rate, rate_path, trace
from bridle.dropout.surgery.torch.transformers import is_transformer, transformer_code
from bridle.dropout.surgery.torch.untraced import (
    UnknownOrderError,
    bears_places,
    chained,
    loose,
    read_source,
)

__all__ = ["read_network"]

SHAPES = frozenset({"dim", "getattr", "len", "size"})
"""Functions that return a shape or a type, which is not a value of the network."""


def read_network(model: nn.Module) -> Reading:
    """Return the reading of a PyTorch network; its graph is empty if nothing can be read.

    Parameters
    ----------
    model : torch.nn.Module
        Not changed.
    """
    reader = _Reader(model)
    opened = reader.opened_at(model) if is_composite(model) or is_transformer(model) else None
    if opened is None:
        single = f"{type(model).__name__} is a single PyTorch module, not a network of several"
        reader.reading.closed.setdefault("", single)
        return reader.reading
    inputs = [reader.add_input(node) for node in opened.code.nodes if node.op == "placeholder"]
    outputs = reader.read(opened, inputs)
    reader.reading.graph = Graph(tuple(reader.steps), tuple(dict.fromkeys(outputs)))
    return reader.reading


class _Reader:
    def __init__(self, model: nn.Module) -> None:
        self.reading = Reading(Graph((), ()))
        self.steps: list[Step] = []
        self.paths = {id(module): path for path, module in model.named_modules()}
        self.known: dict[int, Opened | None] = {}
        self.sites: dict[Node, Site] = {}
        self.calls: Counter[str] = Counter()
        self.positions: dict[str, int] = {}
        self.projecting: set[str] = set()
        self.shapes: set[Node] = set()
        self.within_projection = False

    def add_input(self, node: Node) -> int:
        """Add a step for an input."""
        self.steps.append(Step(Site(f"input {node.name}", 0), -1 - len(self.steps), "other", ()))
        return len(self.steps) - 1

    def opened_at(self, module: nn.Module) -> Opened | None:
        """Return an opened module, None if it cannot be opened."""
        if id(module) not in self.known:
            self.known[id(module)] = self._open(module, self.paths[id(module)])
        return self.known[id(module)]

    def read(self, opened: Opened, sources: Sequence[int | None]) -> list[int]:
        """Add the steps of a module that reads the given steps; return those that it returns."""
        values: dict[Node, int | None] = {}
        inputs = iter(sources)
        for node in opened.code.nodes:
            if node.op == "placeholder":
                values[node] = next(inputs, None)
            elif node.op == "output":
                return _steps_behind(node.all_input_nodes, values)
            elif node.op != "get_attr" and not is_rate(node):
                values[node] = self._call(opened, node, values)
        return []

    def _open(self, module: nn.Module, path: str) -> Opened | None:
        if type(module).forward is nn.Sequential.forward:
            return Opened(module, path, chained(list(module._modules)), "sequential")
        if is_transformer(module):
            return Opened(module, path, transformer_code(module), "known")
        try:
            return Opened(module, path, trace(module), "traced")
        except UntraceableError as error:
            return self._open_source(module, path, f"{type(module).__name__}: {error}")

    def _open_source(self, module: nn.Module, path: str, reason: str) -> Opened | None:
        bearing = bears_places(module)
        try:
            code, projecting = read_source(module, outermost=not path)
        except UnknownOrderError as error:
            self.reading.closed[path] = f"{reason}; and {error}"
            return Opened(module, path, loose(module), "source")
        except UntraceableError as error:
            if bearing:
                self.reading.closed[path] = f"{reason}; and {error}"
            return None
        if bearing:
            self.reading.untraced[path] = reason
        within = (module.get_submodule(name) for name in projecting)
        self.projecting |= {self.paths[id(module)] for module in within}
        return Opened(module, path, code, "source")

    def _call(self, opened: Opened, node: Node, values: dict[Node, int | None]) -> int | None:
        inputs = _steps_behind(node.all_input_nodes, values)
        if node.op != "call_module":
            name = getattr(node.target, "__name__", str(node.target)).rpartition(".")[2]
            read = node.all_input_nodes
            if name in SHAPES or (read and all(name in self.shapes for name in read)):
                self.shapes.add(node)
                return None
            return self._add(opened, node, inputs, None, name)
        module = opened.module.get_submodule(str(node.target))
        readable = is_composite(module) or is_transformer(module)
        inner = self.opened_at(module) if readable else None
        if inner is None:
            return self._add(opened, node, inputs, module, type(module).__name__.lower())
        outside, path = self.within_projection, self.paths[id(module)]
        self.within_projection = outside or path in self.projecting
        outputs = self.read(inner, self._arguments(opened, inner, node, values))
        self.within_projection = outside
        if len(outputs) == 1:
            return outputs[0]
        return self._append(self._site(opened, node, None), "merge", tuple(outputs))

    def _arguments(
        self, opened: Opened, inner: Opened, node: Node, values: dict[Node, int | None]
    ) -> list[int | None]:
        """Return the steps that each input of a module reads at a call.

        Source code does not show which argument is which, so each may be any of the inputs.
        """
        if opened.way == "source" or inner.way == "source":
            read = _steps_behind(node.all_input_nodes, values)
            if len(read) > 1:
                read = [
                    self._append(
                        Site(f"{self.paths[id(inner.module)]} inputs", 0), "merge", tuple(read)
                    )
                ]
            n_inputs = sum(node.op == "placeholder" for node in inner.code.nodes)
            return [*read] * n_inputs or [None] * n_inputs
        names = [str(node.target) for node in inner.code.nodes if node.op == "placeholder"]
        given = {**dict(zip(names, node.args, strict=False)), **node.kwargs}
        return [
            values.get(given[name]) if isinstance(given.get(name), Node) else None for name in names
        ]

    def _add(
        self,
        opened: Opened,
        node: Node,
        inputs: list[int],
        module: nn.Module | None,
        name: str,
    ) -> int:
        n_inputs = len(inputs)
        if module is None:
            weighted = any(map(_is_weight, node.all_input_nodes))
            role = function_role(name, n_inputs, weighted)
        else:
            role = module_role(module, n_inputs)
        site = self._site(opened, node, module)
        self.reading.spots.setdefault(site, Spot(opened, node))
        activation = name.rstrip("_") if role == "activation" else None
        return self._append(
            site,
            role,
            tuple(inputs),
            layer=module,
            activation=None if activation == "identity" else activation,
            spatial_axes=self._spatial_axes(module, role, inputs, name),
            own_rate=_functional_rate(opened.module, node)
            if module is None
            else dropout_within(module),
            rate_varies=module is not None and bool(noise_sources(module)),
            batch_statistics=isinstance(module, nn.modules.batchnorm._BatchNorm)
            or name == "batch_norm",
            product=role == "merge" and name in PRODUCTS,
            attends=role == "merge" and name == ATTENTION,
            projects=self.within_projection or self.paths.get(id(module)) in self.projecting,
        )

    def _append(self, site: Site, role: Any, inputs: tuple[int, ...], **more: Any) -> int:
        silent = role == "dropout" or isinstance(more.get("layer"), nn.Identity)
        position = -1 if silent else self.positions.setdefault(site.path, len(self.positions))
        self.steps.append(Step(site, position, role, inputs, **more))
        return len(self.steps) - 1

    def _site(self, opened: Opened, node: Node, module: nn.Module | None) -> Site:
        """Return the site of a node, the same each time its module is read."""
        if node not in self.sites:
            if module is None:
                prefix = f"{opened.path}." if opened.path else ""
                path = f"{prefix}{node.name}()"
            else:
                path = self.paths[id(module)]
            self.sites[node] = Site(path, self.calls[path])
            self.calls[path] += 1
        return self.sites[node]

    def _spatial_axes(
        self, module: nn.Module | None, role: str, inputs: list[int], name: str
    ) -> int | None:
        if isinstance(module, nn.modules.conv._ConvNd):
            return len(module.kernel_size)
        if role == "convolution":
            return int(name[4]) if name[4:5].isdigit() else None
        if role in ("dense", "recurrent", "attention", "embedding") or loses_space(module, name):
            return 0
        return self.steps[inputs[0]].spatial_axes if inputs else None


def _is_weight(node: Node) -> bool:
    """Return whether a value is a weight, or computed from weights alone, such as ``weight.T``."""
    read = node.all_input_nodes
    return node.op == "get_attr" or (bool(read) and all(map(_is_weight, read)))


def _steps_behind(nodes: Sequence[Node], values: dict[Node, int | None]) -> list[int]:
    found = (values.get(node) for node in nodes)
    return list(dict.fromkeys(name for name in found if name is not None))


def _functional_rate(module: nn.Module, node: Node) -> float:
    name = getattr(node.target, "__name__", "")
    if "dropout" not in name:
        return 0.0
    path = rate_path(node)
    if path is not None:
        return float(attrgetter(path)(module))
    rate = node.kwargs.get("p", node.args[1] if len(node.args) > 1 else 0.5)
    return float(rate) if is_number(rate) else 0.5
