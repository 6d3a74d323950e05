"""Run as a script: becomes a program that cannot outlive the process that asked for it.

    python -I -S launch.py PARENT_PID SIGNAL UID PROGRAM ARGUMENT…

Gives up root (UID 0 means: stay who you are), asks the kernel to send SIGNAL when the parent's
thread ends, and replaces itself by PROGRAM; the kernel keeps the request through exec. A script of
its own, because in a process with threads no Python may safely run between fork and exec.
"""

import ctypes
import os
import pwd
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(parent: int, sign: int, uid: int, program: list[str]) -> None:
    """Replace this process; the order matters, for changing user clears the parent-death signal."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a background job starts with it ignored
    if uid:
        os.setgroups([])
        group = pwd.getpwuid(uid).pw_gid
        os.setresgid(group, group, group)
        os.setresuid(uid, uid, uid)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, sign)
    if os.getppid() != parent:
        sys.exit("the process that asked for this program has ended")
    os.execv(program[0], program)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
