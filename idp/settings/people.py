"""Settings of how people sign in, how surely, and how they are counted."""

import re
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import field_validator

from idp.kit import clock
from idp.settings.group import Group

_TURNED_ROUND = re.compile(r"Etc/GMT[+-][1-9][0-9]?")
"""Zones whose sign POSIX turned round: whoever writes one means the other."""


class PasswordSettings(Group):
    min_length: int = 15
    """Fewest characters accepted (NIST SP 800-63B-4, password as the only factor)."""
    max_length: int = 128
    """Most characters accepted; longer input is refused before hashing."""
    argon2_memory_kib: int = 19 * 1024
    """argon2id memory in KiB."""
    argon2_time: int = 2
    """argon2id passes."""


class PasskeySettings(Group):
    rp_id: str = ""
    """For whom browsers keep passkeys: the issuer's host, or a domain above it; empty: the host.
    Whatever it is, it stays: with another one nobody can use the passkeys they have."""
    models_file: Path | None = None
    """A file that names the models of hardware keys which count higher than a passkey, each with
    its maker's root certificates (decision 66). Read at start; unset: no key says what it is."""


class ThrottleSettings(Group):
    waits: tuple[int, ...] = (0, 0, 1, 3, 5, 10, 30, 60, 300)
    """Seconds to wait after the 1st, 2nd, … failure in a row; the last repeats."""
    max_failures: int = 100
    """Failures of an account at which new browsers wait until one has decayed."""
    decay: timedelta = timedelta(minutes=10)
    """One wrong password of an account is forgotten in so long."""
    second_factor_decay: timedelta = timedelta(hours=6)
    """One wrong code of an account is forgotten in so long; the owner's sign-in forgets none."""
    source_limit: int = 300
    """Failures per source address and hour."""
    source_limit_per_person: int = 10
    """Failures more for each person who signs in from that source within the hour."""
    source_limit_at_account: int = 20
    """Failures per source address at one account within four hours."""
    known_devices: int = 10
    """Browsers of one person, the last used, that do not wait for what others get wrong."""
    sign_ins_per_source: int = 300
    """Sign-ins that one source may begin in a minute. Loopback is not counted."""


class SessionSettings(Group):
    idle: timedelta = timedelta(hours=1)
    """A session not used for so long ends."""
    total: timedelta = timedelta(hours=24)
    """A session ends so long after it began, whatever happens."""
    touch_every: timedelta = timedelta(minutes=5)
    """How often at most a session's last use is written."""
    interaction: timedelta = timedelta(minutes=30)
    """A sign-in not finished within this time counts as abandoned."""
    staff_fresh: timedelta = timedelta(minutes=15)
    """What staff do that cannot be undone needs both factors shown within this time."""


class AssuranceLevel(Group):
    acr: str
    """The value on the wire."""
    proofing: int
    """Least proofing (0 declared, 1 matched and a possession shown, 2 face to face)."""
    authentication: int
    """Least authentication (1 one factor, 2 two factors, …; Decree 69/2024 Art. 20)."""


class AssuranceSettings(Group):
    levels: tuple[AssuranceLevel, ...] = (
        AssuranceLevel(acr="LoA1", proofing=0, authentication=1),
        AssuranceLevel(acr="LoA2", proofing=1, authentication=2),
        AssuranceLevel(acr="LoA3", proofing=2, authentication=2),
        AssuranceLevel(acr="LoA4", proofing=2, authentication=4),
    )
    """The acr table, lowest first."""
    enrolment_fresh: timedelta = timedelta(minutes=5)
    """A password or factor changes only so soon after the strongest one held was shown."""
    confirmation_delay: timedelta = timedelta(hours=72)
    """A factor that somebody adds alone to a proven account carries its proofing after so long."""
    hardware_fresh: timedelta = timedelta(minutes=15)
    """A hardware key counts higher than a passkey for so long after it was used, and is asked for
    again then where that is needed."""
    text_messages: bool = False
    """Whether a code by text message may be a second step, up to LoA2: a restricted authenticator
    (SP 800-63B-4), which the carrier reads, and whoever has the SIM card. It needs `IDP_SMS__URL`.
    """


class PostSettings(Group):
    is_offered: bool = False
    """Whether people may have a code sent by post: only where somebody prints letters."""
    takes_days: int = 10
    """Days after which a letter has arrived, as people are told: printing and the post together."""
    valid: timedelta = timedelta(days=21)
    """How long the code of a letter is read, from its printing (NIST SP 800-63A-4)."""


class RecoverySettings(Group):
    wait: timedelta = timedelta(hours=72)
    """How long a recovery without a second factor waits, from the first notice accepted."""

    @field_validator("wait")
    @classmethod
    def _is_long_enough(cls, value: timedelta) -> timedelta:
        if not timedelta(hours=24) <= value <= timedelta(days=14):
            raise ValueError("a recovery waits between 24 hours and 14 days")
        return value


class ClosingSettings(Group):
    undone_within: timedelta = timedelta(days=30)
    """How long whoever closes their account may still keep it; then it is erased."""

    @field_validator("undone_within")
    @classmethod
    def _is_long_enough(cls, value: timedelta) -> timedelta:
        if not timedelta(days=7) <= value <= timedelta(days=90):
            raise ValueError("an account can be kept for between 7 and 90 days")
        return value


class CountrySettings(Group):
    time_zone: str = "Asia/Ho_Chi_Minh"
    """Days and months begin and end in this zone."""

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ValueError, OSError, ZoneInfoNotFoundError) as error:
            raise ValueError("there is no such time zone") from error
        if _TURNED_ROUND.fullmatch(value):
            raise ValueError("Etc/GMT+7 is seven hours behind, not ahead: name the zone by a city")
        return value

    @property
    def today(self) -> date:
        """The country's day."""
        return clock.today(self.time_zone)


class Target(Group):
    """A legal target: so much of everyone, counted in subjects."""

    percent: int


class AdoptionSettings(Group):
    target_percent: int = 20
    """The legal target (Resolution 17/NQ-CP)."""
    catch_up_on: date | None = None
    """By when the target is to be reached, now that its due date is past; the page then says what
    pace that takes. Unset: it says nothing of it."""
    is_synthetic: bool = False
    """Whether the figures come from a synthetic country; every page then says so."""

    @property
    def target(self) -> Target:
        """The legal target."""
        return Target(percent=self.target_percent)
