"""The file from which organizations are entered, enterprises before their branches."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from idp.kit.tables.imports import Differences, differences
from idp.kit.tables.reader import Column, Table
from idp.kit.tables.values import choice, digits, words
from idp.organizations.models import OrganizationKind, OrganizationStatus
from idp.organizations.register import (
    OrganizationEntry,
    enter_organization,
    find_organization,
    register_organization,
)
from idp.organizations.tax_codes import normalise
from idp.places.codes import read_place_code

_KINDS = {
    "doanh nghiệp": OrganizationKind.ENTERPRISE,
    "hợp tác xã": OrganizationKind.COOPERATIVE,
    "hộ kinh doanh": OrganizationKind.HOUSEHOLD,
    "cơ quan": OrganizationKind.AGENCY,
}
_STATUSES = {
    "đang hoạt động": OrganizationStatus.ACTIVE,
    "tạm ngừng": OrganizationStatus.SUSPENDED,
    "giải thể": OrganizationStatus.DISSOLVED,
}

ORGANIZATIONS = Table(
    (
        Column(
            "tax_code",
            lambda text: normalise(digits(text, lengths=(10, 13))),
            also=("mã số thuế", "mst"),
        ),
        Column("name", words, also=("tên", "tên tổ chức", "tên doanh nghiệp")),
        Column(
            "kind",
            choice(OrganizationKind, _KINDS),
            required=False,
            default=OrganizationKind.ENTERPRISE,
            also=("loại", "loại hình"),
        ),
        Column(
            "status",
            choice(OrganizationStatus, _STATUSES),
            required=False,
            default=OrganizationStatus.ACTIVE,
            also=("trạng thái", "tình trạng"),
        ),
        Column("place_code", read_place_code, required=False, also=("mã tỉnh", "mã địa bàn")),
    ),
    key="tax_code",
)


def enter(db: Session, values: Mapping[str, Any], *, at: datetime) -> Differences | None:
    """Register an organization, or take over what the file says of a known one.

    Raises InvalidInput as `enter_organization` does.
    """
    known = find_organization(db, tax_code=values["tax_code"])
    if known is None:
        register_organization(db, OrganizationEntry(**values), at=at)
        return None
    before = {name: getattr(known, name) for name in OrganizationEntry.__dataclass_fields__}
    entry = OrganizationEntry(**{**before, **values})
    enter_organization(db, entry, at=at)
    return differences(before, vars(entry))
