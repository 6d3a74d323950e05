"""The parts of one's data: what they sign in with, and where they did."""

from uuid import UUID

from sqlalchemy import Select, select

from idp.accounts.models import DisownedEvent
from idp.factors.kinds import KINDS
from idp.factors.models import (
    APP_SECRET,
    Authenticator,
    KnownDevice,
    Passkey,
    PasskeyOffer,
    RecoveryCode,
)
from idp.factors.own_passkeys import read_model
from idp.kit.messages import N_
from idp.people.models import PersonCode, PersonLetter
from idp.personal_data.section import INTERNAL, OTHERS, SECRET, Column, Names, Owner, Section
from idp.recovery.models import Recovery
from idp.satisfaction.models import SatisfactionQuestion
from idp.sessions.models import SignInSession


def _ways_of(owner: Owner) -> Select[UUID]:
    own = select(Authenticator.id).where(Authenticator.person_id == owner.person_id)
    return own.where(Authenticator.created_at >= owner.since) if owner.since else own


ACCESS: tuple[Section, ...] = (
    Section(
        key="ways_to_sign_in",
        title=N_("Ways to sign in"),
        model=Authenticator,
        owned=lambda owner: Authenticator.person_id == owner.person_id,
        order="created_at",
        shown=(
            Column("kind", N_("What it is"), words={k.name: k.title for k in KINDS.values()}),
            Column("name", N_("Name")),
            Column(
                "secret_encrypted",
                N_("Model of the security key"),
                key="key_model",
                opens=APP_SECRET,
                parse=read_model,
                names=Names.KEY_MODEL,
                a_part=True,
            ),
            Column("added_by"),
            Column("carries_proofing"),
            Column("carries_from"),
            Column("confirmed_at"),
            Column("created_at", N_("Added")),
            Column("last_used_at", N_("Last used")),
            Column("locked_at"),
            *(Column("suspended_until"), Column("seen_at"), Column("lost_at")),
            Column("removed_at", N_("Removed")),
        ),
        withheld={INTERNAL: ("id", "person_id", "last_step"), SECRET: ("secret_encrypted",)},
    ),
    Section(
        key="passkeys",
        title=N_("Passkeys"),
        model=Passkey,
        owned=lambda owner: Passkey.authenticator_id.in_(_ways_of(owner)),
        order="sign_count",
        is_theirs_always=True,
        shown=(
            Column("rp_id", N_("For the address")),
            Column("sign_count", N_("Counter of its device")),
        ),
        withheld={INTERNAL: ("authenticator_id",), SECRET: ("credential_hash",)},
    ),
    Section(
        key="passkey_offers",
        title=N_("Offers of a passkey"),
        model=PasskeyOffer,
        owned=lambda owner: PasskeyOffer.person_id == owner.person_id,
        order="offered_at",
        shown=(
            Column("offered_at", N_("Offered")),
            Column("is_unwanted"),
        ),
        withheld={INTERNAL: ("person_id",)},
    ),
    Section(
        key="satisfaction_questions",
        title=N_("How your sign-in went: when we asked"),
        model=SatisfactionQuestion,
        owned=lambda owner: SatisfactionQuestion.person_id == owner.person_id,
        order="asked_on",
        shown=(Column("asked_on", N_("Asked")),),
        withheld={INTERNAL: ("person_id", "agency_id", "service_id")},
    ),
    Section(
        key="recovery_codes",
        title=N_("Recovery codes"),
        model=RecoveryCode,
        owned=lambda owner: RecoveryCode.authenticator_id.in_(_ways_of(owner)),
        order="used_at",
        is_theirs_always=True,
        shown=(Column("used_at", N_("Used")),),
        withheld={INTERNAL: ("authenticator_id",), SECRET: ("code_hash",)},
    ),
    Section(
        key="codes_sent",
        title=N_("Codes sent to you"),
        model=PersonCode,
        owned=lambda owner: PersonCode.person_id == owner.person_id,
        order="expires_at",
        is_theirs_always=True,
        shown=(
            Column("purpose"),
            *(Column("sends"), Column("tries_left"), Column("resend_at")),
            *(Column("expires_at"), Column("used_at")),
        ),
        withheld={INTERNAL: ("person_id", "sid"), SECRET: ("code_hash",)},
    ),
    Section(
        key="letters",
        title=N_("Codes sent to you by post"),
        model=PersonLetter,
        owned=lambda owner: PersonLetter.person_id == owner.person_id,
        order="asked_at",
        shown=(
            Column("asked_at", N_("Asked for")),
            *(Column("tries_left"), Column("expires_at"), Column("used_at")),
            Column("returned_at", N_("Came back")),
        ),
        withheld={
            INTERNAL: ("id", "person_id"),
            SECRET: ("code_hash", "payload_encrypted", "reference"),
            N_("Whoever registers with somebody's number could ask the register by it."): (
                "batch_id",
                "printed_at",
            ),
        },
    ),
    Section(
        key="known_browsers",
        title=N_("Browsers that are known to be yours"),
        model=KnownDevice,
        owned=lambda owner: KnownDevice.person_id == owner.person_id,
        order="used_at",
        shown=(Column("used_at", N_("Last used")),),
        withheld={INTERNAL: ("person_id", "credentials_epoch"), SECRET: ("secret_hash",)},
    ),
    Section(
        key="sessions",
        title=N_("Sessions"),
        model=SignInSession,
        owned=lambda owner: SignInSession.person_id == owner.person_id,
        order="created_at",
        shown=(
            Column("created_at", N_("Began")),
            Column("last_seen_at", N_("Last used")),
            Column("ended_at", N_("Ended")),
            *(Column("idle_expires_at"), Column("expires_at"), Column("proven_at")),
            Column("device", N_("Browser")),
            Column("source_address", N_("Network address")),
            *(Column("user_agent"), Column("evidence", key="shown_factors")),
        ),
        withheld={
            INTERNAL: ("sid", "person_id", "credentials_epoch"),
            SECRET: ("token_hash", "owner_hash"),
        },
    ),
    Section(
        key="recoveries",
        title=N_("Attempts to get the account back"),
        model=Recovery,
        owned=lambda owner: Recovery.person_id == owner.person_id,
        order="begun_at",
        shown=(
            Column("begun_at", N_("Began")),
            *(
                Column("state"),
                Column("is_slow"),
                Column("contact"),
                Column("shown"),
                Column("code_tries"),
            ),
            *(Column("code_until"), Column("code_taken_at"), Column("proved_at")),
            *(Column("wait_seconds"), Column("noticed_at"), Column("ready_at")),
            *(Column("reminders"), Column("ended_at", N_("Ended")), Column("reason")),
            *(Column("because"), Column("proofing_before"), Column("cancel_tries")),
        ),
        withheld={
            INTERNAL: ("id", "person_id", "epoch", "shown_id", "takes_back"),
            SECRET: ("browser_hash", "about_hash", "code_hash", "former_password_encrypted"),
        },
    ),
    Section(
        key="reports",
        title=N_("What you said was not you"),
        model=DisownedEvent,
        owned=lambda owner: DisownedEvent.person_id == owner.person_id,
        order="reported_at",
        shown=(
            *(Column("entry_id"), Column("reported_at", N_("Reported"))),
            *(Column("password_set_at"), Column("answered_at", N_("Answered"))),
        ),
        withheld={
            INTERNAL: ("person_id", "credentials_epoch"),
            SECRET: ("void_password_encrypted",),
            OTHERS: ("answered_number",),
        },
    ),
)
