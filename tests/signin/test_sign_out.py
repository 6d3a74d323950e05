"""Front-channel logout: who is told by a frame, who may still be open, and where it leads."""

from datetime import timedelta
from uuid import uuid4

import pytest

from idp.kit import clock
from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.metadata import find_faults
from idp.relying_parties.models import Environment, RelyingPartyState
from idp.relying_parties.subjects import sid_of
from idp.sessions.lookup import CurrentSession
from idp.settings.server import IssuerSettings
from idp.signin.part import SignInPart
from idp.tokens.models import Grant
from tests.signin.conftest import Browser, World
from tests.support.app import part_of
from tests.support.people import add_agency, add_relying_party

BYE = "https://asking.example/bye?state=x"


def someone(world: World) -> tuple[Browser, CurrentSession]:
    """A browser with somebody signed in."""
    browser = world.browser()
    browser.sign_in(browser.open(), world.add_account(totp=False))
    session = browser.session()
    assert session is not None
    return browser, session


def use(
    world: World,
    session: CurrentSession,
    *,
    uri: str = "",
    by_server: str = "",
    state: RelyingPartyState = RelyingPartyState.LIVE,
    environment: Environment = Environment.PRODUCTION,
) -> str:
    """Sign in at a new service that is told at `uri`; its client_id."""
    code, now = uuid4().hex[:12], clock.now()
    with world.transaction() as db:
        party = add_relying_party(db, client_id=code, agency=add_agency(db, code=code))
        party.frontchannel_logout_uri, party.client_name, party.state = uri, f"Cổng {code}", state
        party.backchannel_logout_uri, party.environment = by_server, environment
        grant = Grant(
            sign_in_id=uuid4(),
            relying_party_id=party.id,
            person_id=session.person_id,
            credentials_epoch=session.credentials_epoch,
            sid=session.sid,
            scope="openid",
            acr="LoA1",
            amr=["pwd"],
            authenticated_at=now,
            created_at=now,
            expires_at=now + timedelta(hours=1),
        )
        db.add(grant)
    return code


def name_of(world: World, session: CurrentSession, client_id: str) -> str:
    """What the service knows the session by."""
    party = part_of(world.app, SignInPart).relying_parties.find(client_id)
    assert party is not None
    return sid_of(session.sid, party, world.keyring)


def sign_out(browser: Browser, *, asked_by: str = "") -> str:
    """Sign out on the page; where that leads."""
    out = browser.open(client_id=asked_by, post_logout_uri=BYE if asked_by else "", return_path="/")
    location: str = browser.post(f"/sign-out/{out}").headers["location"]
    return location


def test_each_service_that_listens_gets_a_frame_and_the_page_goes_on(world: World) -> None:
    """G7: each is told of the session by the name that it alone knows."""
    browser, session = someone(world)
    asking = use(world, session, uri="https://asking.example/out")
    both = "https://other.example:8443/out?of=us"
    other = use(world, session, uri=both, by_server="https://other.example:8443/told")
    location = sign_out(browser, asked_by=asking)
    assert location.endswith("/done")
    page = browser.get(location)
    queries = [
        f"iss=http%3A%2F%2Flocalhost%3A8000&amp;sid={name_of(world, session, client_id)}"
        for client_id in (asking, other)
    ]
    assert f'src="https://asking.example/out?{queries[0]}"' in page.text
    assert f'src="https://other.example:8443/out?of=us&amp;{queries[1]}"' in page.text
    assert session.sid.hex not in page.text
    [frames] = [
        part
        for part in page.headers["content-security-policy"].split("; ")
        if part.startswith("frame-src")
    ]
    assert set(frames.split()[1:]) == {"https://asking.example", "https://other.example:8443"}
    assert f'location.replace("{BYE}")' in page.text
    assert f'href="{BYE}"' in page.text
    assert "may still be open" not in page.text


def test_who_cannot_be_told_may_still_be_open_and_the_page_stays(world: World) -> None:
    browser, session = someone(world)
    told = use(world, session, uri="https://told.example/out")
    untold = use(world, session)
    retired = use(
        world, session, uri="https://retired.example/out", state=RelyingPartyState.RETIRED
    )
    asking = use(world, session)
    page = browser.get(sign_out(browser, asked_by=asking)).text
    assert "https://told.example/out" in page
    assert "retired.example" not in page
    shown = [code for code in (told, untold, retired, asking) if f"<li>Cổng {code}" in page]
    assert shown == [untold, retired]
    assert ">TEST<" not in page


def test_a_test_application_that_may_still_be_open_is_said_to_be_one(world: World) -> None:
    """G22, sibling: here, too, nobody approved its name."""
    browser, session = someone(world)
    use(world, session)
    use(world, session, environment=Environment.SANDBOX)
    page = browser.get(sign_out(browser)).text
    assert page.partition("<footer")[0].count("<li>") == 2
    assert page.count(">TEST<") == 1
    assert "location.replace" not in page


def test_with_nobody_to_tell_there_is_no_frame(world: World) -> None:
    browser, session = someone(world)
    assert sign_out(browser, asked_by=use(world, session)) == BYE
    browser, session = someone(world)
    page = browser.get(sign_out(browser))
    assert "<iframe" not in page.text
    assert "frame-src" not in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("uri", "is_good"),
    [
        ("https://rp.example/out", True),
        ("https://rp.example:443/out?of=us", True),
        ("https://other.example/out", False),
        ("https://rp.example:8443/out", False),
        ("http://rp.example/out", False),
        ("javascript:alert(1)", False),
    ],
)
def test_frames_lead_only_to_where_people_are_returned(uri: str, is_good: bool) -> None:
    metadata = ClientMetadata(
        client_name="A", redirect_uris=("https://rp.example/cb",), frontchannel_logout_uri=uri
    )
    faults = find_faults(metadata, issuer=IssuerSettings(url="https://id.example"))
    assert (faults == []) is is_good
    assert {fault.field for fault in faults} <= {"frontchannel_logout_uri"}


def test_the_page_names_what_is_wrong_with_what_the_service_sent(world: World) -> None:
    """C19: on the question, and where nobody is signed in any more on the page that says so."""
    browser, _ = someone(world)
    out = browser.open(return_path="/")
    wrong = f"/sign-out/{out}?fault=address&error=7KQ4-M2XD"
    page = browser.get(wrong).text
    assert "The address that the service asked us to return to is not registered for it." in page
    assert "7KQ4-M2XD" in page
    assert 'name="logout-confirm"' in page
    plain = browser.get(f"/sign-out/{out}?fault=nonsense&error=7KQ4-M2XD").text
    assert "error-id" not in plain
    assert 'name="logout-confirm"' in plain
    browser.post(f"/sign-out/{out}")
    other = browser.open(return_path="/")
    location = browser.get(f"/sign-out/{other}?fault=address&error=7KQ4-M2XD").headers["location"]
    assert "7KQ4-M2XD" in browser.get(location).text


def test_after_confirming_the_browser_goes_back_where_the_named_client_asked(world: World) -> None:
    """C4: and no further than there."""
    browser, session = someone(world)
    assert sign_out(browser, asked_by=use(world, session)) == BYE
