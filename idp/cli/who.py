"""Whom a command is about, and who gives it: the journal names both."""

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy.orm import Session

from idp.assurance.evidence import STAFF_PROOFING
from idp.cli.database import unit_of_work
from idp.journal.actors import Actor, Capacity, acted_by
from idp.kit.errors import InvalidInput, NotFound
from idp.kit.immutable import immutable
from idp.mandates.posts import find_posts, has_reviewers, may_decide, may_review
from idp.people.identifiers import find_person, hashes_of, normalise_identifier
from idp.people.models import PersonStatus
from idp.people.profile import PersonProfile, find_profile
from idp.settings import Settings

WhoArgument = Annotated[str, typer.Argument(help="Citizen number or person id.")]
AsOption = Annotated[
    str,
    typer.Option(
        "--as",
        envvar="IDP_AS",
        help="The operator who gives the command: citizen number or person id.",
    ),
]


_LOGIN_UID = Path("/proc/self/loginuid")
_NOBODY_SIGNED_IN = 2**32 - 1
"""What the kernel says of a process that no sign-in began, as in a container."""


@immutable
class Given:
    """A command under way; `by` is the operator who gives it, where one was named."""

    db: Session
    actor: Actor
    by: UUID | None
    today: date

    def get_other(self, settings: Settings, who: str) -> PersonProfile:
        """Whom it is about; raises NotFound, and InvalidInput for who gives it."""
        profile = get_profile(self.db, settings, who)
        self.refuse_own(profile.person_id)
        return profile

    def refuse_own(self, person_id: UUID | None) -> None:
        """Raise InvalidInput for the account of who gives the command: nothing is done then."""
        if person_id is not None and person_id == self.by:
            raise InvalidInput("Nobody does this to their own account: ask another operator.")

    def refuse_own_agency(self, agency_id: UUID) -> None:
        """Raise InvalidInput where the console lets who gives the command decide nothing.

        An unnamed one is asked for a name elsewhere, in production.
        """
        if self.by is not None and not may_decide(
            self.db, person_id=self.by, agency_id=agency_id, on=self.today
        ):
            raise InvalidInput(
                "Who gives this command holds a post at that agency, above or below: ask another "
                "operator."
            )


@contextmanager
def acting(
    settings: Settings, by: str, *, capacity: Capacity = Capacity.OPERATOR
) -> Iterator[Given]:
    """A unit of work of the serving role whose entries name who acts, and from which account."""
    with unit_of_work(settings) as db:
        person_id, actor = name_operator(db, settings, by, capacity=capacity)
        acted_by(db, actor)
        yield Given(db, actor, person_id, settings.country.today)


def name_operator(
    db: Session, settings: Settings, by: str, *, capacity: Capacity = Capacity.OPERATOR
) -> tuple[UUID | None, Actor]:
    """The operator `by` names, and how the journal names them.

    Production needs one from the first operator's appointment on. Raises NotFound, and InvalidInput
    for who holds no post as operator, is suspended, or was not proofed as staff is.
    """
    today, account = settings.country.today, _account()
    if not by:
        if settings.is_production and has_reviewers(db, on=today):
            raise InvalidInput("Say which operator gives this command: --as, or IDP_AS.")
        return None, Actor(capacity, account=account)
    profile = get_profile(db, settings, by)
    if not may_review(find_posts(db, person_id=profile.person_id, on=today)):
        raise InvalidInput(
            "Who gives this command holds no post as operator, or one that waits for others.",
            field="as",
        )
    if profile.status is not PersonStatus.ACTIVE or profile.proofing < STAFF_PROOFING:
        raise InvalidInput(
            "The account of who gives this command is not active, or its identity was not verified "
            "face to face.",
            field="as",
        )
    return profile.person_id, Actor(capacity, profile.subject_number, account)


def get_profile(db: Session, settings: Settings, who: str) -> PersonProfile:
    """The account of a citizen number or person id; raises NotFound."""
    keyring = settings.secrets.keyring()
    try:
        person_id: UUID | None = UUID(who)
    except ValueError:
        number = normalise_identifier(who, today=settings.country.today)
        person_id = find_person(db, number_hashes=hashes_of(keyring, number))
    profile = (
        find_profile(db, keyring=keyring, person_id=person_id) if person_id is not None else None
    )
    if profile is None:
        raise NotFound("There is no such person.")
    return profile


def _account() -> str:
    """The account of the computer, as it says: of who signed in, else of who runs this.

    Linux keeps who signed in across sudo and su. An administrator of the computer can set it, so it
    is claimed too; a variable such as SUDO_USER, which anybody can, is not read.
    """
    try:
        user = int(_LOGIN_UID.read_text("ascii"))
    except (OSError, ValueError):
        user = _NOBODY_SIGNED_IN
    if user == _NOBODY_SIGNED_IN:
        user = os.getuid()
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)
