"""E2: the proxy of deploy/nginx.conf before two nodes: one restarts, dies or hangs."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.country import Country
from tests.support.postgres import Database
from tests.support.served import Served, free_port, served

ROOT = Path(__file__).parents[2]
BLOCK = ROOT / "deploy" / "nginx.conf"
AT_ONCE, ROUNDS = 6, 40
SECONDS = 60


@dataclass(frozen=True)
class Proxy:
    """A running nginx."""

    url: str
    folder: Path

    def entries(self) -> list[dict[str, str]]:
        """Its log so far."""
        lines = (self.folder / "access.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines]


def write_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    at = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    signed = (
        made.not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=2))
        .sign(key, hashes.SHA256())
    )
    pem = signed.public_bytes(serialization.Encoding.PEM)
    (folder / "onedoor.pem").write_bytes(pem)
    (folder / "agencies-ca.pem").write_bytes(pem)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "onedoor.key").write_bytes(private)


def adapted(folder: Path, *, http: int, https: int, nodes: tuple[int, int]) -> str:
    """What an operator changes in the block, and nothing else; each stands there."""
    text = BLOCK.read_text()
    for there, here in {
        "10.0.0.11:8000": f"127.0.0.1:{nodes[0]}",
        "10.0.0.12:8000": f"127.0.0.1:{nodes[1]}",
        "/etc/nginx/": f"{folder}/",
        "/var/log/nginx/onedoor.jsonl": f"{folder}/access.jsonl",
        "listen 80;": f"listen 127.0.0.1:{http};",
        "listen 443 ssl": f"listen 127.0.0.1:{https} ssl",
        "mtls.id.example.gov.vn": "mtls.localhost",
        "id.example.gov.vn": "localhost",
    }.items():
        assert there in text, there
        text = text.replace(there, here)
    return text


def write_configuration(folder: Path, block: str) -> Path:
    (folder / "block.conf").write_text(block)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = folder / "nginx.conf"
    main.write_text(
        f"pid {folder}/pid; error_log {folder}/error.log; daemon off; worker_processes 2;"
        f"events {{}} http {{ {temporary} include {folder}/block.conf; }}"
    )
    return main


@pytest.fixture(scope="module")
def nginx() -> str:
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if not found:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("nginx is not installed")
    return found


@contextmanager
def proxying(nginx: str, *, port: int, nodes: tuple[int, int]) -> Iterator[Proxy]:
    folder = Path(tempfile.mkdtemp(prefix="idp-nginx-"))
    folder.chmod(0o755)
    write_certificate(folder)
    block = adapted(folder, http=free_port(), https=port, nodes=nodes)
    command = [nginx, "-p", folder, "-e", folder / "error.log"]
    command += ["-c", write_configuration(folder, block)]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    process = subprocess.Popen(command)
    try:
        yield Proxy(f"https://localhost:{port}", folder)
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def starts() -> Iterator[ExitStack]:
    """What ends every node that was started."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture(scope="module")
def nodes(
    module_database: Database, country: Country, port: int, starts: ExitStack
) -> list[Served]:
    assert country
    return [start(starts, module_database, f"https://localhost:{port}") for _ in range(2)]


def start(starts: ExitStack, database: Database, issuer: str, port: int = 0) -> Served:
    trusted = {"IDP_SERVER__TRUSTED_PROXIES": '["127.0.0.1/32"]'}
    node = served(database, issuer=issuer, port=port, settings=trusted, options=("--no-work",))
    return starts.enter_context(node)


@pytest.fixture(scope="module")
def proxy(nginx: str, nodes: list[Served], port: int) -> Iterator[Proxy]:
    with proxying(nginx, port=port, nodes=(nodes[0].port, nodes[1].port)) as proxy:
        await_answer(proxy)
        yield proxy


def await_answer(proxy: Proxy) -> None:
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            if httpx2.get(f"{proxy.url}/readyz", verify=False, timeout=20).status_code == 200:
                return
        except httpx2.HTTPError:
            pass
        assert time.monotonic() < deadline, (proxy.folder / "error.log").read_text()
        time.sleep(0.1)


