"""The published schemas: they describe all that is written, and change only with their version."""

from __future__ import annotations

import copy
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.workbench.verdict.cases import BINARY, CATALOGUE, NOTE, PROTOCOL

import bridle
from bridle.errors import UnknownNameError
from bridle.files.json_schema import schema_of
from bridle.workbench.folder.file_names import to_json
from bridle.workbench.folder.record_file import read_records, records_text, write_records
from bridle.workbench.json_schema import SCHEMAS
from bridle.workbench.verdict.verdict import judge

PUBLISHED = Path(__file__).parents[2] / "docs" / "schemas"


def strict(schema: Any) -> Any:
    """Return a schema that refuses fields that it does not describe."""
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: strict(part) for key, part in schema.items()}
    if "properties" in found:
        found["additionalProperties"] = False
    return found


def validator(name):
    schema = strict(bridle.json_schema(name))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("case", CATALOGUE)
def test_what_is_written_is_what_the_schemas_say(case):
    records, _ = CATALOGUE[case]
    verdict = judge(records, PROTOCOL, BINARY, [NOTE], {"augmentation": "no images"})
    validator("verdict").validate(json.loads(to_json(verdict.to_dict())))
    by_record = validator("record")
    for line in records_text(records).splitlines():
        by_record.validate(json.loads(line))


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_published_schema_is_the_one_of_this_version(name):
    published = json.loads((PUBLISHED / f"{name}.json").read_text("utf-8"))
    # Where this fails, a field has changed: raise the version, and write the file anew.
    assert published == bridle.json_schema(name)
    assert published["$id"] == SCHEMAS[name][1]


@pytest.mark.parametrize("broken", ["test_risk", "arm", "schema"])
def test_what_is_no_record_is_refused(broken):
    records, _ = CATALOGUE["helps"] if "helps" in CATALOGUE else next(iter(CATALOGUE.values()))
    fields = json.loads(records_text(records[:1]))
    for wrong in ([], {"$": 1}):
        with pytest.raises(jsonschema.ValidationError):
            validator("record").validate({**fields, broken: wrong})
    fields.pop(broken)
    with pytest.raises(jsonschema.ValidationError, match="required"):
        validator("record").validate(fields)


def test_records_without_a_schema_are_read_too(tmp_path):
    records, _ = next(iter(CATALOGUE.values()))
    write_records(tmp_path / "new.jsonl", records)
    lines = [json.loads(line) for line in (tmp_path / "new.jsonl").read_text().splitlines()]
    from bridle.workbench.folder.sealed_line import seal

    old = [{k: v for k, v in line.items() if k not in ("schema", "checksum")} for line in lines]
    (tmp_path / "old.jsonl").write_text("".join(f"{seal(line)}\n" for line in old))
    assert read_records(tmp_path / "old.jsonl") == read_records(tmp_path / "new.jsonl")


@dataclass(frozen=True)
class Part:
    pair: tuple[int, float]
    inner: Part | None


def test_a_number_that_is_not_finite_and_parts_in_parts_are_described():
    schema = schema_of(Part, "urn:x", {})
    check = jsonschema.Draft202012Validator(schema)
    value = {"pair": [1, None], "inner": {"pair": [2, 0.5], "inner": None}}
    check.validate(json.loads(to_json({**value, "pair": [1, math.nan]})))
    wrong = copy.deepcopy(value)
    wrong["inner"]["pair"] = [2]
    assert not check.is_valid(wrong)


def test_an_unknown_schema_is_refused():
    with pytest.raises(UnknownNameError, match="schema"):
        bridle.json_schema("runs")
