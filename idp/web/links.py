"""Links: absolute ones from the configured issuer, local ones that lead nowhere else."""

from collections.abc import Mapping
from urllib.parse import urlsplit
from uuid import UUID

from idp.settings.server import IssuerSettings


def absolute_url(issuer: IssuerSettings, path: str) -> str:
    """The address of a local path under the issuer; never from Host or Forwarded headers."""
    if not path.startswith("/"):
        raise ValueError("a local path begins with a slash")
    return issuer.url + path


def is_local_return(target: str) -> bool:
    r"""Whether a browser sent to `target` stays on this site: one slash, a path, maybe a query.

    Browsers read `//host`, `/\host` and targets with control characters as other sites.
    """
    if not target.startswith("/") or target.startswith("//") or len(target) > 4096:
        return False
    if not target.isascii() or any(c <= " " or c in '\\"<>\x7f' for c in target):
        return False
    parts = urlsplit(target)
    return not parts.scheme and not parts.netloc


def local_return(target: str | None, *, otherwise: str = "/") -> str:
    """The target if it is local, else `otherwise`."""
    return target if target is not None and is_local_return(target) else otherwise


def logo_path(digest: bytes | None) -> str:
    """Where the picture with that SHA-256 is shown; empty for none."""
    return f"/logos/{digest.hex()}.png" if digest else ""


def back_to_sign_in(query: Mapping[str, str]) -> str:
    """The way back from a page that a sign-in led to (`signin`, its id in the query); or empty."""
    try:
        return f"/signin/{UUID(query.get('signin', ''))}/identifier"
    except ValueError:
        return ""
