import time
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from idp.catalogue.models import Tier
from idp.kit.db import make_engine, transaction
from idp.kit.listen import Listener
from idp.relying_parties.applying import apply_declarations
from idp.relying_parties.cache import RelyingPartyCache
from idp.relying_parties.declarations import read_declarations
from idp.relying_parties.lifecycle import take_step
from idp.relying_parties.lookup import find_party
from idp.relying_parties.party import RegisteredParty, load_live_party
from idp.settings.server import IssuerSettings
from tests.relying_parties.conftest import NOW, fill_register
from tests.support.postgres import Database, DatabaseServer

ISSUER = IssuerSettings(url="https://id.example.gov.vn")
PARTY = """
[[relying_party]]
client_id = "licences-web"
system = "licences"
client_name = "{name}"
redirect_uris = ["https://gplx.example.vn/cb"]
service = ["1.001234", "1.005678"]
"""


def apply(db: Session, name: str) -> None:
    declared = read_declarations(PARTY.format(name=name))
    apply_declarations(db, declared, issuer=ISSUER, at=NOW, may_front=True)


@pytest.fixture
def own_engine(database: Database) -> Iterator[Engine]:
    engine = make_engine(database.app_url)
    with transaction(engine) as db:
        fill_register(db)
        apply(db, "One")
    yield engine
    engine.dispose()


@pytest.fixture
def cache(own_engine: Engine) -> Iterator[RelyingPartyCache]:
    cache = RelyingPartyCache(own_engine)
    listener = Listener(own_engine, cache.subscriptions)
    listener.start()
    assert listener.wait_until_listening(10)
    yield cache
    listener.close()


def eventually(condition: object, *, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if callable(condition) and condition():
            return True
        time.sleep(0.02)
    return False


def test_a_party_comes_with_all_that_stands_around_it(cache: RelyingPartyCache) -> None:
    party = cache.find("licences-web")

    assert party is not None
    assert (party.agency.code, party.agency.tier) == ("G12", Tier.CENTRAL)
    assert party.services["1.001234"].required_acr == "LoA2"
    assert party.services["1.005678"].agency.tier is Tier.PROVINCE
    assert party.services["1.001234"].name("en") == "Exchange a driving licence"
    assert party.default_service is None
    assert party.redirect_uris == ("https://gplx.example.vn/cb",)
    assert party.client_secret_hash
    assert "client_secret_hash" not in repr(party)


def test_unknown_clients_are_not_found(cache: RelyingPartyCache) -> None:
    for client_id in ("nobody", "", "a" * 300, "licences-web\0", "giấy"):
        assert cache.find(client_id) is None
        assert cache.is_at_hand(client_id)


def test_a_change_is_seen_by_every_process(cache: RelyingPartyCache, own_engine: Engine) -> None:
    assert cache.find("later") is None
    assert cache.find("licences-web")
    with transaction(own_engine) as db:
        apply(db, "Two")
        apply_declarations(
            db,
            read_declarations(PARTY.format(name="Later").replace("licences-web", "later")),
            issuer=ISSUER,
            at=NOW,
            may_front=True,
        )

    assert eventually(lambda: getattr(cache.find("licences-web"), "client_name", "") == "Two")
    assert eventually(lambda: cache.find("later") is not None)


def test_a_suspended_party_is_gone(cache: RelyingPartyCache, own_engine: Engine) -> None:
    assert cache.find("licences-web")
    with transaction(own_engine) as db:
        record = find_party(db, client_id="licences-web")
        assert record is not None
        assert take_step(db, relying_party_id=record.party.id, step="suspend", at=NOW)

    assert eventually(lambda: cache.find("licences-web") is None)


def test_what_is_at_hand_survives_the_database(
    cache: RelyingPartyCache, own_engine: Engine, database: Database, postgres: DatabaseServer
) -> None:
    assert cache.find("licences-web")
    own_engine.dispose()
    postgres.drop(database)

    time.sleep(0.3)
    assert cache.find("licences-web")
    with pytest.raises(Exception, match="does not exist"):
        cache.find("another")


def test_a_read_that_a_change_overtook_is_not_kept(
    own_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = RelyingPartyCache(own_engine)

    def slow_load(connection: Connection, *, client_id: str) -> RegisteredParty | None:
        party = load_live_party(connection, client_id=client_id)
        cache.forget(client_id)
        return party

    monkeypatch.setattr("idp.relying_parties.cache.load_live_party", slow_load)
    assert cache.find("licences-web")
    assert not cache.is_at_hand("licences-web")
