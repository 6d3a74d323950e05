"""A person may have several authenticators of one kind, each with a name."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0043"
branch_labels = None
depends_on = None

_INSTANTS = ("last_used_at", "locked_at", "suspended_until")


def upgrade() -> None:
    """What there is was set up by its person, as far as anybody knows, and has no name yet."""
    for name, value in (("name", ""), ("added_by", "self")):
        op.add_column(
            "authenticator", sa.Column(name, sa.Text(), server_default=value, nullable=False)
        )
        op.alter_column("authenticator", name, server_default=None)
    for name in _INSTANTS:
        op.add_column("authenticator", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.drop_index("uq_authenticator_current", table_name="authenticator")


def downgrade() -> None:
    """The oldest in use of each kind stays; what is locked or suspended is removed."""
    op.execute("""
        UPDATE authenticator AS a SET removed_at = now(), secret_encrypted = NULL
        WHERE confirmed_at IS NOT NULL AND removed_at IS NULL AND (
            locked_at IS NOT NULL OR suspended_until IS NOT NULL OR EXISTS (
                SELECT FROM authenticator AS o
                WHERE o.person_id = a.person_id AND o.kind = a.kind
                AND o.confirmed_at IS NOT NULL AND o.removed_at IS NULL
                AND o.locked_at IS NULL AND o.suspended_until IS NULL
                AND (o.created_at, o.id) < (a.created_at, a.id)))
    """)
    op.create_index(
        "uq_authenticator_current",
        "authenticator",
        ["person_id", "kind"],
        unique=True,
        postgresql_where=sa.text("confirmed_at IS NOT NULL AND removed_at IS NULL"),
    )
    for name in ("name", "added_by", *_INSTANTS):
        op.drop_column("authenticator", name)
