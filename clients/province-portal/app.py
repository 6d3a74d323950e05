"""A province's portal that fronts many services: each names itself by its `service:` scope.

Shows single sign-on (a person signed in elsewhere only agrees once) and asking for the level of
the service at hand.

    ISSUER=http://localhost:8000 CREDENTIALS_FILE=… python app.py
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import Request, Response

from relying_party.provider import Provider
from relying_party.refused import Refused
from relying_party.sessions import Session
from relying_party.site import Site
from relying_party.web import serve

PORT = int(os.environ.get("PORT", "8002"))
BASE_URL = os.environ.get("BASE_URL", f"http://localhost:{PORT}")
SCOPE = "openid profile organization"
LOOK_UP = "1.020004"


@dataclass(frozen=True)
class Service:
    """A public service of the province or one of its communes."""

    code: str
    name_vi: str
    name_en: str
    owner_vi: str
    owner_en: str
    level: str


SERVICES = (
    Service(
        "1.020001",
        "Đăng ký khai sinh",
        "Register a birth",
        "Ủy ban nhân dân phường Hải Châu",
        "Hai Chau ward",
        "LoA2",
    ),
    Service(
        "1.020002",
        "Cấp giấy phép xây dựng nhà ở riêng lẻ",
        "Permit to build a house",
        "Sở Xây dựng",
        "Department of Construction",
        "LoA2",
    ),
    Service(
        "1.020003",
        "Đăng ký biến động đất đai",
        "Register a change of land rights",
        "Sở Nông nghiệp và Môi trường",
        "Department of Agriculture and Environment",
        "LoA3",
    ),
    Service(
        "1.020004",
        "Tra cứu tình trạng hồ sơ",
        "Look up an application",
        "Trung tâm Phục vụ hành chính công",
        "Public service centre",
        "LoA1",
    ),
)


def page_values(_session: Session) -> dict[str, Any]:
    """What the page shows besides who is signed in."""
    return {"services": SERVICES, "service": None}


site = Site(
    Path(__file__).parent,
    name="province-portal",
    base_url=BASE_URL,
    provider=Provider.from_environment(),
    values=page_values,
)
app = site.app


@app.get("/")
def home(request: Request) -> Response:
    """All services of the portal."""
    return site.page(request)


@app.get("/sign-in")
def sign_in(request: Request) -> Response:
    """To the provider for the portal's own service, which needs the least."""
    return site.leave(request, scope=f"{SCOPE} service:{LOOK_UP}")


@app.get("/services/{code}")
def show_service(request: Request, code: str) -> Response:
    """One service, when the person is signed in at its level; else to the provider first."""
    service = _find(code)
    if service is None:
        return site.page(request, error="unknown_service", status=404)
    user = site.session(request).user
    if user is None or not user.reaches(service.level):
        return site.leave(request, scope=f"{SCOPE} service:{code}", purpose=code)
    return site.page(request, service=service)


@app.get("/callback")
def callback(request: Request) -> Response:
    """Back from the provider."""
    user, attempt = site.arrive(request)
    service = _find(attempt.purpose)
    if service and not user.reaches(service.level):
        raise Refused("unmet_authentication_requirements")
    target = f"/services/{service.code}" if service else "/"
    return site.start(request, user, target=target)


def _find(code: str) -> Service | None:
    return next((service for service in SERVICES if service.code == code), None)


if __name__ == "__main__":
    serve(app, port=PORT)
