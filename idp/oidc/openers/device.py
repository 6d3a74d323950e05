"""A device that waits for someone to sign in at it (RFC 8628); its answer is a row."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from idp.authorization.opener import Approval
from idp.authorization.refusal import Refusal
from idp.interactions.opening import Opening, Requested
from idp.kit import clock
from idp.oidc.openers.request import RequestOpener
from idp.tokens.devices import allow_device, deny_device

RETURN_PATH = "/device/resume/{id}"
_SPENT = Refusal("expired_token", "The device waits no longer.")


@dataclass(frozen=True, kw_only=True)
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
        return replace(super().opening, return_path=RETURN_PATH, lifetime=lifetime)

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
            return _SPENT
        return "/device/allowed"

    def refuse(self, db: Session, sign_in_id: UUID, _refusal: Refusal) -> str:
        """The device gets `access_denied`, whatever the reason."""
        deny_device(db, interaction_id=sign_in_id)
        return "/device/denied"
