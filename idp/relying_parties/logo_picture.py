"""A program: a picture from elsewhere on its input, a small plain one on its output.

Decoders of pictures are where others break in, and a small file may ask for much memory. So it runs
in a process of its own, which knows no secret, opens no connection and has little of everything; it
imports nothing of ours. It ends with 0 where it was a picture.
"""

import resource
import sys
from io import BytesIO

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
"""Of the last two the first frame. No SVG: that is a program."""
MOST_PIXELS = 4_000_000
"""As the file declares them; judged before they are decoded."""
SIDE = 128
"""Pixels at most, of what is kept: pages show it at half of that."""
_MOST = {
    resource.RLIMIT_AS: 512 * 2**20,
    resource.RLIMIT_CPU: 5,
    resource.RLIMIT_FSIZE: 0,
}


def shrink(body: bytes) -> bytes:
    """The picture as a PNG with nothing in it but what is seen.

    Raises whatever is wrong with it.
    """
    from PIL import Image  # noqa: PLC0415 - within the limits, and in this process alone

    with Image.open(BytesIO(body), formats=FORMATS) as image:
        if image.width * image.height > MOST_PIXELS:
            raise ValueError("too many pixels")
        small = image.convert("RGBA")
    small.thumbnail((SIDE, SIDE))
    small.info.clear()
    shrunk = BytesIO()
    small.save(shrunk, "PNG", optimize=True)
    return shrunk.getvalue()


if __name__ == "__main__":
    for what, most in _MOST.items():
        resource.setrlimit(what, (most, most))
    sys.stdout.buffer.write(shrink(sys.stdin.buffer.read()))
