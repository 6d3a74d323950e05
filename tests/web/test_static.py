"""Static files: those of the table by their names, and nothing else of the machine."""

import pytest
from starlette.testclient import TestClient

from idp.web.static import FILES


@pytest.mark.asvs("5.3.2", "13.4.1", "13.4.3")
@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", "/", "../settings.py", "..%2fsettings.py", "%2e%2e/settings.py"),
        *("/etc/passwd", "//etc/passwd", "app.css/", "app.css/..", "app.css%00.svg", "APP.CSS"),
        *(".git/config", "../../.git/config", "..\\settings.py", "~", "app.css.map"),
    ],
)
def test_what_is_not_in_the_table_is_not_found(client: TestClient, name: str) -> None:
    """Neither a folder's list nor a path that leads elsewhere; each file of the table is."""
    assert client.get(f"/static/{name}").status_code in {400, 404}
    for known, body in FILES.items():
        assert client.get(f"/static/{known}").content == body
