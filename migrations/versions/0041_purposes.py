"""What people's data is for: said by each relying party, and known of each consent.

Of the parties and consents there are nobody said it; a party that says it asks people once more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

TEXTS = ("purpose_vi", "purpose_en")
LISTS = ("claim_purposes_vi", "claim_purposes_en")


def upgrade() -> None:
    """None said yet."""
    for name in TEXTS:
        op.add_column("relying_party", _column(name, sa.Text(), "''"))
    for name in LISTS:
        op.add_column("relying_party", _column(name, sa.ARRAY(sa.Text()), "'{}'"))
    op.add_column("consent", _column("purpose_key", sa.Text(), "''"))


def downgrade() -> None:
    """What was said stays in the agreements' evidence; changes that wait say it no more."""
    names = ", ".join(f"'{name}'" for name in TEXTS + LISTS)
    op.execute(
        "UPDATE relying_party SET proposed = NULLIF(proposed - "
        f"ARRAY[{names}], '{{}}'::jsonb) WHERE proposed IS NOT NULL"
    )
    op.drop_column("consent", "purpose_key")
    for name in TEXTS + LISTS:
        op.drop_column("relying_party", name)


def _column(name: str, kind: sa.types.TypeEngine[object], default: str) -> sa.Column[object]:
    return sa.Column(name, kind, nullable=False, server_default=sa.text(default))
