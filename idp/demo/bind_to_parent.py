"""Run as a script: becomes a program that ends with the process that asked for it.

    python -I -S bind_to_parent.py PARENT_PID PROGRAM ARGUMENT…

A script of its own, because in a process with threads no Python may safely run between fork and
exec. The kernel keeps the request through exec.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(parent: int, program: list[str]) -> None:
    """Ask the kernel for SIGTERM when the parent ends, and replace this process."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a background job starts with it ignored
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit("the process that asked for this program has ended")
    os.execv(program[0], program)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
