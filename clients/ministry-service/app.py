"""A ministry's level-4 service: exchange a vehicle registration, pay the fee online.

Shows what an agency's own service needs: sign-in at the level the service requires (`service:`
scope), stepping up to pay (`acr_values`, `max_age`), and acting for an organization.

    ISSUER=http://localhost:8000 CREDENTIALS_FILE=… python app.py
"""

import os
import re
import secrets
from pathlib import Path
from typing import Annotated, Any

from fastapi import Form, Request, Response

from relying_party.provider import Provider
from relying_party.refused import Refused
from relying_party.sessions import Session
from relying_party.site import Site
from relying_party.web import serve

PORT = int(os.environ.get("PORT", "8001"))
BASE_URL = os.environ.get("BASE_URL", f"http://localhost:{PORT}")
SERVICE = os.environ.get("SERVICE", "1.010001")
SCOPE = f"openid profile organization service:{SERVICE}"
LEVEL = os.environ.get("LEVEL", "LoA2")
PAYMENT_LEVEL, PAYMENT_MAX_AGE, FEE = "LoA3", 300, 100_000
MOST_DOSSIERS = 20
NUMBER = re.compile(r"G01-[0-9]{6}")
PLATE = re.compile(r"[0-9]{2}[A-Z][0-9A-Z]?-?[0-9]{3}\.?[0-9]{1,2}")


def page_values(session: Session) -> dict[str, Any]:
    """What the page shows besides who is signed in: of all they filed, the last."""
    return {
        "dossier": next(reversed(session.data.values()), {}),
        "plate": "",
        "plate_is_wrong": False,
        "fee": f"{FEE:,}".replace(",", "."),
        "payment_level": PAYMENT_LEVEL,
    }


site = Site(
    Path(__file__).parent,
    name="ministry-service",
    base_url=BASE_URL,
    provider=Provider.from_environment(),
    values=page_values,
)
app = site.app


@app.get("/")
def home(request: Request) -> Response:
    """The service, and where the person stands in it: with the dossier that the address names."""
    named = site.session(request).data.get(request.query_params.get("dossier", ""))
    return site.page(request, **({"dossier": named} if named else {}))


@app.get("/sign-in")
def sign_in(request: Request) -> Response:
    """To the provider: the service's scope says which level is needed."""
    return site.leave(request, scope=SCOPE)


@app.get("/register")
def register(request: Request) -> Response:
    """The same for whoever has no account yet: to the form for one, at once."""
    return site.leave(request, scope=SCOPE, prompt="create")


@app.get("/callback")
def callback(request: Request) -> Response:
    """Back from the provider."""
    user, attempt = site.arrive(request)
    if not user.reaches(LEVEL):
        raise Refused("unmet_authentication_requirements")
    before = site.session(request)
    dossiers = before.data if user.is_same_as(before.user) else {}
    if dossier := dossiers.get(attempt.purpose):
        dossier["paid" if user.reaches(PAYMENT_LEVEL) else "refused"] = user.acr
    return site.start(request, user, target=_address(attempt.purpose), data=dossiers)


@app.post("/dossier")
def file_dossier(
    request: Request, plate: Annotated[str, Form()] = "", csrf: Annotated[str, Form()] = ""
) -> Response:
    """File the one-field dossier."""
    session, _ = site.own_form(request, csrf)
    plate = "".join(plate.replace("–", "-").split()).upper()
    if not PLATE.fullmatch(plate):
        return site.page(request, plate=plate[:20], plate_is_wrong=True, status=422)
    number = f"G01-{secrets.randbelow(900_000) + 100_000}"
    filed = {**session.data, number: {"plate": plate, "number": number}}
    session.data = dict([*filed.items()][-MOST_DOSSIERS:])
    return site.redirect(_address(number))


@app.post("/pay")
def pay(
    request: Request, number: Annotated[str, Form()] = "", csrf: Annotated[str, Form()] = ""
) -> Response:
    """Pay the fee (simulated): a fresh sign-in at a higher level comes first.

    Which dossier it is for goes with the attempt, so that another tab may pay another meanwhile.
    """
    session, _ = site.own_form(request, csrf)
    dossier = session.data.get(number)
    if dossier is None or "paid" in dossier:
        return site.redirect(_address(number))
    dossier.pop("refused", None)
    return site.leave(
        request, scope=SCOPE, purpose=number, acr_values=PAYMENT_LEVEL, max_age=PAYMENT_MAX_AGE
    )


def _address(number: str) -> str:
    return f"/?dossier={number}" if NUMBER.fullmatch(number) else "/"


if __name__ == "__main__":
    serve(app, port=PORT)
