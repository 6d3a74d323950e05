"""Authenticators of any kind in one table; sessions hold what was shown; rate counts of sources."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

INSTANT = """to_char(authenticated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')"""


def upgrade() -> None:
    """The app of a person becomes their authenticator of that kind; what a session's `amr` named
    becomes its evidence. Sources begin to count anew: their counters cannot be told from others.
    """
    op.rename_table("totp_factor", "authenticator")
    op.execute("ALTER TABLE authenticator RENAME CONSTRAINT pk_totp_factor TO pk_authenticator")
    op.execute(
        "ALTER TABLE authenticator RENAME CONSTRAINT fk_totp_factor_person_id_person"
        " TO fk_authenticator_person_id_person"
    )
    op.execute("ALTER INDEX ix_totp_factor_person_id RENAME TO ix_authenticator_person_id")
    op.add_column(
        "authenticator", sa.Column("kind", sa.Text(), server_default="totp", nullable=False)
    )
    op.alter_column("authenticator", "kind", server_default=None)
    op.alter_column("authenticator", "secret_encrypted", nullable=True)
    op.drop_index("uq_totp_factor_current", table_name="authenticator")
    op.create_index(
        "uq_authenticator_current",
        "authenticator",
        ["person_id", "kind"],
        unique=True,
        postgresql_where=sa.text("confirmed_at IS NOT NULL AND removed_at IS NULL"),
    )

    op.add_column("sign_in_session", sa.Column("evidence", postgresql.JSONB(), nullable=True))
    op.execute(f"""
        UPDATE sign_in_session SET evidence = (
            SELECT jsonb_agg(jsonb_build_object('kind', kind, 'at', {INSTANT}) ORDER BY place)
            FROM (VALUES ('pwd', 'password', 1), ('otp', 'totp', 2)) AS k (value, kind, place)
            WHERE k.value = ANY (amr)
        )
    """)
    op.alter_column("sign_in_session", "evidence", nullable=False)
    for name in ("authentication", "amr", "authenticated_at"):
        op.drop_column("sign_in_session", name)

    op.create_table(
        "rate_count",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_rate_count"),
    )
    op.create_index("ix_rate_count_ends_at", "rate_count", ["ends_at"])
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON rate_count TO idp_app")


def downgrade() -> None:
    """Back to what the two kinds there were then can say."""
    op.drop_table("rate_count")

    op.add_column("sign_in_session", sa.Column("authentication", sa.SmallInteger(), nullable=True))
    op.add_column("sign_in_session", sa.Column("amr", postgresql.ARRAY(sa.Text()), nullable=True))
    instant = sa.DateTime(timezone=True)
    op.add_column("sign_in_session", sa.Column("authenticated_at", instant, nullable=True))
    op.execute("""
        UPDATE sign_in_session SET
            authentication = CASE WHEN evidence @> '[{"kind": "totp"}]' THEN 2 ELSE 1 END,
            amr = CASE WHEN evidence @> '[{"kind": "totp"}]'
                  THEN ARRAY['pwd', 'otp', 'mfa'] ELSE ARRAY['pwd'] END,
            authenticated_at = (
                SELECT max(CAST(shown ->> 'at' AS timestamptz))
                FROM jsonb_array_elements(evidence) AS shown
            )
    """)
    for name in ("authentication", "amr", "authenticated_at"):
        op.alter_column("sign_in_session", name, nullable=False)
    op.drop_column("sign_in_session", "evidence")

    op.execute("DELETE FROM authenticator WHERE kind <> 'totp'")
    op.drop_index("uq_authenticator_current", table_name="authenticator")
    op.drop_column("authenticator", "kind")
    op.alter_column("authenticator", "secret_encrypted", nullable=False)
    op.execute("ALTER INDEX ix_authenticator_person_id RENAME TO ix_totp_factor_person_id")
    op.execute(
        "ALTER TABLE authenticator RENAME CONSTRAINT fk_authenticator_person_id_person"
        " TO fk_totp_factor_person_id_person"
    )
    op.execute("ALTER TABLE authenticator RENAME CONSTRAINT pk_authenticator TO pk_totp_factor")
    op.rename_table("authenticator", "totp_factor")
    op.create_index(
        "uq_totp_factor_current",
        "totp_factor",
        ["person_id"],
        unique=True,
        postgresql_where=sa.text("confirmed_at IS NOT NULL AND removed_at IS NULL"),
    )
