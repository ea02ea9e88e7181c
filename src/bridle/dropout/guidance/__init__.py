"""Checks of the dropout in a network, with stable codes. Imports no framework."""

from bridle.dropout.guidance.base import DropoutFinding as DropoutFinding
from bridle.dropout.guidance.base import DropoutPlace as DropoutPlace
from bridle.dropout.guidance.catalogue import CODES as CODES
from bridle.dropout.guidance.catalogue import run_checks as run_checks

__all__ = ["CODES", "DropoutFinding", "DropoutPlace", "run_checks"]
