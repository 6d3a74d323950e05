"""What a signing key does follows from three instants; a retired one loses its private half."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

LAST = "uq_signing_key_last_of_alg"


def upgrade() -> None:
    """`state` stays for nodes of the version before; what is added later is not theirs to use."""
    op.execute("UPDATE signing_key SET signing_at = created_at WHERE signing_at IS NULL")
    op.execute("UPDATE signing_key SET retired_at = now() WHERE state = 'retired'")
    op.add_column("signing_key", sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE signing_key SET dropped_at = retired_at + interval '2 days'")
    op.alter_column("signing_key", "signing_at", nullable=False)
    op.alter_column("signing_key", "private_encrypted", nullable=True)
    op.alter_column("signing_key", "state", server_default="published")
    op.create_index(
        LAST, "signing_key", ["alg"], unique=True, postgresql_where=sa.text("retired_at IS NULL")
    )


def downgrade() -> None:
    """Keys without a private half cannot be kept."""
    op.execute("DELETE FROM signing_key WHERE private_encrypted IS NULL")
    op.execute(
        "UPDATE signing_key SET state = CASE WHEN retired_at <= now() THEN 'retired' "
        "WHEN signing_at <= now() THEN 'signing' ELSE 'published' END"
    )
    op.drop_index(LAST, table_name="signing_key", postgresql_where=sa.text("retired_at IS NULL"))
    op.alter_column("signing_key", "state", server_default=None)
    op.alter_column("signing_key", "private_encrypted", nullable=False)
    op.alter_column("signing_key", "signing_at", nullable=True)
    op.drop_column("signing_key", "dropped_at")
