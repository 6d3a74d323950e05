"""Lists that agencies deliver; and how people sign in to systems stands in the journal.

The register of systems keeps no history: what it says now is told once, so that figures of the
months to come have where to begin.
"""

import sqlalchemy as sa
from alembic import op

revision = "0080"
down_revision = "0076"
branch_labels = None
depends_on = None

ONLY_ADDED_TO = ("delivered_list", "delivered_set", "listed_known")
AUDITED = "number, system_id, month_on, version, delivered_at, xact_id, lines, local_sign_ins"


class Xid8(sa.types.UserDefinedType[str]):
    """PostgreSQL's 64-bit transaction id."""

    def get_col_spec(self, **_: object) -> str:
        """The type's name in DDL."""
        return "xid8"


def upgrade() -> None:
    """No list is owed for the months before."""
    op.create_table(
        "delivered_list",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("system_id", sa.Uuid(), nullable=False),
        sa.Column("month_on", sa.Date(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=False),
        _xact_id(),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("local_sign_ins", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["system_id"],
            ["information_system.id"],
            name=op.f("fk_delivered_list_system_id_information_system"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_delivered_list")),
        sa.UniqueConstraint(
            *("system_id", "month_on", "version"),
            name=op.f("uq_delivered_list_system_id_month_on_version"),
        ),
    )
    op.create_table(
        "delivered_set",
        sa.Column("list_number", sa.BigInteger(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("bitmap", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_number"],
            ["delivered_list.number"],
            name=op.f("fk_delivered_set_list_number_delivered_list"),
        ),
        sa.PrimaryKeyConstraint(
            *("list_number", "subject_kind", "name"), name=op.f("pk_delivered_set")
        ),
    )
    op.create_table(
        "listed_unknown",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("value_hash", sa.LargeBinary(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_listed_unknown")),
        sa.UniqueConstraint(
            "subject_kind", "value_hash", name=op.f("uq_listed_unknown_subject_kind_value_hash")
        ),
    )
    op.create_table(
        "listed_known",
        sa.Column("unknown_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_number", sa.BigInteger(), nullable=False),
        _xact_id(),
        sa.PrimaryKeyConstraint("unknown_number", name=op.f("pk_listed_known")),
    )
    for table in ONLY_ADDED_TO:
        op.execute(f"GRANT SELECT, INSERT ON {table} TO idp_app")
        op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM idp_app")
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
        )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON listed_unknown TO idp_app")
    op.execute("""
        INSERT INTO journal_entry (at, event, counted, data)
        SELECT now(), 'system.stated', false, jsonb_build_object(
            'system', s.id, 'agency', s.agency_id, 'tier', a.tier,
            'login_state', s.login_state, 'needs_sign_in', s.needs_sign_in)
        FROM information_system s JOIN agency a ON a.id = s.agency_id
        WHERE NOT EXISTS (
            SELECT FROM journal_entry e
            WHERE e.event = 'system.stated' AND e.data->>'system' = s.id::text)
        ORDER BY s.code
    """)
    if _has_auditor():
        op.execute(f"GRANT SELECT ({AUDITED}) ON delivered_list TO idp_audit")


def downgrade() -> None:
    """The lists go; what the journal tells stays."""
    for table in ("listed_known", "listed_unknown", "delivered_set", "delivered_list"):
        op.drop_table(table)


def _xact_id() -> sa.Column[str]:
    default = sa.text("pg_current_xact_id()")
    return sa.Column("xact_id", Xid8(), server_default=default, nullable=False)


def _has_auditor() -> bool:
    found = op.get_bind().scalar(sa.text("SELECT 1 FROM pg_roles WHERE rolname = 'idp_audit'"))
    return bool(found)
