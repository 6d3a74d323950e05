"""By which kind of contact somebody gets their account back."""

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """All until now were begun by an address; the program before this step begins no other."""
    kinds = sa.Enum("email", "phone", name="contactkind", native_enum=False, create_constraint=True)
    op.add_column("recovery", sa.Column("contact", kinds, nullable=False, server_default="email"))


def downgrade() -> None:
    """What was begun by a telephone is nobody's to go on with."""
    op.execute("""
        UPDATE recovery SET state = 'expired', ended_at = now()
        WHERE contact = 'phone' AND state IN ('begun', 'proved', 'waiting', 'ready')
    """)
    op.drop_column("recovery", "contact")
