"""Path methods: how problems that differ in their weights are solved along grids of strengths."""

from bridle.elastic_net.methods.base import PathMethod as PathMethod
from bridle.elastic_net.methods.choose import Methods as Methods
from bridle.elastic_net.methods.choose import choose as choose

__all__ = ["Methods", "PathMethod", "choose"]
