"""The monthly digest of an agency: what everybody may know of it, told to who answers for it.

Mail goes through servers of others: it holds what outside readers see (`figures.disclosure`), and
nothing of a person. The true counts are a sign-in away.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.orm import Session

from idp.catalogue.models import Agency
from idp.figures.digests import DIGEST_MAIL, answers_for
from idp.figures.disclosure import Cell, Shown, Voice, disclose
from idp.figures.frozen import FrozenMonth
from idp.figures.ladder import UNUSED
from idp.figures.own import Own, OwnRow, read_own
from idp.figures.sign_ins_read import outcomes_by_agency
from idp.figures.slice_rows import YEAR
from idp.figures.slices import list_freezes, month_before
from idp.figures.sums_of_sign_ins import hidden_of_agencies
from idp.kit import clock
from idp.kit.immutable import immutable
from idp.kit.languages import LANGUAGES
from idp.mail.letters import Letter, Writer, catalogue_of, known_language
from idp.mail.words import Words
from idp.outbox.models import OutboxMessage
from idp.people.contacts import find_addressee
from idp.people.models import ContactKind
from idp.web.formats import Formats
from idp.web.messages import N_, Catalogue

DIGEST = Words(
    N_("%(agency)s: figures of %(month)s"),
    (
        N_(
            "The figures of %(month)s, version %(version)s, are published. This is what everybody "
            "may see of your agency; counts are rounded to 5."
        ),
        N_("People who used your services in 12 months: %(people)s, a month before %(before)s."),
        N_("Of them, use both a central and a local service: %(both)s."),
        N_("Sign-ins of the month: %(begun)s. Succeeded: %(succeeded)s."),
        N_("Refused as the identity level was too low: %(level)s, otherwise: %(refused)s."),
        N_("Satisfied with signing in, of those who answered: %(satisfied)s."),
        N_("Level-4 services with this sign-in in use: %(level_4)s."),
        N_(
            "The true counts, each service and system, and a file stand in your portal: type "
            "%(site)s/portal/figures into your browser."
        ),
    ),
    "",
)
STOP = N_("Your agency can stop this message there, too.")


def read_letter(writer: Writer, db: Session, message: OutboxMessage) -> Letter | None:
    """The letter of any message; None when there is nobody to write to, or nothing any more."""
    if message.kind == DIGEST_MAIL:
        return _digest(writer, db, message)
    return writer.read(db, message)


def _digest(writer: Writer, db: Session, message: OutboxMessage) -> Letter | None:
    number, agency_id = int(message.recipient), UUID(message.payload["agency"])
    today = clock.day_in(clock.now(), writer.zone.key)
    addressee = find_addressee(
        db, keyring=writer.keyring, kind=ContactKind.EMAIL, subject_number=number
    )
    agency = db.get(Agency, agency_id)
    found = _months(db, int(message.payload["freeze"]))
    if addressee is None or agency is None or found is None:
        return None
    if not answers_for(db, subject_number=number, agency_id=agency_id, today=today):
        return None
    month, before = found
    language = known_language(addressee.language)
    own = read_own(db, month, before, agency=agency)
    formats = Formats(LANGUAGES[language].locale, writer.zone)
    values = {
        "agency": agency.name(language),
        "month": formats.month(month.month_on),
        "version": str(month.version),
        "site": writer.site,
    }
    catalogue = catalogue_of(language)
    hidden = hidden_of_agencies(outcomes_by_agency(db, month)).get(str(agency_id), frozenset())
    values |= _values(own, hidden, _Words(catalogue, formats))
    texts = (*DIGEST.paragraphs, STOP)
    said = tuple(catalogue.gettext(text, **values) for text in texts)
    return Letter(addressee.value, language, catalogue.gettext(DIGEST.subject, **values), said)


def _months(db: Session, freeze: int) -> tuple[FrozenMonth, FrozenMonth | None] | None:
    """The freeze of that number, and the newest one of the month before."""
    freezes = list_freezes(db)
    month = next((each for each in freezes if each.number == freeze), None)
    if month is None:
        return None
    return month, month_before(freezes, month)


@immutable
class _Words:
    """Figures as a sentence without a legend has them: no star, no dash."""

    catalogue: Catalogue
    formats: Formats

    def count(self, cell: Cell) -> str:
        """1.235; fewer than 10, nobody too; not known."""
        if cell.is_suppressed:
            return self.catalogue.gettext(N_("fewer than 10"))
        if cell.value is None:
            return self.catalogue.gettext(N_("not known"))
        return self.formats.number(cell.value)

    def ended(self, count: int, *, is_hidden: bool) -> str:
        """Sign-ins; of the starred not which of them are few."""
        return self._untold() if is_hidden else self.count(disclose(count))

    def rate(self, shown: Shown) -> str:
        """49,5%; not told where few are on either side."""
        if shown.is_suppressed:
            return self._untold()
        if shown.percent is None:
            return self.catalogue.gettext(N_("not known"))
        return self.formats.percent(shown.percent, shown.decimals)

    def _untold(self) -> str:
        return self.catalogue.gettext(N_("not told, as there are too few"))

    def voice(self, voice: Voice) -> str:
        """90%; of few answers nothing."""
        if voice.percent is None:
            return self.catalogue.gettext(N_("fewer than 30 answers, so not published"))
        return self.formats.percent(voice.percent, 0)

    def part(self, some: int, whole: int) -> str:
        """2 of 5 services; none where there are none."""
        if not whole:
            return self.catalogue.gettext(N_("the register has no level-4 service of yours"))
        return self.catalogue.gettext(
            N_("%(part)s of %(all)s"),
            part=self.formats.number(some),
            all=self.formats.number(whole),
        )


def _values(own: Own, hidden: Collection[str], words: _Words) -> dict[str, str]:
    """`hidden`: counts of its sign-ins that sums would tell of, as on its page."""
    row = own.agency
    ended = row.ended
    succeeded = Shown.of(ended.success, ended.begun)
    level_4 = [each for each in own.services if each.step is not None]
    return {
        "people": words.count(disclose(row.people)),
        "before": words.count(_before(row)),
        "both": words.rate(Shown.of(row.now.uni_used, row.people)),
        "begun": words.ended(ended.begun, is_hidden="begun" in hidden),
        "succeeded": words.rate(
            succeeded.starred() if {"begun", "success"} & {*hidden} else succeeded
        ),
        "level": words.ended(ended.refused_level, is_hidden="refused_level" in hidden),
        "refused": words.ended(ended.refused, is_hidden="refused" in hidden),
        "satisfied": words.voice(Voice.of(row.now.said)),
        "level_4": words.part(sum(each.step not in UNUSED for each in level_4), len(level_4)),
    }


def _before(row: OwnRow) -> Cell:
    return disclose(None if row.before is None else row.before.active.get(YEAR, 0))
