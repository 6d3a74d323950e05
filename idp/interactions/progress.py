"""What the pages and the protocol write into an interaction, while it is live.

In one that has ended meanwhile nothing is written: what comes next finds that out. A page's write
takes along the answer to its form (`interactions.sent`), where it is known.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, case, null, select, update
from sqlalchemy.orm import Session

from idp.interactions.models import Answered, Interaction, Needs
from idp.interactions.opening import Requested
from idp.kit import clock
from idp.kit.db import table_of
from idp.kit.prepared import Prepared
from idp.people.identifiers import HELD_BY, HOLDER

_interactions = table_of(Interaction)
_OF_PERSON = ("representation_chosen_at", "mandate_id", "consent_decision", "consented_at")
"""What somebody chose or agreed to: gone when the sign-in becomes another's."""


def _write(
    db: Session, interaction_id: UUID, answered: Answered | None = None, /, **values: Any
) -> None:
    if answered is not None:
        values |= vars(answered)
    parameters = {f"new_{name}": value for name, value in values.items()}
    _update(tuple(values)).post(db, {"interaction_id": interaction_id, **parameters})


@cache
def _update(names: tuple[str, ...], *, finds_holder: bool = False) -> Prepared:
    """The statement that writes these columns of a live interaction, and whose number it is."""
    columns = _interactions.c
    new: dict[str, Any] = {n: bindparam(f"new_{n}", type_=columns[n].type) for n in names}
    if finds_holder:
        new["person_id"] = select(HOLDER.label("person_id")).subquery("found").c.person_id
    if "person_id" in new:
        is_another = columns.person_id.is_distinct_from(new["person_id"])
        new |= {n: case((is_another, null()), else_=columns[n]) for n in _OF_PERSON}
    return Prepared(
        update(_interactions)
        .where(columns.id == bindparam("interaction_id"), columns.ended_at.is_(None))
        .values(new)
    )


def remember_identifier(
    db: Session, *, interaction_id: UUID, person_id: UUID | None, identifier_hash: bytes | None
) -> None:
    """Who claims to sign in; `person_id` is null when no account has that identifier."""
    _write(db, interaction_id, person_id=person_id, identifier_hash=identifier_hash)


def give_to(db: Session, interaction: Interaction, *, person_id: UUID) -> None:
    """Whose sign-in it is from now on, in its row and as it was read.

    Who goes on with what was read must not find there what somebody before chose or agreed to.
    """
    remember_identifier(
        db, interaction_id=interaction.id, person_id=person_id, identifier_hash=None
    )
    interaction.person_id, interaction.identifier_hash = person_id, None
    for name in _OF_PERSON:
        setattr(interaction, name, None)


def claim_number(
    db: Session,
    *,
    interaction_id: UUID,
    number_hashes: Sequence[bytes],
    typed_encrypted: bytes | None = None,
    is_form: bool = False,
) -> None:
    """The same by the hashes of a number: whoever holds it, found as it is written.

    What they typed replaces what the relying party hinted at, under the same encryption. A form
    that was sent before it (`is_form`) is judged anew when it comes again.
    """
    new: dict[str, Any] = {"identifier_hash": number_hashes[0]}
    if typed_encrypted is not None:
        new["login_hint_encrypted"] = typed_encrypted
    if is_form:
        new |= {"sent_hash": None, "answer": None}
    values = {f"new_{name}": value for name, value in new.items()}
    _update(tuple(new), finds_holder=True).post(
        db, {"interaction_id": interaction_id, HELD_BY: [*number_hashes], **values}
    )


def remember_session(
    db: Session,
    *,
    interaction_id: UUID,
    sid: UUID,
    person_id: UUID | None = None,
    answered: Answered | None = None,
) -> None:
    """Which session this sign-in started or raised, or a sign-out ended; whose, where known."""
    whose = {} if person_id is None else {"person_id": person_id}
    _write(db, interaction_id, answered, sid=sid, **whose)


def require(
    db: Session,
    *,
    interaction_id: UUID,
    needs: Needs,
    requested: Requested,
    of_person_id: UUID | None = None,
    unmet_shown_to: UUID | None = None,
) -> None:
    """Replace what is needed and requested; set the two persons where one is given."""
    _write(
        db,
        interaction_id,
        **({} if of_person_id is None else {"person_id": of_person_id}),
        **({} if unmet_shown_to is None else {"unmet_shown_to": unmet_shown_to}),
        **needs.columns(),
        **requested.columns(),
    )


def choose_representation(
    db: Session,
    *,
    interaction_id: UUID,
    mandate_id: UUID | None,
    answered: Answered | None = None,
) -> None:
    """For whom the person acts: a body, under that mandate, or (null) themselves.

    What they agreed to before was for another, and does not count.
    """
    _write(
        db,
        interaction_id,
        answered,
        mandate_id=mandate_id,
        representation_chosen_at=clock.now(),
        consent_decision=None,
        consented_at=None,
    )


def decide_consent(
    db: Session, *, interaction_id: UUID, allowed: bool, answered: Answered | None = None
) -> None:
    """The person's answer on the consent page."""
    _write(
        db,
        interaction_id,
        answered,
        consent_decision="allow" if allowed else "deny",
        consented_at=clock.now(),
    )
