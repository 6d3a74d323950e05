"""What an authorization request and its relying party say together."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from idp.assurance.levels import highest
from idp.authorization.decide import Policy
from idp.authorization.opener import Approval
from idp.interactions.opening import Credit, Opening, Requested
from idp.oidc.checks.context import own_id_token
from idp.oidc.checks.id_token_hint import hinted_subject
from idp.oidc.checks.max_age import max_age_of
from idp.oidc.claims import grantable_claims
from idp.oidc.claims_request import ClaimsRequest, read_claims
from idp.oidc.grants.approved import Approved
from idp.oidc.parameters import AuthorizationRequest
from idp.oidc.part import OidcPart
from idp.oidc.resources import named_resources
from idp.oidc.scopes import NamedService, consent_scopes, granted_scopes, named_service
from idp.relying_parties.party import RegisteredParty
from idp.relying_parties.scopes import released_claims


@dataclass(frozen=True, kw_only=True)
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
            counted=self.party.is_counted and not self.is_silent,
        )

    @cached_property
    def policy(self) -> Policy:
        """What is demanded; the client's own levels where the request names none."""
        claims = self.claims
        named = (*claims.essential_acrs, *claims.voluntary_acrs, *self.request.acrs)
        singly = self._single_claims()
        return Policy(
            minimum_acr=self._minimum_acr(),
            acrs=named or self.party.default_acr_values,
            essential_acrs=claims.essential_acrs,
            consent_scopes=frozenset(consent_scopes(self.scopes)),
            consent_claims=frozenset(singly),
            wants_organization="organization" in (*self.scopes, *singly),
            prompts=self.request.prompts,
            max_age=max_age_of(self.request, self.party),
            subjects=self._subjects(),
        )

    @property
    def opening(self) -> Opening:
        """What an interaction for it keeps."""
        return Opening(
            return_path="/authorize/resume/{id}",
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
        resources = named_resources(self.request.resource)
        return Requested(
            scopes=consent_scopes(self.scopes),
            claims=(*released_claims(self.scopes), *self._single_claims()),
            resources=tuple(one for one in resources if one != self.part.issuer.url),
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
