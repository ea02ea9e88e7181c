"""Types of Arrow columns: which hold numbers, which hold text or categories, and which are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridle.errors import DataTypeError, InputError
from bridle.rows.blocks.used_columns import UsedColumns

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["is_text", "refuse_types", "text_columns"]


def is_text(held: pa.DataType) -> bool:
    """Return whether a type is of text, or of categories."""
    import pyarrow.types as kinds

    texts = (kinds.is_string, kinds.is_large_string, kinds.is_string_view, kinds.is_dictionary)
    return any(test(held) for test in texts)


def text_columns(schema: pa.Schema, columns: UsedColumns) -> tuple[str, ...]:
    """Return the names of the features that hold text or categories by a schema."""
    return tuple(
        name
        for name in columns.given
        if (index := schema.get_field_index(name)) >= 0 and is_text(schema.field(index).type)
    )


def refuse_types(schema: pa.Schema, columns: UsedColumns, place: str) -> None:
    """Raise an error if a column is missing from a schema or holds neither numbers nor text.

    Parameters
    ----------
    schema : pyarrow.Schema
    columns : UsedColumns
    place : str
        Name of the file or stream, for the message.

    Raises
    ------
    InputError
        A column is missing.
    DataTypeError
        A column does not hold numbers, or text if it is a feature.
    """
    for name in columns.names:
        index = schema.get_field_index(name)
        if index < 0:
            raise InputError(
                f"{place} must have the columns of the others. Received: no column {name!r}."
            )
        held = schema.field(index).type
        allowed = _is_number(held) or (name in columns.given and is_text(held))
        if name != columns.group and not allowed:
            raise DataTypeError(
                f"Column {name!r} must hold numbers. Received: {held} in {place}. Encode it, or leave "
                "the column out."
            )


def _is_number(held: pa.DataType) -> bool:
    import pyarrow.types as kinds

    tests = (
        kinds.is_integer,
        kinds.is_floating,
        kinds.is_boolean,
        kinds.is_decimal,
        kinds.is_null,
    )
    return any(test(held) for test in tests)
