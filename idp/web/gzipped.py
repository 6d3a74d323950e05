"""What is compressed where it is made, once: files and pages that hold no secret (decision 39)."""

import gzip
import re

from starlette.requests import Request

_NO_WEIGHT = re.compile(r"q\s*=\s*0(\.0{1,3})?")


def gzipped(body: bytes) -> bytes:
    """The same bytes for the same body, whenever they are made."""
    return gzip.compress(body, mtime=0)


def takes_gzip(request: Request) -> bool:
    """Whether it is named and not refused (RFC 9110 section 12.5.3)."""
    accepted = request.headers.get("accept-encoding", "").lower()
    parts = (coding.partition(";") for coding in accepted.split(","))
    weights = {coding.strip(): weight.strip() for coding, _, weight in parts}
    return "gzip" in weights and not _NO_WEIGHT.fullmatch(weights["gzip"])
