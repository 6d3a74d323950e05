"""Run as a module: fails when the models and the migrations disagree."""

import sys

from alembic import command
from alembic.util import CommandError

from idp.kit.migrations import migration_config
from tests.support.postgres import database_server, migrated_template


def check_drift(owner_url: str) -> None:
    """Raise `alembic.util.CommandError` when the models say more than the migrations."""
    command.check(migration_config(owner_url))


def main() -> None:
    """Migrate an empty database and compare it with the models."""
    with database_server() as server, migrated_template(server) as database:
        try:
            check_drift(database.owner_url)
        except CommandError as error:
            sys.exit(str(error))


if __name__ == "__main__":
    main()
