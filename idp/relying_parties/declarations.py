"""Declared relying parties, read from TOML: `[[relying_party]]` tables with RFC 7591's names.

For `idp rp apply` and the demo; `applying` compares them with the stored ones, and stores them.
"""

import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any
from unicodedata import normalize

from idp.kit.errors import InvalidInput
from idp.kit.immutable import immutable
from idp.relying_parties.client_fields import FIELDS, ClientMetadata
from idp.relying_parties.field_kinds import TEXT, kept
from idp.relying_parties.grant_types import canonical
from idp.relying_parties.models import Environment

_CLIENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{2,99}")
_ALIASES = {"client_name#en": "client_name_en", "client_name#vi": "client_name"}
_OWN = ("system", "environment", "client_id")
_KNOWN = (*_OWN, *(name for name in FIELDS if name != "client_name_en"), *_ALIASES)


@immutable
class Declaration:
    """One relying party as declared. Without a client_id it is known by system and name."""

    system: str
    environment: Environment
    client_id: str | None
    metadata: ClientMetadata

    @property
    def label(self) -> str:
        """How messages name it."""
        return self.client_id or self.metadata.client_name


def read_declarations(toml: str) -> list[Declaration]:
    """The `[[relying_party]]` tables of a TOML text.

    Raises InvalidInput whose `public` lists every table that cannot be read, one a line.
    """
    try:
        document = tomllib.loads(toml)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"This is not valid TOML: {error}.") from error
    tables = document.pop("relying_party", None)
    if document:
        raise InvalidInput(_unknown("at the top", next(iter(document)), ("relying_party",)))
    if not isinstance(tables, list) or not tables:
        raise InvalidInput("There is no [[relying_party]] table in this file.")
    declarations, problems = [], []
    for number, table in enumerate(tables, start=1):
        try:
            declarations.append(declaration_of(table, where=f"relying_party {number}"))
        except InvalidInput as error:
            problems.append(error.public)
    if problems:
        raise InvalidInput("\n".join(problems))
    return declarations


def declaration_of(table: Mapping[str, Any], *, where: str) -> Declaration:
    """One table. Raises InvalidInput for unknown keys, missing keys and wrong types."""
    if not isinstance(table, Mapping):
        raise InvalidInput(f"{where}: write it as a [[relying_party]] table.")
    for key in table:
        if key not in _KNOWN:
            raise InvalidInput(_unknown(where, key, _KNOWN))
    values = {_ALIASES.get(key, key): _kept(where, key, value) for key, value in table.items()}
    for key in ("system", "client_name"):
        if key not in values:
            raise InvalidInput(f"{where}: {key} is missing.")
    system = values.pop("system")
    client_id = values.pop("client_id", None)
    if client_id is not None and not _CLIENT_ID.fullmatch(client_id):
        raise InvalidInput(f"{where}: client_id has 3 to 100 letters, digits and . _ ~ - only.")
    environment = values.pop("environment", "sandbox")
    if environment not in tuple(Environment):
        raise InvalidInput(f"{where}: environment is sandbox or production.")
    if values.get("application_type") == "native":
        values.setdefault("token_endpoint_auth_method", "none")
    if "response_types" in values:
        values["response_types"] = tuple(map(canonical, values["response_types"]))
    values["service"] = tuple(sorted(set(values.get("service", ()))))
    return Declaration(system, Environment(environment), client_id, ClientMetadata(**values))


def _kept(where: str, key: str, value: Any) -> Any:
    if key == "service" and isinstance(value, str):
        value = [value]
    kind = TEXT if key in _OWN else FIELDS[_ALIASES.get(key, key)].kind
    if not kind.is_declarable(value):
        raise InvalidInput(f"{where}: {key} must be {kind.expected}.")
    return normalize("NFC", value) if isinstance(value, str) else kept(value)


def _unknown(where: str, key: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(key, known, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(known)}."
    return f"{where}: unknown key {key!r}{hint}"
