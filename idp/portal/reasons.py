"""Why a request was refused, as a developer reads it: the journal's English words, in a Message.

The words went to a log and a browser when the request was refused, in English as the protocol has
it. A sentence is told by its form here, or clause by clause where several stand in a row.
"""

import re
from functools import cache

from idp.web.messages import Message

WORDED: tuple[Message, ...] = (
    Message("The person did not agree."),
    Message("The application is not open to the person."),
    Message("The person must sign in."),
    Message("The person must agree first."),
    Message("The person must choose for whom they act."),
    Message("The person must give a contact that is needed."),
    Message("The person cannot reach the level required."),
    Message("The device waits no longer."),
    Message("The pushed request has been used already."),
    Message(
        "A parameter exceeds %(num)s character.", "A parameter exceeds %(num)s characters.", num=0
    ),
    Message("The client must push its requests: use /par."),
    Message("The parameter registration is not supported."),
    Message("The parameter response_type is missing."),
    Message("Offered response types: %(offered)s."),
    Message("The client did not register this response type."),
    Message("The client did not register %(grant)s."),
    Message("The profile of the client has codes alone."),
    Message("Sender-constrained tokens come from /token alone."),
    Message("Offered response modes: %(offered)s."),
    Message("Tokens never travel in a query: use another mode."),
    Message("A form is posted to an http address alone: use another mode."),
    Message("Use a response mode of %(offered)s."),
    Message("This response type needs the parameter nonce."),
    Message("The scope must hold openid."),
    Message("Nothing of the scope is registered for the client."),
    Message("A service scope is too long."),
    Message("The client does not serve the public service named."),
    Message("The client may not ask for this resource."),
    Message("A token is for one reader: name one resource."),
    Message("A token is for one reader: name one resource in each token request."),
    Message("The parameter code_challenge is missing."),
    Message("PKCE is required: send code_challenge with S256."),
    Message("The parameter code_challenge_method must be S256."),
    Message("The parameter code_challenge is not an S256 digest."),
    Message("The parameter dpop_jkt is not the thumbprint of a key."),
    Message("The parameter dpop_jkt names another key than is shown."),
    Message("prompt=none cannot be combined with other values."),
    Message("The parameter prompt holds an unknown value."),
    Message("The parameter max_age must be a number of seconds."),
    Message("The parameter claims is not a JSON object as in 5.5."),
    Message("The parameter id_token_hint is not an ID token of ours."),
    Message("The client has no key to encrypt the ID token for."),
    Message("The client has no key to encrypt for."),
    Message("Neither id_token_hint nor client_id says whose post_logout_redirect_uri it is."),
    Message("The parameter client_id is not the aud of the id_token_hint."),
    Message("Send request or request_uri, not both."),
    Message("The request_uri is not registered for the client."),
    Message("Nothing usable could be fetched from request_uri."),
    Message("A request_uri cannot be pushed."),
    Message("The client must push signed request objects."),
    Message("The redirect_uri is missing or not registered."),
    Message(
        "The request object is not signed by a registered key with a supported algorithm, or "
        "says something twice."
    ),
    Message("The request object has been valid for too long."),
    Message("The request object is valid for too long."),
    Message("The request object has another iss than the client."),
    Message("The request object has another client_id."),
    Message("The request object has the sub of a client assertion."),
    Message("The request object has another aud."),
    Message("The request object has expired."),
    Message("The request object lacks %(name)s."),
    Message("The request object is not valid yet."),
    Message("The request object was issued in the future."),
    Message("The request object holds request, request_uri or registration."),
    Message("The request object has another response_type."),
    Message("The request object has a %(name)s that is no text."),
    Message("The request object has a %(name)s with characters that are not allowed."),
    Message("The application is suspended."),
    Message("The application was retired."),
    Message("The application is not in operation yet."),
    Message("client_id %(client)s"),
    Message(
        "client_id unknown: %(beginning)s, %(num)s character",
        "client_id unknown: %(beginning)s, %(num)s characters",
        num=0,
    ),
    Message("%(parameter)s sent: missing"),
    Message(
        "%(parameter)s sent: %(sent)s and %(num)s more character",
        "%(parameter)s sent: %(sent)s and %(num)s more characters",
        num=0,
    ),
    Message("%(parameter)s sent: %(sent)s"),
    Message("registered: none"),
    Message("registered: %(known)s"),
    Message("of the code: %(known)s"),
    Message("first difference at character %(place)s"),
    Message("pushed request: %(fault)s"),
    Message("Client authentication sent: %(sent)s; registered: %(registered)s."),
    Message("Client authentication failed."),
    Message("Use one way of client authentication, not several."),
    Message("The secret is not the one registered."),
    Message("The secret has white space around it."),
    Message("The Authorization header is not Basic, or not base64 of id:secret."),
    Message("The header names another client than client_id does."),
    Message("The certificate is not the one registered, or did not reach us."),
    Message("The assertion is no JWT with a sub, or client_assertion_type is another."),
    Message("The assertion is another client's than client_id says."),
    Message("The assertion is not about a client that presents it."),
    Message("The assertion was used before, or its key, iss, sub, aud or exp is wrong."),
    Message(
        "The assertion: none of the %(num)s registered key signed it by %(algorithms)s, its typ "
        "is another token's, or a name stands in it twice.",
        "The assertion: none of the %(num)s registered keys signed it by %(algorithms)s, its typ "
        "is another token's, or a name stands in it twice.",
        num=0,
    ),
    Message("The assertion: its jti was presented before."),
    Message("The assertion: iss is not the client_id."),
    Message("The assertion: sub is not the client_id."),
    Message("The assertion: jti is missing or too long."),
    Message("The assertion: exp is missing, past, or more than %(most)s s ahead."),
    Message("The assertion: aud is not the issuer, as one text."),
    Message("The assertion: %(name)s is to come."),
    Message(
        "The code was sent before, %(seconds)s s ago, and is good once; all it gave is revoked. "
        "Some libraries send it again after any error: then look up that one."
    ),
    Message("The code expired %(seconds)s s ago."),
    Message("The code is another client's."),
    Message("The code is bound to a key that the request does not show."),
    Message("The sign-in behind the code has ended: signed out, or the account changed."),
    Message("No such code was issued, or it is long gone."),
    Message("The SHA-256 of code_verifier is not the code_challenge of the authorization request."),
    Message("Missing '%(parameter)s' in request."),
    Message("Invalid '%(parameter)s' in request."),
    Message("Code challenge failed."),
    Message("Missing '%(parameter)s'"),
    Message("No refresh token of this client: unknown, expired, or bound to what is not shown."),
    Message("The refresh token was used before: its successor and all of its sign-in are revoked."),
    Message("The sign-in behind the token has ended: revoked, or the account changed."),
    Message(
        "The client is no longer registered for some scope, service or resource of the grant, or "
        "the person may not try it any more."
    ),
    Message("No such device code was issued to this client, or it is long gone."),
    Message("The device code was used before; all it gave is revoked."),
    Message("The sign-in behind the device code has ended: signed out, or the account changed."),
    Message("The client did not register the grant for devices."),
    Message("Too many devices wait already."),
    Message("The client did not register this grant type."),
    Message("The grant is invalid, expired, revoked or issued to another client."),
    Message("This grant type is not supported."),
    Message("The person has not decided yet: ask again after the interval."),
    Message("Polled too early: the interval is 5 seconds longer from now on."),
    Message("The person did not allow it, or could not."),
    Message("The device code has expired: ask for a new one."),
    Message("The client registered dpop_bound_access_tokens: send a DPoP proof."),
    Message("The client registered certificate-bound tokens: show its certificate."),
    Message("The profile of the client demands a DPoP proof or a client certificate."),
    Message("Send exactly one DPoP header."),
    Message("The proof needs a public key: P-256, Ed25519, or RSA of 2048 to 8192 bits."),
    Message("The proof is no dpop+jwt signed by its key with a supported algorithm."),
    Message("The proof must carry the nonce sent along."),
    Message("The proof was presented before."),
    Message("The proof has another %(claim)s."),
    Message("The proof was made too long ago, or in the future."),
    Message("The proof needs a jti."),
    Message("The proof has a nonce that is no text."),
    Message("An access token is required."),
    Message("Send the access token in one way only."),
    Message("The scope openid is required."),
    Message("The access token has expired."),
    Message("The access token stands for no person."),
    Message("The access token stands for a person."),
    Message("The scope %(name)s is required."),
    Message("There are no such figures."),
    Message("since is no freeze of ours; the newest is %(number)s."),
    Message("The access token is meant for other resources."),
    Message("What the access token was given for has ended."),
    Message("The access token is not valid."),
    Message("The access token is bound to a key this proof is not of."),
    Message("The access token must be presented as it was issued."),
    Message("The access token is bound to a certificate."),
    Message("The parameter token is missing."),
    Message("The parameter subject_token is missing."),
    Message("Only a subject_token_type of %(name)s is exchanged."),
    Message("Only a requested_token_type of %(name)s is issued."),
    Message("Send no actor_token: the client itself is the actor."),
    Message("The subject_token is not a living access token of a person."),
    Message("The subject_token is not meant for this client."),
    Message("The subject_token is bound to what the request lacks."),
    Message("The subject_token went through too many hands already."),
    Message("The subject_token is of a client that is not in use here."),
    Message("What the person allowed has ended, and so the token."),
    Message("What the subject_token gave was taken away."),
    Message("A token is for one reader: name one audience or resource."),
    Message("No such service lets this client exchange tokens for it."),
    Message("The person was not told that this service would be called."),
    Message("Not granted by the person, or not taken by the service."),
)
"""Every form."""

