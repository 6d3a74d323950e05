"""What must be told to somebody stands in one table, whatever kind of message it is."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Deliveries of sign-outs become messages, with what became of them; idp_app works with all."""
    op.create_table(
        "outbox_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("next_at", INSTANT, nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("last_status", sa.Text(), nullable=False),
        sa.Column("delivered_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outbox_message"),
        sa.UniqueConstraint(
            "kind", "recipient", "key", name="uq_outbox_message_kind_recipient_key"
        ),
    )
    op.execute(
        """
        INSERT INTO outbox_message
            (id, kind, recipient, key, payload,
             created_at, next_at, attempts, outcome, last_status, delivered_at)
        SELECT d.id, 'backchannel_logout', d.relying_party_id::text, d.sid::text,
               jsonb_build_object(
                   'client_id', p.client_id, 'sid', d.sid, 'person_id', d.person_id
               ),
               d.created_at, d.next_at, d.attempts, d.outcome, d.last_status, d.delivered_at
        FROM logout_delivery d JOIN relying_party p ON p.id = d.relying_party_id
        """
    )
    op.create_index(
        "ix_outbox_message_waiting",
        "outbox_message",
        ["next_at"],
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_index("ix_outbox_message_created_at", "outbox_message", ["created_at"])
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON outbox_message TO idp_app")
    op.drop_table("logout_delivery")


def downgrade() -> None:
    """Sign-outs have a table of their own again; messages of other kinds are lost."""
    op.create_table(
        "logout_delivery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("relying_party_id", sa.Uuid(), nullable=False),
        sa.Column("sid", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("next_at", INSTANT, nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("last_status", sa.Text(), nullable=False),
        sa.Column("delivered_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["relying_party_id"],
            ["relying_party.id"],
            name="fk_logout_delivery_relying_party_id_relying_party",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_logout_delivery"),
        sa.UniqueConstraint(
            "relying_party_id", "sid", name="uq_logout_delivery_relying_party_id_sid"
        ),
    )
    op.execute(
        """
        INSERT INTO logout_delivery
            (id, relying_party_id, sid, person_id,
             created_at, next_at, attempts, outcome, last_status, delivered_at)
        SELECT id, recipient::uuid, key::uuid, (payload ->> 'person_id')::uuid,
               created_at, next_at, attempts, outcome, last_status, delivered_at
        FROM outbox_message WHERE kind = 'backchannel_logout'
        """
    )
    op.create_index(
        "ix_logout_delivery_waiting",
        "logout_delivery",
        ["next_at"],
        postgresql_where=sa.text("outcome IS NULL"),
    )
    op.create_index("ix_logout_delivery_created_at", "logout_delivery", ["created_at"])
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON logout_delivery TO idp_app")
    op.drop_table("outbox_message")
