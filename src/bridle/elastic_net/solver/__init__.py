"""Solvers, one algorithm per file. A solver holds only settings; the problem certifies its solutions."""

from bridle.elastic_net.solver.base import Solution as Solution
from bridle.elastic_net.solver.base import Solver as Solver
from bridle.elastic_net.solver.base import Status as Status
from bridle.elastic_net.solver.coordinate_descent import CoordinateDescent as CoordinateDescent
from bridle.elastic_net.solver.proximal_gradient import ProximalGradient as ProximalGradient

__all__ = ["CoordinateDescent", "ProximalGradient", "Solution", "Solver", "Status"]
