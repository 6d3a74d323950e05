"""The ministry's document service: other agencies' services fetch a person's documents here.

ISSUER=http://localhost:8000 CREDENTIALS_FILE=… python documents.py
"""

import hashlib
import os
from datetime import UTC, datetime
from typing import Annotated

from fastapi import FastAPI, Header, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from relying_party.access_tokens import Call, check_call
from relying_party.provider import Provider
from relying_party.refused import Refused
from relying_party.web import serve

PORT = int(os.environ.get("PORT", "8004"))
BASE_URL = os.environ.get("BASE_URL", f"http://localhost:{PORT}")
AUDIENCE = os.environ.get("AUDIENCE", f"{BASE_URL}/documents")
SERVICE = os.environ.get("SERVICE", "1.020002")

provider = Provider.from_environment()
app = FastAPI(openapi_url=None)


@app.get("/documents/residence")
def residence(authorization: Annotated[str, Header()] = "") -> Response:
    """The confirmation of residence of the person for whom the caller acts, and for that service.

    The scope value names the public service the document is for: for another there is none.
    """
    try:
        call = check_call(provider, authorization, audience=AUDIENCE, scope=f"service:{SERVICE}")
    except Refused as refusal:
        said = f'Bearer error="{refusal.error}"' if refusal.error else "Bearer"
        return JSONResponse(
            {"error": refusal.error or "invalid_request"},
            status_code=refusal.status,
            headers={"WWW-Authenticate": said, "Cache-Control": "no-store"},
        )
    return JSONResponse(_document(call), headers={"Cache-Control": "no-store"})


@app.get("/healthz")
def health() -> Response:
    """This process is alive."""
    return PlainTextResponse("ok")


def _document(call: Call) -> dict[str, object]:
    """A made-up document; yours is looked up by `sub`. Write down who fetched it: `actors`."""
    digest = hashlib.sha256(call.sub.encode()).hexdigest()
    return {
        "document": "CT07",
        "number": f"CT07-{int(digest[:8], 16) % 1_000_000:06d}",
        "subject": call.sub,
        "actors": list(call.actors),
        "service": SERVICE,
        "acr": call.acr,
        "issued_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


if __name__ == "__main__":
    serve(app, port=PORT)
