"""Seals by a role and a key of their own, a journal dated by the database, and sources apart."""

import sqlalchemy as sa
from alembic import op

from idp.kit.errors import ConfigurationError

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

SEAL_COLUMNS = (
    "sealed_at, from_xact_id, until_xact_id, entry_count, previous_hash, hash, key_id, signature"
)
STAMP_ENTRY = """
CREATE FUNCTION stamp_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_user OPERATOR(pg_catalog.<>) {owner} THEN
        NEW.at := pg_catalog.clock_timestamp();
    END IF;
    NEW.xact_id := pg_catalog.pg_current_xact_id();
    RETURN NEW;
END
$$
"""
"""Whoever is not the owner dates nothing; the owner may, for imports, and shows in `verify`."""
CHECK_SEAL = """
CREATE FUNCTION check_seal() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    last public.journal_seal%ROWTYPE;
BEGIN
    SELECT * INTO last FROM public.journal_seal ORDER BY id DESC LIMIT 1;
    IF NEW.from_xact_id <> coalesce(last.until_xact_id, '0')
        OR NEW.previous_hash <> coalesce(last.hash, decode(repeat('00', 32), 'hex'))
        OR NEW.until_xact_id <= NEW.from_xact_id
        OR NEW.until_xact_id > pg_snapshot_xmin(pg_current_snapshot())
        OR NEW.sealed_at NOT BETWEEN clock_timestamp() - interval '1 hour' AND clock_timestamp()
    THEN
        RAISE EXCEPTION 'a seal follows the last one, up to what is final, now'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$
"""


def upgrade() -> None:
    """idp_sealer reads the journal and adds seals; idp_app adds no seal and dates no entry."""
    database = op.get_bind()
    if not database.scalar(sa.text("SELECT 1 FROM pg_roles WHERE rolname = 'idp_sealer'")):
        raise ConfigurationError(
            "The role idp_sealer is missing: as the database's administrator, CREATE ROLE "
            "idp_sealer LOGIN PASSWORD '…' and GRANT CONNECT ON DATABASE … TO idp_sealer."
        )
    op.add_column("journal_seal", sa.Column("key_id", sa.Text()))
    op.add_column("journal_seal", sa.Column("signature", sa.LargeBinary()))
    op.create_unique_constraint("uq_journal_seal_from_xact_id", "journal_seal", ["from_xact_id"])
    op.execute("REVOKE INSERT ON journal_seal FROM idp_app")
    op.execute("GRANT USAGE ON SCHEMA public TO idp_sealer")
    op.execute("GRANT SELECT ON journal_entry, journal_seal TO idp_sealer")
    op.execute(f"GRANT INSERT ({SEAL_COLUMNS}) ON journal_seal TO idp_sealer")
    op.create_table(
        "journal_source",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("source_encrypted", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_journal_source_at", "journal_source", ["at"])
    op.add_column("journal_entry", sa.Column("source_id", sa.Uuid()))
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON journal_source TO idp_app")
    op.execute("GRANT INSERT (source_id) ON journal_entry TO idp_app")
    owner = database.scalar(sa.text("SELECT quote_literal(current_user)"))
    op.execute(STAMP_ENTRY.format(owner=owner))
    op.execute(CHECK_SEAL)
    op.execute(
        "CREATE TRIGGER stamp_entry BEFORE INSERT ON journal_entry "
        "FOR EACH ROW EXECUTE FUNCTION stamp_entry()"
    )
    op.execute(
        "CREATE TRIGGER check_seal BEFORE INSERT ON journal_seal "
        "FOR EACH ROW EXECUTE FUNCTION check_seal()"
    )


def downgrade() -> None:
    """Seals keep their hashes, which need no signature; idp_app seals again."""
    op.execute("DROP TRIGGER check_seal ON journal_seal")
    op.execute("DROP TRIGGER stamp_entry ON journal_entry")
    op.execute("DROP FUNCTION check_seal()")
    op.execute("DROP FUNCTION stamp_entry()")
    op.execute(f"REVOKE INSERT ({SEAL_COLUMNS}) ON journal_seal FROM idp_sealer")
    op.execute("REVOKE SELECT ON journal_entry, journal_seal FROM idp_sealer")
    op.execute("REVOKE USAGE ON SCHEMA public FROM idp_sealer")
    op.execute("GRANT INSERT ON journal_seal TO idp_app")
    op.drop_column("journal_entry", "source_id")
    op.drop_table("journal_source")
    op.drop_constraint("uq_journal_seal_from_xact_id", "journal_seal")
    op.drop_column("journal_seal", "signature")
    op.drop_column("journal_seal", "key_id")
