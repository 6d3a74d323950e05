"""What production demands of its settings: one table, and every fault of it told at once.

What it demands of the databases is asked when a node starts (`work.refuse_unfit_databases`).
"""

import re
from collections.abc import Callable
from email.utils import parseaddr
from itertools import pairwise
from typing import TYPE_CHECKING

from idp.kit.immutable import immutable
from idp.settings.addresses import is_narrow, is_outside_this_machine, is_public_site
from idp.settings.bounds import BOUNDS
from idp.settings.databases import (
    has_a_role_for_each,
    has_own_passwords,
    leads_where_it_says,
    reads_no_stranger,
    reads_no_variable,
)
from idp.settings.people import AssuranceSettings
from idp.settings.randomness import LEAST_LENGTH, is_random

if TYPE_CHECKING:
    from idp.settings import Settings

_LEAST_ARGON2 = 2 * 19 * 1024
"""Memory in KiB × passes: OWASP's least for argon2id, 19 MiB and two passes, or as much work."""
_LEAST_ARGON2_MEMORY = 7 * 1024
_LEAST_LAST_WAIT, _LONGEST_WAIT = 60, 3600
_LEAST_SMS_KEY = 32
_FAILURES_UNTIL_IT = 10
_NAME_OF_MAIL = re.compile(r"[A-Za-z0-9._+-]{1,64}")
_FLOORS = {level.acr: level for level in AssuranceSettings().levels}


@immutable
class Demand:
    """One thing that production refuses to start without; `says` tells what to do about it."""

    says: str
    is_met: Callable[["Settings"], bool]


def find_faults(settings: "Settings") -> list[str]:
    """What production would refuse of these settings: a sentence for each demand not met."""
    return [demand.says for demand in DEMANDS if not demand.is_met(settings)]


def _secrets(settings: "Settings") -> list[str]:
    return [value.get_secret_value() for value in settings.secrets.given]


def _all_differ(settings: "Settings") -> bool:
    """Whether each secret serves one purpose; the subjects' was or is a look-up key."""
    secrets = settings.secrets
    given = [*secrets.given]
    if secrets.subject_key in (secrets.lookup_key, *secrets.other_lookup_keys):
        given.remove(secrets.subject_key)
    return len(set(given)) == len(given)


def _hashes_slowly(settings: "Settings") -> bool:
    memory, passes = settings.passwords.argon2_memory_kib, settings.passwords.argon2_time
    return memory >= _LEAST_ARGON2_MEMORY and memory * passes >= _LEAST_ARGON2


def _waits_longer(settings: "Settings") -> bool:
    """Whether each failure in a row costs as much as the one before, the tenth a minute."""
    waits = settings.throttle.waits
    return (
        bool(waits)
        and [*waits] == sorted(waits)
        and waits[:_FAILURES_UNTIL_IT][-1] >= _LEAST_LAST_WAIT
        and waits[-1] <= _LONGEST_WAIT
    )


def _keeps_heads(settings: "Settings") -> bool:
    """Whether lines added to the file are there later: no device, pipe or folder."""
    file = settings.journal.heads_file
    try:
        return file is not None and file.is_absolute() and (file.is_file() or not file.exists())
    except OSError:
        return False


def _names_its_sender(settings: "Settings") -> bool:
    name, _, host = parseaddr(settings.mail.sender)[1].rpartition("@")
    return (
        settings.mail.sender.isprintable()
        and _NAME_OF_MAIL.fullmatch(name) is not None
        and is_public_site(f"https://{host}")
    )


def _says_where_it_is(settings: "Settings") -> bool:
    operator = settings.operator
    said = (operator.name_vi, operator.name_en, operator.address_vi, operator.address_en)
    return all(text.strip() and text.isprintable() for text in said)


def _tells_its_rules(settings: "Settings") -> bool:
    operator = settings.operator
    pages = (operator.privacy_uri, operator.terms_uri, operator.accessibility_uri)
    return all(map(is_public_site, pages))


