"""What a passkey answers is verified whole: each lie stands beside the honest answer."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from webauthn.helpers import encode_cbor

from idp.factors.ceremony import (
    KnownCredential,
    NewCredential,
    Purpose,
    Signed,
    challenge_of,
    read_answer,
    request_options,
    verify_answer,
)
from idp.factors.creation import creation_options, verify_creation
from idp.factors.passkey_site import PasskeySite
from tests.support.passkeys import BE, BS, UP, UV, SoftKey

SITE = PasskeySite("localhost", "http://localhost:8000")
SECRET, HANDLE = b"s" * 32, b"h" * 32
CHALLENGE = challenge_of(SECRET, Purpose.SIGN_IN)


def asked_to_create(*existing: KnownCredential) -> str:
    return creation_options(
        SITE,
        challenge=CHALLENGE,
        product="OneDoor",
        handle=HANDLE,
        masked_number="••••••••1234",
        name="Nguyễn Thị Hoa",
        existing=existing,
    )


def created(key: SoftKey, **lies: Any) -> NewCredential | None:
    return verify_creation(SITE, key.create(asked_to_create(), **lies), challenge=CHALLENGE)


def answered(
    key: SoftKey, *, challenge: bytes = CHALLENGE, public_key: bytes = b"", **lies: Any
) -> Signed | None:
    answer = read_answer(key.get(request_options(SITE, challenge=CHALLENGE), **lies))
    if answer is None:
        return None
    return verify_answer(
        SITE, answer, challenge=challenge, public_key=public_key or key.cose, handle=HANDLE
    )


def test_what_is_asked_names_no_number_and_demands_verification() -> None:
    asked = json.loads(asked_to_create(KnownCredential(b"old", ("internal", "telepathy"))))
    selection = asked["authenticatorSelection"]
    assert asked["user"]["name"] == "••••••••1234"
    assert (selection["userVerification"], selection["residentKey"]) == ("required", "required")
    assert [one["alg"] for one in asked["pubKeyCredParams"]] == [-8, -7, -257]
    assert (asked["timeout"], asked["rp"]["id"]) == (300_000, "localhost")
    assert asked["excludeCredentials"] == [
        {"id": "b2xk", "type": "public-key", "transports": ["internal"]}
    ]
    plain = json.loads(request_options(SITE, challenge=CHALLENGE))
    named = json.loads(request_options(SITE, challenge=CHALLENGE, allowed=[KnownCredential(b"a")]))
    assert plain == {k: v for k, v in named.items() if k != "allowCredentials"}
    assert plain["userVerification"] == "required"


def test_an_honest_passkey_is_taken_as_it_says_and_kept_as_text() -> None:
    made = created(SoftKey())
    assert made is not None
    assert (made.is_syncable, made.is_synced, made.transports) == (
        True,
        True,
        ("internal", "hybrid"),
    )
    assert NewCredential.from_text(made.to_text()) == made
    bound = created(SoftKey(is_synced=False, count=7))
    assert bound is not None
    assert (bound.is_syncable, bound.is_synced, bound.sign_count) == (False, False, 7)


def test_an_honest_answer_is_right_and_its_counter_is_told() -> None:
    assert answered(SoftKey()) == Signed(0, is_syncable=True, is_synced=True)
    assert answered(SoftKey(is_synced=False, counts=True, count=4)) == Signed(
        5, is_syncable=False, is_synced=False
    )


LIES: dict[str, dict[str, Any]] = {
    "nobody was verified": {"flags": UP | BE | BS},
    "nobody was present": {"flags": UV | BE | BS},
    "backed up, and cannot be": {"flags": UP | UV | BS},
    "another origin": {"origin": "http://localhost:8001"},
    "an origin below": {"origin": "http://localhost:8000.evil.example"},
    "in a frame": {"crossOrigin": True},
    "in a frame, oddly said": {"crossOrigin": "no"},
    "below another page": {"topOrigin": "https://evil.example"},
    "another challenge": {"challenge": "AAAA"},
    "another ceremony": {"type": "payment.get"},
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_each_lie_is_refused_when_it_is_used(lie: dict[str, Any]) -> None:
    assert answered(SoftKey(), **lie) is None
    assert answered(SoftKey()) is not None


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_each_lie_is_refused_when_it_is_made(lie: dict[str, Any]) -> None:
    assert created(SoftKey(), **lie) is None
    assert created(SoftKey()) is not None


def test_another_host_or_key_or_owner_is_refused() -> None:
    assert answered(SoftKey(rp_id="example.org")) is None
    assert created(SoftKey(rp_id="example.org")) is None
    assert answered(SoftKey(), public_key=SoftKey().cose) is None
    assert answered(SoftKey(), signature=b"") is None
    assert answered(SoftKey(), handle=b"x" * 32) is None
    assert answered(SoftKey(), handle=HANDLE) is not None
    assert answered(SoftKey(), handle=None) is not None


def test_an_answer_for_one_purpose_is_good_for_no_other() -> None:
    for purpose in Purpose:
        is_right = answered(SoftKey(), challenge=challenge_of(SECRET, purpose)) is not None
        assert is_right == (purpose is Purpose.SIGN_IN)


def test_a_forged_counter_is_told_of_nobody() -> None:
    assert answered(SoftKey(), count=1, signature=b"0" * 70) is None


UNUSABLE: dict[str, Any] = {
    "no point of the curve": {1: 2, 3: -7, -1: 1, -2: b"\1" * 32, -3: b"\1" * 32},
    "a curve nobody offered": {1: 2, 3: -35, -1: 2, -2: b"\1" * 48, -3: b"\1" * 48},
    "a short RSA key": {1: 3, 3: -257, -1: b"\xc1" * 64, -2: b"\1\0\1"},
    "half an Ed25519 key": {1: 1, 3: -8, -1: 6, -2: b"\1" * 16},
    "text": {1: 2, 3: -7, -1: 1, -2: "x", -3: "y"},
    "no key": {},
    "a list": [1, 2],
    "long": {1: 3, 3: -257, -1: b"\xc1" * 4096, -2: b"\1\0\1"},
}


@pytest.mark.parametrize("key", UNUSABLE.values(), ids=UNUSABLE)
def test_a_key_with_which_nothing_is_verified_is_refused_at_once(key: Any) -> None:
    assert created(SoftKey(), cose=encode_cbor(key)) is None


MALFORMED = [
    "",
    "null",
    "[]",
    "{",
    "[" * 60_000,
    '{"id": 1}',
    '{"id": "AA", "rawId": "AA", "type": "public-key"}',
    '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {}}',
    (
        '{"id": "é", "rawId": "é", "type": "public-key", "response": {"clientDataJSON": "é", '
        '"authenticatorData": "é", "signature": "é", "userHandle": "é", "attestationObject": "é"}}'
    ),
    (
        '{"id": "", "rawId": "", "type": "public-key", "response": {"clientDataJSON": "", '
        '"authenticatorData": "", "signature": "", "attestationObject": ""}}'
    ),
]


@pytest.mark.parametrize("sent", MALFORMED, ids=range(len(MALFORMED)))
def test_what_is_no_answer_is_refused_alike(sent: str) -> None:
    answer = read_answer(sent)
    assert answer is None or answer.credential_id
    assert verify_creation(SITE, sent, challenge=CHALLENGE) is None


@settings(max_examples=300, deadline=None)
@given(data=some.data())
def test_no_byte_changed_on_the_way_is_right_or_breaks_anything(data: Any) -> None:
    """Of what was signed; whatever is changed, it is None and no exception."""
    key = SoftKey()
    makes = data.draw(some.booleans())
    sent = json.loads(
        key.create(asked_to_create())
        if makes
        else key.get(request_options(SITE, challenge=CHALLENGE))
    )
    names = ["clientDataJSON", "attestationObject" if makes else "authenticatorData"]
    name = data.draw(some.sampled_from(names))
    whole = bytearray(base64.urlsafe_b64decode(sent["response"][name] + "==="))
    where = data.draw(some.integers(0, len(whole) - 1))
    length = data.draw(some.integers(0, 8))
    whole[where : where + length] = data.draw(some.binary(min_size=1, max_size=8))
    sent["response"][name] = base64.urlsafe_b64encode(whole).decode()
    text = json.dumps(sent)
    if makes:
        verify_creation(SITE, text, challenge=CHALLENGE)
        return
    answer = read_answer(text)
    assert answer is not None
    verified = verify_answer(SITE, answer, challenge=CHALLENGE, public_key=key.cose, handle=HANDLE)
    assert verified in (None, Signed(0, is_syncable=True, is_synced=True))
