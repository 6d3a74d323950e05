"""Who holds one role of the database, or all of its tables, rewrites yesterday: it is refused, or
whoever has the public key and the published heads is told what was done."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from structlog.testing import capture_logs

from idp.journal.heads import Head, newest_head, read_heads
from idp.journal.seal import SealedSpan, read_lines
from idp.journal.sealer import Sealer
from idp.journal.unfiltered import read_unfiltered
from idp.journal.verify import verify_journal
from idp.kit.errors import ConfigurationError, OneDoorError
from idp.kit.signatures import Signer
from tests.journal.conftest import SIGNER, behind_our_back, seal, write
from tests.support.postgres import Database

THIEF = Signer(["a key of whoever owns the database"])


@pytest.fixture
def heads(sealed: Engine, sealing: Engine, tmp_path: Path) -> Path:
    """The file that was told the three seals, one after the other."""
    path = tmp_path / "heads.jsonl"
    sealer = Sealer(SIGNER, heads_file=path)
    for subject in (7, 8):
        with sealing.begin() as connection:
            sealer.publish(connection)
        with sealed.begin() as connection:
            write(connection, subject)
        with sealing.begin() as connection:
            assert sealer.seal(connection) == 1
    with sealing.begin() as connection:
        sealer.publish(connection)
    return path


def problem(engine: Engine, heads: Path | None = None) -> str:
    """What `verify` says."""
    known = list(read_heads(heads)) if heads else []
    with engine.connect() as connection:
        return verify_journal(connection, keys=SIGNER.public_keys, known_heads=known).problem


def reseal(connection: Connection, *, signer: Signer | None) -> None:
    """Recompute every seal from the entries, as its code says, under another key or none."""
    before, rows = (
        bytes(32),
        connection.execute(text("SELECT * FROM journal_seal ORDER BY id")).all(),
    )
    for row in rows:
        begin, end = int(row.from_xact_id), int(row.until_xact_id)
        span = SealedSpan(row.sealed_at, begin, end, before)
        lines = [entry.line for entry in read_lines(connection, begin, end)]
        digest, count = span.hash(lines)
        values = {"id": row.id, "before": before, "hash": digest, "count": count}
        signed = "" if signer is None else ", key_id = :key_id, signature = :signature"
        if signer:
            message = b"idp journal seal\n" + digest
            values |= {"key_id": signer.key_id, "signature": signer.sign(message)}
        connection.execute(
            text(
                "UPDATE journal_seal SET previous_hash = :before, hash = :hash,"
                f" entry_count = :count{signed} WHERE id = :id"
            ),
            values,
        )
        before = digest


REWRITE = "UPDATE journal_entry SET event = 'person.proofed' WHERE subject_number = 3"


def test_the_journal_as_it_was_written_holds(sealed: Engine, heads: Path) -> None:
    """G13: the control of all below, with the public key alone and every published head."""
    assert problem(sealed, heads) == ""
    assert len({head.hash for head in read_heads(heads)}) == 3


def test_the_owner_recomputes_the_seals(sealed: Engine, database: Database, heads: Path) -> None:
    """G13: hashes anyone can recompute; the signature is of the entries as they were."""
    with behind_our_back(database) as connection:
        connection.execute(text(REWRITE))
        reseal(connection, signer=None)
    assert problem(sealed).startswith("it was sealed again without the key")


def test_the_owner_seals_with_a_key_of_their_own(sealed: Engine, database: Database) -> None:
    """G13: another key is named."""
    with behind_our_back(database) as connection:
        connection.execute(text(REWRITE))
        reseal(connection, signer=THIEF)
    assert problem(sealed) == f"it was sealed with another key, {THIEF.key_id}"


def test_the_owner_takes_the_signatures_away(sealed: Engine, database: Database) -> None:
    """G13: seals of before there were keys are a beginning, never the end of the chain."""
    with behind_our_back(database) as connection:
        connection.execute(text("UPDATE journal_seal SET signature = NULL WHERE id = 3"))
    assert problem(sealed) == "it is not signed, but seals before it are"
    with behind_our_back(database) as connection:
        connection.execute(text(REWRITE))
        reseal(connection, signer=None)
        connection.execute(text("UPDATE journal_seal SET signature = NULL, key_id = NULL"))
    assert problem(sealed) == "the newest seal is not signed"


def test_the_owner_cuts_the_end_off(sealed: Engine, database: Database, heads: Path) -> None:
    """G13: what is left holds; what was published says what is gone."""
    with behind_our_back(database) as connection:
        connection.execute(text("DELETE FROM journal_seal WHERE id = 5"))
        connection.execute(text("DELETE FROM journal_entry WHERE subject_number = 8"))
    assert problem(sealed) == ""
    assert problem(sealed, heads).startswith("seal 5, published at ")
    assert problem(sealed, heads).endswith("was cut off the end")


def test_the_owner_has_the_past_sealed_anew(
    sealed: Engine, sealing: Engine, database: Database, heads: Path
) -> None:
    """G13: a sealer that remembers refuses; one that forgot signs, and the heads show it."""
    remembers = Sealer(SIGNER, heads_file=heads)
    with sealing.begin() as connection:
        assert remembers.seal(connection) == 0
    with behind_our_back(database) as connection:
        connection.execute(text(REWRITE))
        connection.execute(text("DELETE FROM journal_seal"))
    for sealer in (remembers, Sealer(SIGNER, heads_file=heads)):
        with sealing.begin() as connection, pytest.raises(OneDoorError, match="cut or rewritten"):
            sealer.seal(connection)
        with sealing.begin() as connection, pytest.raises(OneDoorError, match="cut or rewritten"):
            sealer.publish(connection)
    assert seal(sealing) == 8
    assert problem(sealed) == ""
    assert "was rewritten: another stands in its place" in problem(sealed, heads)


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        (REWRITE, "was rewritten"),
        ("DELETE FROM journal_entry WHERE subject_number = 3", "1 were deleted later"),
        (
            """INSERT INTO journal_entry (at, xact_id, event, counted, data) SELECT at, xact_id,
            'signin.succeeded', true, '{}' FROM journal_entry WHERE subject_number = 3""",
            "1 were inserted later",
        ),
    ],
)
@pytest.mark.asvs("16.4.2")
def test_what_the_owner_did_is_named(
    sealed: Engine, database: Database, statement: str, what: str
) -> None:
    """G13: rewritten, cut out, inserted."""
    with behind_our_back(database) as connection:
        connection.execute(text(statement))
    assert what in problem(sealed)


@pytest.mark.parametrize("days", [-1, 1])
def test_the_owner_adds_an_entry_of_another_day(
    sealed: Engine, sealing: Engine, database: Database, days: int
) -> None:
    """G13: sealed as of now, it is dated otherwise; one of now holds."""
    added = (
        "INSERT INTO journal_entry (at, event, counted, data) VALUES (now() + :by, 'x', true, '{}')"
    )
    with behind_our_back(database) as connection:
        connection.execute(text(added), {"by": timedelta(0)})
    assert seal(sealing) == 1
    assert problem(sealed) == ""
    with behind_our_back(database) as connection:
        connection.execute(text(added), {"by": timedelta(days=days)})
    assert seal(sealing) == 1
    assert problem(sealed) == "1 entries it covers were inserted with another date than theirs"


def test_the_owner_adds_an_entry_of_no_transaction(
    sealed: Engine, sealing: Engine, database: Database, heads: Path
) -> None:
    """G13: no seal ever covers it; what waits for its seal holds, and is counted as that."""
    added = "INSERT INTO journal_entry (at, xact_id, event, outcome, counted, data) VALUES {}"
    with behind_our_back(database) as connection:
        write(connection, 9)
    assert problem(sealed, heads) == ""
    with behind_our_back(database) as connection:
        connection.execute(text("ALTER TABLE journal_entry ALTER xact_id DROP NOT NULL"))
        row = "(now() - interval '1 year', NULL, 'signin.succeeded', 'success', true, '{}')"
        connection.execute(text(added.format(row)))
    told = (
        "the journal holds 10 entries, seals cover {} and {} wait for theirs: "
        "the others name no transaction"
    )
    assert problem(sealed, heads) == told.format(8, 1)
    assert seal(sealing) == 1
    assert problem(sealed, heads) == told.format(9, 0)


def test_the_owner_takes_away_what_was_published_signed(
    sealed: Engine, sealing: Engine, database: Database, heads: Path
) -> None:
    """G13: as if there had been no keys yet; then an entry of last year is signed over."""
    remembers, starts = Sealer(SIGNER, heads_file=heads), Sealer(SIGNER, heads_file=heads)
    with sealing.begin() as connection:
        assert remembers.seal(connection) == 0
    with behind_our_back(database) as connection:
        connection.execute(text("UPDATE journal_seal SET signature = NULL, key_id = NULL"))
        connection.execute(
            text(
                "INSERT INTO journal_entry (at, event, counted, data)"
                " VALUES (now() - interval '1 year', 'signin.succeeded', true, '{}')"
            )
        )
    for sealer in (remembers, starts):
        with sealing.begin() as connection, pytest.raises(OneDoorError, match="cut or rewritten"):
            sealer.seal(connection)
    assert seal(sealing) == 1
    assert problem(sealed) == "", "without a head nobody can know that there were keys"
    taken = f"it was published signed with {SIGNER.key_id}: the signature was taken away"
    assert problem(sealed, heads) == taken
    first = next(read_heads(heads))
    with sealed.connect() as connection:
        known = [first, Head.of_hash(first.hash)]
        found = verify_journal(connection, keys=SIGNER.public_keys, known_heads=known)
    assert found.problem == taken, "nor does it help to name the hash alone as well"


def test_a_sealer_does_not_go_on_behind_an_unsigned_seal(
    sealed: Engine, sealing: Engine, heads: Path
) -> None:
    """G13: it knows that seals were signed; behind one of its own it goes on."""
    sealer = Sealer(SIGNER, heads_file=heads)
    with sealed.begin() as connection:
        write(connection, 9)
    with sealing.begin() as connection:
        assert sealer.seal(connection) == 1
    spend_a_transaction(sealed)
    with sealing.begin() as connection:
        connection.execute(text(AHEAD.format(**FOLLOWING)))
    with sealing.begin() as connection, pytest.raises(OneDoorError, match="is not signed"):
        sealer.seal(connection)


@pytest.mark.parametrize("table", ["journal_entry", "journal_seal"])
def test_the_owner_hides_rows_from_who_looks(
    sealed: Engine, sealing: Engine, database: Database, heads: Path, table: str
) -> None:
    """G13: nobody takes what a policy shows their role for the journal."""
    sealer = Sealer(SIGNER, heads_file=heads)
    with sealing.begin() as connection:
        assert sealer.seal(connection) == 0
    assert problem(sealed, heads) == ""
    with behind_our_back(database) as connection:
        connection.execute(text(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"))
        connection.execute(text(f"CREATE POLICY shown ON {table} USING (id < 100)"))
    with pytest.raises(OneDoorError, match="Row-level security"):
        problem(sealed, heads)
    with sealing.begin() as connection, pytest.raises(OneDoorError, match="Row-level security"):
        sealer.seal(connection)


def test_a_policy_put_on_meanwhile_fails_the_reading(sealed: Engine, database: Database) -> None:
    """G13: PostgreSQL itself refuses to filter, until the transaction ends."""
    with sealed.connect() as connection:
        read_unfiltered(connection)
        with behind_our_back(database) as owner:
            owner.execute(text("ALTER TABLE journal_entry ENABLE ROW LEVEL SECURITY"))
        with pytest.raises(ProgrammingError, match="row-level security"):
            connection.execute(text("SELECT count(*) FROM journal_entry"))


@pytest.mark.parametrize(("minutes", "is_late"), [(9, False), (11, True)])
def test_an_entry_that_waits_for_its_seal_is_named(
    sealed: Engine, database: Database, minutes: int, is_late: bool
) -> None:
    """G13: sealing that was stopped is no journal that holds; ten minutes are forgiven."""
    with behind_our_back(database) as connection:
        connection.execute(
            text(
                "INSERT INTO journal_entry (at, event, counted, data)"
                " VALUES (now() - make_interval(mins => :minutes), 'x', true, '{}')"
            ),
            {"minutes": minutes},
        )
    assert problem(sealed).startswith("nothing is being sealed") is is_late
    assert (problem(sealed) == "") is not is_late


@pytest.mark.asvs("16.2.2")
def test_the_serving_role_cannot_date_an_entry(sealed: Engine, sealing: Engine) -> None:
    """G13: the database's clock and its transaction stand in the row, whatever was sent."""
    with sealed.begin() as connection:
        added = connection.execute(
            text(
                "INSERT INTO journal_entry (at, event, outcome, counted, data) VALUES"
                " (now() - interval '1 day', 'signin.succeeded', 'success', true, '{}')"
                " RETURNING at >= now() AND at <= clock_timestamp(),"
                " xact_id = pg_current_xact_id()"
            )
        ).one()
    assert tuple(added) == (True, True)
    assert seal(sealing) == 1
    assert problem(sealed) == ""


