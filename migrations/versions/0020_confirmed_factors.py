"""How far a factor speaks for its person's proven identity; when a session saw that proven."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What people had by now carries all their proofing, as it did; enrolments under way none."""
    op.add_column("authenticator", sa.Column("carries_proofing", sa.SmallInteger()))
    op.add_column("authenticator", sa.Column("carries_from", sa.DateTime(timezone=True)))
    op.execute("""
        UPDATE authenticator SET
            carries_proofing = CASE WHEN confirmed_at IS NULL THEN 0 ELSE 2 END,
            carries_from = coalesce(confirmed_at, created_at)
    """)
    for name in ("carries_proofing", "carries_from"):
        op.alter_column("authenticator", name, nullable=False)
    op.add_column("sign_in_session", sa.Column("proven_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """A factor that did not carry its person's proofing would, from now on: it is taken away."""
    op.execute("""
        UPDATE authenticator AS a SET removed_at = now() FROM person AS p
        WHERE p.id = a.person_id AND a.confirmed_at IS NOT NULL AND a.removed_at IS NULL
            AND p.proofing > 0 AND (a.carries_proofing < p.proofing OR a.carries_from > now())
    """)
    op.execute("""
        UPDATE sign_in_session SET ended_at = now()
        WHERE ended_at IS NULL AND jsonb_path_exists(evidence, '$[*].carries_from')
    """)
    op.drop_column("sign_in_session", "proven_at")
    for name in ("carries_from", "carries_proofing"):
        op.drop_column("authenticator", name)
