"""Each session has a code of its own: another session of the person does not replace it.

Revision ID: 0028
Revises: 0027
"""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the session to the key; a person's one code is their session's."""
    op.drop_constraint("pk_person_code", "person_code", type_="primary")
    op.create_primary_key("pk_person_code", "person_code", ["person_id", "purpose", "sid"])


def downgrade() -> None:
    """Keep the newest code of each person and purpose."""
    op.execute("""
    DELETE FROM person_code AS c USING person_code AS newer
    WHERE newer.person_id = c.person_id AND newer.purpose = c.purpose
        AND (newer.expires_at, newer.sid) > (c.expires_at, c.sid)
    """)
    op.drop_constraint("pk_person_code", "person_code", type_="primary")
    op.create_primary_key("pk_person_code", "person_code", ["person_id", "purpose"])
