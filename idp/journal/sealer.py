"""What seals a journal: it remembers how far it came, so that nobody has it seal the past anew."""

from dataclasses import asdict
from pathlib import Path

import structlog
from sqlalchemy.engine import Connection

from idp.journal.heads import Head, add_head, last_head, newest_head, still_holds
from idp.journal.seal import seal_once
from idp.journal.unfiltered import read_unfiltered
from idp.kit.errors import OneDoorError
from idp.kit.signatures import Signer

_log = structlog.get_logger(__name__)


class Sealer:
    """Seals and publishes. The newest head it knows, by itself or from the file, must stay."""

    def __init__(self, signer: Signer, *, heads_file: Path | None = None) -> None:
        """Raises ConfigurationError when the file cannot be read or added to."""
        self._signer = signer
        self._heads_file = heads_file
        self._known = last_head(heads_file) if heads_file else None

    def seal(self, connection: Connection) -> int:
        """As `seal_once`; raises OneDoorError as `_newest` does."""
        self._newest(connection)
        return seal_once(connection, signer=self._signer)

    def publish(self, connection: Connection) -> None:
        """Tell the newest head to the log and the file; raises as `seal` does."""
        head = self._newest(connection)
        if head is None or not self._is_ours(head):
            return
        _log.info("journal.head", **asdict(head))
        if self._heads_file:
            add_head(self._heads_file, head)

    def _newest(self, connection: Connection) -> Head | None:
        """What was committed before; it is known from now on.

        Raises OneDoorError when the chain lost the head known here, goes on behind a signed one
        without a signature, or is not shown whole to the sealing role.
        """
        read_unfiltered(connection)
        if self._known and not still_holds(connection, self._known):
            raise OneDoorError(
                f"The journal lost its seal {self._known.seal_id}: it was cut or rewritten."
            )
        newest = newest_head(connection)
        if newest and self._known and self._known.key_id and not newest.key_id:
            raise OneDoorError(
                f"Seal {newest.seal_id} is not signed, but seals before it are: it is not ours."
            )
        if newest and newest.key_id and newest != self._known and not self._is_ours(newest):
            _log.error("journal.foreign_seal", seal_id=newest.seal_id, key_id=newest.key_id)
        self._known = newest
        return newest

    def _is_ours(self, head: Head) -> bool:
        return head.is_signed(self._signer.public_keys)
