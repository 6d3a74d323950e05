"""What argon2id alone allows: verifications a second on the serving core, nothing else running.

Run as a module in a process of its own: `python -m bench.argon CORE SECONDS`.
"""

import os
import subprocess
import sys
import time

from argon2.low_level import Type, hash_secret, verify_secret

from idp.settings import PasswordSettings


def measure_argon2id(core: int, *, seconds: float) -> float:
    """Verifications a second at the product's parameters, by one thread pinned to `core`."""
    command = [sys.executable, "-m", "bench.argon", str(core), str(seconds)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    return float(done.stdout)


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
    count, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        verify_secret(stored, secret, Type.ID)
        count += 1
    print(count / (time.perf_counter() - started))


if __name__ == "__main__":
    main()
