"""Columns of a model: conversion of new rows to the form of its training data, with notes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd

from bridle.errors import InputError
from bridle.types import Array
from bridle.workbench.arguments import in_one_form
from bridle.workbench.columns.columns import LARGEST
from bridle.workbench.columns.missing_words import MissingWords
from bridle.workbench.columns.problems import Problems
from bridle.workbench.columns.read_by_rule import read_by_rule
from bridle.workbench.columns.text_rules import DatePart, Labels, PlainNumbers, Rule, Truths

__all__ = ["ModelColumns", "NewRows"]

_MOST_NAMED = 8


@dataclass(frozen=True)
class NewRows:
    """New rows, in the form of the training data.

    Attributes
    ----------
    frame : DataFrame
        The model's columns, in the forms of `bridle.workbench.columns.columns.canonical`.
    unseen : mapping of str to (int, str)
        For each column with categories that are not in the training data: the number of such rows, and
        one of these categories.
    """

    frame: pd.DataFrame
    unseen: Mapping[str, tuple[int, str]]


@dataclass(frozen=True)
class ModelColumns:
    """The columns that a model needs, and how it reads them.

    Attributes
    ----------
    rules : mapping of str to Rule
        How each feature is read, in order.
    words : MissingWords
        Words for a missing value.
    others : tuple of str
        Columns of the training table that are not features, such as the target or columns left out.
    identifiers : tuple of str
        Those among ``others`` that identify rows.
    """

    rules: Mapping[str, Rule]
    words: MissingWords = field(default_factory=MissingWords)
    others: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns that are read."""
        return tuple(dict.fromkeys(_source(name, rule) for name, rule in self.rules.items()))

    @property
    def as_text(self) -> tuple[str, ...]:
        """Names of columns whose text in a file must reach their rule unconverted."""
        return tuple(
            dict.fromkeys(
                _source(name, rule) for name, rule in self.rules.items() if not _is_plain(rule)
            )
        )

    def extra(self, names: list[str]) -> tuple[str, ...]:
        """Return the columns of a table that the training table did not have."""
        known = {*self.names, *self.others}
        return tuple(name for name in names if name not in known)

    def read(self, frame: pd.DataFrame, what: str) -> NewRows:
        """Read the features of a table.

        Parameters
        ----------
        frame : DataFrame of shape (n, columns)
            Further columns are ignored.
        what : str
            Name of the table in messages.

        Raises
        ------
        InputError
            Columns are missing, or have values that cannot be read as in training; the message names
            all of them.
        """
        names = in_one_form(str(column) for column in frame.columns)
        table = frame.set_axis(names, axis="columns")
        problems = Problems()
        self._note_missing(names, what, problems)
        read: dict[str, Any] = self._plain_numbers(table)
        for name, rule in self.rules.items():
            source = _source(name, rule)
            if source in table and name not in read:
                with problems.of(source):
                    if not isinstance(table[source], pd.Series):
                        raise InputError(f"{what} names the column {source!r} more than once.")
                    read[name] = read_by_rule(table[source], source, rule, self.words)
        problems.raise_all()
        made = pd.DataFrame({name: read[name] for name in self.rules}, index=frame.index)
        return NewRows(made, dict(self._unseen(made)))

    def _plain_numbers(self, table: pd.DataFrame) -> dict[str, Array]:
        """Read all columns that hold usable numbers already at once; none if a number is too large."""
        if self.words.missing or not table.columns.is_unique:
            return {}
        names = [
            name
            for name, dtype in table.dtypes.items()
            if dtype in (np.float64, np.int64) and self.rules.get(str(name)) == PlainNumbers()
        ]
        values = table[names].to_numpy(dtype=np.float64)
        if (np.abs(values) > LARGEST).any():
            return {}
        return {str(name): values[:, place] for place, name in enumerate(names)}

    def _note_missing(self, names: list[str], what: str, problems: Problems) -> None:
        missing = [name for name in self.names if name not in set(names)]
        if not missing:
            return
        named = ", ".join(map(repr, missing[:_MOST_NAMED]))
        more = f" and {len(missing) - _MOST_NAMED:,} more" if len(missing) > _MOST_NAMED else ""
        extra = {name.casefold(): name for name in self.extra(names)}
        near = [
            found for name in missing if (found := get_close_matches(name.casefold(), extra, n=1))
        ]
        hint = f" Is it {extra[near[0][0]]!r}?" if near else ""
        several = "columns" if len(missing) > 1 else "column"
        error = InputError(
            f"{what} must have the {several} {named}{more} that the model was fitted to.{hint} "
            f"Add what is missing, or fit a model without {'them' if len(missing) > 1 else 'it'}."
        )
        problems.add(("missing", missing[0]), error)

    def _unseen(self, frame: pd.DataFrame) -> Iterator[tuple[str, tuple[int, str]]]:
        for name, rule in self.rules.items():
            if isinstance(rule, Labels | DatePart) and rule.kind == "category":
                texts = pd.Categorical(frame[name])
                is_strange = np.append(~texts.categories.isin(rule.levels), False)  # -1 is missing
                if is_strange.any():
                    rows = np.flatnonzero(is_strange[texts.codes])
                    yield name, (len(rows), str(texts[rows[0]]))


def _source(name: str, rule: Rule) -> str:
    """Return the column from which a feature is made."""
    return rule.source if isinstance(rule, DatePart) else name


def _is_plain(rule: Rule) -> bool:
    plain_number = isinstance(rule, PlainNumbers) and not (rule.comma or rule.least)
    return plain_number or isinstance(rule, Truths)
