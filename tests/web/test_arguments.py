"""A handler's arguments are found at the start where they are of our own kind."""

from typing import Annotated
from uuid import UUID

import pytest
from fastapi import Depends, FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.testclient import TestClient

from idp.web.arguments import reader_of
from idp.web.routes import Router


async def read_name(request: Request) -> str:
    return request.query_params.get("name", "nobody")


async def read_greeting(request: Request, name: Annotated[str, Depends(read_name)]) -> str:
    return f"{request.method} {name}"


def greet(request: Request, greeting: Annotated[str, Depends(read_greeting)]) -> Response:
    return JSONResponse({"path": request.url.path, "greeting": greeting})


def of_number(number: UUID) -> Response:
    return JSONResponse({"number": str(number)})


def of_name(name: Annotated[str, Depends(lambda: "fixed")]) -> Response:
    return JSONResponse({"name": name})


async def refuse() -> None:
    raise PermissionError


def test_what_it_cannot_tell_is_left_to_the_framework() -> None:
    assert reader_of(greet) is not None
    assert reader_of(of_number) is None
    assert reader_of(of_name) is None


def test_both_ways_give_the_same() -> None:
    router = Router()
    router.get("/greet")(greet)
    router.get("/number/{number}")(of_number)
    router.get("/name")(of_name)
    app = FastAPI()
    app.include_router(router)
    client = TestClient(app)
    said = client.get("/greet?name=Lan").json()
    assert said == {"path": "/greet", "greeting": "GET Lan"}
    number = "6f9619ff-8b86-d011-b42d-00cf4fc964ff"
    assert client.get(f"/number/{number}").json() == {"number": number}
    assert client.get("/number/x").status_code == 422
    assert client.get("/name").json() == {"name": "fixed"}


def test_what_guards_a_whole_router_guards_it_still() -> None:
    router = Router(dependencies=[Depends(refuse)])
    router.get("/greet")(greet)
    app = FastAPI()
    app.include_router(router)
    with pytest.raises(PermissionError):
        TestClient(app).get("/greet")
