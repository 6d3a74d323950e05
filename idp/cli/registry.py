"""`idp registry`: agencies, their systems and public services, from CSV files.

The files begin with a header; a column may be left out where it may be empty. What is known by its
code already is left alone, so a file can be given again with more lines.
"""

from datetime import date
from uuid import UUID

import typer
from sqlalchemy.orm import Session

from idp.assurance.levels import find_level
from idp.catalogue.add import add_agencies, add_services, add_systems
from idp.catalogue.lookup import find_agency, find_system
from idp.catalogue.models import Agency, InformationSystem, LoginState, PublicService, Tier
from idp.cli.csv_lines import FileArgument, Line, import_lines
from idp.cli.output import JsonOption, show
from idp.cli.who import AsOption
from idp.kit.errors import InvalidInput
from idp.settings import Settings

app = typer.Typer(
    name="registry", help="Agencies, information systems, public services.", no_args_is_help=True
)


@app.command()
def agencies(file: FileArgument, *, by: AsOption = "", json: JsonOption = False) -> None:
    """Add agencies, parents first.

    Columns: code,tier,name_vi,name_en,valid_on[,parent,place_code].
    """

    def add(db: Session, line: Line) -> None:
        parent = line.get("parent", "")
        agency = Agency(
            code=line["code"],
            tier=Tier(line["tier"]),
            name_vi=line["name_vi"],
            name_en=line["name_en"],
            valid_on=date.fromisoformat(line["valid_on"]),
            parent_id=_agency_id(db, parent) if parent else None,
            place_code=line.get("place_code") or None,
        )
        add_agencies(db, [agency])

    show({"read": import_lines(file, add, register="agencies", by=by)}, as_json=json)


@app.command()
def systems(file: FileArgument, *, by: AsOption = "", json: JsonOption = False) -> None:
    """Add information systems.

    Columns: code,agency,name_vi,name_en[,login_state].
    """

    def add(db: Session, line: Line) -> None:
        system = InformationSystem(
            code=line["code"],
            agency_id=_agency_id(db, line["agency"]),
            name_vi=line["name_vi"],
            name_en=line["name_en"],
            login_state=LoginState(line.get("login_state") or LoginState.NONE),
        )
        add_systems(db, [system])

    show({"read": import_lines(file, add, register="systems", by=by)}, as_json=json)


@app.command()
def services(file: FileArgument, *, by: AsOption = "", json: JsonOption = False) -> None:
    """Add public services.

    Columns: code,agency,name_vi,name_en,level,level_valid_on,required_acr[,system].
    """
    assurance = Settings().assurance

    def add(db: Session, line: Line) -> None:
        if find_level(assurance, line["required_acr"]) is None:
            raise InvalidInput("required_acr is not a configured level.")
        system = find_system(db, code=line.get("system", ""))
        if line.get("system") and system is None:
            raise InvalidInput(f"There is no system {line['system']}.")
        service = PublicService(
            procedure_code=line["code"],
            agency_id=_agency_id(db, line["agency"]),
            system_id=system.id if system else None,
            name_vi=line["name_vi"],
            name_en=line["name_en"],
            level=int(line["level"]),
            level_valid_on=date.fromisoformat(line["level_valid_on"]),
            required_acr=line["required_acr"],
        )
        add_services(db, [service])

    show({"read": import_lines(file, add, register="services", by=by)}, as_json=json)


def _agency_id(db: Session, code: str) -> UUID:
    agency = find_agency(db, code=code, on=Settings().country.today)
    if agency is None:
        raise InvalidInput(f"There is no agency {code}.")
    return agency.id