def test_the_serving_role_cannot_name_a_transaction(sealed: Engine) -> None:
    """G13: nor one that has not happened, nor a sealed one."""
    statement = "INSERT INTO journal_entry (at, xact_id, event, counted, data) VALUES {}"
    with pytest.raises(ProgrammingError), sealed.begin() as connection:
        connection.execute(text(statement.format("(now(), '99999', 'x', true, '{}')")))


AHEAD = (
    "INSERT INTO journal_seal (sealed_at, from_xact_id, until_xact_id, entry_count, previous_hash,"
    " hash) SELECT {sealed_at}, {begin}, {end}, 0, {previous}, hash FROM journal_seal"
    " ORDER BY id DESC LIMIT 1"
)
FOLLOWING = {
    "sealed_at": "clock_timestamp()",
    "begin": "until_xact_id",
    "end": "pg_snapshot_xmin(pg_current_snapshot())",
    "previous": "hash",
}


@pytest.mark.asvs("13.2.2")
def test_the_serving_role_cannot_seal(sealed: Engine) -> None:
    """G13: not even where the next seal belongs."""
    with pytest.raises(ProgrammingError, match="permission denied"), sealed.begin() as connection:
        connection.execute(text(AHEAD.format(**FOLLOWING)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"end": "'9999999999'"},
        {"begin": "'1'"},
        {"begin": "'9999999'", "end": "'99999999'"},
        {"end": "until_xact_id"},
        {"previous": "'\\x00'::bytea"},
        {"sealed_at": "now() - interval '1 day'"},
        {"sealed_at": "now() + interval '1 day'"},
    ],
)
def test_the_sealing_role_cannot_put_a_seal_elsewhere(
    sealed: Engine, sealing: Engine, wrong: dict[str, str]
) -> None:
    """G13: only after the last one, up to what is final, now; and the sealer goes on."""
    spend_a_transaction(sealed)
    with pytest.raises(DBAPIError, match="follows the last one"), sealing.begin() as connection:
        connection.execute(text(AHEAD.format(**{**FOLLOWING, **wrong})))
    with sealed.begin() as connection:
        write(connection, 9)
    assert seal(sealing) == 1
    assert problem(sealed) == ""