def _names_levels_truly(settings: "Settings") -> bool:
    """Whether no level stands for less than its name says, or than the one below it."""
    levels = settings.assurance.levels
    shown = [(level.proofing, level.authentication) for level in levels]
    floors = [_FLOORS.get(level.acr, AssuranceSettings().levels[0]) for level in levels]
    return (
        len({level.acr for level in levels}) == len(levels) > 0
        and all(_reaches(below, above) for below, above in pairwise(shown))
        and all(
            _reaches((floor.proofing, floor.authentication), level)
            for floor, level in zip(floors, shown, strict=True)
        )
    )


def _reaches(least: tuple[int, int], shown: tuple[int, int]) -> bool:
    return least[0] <= shown[0] and least[1] <= shown[1]


DEMANDS = (
    Demand(
        "IDP_ISSUER__URL must begin with https://.",
        lambda settings: settings.issuer.is_https,
    ),
    Demand(
        "IDP_ISSUER__URL must name a host that others reach, by its full name in lower case, "
        "without the port 443: https://id.gov.vn.",
        lambda settings: not settings.issuer.is_https or is_public_site(settings.issuer.url),
    ),
    Demand(
        "IDP_MTLS__URL must be such an address, too.",
        lambda settings: not settings.mtls.url or is_public_site(settings.mtls.url),
    ),
    Demand(
        "IDP_SECRETS__ENCRYPTION_KEYS, IDP_SECRETS__LOOKUP_KEY and every other secret given must "
        f"each be random bytes in hexadecimal, {LEAST_LENGTH} digits or more "
        "(openssl rand -hex 32), and no digest of something guessed.",
        lambda settings: (
            bool(settings.secrets.encryption_keys) and all(map(is_random, _secrets(settings)))
        ),
    ),
    Demand(
        "The secrets of IDP_SECRETS__ must all differ; but IDP_SECRETS__SUBJECT_KEY may be a "
        "look-up key.",
        _all_differ,
    ),
    Demand(
        "IDP_DATABASE__URL, IDP_DATABASE__OWNER_URL and IDP_DATABASE__SEALER_URL need passwords of "
        "their own, no two the same, 8 characters or more and no row of keys: those of "
        "deploy/roles.sql are public.",
        has_own_passwords,
    ),
    Demand(
        "IDP_DATABASE__URL, IDP_DATABASE__OWNER_URL and IDP_DATABASE__SEALER_URL must each name "
        "another role: who serves owns no table and seals nothing.",
        has_a_role_for_each,
    ),
    Demand(
        "IDP_DATABASE__URL, IDP_DATABASE__OWNER_URL and IDP_DATABASE__SEALER_URL must say where "
        "they lead: no ?service=, and no ?options=.",
        leads_where_it_says,
    ),
    Demand(
        "No variable that libpq reads may be set (PGHOST, PGSERVICE, PGOPTIONS, PGSSLMODE, "
        "PGPASSWORD and its others): the URLs of IDP_DATABASE__ say it all.",
        reads_no_variable,
    ),
    Demand(
        "A database on another machine needs ?sslmode=verify-full at the end of IDP_DATABASE__URL, "
        "IDP_DATABASE__OWNER_URL and IDP_DATABASE__SEALER_URL, and &sslrootcert=FILE where its "
        "authority is your own.",
        reads_no_stranger,
    ),
    Demand(
        "IDP_DATABASE__SEALER_URL needs IDP_SECRETS__JOURNAL_KEYS, which sign what it seals.",
        lambda settings: not settings.database.sealer_url or bool(settings.secrets.journal_keys),
    ),
    Demand(
        "IDP_DATABASE__SEALER_URL needs IDP_JOURNAL__HEADS_FILE, the absolute path of a file, no "
        "device, where the database's owner has no way: it shows a journal that was made anew.",
        lambda settings: not settings.database.sealer_url or _keeps_heads(settings),
    ),
    Demand(
        "IDP_SERVER__TRUSTED_PROXIES names networks too wide or of no host (private ones IPv4 /8 "
        "and IPv6 /32 at least, others /24 and /48; IPv4 as IPv4): whoever is in them may say "
        "where a request comes from.",
        lambda settings: all(map(is_narrow, settings.server.trusted_proxies)),
    ),
    Demand(
        "IDP_MTLS__CERTIFICATE_HEADER needs IDP_SERVER__TRUSTED_PROXIES: from anybody else the "
        "header is not believed.",
        lambda settings: (
            not settings.mtls.certificate_header or bool(settings.server.trusted_proxies)
        ),
    ),
    Demand(
        "IDP_ISSUER__ALLOWS_LOOPBACK must stay off: no relying party is on a node.",
        lambda settings: not settings.issuer.allows_loopback,
    ),
    Demand(
        "IDP_OUTBOUND__PRIVATE_NETWORKS must be narrow, too, and without loopback and link-local "
        "addresses.",
        lambda settings: all(
            is_narrow(network) and is_outside_this_machine(network)
            for network in settings.outbound.private_networks
        ),
    ),
    Demand(
        "IDP_PASSWORDS__ARGON2_MEMORY_KIB × IDP_PASSWORDS__ARGON2_TIME must be "
        f"{_LEAST_ARGON2} or more, with {_LEAST_ARGON2_MEMORY} KiB at least.",
        _hashes_slowly,
    ),
    Demand(
        "IDP_MAIL__SECURITY must be starttls or tls: codes are in the mail. Only to a server on "
        "this machine it may be none.",
        lambda settings: (
            not settings.mail.host
            or settings.mail.security != "none"
            or settings.mail.host in ("localhost", "127.0.0.1", "::1")
        ),
    ),
    Demand(
        "IDP_MAIL__SENDER must be the address that mail comes from, at a full host name, if "
        "IDP_MAIL__HOST is set.",
        lambda settings: not settings.mail.host or _names_its_sender(settings),
    ),
    Demand(
        "IDP_SMS__URL must begin with https://: codes are in the messages.",
        lambda settings: not settings.sms.url or settings.sms.url.startswith("https://"),
    ),
    Demand(
        "IDP_SMS__KEY must be a random secret of 32 characters or more, if IDP_SMS__URL is set.",
        lambda settings: (
            not settings.sms.url or len(settings.sms.key.get_secret_value()) >= _LEAST_SMS_KEY
        ),
    ),
    Demand(
        "IDP_ASSURANCE__LEVELS must be what their names say: LoA2 proofing 1 and authentication 2, "
        "LoA3 proofing 2, LoA4 authentication 4, none less than the one below it.",
        _names_levels_truly,
    ),
    Demand(
        f"IDP_THROTTLE__WAITS must grow, to {_LEAST_LAST_WAIT} seconds with the "
        f"{_FAILURES_UNTIL_IT}th failure at the latest, and to {_LONGEST_WAIT} at most.",
        _waits_longer,
    ),
    Demand(
        "IDP_REGISTRATION__REQUIRES_PKCE must stay on.",
        lambda settings: settings.registration.requires_pkce,
    ),
    Demand(
        "IDP_REGISTRATION__PROFILE must stay openid.",
        lambda settings: settings.registration.profile == "openid",
    ),
    Demand(
        "IDP_ADOPTION__IS_SYNTHETIC must stay off: the figures are those of real people.",
        lambda settings: not settings.adoption.is_synthetic,
    ),
    Demand(
        "IDP_OPERATOR__NAME_VI, IDP_OPERATOR__NAME_EN, IDP_OPERATOR__ADDRESS_VI and "
        "IDP_OPERATOR__ADDRESS_EN must say who answers for this service, and where they are.",
        _says_where_it_is,
    ),
    Demand(
        "IDP_OPERATOR__HOTLINE must be the telephone number that people call for help.",
        lambda settings: bool(settings.operator.hotline),
    ),
    Demand(
        "IDP_OPERATOR__PRIVACY_URI, IDP_OPERATOR__TERMS_URI and IDP_OPERATOR__ACCESSIBILITY_URI "
        "must each be the https address of a page, without ? and # and a slash at its end.",
        _tells_its_rules,
    ),
    *(Demand(bound.says, bound.is_met) for bound in BOUNDS),
)
