"""The command `idp`, and `python -m idp`."""

import sys

from idp.kit.garbage import kept

sys.modules["rich"] = None  # type: ignore[assignment]  # structlog carries it where it finds it
import structlog  # noqa: E402, F401 - read here, so that workers read it without that, too

del sys.modules["rich"]


def main() -> None:
    """Run a command."""
    with kept():
        from idp import cli  # noqa: PLC0415 - most of what a command imports
    cli.main()


if __name__ == "__main__":
    main()
