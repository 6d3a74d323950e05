"""What comes of looking at an authorization: something is missing, it ends, or it is refused."""

from dataclasses import field
from datetime import datetime

from idp.interactions.models import Needs
from idp.kit.immutable import immutable
from idp.people.models import ContactKind


@immutable
class Missing:
    """What the person has to do first, known as surely as that."""

    needs: Needs


class SignIn(Missing):
    """The person must authenticate at this level, and after that instant when one is given."""


class Representation(Missing):
    """The person must say for whom they act."""


@immutable
class Contact(Missing):
    """The person must give a contact of this kind, which the relying party cannot do without."""

    kind: ContactKind


class Consent(Missing):
    """The person must agree, or not."""


class Unmet(Missing):
    """Signing in cannot reach the level: proofing is missing, or a factor is.

    A factor not offered here, or one that does not carry the proofing yet.
    """


class Closed(Missing):
    """The application is not open to the person: a trial, or they are made up, or leave."""


@immutable
class Refuse:
    """The relying party gets this error, and the sentence for its developer."""

    error: str
    description: str


@immutable
class Finished:
    """The relying party gets a code. `acr` is what is reported.

    It rests on the factors shown since then, if an instant is given, and on no older ones.
    """

    acr: str
    since: datetime | None = field(default=None, compare=False)


Outcome = Missing | Refuse | Finished

DENIED = Refuse("access_denied", "The person did not agree.")
CLOSED = Refuse("access_denied", "The application is not open to the person.")
NOT_SIGNED_IN = Refuse("login_required", "The person must sign in.")
NOT_AGREED = Refuse("consent_required", "The person must agree first.")
NOT_CHOSEN = Refuse("interaction_required", "The person must choose for whom they act.")
NOT_GIVEN = Refuse("interaction_required", "The person must give a contact that is needed.")
UNMET = Refuse("unmet_authentication_requirements", "The person cannot reach the level required.")
REFUSALS: dict[type, Refuse] = {
    SignIn: NOT_SIGNED_IN,
    Representation: NOT_CHOSEN,
    Contact: NOT_GIVEN,
    Unmet: UNMET,
    Closed: CLOSED,
}
"""What is answered where no page says it."""
