"""The hash of a password that “This was not me” made void, until another is chosen."""

import sqlalchemy as sa
from alembic import op

revision = "0086"
down_revision = "0083"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of reports made before, none is known: any new password is taken."""
    op.add_column("disowned_event", sa.Column("void_password_encrypted", sa.LargeBinary()))


def downgrade() -> None:
    """Whoever chooses a new password may choose the old one."""
    op.drop_column("disowned_event", "void_password_encrypted")
