"""The JSON Schema of the file of one's data: it follows from the table of sections."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, Boolean, Date, DateTime, Integer
from sqlalchemy.dialects.postgresql import JSONB

from idp.kit.db import table_of
from idp.personal_data.section import Column, Section
from idp.personal_data.sections import SECTIONS

SCHEMA_PATH = "/account/data/schema"


class _Type(NamedTuple):
    of: type
    schema: Mapping[str, Any]


_TYPES = (
    _Type(DateTime, {"type": "string", "format": "date-time"}),
    _Type(Date, {"type": "string", "format": "date"}),
    _Type(Boolean, {"type": "boolean"}),
    _Type(Integer, {"type": "integer"}),
    _Type(ARRAY, {"type": "array", "items": {"type": "string"}}),
    _Type(JSONB, {}),
)


def schema(*, issuer: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of the file."""
    sections = {section.key: _of_section(section) for section in SECTIONS}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{issuer}{SCHEMA_PATH}",
        "title": "All that is held on a person",
        "type": "object",
        "required": ["$schema", "issuer", "made_at", "held", "withheld"],
        "additionalProperties": False,
        "properties": {
            "$schema": {"type": "string"},
            "issuer": {"type": "string"},
            "made_at": {"type": "string", "format": "date-time"},
            "held": _object(sections),
            "withheld": {
                "type": "array",
                "items": _object({key: {"type": "string"} for key in ("section", "column", "why")}),
            },
        },
    }


def _of_section(section: Section) -> dict[str, Any]:
    table = table_of(section.model)
    rows = {}
    for column in section.shown:
        own = table.c[column.name]
        described = {"description": column.label} if column.label else {}
        rows[column.said] = {**_type(column, own.type), **described}
        if own.nullable or column.names is not None:
            rows[column.said] = {"anyOf": [rows[column.said], {"type": "null"}]}
    return {"type": "array", "description": section.title, "items": _object(rows)}


def _type(column: Column, of: Any) -> dict[str, Any]:
    if column.parse is not None and column.names is None:
        return {}
    if not isinstance(of, ARRAY) and (column.opens or column.names):
        return {"type": "string"}
    return dict(next((one.schema for one in _TYPES if isinstance(of, one.of)), {"type": "string"}))


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": sorted(properties),
        "additionalProperties": False,
    }