def test_the_sealing_role_without_the_key_is_named(sealed: Engine, sealing: Engine) -> None:
    """G13: its password alone makes a seal that does not hold; the sealer says so and goes on."""
    sealer = Sealer(SIGNER)
    spend_a_transaction(sealed)
    with sealing.begin() as connection:
        connection.execute(text(AHEAD.format(**FOLLOWING)))
    assert problem(sealed) != ""
    seal(sealing, signer=THIEF)
    with sealed.begin() as connection:
        write(connection, 9)
    seal(sealing, signer=THIEF)
    with capture_logs() as logs, sealing.begin() as connection:
        sealer.seal(connection)
    assert [log["event"] for log in logs] == ["journal.foreign_seal"]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO journal_entry (at, event, counted, data) VALUES (now(), 'x', true, '{}')",
        "UPDATE journal_entry SET acr = 'LoA4'",
        "DELETE FROM journal_entry",
        "UPDATE journal_seal SET entry_count = 0",
        "DELETE FROM journal_seal",
        "TRUNCATE journal_seal",
        "SELECT * FROM person",
        "CREATE TABLE x ()",
        "ALTER TABLE journal_seal DISABLE TRIGGER ALL",
    ],
)
def test_the_sealing_role_reads_the_journal_and_adds_seals_alone(
    sealed: Engine, sealing: Engine, statement: str
) -> None:
    """G13: nothing else is its own."""
    with pytest.raises(ProgrammingError), sealing.begin() as connection:
        connection.execute(text(statement))
    with sealing.begin() as connection:
        assert connection.scalar(text("SELECT count(*) FROM journal_entry")) == 6


