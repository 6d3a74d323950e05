"""What pages read of an interaction has columns of its own; its parameters are the opener's."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_EMPTY = sa.text("''")
_NO_TEXTS = sa.text("'{}'::text[]")
_TEXTS = postgresql.ARRAY(sa.Text())


def upgrade() -> None:
    """New columns, filled for sign-ins under way; the language was never written."""
    for column in (
        sa.Column("client_id", sa.Text(), nullable=False, server_default=_EMPTY),
        sa.Column("needed_proofing", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.Column("post_logout_uri", sa.Text(), nullable=False, server_default=_EMPTY),
        sa.Column("resources", _TEXTS, nullable=False, server_default=_NO_TEXTS),
        sa.Column("device_code", sa.Text(), nullable=False, server_default=_EMPTY),
        sa.Column("device_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unmet_shown_to", sa.Uuid(), nullable=True),
    ):
        op.add_column("interaction", column)
    op.execute(
        """
        UPDATE interaction SET
            client_id = coalesce(parameters->>'client_id', ''),
            post_logout_uri = coalesce(parameters->>'post_logout_redirect_uri', ''),
            resources = CASE WHEN parameters ? 'resource'
                THEN regexp_split_to_array(parameters->>'resource', '\\s+') ELSE '{}' END,
            device_code = coalesce(parameters->>'user_code', ''),
            device_asked_at = (parameters->>'device_asked_at')::timestamptz,
            unmet_shown_to = (parameters->>'unmet_shown_to')::uuid,
            parameters = parameters - ARRAY[
                'post_logout_redirect_uri', 'user_code', 'device_asked_at', 'unmet_shown_to']
        WHERE ended_at IS NULL
        """
    )
    for name in ("client_id", "needed_proofing", "post_logout_uri", "resources", "device_code"):
        op.alter_column("interaction", name, server_default=None)
    op.drop_column("interaction", "language")


def downgrade() -> None:
    """Back into the parameters."""
    op.add_column(
        "interaction", sa.Column("language", sa.Text(), nullable=False, server_default=_EMPTY)
    )
    op.alter_column("interaction", "language", server_default=None)
    op.execute(
        """
        UPDATE interaction SET parameters = parameters || jsonb_strip_nulls(jsonb_build_object(
            'client_id', nullif(client_id, ''),
            'post_logout_redirect_uri', nullif(post_logout_uri, ''),
            'user_code', nullif(device_code, ''),
            'device_asked_at', device_asked_at,
            'unmet_shown_to', replace(unmet_shown_to::text, '-', '')))
        WHERE ended_at IS NULL
        """
    )
    for name in (
        "client_id",
        "needed_proofing",
        "post_logout_uri",
        "resources",
        "device_code",
        "device_asked_at",
        "unmet_shown_to",
    ):
        op.drop_column("interaction", name)
