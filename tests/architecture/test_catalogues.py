"""Every setting and every journal event says what it is for."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from idp.journal.events import EVENTS
from idp.kit.languages import LANGUAGES
from idp.runtime import make_runtime
from idp.settings import Settings
from idp.tokens.logout import BACKCHANNEL_LOGOUT
from idp.web.messages import Catalogue
from idp.work import outbox_kinds
from tests.support.settings_page import texts_of

IDP = Path(__file__).parents[2] / "idp"


def fields(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, str | None]]:
    texts = texts_of(model)
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from fields(kind, f"{prefix}{name.upper()}__")
        else:
            yield f"{prefix}{name.upper()}", texts.get(name)


@pytest.mark.parametrize(("name", "description"), list(fields(Settings, "IDP_")))
def test_a_setting_is_documented(name: str, description: str | None) -> None:
    assert description, f"{name} has no docstring under it"


@pytest.mark.asvs("16.2.3")
def test_catalogued_events_are_recorded_and_recorded_events_are_catalogued() -> None:
    sources = {path: path.read_text() for path in IDP.rglob("*.py") if path.name != "events.py"}
    written = set()
    for source in sources.values():
        written |= set(re.findall(r'event="([a-z_]+\.[a-z_]+)"', source))
    everything = "\n".join(sources.values())
    assert written <= set(EVENTS)
    unused = [event for event in EVENTS if f'"{event}"' not in everything]
    assert unused == [], "catalogued but recorded nowhere"


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_says_what_it_records_and_what_people_read(name: str) -> None:
    event, vietnamese = EVENTS[name], Catalogue.load(LANGUAGES["vi"])
    assert event.records
    assert event.tone in ("success", "info", "warning", "danger")
    if event.words:
        assert vietnamese.gettext(event.words) != event.words, "not marked, or not translated"


def test_whom_an_event_notifies_by_is_a_kind_of_message_that_is_sent(settings: Settings) -> None:
    kinds = outbox_kinds(make_runtime(settings))
    names = [kind.name for kind in kinds]
    assert len(set(names)) == len(names)
    assert {kind for event in EVENTS.values() for kind in event.notifies} <= set(names)
    assert BACKCHANNEL_LOGOUT in names
    for kind in kinds:
        assert kind.at_once > 0
        assert list(kind.waits) == sorted(kind.waits)
