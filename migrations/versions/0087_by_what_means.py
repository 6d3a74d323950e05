"""By what means a sign-in was begun: the class of device and the language, for the figures."""

import sqlalchemy as sa
from alembic import op

revision = "0087"
down_revision = "0086"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of those under way it is not known."""
    for name in ("device_class", "language"):
        op.add_column("interaction", sa.Column(name, sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    """Nothing is lost that was recorded."""
    for name in ("language", "device_class"):
        op.drop_column("interaction", name)
