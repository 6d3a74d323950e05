"""What a mandate must be, and that nobody grants more than they hold."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from idp.accounts.changes import confirm_factor
from idp.catalogue.models import Agency
from idp.factors.kinds import TOTP
from idp.factors.models import Authenticator
from idp.kit import clock
from idp.kit.db import table_of, transaction
from idp.kit.errors import InvalidInput, NotFound
from idp.mandates.changes import end_mandate, start_mandate
from idp.mandates.models import Mandate
from idp.mandates.posts import find_posts
from idp.mandates.representations import list_representations
from idp.mandates.roles import ROLES, Body, OrganizationRole, StaffRole
from idp.organizations.models import Organization
from idp.people.models import Person
from tests.mandates.conftest import AT, FIRST, LAST, TODAY, mandate
from tests.support.people import add_person, equip_staff

LEGAL, DELEGATE = OrganizationRole.LEGAL_REPRESENTATIVE, OrganizationRole.DELEGATE
SERVICES = [uuid4(), uuid4()]


def test_every_role_has_one_row_in_the_table() -> None:
    assert list(ROLES) == [*StaffRole, *OrganizationRole]
    assert {ROLES[role].body for role in OrganizationRole} == {Body.ORGANIZATION}
    assert {ROLES[role].body for role in StaffRole} == {Body.OPERATOR, Body.AGENCY}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("body", Body)
def test_the_database_keeps_a_role_to_its_kind_of_body(
    db: Session, person: Person, agency: Agency, company: Organization, role: str, body: Body
) -> None:
    given = mandate(person.id, role)
    given.agency_id = agency.id if body is Body.AGENCY else None
    given.organization_id = company.id if body is Body.ORGANIZATION else None
    columns = table_of(Mandate).columns.keys()
    row = insert(Mandate).values({name: getattr(given, name) for name in columns})
    if ROLES[role].body is body:
        db.execute(row)
        return
    with pytest.raises(IntegrityError, match="ck_mandate_body"):
        db.execute(row)


def test_the_database_keeps_no_mandate_for_two_bodies(
    db: Session, person: Person, agency: Agency, company: Organization
) -> None:
    db.add(mandate(person.id, DELEGATE, organization_id=company.id, agency_id=agency.id))
    with pytest.raises(IntegrityError, match="ck_mandate_body"):
        db.flush()


def test_roles_and_agencies_must_fit(db: Session, person: Person, agency: Agency) -> None:
    with pytest.raises(InvalidInput):
        start_mandate(db, mandate(person.id, StaffRole.AGENCY_OWNER))
    with pytest.raises(InvalidInput):
        start_mandate(db, mandate(person.id, StaffRole.OPERATOR, agency_id=agency.id))
    assert start_mandate(db, mandate(person.id, StaffRole.OPERATOR)).id


def test_test_people_hold_no_post(
    db: Session, person: Person, agency: Agency, company: Organization
) -> None:
    """G22: how to sign in as one is no secret; they may try out acting for an organization."""
    made_up = add_person(db)
    made_up.is_test = True
    for role, body in (
        (StaffRole.OPERATOR, {}),
        (StaffRole.AGENCY_OWNER, {"agency_id": agency.id}),
    ):
        with pytest.raises(InvalidInput, match="test person"):
            start_mandate(db, mandate(made_up.id, role, **body))
        assert start_mandate(db, mandate(person.id, role, **body)).id, "the control"
    assert start_mandate(db, mandate(made_up.id, LEGAL, organization_id=company.id)).id


def test_a_mandate_ends_after_it_begins(db: Session, person: Person) -> None:
    with pytest.raises(InvalidInput):
        start_mandate(db, mandate(person.id, StaffRole.OPERATOR, ended_on=FIRST))
    next_day = mandate(person.id, StaffRole.OPERATOR, ended_on=FIRST + timedelta(days=1))
    assert start_mandate(db, next_day) is next_day


def test_nobody_unknown_is_given_one(db: Session) -> None:
    with pytest.raises(NotFound):
        start_mandate(db, mandate(uuid4(), StaffRole.OPERATOR))


def test_only_a_delegate_is_limited_to_services(
    db: Session, person: Person, company: Organization
) -> None:
    limited: dict[str, Any] = {"organization_id": company.id, "service_ids": SERVICES}
    with pytest.raises(InvalidInput):
        start_mandate(db, mandate(person.id, LEGAL, **limited))
    assert start_mandate(db, mandate(person.id, DELEGATE, **limited)).service_ids == SERVICES


def test_periods_are_given_in_their_order(
    db: Session, person: Person, company: Organization
) -> None:
    first = mandate(person.id, LEGAL, organization_id=company.id, ended_on=TODAY)
    second = mandate(person.id, LEGAL, organization_id=company.id, valid_on=LAST)
    for given in (first, second):
        assert start_mandate(db, given) is given
    between = mandate(person.id, LEGAL, organization_id=company.id, valid_on=TODAY, ended_on=LAST)
    assert start_mandate(db, between) is second


class TestGranting:
    """A representative until `LAST` who may grant, and a delegate to be."""

    @pytest.fixture(autouse=True)
    def _people(self, db: Session, person: Person, company: Organization) -> None:
        self.db, self.company, self.person = db, company, person
        self.other = add_person(db, name="Lê Thị Bình")
        self.granter = self.start(person.id, LEGAL, ended_on=LAST)

    def start(self, person_id: UUID, role: str, **values: Any) -> Mandate:
        return start_mandate(
            self.db, mandate(person_id, role, **{"organization_id": self.company.id, **values})
        )

    def grant(self, **values: Any) -> Mandate:
        """Under the representative's, a delegate's as long, unless told otherwise."""
        granted = {"role": DELEGATE, "ended_on": LAST, "granted_by_id": self.granter.id, **values}
        return self.start(granted.pop("person_id", self.other.id), **granted)

    def acts(self, on: date = TODAY) -> bool:
        """Whether the other may act for the company."""
        return bool(list_representations(self.db, person_id=self.other.id, on=on))

    def test_a_representative_grants_to_a_delegate(self) -> None:
        granted = self.grant(service_ids=SERVICES)
        assert granted.granted_by_id == self.granter.id
        assert self.acts()

    @pytest.mark.parametrize(
        "wider",
        [
            {"ended_on": None},
            {"ended_on": LAST + timedelta(days=1)},
            {"valid_on": FIRST - timedelta(days=1)},
            {"role": LEGAL},
        ],
        ids=lambda wider: next(iter(wider)),
    )
    def test_nobody_grants_more_than_they_hold(self, wider: dict[str, Any]) -> None:
        with pytest.raises(InvalidInput):
            self.grant(**wider)
        assert not self.acts()

    def test_nobody_grants_to_themselves(self) -> None:
        with pytest.raises(InvalidInput):
            self.grant(person_id=self.person.id)

    def test_nobody_grants_for_another_organization(self) -> None:
        other = Organization(tax_code="0100109106", name="Công ty B", created_at=AT)
        self.db.add(other)
        self.db.flush()
        with pytest.raises(InvalidInput):
            self.grant(organization_id=other.id)

    def test_a_delegate_grants_nothing(self) -> None:
        self.granter = self.grant()
        with pytest.raises(InvalidInput):
            self.grant(person_id=add_person(self.db).id)

    def test_nothing_is_granted_under_what_has_ended(self) -> None:
        end_mandate(self.db, mandate_id=self.granter.id, on=TODAY, at=AT)
        with pytest.raises(InvalidInput):
            self.grant()
        assert self.grant(ended_on=TODAY)

    def test_what_was_granted_ends_with_its_granters(self) -> None:
        self.grant()
        end_mandate(self.db, mandate_id=self.granter.id, on=TODAY, at=AT)
        assert self.acts(TODAY - timedelta(days=1))
        assert not self.acts()

    def test_what_was_granted_ends_alone(self) -> None:
        granted = self.grant()
        end_mandate(self.db, mandate_id=granted.id, on=TODAY, at=AT)
        assert not self.acts()
        assert list_representations(self.db, person_id=self.person.id, on=TODAY)


def test_of_many_who_appoint_at_once_one_does(engine: Engine) -> None:
    with transaction(engine) as db:
        person = add_person(db)
        equip_staff(db, person)
        person_id = person.id
    all_there = Barrier(8, timeout=30)

    def appoint(_number: int) -> UUID:
        with transaction(engine) as db:
            find_posts(db, person_id=person_id, on=TODAY)
            all_there.wait()
            return start_mandate(db, mandate(person_id, StaffRole.OPERATOR)).id

    with ThreadPoolExecutor(all_there.parties) as threads:
        given = list(threads.map(appoint, range(all_there.parties)))
    with transaction(engine) as db:
        held = [post.id for post in find_posts(db, person_id=person_id, on=TODAY)]
    assert (len(held), {*given}) == (1, {*held})


class TestStaff:
    """G4: what a person must have before a post, and what representatives need not have."""

    @pytest.mark.parametrize(
        ("proofing", "has_app", "named"),
        [(0, True, "face to face"), (1, True, "face to face"), (2, False, "a second factor")],
    )
    @pytest.mark.parametrize("role", StaffRole)
    def test_has_what_its_doors_ask_for_first(
        self,
        db: Session,
        agency: Agency,
        role: StaffRole,
        proofing: int,
        named: str,
        *,
        has_app: bool,
    ) -> None:
        person, fit = add_person(db), add_person(db)
        for one in (person, fit) if has_app else (fit,):
            equip_staff(db, one)
        person.proofing = proofing
        db.flush()
        agency_id = agency.id if ROLES[role].body is Body.AGENCY else None
        with pytest.raises(InvalidInput, match=named):
            start_mandate(db, mandate(person.id, role, agency_id=agency_id))
        assert start_mandate(db, mandate(fit.id, role, agency_id=agency_id)).id

    def test_an_app_that_is_not_confirmed_is_named(self, db: Session, person: Person) -> None:
        app = db.scalars(select(Authenticator).where(Authenticator.person_id == person.id)).one()
        app.carries_from = clock.now() + timedelta(hours=1)
        db.flush()
        with pytest.raises(InvalidInput, match="a confirmed second factor"):
            start_mandate(db, mandate(person.id, StaffRole.OPERATOR))
        assert confirm_factor(db, person_id=person.id, kind=TOTP, by="desk", at=clock.now())
        assert start_mandate(db, mandate(person.id, StaffRole.OPERATOR)).id

    def test_who_acts_for_an_organization_is_no_staff(
        self, db: Session, company: Organization
    ) -> None:
        person = add_person(db, proofing=0)
        assert start_mandate(db, mandate(person.id, LEGAL, organization_id=company.id)).id
