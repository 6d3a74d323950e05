"""Who was asked how their sign-in went, and how often each answer was given."""

import sqlalchemy as sa
from alembic import op

revision = "0082"
down_revision = "0080"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody was asked yet."""
    op.create_table(
        "satisfaction_question",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=True),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_satisfaction_question_person_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["agency.id"], name="fk_satisfaction_question_agency_id_agency"
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["public_service.id"],
            name="fk_satisfaction_question_service_id_public_service",
        ),
        sa.PrimaryKeyConstraint("person_id", name="pk_satisfaction_question"),
    )
    op.create_table(
        "satisfaction_count",
        sa.Column("month_on", sa.Date(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answers", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["agency.id"], name="fk_satisfaction_count_agency_id_agency"
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["public_service.id"],
            name="fk_satisfaction_count_service_id_public_service",
        ),
        sa.PrimaryKeyConstraint(
            "month_on", "agency_id", "service_id", "answer", name="pk_satisfaction_count"
        ),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON satisfaction_question TO idp_app")
    op.execute("GRANT SELECT, INSERT, UPDATE ON satisfaction_count TO idp_app")


def downgrade() -> None:
    """Nobody is asked."""
    op.drop_table("satisfaction_count")
    op.drop_table("satisfaction_question")
