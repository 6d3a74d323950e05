"""Ciphertexts are bound to table, column, row and person; the population register is encrypted.

The keys are needed (`IDP_SECRETS__…`) when there is something to encrypt anew, both ways. No node
of the version before can read what this leaves, so none may run meanwhile.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from alembic import op
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from idp.kit.crypto import Keyring
from idp.settings import Settings

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

BATCH = 1000
_NONCE, _ID = 12, 4


@dataclass(frozen=True)
class Encrypted:
    """A column that was encrypted before: its row by its key alone, now by person too."""

    table: str
    column: str
    key: str = "id"
    owner: str | None = None


COLUMNS = (
    Encrypted("signing_key", "private_encrypted", "kid"),
    Encrypted("person_identifier", "value_encrypted", owner="person_id"),
    Encrypted("person_contact", "value_encrypted", owner="person_id"),
    Encrypted("authenticator", "secret_encrypted", owner="person_id"),
    Encrypted("interaction", "login_hint_encrypted"),
    Encrypted("pushed_request", "parameters_encrypted", "handle_hash"),
)
REGISTER = ("name", "birthdate", "sex", "residence_code")


def upgrade() -> None:
    """Encrypt all anew; the register's rows of before lack their number until imported again."""
    _create_reencryption()
    keys = _Keys()
    for each in COLUMNS:
        _rewrite(each, lambda row, old, each=each: keys.new(each, row, keys.read_old(row[0], old)))
    op.add_column("population_record", sa.Column("number_encrypted", sa.LargeBinary()))
    op.add_column("population_record", sa.Column("entry_encrypted", sa.LargeBinary()))
    entry = Encrypted("population_record", "entry_encrypted", "number_hash")
    for rows in _batches("population_record", ("number_hash", *REGISTER)):
        new = [{"k": row[0], "v": keys.new(entry, row[:1], json.dumps(row[1:]))} for row in rows]
        _set(entry, new)
    op.alter_column("population_record", "entry_encrypted", nullable=False)
    for name in REGISTER:
        op.drop_column("population_record", name)


def downgrade() -> None:
    """Encrypt all as before."""
    keys = _Keys()
    for name in REGISTER:
        op.add_column("population_record", sa.Column(name, sa.Text()))
    entry = Encrypted("population_record", "entry_encrypted", "number_hash")
    columns = ", ".join(f"{name} = :{name}" for name in REGISTER)
    back = sa.text(f"UPDATE population_record SET {columns} WHERE number_hash = :k")
    for rows in _batches("population_record", ("number_hash", "entry_encrypted")):
        opened = [(k, json.loads(keys.read(entry, [k], value))) for k, value in rows]
        op.get_bind().execute(
            back, [{"k": k, **dict(zip(REGISTER, value, strict=True))} for k, value in opened]
        )
    for name in REGISTER[:3]:
        op.alter_column("population_record", name, nullable=False)
    op.create_check_constraint("sex", "population_record", "sex IN ('female', 'male', 'other')")
    op.drop_column("population_record", "entry_encrypted")
    op.drop_column("population_record", "number_encrypted")
    for each in COLUMNS:
        _rewrite(each, lambda row, new, each=each: keys.old(row[0], keys.read(each, row, new)))
    op.drop_table("reencryption")


def _create_reencryption() -> None:
    op.create_table(
        "reencryption",
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("ring", sa.Text(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("renewed", sa.BigInteger(), nullable=False),
        sa.Column("unchanged", sa.BigInteger(), nullable=False),
        sa.Column("last_key", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("table_name", name=op.f("pk_reencryption")),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE ON reencryption TO idp_app")


class _Keys:
    """The ring, read when the first row asks for it, and how it encrypted before."""

    def __init__(self) -> None:
        self._ring: Keyring | None = None
        self._old: dict[bytes, AESGCM] = {}

    def ring(self) -> Keyring:
        if self._ring is None:
            settings = Settings()
            self._ring = settings.secrets.keyring()
            for secret in settings.secrets.encryption_keys:
                key = hashlib.sha256(b"encrypt:" + secret.get_secret_value().encode()).digest()
                self._old[hashlib.sha256(key).digest()[:_ID]] = AESGCM(key)
        return self._ring

    def new(self, to: Encrypted, row: Sequence[Any], text: str) -> bytes:
        return self.ring().encrypt(text, purpose=f"{to.table}.{to.column}", row=row)

    def read(self, of: Encrypted, row: Sequence[Any], sealed: bytes) -> str:
        return self.ring().decrypt(sealed, purpose=f"{of.table}.{of.column}", row=row)

    def read_old(self, key: Any, sealed: bytes) -> str:
        self.ring()
        cipher, rest = self._old[sealed[:_ID]], sealed[_ID:]
        return cipher.decrypt(rest[:_NONCE], rest[_NONCE:], _old_row(key)).decode()

    def old(self, key: Any, text: str) -> bytes:
        self.ring()
        key_id, cipher = next(iter(self._old.items()))
        nonce = secrets.token_bytes(_NONCE)
        return key_id + nonce + cipher.encrypt(nonce, text.encode(), _old_row(key))


def _old_row(key: Any) -> bytes:
    return (key.hex() if isinstance(key, bytes) else str(key)).encode()


def _rewrite(of: Encrypted, change: Callable[[Sequence[Any], bytes], bytes]) -> None:
    owner = [of.owner] if of.owner else []
    for rows in _batches(of.table, (of.key, *owner, of.column), where=f"{of.column} IS NOT NULL"):
        _set(of, [{"k": row[0], "v": change(row[:-1], row[-1])} for row in rows])


def _set(of: Encrypted, values: list[dict[str, Any]]) -> None:
    statement = sa.text(f"UPDATE {of.table} SET {of.column} = :v WHERE {of.key} = :k")
    op.get_bind().execute(statement, values)


def _batches(
    table: str, columns: Sequence[str], *, where: str = "true"
) -> Iterator[list[Sequence[Any]]]:
    """Rows in order of their key, the first of the columns, in constant memory."""
    key, names = columns[0], ", ".join(columns)
    select = f"SELECT {names} FROM {table} WHERE {where}"
    rows = _some(f"{select} ORDER BY {key} LIMIT {BATCH}")
    while rows:
        yield rows
        rows = _some(f"{select} AND {key} > :last ORDER BY {key} LIMIT {BATCH}", last=rows[-1][0])


def _some(statement: str, **values: Any) -> list[Sequence[Any]]:
    return [tuple(row) for row in op.get_bind().execute(sa.text(statement), values)]
