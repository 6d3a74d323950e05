"""An interaction keeps which form its browser sent last, and the answer to it."""

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


def downgrade() -> None:
    """Sign-ins on their way go on; a form sent twice is judged twice."""
    for name in ("answer", "sent_at", "sent_hash"):
        op.drop_column("interaction", name)
