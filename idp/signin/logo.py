"""The logos of relying parties, from our own origin: nobody else learns who looks at one."""

import re

from starlette.requests import Request
from starlette.responses import Response

from idp.kit.errors import NotFound
from idp.relying_parties.logos import find_logo
from idp.web.db import transaction
from idp.web.messages import N_
from idp.web.routes import Router

router = Router()
_FOREVER = "public, max-age=31536000, immutable"
_DIGEST = re.compile("[0-9a-f]{64}")


@router.get("/logos/{digest}.png", include_in_schema=False)
def show(request: Request, digest: str) -> Response:
    """The picture whose SHA-256 that is: what stands at the address never changes."""
    picture = None
    if _DIGEST.fullmatch(digest):
        with transaction(request) as db:
            picture = find_logo(db, picture_hash=bytes.fromhex(digest))
    if picture is None:
        raise NotFound(N_("There is no page at this address."))
    return Response(picture, media_type="image/png", headers={"Cache-Control": _FOREVER})
