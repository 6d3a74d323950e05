"""C20: the logo beside the name of a service, from our own origin."""

import re
from hashlib import sha256
from uuid import uuid4

import pytest
from sqlalchemy import select

from idp.relying_parties.changes import announce_change
from idp.relying_parties.models import RelyingParty, RelyingPartyLogo
from idp.signin.part import SignInPart
from tests.signin import test_leave
from tests.signin.conftest import World
from tests.signin.test_leave import NEEDED, PAGES, walk
from tests.support.app import part_of
from tests.support.people import add_agency, add_relying_party

PICTURE = b"\x89PNG\r\n\x1a\n and what makes it a picture"
world = test_leave.world
"""With every page of a sign-in."""
ADDRESS = f"/logos/{sha256(PICTURE).hexdigest()}.png"


@pytest.fixture
def party(world: World) -> str:
    """A service with a logo, which was fetched."""
    client_id = f"logo-{uuid4().hex}"
    with world.transaction() as db:
        agency = add_agency(db, code=f"G{client_id[-6:]}")
        stored = add_relying_party(db, client_id=client_id, agency=agency)
        stored.logo_uri = "https://elsewhere.example/logo.png"
        digest = stored.logo_hash = sha256(PICTURE).digest()
        db.flush()
        logo = {"picture_hash": digest, "picture": PICTURE}
        db.add(RelyingPartyLogo(relying_party_id=stored.id, **logo))
    return client_id


@pytest.mark.parametrize("page", PAGES)
def test_the_logo_is_beside_the_name_on_every_page(world: World, party: str, page: str) -> None:
    """Of fixed size, and without words: the name stands there. From nowhere else."""
    browser = world.browser()
    how = {"needed_authentication": PAGES[page], "requested": NEEDED}
    interaction = browser.open(client_id=party, **how)
    walk(world, browser, interaction, page)
    answer = browser.get(f"/signin/{interaction}/{page}")
    [image] = re.findall(r'<img[^>]*class="logo"[^>]*>', answer.text)
    for attribute in (f'src="{ADDRESS}"', 'alt=""', 'width="48"', 'height="48"'):
        assert attribute in image
    assert "elsewhere.example" not in answer.text
    assert "img-src 'self' data:;" in answer.headers["content-security-policy"]


def test_a_page_works_without_one(world: World, party: str) -> None:
    with world.transaction() as db:
        stored = db.scalars(select(RelyingParty).where(RelyingParty.client_id == party)).one()
        stored.logo_hash = None
        announce_change(db, client_id=party)
    part_of(world.app, SignInPart).relying_parties.forget(party)
    browser = world.browser()
    interaction = browser.open(client_id=party)
    answer = browser.get(f"/signin/{interaction}/identifier")
    assert answer.status_code == 200
    assert 'class="going"' in answer.text
    assert 'class="logo"' not in answer.text


def test_a_logo_is_kept_by_browsers_and_is_nothing_but_a_picture(world: World, party: str) -> None:
    """Its address names its content; what it is, is not guessed; no cookie comes with it."""
    assert party
    answer = world.browser().client.get(ADDRESS)
    assert (answer.status_code, answer.content) == (200, PICTURE)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("digest", ["0" * 64, "0", "z" * 64, "%00" * 64, ADDRESS[7:-4].upper()])
def test_what_is_no_logo_is_not_found(world: World, party: str, digest: str) -> None:
    assert party
    answer = world.browser().client.get(f"/logos/{digest}.png")
    assert answer.status_code in (400, 404)
    assert "immutable" not in answer.headers["cache-control"]
