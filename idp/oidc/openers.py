"""Who opens an authorization in OpenID Connect: a request that came through a browser, or a device.

Each says what it asks, issues, and refuses; what happens in between is `idp.authorization`.
"""

import hashlib
from dataclasses import field, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.assurance.levels import highest
from idp.authorization.decide import Policy
from idp.authorization.opener import Approval
from idp.authorization.refusal import Refusal
from idp.interactions.opening import Credit, Opening, Requested
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.kit.secrets import new_token
from idp.oidc.auth_time import auth_time_of, hears_minutes, max_age_of
from idp.oidc.authlib.build import AUTHORIZATION_GRANTS, build_server
from idp.oidc.authlib.request import ProtocolRequest
from idp.oidc.checks.context import hinted_subject, own_id_token
from idp.oidc.claims import ClaimsRequest, grantable_claims, needed_claims, read_claims
from idp.oidc.grants.authorization_response import Approved
from idp.oidc.parameters import AuthorizationRequest
from idp.oidc.part import OidcPart
from idp.oidc.redirects import send_back, send_refusal
from idp.oidc.resources import named_resources, told_resources
from idp.oidc.scopes import NamedService, consent_scopes, granted_scopes, named_service
from idp.people.models import ContactKind
from idp.relying_parties.grant_types import canonical
from idp.relying_parties.party import RegisteredParty
from idp.relying_parties.redirect_uris import origin_of
from idp.relying_parties.scopes import CLAIMS, released_claims
from idp.sessions.lookup import CurrentSession
from idp.testers.admission import Trial
from idp.tokens.devices import allow_device, deny_device
from idp.web.cookies import browser_state, show_state
from idp.web.share import take_share

_RETURN_PATH = "/authorize/resume/{id}"
_DEVICE_RETURN_PATH = "/device/resume/{id}"
_DEVICE_IS_OVER = Refusal("expired_token", "The device waits no longer.")
_PUSHED_IS_SPENT = Refusal("invalid_request_uri", "The pushed request has been used already.")


@immutable(kw_only=True)
class RequestOpener:
    """A request with its party. One that failed a check may only be refused."""

    part: OidcPart = field(repr=False)
    request: AuthorizationRequest
    party: RegisteredParty

    @cached_property
    def scopes(self) -> tuple[str, ...]:
        """The scope values to grant."""
        return granted_scopes(self.request, self.party)

    @cached_property
    def named(self) -> NamedService:
        """The public service the sign-in is for."""
        return named_service(self.request, self.party, self.part.assurance)

    @cached_property
    def claims(self) -> ClaimsRequest:
        """The claims asked for one by one."""
        return read_claims(self.request.claims)

    @cached_property
    def granted_claims(self) -> dict[str, Any]:
        """What of them a grant keeps."""
        return grantable_claims(self.claims, self.party)

    @cached_property
    def credit(self) -> Credit:
        """Agency and tier are those of the service's owner: unknown when the service is.

        So a portal which names none earns no credit with central or local services.
        """
        service = self.named.service
        return Credit(
            relying_party_id=self.party.id,
            service_id=service.id if service else None,
            agency_id=service.agency.id if service else None,
            tier=service.agency.tier.value if service else None,
            counted=not self.party.is_sandbox and not self.is_silent,
        )

    @cached_property
    def policy(self) -> Policy:
        """What is demanded; the client's own levels where the request names none."""
        claims = self.claims
        named = (*claims.essential_acrs, *claims.voluntary_acrs, *self.request.acrs)
        requested = self.requested
        return Policy(
            minimum_acr=self._minimum_acr(),
            acrs=named or self.party.default_acr_values,
            essential_acrs=claims.essential_acrs,
            consent_scopes=frozenset(requested.scopes),
            consent_claims=frozenset(requested.claims),
            consent_resources=frozenset(requested.resources),
            consent_purpose=self.party.purpose_key,
            is_confirmed_each_time=not self.party.is_proven_at(self.request.redirect_uri),
            needed_contacts=_contact_kinds(requested.needed_claims),
            wants_organization="organization" in requested.claims,
            prompts=self.request.prompts,
            max_age=max_age_of(self.request, self.party),
            hears_minutes=hears_minutes(self.party),
            subjects=self._subjects(),
            trial=Trial(self.party.id, self.party.agency.id) if self.party.is_sandbox else None,
        )

    @property
    def opening(self) -> Opening:
        """What an interaction for it keeps."""
        return Opening(
            return_path=_RETURN_PATH,
            lifetime=self.part.sessions.interaction,
            credit=self.credit,
            requested=self.requested,
            client_id=self.party.client_id,
            parameters=self.request.stored(hinted_subject=self._hinted or ""),
            form_action_origin=self.request.redirect_uri,
            login_hint=self.request.login_hint,
            keyring=self.part.keyring,
        )

    @property
    def requested(self) -> Requested:
        """What the person agrees to."""
        told = told_resources(self.request.resource, self.party, issuer=self.part.issuer.url)
        claims = (*released_claims(self.scopes), *self._single_claims())
        return Requested(
            scopes=consent_scopes(self.scopes, self.named),
            claims=claims,
            needed_claims=needed_claims(
                self.claims,
                self.party,
                released=claims,
                reached_by=self.part.reached_by,
                is_silent=self.is_silent,
            ),
            resources=told,
        )

    @property
    def is_silent(self) -> bool:
        """Whether the relying party asked that no page be shown."""
        return self.request.is_silent

    def subject_of(self, person_id: UUID) -> str:
        """The `sub` by which the relying party knows a person."""
        return self.part.subject_of(person_id, self.party)

    def approved(self, approval: Approval) -> Approved:
        """The approval with what it is for."""
        return Approved(
            approval=approval,
            relying_party_id=self.party.id,
            service_id=self.credit.service_id,
            scopes=self.scopes,
            claims=self.granted_claims,
            resources=named_resources(self.request.resource),
            authenticated_at=auth_time_of(
                approval.session.authenticated_at,
                begun_at=approval.begun_at,
                request=self.request,
                claims=self.claims,
                party=self.party,
            ),
        )

    def _minimum_acr(self) -> str:
        """The service's minimum, or the lowest essential level asked for if that is higher."""
        assurance = self.part.assurance
        essential = [lv.acr for lv in assurance.levels if lv.acr in self.claims.essential_acrs]
        return highest(assurance, (self.named.minimum_acr, *essential[:1]))

    @cached_property
    def _hinted(self) -> str | None:
        return hinted_subject(self.request, own_id_token(self.part))

    def _subjects(self) -> frozenset[str] | None:
        hinted = self._hinted
        if hinted is None:
            return self.claims.subjects
        return frozenset({hinted}) & (self.claims.subjects or frozenset({hinted}))

    def _single_claims(self) -> tuple[str, ...]:
        names = (name for claims in self.granted_claims.values() for name in claims)
        return tuple(name for name in dict.fromkeys(names) if name != "sub")


