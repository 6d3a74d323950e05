"""The files from which agencies, information systems and public services are entered.

A row is known by its code. One that is there already takes over what the file says: its columns
alone, so that those left out stay as they are. Nothing ends by leaving a file.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.catalogue.add import CHANNEL, add_agencies, add_services, add_systems, state_systems
from idp.catalogue.lookup import find_agency, find_system, tree_of_agency
from idp.catalogue.models import Agency, InformationSystem, LoginState, PublicService, Tier
from idp.kit.immutable import immutable
from idp.kit.listen import notify
from idp.kit.messages import N_, Message
from idp.kit.tables.faults import Unreadable
from idp.kit.tables.imports import Differences, differences
from idp.kit.tables.reader import Column, Table
from idp.kit.tables.values import choice, code, day, fold, one_of, words
from idp.places.codes import read_place_code

_TIERS = {
    "trung ương": Tier.CENTRAL,
    "tỉnh": Tier.PROVINCE,
    "cấp tỉnh": Tier.PROVINCE,
    "huyện": Tier.DISTRICT,
    "cấp huyện": Tier.DISTRICT,
    "xã": Tier.COMMUNE,
    "cấp xã": Tier.COMMUNE,
}
_LOGIN_STATES = {
    "chưa": LoginState.NONE,
    "thí điểm": LoginState.PILOT,
    "song song": LoginState.BESIDE,
    "duy nhất": LoginState.EXCLUSIVE,
}
_LEVELS = {
    f"{word}{level}": level for level in range(1, 5) for word in ("", "muc_", "muc_do_", "level_")
}
_OWNERS = ("parent_id", "agency_id")
_GUARDED = {*_OWNERS, "system_id", "required_acr"}
"""What decides who may act for a row, and how surely people sign in there."""
_LINKS: dict[str, type[Agency] | type[InformationSystem]] = {
    "parent_id": Agency,
    "agency_id": Agency,
    "system_id": InformationSystem,
}
_AGENCY = Column("agency", also=("cơ quan", "mã cơ quan"))
_NAMES = (
    Column("name_vi", words, also=("tên", "tên tiếng việt")),
    Column("name_en", words, required=False, default="", also=("tên tiếng anh",)),
)


def _procedure_code(text: str) -> str:
    """The code as text; a spreadsheet takes it for a number, and its decimal sign is the land's."""
    written = code(text).replace(",", ".")
    if re.fullmatch(r"[0-9]\.[0-9]{1,5}", written):
        raise Unreadable(
            N_("Excel drops zeros at the end: format the column as Text. It looks like 1.001234.")
        )
    return written


AGENCIES = Table(
    (
        Column("code", code, also=("mã", "mã cơ quan", "mã định danh")),
        Column("tier", choice(Tier, _TIERS), also=("cấp",)),
        *_NAMES,
        Column("valid_on", day, also=("từ ngày", "ngày hiệu lực")),
        Column("parent", required=False, also=("cơ quan cấp trên",)),
        Column("place_code", read_place_code, required=False, also=("mã tỉnh", "mã địa bàn")),
    ),
    key="code",
)
SYSTEMS = Table(
    (
        Column("code", code, also=("mã", "mã hệ thống")),
        _AGENCY,
        *_NAMES,
        Column(
            "login_state",
            choice(LoginState, _LOGIN_STATES),
            required=False,
            default=LoginState.NONE,
        ),
    ),
    key="code",
)
SERVICES = Table(
    (
        Column("code", _procedure_code, also=("mã", "mã thủ tục")),
        _AGENCY,
        *_NAMES,
        Column("level", one_of(_LEVELS, named=["1", "2", "3", "4"]), also=("mức", "mức độ")),
        Column("level_valid_on", day, also=("từ ngày", "ngày hiệu lực")),
        Column("required_acr", also=("mức bảo đảm", "mức độ bảo đảm")),
        Column("system", required=False, also=("hệ thống", "mã hệ thống")),
    ),
    key="code",
)


