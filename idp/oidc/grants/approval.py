"""Authlib's `user` at /authorize: who approved, and what was found."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from idp.oidc.grants.granted import Granted
from idp.oidc.scopes import NamedService
from idp.sessions.lookup import CurrentSession
from idp.tokens.grant import GrantedAccess


@dataclass(frozen=True, kw_only=True)
class Approval:
    """Authlib's `user` at /authorize: who approved, and what `decide` found."""

    sign_in_id: UUID
    session: CurrentSession
    acr: str
    named: NamedService
    claims: dict[str, Any]
    resources: tuple[str, ...] = ()
    mandate_id: UUID | None = None

    def grant_values(
        self, *, relying_party_id: UUID, scope: str, created_at: datetime, expires_at: datetime
    ) -> dict[str, Any]:
        """The column values of the grant this approval makes."""
        return {
            "sign_in_id": self.sign_in_id,
            "relying_party_id": relying_party_id,
            "person_id": self.session.person_id,
            "credentials_epoch": self.session.credentials_epoch,
            "sid": self.session.sid,
            "mandate_id": self.mandate_id,
            "service_id": self.named.service.id if self.named.service else None,
            "scope": scope,
            "claims": self.claims,
            "resources": list(self.resources),
            "acr": self.acr,
            "amr": list(self.session.amr),
            "authenticated_at": self.session.authenticated_at,
            "is_offline": "offline_access" in scope.split(),
            "created_at": created_at,
            "expires_at": expires_at,
        }

    def granted(self, grant_id: UUID, values: dict[str, Any]) -> Granted:
        """The grant just opened with these column values, as one that is read back."""
        names = {field.name for field in fields(GrantedAccess)}
        access = GrantedAccess(
            **{name: value for name, value in values.items() if name in names},
            grant_id=grant_id,
            subject_number=self.session.subject_number,
            is_standing=True,
        )
        return Granted(access)
