"""`idp journal`: what stands behind an error id, and whether the journal is as it was written."""

import re
from pathlib import Path
from typing import Annotated

import typer

from idp.cli.database import serving_engine, unit_of_work
from idp.cli.output import JsonOption, show
from idp.cli.who import get_profile
from idp.journal.errors import find_error
from idp.journal.heads import Head, read_heads
from idp.journal.sources import show_source
from idp.journal.trail import list_trail
from idp.journal.verify import verify_journal
from idp.kit.errors import InvalidInput, NotFound
from idp.kit.secrets import read_error_id
from idp.kit.signatures import PublicKeys
from idp.relying_parties.lookup import find_party
from idp.settings import Settings

app = typer.Typer(name="journal", help="The audit trail.", no_args_is_help=True)


@app.command("show")
def show_error(
    error_id: Annotated[str, typer.Argument(help="The code on the error page: 7KQ4-M2XD.")],
    *,
    json: JsonOption = False,
) -> None:
    """Show the reason behind an error code."""
    settings = Settings()
    with unit_of_work(settings) as db:
        found = find_error(db, error_id=read_error_id(error_id))
        source = (
            found
            and found.source_id
            and show_source(db, source_id=found.source_id, keyring=settings.secrets.keyring())
        )
    if found is None:
        raise NotFound(
            f"Nothing is recorded under {error_id}. Reports are kept for 7 days; of a page that was"
            " not found, or while very many come in, only the log has the code."
        )
    row = {
        "error_id": found.error_id,
        "at": found.at,
        "kind": found.kind,
        "source": source,
        "actor": found.actor,
    }
    show(row | {"detail": found.detail} if json else row | found.detail, as_json=json)


@app.command("list")
def list_entries(
    *,
    about: Annotated[str, typer.Option(help="Citizen number or person id.")] = "",
    done_by: Annotated[str, typer.Option(help="Citizen number or person id of an official.")] = "",
    client: Annotated[str, typer.Option(help="A client_id.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="The newest so many.")] = 50,
    json: JsonOption = False,
) -> None:
    """List what was done to a person or a client, or by an official: when, and who did it.

    An entry without an actor is the person's own, or the client's.
    """
    settings = Settings()
    with unit_of_work(settings) as db:
        party = find_party(db, client_id=client) if client else None
        if client and party is None:
            raise NotFound("There is no relying party with this client_id.")
        entries = list_trail(
            db,
            subject_number=get_profile(db, settings, about).subject_number if about else None,
            actor_number=get_profile(db, settings, done_by).subject_number if done_by else None,
            relying_party_id=party.party.id if party else None,
            limit=limit,
        )
    show([vars(entry) for entry in entries], as_json=json, title="Newest first")


@app.command("keys")
def show_keys(*, json: JsonOption = False) -> None:
    """Show the public keys of the seals: with them anyone can verify the journal."""
    keys = Settings().secrets.journal_signer().public_keys.texts
    show([{"key_id": key_id, "key": key} for key_id, key in keys.items()], as_json=json)


@app.command()
def verify(
    *,
    head: Annotated[
        list[str] | None,
        typer.Option(help="What was published: a hash, or a file of heads. May be repeated."),
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(help="A public key of `idp journal keys`, where the secret ones are not."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Recompute every seal. Exit 1, naming the first seal that does not hold, and why.

    Exit 1 too when an entry has waited for its seal for ten minutes. When sealing stood still for
    more than two minutes it is told, and no fault: what was written then was open to its owner.
    """
    settings = Settings()
    keys = PublicKeys.read(key) if key else settings.secrets.journal_signer().public_keys
    known = [known for told in head or () for known in _heads(told)]
    with serving_engine(settings) as engine, engine.connect() as connection:
        found = verify_journal(connection, keys=keys, known_heads=known)
    result = {
        "intact": not found.problem,
        "problem": found.problem or None,
        "seal_id": found.seal_id,
        "seals": found.seal_count,
        "entries": found.entry_count,
        "not_yet_sealed": found.unsealed_count,
        "heads_compared": found.heads_compared,
        "head": found.head_hash.hex(),
    }
    gaps = [{"from": gap.begin, "to": gap.end, "entries": gap.entry_count} for gap in found.gaps]
    show(result | {"gaps": gaps if json else len(gaps)}, as_json=json)
    if gaps and not json:
        show(gaps, as_json=False, title="Nothing was sealed")
    raise typer.Exit(1 if found.problem else 0)


def _heads(told: str) -> list[Head]:
    """The heads of a file, or the one of that hash."""
    if Path(told).is_file():
        try:
            heads = list(read_heads(Path(told)))
        except ValueError as error:
            raise InvalidInput(f"{told} holds a line that is no head.", field="head") from error
        if not heads:
            raise InvalidInput(f"{told} holds no head: nothing would be compared.", field="head")
        return heads
    if not re.fullmatch("[0-9a-fA-F]{64}", told):
        raise InvalidInput("A head is a file of heads, or a hash: hexadecimal.", field="head")
    return [Head.of_hash(told.lower())]
