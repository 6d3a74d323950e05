"""What argon2id alone allows: verifications a second on the serving core, nothing else running.

Run as a module in a process of its own: `python -m bench.argon CORE SECONDS`.
"""

import os
import subprocess
import sys
import time
from dataclasses import dataclass

from argon2.low_level import Type, hash_secret, verify_secret

from idp.settings.people import PasswordSettings


@dataclass(frozen=True)
class HashRate:
    """Verifications a second, and the CPU time of one, which strangers on the core alter little."""

    per_second: float
    cpu_milliseconds: float


def measure_argon2id(core: int, *, seconds: float) -> HashRate:
    """Verifications at the product's parameters, by one thread pinned to `core`."""
    command = [sys.executable, "-m", "bench.argon", str(core), str(seconds)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    return HashRate(*map(float, done.stdout.split()))


def main() -> None:
    core, seconds = int(sys.argv[1]), float(sys.argv[2])
    os.sched_setaffinity(0, {core})
    settings, secret = PasswordSettings(), b"a password of the benchmark"
    stored = hash_secret(
        secret,
        os.urandom(16),
        time_cost=settings.argon2_time,
        memory_cost=settings.argon2_memory_kib,
        parallelism=1,
        hash_len=32,
        type=Type.ID,
    )
    verify_secret(stored, secret, Type.ID)
    count, started, used = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - started < seconds:
        verify_secret(stored, secret, Type.ID)
        count += 1
    elapsed, used = time.perf_counter() - started, time.process_time() - used
    print(count / elapsed, 1000 * used / count)


if __name__ == "__main__":
    main()
