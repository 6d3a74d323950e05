"""Who in a list has an account here: found by keyed hash, and kept as analytics numbers."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from pyroaring import BitMap
from sqlalchemy import Date, any_, bindparam, literal, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from idp.figures.lists.files import Named
from idp.figures.lists.models import (
    LOCAL,
    SERVED,
    UNKNOWN,
    UNKNOWN_LOCAL,
    ListedKnown,
    ListedUnknown,
)
from idp.figures.sets import ORGANIZATION, PERSON
from idp.kit.crypto import Keyring
from idp.kit.db import table_of
from idp.kit.tables.reader import Row
from idp.organizations.models import Organization
from idp.organizations.tax_codes import enterprise_code
from idp.people.identifiers import HASHES, hashes_of
from idp.people.models import CITIZEN_NUMBER, Person, PersonIdentifier

_HASH_OF_CODE = "listed tax code"
_KEEP = text("""
INSERT INTO listed_unknown (subject_kind, value_hash, last_on)
SELECT :kind, value_hash, :month_on FROM unnest(:hashes) AS value_hash
ON CONFLICT (subject_kind, value_hash) DO UPDATE
    SET last_on = greatest(listed_unknown.last_on, excluded.last_on)
RETURNING value_hash, number
""").bindparams(bindparam("hashes", type_=HASHES), bindparam("month_on", type_=Date))
SetKey = tuple[str, str]
"""Kind of subject and name, as `DeliveredSet` has them."""


@dataclass
class Matching:
    """Takes in rows of a list, in batches of constant memory; `sets` is what stays of them.

    It says the same of every row, whether somebody was found or not.
    """

    db: Session
    keyring: Keyring
    month_on: date
    ends_at: datetime
    """When the month was over: a number is its holder's at that instant, or its later one's."""
    sets: dict[SetKey, BitMap] = field(default_factory=lambda: defaultdict(BitMap))
    local_sign_ins: int = 0

    def __call__(self, rows: Sequence[Row]) -> list[None]:
        """Take in these rows."""
        named = {row.values["number"]: row.values["local_sign_ins"] for row in rows}
        self.take(named)
        return [None] * len(rows)

    def take(self, named: Mapping[Named, int]) -> None:
        """Take in these subjects, each with its local sign-ins."""
        self.local_sign_ins += sum(named.values())
        people = {each.value: n for each, n in named.items() if each.kind == PERSON}
        codes: dict[str, int] = defaultdict(int)
        for each, count in named.items():
            if each.kind == ORGANIZATION:
                codes[enterprise_code(each.value)] += count
        hashes = {number: hashes_of(self.keyring, number) for number in people}
        self._note(PERSON, people, hashes, self._holders(hashes))
        of_codes = {code: self.keyring.lookup_hashes(_HASH_OF_CODE, code) for code in codes}
        self._note(ORGANIZATION, codes, of_codes, self._organizations(codes))

    def _note(
        self,
        kind: str,
        counts: Mapping[str, int],
        hashes: Mapping[str, Sequence[bytes]],
        found: Mapping[str, int],
    ) -> None:
        self.sets[kind, SERVED].update(found.values())
        self.sets[kind, LOCAL].update(found[value] for value in found if counts[value])
        every = [each for value in counts for each in hashes[value]]
        stored = self._stored(kind, every)
        met = [
            {"unknown_number": stored[each], "subject_kind": kind, "subject_number": found[value]}
            for value in found
            for each in hashes[value]
            if each in stored
        ]
        if met:
            self.db.execute(upsert(ListedKnown).on_conflict_do_nothing(), met)
        strangers = [value for value in counts if value not in found]
        hash_of = {v: next((h for h in hashes[v] if h in stored), hashes[v][0]) for v in strangers}
        if hash_of:
            kept = self._keep(kind, hash_of.values())
            self.sets[kind, UNKNOWN].update(kept.values())
            self.sets[kind, UNKNOWN_LOCAL].update(
                kept[each] for value, each in hash_of.items() if counts[value]
            )

    def _stored(self, kind: str, hashes: Sequence[bytes]) -> dict[bytes, int]:
        unknown = table_of(ListedUnknown).c
        rows = self.db.execute(
            select(unknown.value_hash, unknown.number).where(
                unknown.subject_kind == kind, unknown.value_hash == any_(literal(hashes, HASHES))
            )
        )
        return {row.value_hash: row.number for row in rows}

    def _keep(self, kind: str, hashes: Iterable[bytes]) -> dict[bytes, int]:
        """The numbers of these; a hash that is new gets one. In one order, so that none waits."""
        told = {"kind": kind, "hashes": sorted(hashes), "month_on": self.month_on}
        return {row.value_hash: row.number for row in self.db.execute(_KEEP, told)}

    def _holders(self, hashes: Mapping[str, Sequence[bytes]]) -> dict[str, int]:
        """Who held each number as the month ended; else who holds it since."""
        if not hashes:
            return {}
        every = [each for some in hashes.values() for each in some]
        ids = table_of(PersonIdentifier).c
        rows = self.db.execute(
            select(ids.value_hash, ids.created_at, table_of(Person).c.subject_number)
            .join_from(table_of(PersonIdentifier), table_of(Person))
            .where(
                ids.kind == CITIZEN_NUMBER,
                ids.value_hash == any_(literal(every, HASHES)),
                (ids.ended_at.is_(None)) | (ids.ended_at > self.ends_at),
                ~table_of(Person).c.is_test,
            )
            .order_by(ids.created_at.desc())
        ).all()
        holders = {row.value_hash: row.subject_number for row in rows}
        return {
            number: next(holders[each] for each in some if each in holders)
            for number, some in hashes.items()
            if any(each in holders for each in some)
        }

    def _organizations(self, codes: Iterable[str]) -> dict[str, int]:
        organizations = table_of(Organization).c
        rows = self.db.execute(
            select(organizations.tax_code, organizations.organization_number).where(
                organizations.tax_code.in_(list(codes))
            )
        )
        return {row.tax_code: row.organization_number for row in rows}
