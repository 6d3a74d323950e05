"""The embedded PostgreSQL: a private server for the demo, the tests and a developer's machine.

Its binaries come with the extra `demo`; its data lives under the data folder; it listens on a Unix
socket only, and admits only the operating-system user that started it. The command line and the
tests use it when no other database is configured (`IDP_DATABASE__URL` empty).
Production never does.
"""

from idp.demo.postgres.cluster import APP, AUDITOR, DATABASE, OWNER, SEALER
from idp.demo.postgres.server import EmbeddedPostgres

__all__ = ["APP", "AUDITOR", "DATABASE", "OWNER", "SEALER", "EmbeddedPostgres"]
