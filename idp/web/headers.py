"""The security headers and cookies every response carries, whoever wrote its body.

Pages of any origin may read what is answered where clients in browsers call, an error included:
without that they see no status, no reason and no `Retry-After`. Never with credentials.
"""

from collections.abc import Collection, Iterable, Mapping
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from idp.kit.asked import ASKED, Asked
from idp.web.reply import Reply, reply_of

_Header = tuple[bytes, bytes]

_FIXED = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
CROSS_ORIGIN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "DPoP-Nonce, WWW-Authenticate, Retry-After, X-Request-Id",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_POLICY = b"content-security-policy"
_HSTS = "max-age=63072000; includeSubDomains"
_UNSAFE_IN_POLICY = frozenset(" ;,'\"\t\r\n")


class HeadersMiddleware:
    """Adds the headers when a response starts; what the route set itself stays."""

    def __init__(
        self, app: ASGIApp, *, is_https: bool, cross_origin_paths: Collection[str] = ()
    ) -> None:
        self._app = app
        self._cross_origin_paths = frozenset(cross_origin_paths)
        fixed = {**_FIXED, "Strict-Transport-Security": _HSTS} if is_https else _FIXED
        self._fixed, self._readable = _encoded(fixed), _encoded({**fixed, **CROSS_ORIGIN})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        reply, asked = reply_of(HTTPConnection(scope)), Asked()
        ASKED.set(asked)
        is_readable = scope["path"] in self._cross_origin_paths
        fixed = self._readable if is_readable else self._fixed

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _completed(message["headers"], fixed, reply)
                message["headers"].append((b"x-request-id", asked.id.encode()))
            await send(message)

        await self._app(scope, receive, send_with_headers)


def policy(reply: Reply) -> str:
    """The Content Security Policy of this response: nothing is allowed that it does not need."""
    script = f"'nonce-{reply.nonce}'" if reply.has_nonce else "'none'"
    frames = [" ".join(["frame-src", *_unique(reply.frames)])] if reply.frames else []
    return "; ".join(
        [
            "default-src 'none'",
            *frames,
            "style-src 'self'",
            "img-src 'self' data:",
            f"script-src {script}",
            " ".join(["form-action 'self'", *_unique(reply.form_actions)]),
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ]
    )


def allow_form_action(request: HTTPConnection, uri: str) -> None:
    """Let this page's forms lead to that URI's origin, or scheme when it is a native one.

    Browsers apply `form-action` to the redirects that follow a POST (protocol.md section 6).
    """
    source = _source(uri)
    if source:
        reply_of(request).form_actions.append(source)


def allow_frame(request: HTTPConnection, uri: str) -> None:
    """Let this page show that URI's origin in a frame."""
    source = _source(uri)
    if source:
        reply_of(request).frames.append(source)


def embeddable(request: HTTPConnection) -> dict[str, str]:
    """The headers of a page that any site may frame: one that shows nothing and has one script."""
    sources = [
        "default-src 'none'",
        f"script-src 'nonce-{reply_of(request).nonce}'",
        "form-action 'none'",
        "base-uri 'none'",
    ]
    return {
        "Content-Security-Policy": "; ".join(sources),
        "Cross-Origin-Resource-Policy": "cross-origin",
    }


def _encoded(headers: Mapping[str, str]) -> list[_Header]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


def _completed(sent: Iterable[_Header], fixed: Iterable[_Header], reply: Reply) -> list[_Header]:
    headers = list(sent)
    present = {name for name, _ in headers}
    headers += [header for header in fixed if header[0] not in present]
    if _POLICY not in present:
        is_usual = not (reply.has_nonce or reply.form_actions or reply.frames)
        headers.append((_POLICY, _USUAL if is_usual else policy(reply).encode()))
    headers += [
        (b"set-cookie", cookie.OutputString().encode()) for cookie in reply.cookies.values()
    ]
    return headers


def _source(uri: str) -> str:
    parts = urlsplit(uri)
    if parts.scheme not in ("http", "https"):
        return f"{parts.scheme}:" if parts.scheme else ""
    if not parts.netloc or not _UNSAFE_IN_POLICY.isdisjoint(parts.netloc):
        return ""
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}:" if host.startswith("[") else f"{parts.scheme}://{host}"


def _unique(values: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys(values)


_USUAL = policy(Reply()).encode()
"""Of a response whose route asked for nothing."""
