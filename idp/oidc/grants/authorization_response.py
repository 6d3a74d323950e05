"""What an authorization response holds (OIDC Core 3.1.2.5, 3.2.2.5, 3.3.2.5).

One grant is opened, and all that is handed out is its own: the code, an access token, an ID token.
"""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from authlib.oauth2.rfc6749.grants import BaseGrant
from authlib.oauth2.rfc6749.grants.authorization_code import (
    validate_code_authorization_request,
)
from authlib.oidc.core.grants import OpenIDHybridGrant

from idp.authorization.opener import Approval
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.kit.secrets import new_token
from idp.oidc.formats.id_token import issue_id_token
from idp.oidc.grants.granted import Granted
from idp.relying_parties.grant_types import IMPLICIT, RESPONSE_TYPES, holds_tokens
from idp.tokens.codes import NewCode, open_grant
from idp.tokens.grant import GrantedAccess


@immutable(kw_only=True)
class Approved:
    """What becomes a grant."""

    approval: Approval
    relying_party_id: UUID
    service_id: UUID | None
    scopes: Sequence[str]
    claims: dict[str, Any]
    resources: Sequence[str]
    authenticated_at: datetime | None
    """What the relying party is told of when the person signed in; None: it did not ask."""

    def grant_values(self, *, created_at: datetime, expires_at: datetime) -> dict[str, Any]:
        """The column values of the grant."""
        session = self.approval.session
        return {
            "sign_in_id": self.approval.sign_in_id,
            "relying_party_id": self.relying_party_id,
            "person_id": session.person_id,
            "credentials_epoch": session.credentials_epoch,
            "sid": session.sid,
            "mandate_id": self.approval.mandate_id,
            "service_id": self.service_id,
            "scope": " ".join(self.scopes),
            "claims": self.claims,
            "resources": list(self.resources),
            "acr": self.approval.acr,
            "amr": list(session.amr),
            "authenticated_at": self.authenticated_at,
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


class AuthorizationResponse(BaseGrant):
    """A grant that /authorize answers; the response type alone says with what."""

    def create_authorization_response(
        self, redirect_uri: str, grant_user: Approved
    ) -> tuple[int, str, list[tuple[str, str]]]:
        """Leave the parameters in `self.parameters`; how they travel is for /authorize to say.

        None when the pushed request has had its answer already.
        """
        self.request.user = grant_user
        kinds = self.request.payload.response_type.split()
        now, tokens = clock.now(), self.server.part.tokens
        lifetime = tokens.code_lifetime + tokens.access_lifetime
        values = grant_user.grant_values(created_at=now, expires_at=now + lifetime)
        code = self._new_code() if "code" in kinds else None
        grant_id = open_grant(
            self.server.db,
            client_id=self.client.get_client_id(),
            grant=values,
            code=code,
            pushed_as=self.request.form.get("pushed_as", ""),
        )
        self.parameters: dict[str, str] | None = None
        if grant_id is not None:
            granted = grant_user.granted(grant_id, values)
            self.parameters = self._parameters(kinds, code.code if code else "", granted)
        return 303, "", [("Location", redirect_uri)]

    def _new_code(self) -> NewCode:
        """256 random bits, and what the token request must match."""
        form, lifetime = self.request.form, self.server.part.tokens.code_lifetime
        return NewCode(
            code=new_token(),
            redirect_uri=self.request.payload.redirect_uri,
            code_challenge=form.get("code_challenge", ""),
            nonce=form.get("nonce", ""),
            dpop_jkt=form.get("dpop_jkt", ""),
            expires_at=clock.now() + lifetime,
        )

    def _parameters(self, kinds: list[str], code: str, granted: Granted) -> dict[str, str]:
        """Never a refresh token. With no access token, the ID token says what userinfo would."""
        sent: dict[str, Any] = {"code": code} if code else {}
        if "token" in kinds:
            sent |= self.server.generate_token(
                client=self.client,
                grant_type=IMPLICIT,
                user=granted,
                scope=self.request.scope,
                include_refresh_token=False,
            )
        if "id_token" in kinds:
            sent["id_token"] = issue_id_token(
                self.server.part,
                self.server.db,
                party=self.client.party,
                access=granted.access,
                nonce=self.request.form.get("nonce", ""),
                access_token=sent.get("access_token", ""),
                code=code,
                scopes=granted.access.scopes if kinds == ["id_token"] else (),
            )
        return {name: str(value) for name, value in sent.items()}


class HybridGrant(AuthorizationResponse, OpenIDHybridGrant):
    """It has no part at /token: a code it gives is redeemed as any other."""

    GRANT_TYPE = IMPLICIT
    EXTENSIONS = ()
    RESPONSE_TYPES = frozenset(filter(holds_tokens, RESPONSE_TYPES))

    def validate_authorization_request(self) -> str:
        """Authlib's for codes: when a nonce is needed is for `check_nonce` to say."""
        redirect_uri: str = validate_code_authorization_request(self)
        return redirect_uri
