"""Relying parties nobody here wrote, each a process on loopback with one client at the provider."""

import json
import os
import pwd
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc.jwk import ECKey
from playwright.sync_api import Page

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
    is_marked: bool = True
    """Whether its requests say what it cannot do without, where it says so in requests."""

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


@dataclass(frozen=True)
class Party:
    """A running relying party."""

    place: Place
    process: Served
    pages: Addresses

    def url(self, path: str) -> str:
        """One of its pages."""
        return self.place.url + path

    def told(self, page: Page) -> dict[str, Any] | None:
        """What it knows of the person in that browser; None: nobody is signed in."""
        answer = page.goto(self.url(self.pages.told))
        if answer is None or answer.status != 200:
            return None
        told: dict[str, Any] = json.loads(answer.body())
        return told


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


@contextmanager
def oauth2_proxy(place: Place) -> Iterator[Served]:
    """oauth2-proxy before a page that says 202 to whoever is signed in."""
    with tempfile.TemporaryDirectory() as folder:
        options = {
            "provider": "oidc",
            "oidc-issuer-url": place.issuer,
            "client-id": place.client_id,
            "client-secret": SECRET,
            "redirect-url": f"{place.url}/oauth2/callback",
            "scope": "openid profile email",
            "code-challenge-method": "S256",
            "insecure-oidc-skip-nonce": "false",
            "email-domain": "*",
            "cookie-secret": SECRET[:32],
            "cookie-secure": "false",
            "cookie-csrf-per-request": "true",
            "skip-provider-button": "true",
            "whitelist-domain": place.issuer.partition("//")[2],
            "skip-auth-route": "^/signed-out$",
            "http-address": f"127.0.0.1:{place.port}",
            "upstream": "static://202",
        }
        command = [tools.oauth2_proxy(Path(folder)), *(f"--{n}={v}" for n, v in options.items())]
        with serving(command, place.environment, url=place.url, ready_path="/ping") as party:
            yield party


@contextmanager
def django_oidc(place: Place) -> Iterator[Served]:
    """Django with mozilla-django-oidc."""
    with tempfile.TemporaryDirectory() as folder:
        marked = "yes" if place.is_marked else ""
        source = {
            "PYTHONPATH": str(tools.HERE / "django_oidc"),
            "DJANGO_SETTINGS_MODULE": "settings",
        }
        more = {"FOLDER": folder, "IS_MARKED": marked, **source}
        django = [tools.django(), "-m", "django"]
        subprocess.run([*django, "migrate"], env=place.environment | more, check=True)
        serve = [*django, "runserver", "--noreload", f"127.0.0.1:{place.port}"]
        with _running(serve, place, **more) as party:
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


OF_OAUTH2_PROXY = Addresses(
    sign_in="/",
    callback="/oauth2/callback",
    told="/oauth2/userinfo",
    sign_out="/oauth2/sign_out?rd=",
)
OF_DJANGO = Addresses(
    sign_in="/oidc/authenticate/",
    callback="/oidc/callback/",
    sign_out="/oidc/logout/",
)
NEED_AN_ADDRESS = {
    "oauth2-proxy": Software(oauth2_proxy, OF_OAUTH2_PROXY),
    "django": Software(django_oidc, OF_DJANGO),
}
"""Those that sign nobody in without an e-mail address: the first is registered so, the second says
so in its requests."""


def _running(command: Sequence[str], place: Place, **more: str) -> AbstractContextManager[Served]:
    return serving(command, place.environment | more, url=place.url, ready_path="/")
