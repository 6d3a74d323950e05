"""What a node does beside its requests: the table of its tasks.

Once on a node is enough (`idp serve` alone, or `idp work`), and any number of nodes is safe.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial

from sqlalchemy import Engine
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from idp.accounts.disowning import forget_void_hashes
from idp.demo.marker import refuse_demo_data
from idp.factors.attempts import delete_stale
from idp.factors.enrolments import delete_over
from idp.factors.known_devices import KNOWN_FOR, delete_unused
from idp.factors.ways import remove_suspended
from idp.figures.lists.delivering import drop_old_hashes
from idp.figures.rolling_days import roll_windows
from idp.figures.rollup import roll_up
from idp.figures.rules import counting_rules
from idp.interactions import end as interactions
from idp.interactions.end import BATCH as SWEPT
from idp.interactions.end import sweep
from idp.journal.errors import drop_expired_errors
from idp.journal.seal import seal_age
from idp.journal.sealer import Sealer
from idp.journal.sources import drop_old_sources
from idp.keys.rotation import keep_keys
from idp.keys.schedule import schedule_of
from idp.kit import clock, measures
from idp.kit.background import Task, alone, alone_in_batches, repeating
from idp.kit.crypto import Keyring
from idp.kit.db import make_engine, refuse_owning_role, transaction
from idp.kit.errors import ConfigurationError
from idp.mail.kinds import mail_kinds, text_kinds
from idp.oidc.formats.logout_token import LogoutTokens
from idp.outbox import messages as outbox
from idp.outbox.kinds import Kind
from idp.outbox.messages import drop_old_messages
from idp.outbox.sender import send_due
from idp.people.codes import drop_expired_codes
from idp.people.contacts import UNDONE_WITHIN, drop_replaced
from idp.people.letters import drop_letters, erase_printed
from idp.personal_data.erasing import erase_due
from idp.rate_limits import drop_past
from idp.recovery.codes import drop_old_recoveries
from idp.recovery.machine import advance
from idp.relying_parties.dynamic import drop_expired_initial_tokens
from idp.relying_parties.logos import logos
from idp.relying_parties.outbound import make_sender
from idp.runtime import Runtime
from idp.sessions.end import drop_expired_sessions
from idp.sessions.models import SignInSession
from idp.settings import Settings
from idp.tokens.end import end_overdue_sessions
from idp.tokens.expiry import CLOCKS_DIFFER, drop_expired, has_grants
from idp.tokens.logout import backchannel_logout

_SECOND, _MINUTE = timedelta(seconds=1), timedelta(minutes=1)
CODES_KEPT_FOR = timedelta(hours=1)
"""Long enough for a page to say that one has expired."""
RECOVERIES_KEPT_FOR = timedelta(days=100)
"""Longer than they are counted for."""
BATCH = 2000
"""Rows of one table that leave in one transaction."""


def refuse_unfit_databases(
    settings: Settings, *, serving: Engine, sealing: Engine | None = None
) -> None:
    """Raise ConfigurationError for what production never starts on.

    A synthetic country, and a role to serve or to seal that owns tables.
    """
    if not settings.is_production:
        return
    refuse_owning_role(serving)
    refuse_demo_data(serving)
    if sealing is not None:
        refuse_owning_role(sealing, setting="IDP_DATABASE__SEALER_URL")


@contextmanager
def working(runtime: Runtime) -> Iterator[tuple[Task, ...]]:
    """Do the node's tasks as long as the block lasts, on connections of their own: one a task.

    Raises ConfigurationError when what seals the journal is missing, and as
    `refuse_unfit_databases`.
    """
    database = runtime.settings.database
    if not database.sealer_url:
        raise ConfigurationError("Set IDP_DATABASE__SEALER_URL, the sealing role's database.")
    engine, sealing = make_engine(database.url), make_engine(database.sealer_url)
    try:
        refuse_unfit_databases(runtime.settings, serving=engine, sealing=sealing)
        tasks = (*sealing_tasks(runtime, sealing), *tasks_of(runtime, engine))
        _measure_lags(engine)
        _measure_texts(engine, runtime)
        with repeating(tasks):
            yield tasks
    finally:
        sealing.dispose()
        engine.dispose()


def _measure_lags(engine: Engine) -> None:
    """How far the tasks are behind, whichever node does them: asked of the database each time."""
    lags = {
        "journal_seal_age_seconds": seal_age,
        "interactions_overdue_seconds": interactions.overdue,
        "outbox_overdue_seconds": outbox.overdue,
    }
    for name, read in lags.items():
        measures.gauge(name, partial(_read, engine, read))


def _measure_texts(engine: Engine, runtime: Runtime) -> None:
    """How many text messages the day has brought, and how many it may bring."""
    budget = runtime.texts

    def spent() -> float:
        with transaction(engine) as db:
            return budget.spent(db, at=clock.now())

    measures.gauge("texts_spent", spent)
    measures.gauge("texts_budget", lambda: budget.most)


def _read(engine: Engine, read: Callable[[Connection], float]) -> float:
    with engine.connect() as connection:
        return read(connection)


def sealing_tasks(runtime: Runtime, engine: Engine) -> tuple[Task, ...]:
    """What the sealing role does. Every node publishes: each head then stands in several places."""
    signer = runtime.settings.secrets.journal_signer()
    sealer = Sealer(signer, heads_file=runtime.settings.journal.heads_file)

    def publish(_stop: threading.Event) -> None:
        with engine.connect() as connection:
            sealer.publish(connection)

    return (
        alone(engine, "journal.seal", _SECOND, sealer.seal),
        Task("journal.heads", _MINUTE, publish),
    )


def tasks_of(runtime: Runtime, engine: Engine) -> tuple[Task, ...]:
    """Every other. Those that keep no other node out share their work by locking rows."""
    settings, keyring = runtime.settings, runtime.keyring
    roll = partial(roll_up, rules=counting_rules(settings))
    keep = partial(keep_keys, keyring=keyring, schedule=schedule_of(settings))

    def clean(connection: Connection) -> int:
        kept_for = settings.journal.sources_kept_for
        return clean_up(connection, sources_kept_for=kept_for, today=settings.country.today)

    erasing = partial(erase, keyring=keyring)
    send = partial(send_due, engine, kinds=outbox_kinds(runtime))
    return (
        alone_in_batches(engine, "interactions.sweep", 5 * _SECOND, end_overdue, batch=SWEPT),
        alone_in_batches(engine, "housekeeping", 30 * _SECOND, clean, batch=BATCH),
        alone(engine, "adoption.rollup", _MINUTE, roll),
        alone(engine, "adoption.windows", _MINUTE, roll_windows),
        alone(engine, "keys.upkeep", _MINUTE, keep),
        alone(engine, "recovery.advance", 5 * _SECOND, advance_recoveries),
        alone_in_batches(engine, "accounts.erase", _MINUTE, erasing, batch=1),
        Task("outbox.send", _SECOND, send),
    )


def outbox_kinds(runtime: Runtime) -> tuple[Kind, ...]:
    """The table of kinds: every message that is sent from the outbox.

    What is shown on a page waits there.
    """
    tokens = LogoutTokens(runtime.settings.issuer.url, runtime.signing_keys, runtime.keyring)
    http = make_sender(runtime.settings)
    outbound = (backchannel_logout(http=http, make_token=tokens.make), logos(http=http))
    settings, writer = runtime.settings, runtime.mail_writer
    mails = () if settings.shows_mail else mail_kinds(settings.mail, writer)
    if settings.shows_texts:
        return (*outbound, *mails)
    texts = text_kinds(settings.sms, writer, budget=runtime.texts, http=http)
    return (*outbound, *mails, *texts)


def advance_recoveries(connection: Connection) -> None:
    """Move on what waits to get an account back."""
    with Session(connection, join_transaction_mode="create_savepoint") as db:
        advance(db, at=clock.now())
        db.commit()


def erase(connection: Connection, *, keyring: Keyring) -> int:
    """Erase an account that its owner closed, a transaction for each; how many: 0 or 1."""
    with Session(connection, join_transaction_mode="create_savepoint") as db:
        erased = erase_due(db, keyring=keyring, at=clock.now())
        db.commit()
    return erased


def end_overdue(connection: Connection) -> int:
    """End a batch of sign-ins that nobody finished and of sessions whose time is over; how many.

    Parties that listen are told of the sessions.
    """
    with Session(connection, join_transaction_mode="create_savepoint") as db:
        ended = end_overdue_sessions(db, limit=SWEPT)
        db.commit()
    return ended + sweep(connection)


def clean_up(connection: Connection, *, sources_kept_for: timedelta, today: date) -> int:
    """Delete a batch of expired rows of each table, what depends on a row before it; how many."""
    with Session(connection, join_transaction_mode="create_savepoint") as db:
        gone = (
            drop_expired(db, limit=BATCH),
            drop_old_messages(db, limit=BATCH),
            drop_expired_errors(db, limit=BATCH),
            drop_old_sources(db, kept_for=sources_kept_for, limit=BATCH),
            drop_expired_initial_tokens(db, limit=BATCH),
            drop_expired_sessions(db, limit=BATCH, still_needed=has_grants(SignInSession.sid)),
            drop_expired_codes(db, before=clock.now() - CODES_KEPT_FOR, limit=BATCH),
            erase_printed(db, at=clock.now()),
            drop_letters(db, at=clock.now(), limit=BATCH),
            drop_replaced(db, before=clock.now() - UNDONE_WITHIN, limit=BATCH),
            drop_old_recoveries(db, before=clock.now() - RECOVERIES_KEPT_FOR, limit=BATCH),
            drop_past(db, before=clock.now() - CLOCKS_DIFFER, limit=BATCH),
            delete_stale(db, before=clock.now() - CLOCKS_DIFFER, limit=BATCH),
            remove_suspended(db, at=clock.now() - CLOCKS_DIFFER, limit=BATCH),
            forget_void_hashes(db, at=clock.now() - CLOCKS_DIFFER, limit=BATCH),
            delete_over(db, at=clock.now() - CLOCKS_DIFFER, limit=BATCH),
            delete_unused(db, before=clock.now() - KNOWN_FOR, limit=BATCH),
            drop_old_hashes(db, limit=BATCH, today=today),
        )
        db.commit()
        return sum(gone)
