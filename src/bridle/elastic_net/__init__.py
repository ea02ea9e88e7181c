"""The elastic net: X becomes a design; design, loss and penalty form a problem; a solver solves it."""

from bridle.elastic_net.cross_validation.cross_validate import cross_validate as cross_validate
from bridle.elastic_net.cross_validation.cross_validation import CrossValidation as CrossValidation
from bridle.elastic_net.input_dropout import input_dropout_penalty as input_dropout_penalty
from bridle.elastic_net.optimality.certificate import Certificate as Certificate
from bridle.elastic_net.path.elastic_net_path import elastic_net_path as elastic_net_path
from bridle.elastic_net.path.path import Path as Path
from bridle.elastic_net.penalty.penalty import ElasticNetPenalty as ElasticNetPenalty
from bridle.elastic_net.problem import Problem as Problem
from bridle.elastic_net.specification import Specification as Specification

__all__ = [
    "Certificate",
    "CrossValidation",
    "ElasticNetPenalty",
    "Path",
    "Problem",
    "Specification",
    "cross_validate",
    "elastic_net_path",
    "input_dropout_penalty",
]