def _contact_kinds(claims: tuple[str, ...]) -> tuple[ContactKind, ...]:
    return tuple(dict.fromkeys(ContactKind(CLAIMS[name].contact) for name in claims))


@immutable(kw_only=True)
class BrowserOpener(RequestOpener):
    """Answers by sending the browser back to the relying party."""

    http: Request = field(repr=False)

    def admit(self, db: Session) -> int:
        """Within the share of the source. Raises TooManyRequests."""
        return take_share(self.http, db)

    def issue(self, db: Session, approval: Approval) -> Response | Refusal:
        """What the response type asks for; a Refusal when the pushed request has had its answer."""
        server = build_server(self.part, db, grants=AUTHORIZATION_GRANTS)
        kind = canonical(self.request.response_type)
        fields = {**self.request.stored(), "response_type": kind, "scope": " ".join(self.scopes)}
        asked = server.create_oauth2_request(ProtocolRequest("GET", fields, {}))
        grant = server.get_authorization_grant(asked)
        issued = server.create_authorization_response(
            asked, grant_user=self.approved(approval), grant=grant
        )
        if issued.status_code != 303:
            raise RuntimeError("a request that passed every check was refused by the grant")
        if grant.parameters is None:
            return _PUSHED_IS_SPENT
        is_openid = "openid" in self.scopes
        state = session_state(self.http, self.request, approval.session) if is_openid else {}
        return send_back(
            self.http, self.request, self.party, parameters={**grant.parameters, **state}
        )

    def refuse(self, _db: Session, _sign_in_id: UUID, refusal: Refusal) -> Response:
        """The error, sent to the relying party."""
        return send_refusal(self.http, self.request, self.party, refusal)


def session_state(
    request: Request, authorization: AuthorizationRequest, session: CurrentSession
) -> dict[str, str]:
    """`session_state` (Session Management 1.0 section 2), the browser's state brought up to date.

    Nothing for a redirect URI without an origin: nothing there can embed a frame.
    """
    origin = origin_of(authorization.redirect_uri)
    if not origin:
        return {}
    show_state(request, session.sid)
    salt = new_token(128)
    state = browser_state(session.sid)
    digest = hashlib.sha256(
        f"{authorization.client_id} {origin} {state} {salt}".encode()
    ).hexdigest()
    return {"session_state": f"{digest}.{salt}"}


@immutable(kw_only=True)
class DeviceOpener(RequestOpener):
    """Answers with the path of the page that says how it went."""

    code: str
    """What the device shows."""
    asked_at: datetime | None
    expires_at: datetime

    @property
    def opening(self) -> Opening:
        """As for a browser's request, until the device's time is over."""
        lifetime = self.expires_at - clock.now()
        return replace(super().opening, return_path=_DEVICE_RETURN_PATH, lifetime=lifetime)

    @property
    def requested(self) -> Requested:
        """As for a browser's request, and which device it is."""
        return replace(super().requested, device_code=self.code, device_asked_at=self.asked_at)

    def admit(self, _db: Session) -> int:
        """Whoever typed the code has been counted."""
        return 0

    def issue(self, db: Session, approval: Approval) -> str | Refusal:
        """The grant that the device will get; a Refusal when it waits no longer, or for another."""
        now, part = clock.now(), self.part
        lifetime = part.devices.lifetime + part.tokens.access_lifetime
        grant = self.approved(approval).grant_values(created_at=now, expires_at=now + lifetime)
        if not allow_device(db, interaction_id=approval.sign_in_id, grant=grant):
            return _DEVICE_IS_OVER
        return "/device/allowed"

    def refuse(self, db: Session, sign_in_id: UUID, _refusal: Refusal) -> str:
        """The device gets `access_denied`, whatever the reason."""
        deny_device(db, interaction_id=sign_in_id)
        return "/device/denied"
