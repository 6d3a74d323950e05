"""The journal's newest seal, written down where the database's owner has no way.

A line of JSON a minute, in the log and in a file that is only ever added to. Together with the
public key it shows a rewritten or shortened journal to anyone who keeps it.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.engine import Connection

from idp.journal.models import JournalSeal
from idp.kit.errors import ConfigurationError
from idp.kit.immutable import immutable
from idp.kit.signatures import PublicKeys

_DOMAIN = b"idp journal seal\n"


@immutable
class Head:
    """A seal as it is told outside the database: `until` is where its span ends."""

    seal_id: int
    sealed_at: str
    until: int
    hash: str
    key_id: str
    signature: str

    @classmethod
    def read(cls, line: str) -> "Head":
        """The head a published line tells; raises ValueError."""
        try:
            fields = json.loads(line)
            head = cls(**{name: fields[name] for name in cls.__dataclass_fields__})
            bytes.fromhex(head.hash + head.signature + f"{head.until:016x}")
        except (KeyError, TypeError) as error:
            raise ValueError(f"no published head: {line[:40]!r}") from error
        return head

    @classmethod
    def of_hash(cls, seal_hash: str) -> "Head":
        """A head of which only the hash was noted."""
        return cls(seal_id=0, sealed_at="", until=0, hash=seal_hash, key_id="", signature="")

    def is_signed(self, keys: PublicKeys) -> bool:
        """Whether one of these keys signed it."""
        signature = bytes.fromhex(self.signature)
        return keys.holds(
            signed_bytes(bytes.fromhex(self.hash)), key_id=self.key_id, signature=signature
        )


def signed_bytes(seal_hash: bytes) -> bytes:
    """What the signature of a seal is over."""
    return _DOMAIN + seal_hash


def newest_head(connection: Connection) -> Head | None:
    """The seal at the end of the chain."""
    row = connection.execute(select(JournalSeal.__table__).order_by(JournalSeal.id.desc()).limit(1))
    seal = row.one_or_none()
    if seal is None:
        return None
    return Head(
        seal_id=seal.id,
        sealed_at=seal.sealed_at.isoformat(),
        until=int(seal.until_xact_id),
        hash=seal.hash.hex(),
        key_id=seal.key_id or "",
        signature=(seal.signature or b"").hex(),
    )


def still_holds(connection: Connection, head: Head) -> bool:
    """Whether the chain has that seal, and its signature where the head was signed."""
    table = JournalSeal.__table__.c
    columns = (table.hash, table.key_id, table.signature)
    row = connection.execute(select(*columns).where(table.id == head.seal_id)).one_or_none()
    if row is None or row.hash != bytes.fromhex(head.hash):
        return False
    stored = (row.key_id or "", (row.signature or b"").hex())
    return not head.key_id or stored == (head.key_id, head.signature)


def read_heads(path: Path) -> Iterator[Head]:
    """Every head of the file, oldest first; raises ValueError for a line that is none.

    A line without its end was being written when the power went, and is passed over.
    """
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if not (line.startswith("{") and not line.rstrip().endswith("}")):
                yield Head.read(line)


def last_head(path: Path) -> Head | None:
    """The newest head of the file; None when there is no file yet.

    Raises ConfigurationError when it cannot be read, or added to.
    """
    last = None
    try:
        with path.open("ab+") as file:
            if file.tell() and file.seek(-1, os.SEEK_END) and file.read() != b"\n":
                file.write(b"\n")
        for last in read_heads(path):  # noqa: B007 - the last one is what we want
            pass
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"{path} cannot be used as IDP_JOURNAL__HEADS_FILE: {error}"
        ) from error
    return last


def add_head(path: Path, head: Head) -> None:
    """Add a line, and have the disk keep it."""
    with path.open("ab") as file:
        file.write(json.dumps(asdict(head)).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
