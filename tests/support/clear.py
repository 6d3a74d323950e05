"""Looking for what must not be readable, however it is written, in all that a journey leaves."""

from base64 import b32decode, b64encode, urlsafe_b64encode
from collections.abc import Iterator
from urllib.parse import quote

from sqlalchemy import text
from sqlalchemy.orm import Session

_TABLES = text("""
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm')
AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
""")


def dump(db: Session) -> dict[str, str]:
    """Every row of every table as text, bytes in hexadecimal, by table."""
    return {
        table: "\n".join(db.scalars(text(f"SELECT t::text FROM {table} AS t")))
        for table in db.scalars(_TABLES)
    }


def forms_of(value: str) -> set[str]:
    """The value as it is, and as keyboards, registers and programs write it."""
    plain = {value, value.casefold(), value.upper(), quote(value), *_as_number(value)}
    if value.isalnum() and value.isupper() and len(value) >= 32:
        plain |= {b32decode(value).hex()}
    for one in [*plain]:
        joined = "".join(c for c in one if c.isalnum())
        plain |= {joined} if len(joined) >= 8 else set()
    coded = {code for one in plain for code in _in_base64(one.encode())}
    hexed = {one.encode().hex() for one in plain | coded}
    return {one for one in plain | coded | hexed if len(one) >= 6}


def _as_number(value: str) -> Iterator[str]:
    """Without the leading zero, abroad, and in the groups that people write."""
    if value.startswith("+84"):
        value = f"0{value[3:]}"
    if value.isdigit() and value.startswith("0"):
        yield from (value, value[1:], f"+84{value[1:]}", f"84{value[1:]}")
        for sign in " .-":
            yield f"{value[:4]}{sign}{value[4:7]}{sign}{value[7:]}"
            yield f"{value[:3]}{sign}{value[3:6]}{sign}{value[6:]}"


def _in_base64(value: bytes) -> Iterator[str]:
    """What base64 makes of it wherever it begins in something longer: but for its two ends."""
    for before in range(3):
        for encode in (b64encode, urlsafe_b64encode):
            code = encode(b"\0" * before + value).decode().rstrip("=")
            yield code[-(-before * 4 // 3) : len(code) - 1]