def test_a_new_key_signs_beside_the_old(sealed: Engine, sealing: Engine) -> None:
    """G13: what the old one signed holds as long as it is kept behind the new one."""
    renewed = Signer(["a newer key", "demo-journal-key-of-the-tests-000001"])
    with sealed.begin() as connection:
        write(connection, 9)
    assert seal(sealing, signer=renewed) == 1
    with sealed.connect() as connection:
        assert verify_journal(connection, keys=renewed.public_keys).problem == ""
    assert problem(sealed) == f"it was sealed with another key, {renewed.key_id}"


def test_two_sealers_make_one_seal_of_a_span(sealed: Engine, sealing: Engine) -> None:
    """G13: also when nobody holds the lock between nodes, which the serving role could take."""
    spend_a_transaction(sealed)
    following = text(AHEAD.format(**FOLLOWING))
    with sealing.begin() as one, sealing.connect() as other:
        one.execute(following)
        other.execute(text("SET lock_timeout = '50ms'"))
        with pytest.raises(DBAPIError, match="lock timeout"):
            other.execute(following)


def test_a_file_of_heads_that_is_none_is_refused_at_the_start(tmp_path: Path) -> None:
    """G13: a sealer that cannot publish says so before it seals."""
    wrong = tmp_path / "wrong.jsonl"
    wrong.write_text(json.dumps(dict.fromkeys(Head.__dataclass_fields__, "")))
    for path in (wrong, tmp_path / "nowhere" / "heads.jsonl"):
        with pytest.raises(ConfigurationError, match="IDP_JOURNAL__HEADS_FILE"):
            Sealer(SIGNER, heads_file=path)
    assert Sealer(SIGNER, heads_file=tmp_path / "new.jsonl")


