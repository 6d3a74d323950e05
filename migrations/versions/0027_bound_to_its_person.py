"""A password's hash is sealed for its account, a session for its person; seeds of removed apps go.

The keys are needed (`IDP_SECRETS__…`) when there are passwords or sessions, both ways. No node of
the version before can read what this leaves, so none may run meanwhile.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from alembic import op

from idp.kit.crypto import Keyring
from idp.settings import Settings

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

BATCH = 1000
PASSWORD = "person.password_encrypted"
OWNER = "session.owner"


class _Keys:
    """The ring, read when the first row asks for it."""

    @cached_property
    def ring(self) -> Keyring:
        return Settings().secrets.keyring()


def upgrade() -> None:
    """Seal the hashes and bind the sessions there are."""
    keys = _Keys()
    op.add_column("person", sa.Column("password_encrypted", sa.LargeBinary()))
    for rows in _batches("person", "id", "password_hash"):
        new = [{"k": k, "v": keys.ring.encrypt(v, purpose=PASSWORD, row=[k])} for k, v in rows]
        _set("person", "password_encrypted", "id", new)
    op.drop_column("person", "password_hash")
    op.add_column("sign_in_session", sa.Column("owner_hash", sa.LargeBinary()))
    for rows in _batches("sign_in_session", "sid", "token_hash", "person_id"):
        bound = [(sid, f"{digest.hex()} {person.hex}") for sid, digest, person in rows]
        new = [{"k": sid, "v": keys.ring.lasting_hash(OWNER, text)} for sid, text in bound]
        _set("sign_in_session", "owner_hash", "sid", new)
    op.alter_column("sign_in_session", "owner_hash", nullable=False)
    op.execute("UPDATE authenticator SET secret_encrypted = NULL WHERE removed_at IS NOT NULL")


def downgrade() -> None:
    """Hashes are readable again; seeds that are gone stay gone."""
    keys = _Keys()
    op.drop_column("sign_in_session", "owner_hash")
    op.add_column("person", sa.Column("password_hash", sa.Text()))
    for rows in _batches("person", "id", "password_encrypted"):
        new = [{"k": k, "v": keys.ring.decrypt(v, purpose=PASSWORD, row=[k])} for k, v in rows]
        _set("person", "password_hash", "id", new)
    op.drop_column("person", "password_encrypted")


def _set(table: str, column: str, key: str, values: list[dict[str, Any]]) -> None:
    statement = f"UPDATE {table} SET {column} = :v WHERE {key} = :k"
    op.get_bind().execute(sa.text(statement), values)


def _batches(table: str, *columns: str) -> Iterator[Sequence[Any]]:
    """The rows that have them all, in the order of the first, which is the key."""
    key, value = columns[0], columns[1]
    names = ", ".join(columns)
    statement = sa.text(
        f"SELECT {names} FROM {table} WHERE {value} IS NOT NULL"
        f" AND (CAST(:after AS uuid) IS NULL OR {key} > :after) ORDER BY {key} LIMIT {BATCH}"
    )
    after = None
    while rows := op.get_bind().execute(statement, {"after": after}).all():
        yield rows
        after = rows[-1][0]
