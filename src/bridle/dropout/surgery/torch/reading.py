"""A PyTorch network as the graph of steps that decides where dropout goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from torch import nn
from torch.fx import Graph as Code
from torch.fx import Node

from bridle.dropout.rate import is_number
from bridle.dropout.surgery.network_graph import Graph, Site, Step
from bridle.dropout.surgery.torch.roles import (
    ACTIVATIONS,
    COMMUTING,
    dropout_within,
    function_role,
    is_composite,
    loses_space,
    module_role,
    noise_sources,
)
from bridle.dropout.surgery.torch.tracing import UntraceableError, called_functions, trace

__all__ = ["HOOKED", "Opened", "Reading", "Spot", "read_network"]

HOOKED = "dropout_behind"
"""The name of a dropout within the module whose output a hook gives it."""


@dataclass
class Opened:
    """A module that is made of others.

    Parameters
    ----------
    module : torch.nn.Module
    path : str
        Where it stands in the network, ``""`` for the network itself.
    code : torch.fx.Graph
        Its calls.
    way : {"sequential", "traced", "assumed"}
        Where the calls come from: the modules of a Sequential, the traced code, or the order in
        which modules were registered, where the code cannot be traced.
    """

    module: nn.Module
    path: str
    code: Code
    way: Literal["sequential", "traced", "assumed"]


class Spot(NamedTuple):
    """The node of a module's code that is behind a site."""

    opened: Opened
    node: Node


@dataclass
class Reading:
    """What is in a network.

    Parameters
    ----------
    graph : Graph
        Its steps, those of the modules within it included.
    spots : dict of Site to Spot
    closed : dict of str to str
        By path, the parts that could not be opened, and why.
    assumed : dict of str to str
        By path, the parts whose order is that of registration, and why.
    """

    graph: Graph
    spots: dict[Site, Spot] = field(default_factory=dict)
    closed: dict[str, str] = field(default_factory=dict)
    assumed: dict[str, str] = field(default_factory=dict)

    @property
    def opened(self) -> list[Opened]:
        """Every module that was opened, once."""
        return list({id(spot.opened): spot.opened for spot in self.spots.values()}.values())


