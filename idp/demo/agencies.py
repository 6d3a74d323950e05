"""The agencies: ministries, and provinces across the merger of 01/07/2025."""

import csv
from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from uuid import NAMESPACE_DNS, UUID, uuid5

from sqlalchemy.orm import Session

from idp.catalogue.add import add_agencies
from idp.catalogue.models import Agency, Tier
from idp.places.load import (
    MERGER,
    SINCE_2008,
    MergedProvince,
    Province,
    merged_provinces,
    unchanged_codes,
)

MINISTRY = "G01"
"""The ministry whose service is a sample, and whose staff can sign in."""
CITY = "H17"
"""The province whose portal is a sample."""
WARD = "H17.102"
"""A commune of that province, with services of its own."""
_NAMESPACE = uuid5(NAMESPACE_DNS, "demo.onedoor.example")
_CITIES = {"Hà Nội", "Hồ Chí Minh", "Đà Nẵng", "Hải Phòng", "Cần Thơ", "Huế"}


def enter_agencies(db: Session, provinces: list[Province]) -> dict[str, UUID]:
    """Add all agencies; the ids of today's by code."""
    agencies = add_agencies(db, [*_central_agencies(), *_province_agencies(provinces)])
    return agencies | add_agencies(db, list(_city_agencies(agencies)))


def demo_id(name: str) -> UUID:
    """The same id in every demo."""
    return uuid5(_NAMESPACE, name)


def agency_id(code: str, valid_on: date = SINCE_2008) -> UUID:
    """The id of the agency that took the code on that day."""
    return demo_id(f"agency:{code}:{valid_on}")


def has_portal(code: str) -> bool:
    """Whether it is a ministry or a province: those have portals of their own."""
    return code.startswith("G") or "." not in code


def read_rows(name: str) -> Iterator[dict[str, str]]:
    """A packaged CSV file of the demo."""
    with (files("idp.demo") / name).open(encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _central_agencies() -> Iterator[Agency]:
    for row in read_rows("agencies.csv"):
        parent = row["code"].rpartition(".")[0]
        yield Agency(
            id=agency_id(row["code"]),
            code=row["code"],
            parent_id=agency_id(parent) if parent else None,
            tier=Tier.CENTRAL,
            name_vi=row["name_vi"],
            name_en=row["name_en"],
            valid_on=SINCE_2008,
        )


def _province_agencies(provinces: list[Province]) -> Iterator[Agency]:
    """63 people's committees until the merger, 34 after it."""
    unchanged = unchanged_codes(provinces)
    for province in provinces:
        yield _committee(province, SINCE_2008, None if province.code in unchanged else MERGER)
    for merged in merged_provinces(provinces):
        yield _committee(merged, MERGER)


def _committee(
    province: Province | MergedProvince, valid_on: date, ended_on: date | None = None
) -> Agency:
    kind = "thành phố" if province.name_vi in _CITIES else "tỉnh"
    return Agency(
        id=agency_id(province.agency_code, valid_on),
        code=province.agency_code,
        tier=Tier.PROVINCE,
        name_vi=f"Ủy ban nhân dân {kind} {province.name_vi}",
        name_en=f"People's Committee of {province.name_en}",
        place_code=province.code,
        valid_on=valid_on,
        ended_on=ended_on,
    )


def _city_agencies(agencies: dict[str, UUID]) -> Iterator[Agency]:
    for row in read_rows("city_agencies.csv"):
        yield Agency(
            id=agency_id(row["code"], MERGER),
            code=row["code"],
            parent_id=agencies[CITY],
            tier=Tier(row["tier"]),
            name_vi=row["name_vi"],
            name_en=row["name_en"],
            place_code="48",
            valid_on=MERGER,
        )
