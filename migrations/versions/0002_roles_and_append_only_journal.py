"""What the serving role may do, and a journal nobody can rewrite."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

APPEND_ONLY = ("journal_entry", "journal_seal")
ENTRY_COLUMNS = (
    "at, event, sign_in_id, outcome, reason, acr, subject_number, organization_number, "
    "relying_party_id, service_id, agency_id, tier, counted, error_id, data"
)
"""All but those the database fills in: the entry's id and its transaction's."""


def upgrade() -> None:
    """idp_app reads and writes rows; in the journal it only adds and reads them."""
    op.execute("GRANT USAGE ON SCHEMA public TO idp_app")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO idp_app")
    op.execute("REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM idp_app")
    op.execute("REVOKE INSERT ON journal_entry FROM idp_app")
    op.execute(f"GRANT INSERT ({ENTRY_COLUMNS}) ON journal_entry TO idp_app")
    op.execute(
        """
        CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
                USING ERRCODE = 'insufficient_privilege';
        END
        $$
        """
    )
    for table in APPEND_ONLY:
        op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM idp_app")
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
        )


def downgrade() -> None:
    """Drop the triggers and take the rights back."""
    for table in APPEND_ONLY:
        op.execute(f"DROP TRIGGER append_only ON {table}")
    op.execute("DROP FUNCTION refuse_rewriting()")
    op.execute("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM idp_app")
    op.execute("REVOKE USAGE ON SCHEMA public FROM idp_app")