@contextmanager
def asking(proxy: Proxy) -> Iterator[Counter[int]]:
    """Several clients ask what leads to a row, until the block ends: their answers' statuses."""
    statuses: Counter[int] = Counter()
    is_over = False

    def ask() -> None:
        with httpx2.Client(verify=False, timeout=40) as client:
            while not is_over:
                answer = client.get(f"{proxy.url}/authorize?client_id=nobody")
                statuses[answer.status_code] += 1

    with ThreadPoolExecutor(AT_ONCE) as pool:
        asked = [pool.submit(ask) for _ in range(AT_ONCE)]
        try:
            yield statuses
        finally:
            is_over = True
    for one in asked:
        one.result()


def await_more(statuses: Counter[int], number: int) -> None:
    deadline, before = time.monotonic() + SECONDS, statuses.total()
    while statuses.total() < before + number:
        assert time.monotonic() < deadline, statuses
        time.sleep(0.05)


def await_asked(proxy: Proxy, node: Served, *, since: int) -> None:
    """Until the proxy asks that node, whom it may have left alone for seconds after a fault."""
    deadline = time.monotonic() + SECONDS
    while not any(f":{node.port}" in entry["node"] for entry in proxy.entries()[since:]):
        assert time.monotonic() < deadline, node.port
        time.sleep(0.05)


def test_the_proxy_compresses_the_figures_and_no_other_page(proxy: Proxy) -> None:
    """Decision 39: of any other the length would tell what stands in it."""
    takes = {"Accept-Encoding": "gzip, br"}
    public = ("/adoption", "/adoption/figures", "/adoption.csv", "/static/app.css")
    others = ("/", "/device", "/nowhere")
    answers = {
        path: httpx2.get(f"{proxy.url}{path}", verify=False, headers=takes)
        for path in public + others
    }
    coded = {path: answer.headers.get("content-encoding") for path, answer in answers.items()}
    assert coded == {**dict.fromkeys(public, "gzip"), **dict.fromkeys(others)}
    for path in public:  # else a cache would hand them to whoever reads none
        assert "accept-encoding" in answers[path].headers.get("vary", "").casefold(), path


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGKILL])
def test_a_restarted_node_costs_no_request(
    module_database: Database,
    nodes: list[Served],
    starts: ExitStack,
    proxy: Proxy,
    sign: signal.Signals,
) -> None:
    first, second = nodes
    before = len(proxy.entries())
    with asking(proxy) as statuses:
        await_more(statuses, ROUNDS)
        await_asked(proxy, second, since=before)
        second.process.send_signal(sign)
        second.process.wait(30)
        await_more(statuses, ROUNDS)
        again = len(proxy.entries())
        nodes[1] = start(starts, module_database, proxy.url, port=second.port)
        await_asked(proxy, second, since=again)
        await_asked(proxy, first, since=again)
    assert set(statuses) == {400}, statuses


def test_a_node_that_hangs_stalls_few_and_answers_are_had_from_the_other(
    nodes: list[Served], proxy: Proxy
) -> None:
    """It accepts connections and says nothing; each of the clients meets it once at most."""
    hung, before = nodes[1], len(proxy.entries())
    os.killpg(hung.process.pid, signal.SIGSTOP)
    try:
        with asking(proxy) as statuses:
            await_asked(proxy, hung, since=before)
            await_more(statuses, 10 * ROUNDS)
    finally:
        os.killpg(hung.process.pid, signal.SIGCONT)
    assert set(statuses) == {400}, statuses
    met = [e for e in proxy.entries()[before:] if f":{hung.port}" in e["node"]]
    assert 0 < len(met) <= 2 * AT_ONCE


def test_the_proxys_log_names_the_nodes_request_and_no_query(proxy: Proxy) -> None:
    answer = httpx2.get(f"{proxy.url}/authorize?client_id=a-secret", verify=False, timeout=20)
    entry = next(e for e in proxy.entries() if e["request_id"] == answer.headers["x-request-id"])
    assert (entry["path"], entry["status"], entry["method"]) == ("/authorize", "400", "GET")
    assert "a-secret" not in (proxy.folder / "access.jsonl").read_text()
