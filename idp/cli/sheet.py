"""`idp person print-codes`: a second step on paper, for whoever a registrar sees."""

from typing import Annotated

import typer

from idp.accounts.cards import Doubtful, OtherCard, UnlikeRegister, read_card
from idp.accounts.colleague import NeedsColleague
from idp.accounts.sheets import HasOthers, NotSeen, Sheet, print_sheet
from idp.cli.desk import OTHER_OWNER, AgainOption, CardOption, refuse_card, refuse_half
from idp.cli.output import JsonOption, show
from idp.cli.who import AsOption, acting
from idp.journal.actors import Capacity
from idp.kit import clock
from idp.kit.errors import InvalidInput, NotFound
from idp.people.identifiers import normalise_number
from idp.settings import Settings


def print_codes(
    number: Annotated[str, typer.Argument(help="Citizen number.")],
    *,
    name: CardOption,
    birthdate: CardOption,
    lost: Annotated[
        bool,
        typer.Option("--lost", help="The person says that their app is lost: it is taken away."),
    ] = False,
    compared_again: AgainOption = False,
    by: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Make ten recovery codes for the person in front of you, who can install no app.

    They are the person's second step at once, beside the password that they know; void unless one
    is used within 14 days. Print them, hand them over, and keep none. For an account that was
    verified face to face. The card is judged as in proof.
    """
    settings = Settings()
    with acting(settings, by, capacity=Capacity.DESK) as command:
        at = clock.now()
        done = print_sheet(
            command.db,
            keyring=settings.secrets.keyring(),
            number=normalise_number(number, today=command.today),
            card=read_card(name=name, birthdate=birthdate, compared_again=compared_again, at=at),
            others_are_lost=lost,
            at=at,
        )
        command.refuse_own(getattr(done, "person_id", None))
    match done:
        case Sheet():
            shown = {"person_id": done.person_id, "codes": " ".join(done.codes)}
            show({**shown, "use_before": done.use_before}, as_json=json)
        case None:
            raise NotFound("No account holds this number.")
        case NotSeen():
            raise InvalidInput(
                "Nobody was verified face to face for this account: idp person proof NUMBER "
                "--challenge CODE first.",
                field="number",
            )
        case HasOthers(held):
            has = ", ".join(f"{one.kind.name} since {one.since:%Y-%m-%d}" for one in held)
            raise InvalidInput(
                f"This account has a confirmed second step: {has}. Whoever has it makes codes at "
                "home. If it is lost: --lost takes it away.",
                field="lost",
            )
        case NeedsColleague():
            refuse_half(done)
        case OtherCard() | UnlikeRegister() | Doubtful():
            refuse_card(done, other=OTHER_OWNER)
