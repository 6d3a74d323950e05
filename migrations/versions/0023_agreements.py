"""Each agreement is kept; a consent holds resources, too, and is apart for each organization.

What is granted under a mandate ends: nobody recorded which organization was agreed to. What was
granted to a relying party ends when it is suspended. An interface stays the agency's that
registered it first, also when this is undone.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

TEXTS = postgresql.ARRAY(sa.Text())
OPEN = sa.text("withdrawn_at IS NULL")
WORDS = {
    "Nickname": "nickname",
    "Profile page": "profile",
    "Picture": "picture",
    "Website": "website",
    "Time zone": "zoneinfo",
    "User name": "preferred_username",
    "E-mail": "email",
    "Phone": "phone_number",
    "Address": "address",
}
"""The lines of the consent page that were left out where the person had no such value."""


def upgrade() -> None:
    """Move the evidence there is; a claim of which nothing was shown is not agreed to."""
    op.create_table(
        "consent_agreement",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column(
            "consent_id",
            sa.Uuid(),
            sa.ForeignKey("consent.id", name="fk_consent_agreement_consent_id_consent"),
            nullable=False,
        ),
        sa.Column("scopes", TEXTS, nullable=False),
        sa.Column("claims", TEXTS, nullable=False),
        sa.Column("resources", TEXTS, nullable=False),
        sa.Column("evidence", postgresql.JSONB(), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_consent_agreement_consent_id", "consent_agreement", ["consent_id"])
    op.execute("GRANT SELECT, INSERT ON consent_agreement TO idp_app")
    op.add_column("consent", sa.Column("resources", TEXTS, server_default="{}", nullable=False))
    op.add_column(
        "consent",
        sa.Column(
            "mandate_id",
            sa.Uuid(),
            sa.ForeignKey("mandate.id", name="fk_consent_mandate_id_mandate"),
        ),
    )
    op.execute(
        "UPDATE consent SET resources = ARRAY(SELECT jsonb_array_elements_text(coalesce("
        "evidence -> 'resources', '[]')))"
    )
    op.execute(
        "INSERT INTO consent_agreement "
        "SELECT gen_random_uuid(), id, scopes, claims, resources, evidence, granted_at FROM consent"
    )
    for words, claim in WORDS.items():
        op.execute(
            sa.text(
                "UPDATE consent SET claims = array_remove(array_remove(claims, :claim), :verified) "
                "WHERE NOT coalesce(evidence -> 'shown', '[]') ? :words"
            ).bindparams(claim=claim, verified=f"{claim}_verified", words=words)
        )
    op.drop_index("uq_consent_current", table_name="consent")
    op.create_index(
        "uq_consent_current",
        "consent",
        ["person_id", "relying_party_id", "mandate_id"],
        unique=True,
        postgresql_where=OPEN,
        postgresql_nulls_not_distinct=True,
    )
    op.drop_column("consent", "evidence")
    op.execute(
        """
        UPDATE relying_party p SET audiences = ARRAY(
            SELECT uri FROM unnest(p.audiences) WITH ORDINALITY AS registered (uri, place)
            WHERE NOT EXISTS (
                SELECT FROM relying_party q
                JOIN information_system of_q ON of_q.id = q.system_id
                JOIN information_system of_p ON of_p.id = p.system_id
                WHERE uri = ANY (q.audiences) AND of_q.agency_id <> of_p.agency_id
                    AND q.state <> 'retired' AND (q.created_at, q.id) < (p.created_at, p.id)
            ) ORDER BY place
        )
        WHERE p.audiences <> '{}'
        """
    )
    op.add_column("relying_party", sa.Column("suspended_at", sa.DateTime(timezone=True)))
    op.execute("UPDATE relying_party SET suspended_at = now() WHERE state = 'suspended'")


def downgrade() -> None:
    """A consent has its last evidence again; what was agreed for an organization is withdrawn."""
    op.drop_column("relying_party", "suspended_at")
    op.add_column("consent", sa.Column("evidence", postgresql.JSONB()))
    op.execute(
        "UPDATE consent SET evidence = coalesce((SELECT a.evidence FROM consent_agreement a "
        "WHERE a.consent_id = consent.id ORDER BY a.agreed_at DESC LIMIT 1), '{}'), "
        "withdrawn_at = CASE WHEN mandate_id IS NULL THEN withdrawn_at "
        "ELSE coalesce(withdrawn_at, now()) END"
    )
    op.alter_column("consent", "evidence", nullable=False)
    op.drop_index("uq_consent_current", table_name="consent")
    op.create_index(
        "uq_consent_current",
        "consent",
        ["person_id", "relying_party_id"],
        unique=True,
        postgresql_where=OPEN,
    )
    op.drop_column("consent", "mandate_id")
    op.drop_column("consent", "resources")
    op.drop_table("consent_agreement")
