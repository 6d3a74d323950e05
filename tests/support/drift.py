"""Run as a module: fails when the models and the migrations disagree."""

import sys

from alembic.util import CommandError

from idp.kit.migrations import check_drift
from tests.support.postgres import database_server, migrated_template


def main() -> None:
    """Migrate an empty database and compare it with the models."""
    with database_server() as server, migrated_template(server) as database:
        try:
            check_drift(database.owner_url)
        except CommandError as error:
            sys.exit(str(error))


if __name__ == "__main__":
    main()
