"""A country with many few: every family of figures, person by person, so that all of it agrees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from random import Random
from uuid import UUID

from sqlalchemy.orm import Session

from idp.catalogue.add import add_agencies, add_services
from idp.catalogue.models import Agency, PublicService, Tier
from idp.figures.action_rows import Of, Offer, Unit
from idp.figures.ground import CASE, DEPTH, Ground
from idp.figures.levers import lever_rows, median_rows, moved_rows
from idp.figures.month_window import Registry
from idp.figures.said import ANSWERED, LEAST_ANSWERS
from idp.figures.slice_rows import WINDOWS, YEAR, ActionKey, Dimension, SliceKey
from idp.figures.stood import Stood
from idp.journal.month_replay import Ended
from idp.places.crosswalk import Crosswalk
from tests.figures.micro import ENDS, Micro, Somebody

CODES = ("01", "48", "77", "31", "74", "79")
"""The first have fewest people; 77, 74 and 79 are one since, 31 and its neighbour, too."""
NOW = {"01": "01", "48": "48", "77": "79", "74": "79", "79": "79", "31": "31"}
MINISTRIES = {"G01": "", "G01.1": "G01", "G01.2": "G01", "G02": "", "G02.1": "G02"}
LOCAL = {"H01": "01", "H48": "48", "H79": "79"}
MEANS = {
    "device": ("kiosk", "other", "phone", "desktop"),
    "language": ("en", "vi"),
    "method": ("swk", "otp", "pwd otp"),
}
"""The first few, the last most."""


@dataclass(kw_only=True)
class Country(Micro):
    """Micro, with groups, means, services, ministries, answers and levers."""

    services: Mapping[UUID, Sequence[UUID]]
    """Agency → its services."""
    ids: Mapping[str, UUID]
    """Code of an agency → its id."""
    names: Mapping[str, UUID]
    """Name of a service → its id."""
    is_adversarial: bool = False
    """Nearly everybody is one of the many: sums leave few beside them."""
    before: dict[date, Stood] = field(default_factory=dict)
    """Month → where everybody stood."""

    def settle(self, people: int, companies: int) -> None:
        super().settle(people, companies)
        draw = self.random
        self.ended = [each for agency in self.agencies for each in self._ends_of(agency)]
        for outcome, reason in () if self.is_adversarial else ENDS:
            if size := draw.choice((0, 0, 2, 4)):
                self.ended.append(Ended(outcome, reason, None, None, None, *self._means(), size))

    def _ends_of(self, agency: UUID) -> list[Ended]:
        """Of the first service few; of the first two agencies, too."""
        draw, found = self.random, []
        unnamed = () if self.is_adversarial or draw.random() < 0.6 else (None,)
        for number, service in enumerate((*self.services[agency], *unnamed)):
            for outcome, reason in ENDS[: 1 if self.is_adversarial and not number else None]:
                is_few = not number or self.agencies.index(agency) < 2
                if size := draw.choice((0, 1, 2, 5) if is_few else (0, 12, 60, 200)):
                    found.append(
                        Ended(outcome, reason, agency, service, None, *self._means(), size)
                    )
        return found

    def _means(self) -> tuple[str, str, str]:
        return self._of("method"), self._of("device"), self._of("language")

    def _of(self, dimension: str) -> str:
        codes = MEANS[dimension]
        first = 1 if self.is_adversarial else 8
        return self.random.choices(codes, [first * 5**n for n in range(len(codes))])[0]

    def _somebody(self) -> Somebody:
        found, draw = super()._somebody(), self.random
        if draw.random() < 0.05:
            found.place = ""
        if draw.random() < 0.98:
            years = (1958, 2011, 1975, 1988, 2000)
            found.traits["born"] = draw.choices(years, (1, 2, 4, 30, 60))[0]
        if draw.random() < 0.99:
            found.traits["sex"] = draw.choices(("other", "female", "male"), (2, 70, 80))[0]
        if found.did.get(("use", "any")) is None and draw.random() < 0.3:
            reason = draw.choice(("login_required", "access_denied"))
            found.did["failed", f"{reason} {draw.choice(('central', 'local'))}"] = 1
        return found

    def _use(self, found: Somebody, tiers: int) -> None:
        draw = self.random
        super()._use(found, tiers)
        ago = found.did["use", "any"]
        if ("use", "strong") not in found.did:
            return
        weights = [1 if n < 2 else 4 * n for n in range(len(self.agencies))]
        used = [key for key in found.did if key[0] == "agency"]
        for key in used:
            del found.did[key]
        for agency in draw.choices(self.agencies, weights, k=len(used)):
            found.did["agency", str(agency)] = ago
            services = self.services[agency]
            if draw.random() < 0.98:
                service = draw.choices(services, [9**n for n in range(len(services))])[0]
                found.did["service", str(service)] = ago
        for dimension in MEANS:
            found.did[dimension, self._of(dimension)] = ago

    def services_of(self, agency: str) -> Sequence[UUID]:
        """Its services, used or not."""
        return self.services[UUID(agency)]

    def freeze_of(
        self, last: date, *, everyone: Mapping[str, int]
    ) -> tuple[dict[SliceKey, int], dict[ActionKey, int]]:
        """All rows of the month, and what could move it."""
        standing = self.standing(min(last, date(2025, 6, 30)))
        rows = self.counted(last, standing, everyone=everyone)
        rows |= self._answers(rows)
        use = self.window(WINDOWS[YEAR])
        now = Stood.of(standing, use)
        past = [each for on, each in sorted(self.before.items()) if on < last] or [now]
        self.before[last] = now
        failed = {
            code: members for (_, dim, code), members in use.items() if dim == "failed" and members
        }
        ground = Ground(
            stood={0: now} | {n: past[-1] if n == 1 else past[0] for n in range(1, DEPTH + 1)},
            homes={place.code: some for place, some in standing.homes.now().items()},
            failed={0: failed, CASE: {}},
            used={},
            began=frozenset(),
            offer=Offer(waiting={Unit("place", code): 2 for code in {*NOW.values()}}),
        )
        cases = {
            (Of.LAPSED, "", ""): [(1, 2), (2, 3), (3, 4)],
            (f"{Of.CONNECT} local", "", ""): [(1, 2), (2, 3), (3, 4)],
            (f"{Of.FAILURES} login_required", "", ""): [(1, 2), (2, 3), (1, 4)],
            **{(Of.DESKS, "place", code): [(1, 2), (2, 3), (3, 4)] for code in NOW.values()},
        }
        actions = dict(lever_rows(ground, cases)) | dict(median_rows(rows))
        if past[-1] is not now:
            actions |= dict(moved_rows(ground))
        return rows, actions

    def _answers(self, rows: Mapping[SliceKey, int]) -> dict[SliceKey, int]:
        """Of every third who used a service; few are told to nobody (`said.told_of`)."""
        found: dict[SliceKey, int] = {}
        sums: dict[tuple[str, str], int] = {}
        for agency, services in self.services.items():
            for service in services:
                key = SliceKey(Dimension.SERVICE, str(service), "person", "ACT", YEAR)
                answers = rows.get(key, 0) // 3
                ministry = self.registry.ministry_of.get(str(agency))
                for of in (
                    (Dimension.COUNTRY, ""),
                    (Dimension.AGENCY, str(agency)),
                    (Dimension.SERVICE, str(service)),
                    *([(Dimension.MINISTRY, ministry)] if ministry else []),
                ):
                    sums[of] = sums.get(of, 0) + answers
        for of, answers in sums.items():
            if answers >= LEAST_ANSWERS:
                found[SliceKey(*of, ANSWERED, "ANSWERS", YEAR)] = answers
                found[SliceKey(*of, ANSWERED, "SATISFIED", YEAR)] = answers * 4 // 5
        return found


def found_country(db: Session, seed: int, *, is_adversarial: bool = False) -> Country:
    """Its agencies and services in the catalogue; its people drawn anew."""
    ids: dict[str, UUID] = {}
    for code, parent in MINISTRIES.items():
        ids |= add_agencies(db, [_agency(code, Tier.CENTRAL, "", ids.get(parent))])
    ids |= add_agencies(db, [_agency(c, Tier.PROVINCE, p, None) for c, p in LOCAL.items()])
    numbers = count(100_000)
    services: dict[UUID, list[UUID]] = {}
    names: dict[str, UUID] = {}
    order = ("G01.1", "H01", "G02", "G01", "H48", "G02.1", "G01.2", "H79")
    for code in order:
        some = [
            PublicService(
                procedure_code=f"1.{next(numbers)}",
                name_vi=f"Dịch vụ {code} {n}",
                name_en=f"Service {code} {n}",
                agency_id=ids[code],
                level=4,
                level_valid_on=date(2020, 1, 1),
            )
            for n in range(1, 4)
        ]
        called = {each.procedure_code: each.name_en for each in some}
        found = add_services(db, some)
        names |= {called[procedure]: id_ for procedure, id_ in found.items()}
        services[ids[code]] = [*found.values()]
    return Country(
        random=Random(seed),
        crosswalk=Crosswalk.read(db.connection()),
        places=CODES,
        agencies=[ids[code] for code in order],
        registry=Registry(
            {str(ids[code]): str(ids[parent or code]) for code, parent in MINISTRIES.items()}
        ),
        services=services,
        ids=ids,
        names=names,
        is_adversarial=is_adversarial,
    )


def _agency(code: str, tier: Tier, place: str, parent: UUID | None) -> Agency:
    return Agency(
        code=code,
        tier=tier,
        name_vi=f"Cơ quan {code}",
        name_en=f"Agency {code}",
        valid_on=date(2020, 1, 1),
        place_code=place or None,
        parent_id=parent,
    )
