"""Designs: the matrix X as verbs. What kind of matrix it is, is asked here and nowhere else."""

from bridle.elastic_net.design.base import Design as Design
from bridle.elastic_net.design.base import Layout as Layout
from bridle.elastic_net.design.dense import DenseDesign as DenseDesign
from bridle.elastic_net.design.standardized import StandardizedDesign as StandardizedDesign
from bridle.elastic_net.design.standardized import standardized as standardized

__all__ = ["DenseDesign", "Design", "Layout", "StandardizedDesign", "standardized"]
