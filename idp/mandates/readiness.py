"""What staff have before a post that is given, or agreed to: one function judges both.

Who gets a post has what its doors ask for, before it: else whoever knows a first password, or one
that a desk set, has the post too.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from idp.assurance.evidence import STAFF_AUTHENTICATION, STAFF_PROOFING, authentication_of
from idp.factors.credentials import read_credentials
from idp.people.models import PersonStatus


class Lack(StrEnum):
    """What is missing."""

    STATUS = "status"
    PROOFING = "proofing"
    FACTOR = "factor"
    CONFIRMATION = "confirmation"


def list_lacks(db: Session, *, person_id: UUID, at: datetime) -> tuple[Lack, ...]:
    """All that the account lacks, if it is judged by what carries its proofing since `at`.

    A factor that somebody set up alone after that instant counts only once it is confirmed.
    """
    own, lacks = read_credentials(db, person_id=person_id), []
    if own.status != PersonStatus.ACTIVE:
        lacks.append(Lack.STATUS)
    if own.proofing < STAFF_PROOFING:
        lacks.append(Lack.PROOFING)
    if authentication_of(own.held) < STAFF_AUTHENTICATION:
        lacks.append(Lack.FACTOR)
    elif authentication_of(own.confirmed(at=at)) < STAFF_AUTHENTICATION:
        lacks.append(Lack.CONFIRMATION)
    return tuple(lacks)
