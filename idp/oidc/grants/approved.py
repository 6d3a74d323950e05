"""Authlib's `user` at /authorize: an approval, and what it is for."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from idp.authorization.opener import Approval
from idp.oidc.grants.granted import Granted
from idp.tokens.grant import GrantedAccess


@dataclass(frozen=True, kw_only=True)
class Approved:
    """What becomes a grant."""

    approval: Approval
    relying_party_id: UUID
    service_id: UUID | None
    scopes: Sequence[str]
    claims: dict[str, Any]
    resources: Sequence[str]

    def grant_values(self, *, created_at: datetime, expires_at: datetime) -> dict[str, Any]:
        """The column values of the grant."""
        session = self.approval.session
        return {
            "sign_in_id": self.approval.sign_in_id,
            "relying_party_id": self.relying_party_id,
            "person_id": session.person_id,
            "credentials_epoch": session.credentials_epoch,
            "sid": session.sid,
            "organization_id": self.approval.organization_id,
            "service_id": self.service_id,
            "scope": " ".join(self.scopes),
            "claims": self.claims,
            "resources": list(self.resources),
            "acr": self.approval.acr,
            "amr": list(session.amr),
            "authenticated_at": session.authenticated_at,
            "is_offline": "offline_access" in self.scopes,
            "created_at": created_at,
            "expires_at": expires_at,
        }

    def granted(self, grant_id: UUID, values: dict[str, Any]) -> Granted:
        """The grant just opened with these column values, as one that is read back."""
        names = {field.name for field in fields(GrantedAccess)}
        access = GrantedAccess(
            **{name: value for name, value in values.items() if name in names},
            grant_id=grant_id,
            subject_number=self.approval.session.subject_number,
            is_standing=True,
        )
        return Granted(access)
