"""The information systems of the demo, and how they came to have this sign-in alone."""

from collections.abc import Iterator, Sequence
from random import Random
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from idp.catalogue.add import add_systems, state_systems
from idp.catalogue.models import InformationSystem, LoginState
from idp.demo.agencies import CITY
from idp.demo.calendar import Calendar


def enter_systems(
    db: Session,
    *,
    random: Random,
    agencies: dict[str, UUID],
    owners: Sequence[str],
    calendar: Calendar,
) -> dict[str, UUID]:
    """Two of each owner. Those with this sign-in alone had another beside it, for some months."""
    systems, at = list(_systems(random, agencies, owners)), calendar.begins_at
    moved = [each for each in systems if each.login_state is LoginState.EXCLUSIVE]
    for each in moved:
        each.login_state = LoginState.BESIDE
    ids, pause = add_systems(db, systems, at=at), (calendar.ends_at - at) / (len(moved) + 1)
    for number, each in enumerate(moved, start=1):
        is_it = InformationSystem.id == ids[each.code]
        db.execute(update(InformationSystem).where(is_it).values(login_state=LoginState.EXCLUSIVE))
        state_systems(db, [ids[each.code]], at=at + number * pause)
    return ids


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
