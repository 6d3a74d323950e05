"""`idp rp`: relying parties, declared in files, listed, given new secrets."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, TypedDict

import typer

from idp.catalogue.lookup import find_system
from idp.cli.database import unit_of_work
from idp.cli.output import JsonOption, show
from idp.cli.who import AsOption, Given, acting
from idp.kit import clock
from idp.kit.errors import InvalidInput, NotFound
from idp.kit.tables.source import read_text
from idp.relying_parties.applying import Applied, Change, apply_declarations, plan_changes
from idp.relying_parties.declarations import Declaration, read_declarations
from idp.relying_parties.dynamic import issue_initial_token
from idp.relying_parties.lookup import find_party, list_parties
from idp.relying_parties.models import RelyingParty
from idp.relying_parties.outbound import find_sector_fault, make_client
from idp.relying_parties.profiles import LEGACY
from idp.relying_parties.secrets import rotate_secret
from idp.settings import Settings
from idp.settings.server import IssuerSettings


class _Rules(TypedDict):
    issuer: IssuerSettings
    needs_owner: bool
    may_front: bool
    levels: list[str]


app = typer.Typer(name="rp", help="Relying parties: the clients of agencies' systems.")
_MOST_HOURS = 10**6
"""More is a slip of the pen, and than a span can hold; how long one may live, its room says."""


@app.command("apply")
def apply_file(
    file: Annotated[Path, typer.Argument(help="TOML with [[relying_party]] tables.")],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would change.")
    ] = False,
    fronts_others: Annotated[
        bool,
        typer.Option("--fronts-others", help="May name services of other agencies, as portals do."),
    ] = False,
    by: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Create or update those declared in FILE.

    All or none. A secret is shown only when it is new: keep it then. In production those of
    environment "production" are drafts: an owner of the agency submits them in the portal, then an
    operator approves them in the console.
    """
    settings = Settings()
    levels = [level.acr for level in settings.assurance.levels]
    try:
        declarations = read_declarations(read_text(file))
        _check_sectors(declarations, settings)
        with acting(settings, by) as command:
            if settings.is_production and command.by is None:
                raise InvalidInput("Appoint an operator first, and name them: --as, or IDP_AS.")
            for declaration in declarations:
                _refuse_own(command, declaration.system)
            rules: _Rules = {
                "issuer": settings.issuer,
                "needs_owner": settings.is_production,
                "may_front": fronts_others,
                "levels": levels,
            }
            if dry_run:
                changes = plan_changes(command.db, declarations, **rules)
                results = [_planned(change) for change in changes]
            else:
                results = apply_declarations(
                    command.db, declarations, at=clock.now(), by=command.by, **rules
                )
    except InvalidInput as error:
        typer.echo(error.public, err=True)
        raise typer.Exit(1) from error
    if not json:
        for declaration, result in zip(declarations, results, strict=True):
            _show_differences(declaration, result)
    fields = ("client_id", "action", "client_secret")
    rows = [{name: getattr(result, name) for name in fields} for result in results]
    show(rows, as_json=json)


@app.command("list")
def list_all(*, json: JsonOption = False) -> None:
    """List every relying party.

    `legacy` marks those that may leave PKCE out, or sign as was usual before RFC 10070.
    """
    with unit_of_work(Settings()) as db:
        rows = [
            {
                "client_id": record.party.client_id,
                "client_name": record.party.client_name,
                "environment": record.party.environment.value,
                "state": record.party.state.value,
                "system": record.system.code,
                "agency": record.agency.code,
                "service": " ".join(service.procedure_code for service in record.services),
                "legacy": _legacy(record.party),
            }
            for record in list_parties(db)
        ]
    show(rows, as_json=json)


@app.command("rotate-secret")
def rotate(client_id: str, *, by: AsOption = "", json: JsonOption = False) -> None:
    """Give CLIENT_ID a new secret. The old one is dead at once."""
    with acting(Settings(), by) as command:
        record = find_party(command.db, client_id=client_id)
        if record is None:
            raise NotFound("There is no relying party with this client_id.")
        command.refuse_own_agency(record.agency.id)
        party_id, at = record.party.id, clock.now()
        secret = rotate_secret(command.db, relying_party_id=party_id, at=at, also_suspended=True)
        if secret is None:
            raise InvalidInput("It uses no secret (it is public, or signs), or is not live yet.")
    show({"client_id": client_id, "client_secret": secret}, as_json=json)


def _refuse_own(command: Given, system_code: str) -> None:
    """As `refuse_own_agency`, for the agency of that system; one that is not there has none."""
    system = find_system(command.db, code=system_code)
    if system is not None:
        command.refuse_own_agency(system.agency_id)


def _legacy(party: RelyingParty) -> str:
    faults = {"no PKCE": not party.require_pkce, "older JWTs": party.profile == LEGACY}
    return ", ".join(words for words, is_so in faults.items() if is_so)


def _check_sectors(declarations: list[Declaration], settings: Settings) -> None:
    """Before any transaction, since the documents of sectors are fetched."""
    http = make_client(settings)
    checked = ((d, find_sector_fault(d.metadata, http=http)) for d in declarations)
    if faults := [f"{declared.label}: {fault}" for declared, fault in checked if fault]:
        raise InvalidInput("\n".join(faults))


@app.command("initial-token")
def initial_token(
    system: Annotated[str, typer.Argument(help="The code of the information system.")],
    *,
    uses: Annotated[int, typer.Option(help="How many clients it may register.")] = 1,
    hours: Annotated[int, typer.Option(max=_MOST_HOURS, help="How long it lives.")] = 24,
    by: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Let software of SYSTEM register itself as a sandbox client. The token is shown once."""
    settings = Settings()
    lifetime = timedelta(hours=hours)
    with acting(settings, by) as command:
        _refuse_own(command, system)
        token = issue_initial_token(
            command.db,
            system_code=system,
            uses=uses,
            lifetime=lifetime,
            at=clock.now(),
            by=command.by,
        )
    if not settings.registration.is_open:
        typer.echo("Registration is closed: set IDP_REGISTRATION__IS_OPEN=true.", err=True)
    show({"system": system, "uses": uses, "initial_access_token": token}, as_json=json)


def _planned(change: Change) -> Applied:
    stored = change.stored
    client_id = stored.client_id if stored else change.declaration.client_id
    return Applied(client_id, change.action, None, change.differences)


def _show_differences(declaration: Declaration, result: Applied) -> None:
    for name, (stored, declared) in result.differences.items():
        typer.echo(f"{declaration.label}: {name}")
        typer.echo(f"  - {_text(stored)}")
        typer.echo(f"  + {_text(declared)}")


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
