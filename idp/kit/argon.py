"""argon2id in memory that is kept, in huge pages: a sixth less CPU than where malloc puts it.

Half of its reads go anywhere in its memory (19 MiB), of which a core knows the addresses of a few
hundred pages of 4 KB, and of all that are 2 MB. The library clears the memory before it gives it
back, so the next finds nothing of the one before. The kernel is asked for such pages where it
gives them when asked (`transparent_hugepage` is `madvise` or `always`), and all is well without.
"""

import mmap
from collections import deque
from contextlib import suppress
from typing import Any

from argon2.exceptions import HashingError
from argon2.low_level import ARGON2_VERSION, Type, core, error_to_str, ffi

_HUGE = 2 * 1024 * 1024
_free: deque[mmap.mmap] = deque()
"""Blocks that no hash has at the moment; there are as many as there ever were hashes at once."""
_lent: dict[int, mmap.mmap] = {}
"""The others, by where their memory begins."""


def argon2id(
    secret: bytes, salt: bytes, *, passes: int, kibibytes: int, lanes: int, length: int = 32
) -> bytes:
    """The digest (RFC 9106). Raises HashingError for parameters that it forbids."""
    out = ffi.new("uint8_t[]", length)
    told, salted = ffi.new("uint8_t[]", secret), ffi.new("uint8_t[]", salt)
    context = ffi.new("argon2_context *")
    context.out, context.outlen = out, length
    context.pwd, context.pwdlen = told, len(secret)
    context.salt, context.saltlen = salted, len(salt)
    context.t_cost, context.m_cost = passes, kibibytes
    context.lanes = context.threads = lanes
    context.version = ARGON2_VERSION
    context.allocate_cbk, context.free_cbk = _TAKE, _GIVE_BACK
    if problem := core(context, Type.ID.value):
        raise HashingError(error_to_str(problem))
    return bytes(ffi.buffer(out, length))


def _take(memory: Any, size: int) -> int:
    """A block as large, if need be a new one; what is too small for it is let go."""
    while _free:
        block = _free.pop()
        if len(block) >= size + _HUGE:
            break
    else:
        room = -(-size // _HUGE) * _HUGE + _HUGE
        block = mmap.mmap(-1, room, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        if hasattr(mmap, "MADV_HUGEPAGE"):
            with suppress(OSError):  # a kernel without such pages
                block.madvise(mmap.MADV_HUGEPAGE)
    start = ffi.from_buffer(block)
    begins = int(ffi.cast("uintptr_t", start))
    place = ffi.cast("uint8_t *", start) + -begins % _HUGE
    _lent[int(ffi.cast("uintptr_t", place))] = block
    memory[0] = place
    return 0


def _give_back(memory: Any, _size: int) -> None:
    _free.append(_lent.pop(int(ffi.cast("uintptr_t", memory))))


_TAKE = ffi.callback("int(uint8_t **, size_t)", _take)
_GIVE_BACK = ffi.callback("void(uint8_t *, size_t)", _give_back)
