"""Who was at a host, when a secret was made, and who let software register itself."""

from urllib.parse import urlsplit

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_TENURES = """
    SELECT s.agency_id, p.redirect_uris || p.sector_identifier_uri AS addresses, CASE p.state
        WHEN 'retired' THEN coalesce(
            (SELECT max(e.at) FROM journal_entry AS e WHERE e.relying_party_id = p.id
                AND e.event = 'relying_party.state_changed' AND e.data->>'to' = 'retired'),
            p.updated_at)
        ELSE now() END AS last_at
    FROM relying_party AS p JOIN information_system AS s ON s.id = p.system_id
    WHERE p.environment = 'production'
        AND (p.state IN ('live', 'suspended') OR p.state = 'retired' AND p.approved_at IS NOT NULL)
"""


def upgrade() -> None:
    """Agencies are noted where their applications are, and were when they ended.

    Whoever opened a registration has a part in what software of that system registered since, and
    in what waits for production of that.
    """
    op.create_table(
        "host_tenure",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name="fk_host_tenure_agency"),
        sa.PrimaryKeyConstraint("host", "agency_id", name="pk_host_tenure"),
    )
    op.create_index("ix_host_tenure_agency_id", "host_tenure", ["agency_id"])
    op.execute("GRANT SELECT, INSERT, UPDATE ON host_tenure TO idp_app")
    _note_hosts()
    op.add_column("relying_party", sa.Column("client_secret_at", sa.DateTime(timezone=True)))
    op.add_column("initial_access_token", sa.Column("created_by_person_id", sa.Uuid()))
    op.execute("""
        UPDATE initial_access_token AS t SET created_by_person_id = p.id
        FROM journal_entry AS e JOIN person AS p ON p.subject_number = e.actor_number
        WHERE e.event = 'registration.opened' AND e.at = t.created_at
    """)
    op.execute("""
        UPDATE relying_party AS r SET authored_by_ids = authored_by_ids || opened.by_ids
        FROM (
            SELECT r.id, array_agg(DISTINCT p.id) AS by_ids
            FROM relying_party AS r
            JOIN relying_party AS sandbox ON sandbox.id = coalesce(r.sandbox_id, r.id)
            JOIN information_system AS s ON s.id = r.system_id
            JOIN journal_entry AS e ON e.event = 'registration.opened'
                AND e.data->>'system' = s.code AND e.at <= sandbox.created_at
            JOIN person AS p ON p.subject_number = e.actor_number
            WHERE sandbox.registration_token_hash IS NOT NULL
                AND (r.sandbox_id IS NULL OR r.state <> 'live')
                AND p.id <> ALL (r.authored_by_ids)
            GROUP BY r.id
        ) AS opened
        WHERE opened.id = r.id
    """)


def downgrade() -> None:
    """What is remembered is forgotten; whoever had a part keeps it."""
    op.drop_column("initial_access_token", "created_by_person_id")
    op.drop_column("relying_party", "client_secret_at")
    op.drop_table("host_tenure")


def _note_hosts() -> None:
    connection = op.get_bind()
    latest: dict[tuple[str, object], object] = {}
    for agency_id, addresses, last_at in connection.execute(sa.text(_TENURES)):
        for host in filter(None, map(_host, addresses)):
            known = latest.get((host, agency_id), last_at)
            latest[host, agency_id] = max(known, last_at)
    tenure = sa.table(
        "host_tenure", sa.column("host"), sa.column("agency_id"), sa.column("last_at")
    )
    rows = [{"host": h, "agency_id": a, "last_at": at} for (h, a), at in latest.items()]
    if rows:
        connection.execute(tenure.insert(), rows)


def _host(address: str) -> str | None:
    """Of an https address that is not this machine's own."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    is_own = host in ("localhost", "::1") or host.endswith(".localhost") or host.startswith("127.")
    return None if parts.scheme != "https" or is_own else host
