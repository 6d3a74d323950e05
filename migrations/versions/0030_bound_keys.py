"""Signing keys are bound to the secrets; the journal takes nothing that no program can read.

The keys are needed (`IDP_SECRETS__…`) when there are signing keys. No node of the version before
may run meanwhile: the keys that it makes are not believed. A key whose private half is there and
does not fit its public half is not bound: nodes replace it.
"""

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from idp.kit.crypto import DecryptionFailed, Keyring
from idp.kit.errors import ConfigurationError
from idp.settings import Settings

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

PRIVATE = "signing_key.private_encrypted"
INSTANTS = {
    "journal_entry": ("at",),
    "journal_source": ("at",),
    "journal_seal": ("sealed_at",),
    "error_report": ("at",),
    "signing_key": ("created_at", "signing_at", "retired_at", "dropped_at"),
}


def upgrade() -> None:
    """Bind the keys there are. An entry that breaks the new rules stops it: look at it first."""
    op.add_column("signing_key", sa.Column("public_hash", sa.LargeBinary()))
    select = "SELECT kid, alg, public_jwk, private_encrypted FROM signing_key"
    rows = op.get_bind().execute(sa.text(select)).mappings().all()
    if rows:
        ring = Settings().secrets.keyring()
        new = [{"kid": row["kid"], "hash": _hash(ring, row)} for row in rows]
        bind = "UPDATE signing_key SET public_hash = :hash WHERE kid = :kid"
        op.get_bind().execute(sa.text(bind), new)
    op.alter_column("signing_key", "public_hash", nullable=False)
    for table, columns in INSTANTS.items():
        for column in columns:
            op.execute(
                f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{column}_readable CHECK ({column} "
                "BETWEEN '0001-01-02 00:00+00' AND '9999-12-30 00:00+00')"
            )
    op.execute(
        "ALTER TABLE journal_entry ADD CONSTRAINT ck_journal_entry_actor CHECK (actor IN "
        "('agency', 'operator', 'desk', 'client', 'program'))"
    )


def downgrade() -> None:
    """Any key is believed again."""
    op.execute("ALTER TABLE journal_entry DROP CONSTRAINT ck_journal_entry_actor")
    for table, columns in INSTANTS.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{column}_readable")
    op.drop_column("signing_key", "public_hash")


def _hash(ring: Keyring, row: Mapping[str, Any]) -> bytes:
    """Empty where the private half tells of another key."""
    kid, sealed = row["kid"], row["private_encrypted"]
    if sealed is not None:
        try:
            private = json.loads(ring.decrypt(sealed, purpose=PRIVATE, row=[kid]))
        except DecryptionFailed as error:
            raise ConfigurationError(
                f"The signing key {kid} cannot be decrypted: IDP_SECRETS__ENCRYPTION_KEYS lacks "
                "its secret, or it was altered. Then remove it with the version before."
            ) from error
        if not row["public_jwk"].items() <= private.items():
            return b""
    told = json.dumps([kid, row["alg"], row["public_jwk"]], sort_keys=True)
    return ring.lasting_hash("signing key", told)
