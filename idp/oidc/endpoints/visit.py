"""One visit to /authorize: request and party, what both say together, and how it is answered."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.assurance.levels import highest
from idp.oidc.authlib.build import build_server
from idp.oidc.authlib.request import ProtocolRequest
from idp.oidc.checks.context import Context
from idp.oidc.checks.id_token_hint import hinted_subject
from idp.oidc.checks.max_age import max_age_of
from idp.oidc.claims import grantable_claims
from idp.oidc.claims_request import ClaimsRequest, read_claims
from idp.oidc.decide import Asked
from idp.oidc.endpoints.check_session import session_state
from idp.oidc.formats.signatures import read_own
from idp.oidc.grants.approval import Approval
from idp.oidc.parameters import AuthorizationRequest, Refusal
from idp.oidc.part import OidcPart
from idp.oidc.redirects import send_back, send_refusal
from idp.oidc.scopes import (
    NamedService,
    consent_scopes,
    granted_scopes,
    named_service,
    released_claims,
)
from idp.relying_parties.party import RegisteredParty
from idp.relying_parties.response_types import canonical


@dataclass(frozen=True)
class Visit:
    """A request with good client and redirect URI. Reads no row."""

    http: Request
    asked: AuthorizationRequest
    party: RegisteredParty

    spent: ClassVar[Refusal] = Refusal(
        "invalid_request_uri", "The pushed request has been used already."
    )
    """Why there is nothing to issue any more."""

    @property
    def part(self) -> OidcPart:
        """What the provider is made of."""
        return OidcPart.of(self.http)

    @property
    def today(self) -> date:
        """The country's day, on which rights to act for others are looked at."""
        return self.part.today

    @property
    def issuer(self) -> str:
        """The issuer identifier."""
        return self.part.issuer.url

    @cached_property
    def context(self) -> Context:
        """What the checks look at."""
        return Context(
            self.asked,
            self.party,
            self.read_id_token,
            self.issuer,
            self.part.protocol.response_types,
            self.part.client_keys.at_hand,
        )

    @cached_property
    def scopes(self) -> tuple[str, ...]:
        """The scope values to grant."""
        return granted_scopes(self.asked, self.party)

    @cached_property
    def named(self) -> NamedService:
        """The public service the sign-in is for."""
        return named_service(self.asked, self.party, self.part.assurance)

    @cached_property
    def claims(self) -> ClaimsRequest:
        """The claims asked for one by one; of a request that passed the checks."""
        return read_claims(self.asked.claims)

    @cached_property
    def granted_claims(self) -> dict[str, Any]:
        """What of them a grant keeps."""
        return grantable_claims(self.claims, self.party)

    @cached_property
    def minimum_acr(self) -> str:
        """The service's minimum, or the lowest essential level asked for if that is higher."""
        assurance = self.part.assurance
        essential = [lv.acr for lv in assurance.levels if lv.acr in self.claims.essential_acrs]
        return highest(assurance, (self.named.minimum_acr, *essential[:1]))

    @property
    def is_counted(self) -> bool:
        """Whether this is a sign-in begun that the figures may see."""
        return self.party.is_counted and not self.asked.is_silent

    def read_id_token(self, token: str) -> dict[str, Any] | None:
        """The claims of an ID token of ours."""
        keys = self.part.signing_keys
        return read_own(keys, token, typ="JWT", issuer=self.issuer, may_be_expired=True)

    def policy(self) -> Asked:
        """What `decide` needs to know of the request."""
        claims = self.claims
        return Asked(
            minimum_acr=self.minimum_acr,
            acrs=self._acrs(),
            essential_acrs=claims.essential_acrs,
            consent_scopes=frozenset(consent_scopes(self.scopes)),
            consent_claims=frozenset(self._single_claims()),
            wants_organization=self.wants_organization,
            prompts=self.asked.prompts,
            max_age=max_age_of(self.asked, self.party),
            subjects=self._subjects(),
        )

    def _acrs(self) -> tuple[str, ...]:
        """The levels named; the client's own where the request names none (Registration 2)."""
        claims = self.claims
        named = (*claims.essential_acrs, *claims.voluntary_acrs, *self.asked.acrs)
        return named or self.party.default_acr_values

    @property
    def wants_organization(self) -> bool:
        """Whether the person must say for whom they act."""
        return "organization" in (*self.scopes, *self._single_claims())

    def _subjects(self) -> frozenset[str] | None:
        hinted = hinted_subject(self.asked, self.read_id_token)
        if hinted is None:
            return self.claims.subjects
        return frozenset({hinted}) & (self.claims.subjects or frozenset({hinted}))

    def _single_claims(self) -> tuple[str, ...]:
        names = (name for claims in self.granted_claims.values() for name in claims)
        return tuple(name for name in dict.fromkeys(names) if name != "sub")

    def interaction_values(self) -> dict[str, Any]:
        """How an interaction of this visit is opened."""
        return {
            **self._credit(),
            "lifetime": self.part.sessions.interaction,
            "return_path": "/authorize/resume/{id}",
            "parameters": self.asked.stored(),
            "form_action_origin": self.asked.redirect_uri,
            "login_hint": self.asked.login_hint,
            "keyring": self.part.keyring,
            "asked_scopes": consent_scopes(self.scopes),
            "asked_claims": (*released_claims(self.scopes), *self._single_claims()),
        }

    def issue(self, db: Session, approval: Approval) -> Response | None:
        """What the response type asks for, sent to the relying party; None: `spent`."""
        server = build_server(self.part, db)
        kind = canonical(self.asked.response_type)
        fields = {**self.asked.stored(), "response_type": kind, "scope": " ".join(self.scopes)}
        request = server.create_oauth2_request(ProtocolRequest("GET", fields, {}))
        grant = server.get_authorization_grant(request)
        issued = server.create_authorization_response(request, grant_user=approval, grant=grant)
        if issued.status_code != 303:
            raise RuntimeError("a request that passed every check was refused by the grant")
        if grant.parameters is None:
            return None
        state = session_state(self.http, self.asked, approval.session)
        return send_back(
            self.http,
            self.asked,
            self.party,
            issuer=self.issuer,
            parameters={**grant.parameters, **state},
        )

    def send_refusal(self, _db: Session, _sign_in_id: UUID, refusal: Refusal) -> Response:
        """The error, sent to the relying party."""
        return send_refusal(self.http, self.asked, self.party, issuer=self.issuer, refusal=refusal)

    def journal_values(self, sign_in_id: UUID) -> dict[str, Any]:
        """The columns every journal row of this visit has."""
        return {"sign_in_id": sign_in_id, **self._credit()}

    def _credit(self) -> dict[str, Any]:
        """For whom the sign-in counts, if it does.

        Agency and tier are those of the service's owner: unknown when the service is, so that a
        portal which names none earns no credit with central or local services.
        """
        owner = self.named.service.agency if self.named.service else None
        return {
            "relying_party_id": self.party.id,
            "service_id": self.named.service.id if self.named.service else None,
            "agency_id": owner.id if owner else None,
            "tier": owner.tier.value if owner else None,
            "counted": self.is_counted,
        }