def read_network(model: nn.Module) -> Reading:
    """Return the graph of a PyTorch network; where it is closed as a whole, the graph is empty.

    Parameters
    ----------
    model : torch.nn.Module
        Not changed.
    """
    reader = _Reader(model)
    opened = reader.opened_at(model) if is_composite(model) else None
    if opened is None:
        single = f"{type(model).__name__} is one module of PyTorch's, not a network of several"
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

    def add_input(self, node: Node) -> int:
        """Add the step of an input."""
        self.steps.append(Step(Site(f"input {node.name}", 0), -1 - len(self.steps), "other", ()))
        return len(self.steps) - 1

    def opened_at(self, module: nn.Module) -> Opened | None:
        """Return a module opened, None where it cannot be."""
        if id(module) not in self.known:
            self.known[id(module)] = self._open(module, self.paths[id(module)])
        return self.known[id(module)]

    def read(self, opened: Opened, sources: Sequence[int | None]) -> list[int]:
        """Add the steps of a module that reads these, and return those that it returns."""
        values: dict[Node, int | None] = {}
        inputs = iter(sources)
        for node in opened.code.nodes:
            if node.op == "placeholder":
                values[node] = next(inputs, None)
            elif node.op == "output":
                return _steps_behind(node.all_input_nodes, values)
            elif node.op != "get_attr":
                values[node] = self._call(opened, node, values)
        return []

    def _open(self, module: nn.Module, path: str) -> Opened | None:
        if type(module).forward is nn.Sequential.forward:
            return Opened(module, path, _chain(list(module._modules)), "sequential")
        try:
            return Opened(module, path, trace(module), "traced")
        except UntraceableError as error:
            reason = f"{type(module).__name__}: {error}"
        against = _reason_against_order(module)
        if against is not None:
            self.reading.closed[path] = f"{reason}; and {against}"
            return None
        self.reading.assumed[path] = reason
        return Opened(module, path, _chain(_registered(module)), "assumed")

    def _call(self, opened: Opened, node: Node, values: dict[Node, int | None]) -> int | None:
        inputs = _steps_behind(node.all_input_nodes, values)
        if node.op != "call_module":
            name = getattr(node.target, "__name__", str(node.target)).rpartition(".")[2]
            asks_for_shape = name in ("size", "dim", "getattr", "len")
            return None if asks_for_shape else self._add(opened, node, inputs, None, name)
        module = opened.module.get_submodule(str(node.target))
        inner = self.opened_at(module) if is_composite(module) else None
        if type(module).__module__ == nn.Transformer.__module__ and not any(
            dropout_within(one) for one in module.modules()
        ):
            self.reading.closed[self.paths[id(module)]] = (
                f"{type(module).__name__} is PyTorch's own and has its dropout off: make it with "
                "dropout="
            )
        if inner is None:
            return self._add(opened, node, inputs, module, type(module).__name__.lower())
        outputs = self.read(inner, self._arguments(inner, node, values))
        if len(outputs) == 1:
            return outputs[0]
        return self._append(self._site(opened, node, None), "merge", tuple(outputs))

    def _arguments(
        self, inner: Opened, node: Node, values: dict[Node, int | None]
    ) -> list[int | None]:
        """Return what each input of a module reads at a call of it."""
        names = [str(one.target) for one in inner.code.nodes if one.op == "placeholder"]
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
            weighted = any(one.op == "get_attr" for one in node.all_input_nodes)
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
            own_rate=_functional_rate(node) if module is None else dropout_within(module),
            rate_varies=module is not None and bool(noise_sources(module)),
            batch_statistics=isinstance(module, nn.modules.batchnorm._BatchNorm)
            or name == "batch_norm",
        )

    def _append(self, site: Site, role: Any, inputs: tuple[int, ...], **more: Any) -> int:
        silent = role == "dropout" or isinstance(more.get("layer"), nn.Identity)
        position = -1 if silent else self.positions.setdefault(site.path, len(self.positions))
        self.steps.append(Step(site, position, role, inputs, **more))
        return len(self.steps) - 1

    def _site(self, opened: Opened, node: Node, module: nn.Module | None) -> Site:
        """Return the site of a node, the same one each time that its module is read."""
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


def _steps_behind(nodes: Sequence[Node], values: dict[Node, int | None]) -> list[int]:
    found = (values.get(node) for node in nodes)
    return list(dict.fromkeys(one for one in found if one is not None))


def _chain(names: list[str]) -> Code:
    """Return the code that calls modules one after the other."""
    code = Code()
    value = code.placeholder("input")
    for name in names:
        value = code.call_module(name, (value,))
    code.output(value)
    return code


def _registered(module: nn.Module) -> list[str]:
    """Return the modules within a module in the order of registration, lists of them opened."""
    names: list[str] = []
    within: tuple[str, ...] = ()
    # A module that is registered twice is listed once.
    for path, child in module.named_modules():
        if not path or path.startswith(within):
            continue
        if not isinstance(child, (nn.ModuleList, nn.ModuleDict)):
            names += [path, f"{path}.{HOOKED}"] if HOOKED in child._modules else [path]
            within = (*within, f"{path}.")
    return names


def _reason_against_order(module: nn.Module) -> str | None:
    """Return why dropout may not stand right behind the modules within, None if it may."""
    if not _registered(module):
        return "it has no modules within it"
    called = called_functions(module)
    if called is None:
        return "its source is not known"
    strange = sorted((called & ACTIVATIONS) - COMMUTING)
    if strange:
        listed = ", ".join(f"{name}()" for name in strange)
        return (
            f"it calls {listed}, with which a mask before it is another than after it: use modules "
            "for these, or put dropout into its forward"
        )
    return None


def _functional_rate(node: Node) -> float:
    name = getattr(node.target, "__name__", "")
    if "dropout" not in name:
        return 0.0
    rate = node.kwargs.get("p", node.args[1] if len(node.args) > 1 else 0.5)
    return float(rate) if is_number(rate) else 0.5
