"""What a process asks of the operating system: an end with its parent, and modest memory."""

import ctypes
import signal
import sys

_PR_SET_PDEATHSIG = 1
_M_ARENA_MAX = -8


def end_with_parent(sign: signal.Signals = signal.SIGTERM) -> None:
    """Have the kernel send this process `sign` when its parent ends, however it ends.

    Linux only; elsewhere nothing happens.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(sign))


def share_arenas() -> None:
    """Have glibc's threads share two memory pools, so that password hashing leaves little behind.

    Elsewhere nothing happens.
    """
    if sys.platform == "linux" and hasattr(ctypes.CDLL(None), "mallopt"):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)
