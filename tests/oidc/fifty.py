"""Fifty threads that send one token request at the same moment."""

import threading
from datetime import timedelta

from starlette.datastructures import Headers

from idp.kit.db import make_engine, transaction
from idp.oidc.authlib.build import GRANTS, build_server
from idp.oidc.authlib.request import ProtocolRequest
from tests.oidc.conftest import World
from tests.support.postgres import Database


def statuses_of_fifty(world: World, database: Database, fields: dict[str, str]) -> list[int]:
    """What they are answered, sorted."""
    part = world.part
    engine = make_engine(database.app_url, pool_size=25, pool_timeout=timedelta(seconds=30))
    barrier, statuses = threading.Barrier(50), []

    def present() -> None:
        barrier.wait()
        with transaction(engine) as db:
            server = build_server(part, db, grants=GRANTS)
            asked = ProtocolRequest("POST", fields, Headers())
            statuses.append(server.create_token_response(asked).status_code)

    threads = [threading.Thread(target=present) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.dispose()
    return sorted(statuses)
