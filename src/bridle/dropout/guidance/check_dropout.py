"""`bridle.check_dropout`: runs all checks on the dropout of a Keras network."""

from __future__ import annotations

import sys
from typing import Any

from bridle.dropout.guidance import DropoutFinding, run_checks
from bridle.errors import InputError
from bridle.files.html_text import paragraph, table

__all__ = ["DropoutFindings", "check_dropout"]


class DropoutFindings(list[DropoutFinding]):
    """What `check_dropout` found; a notebook shows it as a table."""

    def _repr_html_(self) -> str:
        if not self:
            return paragraph("No problem was found in the dropout of this network.")
        rows = (
            (finding.code, ", ".join(finding.where), finding.reason, finding.remedy)
            for finding in self
        )
        return table(("check", "layers", "what was found", "what to do"), rows)


def check_dropout(model: Any) -> DropoutFindings:
    """Return the problems in the dropout of a Keras network.

    Parameters
    ----------
    model : keras.Sequential or functional keras.Model
        Not changed. Branches, shared layers, nested models, and Keras's dropout as well as bridle's
        are all checked.

    Returns
    -------
    DropoutFindings
        A list of `DropoutFinding`, each with ``code``, ``where``, ``reason`` and ``remedy``; empty if
        no problem was found.

    Raises
    ------
    InputError
        It is not a Keras network, or a subclass with its own ``call``, whose order of layers is
        unknown.

    Source: Srivastava et al. 2014, appendix A (rates); Li et al. 2019 (batch normalisation);
    Tompson et al. 2015 (convolutions).
    """
    keras = sys.modules.get("keras")
    if keras is None or not isinstance(model, keras.Model):
        raise InputError(
            "model must be a Keras 3 network, a keras.Sequential or a functional keras.Model. "
            f"Received: an object of {type(model).__module__}.{type(model).__name__}."
        )
    from bridle.dropout.guidance.keras_places import dropout_places

    return DropoutFindings(run_checks(dropout_places(model)))
