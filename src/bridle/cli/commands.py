"""The commands, one per file, listed in `COMMANDS`."""

from __future__ import annotations

import click

from bridle.cli.audit import audit
from bridle.cli.checks import checks
from bridle.cli.columns import columns
from bridle.cli.compare import compare
from bridle.cli.completion import completion
from bridle.cli.demo import demo
from bridle.cli.diagnose import diagnose
from bridle.cli.export import export
from bridle.cli.fit import fit
from bridle.cli.judge import judge
from bridle.cli.predict import predict
from bridle.cli.report import report

__all__ = ["COMMANDS"]

COMMANDS: tuple[click.Command, ...] = (
    compare,
    predict,
    fit,
    columns,
    report,
    export,
    diagnose,
    judge,
    audit,
    checks,
    demo,
    completion,
)
"""Commands in the order of the help."""
