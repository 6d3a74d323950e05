"""What one serving process is made of, made by one function for the program and its tests."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field
from functools import cached_property
from typing import TypedDict
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from idp.account.part import AccountPart
from idp.adoption.part import AdoptionPart
from idp.console.part import ConsolePart
from idp.factors.key_models import read_models
from idp.factors.passkey_site import PasskeySite, site_of
from idp.factors.passkeys import require_same_site
from idp.factors.rules import FactorRules
from idp.figures.rules import counting_rules
from idp.help.part import HelpPart
from idp.keys.cache import SigningKeys
from idp.kit.crypto import Keyring
from idp.kit.db import database_now, make_engine, transaction
from idp.kit.http import GuardedClient
from idp.kit.immutable import immutable
from idp.kit.listen import Listener
from idp.kit.rationing import Ration
from idp.mail.kinds import MAILS, TEXTS
from idp.mail.letters import Writer
from idp.mail.part import SHOWN_MAIL, MailPart
from idp.oidc.endpoints.cors import CROSS_ORIGIN_PATHS
from idp.oidc.part import OidcPart
from idp.oidc.routes import PROGRAM_PATHS
from idp.people.models import ContactKind
from idp.people.text_budget import TextBudget
from idp.portal.part import PortalPart
from idp.relying_parties.cache import RelyingPartyCache
from idp.relying_parties.client_keys import ClientKeys
from idp.relying_parties.outbound import make_client
from idp.settings import Settings
from idp.settings.people import PostSettings
from idp.settings.server import DatabaseSettings, SecretsSettings
from idp.signin.part import SignInPart
from idp.web.cookies import CookieNames
from idp.web.db import Database
from idp.web.ends import Ends
from idp.web.part import Part, Site
from idp.web.templates import Pages


class _Reach(TypedDict):
    reached_by: frozenset[ContactKind]
    shown_by: Mapping[ContactKind, str]
    post: PostSettings


@immutable(kw_only=True)
class Runtime:
    """The whole, for what starts and stops it. Rooms see only their own part."""

    settings: Settings
    engine: Engine
    keyring: Keyring = field(repr=False)
    signing_keys: SigningKeys
    relying_parties: RelyingPartyCache
    outbound: GuardedClient
    passkeys: PasskeySite
    factor_rules: FactorRules
    listener: Listener

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """What each room sees of it."""
        return _parts(self)

    @cached_property
    def mail_writer(self) -> Writer:
        """What makes letters of messages."""
        return Writer(
            keyring=self.keyring,
            site=self.settings.issuer.url,
            zone=ZoneInfo(self.settings.country.time_zone),
        )

    @cached_property
    def texts(self) -> TextBudget:
        """How many text messages a day may bring."""
        return TextBudget(keyring=self.keyring, most=self.settings.sms.day_budget)

    @contextmanager
    def started(self) -> Iterator[None]:
        """The database's clock and keys are read and changes heard, as long as the block lasts.

        Call it after forking. Raises ConfigurationError when the key ring cannot decrypt what it
        must sign with.
        """
        try:
            with self.engine.connect() as connection:
                database_now(connection)
            with transaction(self.engine) as db:
                require_same_site(db, self.passkeys)
            self.signing_keys.start()
            self.listener.start()
            yield
        finally:
            self.listener.close()
            self.engine.dispose()


def make_runtime(settings: Settings) -> Runtime:
    """The runtime on the database of `settings.database.url`; nothing is read from there yet.

    Raises ConfigurationError when a secret is missing, or a file that settings name says nonsense.
    """
    engine, keyring = _serving_engine(settings.database), settings.secrets.keyring()
    signing_keys, relying_parties = SigningKeys(engine, keyring), RelyingPartyCache(engine)
    subscriptions = (signing_keys.subscription, *relying_parties.subscriptions)
    return Runtime(
        settings=settings,
        engine=engine,
        keyring=keyring,
        signing_keys=signing_keys,
        relying_parties=relying_parties,
        outbound=make_client(settings),
        passkeys=site_of(settings.issuer.url, rp_id=settings.passkeys.rp_id),
        factor_rules=FactorRules(settings.assurance, read_models(settings.passkeys.models_file)),
        listener=Listener(engine, subscriptions),
    )


def _parts(runtime: Runtime) -> tuple[Part, ...]:
    settings = runtime.settings
    return (
        Database(runtime.engine, settings.database),
        CookieNames.under(settings.issuer),
        Ends(),
        make_pages(settings),
        _site(runtime),
        _oidc_part(runtime),
        SignInPart(
            passwords=settings.passwords,
            throttle=settings.throttle,
            assurance=settings.assurance,
            relying_parties=runtime.relying_parties,
            passkeys=runtime.passkeys,
            **_reach(settings),
        ),
        AccountPart(
            passwords=settings.passwords,
            throttle=settings.throttle,
            assurance=settings.assurance,
            recovery=settings.recovery,
            closing=settings.closing,
            passkeys=runtime.passkeys,
            **_reach(settings),
        ),
        PortalPart(assurance=settings.assurance),
        _console_part(settings),
        MailPart(writer=runtime.mail_writer, shown=_shown_kinds(settings)),
        HelpPart(
            sources_days=settings.journal.sources_kept_for.days,
            closing_days=settings.closing.undone_within.days,
            offers_post=settings.post.is_offered,
        ),
        AdoptionPart(rules=counting_rules(settings), adoption=settings.adoption),
    )


def _console_part(settings: Settings) -> ConsolePart:
    return ConsolePart(
        passwords=settings.passwords,
        throttle=settings.throttle,
        post=settings.post,
        target=settings.adoption.target,
    )


def make_pages(settings: Settings) -> Pages:
    """The templates, with what they say of this installation."""
    return Pages(
        time_zone=settings.country.time_zone,
        is_synthetic=settings.adoption.is_synthetic or settings.environment == "demo",
        operator=settings.operator,
        host=settings.issuer.host,
    )


def _shown_kinds(settings: Settings) -> tuple[str, ...]:
    mails, texts = MAILS if settings.shows_mail else (), TEXTS if settings.shows_texts else ()
    return (*mails, *texts)


def _reach(settings: Settings) -> _Reach:
    """How people are reached by those who ask them for a contact, and where the demo shows it."""
    shown = _contacts(mail=settings.shows_mail, texts=settings.shows_texts)
    return {
        "reached_by": _reached_by(settings),
        "shown_by": dict.fromkeys(shown, SHOWN_MAIL),
        "post": settings.post,
    }


def _reached_by(settings: Settings) -> frozenset[ContactKind]:
    return _contacts(mail=settings.offers_mail, texts=settings.offers_texts)


def _contacts(*, mail: bool, texts: bool) -> frozenset[ContactKind]:
    held = {ContactKind.EMAIL: mail, ContactKind.PHONE: texts}
    return frozenset(kind for kind, is_so in held.items() if is_so)


def _site(runtime: Runtime) -> Site:
    settings = runtime.settings
    return Site(
        issuer=settings.issuer,
        country=settings.country,
        sessions=settings.sessions,
        mtls=settings.mtls,
        trusted_proxies=settings.server.trusted_proxies,
        port_header=settings.server.port_header,
        program_paths=PROGRAM_PATHS,
        cross_origin_paths=CROSS_ORIGIN_PATHS,
        throttle=settings.throttle,
        texts=runtime.texts,
        keyring=runtime.keyring,
        factor_rules=runtime.factor_rules,
        csrf_key=_csrf_key(settings.secrets),
        error_reports=Ration(60),
    )


def _oidc_part(runtime: Runtime) -> OidcPart:
    settings = runtime.settings
    return OidcPart(
        issuer=settings.issuer,
        mtls=settings.mtls,
        protocol=settings.protocol,
        target=settings.adoption.target,
        dpop=settings.dpop,
        registration=settings.registration,
        tokens=settings.tokens,
        devices=settings.devices,
        sessions=settings.sessions,
        throttle=settings.throttle,
        assurance=settings.assurance,
        country=settings.country,
        factor_rules=runtime.factor_rules,
        keyring=runtime.keyring,
        signing_keys=runtime.signing_keys,
        relying_parties=runtime.relying_parties,
        client_keys=ClientKeys(runtime.outbound),
        outbound=runtime.outbound,
        reached_by=_reached_by(settings),
        refusals=Ration(5),
        audits=Ration(1),
    )


def _serving_engine(settings: DatabaseSettings) -> Engine:
    return make_engine(
        settings.url,
        pool_size=settings.pool_size,
        pool_timeout=settings.pool_timeout,
        statement_timeout=settings.statement_timeout,
        lock_timeout=settings.lock_timeout,
        idle_transaction_timeout=settings.idle_transaction_timeout,
    )


def _csrf_key(secrets: SecretsSettings) -> bytes:
    return hashlib.sha256(b"csrf:" + secrets.lookup_key.get_secret_value().encode()).digest()
