"""How many statements each flow takes, counted at the cursor, warm."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from tests.oidc.conftest import World
from tests.oidc.test_token import offline_tokens, signed_in


@contextmanager
def statements(world: World) -> Iterator[list[str]]:
    """The statements the block sends."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(world.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(world.engine, "before_cursor_execute", note)


def test_each_flow_keeps_its_budget(world: World) -> None:
    _, browser = signed_in(world)
    browser.redeem(browser.code())
    browser.token(grant_type="client_credentials")
    offline = offline_tokens(browser)

    with statements(world) as authorize:
        code = browser.code()
    with statements(world) as redeem:
        access_token = browser.redeem(code).json()["access_token"]
    with statements(world) as userinfo:
        browser.userinfo(access_token)
    with statements(world) as refresh:
        browser.token(grant_type="refresh_token", refresh_token=offline["refresh_token"])
    with statements(world) as machine:
        browser.token(grant_type="client_credentials")
    for name, sent, budget in (
        ("authorize", authorize, 3),
        ("redeem", redeem, 4),
        ("userinfo", userinfo, 2),
        ("refresh", refresh, 4),
        ("client_credentials", machine, 1),
    ):
        print(name, len(sent))
        assert len(sent) <= budget, sent
    assert len(authorize) + len(redeem) + len(userinfo) <= 9
