"""Designs: X as a set of operations. Only this package knows whether X is dense or sparse."""

from bridle.elastic_net.design.base import Design as Design
from bridle.elastic_net.design.base import Layout as Layout
from bridle.elastic_net.design.column_store import ColumnStore as ColumnStore
from bridle.elastic_net.design.column_store import FetchedColumns as FetchedColumns
from bridle.elastic_net.design.column_store import column_store as column_store
from bridle.elastic_net.design.dense import DenseDesign as DenseDesign
from bridle.elastic_net.design.sparse import SparseDesign as SparseDesign
from bridle.elastic_net.design.standardized import StandardizedDesign as StandardizedDesign
from bridle.elastic_net.design.standardized import standardized as standardized
from bridle.elastic_net.design.table import Table as Table
from bridle.elastic_net.design.table import design_of as design_of
from bridle.elastic_net.design.table import rescaled as rescaled

__all__ = [
    "ColumnStore",
    "DenseDesign",
    "Design",
    "FetchedColumns",
    "Layout",
    "SparseDesign",
    "StandardizedDesign",
    "Table",
    "column_store",
    "design_of",
    "rescaled",
    "standardized",
]
