"""C20: logos are fetched within bounds, made small and plain, and kept; a bad one harms nobody."""

import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from threading import Event
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import Engine, delete
from sqlalchemy.orm import Session

from idp.kit import clock
from idp.kit.db import transaction
from idp.kit.http import GuardedClient
from idp.outbox.models import OutboxMessage
from idp.outbox.sender import claim_message, send_due
from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.logo_picture import MOST_PIXELS, SIDE
from idp.relying_parties.logos import LOGO, NO_PICTURE, WAITS, find_fetch, find_logo, logos, shrunk
from idp.relying_parties.models import (
    Environment,
    RelyingParty,
    RelyingPartyLogo,
    RelyingPartyState,
)
from idp.relying_parties.party import load_live_party
from idp.relying_parties.register import change_metadata, register_party
from tests.relying_parties.conftest import Register, fill_register
from tests.support.documents import Document, Documents, serve_documents

SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'
)


def picture(kind: str = "PNG", size: tuple[int, int] = (300, 150), **options: Any) -> bytes:
    made = BytesIO()
    Image.new("RGB", size, (180, 20, 30)).save(made, kind, **options)
    return made.getvalue()


def png_declaring(width: int, height: int) -> bytes:
    """A small file that says it is a huge picture."""

    def chunk(name: bytes, data: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + crc

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(10_000))
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", body), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_picture_becomes_a_small_png(kind: str) -> None:
    made = Image.open(BytesIO(shrunk(picture(kind)) or b""))
    assert (made.format, made.size) == ("PNG", (SIDE, SIDE // 2))


def test_of_a_picture_that_moves_the_first_frame_is_kept() -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    moving = BytesIO()
    frames[0].save(moving, "GIF", save_all=True, append_images=frames[1:])
    made = Image.open(BytesIO(shrunk(moving.getvalue()) or b""))
    assert getattr(made, "n_frames", 1) == 1
    assert made.convert("RGB").getpixel((5, 5)) == (255, 0, 0)


def test_nothing_is_kept_but_what_is_seen() -> None:
    """Where a picture was taken, by whom, and what else a file has room for."""
    exif = Image.Exif()
    exif[0x010E] = "a secret place"
    profile = b"a profile with a secret"
    made = shrunk(picture("JPEG", exif=exif.tobytes(), icc_profile=profile))
    assert made
    assert b"secret" not in made
    assert Image.open(BytesIO(made)).info == {}


BAD = {
    "a bomb": png_declaring(60_000, 60_000),
    "a little too large": png_declaring(MOST_PIXELS // 1000 + 1, 1000),
    "a huge canvas of WebP": picture("WEBP", (16_000, 8_000), quality=1),
    "an SVG": SVG,
    "HTML as PNG": b"<!doctype html><script>alert(1)</script>",
    "HTML behind the beginning of a PNG": b"\x89PNG\r\n\x1a\n<script>alert(1)</script>",
    "a picture cut off": picture()[:60],
    "another kind": picture("BMP"),
    "nothing": b"",
}


@pytest.mark.parametrize("bad", BAD)
def test_what_is_no_picture_or_too_large_a_one_is_refused(bad: str) -> None:
    """Judged in another process, by what the file says before it is unpacked."""
    assert shrunk(BAD[bad]) is None


def test_the_program_itself_knows_no_decoder() -> None:
    """Idle memory: pictures are read in a process of their own alone."""
    told = "import idp.app, idp.cli, sys; sys.exit('PIL' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", told], check=False).returncode == 0


@pytest.fixture(scope="module")
def party_web() -> Iterator[Documents]:
    """What a relying party's own server answers."""
    with serve_documents() as documents:
        yield documents


@pytest.fixture(scope="module")
def registered(engine: Engine) -> Register:
    with transaction(engine) as db:
        return fill_register(db)


@pytest.fixture(autouse=True)
def nothing_waits(engine: Engine) -> Iterator[None]:
    yield
    with transaction(engine) as db:
        db.execute(delete(OutboxMessage))


METADATA = ClientMetadata(client_name="Đổi giấy phép", redirect_uris=("https://rp.example/cb",))


def add(db: Session, registered: Register, uri: str) -> RelyingParty:
    return register_party(
        db,
        system_id=registered.system_id,
        environment=Environment.SANDBOX,
        state=RelyingPartyState.LIVE,
        metadata=replace(METADATA, logo_uri=uri),
        at=clock.now(),
    ).party


def fetch(engine: Engine, **options: Any) -> int:
    http = GuardedClient(**{"allows_loopback": True, "seconds": 2.0, **options})
    return send_due(engine, Event(), kinds=[logos(http=http)])


def told(engine: Engine, party: RelyingParty) -> tuple[str | None, str, bytes | None]:
    """What came of it, and the picture that the sign-in pages show."""
    with transaction(engine) as db:
        message = find_fetch(db, party=party)
        live = load_live_party(db.connection(), client_id=party.client_id)
        assert message
        assert live
        shown = find_logo(db, picture_hash=live.logo_hash) if live.logo_hash else None
        return message.outcome, message.last_status, shown


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_logo_is_fetched_after_it_was_registered(
    engine: Engine, registered: Register, party_web: Documents, kind: str
) -> None:
    """Nothing is fetched while it is registered; afterwards once."""
    party_web.known[f"/{kind}"] = Document(picture(kind))
    before = len(party_web.asked)
    with transaction(engine) as db:
        party = add(db, registered, f"{party_web.url}/{kind}")
    assert len(party_web.asked) == before
    assert fetch(engine) == 1
    outcome, status, shown = told(engine, party)
    assert (outcome, status) == ("delivered", "shown")
    assert shown == shrunk(picture(kind))
    assert fetch(engine) == 0


ANSWERS: dict[str, tuple[Document, str]] = {
    "a bomb": (Document(BAD["a bomb"]), NO_PICTURE),
    "an SVG": (Document(SVG, headers={"Content-Type": "image/png"}), NO_PICTURE),
    "HTML as PNG": (
        Document(BAD["HTML as PNG"], headers={"Content-Type": "image/png"}),
        NO_PICTURE,
    ),
    "10 MB": (Document(picture() + bytes(10_000_000)), "the answer is too large"),
    "a redirect to a private address": (
        Document(status=302, headers={"Location": "http://10.0.0.5/logo.png"}),
        "the answer has the status 302",
    ),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_bad_logo_fails_no_registration_and_is_told(
    engine: Engine, registered: Register, party_web: Documents, answer: str
) -> None:
    """A host may mend its answer: it is asked again; what is no picture stays none."""
    document, reason = ANSWERS[answer]
    path = f"/{answer.replace(' ', '-')}"
    party_web.known[path] = document
    with transaction(engine) as db:
        party = add(db, registered, party_web.url + path)
    assert fetch(engine) == 1
    outcome, status, shown = told(engine, party)
    assert (status, shown) == (reason, None)
    assert outcome == ("failed" if reason == NO_PICTURE else None)
    party_web.known[path] = Document(picture())
    with clock.shifted(WAITS[0] + timedelta(seconds=1)):
        assert fetch(engine) == (0 if outcome else 1)
        assert (told(engine, party)[2] is None) is (outcome is not None)


@pytest.mark.parametrize("host", ["10.0.0.5", "169.254.169.254", "[::1]", "127.0.0.1"])
def test_a_private_address_is_not_asked(engine: Engine, registered: Register, host: str) -> None:
    with transaction(engine) as db:
        party = add(db, registered, f"https://{host}/logo.png")
    assert fetch(engine, allows_loopback=False, seconds=0.2) == 1
    assert told(engine, party)[2] is None


def test_another_address_has_another_logo(
    engine: Engine, registered: Register, party_web: Documents
) -> None:
    """The former is gone at once; without an address there is none; the same is fetched once."""
    for name, size in (("/first", (9, 9)), ("/second", (10, 10))):
        party_web.known[name] = Document(picture(size=size))
    with transaction(engine) as db:
        party = add(db, registered, f"{party_web.url}/first")
    fetch(engine)
    first = told(engine, party)[2]
    change(engine, party, f"{party_web.url}/first")
    assert fetch(engine) == 0
    change(engine, party, f"{party_web.url}/second")
    assert told(engine, party)[2] is None
    fetch(engine)
    assert told(engine, party)[2] not in (None, first)
    change(engine, party, "")
    assert fetch(engine) == 0
    with transaction(engine) as db:
        assert db.get(RelyingPartyLogo, party.id) is None


def change(engine: Engine, party: RelyingParty, uri: str) -> None:
    with transaction(engine) as db:
        own = db.get_one(RelyingParty, party.id)
        change_metadata(db, party=own, metadata=replace(METADATA, logo_uri=uri), at=clock.now())


def test_a_picture_that_comes_too_late_is_not_the_new_addresss(
    engine: Engine, registered: Register, party_web: Documents
) -> None:
    """Another address is registered while it is fetched; a moment later, it is not even fetched."""
    party_web.known["/late"] = Document(picture())
    with transaction(engine) as db:
        party = add(db, registered, f"{party_web.url}/late")
    kind = logos(http=GuardedClient(allows_loopback=True))
    with transaction(engine) as db:
        message = claim_message(db, kinds=[LOGO])
        assert message
        attempt = kind.prepare(db, message)
    change(engine, party, f"{party_web.url}/missing")
    assert attempt().is_delivered
    with transaction(engine) as db:
        kind.note_outcome(db, message, attempt())
        assert kind.prepare(db, message)().is_final
    assert told(engine, party)[2] is None
