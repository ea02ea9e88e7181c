"""`SourceFlow`: the data flow between the inner modules of a module, as its source code shows it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

__all__ = ["SourceFlow"]


@dataclass
class SourceFlow:
    """The flow between the modules in the attributes of a module.

    Parameters
    ----------
    order : list of str
        Attributes whose modules are called, in the order of their first call.
    readers : dict of str to set of str
        For each attribute, those whose modules read its result; also itself, if a list is a chain.
    returned : set of str
        Attributes whose result is returned.
    functions : dict of str to set of str
        For each attribute, the names of the functions that receive its result.
    by_name : bool
        Whether the source also reaches modules without naming an attribute.
    """

    order: list[str] = field(default_factory=list)
    readers: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    returned: set[str] = field(default_factory=set)
    functions: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    by_name: bool = False

    def outputs(self, passes: Callable[[str], bool]) -> set[str]:
        """Return the attributes whose units are returned, also through modules without new units.

        Parameters
        ----------
        passes : callable
            Returns whether the modules of an attribute compute no new units.
        """
        found = set(self.returned)
        while True:
            before = {a for a in self.order if any(passes(b) for b in self.readers[a] & found)}
            if before <= found:
                return found
            found |= before
