"""Relying parties nobody here wrote, each a process on loopback with one client at the provider."""

import json
import os
import pwd
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from joserfc.jwk import ECKey

from tests.journeys.relying_parties import tools
from tests.support.country import SECRET
from tests.support.served import Served, serving

KEY = ECKey.generate_key("P-256", {"kid": "party", "use": "sig", "alg": "ES256"})
"""The private key of relying parties that have one."""


@dataclass(frozen=True)
class Addresses:
    """The pages of a relying party; `told` shows tokens and claims as JSON, if anyone's."""

    sign_in: str = "/sign-in"
    callback: str = "/callback"
    told: str = "/"
    refresh: str = "/refresh?access_token="
    sign_out: str = "/sign-out"
    signed_out: str = "/signed-out"
    backchannel_logout: str = "/backchannel-logout"


BEHIND_APACHE = Addresses(
    sign_in="/private/",
    callback="/private/callback",
    told="/private/callback?info=json",
    refresh="/private/callback?refresh=/private/&access_token=",
    sign_out="/private/callback?logout=",
    signed_out="/signed-out.html",
    backchannel_logout="/private/callback?logout=backchannel",
)
APACHE_PAGES = ("signed-out.html", "private/index.html")


@dataclass(frozen=True)
class Place:
    """Where a relying party runs, for which provider."""

    issuer: str
    client_id: str
    port: int
    profile: str = "openid"

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def is_fapi(self) -> bool:
        """Whether it has a key for a secret, pushes requests, and its tokens are bound by DPoP."""
        return self.profile != "openid"

    @property
    def environment(self) -> dict[str, str]:
        """Its settings."""
        return os.environ | {
            "ISSUER": self.issuer,
            "CLIENT_ID": self.client_id,
            "CLIENT_SECRET": SECRET,
            "BASE_URL": self.url,
            "PORT": str(self.port),
            "PROFILE": self.profile,
            "PRIVATE_JWK": json.dumps(KEY.as_dict(private=True)),
        }


@contextmanager
def authlib(place: Place) -> Iterator[Served]:
    """Authlib's Starlette client."""
    with _running([sys.executable, str(tools.HERE / "authlib_party.py")], place) as party:
        yield party


@contextmanager
def openid_client(place: Place) -> Iterator[Served]:
    """openid-client and jose, on Node."""
    script = str(tools.HERE / "openid_client" / "party.mjs")
    with _running([tools.node(), script], place) as party:
        yield party


@contextmanager
def go_oidc(place: Place) -> Iterator[Served]:
    """go-oidc and golang.org/x/oauth2."""
    with (
        tempfile.TemporaryDirectory() as folder,
        _running([tools.go_oidc(Path(folder))], place) as party,
    ):
        yield party


@contextmanager
def mod_auth_openidc(place: Place) -> Iterator[Served]:
    """Apache with mod_auth_openidc; its workers must be able to read the pages."""
    configuration = str(tools.HERE / "apache" / "party.conf")
    command = [tools.apache(), "-D", "FOREGROUND", "-f", configuration]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        for path in APACHE_PAGES:
            page = Path(folder) / "pages" / path
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text("<!doctype html><title>Service</title>")
        user = "www-data" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        more = {"FOLDER": folder, "MODULES": str(tools.APACHE_MODULES), "USER": user}
        with _running(command, place, **more) as party:
            yield party


@dataclass(frozen=True)
class Software:
    """How one is started, where its pages are, and how it is registered."""

    start: Callable[[Place], AbstractContextManager[Served]]
    pages: Addresses = Addresses()
    profile: str = "openid"


SOFTWARE = {
    "Authlib": Software(authlib),
    "openid-client": Software(openid_client),
    "openid-client-fapi": Software(openid_client, profile="fapi2-security"),
    "openid-client-signing": Software(openid_client, profile="fapi2-message-signing"),
    "go-oidc": Software(go_oidc),
    "mod_auth_openidc": Software(mod_auth_openidc, BEHIND_APACHE),
}
"""By client identifier."""


def _running(command: Sequence[str], place: Place, **more: str) -> AbstractContextManager[Served]:
    return serving(command, place.environment | more, url=place.url, ready_path="/")
