"""The command `idp`, and `python -m idp`."""

from idp.kit.garbage import kept


def main() -> None:
    """Run a command."""
    with kept():
        from idp import cli  # noqa: PLC0415 - most of what a command imports
    cli.main()


if __name__ == "__main__":
    main()
