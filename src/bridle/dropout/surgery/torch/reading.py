"""Reading of a PyTorch network: its graph of steps, and the code in which each step is called."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from torch import nn
from torch.fx import Graph as Code
from torch.fx import Node

from bridle.dropout.surgery.network_graph import Graph, Site

__all__ = ["Opened", "Reading", "Spot"]


@dataclass
class Opened:
    """A module composed of others.

    Parameters
    ----------
    module : torch.nn.Module
    path : str
        Its path in the network, ``""`` for the network itself.
    code : torch.fx.Graph
        Its calls.
    way : {"sequential", "traced", "source", "known"}
        Origin of the calls: the modules of a Sequential, traced code, source code if it cannot be
        traced, or the known structure of PyTorch's transformers.
    """

    module: nn.Module
    path: str
    code: Code
    way: Literal["sequential", "traced", "source", "known"]


class Spot(NamedTuple):
    """The node in a module's code that corresponds to a site."""

    opened: Opened
    node: Node


@dataclass
class Reading:
    """The content of a network.

    Parameters
    ----------
    graph : Graph
        Its steps, including those of inner modules.
    spots : dict of Site to Spot
    closed : dict of str to str
        Parts whose hidden layers cannot be known, by path, with the reason.
    untraced : dict of str to str
        Parts whose calls are read from source code, by path, with the reason.
    """

    graph: Graph
    spots: dict[Site, Spot] = field(default_factory=dict)
    closed: dict[str, str] = field(default_factory=dict)
    untraced: dict[str, str] = field(default_factory=dict)

    @property
    def opened(self) -> list[Opened]:
        """Every opened module, once."""
        return list({id(spot.opened): spot.opened for spot in self.spots.values()}.values())
