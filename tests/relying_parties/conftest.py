"""A small register: a ministry with one system and one service, a province with none."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from idp.catalogue.add import add_agencies, add_services, add_systems
from idp.catalogue.models import Agency, InformationSystem, PublicService, Tier
from tests.support.client_fields import PURPOSE

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
"""When things happen in these tests."""


@dataclass(frozen=True)
class Register:
    """The ids of what stands in it."""

    ministry_id: UUID
    province_id: UUID
    system_id: UUID
    service_id: UUID


def fill_register(db: Session) -> Register:
    """Write the rows; the caller commits."""
    agencies = add_agencies(
        db,
        [
            Agency(
                code="G12",
                tier=Tier.CENTRAL,
                name_vi="Bộ Giao thông",
                name_en="Ministry of Transport",
                valid_on=date(2019, 1, 1),
            ),
            Agency(
                code="H29",
                tier=Tier.PROVINCE,
                name_vi="Tỉnh Một",
                name_en="Province One",
                valid_on=date(2019, 1, 1),
            ),
        ],
    )
    systems = add_systems(
        db,
        [
            InformationSystem(
                code="licences", agency_id=agencies["G12"], name_vi="Cấp phép", name_en="Licences"
            )
        ],
    )
    services = add_services(
        db,
        [
            PublicService(
                procedure_code="1.001234",
                agency_id=agencies["G12"],
                system_id=systems["licences"],
                name_vi="Đổi giấy phép lái xe",
                name_en="Exchange a driving licence",
                level=4,
                level_valid_on=date(2020, 1, 1),
                required_acr="LoA2",
            ),
            PublicService(
                procedure_code="1.005678",
                agency_id=agencies["H29"],
                name_vi="Đăng ký hộ kinh doanh",
                name_en="Register a household business",
                level=3,
                level_valid_on=date(2020, 1, 1),
            ),
        ],
    )
    return Register(
        ministry_id=agencies["G12"],
        province_id=agencies["H29"],
        system_id=systems["licences"],
        service_id=services["1.001234"],
    )


@pytest.fixture
def register(db: Session) -> Register:
    """The register, gone after the test."""
    return fill_register(db)


@pytest.fixture
def declare() -> Callable[..., str]:
    """A TOML file with one relying party; keyword arguments replace or add lines."""

    def text(**changes: str) -> str:
        lines = {
            "system": '"licences"',
            "client_name": '"Đổi giấy phép"',
            '"client_name#en"': '"Licence exchange"',
            "redirect_uris": '["https://gplx.example.vn/cb"]',
            "service": '"1.001234"',
            **{name: f'"{value}"' for name, value in PURPOSE.items()},
        }
        lines.update(changes)
        body = "\n".join(f"{key} = {value}" for key, value in lines.items() if value)
        return f"[[relying_party]]\n{body}\n"

    return text
