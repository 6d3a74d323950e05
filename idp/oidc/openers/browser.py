"""The request that a browser carries to /authorize, and takes the answer of back."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.authorization.opener import Approval
from idp.authorization.refusal import Refusal
from idp.oidc.authlib.build import build_server
from idp.oidc.authlib.request import ProtocolRequest
from idp.oidc.openers.request import RequestOpener
from idp.oidc.redirects import send_back, send_refusal
from idp.oidc.session_state import session_state
from idp.relying_parties.response_types import canonical
from idp.web.share import take_share

_SPENT = Refusal("invalid_request_uri", "The pushed request has been used already.")


@dataclass(frozen=True, kw_only=True)
class BrowserOpener(RequestOpener):
    """Answers by sending the browser back to the relying party."""

    http: Request = field(repr=False)

    def admit(self, db: Session) -> int:
        """Within the share of the source. Raises TooManyRequests."""
        return take_share(self.http, db)

    def issue(self, db: Session, approval: Approval) -> Response | Refusal:
        """What the response type asks for; a Refusal when the pushed request has had its answer."""
        server = build_server(self.part, db)
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
            return _SPENT
        state = session_state(self.http, self.request, approval.session)
        return send_back(
            self.http, self.request, self.party, parameters={**grant.parameters, **state}
        )

    def refuse(self, _db: Session, _sign_in_id: UUID, refusal: Refusal) -> Response:
        """The error, sent to the relying party."""
        return send_refusal(self.http, self.request, self.party, refusal)
