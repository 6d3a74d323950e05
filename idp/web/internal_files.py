"""Files of true counts, for those inside: each row says that it is not to be published."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from starlette.responses import Response

from idp.kit.tables.written import as_file

KINDS = ("csv", "xlsx")
"""The endings they have."""
LABEL = "label"
_INTERNAL = "nội bộ / internal"


def internal_file(
    name: str, kind: str, rows: Iterable[Mapping[str, Any]], columns: Sequence[str]
) -> Response:
    """The download `<name>-internal.<kind>`, which nobody keeps; its first column is the label.

    Of the name stays what is safe in a header and on every disk.
    """
    safe = re.sub(r"[^\w.-]", "", name, flags=re.ASCII)
    labelled = [{LABEL: _INTERNAL, **row} for row in rows]
    body, media_type = as_file(kind, labelled, dict.fromkeys((LABEL, *columns), ""))
    headers = {
        "Content-Disposition": f'attachment; filename="{safe}-internal.{kind}"',
        "Cache-Control": "no-store",
    }
    return Response(body, media_type=media_type, headers=headers)
