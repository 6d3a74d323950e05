"""`idp healthcheck`: ask the running server."""

from http.client import HTTPConnection, HTTPException
from typing import Annotated

import typer

from idp.cli.output import JsonOption, show

app = typer.Typer()


@app.command()
def healthcheck(
    *,
    host: Annotated[str, typer.Option(help="Where the server listens.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Its port.")] = 8000,
    json: JsonOption = False,
) -> None:
    """Ask whether the server here answers: exit 0, else 1.

    `/readyz` tells whether its database does.
    """
    connection = HTTPConnection(host, port, timeout=3)
    try:
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
        answer = f"HTTP {status}"
    except (OSError, HTTPException) as error:
        status, answer = 0, str(error)
    finally:
        connection.close()
    is_ready = status == 200
    show({"ready": is_ready, "answer": answer}, as_json=json)
    raise typer.Exit(0 if is_ready else 1)
