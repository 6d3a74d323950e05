"""The state of the demo: agencies, their systems and services, and the portals people use."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from random import Random
from uuid import UUID

from sqlalchemy.orm import Session

from idp.catalogue.add import add_services, add_systems
from idp.catalogue.models import InformationSystem, LoginState, PublicService, Tier
from idp.demo.agencies import CITY, WARD, demo_id, enter_agencies, has_portal, read_rows
from idp.demo.outlets import Opening, Outlet, connect_portals
from idp.places.load import SINCE_2008, Province
from idp.settings.server import IssuerSettings

_SAMPLES = (
    ("1.010001", "G01", "G01.DKX", "Cấp đổi chứng nhận đăng ký xe, biển số xe",
     "Exchange a vehicle registration and plate", "LoA2", 4),
    ("1.020001", "H17.101", "H17.CDVC", "Đăng ký khai sinh", "Register a birth", "LoA2", 4),
    ("1.020002", "H17.05", "H17.CDVC", "Cấp giấy phép xây dựng nhà ở riêng lẻ",
     "Permit to build a house", "LoA2", 4),
    ("1.020003", "H17.06", "H17.CDVC", "Đăng ký biến động đất đai",
     "Register a change of land rights", "LoA3", 4),
    ("1.020004", "H17.20", "H17.CDVC", "Tra cứu tình trạng hồ sơ", "Look up an application",
     "LoA1", 3),
)  # fmt: skip


@dataclass(frozen=True)
class Country:
    """What the history draws from."""

    agencies: dict[str, UUID]
    central: tuple[Outlet, ...]
    local: tuple[Outlet, ...]


def build_country(
    db: Session,
    *,
    random: Random,
    provinces: Sequence[Province],
    start_on: date,
    at: datetime,
    issuer: IssuerSettings,
) -> Country:
    """Enter agencies, systems, services and production relying parties."""
    agencies = enter_agencies(db, provinces)
    owners = [code for code in agencies if has_portal(code)]
    systems = add_systems(db, _systems(random, agencies, owners))
    services = list(_services(agencies, systems, owners, at))
    add_services(db, services)
    add_services(db, _sample_services(agencies, systems, at))
    opening = Opening(random, provinces, agencies, services, start_on, at, issuer)
    return Country(
        agencies=agencies,
        central=connect_portals(db, opening, tier=Tier.CENTRAL),
        local=connect_portals(db, opening, tier=Tier.PROVINCE),
    )


def _systems(
    random: Random, agencies: dict[str, UUID], owners: Sequence[str]
) -> Iterator[InformationSystem]:
    yield InformationSystem(
        code="G01.DKX",
        agency_id=agencies["G01"],
        name_vi="Hệ thống đăng ký xe",
        name_en="Vehicle registration system",
        login_state=LoginState.EXCLUSIVE,
    )
    states = (LoginState.EXCLUSIVE, LoginState.BESIDE, LoginState.BESIDE, LoginState.PILOT)
    for code in owners:
        yield InformationSystem(
            code=f"{code}.CDVC",
            agency_id=agencies[code],
            name_vi="Cổng dịch vụ công",
            name_en="Public service portal",
            login_state=LoginState.EXCLUSIVE if code == CITY else random.choice(states),
        )
        yield InformationSystem(
            code=f"{code}.QLVB",
            agency_id=agencies[code],
            name_vi="Hệ thống một cửa điện tử",
            name_en="Electronic one-stop shop",
            login_state=random.choice((LoginState.NONE, LoginState.NONE, LoginState.PILOT)),
        )


def _services(
    agencies: dict[str, UUID], systems: dict[str, UUID], owners: Sequence[str], at: datetime
) -> Iterator[PublicService]:
    kinds = list(read_rows("services.csv"))
    for index, owner in enumerate(owners):
        named = owner if owner.startswith("G") else "province"
        rows = [row for row in kinds if row["owner"] == named]
        if owner == CITY:
            rows += [row for row in kinds if row["owner"] == "commune"]
        for number, row in enumerate(rows, start=1):
            level = int(row["level"])
            is_declared = level == 4 and (index + number) % 9 > 0
            held_by = WARD if row["owner"] == "commune" else owner
            yield PublicService(
                id=demo_id(f"service:{owner}:{number}"),
                procedure_code=f"2.{index:03}{number:03}",
                agency_id=agencies[held_by],
                system_id=systems[f"{owner}.CDVC"],
                name_vi=row["name_vi"],
                name_en=row["name_en"],
                level=level,
                level_valid_on=SINCE_2008,
                required_acr=row["required_acr"],
                declared_login=is_declared,
                tested_at=at if is_declared and (index + number) % 5 else None,
            )


def _sample_services(
    agencies: dict[str, UUID], systems: dict[str, UUID], at: datetime
) -> Iterator[PublicService]:
    for code, owner, system, name_vi, name_en, acr, level in _SAMPLES:
        yield PublicService(
            id=demo_id(f"service:{code}"),
            procedure_code=code,
            agency_id=agencies[owner],
            system_id=systems[system],
            name_vi=name_vi,
            name_en=name_en,
            level=level,
            level_valid_on=SINCE_2008,
            required_acr=acr,
            declared_login=True,
            tested_at=at,
        )
