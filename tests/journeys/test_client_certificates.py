"""Mutual TLS through nginx as docs/operations.md has it, with clients that do as they are told.

A TLS server may name the authorities whose certificates it takes. Java's clients, and OpenSSL's
where they choose among several, show none that is of another: not one that signs itself.
"""

import os
import re
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from joserfc.jwk import ECKey

from idp.kit import clock
from idp.kit.db import make_engine, transaction
from idp.relying_parties.auth_methods import SELF_SIGNED_TLS_CLIENT_AUTH, TLS_CLIENT_AUTH
from tests.support.people import add_agency, add_relying_party
from tests.support.postgres import Database
from tests.support.served import Served, free_port, served, serving

HOST = "mtls.id.example.gov.vn"
PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
SECONDS = 20
OWN, ISSUED, AUTHORITY = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))


@dataclass(frozen=True)
class Client:
    """A client with a certificate; `authority` is who signed it."""

    client_id: str
    file: Path
    authority: str


def name_of(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])


def certificate(subject: str, key: Any, *, by: str, signer: Any) -> x509.Certificate:
    now = clock.now()
    return (
        x509.CertificateBuilder()
        .subject_name(name_of(subject))
        .issuer_name(name_of(by))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=subject == by, path_length=None), critical=True)
        .sign(signer, hashes.SHA256())
    )


def write(file: Path, made: x509.Certificate, key: Any) -> Path:
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(made.public_bytes(Encoding.PEM) + secret)
    return file


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificates of the proxy, the authority, and both clients."""
    folder = tmp_path_factory.mktemp("nginx")
    write(
        folder / "ca.pem",
        certificate("agencies", AUTHORITY, by="agencies", signer=AUTHORITY),
        AUTHORITY,
    )
    write(folder / "own.pem", certificate("own", OWN, by="own", signer=OWN), OWN)
    issued = certificate("issued", ISSUED, by="agencies", signer=AUTHORITY)
    write(folder / "issued.pem", issued, ISSUED)
    return folder


@pytest.fixture(scope="module")
def provider(module_database: Database) -> Iterator[Served]:
    """Behind a proxy that tells of certificates, with a client of each kind."""
    engine = make_engine(module_database.app_url)
    with transaction(engine) as db:
        agency = add_agency(db)
        own, issued = (
            add_relying_party(db, client_id=name, agency=agency) for name in ("own", "issued")
        )
        own.token_endpoint_auth_method = SELF_SIGNED_TLS_CLIENT_AUTH
        own.jwks = {"keys": [ECKey.import_key(OWN).as_dict(private=False)]}
        issued.token_endpoint_auth_method = TLS_CLIENT_AUTH
        issued.tls_client_auth_subject_dn = "CN=issued"
        for party in (own, issued):
            party.grant_types, party.response_types = ["client_credentials"], []
    engine.dispose()
    settings = {
        "IDP_SERVER__TRUSTED_PROXIES": '["127.0.0.1/32"]',
        "IDP_MTLS__CERTIFICATE_HEADER": "X-Client-Cert",
        "IDP_MTLS__VERIFIED_HEADER": "X-Client-Verify",
    }
    with served(module_database, settings=settings) as provider:
        yield provider


def documented() -> str:
    """The server block of the page, as it is printed there."""
    found = re.search(
        rf"server {{ server_name {re.escape(HOST)};.*?}} }}", PAGE.read_text(), re.DOTALL
    )
    assert found
    return found[0]


@contextmanager
def proxied(provider: Served, folder: Path, block: str) -> Iterator[int]:
    """nginx with that server block before the provider; its port."""
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("nginx is not installed")
    port, plain = free_port(), free_port()
    server = f"listen 127.0.0.1:{port} ssl; ssl_certificate ca.pem; ssl_certificate_key ca.pem;"
    block = block.replace("listen 443 ssl; …", server).replace(
        "/etc/nginx/agencies-ca.pem", "ca.pem"
    )
    block = block.replace("127.0.0.1:8000", f"127.0.0.1:{provider.port}")
    alive = f"server {{ listen 127.0.0.1:{plain}; location / {{ return 204; }} }}"
    paths = "".join(
        f"{kind}_temp_path {kind}; "
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = folder / "nginx.conf"
    config.write_text(
        "daemon off; master_process off; pid nginx.pid; error_log stderr;\n"
        f"events {{}} http {{ access_log off; {paths}\n{block}\n{alive} }}\n"
    )
    command = [program, "-p", str(folder), "-c", str(config), "-e", "stderr"]
    with serving(command, os.environ, url=f"http://127.0.0.1:{plain}", ready_path="/"):
        yield port


def named_authorities(port: int) -> str:
    """What the server tells of the authorities it takes, as OpenSSL reads it; empty for nothing."""
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", HOST]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert "CA names" in done.stdout, done.stderr
    if "No client certificate CA names sent" in done.stdout:
        return ""
    return done.stdout.partition("Acceptable client certificate CA names")[2].partition("---")[0]


def ask(port: int, client: Client) -> tuple[int, bytes]:
    """A machine token, asked for by a client that shows its certificate only if that is wanted."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    wanted = named_authorities(port)
    if not wanted or client.authority in wanted:
        context.load_cert_chain(client.file)
    connection = HTTPSConnection("127.0.0.1", port, context=context, timeout=SECONDS)
    body = f"grant_type=client_credentials&client_id={client.client_id}"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/token", body, form)
    answer = connection.getresponse()
    try:
        return answer.status, answer.read()
    finally:
        connection.close()


def test_clients_that_heed_the_named_authorities_show_their_certificates(
    provider: Served, folder: Path
) -> None:
    """C7: one that signs its own, and one whose chain nginx has verified."""
    with proxied(provider, folder, documented()) as port:
        assert named_authorities(port) == ""
        for client in (
            Client("own", folder / "own.pem", "own"),
            Client("issued", folder / "issued.pem", "agencies"),
        ):
            status, body = ask(port, client)
            assert (status, b"access_token" in body) == (200, True), body
        stranger = Client("issued", folder / "own.pem", "own")
        assert ask(port, stranger)[0] == 401


def test_named_authorities_keep_the_others_away(provider: Served, folder: Path) -> None:
    """C7, control: with the directive that the page had."""
    block = documented().replace("ssl_trusted_certificate", "ssl_client_certificate")
    with proxied(provider, folder, block) as port:
        assert "agencies" in named_authorities(port)
        assert ask(port, Client("issued", folder / "issued.pem", "agencies"))[0] == 200
        status, body = ask(port, Client("own", folder / "own.pem", "own"))
        assert (status, b"invalid_client" in body) == (401, True)
