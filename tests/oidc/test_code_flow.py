"""The code flow over HTTP, from /authorize to /userinfo."""

from tests.oidc.conftest import ISSUER, World, answer_of


def test_someone_signed_in_who_agreed_before_gets_tokens_and_claims(world: World) -> None:
    party, person, browser = world.party(), world.person(), world.browser()
    world.consent(person, party)
    sid = browser.sign_in(person)

    answer = answer_of(browser.authorize())
    assert answer["state"] == "st4te"
    assert answer["iss"] == ISSUER
    assert len(answer["code"]) >= 22, "128 bits"
    response = browser.redeem(answer["code"])

    assert response.status_code == 200, response.text
    assert response.headers["cache-control"] == "no-store"
    tokens = response.json()
    assert tokens.keys() == {"access_token", "token_type", "expires_in", "scope", "id_token"}
    claims = world.verify(tokens["id_token"]).claims
    assert claims["iss"] == ISSUER
    assert claims["aud"] == "rp"
    assert claims["sub"] == person.id.hex
    assert claims["nonce"] == "n0nce"
    assert world.session_of(tokens["id_token"]) == sid
    assert "sid" not in claims
    assert claims["acr"] == "LoA2"
    userinfo = browser.userinfo(tokens["access_token"])
    assert userinfo.json() == {
        "sub": person.id.hex,
        "name": "Trần Thị Bình",
        "family_name": "Trần",
        "middle_name": "Thị",
        "given_name": "Bình",
        "birthdate": "1990-02-03",
        "gender": "female",
        "locale": "vi",
        "updated_at": 1704042000,
    }
    (outcome,) = world.outcomes()
    assert (outcome.event, outcome.acr, outcome.counted) == ("signin.succeeded", "LoA2", True)
    assert outcome.subject_number == person.subject_number
    assert outcome.service_id == world.low_service_id
    assert outcome.tier == "central"
