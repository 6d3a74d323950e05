"""Has the typesetting program set a document, within seconds. Bounded by who calls it: a lane."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import structlog

from idp.adoption.report.paper import Picture
from idp.kit.errors import Overloaded

_log = structlog.get_logger("idp.adoption")
_COMMAND = (sys.executable, "-I", "-B", str(Path(__file__).with_name("typesetting.py")))
_SECONDS = 30.0


def set_pdf(document: Mapping[str, Any]) -> bytes:
    """The document as PDF. Raises Overloaded where it was not done in time."""
    return _run(document)


def draw(pictures: Sequence[Picture]) -> dict[str, bytes]:
    """The PNG of each picture's SVG. Raises as `set_pdf` does."""
    if not pictures:
        return {}
    told = [{"svg": each.svg, "width": each.width} for each in pictures]
    drawn = json.loads(_run({"pictures": told}))
    return {p.svg: bytes.fromhex(png) for p, png in zip(pictures, drawn, strict=True)}


def _run(asked: Mapping[str, Any]) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - a program of ours, its input is data
            _COMMAND,
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=_SECONDS,
            check=True,
            env={},
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        said = (error.stderr or b"").decode(errors="replace")[-500:]
        _log.warning("report.not_set", said=said)
        raise Overloaded("Many people are using it right now.", detail="a report failed") from error
    return done.stdout