@immutable
class Entering:
    """What entering rows needs besides them; `levels` are the acr values there are.

    `guard` is asked for an agency before a row that is its matter is given to another, or a service
    of it asks for another level; it raises InvalidInput where this is not for who gives the file.
    """

    db: Session
    today: date
    levels: tuple[str, ...]
    guard: Callable[[UUID], None]

    def agency(self, values: Mapping[str, Any]) -> Differences | None:
        """Enter an agency; its parent is entered before it."""
        on = max(self.today, values["valid_on"])
        known = self._find_current(values["code"])
        row = _own(values, "code", "parent")
        if "parent" in values:
            parent = self._agency(values["parent"], on, "parent") if values["parent"] else None
            if known and parent and self._is_below(parent, known):
                raise Unreadable(N_("This agency is below it."), field="parent")
            row["parent_id"] = parent.id if parent else None
        if known is None:
            add_agencies(self.db, [Agency(code=values["code"], **{"name_en": "", **row})])
            return None
        return self._take_over(known, row, owner=known.id)

    def system(self, values: Mapping[str, Any]) -> Differences | None:
        """Enter an information system."""
        known = find_system(self.db, code=values["code"])
        agency = self._agency(values["agency"], self.today, "agency")
        row = {**_own(values, "code", "agency"), "agency_id": agency.id}
        if known is None:
            add_systems(self.db, [InformationSystem(code=values["code"], **{"name_en": "", **row})])
            return None
        return self._take_over(known, row, owner=known.agency_id)

    def service(self, values: Mapping[str, Any]) -> Differences | None:
        """Enter a public service."""
        code = values["code"]
        known = self.db.scalar(select(PublicService).where(PublicService.procedure_code == code))
        agency = self._agency(values["agency"], self.today, "agency")
        row = {**_own(values, "code", "agency", "system"), "agency_id": agency.id}
        if "system" in values:
            row["system_id"] = self._system_id(values["system"]) if values["system"] else None
        row["required_acr"] = self._level(values["required_acr"])
        if known is None:
            add_services(self.db, [PublicService(procedure_code=code, **{"name_en": "", **row})])
            return None
        return self._take_over(known, row, owner=known.agency_id)

    def _take_over(
        self, known: Agency | InformationSystem | PublicService, row: Mapping[str, Any], owner: UUID
    ) -> Differences:
        changed = differences(vars(known), row)
        for name in _GUARDED & changed.keys():
            others = changed[name] if name in _OWNERS else ()
            for agency_id in filter(None, {owner, *others}):
                self.guard(agency_id)
        for name, (_, new) in changed.items():
            setattr(known, name, new)
        if changed:
            self.db.flush()
            notify(self.db, channel=CHANNEL)
        if isinstance(known, InformationSystem) and changed:
            state_systems(self.db, [known.id])
        return dict(self._shown(name, *pair) for name, pair in changed.items())

    def _shown(self, name: str, *ids: Any) -> tuple[str, tuple[object, object]]:
        """What changed, in the file's words: agencies and systems by their codes."""
        if name not in _LINKS:
            return name, ids
        link = _LINKS[name]
        before, after = (self.db.scalar(select(link.code).where(link.id == id_)) for id_ in ids)
        return name.removesuffix("_id"), (before, after)

    def _find_current(self, code: str) -> Agency | None:
        is_current = (Agency.code == code, Agency.ended_on.is_(None))
        return self.db.scalar(select(Agency).where(*is_current))

    def _agency(self, code: str, on: date, column: str) -> Agency:
        agency = find_agency(self.db, code=code, on=on)
        if agency is None:
            raise Unreadable(Message("There is no agency %(code)s.", code=code), field=column)
        return agency

    def _is_below(self, agency: Agency, other: Agency) -> bool:
        return agency.id in self.db.scalars(tree_of_agency(other.id)).all()

    def _level(self, acr: str) -> str:
        known = {fold(level): level for level in self.levels}
        if fold(acr) not in known:
            sentence = Message("Choose from: %(choices)s.", choices=", ".join(self.levels))
            raise Unreadable(sentence, field="required_acr")
        return known[fold(acr)]

    def _system_id(self, code: str) -> UUID:
        system = find_system(self.db, code=code)
        if system is None:
            raise Unreadable(Message("There is no system %(code)s.", code=code), field="system")
        return system.id


def _own(values: Mapping[str, Any], *others: str) -> dict[str, Any]:
    """The values that are columns of the row itself."""
    return {name: value for name, value in values.items() if name not in others}
