"""How relying parties connect: either way of sending a secret, people's data in the ID token.

Nothing changes for those there are but that a secret may come in the header and in the form.
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0033"
branch_labels = None
depends_on = None

SWITCHES = ("require_auth_method", "claims_in_id_token")


def upgrade() -> None:
    """Off, for every client."""
    for name in SWITCHES:
        column = sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
        op.add_column("relying_party", column)


def downgrade() -> None:
    """A client is bound again to the method it registered."""
    for name in SWITCHES:
        op.drop_column("relying_party", name)
