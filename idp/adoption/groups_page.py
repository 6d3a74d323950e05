"""`/adoption/groups`: who is behind by age and sex, and how people sign in; the same as a file."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from idp.adoption.chart import Bar, bar_end, draw_bar
from idp.adoption.files import Table, file_of
from idp.adoption.filters import Chosen, Filters, choose
from idp.adoption.part import AdoptionPart
from idp.adoption.show import show
from idp.figures.open_groups import GROUPS, MEANS, PEOPLE
from idp.figures.open_rows import OF_TARGET, Row, read_rows
from idp.figures.slice_rows import Dimension
from idp.journal.means import DeviceClass
from idp.kit.db import read_one_instant
from idp.kit.immutable import immutable
from idp.kit.languages import LANGUAGES
from idp.kit.tables.written import KINDS
from idp.people.models import Sex
from idp.settings.people import Target
from idp.web.db import transaction
from idp.web.forms import Query
from idp.web.messages import N_
from idp.web.routes import Router

router = Router()

FILE = Table("/adoption/groups", N_("Who is behind, and how do people sign in?"), GROUPS.columns)
_SUCCEEDED = "succeeded_percent"
_TITLES = {
    Dimension.AGE: N_("Age"),
    Dimension.SEX: N_("Sex"),
    Dimension.METHOD: N_("Way of signing in"),
    Dimension.DEVICE: N_("Device"),
    Dimension.LANGUAGE: N_("Language of the pages"),
}
_WORDS = {
    "": N_("Not known"),
    Sex.FEMALE: N_("Women"),
    Sex.MALE: N_("Men"),
    Sex.OTHER: N_("Other"),
    DeviceClass.PHONE: N_("Phone or tablet"),
    DeviceClass.DESKTOP: N_("Desktop computer"),
    DeviceClass.KIOSK: N_("Kiosk, through one’s own phone"),
    DeviceClass.OTHER: N_("Other"),
    **{code: language.own_name for code, language in LANGUAGES.items()},
}
_FACTORS = {
    "pwd": N_("password"),
    "otp": N_("one-time code"),
    "sms": N_("code by text message"),
    "swk": N_("passkey"),
    "hwk": N_("passkey bound to its device"),
}
_OF_FACTORS = frozenset({"user", "mfa"})
"""Values of `amr` that name no factor of their own."""


@immutable
class Member:
    """A group as it is printed: None is not known, or starred."""

    words: tuple[str, ...]
    """What it is called; factors are several."""
    row: Row
    bar: Bar | None
    """Of its rate; None: there is none to draw."""

    def is_starred(self, column: str) -> bool:
        """Whether the column is not shown for being of few."""
        return column in self.row["suppressed"].split()


@immutable
class Groups:
    """The groups of one dimension; the lowest and the highest of what is drawn."""

    dimension: Dimension
    members: tuple[Member, ...]
    rate: str
    """The column that is drawn: of people the use of both tiers, of means what succeeded."""

    @property
    def title(self) -> str:
        """What they are by."""
        return _TITLES[self.dimension]

    @property
    def is_of_people(self) -> bool:
        """Whether residents can be told apart so."""
        return self.dimension in PEOPLE

    @property
    def ends(self) -> tuple[Member, Member] | None:
        """The group with the lowest rate and that with the highest; None: no two differ."""
        known = [m for m in self.members if m.row["code"] and m.row[self.rate] is not None]
        ordered = sorted(known, key=lambda member: float(member.row[self.rate]))
        if not ordered or ordered[0].row[self.rate] == ordered[-1].row[self.rate]:
            return None
        return ordered[0], ordered[-1]


@immutable
class GroupsPage:
    """The page; `chosen` is None as long as no month is frozen."""

    target: Target
    chosen: Chosen | None = None
    groups: tuple[Groups, ...] = ()


@router.get("/adoption/groups")
def groups(request: Request, query: Query) -> Response:
    """Small tables, each with a sentence and a chart."""
    filters = Filters.read(query)

    def make(db: Session, part: AdoptionPart) -> GroupsPage:
        chosen = choose(db, filters)
        rows = read_rows(db, chosen.month, GROUPS, target=part.target) if chosen else []
        return GroupsPage(part.target, chosen, tuple(_groups(rows, part.target)))

    return show(request, "adoption/groups.html", make, filters=filters.query)


def groups_file(request: Request, query: Query) -> Response:
    """The rows of the page, one table below the other."""
    filters, target = Filters.read(query), AdoptionPart.of(request).target
    with transaction(request) as db:
        read_one_instant(db)
        chosen = choose(db, filters)
        rows = read_rows(db, chosen.month, GROUPS, target=target) if chosen else []
    return file_of(request, FILE, rows, as_of=chosen.month.name if chosen else "")


for _kind in KINDS:
    router.add_api_route(f"{FILE.path}.{_kind}", groups_file, methods=["GET"])


def _groups(rows: Sequence[Row], target: Target) -> list[Groups]:
    found: Mapping[Dimension, list[Row]] = {
        dimension: [row for row in rows if row["by"] == dimension] for dimension in _TITLES
    }
    return [_of(dimension, some, target) for dimension, some in found.items() if some]


def _of(dimension: Dimension, rows: Sequence[Row], target: Target) -> Groups:
    rate = _SUCCEEDED if dimension in MEANS else OF_TARGET
    percents = [row[rate] for row in rows]
    end = 100 if dimension in MEANS else bar_end(percents, target_percent=target.percent)
    members = [
        Member(
            _words(dimension, row["code"]),
            row,
            None
            if row[rate] is None
            else draw_bar(row[rate], target_percent=target.percent, end=end),
        )
        for row in rows
    ]
    return Groups(dimension, tuple(members), rate)


def _words(dimension: Dimension, code: str) -> tuple[str, ...]:
    if dimension is Dimension.METHOD and code:
        return tuple(_FACTORS.get(each, each) for each in code.split() if each not in _OF_FACTORS)
    return (_WORDS.get(code, code),)
