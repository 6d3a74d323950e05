"""`idp migrate`: bring the database to the newest schema."""

import typer

from idp.cli.database import connected
from idp.cli.output import JsonOption, show
from idp.kit.errors import ConfigurationError
from idp.kit.migrations import newest_revision, upgrade
from idp.settings import Settings
from idp.settings.deployment import settle_environment

app = typer.Typer()


@app.command()
def migrate(*, json: JsonOption = False) -> None:
    """Bring the database to the newest schema.

    Safe to repeat, and to run on several nodes.
    """
    with connected(Settings()) as settings:
        if not settings.database.owner_url:
            raise ConfigurationError(
                "Set IDP_DATABASE__OWNER_URL, the database of the role that migrates."
            )
        upgrade(settings.database.owner_url)
        settle_environment(settings)
    show({"revision": newest_revision()}, as_json=json)
