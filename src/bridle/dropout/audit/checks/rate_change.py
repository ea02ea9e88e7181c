"""A rate that was changed without a change in the units dropped."""

from __future__ import annotations

from bridle.dropout.audit.measures import dropped, far_from, pooled
from bridle.dropout.audit.observed import Observed
from bridle.dropout.guidance.base import DropoutFinding

__all__ = ["CODE", "find"]

CODE = "BR510 rate-change-ignored"


def find(seen: Observed) -> list[DropoutFinding]:
    """Return the modules that drop at another rate than the one that was set."""
    masks = pooled(seen.changed)
    found = []
    for where, wanted in seen.wanted.items():
        rate, count = dropped(masks.get(where, []))
        if count and far_from(rate, wanted, count):
            found.append(
                DropoutFinding(
                    CODE,
                    (where,),
                    f"Its rate was set to {wanted:g}, and it drops {100 * rate:.3g} % of {count:,} "
                    "units: schedules and tuning have no effect.",
                    "Read the rate when the module is called, from the attribute that is set; compile "
                    "again after a change if the graph holds the old number.",
                )
            )
    return found
