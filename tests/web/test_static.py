"""Static files: those of the table by their names, and nothing else of the machine."""

import gzip

import pytest
from starlette.testclient import TestClient

from idp.web import static
from idp.web.static import FILES, static_url


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


@pytest.mark.parametrize(
    ("accepted", "is_smaller"),
    [
        *(("gzip", True), ("gzip, deflate, br, zstd", True), ("br;q=1.0, GZIP;q=0.8", True)),
        *(("", False), ("br", False), ("gzip;q=0", False), ("gzip;q=0.000, *", False)),
    ],
)
def test_a_stylesheet_is_compressed_for_who_takes_it(
    client: TestClient, accepted: str, is_smaller: bool
) -> None:
    """D12: made at the start; caches keep both apart."""
    with client.stream(
        "GET", static_url("app.css"), headers={"Accept-Encoding": accepted}
    ) as answer:
        sent = b"".join(answer.iter_raw())
    assert answer.headers["vary"] == "Accept-Encoding"
    assert ("content-encoding" in answer.headers) == is_smaller
    assert (gzip.decompress(sent) if is_smaller else sent) == FILES["app.css"]
    assert int(answer.headers["content-length"]) == len(sent)
    assert not is_smaller or len(sent) < 0.4 * len(FILES["app.css"])


def test_a_page_is_never_compressed(client: TestClient) -> None:
    """Decision 39: its length would tell what stands in it beside what somebody chose (BREACH)."""
    for path in ("/form", "/nowhere"):
        answer = client.get(path, headers={"Accept-Encoding": "gzip, br"})
        assert "content-encoding" not in answer.headers


def test_a_stylesheet_says_the_same_without_what_its_writer_needs() -> None:
    """Comments and blanks stay here; words of a selector and of a size keep theirs."""
    written = """/* Why */
    a > b, c :focus { margin: 0 1rem; width: calc(1px + 2px); }
    p::after { content: " ·"; }
    @media (max-width: 2rem) {
      p { margin: 0; }
    }
    """
    assert static.tight(written) == (
        "a > b,c :focus{margin:0 1rem;width:calc(1px + 2px)}"
        'p::after{content:" ·"}@media (max-width:2rem){p{margin:0}}'
    )
    assert len(FILES["app.css"]) < 0.9 * len((static._FOLDER / "app.css").read_bytes())
