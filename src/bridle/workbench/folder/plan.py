"""`Plan`: digests of everything that determines the records of a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from importlib import metadata
from typing import Any

import numpy as np
import pandas as pd

from bridle.files.digest import digest
from bridle.networks.recipe import Recipe
from bridle.networks.template.fingerprint import fingerprint
from bridle.networks.template.networks import Networks
from bridle.networks.template.template import Template
from bridle.workbench.arm import Arm, NetworkArm, Split
from bridle.workbench.data.dataset import Dataset
from bridle.workbench.folder.record_file import records_text
from bridle.workbench.protocol import Protocol
from bridle.workbench.record import Record
from bridle.workbench.run.asked_split import GivenSplit, asked_split, given_split
from bridle.workbench.run.draw_split import draw_split, part_rows

__all__ = ["Plan", "plan_of", "plan_of_records", "split_fingerprint"]

_PACKAGES = ("bridle", "numpy", "scipy", "scikit-learn", "pandas")

_ROWS = 8
"""Number of training rows whose outputs identify a network."""


@dataclass(frozen=True)
class Plan:
    """Digests of everything that determines the records of a study.

    Attributes
    ----------
    parts : mapping of str to str
        A digest for each of data, splits, options, arms and versions.
    found : mapping of str to int or str
        Rules that the study itself found, as fields of its protocol. They follow from the parts,
        except for limits of time, so they do not identify a study.
    """

    parts: Mapping[str, str]
    found: Mapping[str, int | str] = field(default_factory=dict, compare=False)

    @property
    def digest(self) -> str:
        """One digest of all parts."""
        return digest(dict(sorted(self.parts.items())))

    def differences(self, other: Plan) -> str:
        """Return the parts in which two plans differ, for instance ``"data and options"``, or "".

        If the plans have different parts, one belongs to a study without a folder; the result then
        names the origin.
        """
        if self.parts.keys() != other.parts.keys():
            return "origin"
        names = [name for name in self.parts if self.parts[name] != other.parts[name]]
        return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def plan_of(
    dataset: Dataset,
    arms: Sequence[Arm],
    protocol: Protocol,
    trainer: str,
    networks: Networks | None = None,
) -> Plan:
    """Return the plan of a study before it runs.

    Parameters
    ----------
    dataset : Dataset
        The data.
    arms : sequence of Arm
        The arms. A network of the user is built and identified by its properties, not its code.
    protocol : Protocol
        The rules. Splits are identified by their rows.
    trainer : str
        Name and version of the software that trains networks.
    networks : Networks, optional
        Networks that the study has already built; default: none.

    Raises
    ------
    InputError
        An arm has a setting that cannot be digested.
    """
    first = protocol.seeds[0]
    split, given = draw_split(dataset, protocol, first), given_split(dataset, protocol, first)
    held = networks or Networks()
    parts = {
        "data": [_field(dataset, part.name) for part in fields(dataset)],
        "splits": _splits(dataset, protocol),
        "options": [
            _field(protocol, part.name) for part in fields(protocol) if part.name != "splits"
        ],
        "arms": [_arm(arm, split, given, protocol, held) for arm in arms],
        "versions": [*((name, metadata.version(name)) for name in _PACKAGES), trainer],
    }
    return Plan({name: digest(value) for name, value in parts.items()})


def plan_of_records(records: Sequence[Record], headline: str) -> Plan:
    """Return the plan of a study that ran without a folder, made of its results."""
    return Plan({"results": digest([headline, records_text(records)])})


def split_fingerprint(dataset: Dataset, protocol: Protocol) -> str:
    """Return the digest of the rows of every split, as a plan has it."""
    return digest(_splits(dataset, protocol))


def _field(owner: Any, name: str) -> tuple[str, Any]:
    value = getattr(owner, name)
    return name, _columns(value) if isinstance(value, pd.DataFrame) else value


def _columns(frame: pd.DataFrame) -> list[tuple[str, str, Any]]:
    # For the digest, missing values of booleans and text become None.
    return [
        (
            str(name),
            str(column.dtype),
            column.to_numpy()
            if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iuf"
            else column.astype(object).where(column.notna(), None).to_numpy(),
        )
        for name, column in frame.items()
    ]


def _splits(dataset: Dataset, protocol: Protocol) -> Any:
    splits = protocol.splits
    rows = [part_rows(dataset, protocol, seed) for seed in protocol.seeds]
    return type(splits), splits.runs_a_split, splits.runs_a_draw, rows


def _arm(arm: Arm, split: Split, given: GivenSplit, protocol: Protocol, networks: Networks) -> Any:
    held = {name: value for name, value in sorted(vars(arm).items()) if name != "source"}
    if isinstance(arm, NetworkArm):
        held |= {
            "regime": arm.regime(),
            "batch_norm": arm.batch_norm,
            "max_norm": arm.max_norm,
            "choices": arm.choices if arm.tuned else (),
            "network": _network(arm, split, given, protocol, networks),
        }
    return type(arm), arm.name, arm.title, held


def _network(
    arm: NetworkArm,
    split: Split,
    given: GivenSplit,
    protocol: Protocol,
    networks: Networks,
) -> Any:
    if isinstance(arm.source, Recipe):
        return arm.source
    try:
        asked = asked_split(arm, split, given, networks)
        template = networks.template(arm.structure(asked))
    except Exception as error:  # an unsuitable network makes its runs fail, which become records
        return f"{type(error).__name__}: {error}"
    return _fingerprint(template, protocol.seeds[0], asked)


def _fingerprint(template: Template, seed: int, split: Split) -> str:
    """Return the properties that identify a network, once for all arms that share it."""
    key = ("fingerprint", seed)
    if key not in template.programs:
        rows = split.train.X[:_ROWS].astype(np.float32).reshape(-1, *split.row_shape)
        template.programs[key] = fingerprint(template, seed, rows)
    return str(template.programs[key])
