"""Chromium's own authenticator in software, driven over its protocol: a phone or a computer."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import CDPSession, Page


@dataclass(frozen=True)
class Authenticator:
    """One that is plugged into the browser of a page."""

    session: CDPSession
    id: str

    def send(self, what: str, **values: Any) -> Any:
        """One command of the `WebAuthn` domain."""
        return self.session.send(f"WebAuthn.{what}", {"authenticatorId": self.id, **values})

    @property
    def credentials(self) -> list[dict[str, Any]]:
        """The passkeys on it."""
        return list(self.send("getCredentials")["credentials"])

    def verify_nobody(self) -> None:
        """From now on it is used without its PIN."""
        self.send("setUserVerified", isUserVerified=False)

    def be_away(self) -> None:
        """Nobody touches it."""
        self.send("setAutomaticPresenceSimulation", enabled=False)

    def be_there(self) -> None:
        """Whoever has it uses it when asked."""
        self.send("setAutomaticPresenceSimulation", enabled=True)

    def copy(self, credential: dict[str, Any]) -> None:
        """Put a passkey of another one on it."""
        self.send("addCredential", credential=credential)


def plug_in(page: Page, *, is_synced: bool = False) -> Authenticator:
    """A device with a screen lock, that signs for whoever has unlocked it."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable", {"enableUI": False})
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
        "defaultBackupEligibility": is_synced,
        "defaultBackupState": is_synced,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return Authenticator(session, made["authenticatorId"])