def test_a_line_that_a_power_cut_tore_is_passed_over(
    sealed: Engine, sealing: Engine, heads: Path
) -> None:
    """G13: the head before it is the known one, and the next has a line of its own."""
    with heads.open("a") as file:
        file.write('{"seal_id": 9, "ha')
    sealer = Sealer(SIGNER, heads_file=heads)
    with sealing.begin() as connection:
        sealer.publish(connection)
    told = list(read_heads(heads))
    assert (len(told), told[-1]) == (4, told[-2])
    assert problem(sealed, heads) == ""


def test_a_published_head_that_somebody_else_wrote_is_named(sealed: Engine, heads: Path) -> None:
    """G13: who can write the file accuses nobody."""
    told = json.loads(heads.read_text().splitlines()[0])
    heads.write_text(json.dumps(told | {"hash": "ab" * 32}) + "\n")
    assert "signed with another key, or not at all" in problem(sealed, heads)


def test_seals_of_before_there_were_keys_are_followed_by_a_signed_one(
    sealed: Engine, sealing: Engine, database: Database
) -> None:
    """G13: an upgraded journal is confirmed as it stands, without waiting for an entry."""
    with behind_our_back(database) as connection:
        connection.execute(text("UPDATE journal_seal SET signature = NULL, key_id = NULL"))
    spend_a_transaction(sealed)
    assert problem(sealed) == "the newest seal is not signed"
    assert seal(sealing) == 0
    assert problem(sealed) == ""


