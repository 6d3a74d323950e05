"""A handler's arguments are found at the start where they are of our own kind."""

from typing import Annotated, cast
from uuid import UUID

import pytest
from fastapi import Depends, FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.testclient import TestClient

from idp.web.arguments import RowId, reader_of
from idp.web.refusals import RequestRefused
from idp.web.routes import Router
from tests.web.conftest import make_client


async def read_name(request: Request) -> str:
    return request.query_params.get("name", "nobody")


async def read_greeting(request: Request, name: Annotated[str, Depends(read_name)]) -> str:
    return f"{request.method} {name}"


def greet(request: Request, greeting: Annotated[str, Depends(read_greeting)]) -> Response:
    return JSONResponse({"path": request.url.path, "greeting": greeting})


def of_number(number: UUID) -> Response:
    return JSONResponse({"number": str(number)})


def of_row(row: RowId, part: str) -> Response:
    return JSONResponse({"row": row, "part": part})


def of_name(name: Annotated[str, Depends(lambda: "fixed")]) -> Response:
    return JSONResponse({"name": name})


def named(name: Annotated[str, Depends(read_name)]) -> dict[str, str]:
    return {"name": name}


async def refuse() -> None:
    raise RequestRefused(403, "No.")


def test_what_it_cannot_tell_is_left_to_the_framework() -> None:
    assert reader_of(greet) is not None
    assert reader_of(of_number) is None
    assert reader_of(of_name) is None
    assert reader_of(of_row, in_path=["row", "part"]) is not None
    assert reader_of(of_row, in_path=["row"]) is None


def served(router: Router) -> TestClient:
    client = make_client()
    cast(FastAPI, client.app).router.routes += router.routes
    return client


def test_both_ways_give_the_same() -> None:
    router = Router()
    router.get("/greet")(greet)
    router.get("/of/{number}")(of_number)
    router.get("/rows/{row}/{part}")(of_row)
    router.get("/name")(of_name)
    router.get("/named")(named)
    client = served(router)
    said = client.get("/greet?name=Lan").json()
    assert said == {"path": "/greet", "greeting": "GET Lan"}
    number = "6f9619ff-8b86-d011-b42d-00cf4fc964ff"
    assert client.get(f"/of/{number}").json() == {"number": number}
    assert client.get("/of/x").status_code == 400
    assert client.get("/name").json() == {"name": "fixed"}
    assert client.get("/named?name=Lan").json() == {"name": "Lan"}


@pytest.mark.parametrize("row", ["0", "-1", "1.0", "1e3", "9223372036854775808", "%D9%A1", "1_0"])
def test_a_row_in_an_address_is_a_number_that_the_database_can_hold(row: str) -> None:
    router = Router()
    router.get("/rows/{row}/{part}")(of_row)
    client = served(router)
    largest = 9223372036854775807
    assert client.get(f"/rows/{largest}/a%20b").json() == {"row": largest, "part": "a b"}
    assert client.get(f"/rows/{row}/a").status_code == 400


def test_what_guards_a_whole_router_guards_it_still() -> None:
    router = Router(dependencies=[Depends(refuse)])
    router.get("/greet")(greet)
    assert served(router).get("/greet").status_code == 403
