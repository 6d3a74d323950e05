"""Objects that stay as long as the process does, and the garbage collector."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def kept() -> Iterator[None]:
    """What the block makes, the collector never looks at: modules and what they hold.

    Looking at all of it while more and more is imported took a fifth of a start. Use it before
    threads run.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