def spend_a_transaction(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_current_xact_id()"))


def age_seals(database: Database, by: timedelta) -> None:
    """As if everything there is had happened so much earlier, sealed as it was."""
    with behind_our_back(database) as connection:
        for statement in (
            "UPDATE journal_entry SET at = at - :by",
            "UPDATE journal_seal SET sealed_at = sealed_at - :by",
        ):
            connection.execute(text(statement), {"by": by})
        reseal(connection, signer=SIGNER)


def test_a_quiet_minute_is_sealed_and_published(
    sealed: Engine, sealing: Engine, database: Database, tmp_path: Path
) -> None:
    """G13: an empty seal a minute; sooner there is none, the control."""
    sealer = Sealer(SIGNER, heads_file=tmp_path / "heads.jsonl")

    def seal_and_publish() -> int:
        with sealing.begin() as connection:
            assert sealer.seal(connection) == 0
        with sealing.begin() as connection:
            sealer.publish(connection)
        return [*read_heads(tmp_path / "heads.jsonl")][-1].seal_id

    age_seals(database, timedelta(seconds=50))
    assert seal_and_publish() == 3
    sealer = Sealer(SIGNER)
    age_seals(database, timedelta(seconds=10))
    with sealing.begin() as connection:
        assert sealer.seal(connection) == 0
        assert newest_head(connection).seal_id > 3  # type: ignore[union-attr]
    assert problem(sealed) == ""


@pytest.mark.parametrize(("seconds", "is_told"), [(55, False), (130, True)])
def test_the_owner_dates_an_entry_before_the_published_heads(
    sealed: Engine, sealing: Engine, database: Database, seconds: int, is_told: bool
) -> None:
    """G13: after a quiet hour too; a minute is left, by which a clock may be set back."""
    age_seals(database, timedelta(hours=1))
    for _ in range(2):
        assert seal(sealing) == 0
        age_seals(database, timedelta(minutes=1))
    with behind_our_back(database) as connection:
        connection.execute(
            text(
                "INSERT INTO journal_entry (at, event, counted, data)"
                " VALUES (now() - make_interval(secs => :seconds), 'x', true, '{}')"
            ),
            {"seconds": seconds + 60},
        )
    assert seal(sealing) == 1
    assert bool(problem(sealed)) is is_told


def test_a_seal_waits_for_what_was_under_way_at_the_one_before(
    sealed: Engine, sealing: Engine
) -> None:
    """G13: so a slow unit of work is never taken for an entry that was dated back."""
    with sealed.connect() as slow, sealed.connect() as slower:
        write(slow, 9)
        write(slower, 10)
        with sealed.begin() as connection:
            write(connection, 11)
        assert seal(sealing) == 0
        slow.commit()
        assert seal(sealing) == 1, "the slower one has been under way since before"
        with sealed.begin() as connection:
            write(connection, 12)
        assert seal(sealing) == 0
        slower.commit()
    assert seal(sealing) == 3
    assert problem(sealed) == ""


def gaps(engine: Engine) -> list[tuple[int, bool, int]]:
    """The gaps that `verify` tells: whole minutes, whether it has ended, and entries."""
    with engine.connect() as connection:
        found = verify_journal(connection, keys=SIGNER.public_keys)
        now = connection.scalar(text("SELECT now()"))
    assert found.problem == ""
    spans = [(((gap.end or now) - gap.begin), gap) for gap in found.gaps]
    return [(span // timedelta(minutes=1), bool(gap.end), gap.entry_count) for span, gap in spans]


def test_sealing_that_stood_still_is_told_after_it_resumed(
    sealed: Engine, sealing: Engine, database: Database
) -> None:
    """G13: from when to when, and how much was open meanwhile; quiet minutes are no gap."""
    assert gaps(sealed) == []
    age_seals(database, timedelta(seconds=70))
    assert gaps(sealed) == [], "the control: a minute, and what a task takes"
    assert seal(sealing) == 0
    age_seals(database, timedelta(minutes=5))
    with sealed.begin() as connection:
        write(connection, 7, 8)
    assert gaps(sealed) == [(5, False, 2)], "as long as it lasts"
    assert seal(sealing) == 2
    assert gaps(sealed) == [(5, True, 2)], "and for ever"
    age_seals(database, timedelta(hours=2))
    assert seal(sealing) == 0
    assert gaps(sealed) == [(5, True, 2), (120, True, 0)]


@pytest.mark.parametrize("instant", ["infinity", "-infinity", "20000-01-01", "0044-03-15 BC"])
def test_an_instant_that_no_program_reads_stops_nobody(
    sealed: Engine, sealing: Engine, database: Database, instant: str
) -> None:
    """G13: the table refuses it; once its owner took that away, it is sealed, and named."""
    added = text(
        "INSERT INTO journal_entry (at, event, counted, data) VALUES (:at, 'x', true, '{}')"
    )
    with behind_our_back(database) as connection:
        with pytest.raises(IntegrityError), connection.begin_nested():
            connection.execute(added, {"at": instant})
        connection.execute(
            text("ALTER TABLE journal_entry DROP CONSTRAINT ck_journal_entry_at_readable")
        )
        connection.execute(added, {"at": instant})
    waiting = problem(sealed)
    assert waiting.startswith("nothing is being sealed") or instant[0] in "i2"
    assert seal(sealing) == 1
    assert problem(sealed) == "1 entries it covers were inserted with another date than theirs"
    with sealed.begin() as connection:
        write(connection, 9)
    assert seal(sealing) == 1
