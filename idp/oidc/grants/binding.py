"""What the tokens of a request are tied to: a DPoP key (RFC 9449), a certificate (RFC 8705)."""

from collections.abc import Callable
from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc6749.grants import BaseGrant

from idp.authorization.refusal import Refusal
from idp.kit.immutable import immutable
from idp.oidc.dpop import accept_proof, nonce_header, read_proof
from idp.oidc.part import OidcPart
from idp.oidc.profiles import profile_of
from idp.rate_limits import PROOFS, Allowance
from idp.relying_parties.party import RegisteredParty
from idp.web.share import is_counted


@immutable
class Binding:
    """The thumbprints of what a client must show with its tokens; empty: nothing."""

    jkt: str = ""
    x5t: str = ""

    @property
    def confirmation(self) -> dict[str, str]:
        """The members of `cnf`."""
        methods = {"jkt": self.jkt, "x5t#S256": self.x5t}
        return {name: value for name, value in methods.items() if value}

    @property
    def token_type(self) -> str:
        """How the token is presented."""
        return "DPoP" if self.jkt else "Bearer"

    @property
    def holder(self) -> str:
        """The same in one text, for a refresh token to remember."""
        return " ".join(f"{name}={value}" for name, value in self.confirmation.items())


class SenderConstrained(BaseGrant):
    """A grant of which whoever authenticated has shown what the tokens are to be bound to."""

    EXTENSIONS: tuple[Callable[[Any], Any], ...] = ()
    """What is added to Authlib's class, made with the server."""

    def authenticate_token_endpoint_client(self) -> Any:
        """Raises InvalidRequestError when the client must show something and does not."""
        client = super().authenticate_token_endpoint_client()
        self.bind(client.party)
        return client

    def bind(self, party: RegisteredParty) -> None:
        """The same for a client that was proven in another way."""
        binding = read_binding(self.server, self.request, party, path="/token")
        if fault := _find_lack(party, binding):
            raise InvalidRequestError(fault)
        self.server.binding = binding


def read_binding(server: Any, request: Any, party: RegisteredParty, *, path: str) -> Binding:
    """What the request shows, its proof used up; the answer will hand out the next nonce.

    Raises OAuth2Error for a proof that is not in order; one that lacks the nonce uses up nothing,
    and ends the transaction. Without a proof, nothing is asked of the database.
    """
    jkt = _proven_key(server, request, party, path) if request.proofs else ""
    certificate = request.certificate
    is_bound = party.tls_client_certificate_bound_access_tokens and certificate is not None
    return Binding(jkt, certificate.thumbprint if is_bound else "")


def refresh_holder(binding: Binding, party: RegisteredParty) -> str:
    """What a refresh token is bound to: a confidential client's to the client alone (5, 8705 4)."""
    return binding.holder if party.is_public else ""


def _proven_key(server: Any, request: Any, party: RegisteredParty, path: str) -> str:
    part, keyring = server.part, server.part.keyring
    proof = read_proof(request.proofs, method="POST", path=path, part=part)
    if isinstance(proof, Refusal):
        raise OAuth2Error(error=proof.error, description=proof.description)
    within = _share(part, request.source()) if party.is_public else None
    refusal = accept_proof(server.db, proof, party=party, part=part, within=within)
    if refusal is None:
        server.proofs = within
        server.headers |= nonce_header(proof, keyring)
        return proof.jkt
    if refusal.error == "use_dpop_nonce":
        server.db.rollback()  # the same assertion may be sent again, with the nonce
        server.headers |= nonce_header(None, keyring)
    raise OAuth2Error(error=refusal.error, description=refusal.description)


def _share(part: OidcPart, source: str) -> Allowance | None:
    """How many proofs of requests that come to nothing a source may leave."""
    if not is_counted(source):
        return None
    return PROOFS.of(source, keyring=part.keyring, settings=part.throttle)


def _find_lack(party: RegisteredParty, binding: Binding) -> str | None:
    if party.dpop_bound_access_tokens and not binding.jkt:
        return "The client registered dpop_bound_access_tokens: send a DPoP proof."
    if party.tls_client_certificate_bound_access_tokens and not binding.x5t:
        return "The client registered certificate-bound tokens: show its certificate."
    if profile_of(party.profile).requires_sender_constrained_tokens and not binding.holder:
        return "The profile of the client demands a DPoP proof or a client certificate."
    return None
