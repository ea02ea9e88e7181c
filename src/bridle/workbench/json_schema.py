"""`json_schema`: the published schemas of bridle's JSON, with their versions."""

from __future__ import annotations

from typing import Any

from bridle.errors import UnknownNameError
from bridle.files.json_schema import schema_of
from bridle.workbench.record import RECORD_SCHEMA, Record
from bridle.workbench.verdict.verdict import VERDICT_SCHEMA, Verdict

__all__ = ["SCHEMAS", "json_schema"]

SCHEMAS: dict[str, tuple[type, str, tuple[str, ...]]] = {
    "record": (Record, RECORD_SCHEMA, ("checksum",)),
    "verdict": (Verdict, VERDICT_SCHEMA, ()),
}
"""By name: the written type, the identifier with its version, and further fields of text."""


def json_schema(name: str) -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of a record or a verdict.

    Each object names its schema in the field ``schema``, such as ``"urn:bridle:record:1.0"``. A new
    field raises the second number of the version; a field that is removed or changes its meaning raises
    the first.

    Parameters
    ----------
    name : {"record", "verdict"}
        A line of ``records.jsonl``; or ``verdict.json``, which ``--json`` prints too.

    Returns
    -------
    dict
        As the files in ``docs/schemas``.

    Raises
    ------
    UnknownNameError
        There is no schema of that name.

    Examples
    --------
    >>> json_schema("record")["$id"]
    'urn:bridle:record:1.0'
    """
    if name not in SCHEMAS:
        raise UnknownNameError("schema", name, SCHEMAS)
    kind, identifier, texts = SCHEMAS[name]
    major = identifier.rpartition(".")[0]
    further: dict[str, Any] = {"schema": {"type": "string", "pattern": rf"^{major}\."}}
    return schema_of(kind, identifier, {**further, **{text: {"type": "string"} for text in texts}})
