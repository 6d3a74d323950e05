"""Which form a browser sent last, and the answer: in an interaction, and of who is signed in."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is known of forms sent before."""
    op.add_column("interaction", sa.Column("sent_hash", sa.LargeBinary()))
    op.add_column("interaction", sa.Column("sent_at", sa.DateTime(timezone=True)))
    op.add_column("interaction", sa.Column("answer", sa.LargeBinary()))
    op.create_table(
        "sent_form",
        sa.Column("browser_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sent_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("browser_hash", name="pk_sent_form"),
    )
    op.create_index("ix_sent_form_sent_at", "sent_form", ["sent_at"])
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON sent_form TO idp_app")


def downgrade() -> None:
    """Sign-ins on their way go on; a form sent twice is judged twice."""
    op.drop_table("sent_form")
    for name in ("answer", "sent_at", "sent_hash"):
        op.drop_column("interaction", name)
