"""Tables that pages show and files hold, with the columns that the data dictionary explains."""

from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import Response

from idp.adoption.kept import kept_answer
from idp.kit.immutable import immutable
from idp.kit.tables.written import Row, as_file
from idp.web.messages import N_

SUPPRESSED = {
    "is_suppressed": N_("yes: fewer than 10 people, or all but so few; the cell is then empty")
}
"""With which each row of a frozen month ends; it begins with OF_MONTH."""


@immutable
class Table:
    """A table that pages show and files hold; `columns`: name → what it means, in English."""

    path: str
    """Of its page; the files have the same with an ending."""
    title: str
    columns: Mapping[str, str]

    @property
    def name(self) -> str:
        """Of a file, without its ending."""
        return self.path.strip("/").replace("/", "-")


def file_of(request: Request, table: Table, rows: Sequence[Row], *, as_of: str = "") -> Response:
    """The file whose kind the address ends with, or 304; its name says the month it is of."""
    kind = request.url.path.rpartition(".")[2]
    body, media_type = as_file(kind, rows, table.columns)
    name = f"{table.name}-{as_of}.{kind}" if as_of else f"{table.name}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'} if kind != "json" else {}
    return kept_answer(request, body, media_type, **headers)
