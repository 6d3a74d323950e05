"""The model of an attested security key: in its owner's data, and on the pages of help."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from idp.settings import Settings
from idp.settings.people import PasskeySettings
from idp.web.routes import room_router
from tests.signin.conftest import Browser, World
from tests.signin.test_hardware_key import MAKER, add, enter
from tests.support.app import room_app
from tests.support.attesting import MODEL, NAME, listed
from tests.support.passkeys import SoftKey

PAGE = "/account/data"
ROOMS = ("idp.signin", "idp.account", "idp.help")
LABELS = {"en": "Model of the security key", "vi": "Mẫu khóa bảo mật"}


@pytest.fixture(scope="module")
def world(module_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A provider that lists the maker's model as level 4."""
    yield from _world(module_settings, listed(tmp_path_factory.mktemp("models"), MAKER.entry(4)))


@pytest.fixture(scope="module")
def without(module_settings: Settings) -> Iterator[World]:
    """The same after the model was taken off the list, with the same database."""
    yield from _world(module_settings, None)


def _world(settings: Settings, file: Path | None) -> Iterator[World]:
    passkeys = PasskeySettings(models_file=file)
    app = room_app(settings.model_copy(update={"passkeys": passkeys}), room_router(ROOMS[0]))
    for room in ROOMS[1:]:
        app.include_router(room_router(room))
    yield World(app)
    app.state.runtime.engine.dispose()


def models_in(browser: Browser) -> list[object]:
    """What the file says of each way to sign in, once it is held against its schema."""
    form = browser.get(PAGE).text
    assert "csrf_token" in form
    file = browser.post(f"{PAGE}/file", shown_at=PAGE).json()
    schema = browser.get(f"{PAGE}/schema").json()
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(file)
    rows = schema["properties"]["held"]["properties"]["ways_to_sign_in"]["items"]["properties"]
    assert LABELS["en"] in json.dumps(rows["key_model"]), "the file's description says what it is"
    withheld = {(one["section"], one["column"]) for one in file["withheld"]}
    assert ("ways_to_sign_in", "secret_encrypted") in withheld, "the rest of it is"
    return [one["key_model"] for one in file["held"]["ways_to_sign_in"]]


def part(browser: Browser, language: str) -> str:
    browser.client.cookies.set(browser.names.language, language, domain="localhost.local")
    return str(browser.get(f"{PAGE}?part=ways_to_sign_in").text)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_its_owner_reads_it_in_my_data_and_in_the_file(world: World, language: str) -> None:
    owner = enter(world, world.add_account(), f"has-a-key-{language}")
    add(owner, MAKER.make())
    assert set(models_in(owner)) == {NAME, None}, "the app beside it has none"
    page = part(owner, language)
    assert NAME in page
    assert LABELS[language] in page


def test_a_passkey_of_which_nobody_vouched_has_none_and_no_column(world: World) -> None:
    owner = enter(world, world.add_account(), "has-a-passkey")
    add(owner, SoftKey())
    assert models_in(owner) == [None, None]
    page = part(owner, "en")
    assert LABELS["en"] not in page
    assert "Authenticator app" in page, "the control"


def test_off_the_list_it_is_said_by_the_number_its_maker_gave(world: World, without: World) -> None:
    owner = enter(world, world.add_account(), "has-an-old-key")
    add(owner, MAKER.make())
    later = without.browser("has-an-old-key-0123456789-0123456789")
    later.client.cookies.update(owner.client.cookies)
    assert set(models_in(later)) == {str(MODEL), None}
    assert str(MODEL) in part(later, "en")


@pytest.mark.parametrize(
    ("language", "key", "level"),
    [("en", "A security key", "Level 4: as level 3"), ("vi", "Khóa bảo mật", "Mức 4: như mức 3")],
)
def test_help_says_what_a_security_key_is_and_which_count(
    world: World, without: World, language: str, key: str, level: str
) -> None:
    for one, is_listed in ((world, True), (without, False)):
        browser = one.browser("reads-0123456789-0123456789")
        browser.client.cookies.set(browser.names.language, language, domain="localhost.local")
        pages = ("passkey", "higher-level")
        passkey, levels = (browser.get(f"/help/{page}").text.replace("\xa0", " ") for page in pages)
        assert key in passkey
        assert (NAME in passkey) is is_listed
        assert (level in levels) is (NAME in levels) is is_listed
