"""A web server on loopback that answers what a test tells it to."""

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Document:
    """One answer."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0
    """Seconds between the pieces of a body that never ends; zero: it is sent at once."""


@dataclass
class Documents:
    """Answers by path, and the paths asked for."""

    url: str
    known: dict[str, Document] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def put(self, path: str, body: str, **values: object) -> str:
        """Answer that path with the body; its address."""
        self.known[path] = Document(body.encode(), **values)  # type: ignore[arg-type]
        return self.url + path


@contextmanager
def serve_documents(tls: ssl.SSLContext | None = None) -> Iterator[Documents]:
    """The server, while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            documents.asked.append(self.path)
            document = documents.known.get(self.path, Document(status=404))
            self.send_response(document.status)
            for name, value in document.headers.items():
                self.send_header(name, value)
            self.end_headers()
            while document.wait:
                self.wfile.write(b".")
                time.sleep(document.wait)
            self.wfile.write(document.body)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: object) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    documents = Documents(f"http{'s' if tls else ''}://localhost:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield documents
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
