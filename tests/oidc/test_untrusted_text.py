"""Whatever is sent as claims or as a JWT is read or refused, never a crash (hypothesis)."""

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey, KeySet

from idp.oidc.claims import ClaimsRequest, read_claims
from idp.oidc.client_jwt import read_jwt, verified_claims

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
MEMBERS = st.fixed_dictionaries(
    {},
    optional={"userinfo": JSON, "id_token": st.dictionaries(st.sampled_from(["acr", "sub"]), JSON)},
)
SEGMENT = st.text(alphabet="abcdefgXYZ0189-_=.", max_size=30)
KEYS = KeySet([ECKey.generate_key("P-256")])


@given(MEMBERS.map(json.dumps) | st.text())
@settings(max_examples=300, deadline=None)
@pytest.mark.asvs("15.3.5")
def test_claims_are_read_or_refused(text: str) -> None:
    try:
        read = read_claims(text)
    except ValueError:
        return
    assert isinstance(read, ClaimsRequest)
    assert all(isinstance(acr, str) for acr in (*read.essential_acrs, *read.voluntary_acrs))
    json.dumps([claim.values for claim in read.id_token.values()], allow_nan=False)
    assert read.subjects is None or isinstance(read.subjects, frozenset)


@given(JSON | st.fixed_dictionaries({"alg": JSON, "kid": JSON, "typ": JSON}), SEGMENT, SEGMENT)
@settings(max_examples=300, deadline=None)
@pytest.mark.asvs("9.1.1")
def test_a_foreign_token_is_never_accepted_and_never_a_crash(
    header: object, body: str, tail: str
) -> None:
    head = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
    for token in (f"{head}.{body}.{tail}", f"{tail}.{head}.{body}", tail, ""):
        sent = read_jwt(token)
        assert sent is None or {type(sent.key_id), type(sent.client_id)} <= {str, type(None)}
        found = verified_claims(sent, keys=KEYS, algorithms=("ES256", "RS256"), types=("", "jwt"))
        assert found is None
