"""The elastic net: data become a design, design, loss and penalty a problem, and a solver solves it."""

from bridle.elastic_net.certificate import Certificate as Certificate
from bridle.elastic_net.penalty import ElasticNetPenalty as ElasticNetPenalty
from bridle.elastic_net.problem import Problem as Problem

__all__ = ["Certificate", "ElasticNetPenalty", "Problem"]
