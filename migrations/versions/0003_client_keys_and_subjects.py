"""Clients bring keys: signed requests, encrypted answers, subjects of their own sector."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

EMPTY_TEXT = (
    "jwks_uri",
    "request_object_signing_alg",
    "id_token_encrypted_response_alg",
    "id_token_encrypted_response_enc",
    "userinfo_signed_response_alg",
    "userinfo_encrypted_response_alg",
    "userinfo_encrypted_response_enc",
    "sector_identifier_uri",
)


def upgrade() -> None:
    """Columns with defaults, so that the code before this one still registers clients."""
    op.add_column("relying_party", sa.Column("jwks", postgresql.JSONB(), nullable=True))
    for name in EMPTY_TEXT:
        op.add_column(
            "relying_party", sa.Column(name, sa.Text(), server_default="", nullable=False)
        )
    op.add_column(
        "relying_party",
        sa.Column("subject_type", sa.Text(), server_default="public", nullable=False),
    )
    op.add_column(
        "relying_party",
        sa.Column("request_uris", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
    )


def downgrade() -> None:
    """Forget the keys."""
    for name in ("request_uris", "subject_type", *reversed(EMPTY_TEXT), "jwks"):
        op.drop_column("relying_party", name)
