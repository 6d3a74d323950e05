"""The parts of one's data: what says who they are, and what they asked about it."""

import json

from idp.kit.languages import LANGUAGES
from idp.kit.messages import N_
from idp.people.models import (
    CITIZEN_NUMBER,
    CLAIMED_NUMBER,
    CONTACT,
    NUMBER,
    REGISTER_ADDRESS,
    REGISTER_EMAIL,
    REGISTER_ENTRY,
    REGISTER_NUMBER,
    ContactKind,
    Person,
    PersonContact,
    PersonIdentifier,
    PopulationRecord,
)
from idp.personal_data.models import ANSWER, ASKED, EXTENDED_BECAUSE, DataRequest, RequestKind
from idp.personal_data.section import INTERNAL, OTHERS, SECRET, Column, Section

REQUEST_KINDS = {
    str(RequestKind.CORRECTION): N_("Correct something"),
    str(RequestKind.DELETION): N_("Delete something"),
    str(RequestKind.COPY): N_("A copy on paper or in another form"),
}
"""What a request is called."""
IDENTITY: tuple[Section, ...] = (
    Section(
        key="person",
        title=N_("Who you are"),
        model=Person,
        owned=lambda owner: Person.id == owner.person_id,
        order="created_at",
        is_theirs_always=True,
        shown=(
            Column("name", N_("Full name")),
            Column("birthdate", N_("Date of birth")),
            Column(
                "sex",
                N_("Sex"),
                words={"female": N_("Female"), "male": N_("Male"), "other": N_("Other")},
            ),
            Column("nationality", N_("Nationality")),
            Column("residence_code", N_("Place of residence (code)")),
            Column("claims", key="further_details"),
            Column("proofing", N_("Identity checked to level (0 to 2)")),
            Column(
                "locale",
                N_("Language of messages"),
                words={code: language.own_name for code, language in LANGUAGES.items()},
            ),
            Column("status"),
            Column("is_test"),
            Column("created_at", N_("Account since")),
            Column("updated_at"),
            Column("closes_at"),
            Column("held_since", N_("Given back to you")),
            Column("subject_number", N_("Analytics number, which statistics know instead of you")),
        ),
        withheld={
            INTERNAL: ("id", "credentials_epoch"),
            SECRET: ("password_encrypted",),
            N_("Whoever registers with somebody's number could ask the register by it."): (
                "matched_at",
            ),
        },
    ),
    Section(
        key="numbers",
        title=N_("Personal numbers"),
        model=PersonIdentifier,
        owned=lambda owner: PersonIdentifier.person_id == owner.person_id,
        order="created_at",
        is_theirs_always=True,
        shown=(
            Column(
                "kind",
                N_("What it is"),
                words={
                    CITIZEN_NUMBER: N_("Your personal number"),
                    CLAIMED_NUMBER: N_("The number you gave, with six digits"),
                },
            ),
            Column("value_encrypted", key="number", opens=NUMBER),
            Column("created_at", N_("Valid since")),
            Column("ended_at", N_("Until")),
        ),
        withheld={INTERNAL: ("id", "person_id"), SECRET: ("value_hash",)},
    ),
    Section(
        key="contacts",
        title=N_("Contacts"),
        model=PersonContact,
        owned=lambda owner: PersonContact.person_id == owner.person_id,
        order="created_at",
        shown=(
            Column(
                "kind",
                N_("What it is"),
                words={ContactKind.EMAIL: N_("E-mail"), ContactKind.PHONE: N_("Phone")},
            ),
            Column("value_encrypted", N_("Address or number"), key="value", opens=CONTACT),
            Column("verified_at", N_("Confirmed")),
            Column("created_at"),
            Column("ended_at", N_("Replaced")),
        ),
        withheld={INTERNAL: ("id", "person_id")},
    ),
    Section(
        key="population_register",
        title=N_("What the national population database says of you"),
        model=PopulationRecord,
        owned=lambda owner: PopulationRecord.number_hash.in_(owner.number_hashes),
        order="imported_at",
        is_theirs_always=True,
        shown=(
            Column("number_encrypted", key="number", opens=REGISTER_NUMBER),
            Column("entry_encrypted", key="entry", opens=REGISTER_ENTRY, parse=json.loads),
            Column("email_encrypted", N_("E-mail"), key="email", opens=REGISTER_EMAIL),
            Column("address_encrypted", key="address", opens=REGISTER_ADDRESS, parse=json.loads),
            Column("imported_at", N_("Received")),
        ),
        withheld={SECRET: ("number_hash",)},
    ),
    Section(
        key="requests",
        title=N_("Requests about your data"),
        model=DataRequest,
        owned=lambda owner: DataRequest.person_id == owner.person_id,
        order="received_at",
        shown=(
            Column("kind", N_("What it is"), words=REQUEST_KINDS),
            Column("text_encrypted", key="asked", opens=ASKED),
            Column("received_at", N_("Received")),
            *(Column("answer_due_on"), Column("due_on"), Column("is_accepted")),
            Column("answer_encrypted", key="answer", opens=ANSWER),
            Column("answered_at", N_("Answered")),
            Column("extended_at"),
            Column("extended_because_encrypted", key="extended_because", opens=EXTENDED_BECAUSE),
            Column("done_at", N_("Done")),
        ),
        withheld={
            INTERNAL: ("id", "person_id"),
            OTHERS: ("answered_number", "extended_number", "done_number"),
        },
    ),
)
