"""Logos of relying parties: kept here, and fetched for those that have named one."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The outbox fetches the logos that are registered already."""
    op.add_column("relying_party", sa.Column("logo_hash", sa.LargeBinary()))
    op.create_table(
        "relying_party_logo",
        sa.Column("relying_party_id", sa.Uuid(), nullable=False),
        sa.Column("picture_hash", sa.LargeBinary(), nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["relying_party_id"],
            ["relying_party.id"],
            name="fk_relying_party_logo_relying_party_id_relying_party",
        ),
        sa.PrimaryKeyConstraint("relying_party_id", name="pk_relying_party_logo"),
    )
    op.create_index("ix_relying_party_logo_picture_hash", "relying_party_logo", ["picture_hash"])
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON relying_party_logo TO idp_app")
    op.execute(
        """
        INSERT INTO outbox_message
            (id, kind, recipient, key, payload, created_at, next_at, attempts, last_status)
        SELECT gen_random_uuid(), 'logo', id::text, gen_random_uuid()::text,
            jsonb_build_object('uri', logo_uri), now(), now(), 0, ''
        FROM relying_party WHERE logo_uri <> ''
        """
    )


def downgrade() -> None:
    """Pages show none."""
    op.execute("DELETE FROM outbox_message WHERE kind = 'logo'")
    op.drop_table("relying_party_logo")
    op.drop_column("relying_party", "logo_hash")
