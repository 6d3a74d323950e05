"""The way from the identifier to a session, and what the password page refuses."""

from tests.signin.conftest import PASSWORD, World


def test_identifier_and_password_lead_back_to_the_opener(world: World) -> None:
    account = world.add_account()
    browser = world.browser()
    interaction = browser.open()
    answer = browser.post(f"/signin/{interaction}/identifier", identifier=account.number)
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/signin/{interaction}/password",
    )
    answer = browser.post(f"/signin/{interaction}/password", password=PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/authorize/resume/{interaction}",
    )
    session = browser.session()
    assert session is not None
    assert session.person_id == account.registered.person_id
    assert (session.authentication, session.amr) == (1, ("pwd",))
    assert world.interaction(interaction).sid == session.sid
    assert world.events(interaction) == ["session.started"]
