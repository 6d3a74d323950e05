"""The client secret: shown once when it is made, made anew on demand.

The form that makes it is answered with the way to the page that shows it, for two minutes and to
the session that made it: the address says what it was made of, of which nobody without our keys and
that session makes it again. So it is stored nowhere, and reloading or reading the page in the other
language loses nothing. Of two clicks on a button the second leads where the first one did.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from starlette.responses import RedirectResponse, Response

from idp.kit import clock
from idp.kit.immutable import immutable
from idp.kit.secrets import new_token
from idp.portal.applications import chosen_snippet, may_make_secret
from idp.portal.entry import Frame, StaffVisit, for_secrets, for_staff, get_own_party
from idp.portal.form_page import application_path, to_application
from idp.portal.snippets import Snippet, build_snippets
from idp.relying_parties.models import Environment
from idp.relying_parties.secrets import may_show_again, rotate_secret, secret_of_form
from idp.web.cookies import clear_kept
from idp.web.csrf import OwnForm
from idp.web.forms import Query, read_instant
from idp.web.language import language_of
from idp.web.messages import Message
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import render
from idp.web.told import go_and_tell

router = Router()
_ONCE = re.compile(r"[A-Za-z0-9_-]{43}")
"""As `kit.secrets.new_token` writes 256 bits."""
_OVERTAKEN = (
    Message("Nothing was done: the page was out of date"),
    Message(
        "The application has changed meanwhile, or a secret was made already. If you did not copy "
        "that one, make another."
    ),
)


@immutable
class RotatePage:
    """Asks before the old secret dies. `version` keeps a form sent twice from doing it twice."""

    frame: Frame
    client_id: str
    name: str
    is_production: bool
    has_secret: bool
    version: str
    once: str
    """What the form makes the secret of."""


@immutable
class SecretPage:
    """The secret, this once, with configuration to copy."""

    frame: Frame
    client_id: str
    name: str
    secret: str
    is_first: bool
    issuer: str
    discovery: str
    snippets: tuple[Snippet, ...]
    snippet: Snippet
    """The one that is shown."""
    address: str
    """Of this page, but for the number of another snippet at its end."""


@router.get("/portal/applications/{client_id}/secret")
@for_staff
def show_rotate(visit: StaffVisit, client_id: str) -> Response:
    """What a new secret means, and the button."""
    record = get_own_party(visit, client_id)
    if not may_make_secret(visit.visitor, record):
        return to_application(client_id)
    party = record.party
    page = RotatePage(
        frame=visit.visitor.frame,
        client_id=party.client_id,
        name=party.name(language_of(visit.request)),
        is_production=party.environment is Environment.PRODUCTION,
        has_secret=party.client_secret_hash is not None,
        version=party.updated_at.isoformat(),
        once=new_token(),
    )
    return render(visit.request, "portal/rotate.html", page)


@router.post("/portal/applications/{client_id}/secret")
@for_secrets
def rotate(visit: StaffVisit, client_id: str, fields: OwnForm) -> Response:
    """Make a new secret; the old one is dead at once.

    Sent again by the same browser at once, it leads to what it made; later, or after somebody else
    made another, it asks anew.
    """
    record = get_own_party(visit, client_id)
    party, version = record.party, read_instant(fields.get("version", ""))
    if version is None or not may_make_secret(visit.visitor, record):
        return to_application(client_id)
    made_of, at = once_of(fields), clock.now()
    value = form_secret(visit, made_of, party_id=party.id, version=version)
    made = rotate_secret(
        visit.db, relying_party_id=party.id, at=at, unless_changed_since=version, value=value
    )
    if made is None:
        visit.db.refresh(party)
        if not may_show_again(party, value, at=at):
            path, (what, meaning) = visit.request.url.path, _OVERTAKEN
            return go_and_tell(visit.request, path, what, meaning=meaning, is_done=False)
    return to_secret(visit, client_id, made_of, version=version, is_first="is_first" in fields)


def once_of(fields: Mapping[str, str]) -> str:
    """What the form makes a secret of; a form that does not say makes it of something new."""
    once = fields.get("once", "")
    return once if _ONCE.fullmatch(once) else new_token()


def form_secret(
    visit: StaffVisit, once: str, *, party_id: UUID, version: datetime | None = None
) -> str:
    """The secret that a form makes of that; `version` is what it replaces."""
    return secret_of_form(
        Site.of(visit.request).keyring,
        once=once,
        version=version.isoformat() if version else "",
        relying_party_id=party_id,
        sid=visit.visitor.session.sid,
    )


def to_new_secret(client_id: str) -> Response:
    """To the page with the button: the secret there is was never shown."""
    return RedirectResponse(f"/portal/applications/{client_id}/secret", status_code=303)


def to_secret(
    visit: StaffVisit,
    client_id: str,
    once: str,
    *,
    version: datetime | None = None,
    is_first: bool,
) -> Response:
    """To the page that shows the secret made of that."""
    clear_kept(visit.request)
    made_of = {"once": once, "version": version.isoformat() if version else ""}
    told = urlencode({**made_of, **({"is_first": "yes"} if is_first else {})})
    path = f"{application_path(client_id)}/secret/made?{told}"
    return RedirectResponse(path, status_code=303)


@router.get("/portal/applications/{client_id}/secret/made")
@for_secrets
def show_secret(visit: StaffVisit, client_id: str, query: Query) -> Response:
    """The one page that holds the secret; to others, and later, there is none to show.

    `snippet` is the number of the configuration that stands beside it, from 1.
    """
    record = get_own_party(visit, client_id)
    party, metadata = record.party, record.metadata
    secret = form_secret(
        visit,
        query.get("once", ""),
        party_id=party.id,
        version=read_instant(query.get("version", "")),
    )
    if not may_show_again(party, secret, at=clock.now()):
        return to_application(client_id)
    issuer = Site.of(visit.request).issuer
    snippets = build_snippets(
        issuer=issuer, client_id=party.client_id, client_secret=secret, metadata=metadata
    )
    made_of = {name: value for name, value in query.items() if name != "snippet"}
    page = SecretPage(
        frame=visit.visitor.frame,
        client_id=party.client_id,
        name=party.name(language_of(visit.request)),
        secret=secret,
        is_first="is_first" in query,
        issuer=issuer.url,
        discovery=f"{issuer.url}/.well-known/openid-configuration",
        snippets=snippets,
        snippet=chosen_snippet(snippets, query),
        address=f"{visit.request.url.path}?{urlencode(made_of | {'snippet': ''})}",
    )
    return render(visit.request, "portal/secret.html", page)
