"""Taking in a list: all of its lines or none, as another version where there is one already."""

from collections.abc import Callable, Mapping
from datetime import date, datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from idp.catalogue.models import InformationSystem
from idp.figures.days import DAY, day_start, local_day, month_end
from idp.figures.lists.dues import check_month, due_on, oldest_month
from idp.figures.lists.files import Named, list_table
from idp.figures.lists.matching import Matching
from idp.figures.lists.models import DeliveredList, DeliveredSet, ListedUnknown
from idp.figures.slices import read_month
from idp.journal.record import record
from idp.kit import clock
from idp.kit.crypto import Keyring
from idp.kit.db import table_of, try_lock
from idp.kit.errors import InvalidInput
from idp.kit.immutable import immutable
from idp.kit.tables.imports import import_rows
from idp.kit.tables.reader import read_rows
from idp.kit.tables.source import Source


@immutable
class Delivery:
    """What was taken in. It says nothing of who in the list has an account here.

    Whoever delivers a list could learn that of single people by delivering it again and again.
    """

    month_on: date
    version: int
    """0 where nothing was kept: a dry run."""
    lines: int
    local_sign_ins: int
    is_new: bool
    """False for the very file that stands already."""
    is_late: bool


def is_published(db: Session, month_on: date) -> bool:
    """Whether the month that takes such a list in, the one after its own, is frozen."""
    return read_month(db, month_end(month_on) + DAY) is not None


@immutable
class Delivering:
    """What taking in lists needs beside them."""

    db: Session
    keyring: Keyring
    time_zone: str

    def file(
        self,
        source: Source,
        *,
        system: InformationSystem,
        month: date,
        dry_run: bool = False,
        progress: Callable[[], None] = lambda: None,
    ) -> Delivery:
        """Take in a file for any day of that month.

        Raises FileRefused, nothing being kept, and InvalidInput: for a month that is not over or
        too long ago, a system nobody signs in to, and while another file of it is read.
        """
        on, at = month_end(month), clock.now()
        today = local_day(at, self.time_zone)
        check_month(on, today=today)
        self._check(system, on)
        tried, matching = self.db.begin_nested(), self._matching(on)
        table = list_table(today=today)
        report = import_rows(read_rows(source, table), matching, progress=progress)
        if report.refused:
            tried.rollback()
            raise report.refusal
        newest = self._newest(system, on)
        if newest is not None and newest.sha256.hex() == source.digest:
            tried.rollback()
            return self._told(
                matching, version=newest.version, lines=report.read, at=at, is_new=False
            )
        if dry_run:
            tried.rollback()
            return self._told(matching, version=0, lines=report.read, at=at)
        tried.commit()
        version = newest.version + 1 if newest else 1
        digest = bytes.fromhex(source.digest)
        self._keep(system, matching, version=version, lines=report.read, at=at, digest=digest)
        return self._told(matching, version=version, lines=report.read, at=at)

    def subjects(
        self, named: Mapping[Named, int], *, system: InformationSystem, month: date, at: datetime
    ) -> None:
        """The same of subjects that come from no file, as of that instant: the demo's."""
        matching = self._matching(month_end(month))
        matching.take(named)
        self._keep(system, matching, version=1, lines=len(named), at=at, digest=b"")

    def _matching(self, on: date) -> Matching:
        return Matching(self.db, self.keyring, on, day_start(on + DAY, self.time_zone))

    def _check(self, system: InformationSystem, on: date) -> None:
        if not system.needs_sign_in:
            raise InvalidInput("Nobody signs in to this system: it owes no list.", field="system")
        if not try_lock(self.db.connection(), f"list.{system.id}.{on}"):
            raise InvalidInput(
                "Another list of this system and month is being read: try again.", field="file"
            )

    def _newest(self, system: InformationSystem, on: date) -> DeliveredList | None:
        return self.db.scalar(
            select(DeliveredList)
            .where(DeliveredList.system_id == system.id, DeliveredList.month_on == on)
            .order_by(DeliveredList.version.desc())
            .limit(1)
        )

    def _keep(
        self,
        system: InformationSystem,
        matching: Matching,
        *,
        version: int,
        lines: int,
        at: datetime,
        digest: bytes,
    ) -> None:
        delivered = DeliveredList(
            system_id=system.id,
            month_on=matching.month_on,
            version=version,
            delivered_at=at,
            sha256=digest,
            lines=lines,
            local_sign_ins=matching.local_sign_ins,
        )
        self.db.add(delivered)
        self.db.flush()
        sets = [
            {
                "list_number": delivered.number,
                "subject_kind": kind,
                "name": name,
                "bitmap": b.serialize(),
            }
            for (kind, name), b in matching.sets.items()
            if b
        ]
        if sets:
            self.db.execute(insert(table_of(DeliveredSet)), sets)
        data = {
            "system": str(system.id),
            "month": f"{matching.month_on:%Y-%m}",
            "version": version,
            "lines": lines,
            "local_sign_ins": matching.local_sign_ins,
            "sha256": digest.hex(),
        }
        record(self.db, event="list.delivered", at=at, counted=False, data=data)

    def _told(
        self, matching: Matching, *, version: int, lines: int, at: datetime, is_new: bool = True
    ) -> Delivery:
        on = matching.month_on
        is_late = local_day(at, self.time_zone) > due_on(on)
        return Delivery(on, version, lines, matching.local_sign_ins, is_new, is_late)


def drop_old_hashes(db: Session, *, limit: int, today: date) -> int:
    """Delete hashes of people and organizations that no list has named for thirteen months.

    How many; the bitmaps keep a number that then means nothing.
    """
    unknown = table_of(ListedUnknown).c
    old = select(unknown.number).where(unknown.last_on < oldest_month(today)).limit(limit)
    gone = delete(ListedUnknown).where(unknown.number.in_(old)).returning(unknown.number)
    return len(db.execute(gone).all())