_VALUE = re.compile(r"%\((\w+)\)s")


def read_reason(words: str) -> tuple[Message, ...]:
    """The sentence, or the clauses between semicolons; empty for words that are not known."""
    if whole := _read(words):
        return (whole,)
    clauses = [_read(clause) for clause in words.split("; ")]
    return tuple(clause for clause in clauses if clause) if all(clauses) else ()


def _read(words: str) -> Message | None:
    for message in _special_first():
        values = _find_values(message.forms[-1], words)
        if values is not None:
            counted = {"num": int(values["num"])} if "num" in values else {}
            return Message(*message.forms, **values | counted)
    return None


@cache
def _special_first() -> list[Message]:
    """By how much of a form is said."""
    return sorted(WORDED, key=lambda message: -len(_VALUE.sub("", message.forms[-1])))


def _find_values(form: str, words: str) -> dict[str, str] | None:
    """What stands in the words where the form has values; None where they are not of that form."""
    before, *rest = _VALUE.split(form)
    if not rest:
        return {} if words == form else None
    *earlier, last, end = rest
    if not (words.startswith(before) and words.endswith(end)):
        return None
    left, values = words[len(before) : len(words) - len(end)], {}
    for name, after in zip(earlier[::2], earlier[1::2], strict=True):
        values[name], is_there, left = left.partition(after)
        if not is_there:
            return None
    values[last] = left
    are_values = all(value and "; " not in value for value in values.values())
    return values if are_values and values.get("num", "0").isdigit() else None
