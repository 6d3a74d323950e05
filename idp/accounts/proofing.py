"""How surely a person is who they say: the one place that changes it.

Who an account belongs to changes with that, so every session and grant ends, and the person is
told. Nothing raises what somebody else is doing at that moment: whoever goes on signs in again.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from idp.accounts.cards import CardRefused, Doubtful, SeenCard, judge_owner
from idp.accounts.changes import change_account, confirm_factor, keep_factors, remove_factor
from idp.accounts.colleague import Half, NeedsColleague, need_colleague
from idp.accounts.numbers import NumberTaken, free_number, lock_number
from idp.factors.held import HeldSince, list_held
from idp.factors.kinds import PASSWORD
from idp.factors.lost import remove_lost
from idp.journal.record import record
from idp.kit.crypto import Keyring
from idp.kit.errors import InvalidInput
from idp.kit.immutable import immutable
from idp.mandates.holding import Because, hold_posts
from idp.people.codes import give_back_desk_code, take_desk_code
from idp.people.declaration import FACE_TO_FACE, LEVELS, Declaration
from idp.people.identifiers import end_claim, find_own_number, give_number
from idp.people.models import Person
from idp.people.names import name_key
from idp.people.population import match_declaration
from idp.people.profile import find_profile
from idp.people.traits import traits_in_journal
from idp.places.codes import place_in_journal
from idp.sessions.evidence import Shown
from idp.sessions.lookup import find_shown


@immutable
class Proofed:
    """The account has another proofing now; sessions of this `credentials_epoch` live."""

    person_id: UUID
    credentials_epoch: int


@immutable
class Unchanged:
    """The account has that proofing already."""

    person_id: UUID


@immutable
class Unshown:
    """Nothing was done: the person is to say whether what they did not show is theirs, too.

    `held` is all that the account has beside the password.
    """

    held: tuple[HeldSince, ...]


ProofRefused = CardRefused | NeedsColleague | Unshown


def set_proofing(
    db: Session,
    *,
    keyring: Keyring,
    person_id: UUID,
    proofing: int,
    at: datetime,
    epoch: int | None = None,
    name_on_card: str = "",
) -> Proofed | Unchanged | NumberTaken:
    """Note what a person has shown; their number is theirs from then on.

    Whoever holds the number with less loses it; with as much, they keep it. Details are those of
    the population register where it agrees; a name that lacks the marks of the card that an
    official read is the card's. Nothing is noted where `epoch` is given and over:
    whoever showed it then was overtaken, by a desk that saw more. Raises InvalidInput for a level
    that is not 0, 1 or 2.
    """
    if proofing not in LEVELS:
        raise InvalidInput("Proofing is 0, 1 or 2.", field="proofing")
    taken = _take_number(db, keyring, person_id, proofing=proofing, at=at)
    if taken is not None:
        return taken
    profile = find_profile(db, keyring=keyring, person_id=person_id) if proofing else None
    known = _known(db, keyring, profile.declared, name_on_card, at=at) if profile else {}
    is_new = [Person.proofing != proofing]
    if epoch is not None:
        is_new.append(Person.credentials_epoch == epoch)
    changed = change_account(db, *is_new, person_id=person_id, at=at, proofing=proofing, **known)
    if changed is None:
        return Unchanged(person_id)
    return note_proofed(db, changed, person_id=person_id, proofing=proofing, known=known, at=at)


def note_proofed(
    db: Session,
    changed: Row[int, int, bool],
    *,
    person_id: UUID,
    proofing: int,
    known: Mapping[str, Any],
    at: datetime,
) -> Proofed:
    """Journal another proofing, once `change_account` has written it and returned its row.

    With the province they live in, where what the register knows (`known`) says which.

    Posts wait: the account may be somebody else's now. Whoever an official saw loses it to nobody
    who shows what a recovery set aside.
    """
    if proofing >= FACE_TO_FACE:
        remove_lost(db, person_id=person_id, at=at)
    hold_posts(db, person_id=person_id, because=Because.PROOFING, at=at)
    record(
        db,
        event="person.proofed",
        at=at,
        subject_number=changed.subject_number,
        counted=not changed.is_test,
        data={"proofing": proofing, **place_in_journal(known.get("residence_code"))}
        | traits_in_journal(known),
    )
    return Proofed(person_id, int(changed.credentials_epoch))


def prove_at_desk(
    db: Session,
    *,
    keyring: Keyring,
    number: str,
    challenge: str,
    card: SeenCard,
    at: datetime,
    proofing: int = FACE_TO_FACE,
    spares_are_theirs: bool | None = None,
) -> Proofed | Unchanged | NumberTaken | ProofRefused | None:
    """Prove whoever shows this code for that number in their own, living session.

    So an official proves the account that the person in front of them is signed in to, and none
    that somebody else made with what their ID card says; and none whose number is another's than
    the card's, as the official reads it (`judge_owner`). What they signed in with is confirmed with
    them; a spare that they did not show, as they say of it: whoever was in their session for a
    moment may have made it. None where nobody shows the code, which is taken, unless the official
    has something to ask the person, or to leave to a colleague.
    """
    shown = take_desk_code(db, challenge, keyring=keyring, number=number, at=at)
    factors = find_shown(db, sid=shown[1], at=at) if shown is not None else None
    if shown is None or factors is None:
        return None
    person_id = shown[0]
    judged = judge_owner(db, keyring=keyring, person_id=person_id, card=card, at=at)
    if judged is not None and not isinstance(judged, Doubtful):
        return judged
    refused = (
        need_colleague(db, person_id=person_id, half=Half.SECOND_STEP, at=at)
        or (_find_unshown(db, person_id, factors) if spares_are_theirs is None else None)
        or judged
    )
    if refused is not None:
        give_back_desk_code(db, challenge, keyring=keyring, number=number, at=at)
        return refused
    done = set_proofing(
        db,
        keyring=keyring,
        person_id=person_id,
        proofing=proofing,
        at=at,
        name_on_card=card.name,
    )
    if not isinstance(done, NumberTaken) and not spares_are_theirs:
        for one in _find_spares(db, person_id, factors):
            remove_factor(db, person_id=person_id, kind=one.kind, at=at)
    confirm_shown(db, done, shown=factors, by="desk", at=at)
    return done


def _find_unshown(db: Session, person_id: UUID, shown: Collection[Shown]) -> Unshown | None:
    """Where there is a spare that its person is to be asked about, all that the account has."""
    if not _find_spares(db, person_id, shown):
        return None
    return Unshown(list_held(db, person_id=person_id))


def _find_spares(db: Session, person_id: UUID, shown: Collection[Shown]) -> tuple[HeldSince, ...]:
    """The spares that were not shown: whoever was in the session may have made them."""
    kinds = {one.kind for one in shown}
    held = list_held(db, person_id=person_id)
    return tuple(one for one in held if one.kind.is_spare and one.kind not in kinds)


def confirm_shown(
    db: Session,
    done: Proofed | Unchanged | NumberTaken,
    *,
    shown: Collection[Shown],
    by: str,
    at: datetime,
) -> None:
    """Have the factors of the session in which somebody was proven carry that, if they were.

    Others go: whoever could show them was not there, so that they may be somebody else's.
    """
    if isinstance(done, NumberTaken):
        return
    person_id = done.person_id
    keep_factors(db, person_id=person_id, kept=shown, at=at)
    for one in shown:
        if one.kind is not PASSWORD:
            confirm_factor(
                db, person_id=person_id, kind=one.kind, factor_id=one.factor_id, by=by, at=at
            )


def details_in_register(
    db: Session, *, keyring: Keyring, of: Declaration, at: datetime
) -> dict[str, Any]:
    """What the population register knows of somebody who agrees with it in everything."""
    match = match_declaration(db, keyring=keyring, declaration=of)
    if match is None:
        return {}
    return {"name": match.name, "residence_code": match.residence_code, "matched_at": at}


def _known(
    db: Session, keyring: Keyring, said: Declaration, name_on_card: str, *, at: datetime
) -> dict[str, Any]:
    """What is known of somebody once they are proven, beside what they said."""
    if not name_on_card or name_key(name_on_card) == name_key(said.name):
        return details_in_register(db, keyring=keyring, of=said, at=at)
    on_card = replace(said, name=name_on_card)
    known = details_in_register(db, keyring=keyring, of=on_card, at=at)
    return {"name": name_on_card, **known}


def _take_number(
    db: Session,
    keyring: Keyring,
    person_id: UUID,
    *,
    proofing: int,
    at: datetime,
) -> NumberTaken | None:
    """Turn a claim into a number; whoever holds theirs already keeps it."""
    own = find_own_number(db, keyring=keyring, person_id=person_id)
    if own is None or not own.claim or not proofing:
        return None
    number = own.number
    holder = lock_number(db, keyring=keyring, number=number)
    if holder is not None and holder.person_id == person_id:
        return None  # shown at two places at once
    taken = free_number(db, keyring=keyring, number=number, proofing=proofing, at=at)
    if taken is None and end_claim(db, person_id=person_id, at=at):
        give_number(db, keyring=keyring, person_id=person_id, number=number, at=at)
    return taken
