"""What a registrar does for somebody who stands before them: the desk's part of `idp person`."""

from typing import Annotated, NoReturn

import typer

from idp.accounts.cards import (
    COMPARE_AGAIN,
    DOUBTS,
    OTHER_CARD,
    UNLIKE_REGISTER,
    CardRefused,
    Doubtful,
    OtherCard,
    UnlikeRegister,
    read_card,
)
from idp.accounts.colleague import Half, NeedsColleague
from idp.accounts.desk_confirmation import confirm_factor_at_desk
from idp.accounts.numbers import NumberTaken
from idp.accounts.proofing import (
    Proofed,
    ProofRefused,
    Unshown,
    prove_at_desk,
    set_proofing,
)
from idp.accounts.reclaim import reclaim_number
from idp.cli.output import JsonOption, show
from idp.cli.who import AsOption, WhoArgument, acting
from idp.factors.password import hash_password, new_password
from idp.journal.actors import Capacity
from idp.kit import clock
from idp.kit.errors import InvalidInput, NotFound
from idp.people.declaration import FACE_TO_FACE, declare
from idp.people.identifiers import normalise_number
from idp.people.models import Sex
from idp.personal_data.requests import forget_requests
from idp.settings import Settings

_CODE_HELP = (
    "What their authenticator app shows now, or their page (My account, Code for the desk) after "
    "they signed in with what is to be confirmed; read to you by the person you checked."
)
_NEEDS_CHALLENGE = (
    "Ask the person for the code on their page (My account, My details) and give it with "
    "--challenge. If they cannot sign in: idp person reclaim NUMBER."
)
OTHER_OWNER = (
    "The account says another name, birthdate or sex than the card. Compare again; if the card "
    "says what you typed, the account is not the person's."
)

CardOption = Annotated[str, typer.Option(help="As on their ID card.")]
AgainOption = Annotated[
    bool,
    typer.Option(
        "--compared-again",
        help="You were told of a doubt, and compared number and all else with the card again.",
    ),
]


def refuse_card(refused: CardRefused, *, other: str = OTHER_CARD) -> NoReturn:
    """Raise InvalidInput saying what to compare; `other`, where the account says another person."""
    match refused:
        case OtherCard():
            raise InvalidInput(other, field="name")
        case UnlikeRegister():
            words = " ".join(UNLIKE_REGISTER[name] for name in refused.fields)
            raise InvalidInput(words, field=refused.fields[-1])
        case Doubtful():
            words = " ".join(DOUBTS[reason] for reason in refused.reasons)
            raise InvalidInput(
                f"{words} {COMPARE_AGAIN} That is: --compared-again.", field="compared_again"
            )


def refuse_half(refused: NeedsColleague) -> NoReturn:
    """Raise InvalidInput: a password and a second step are not given by one official in a day."""
    given = {Half.PASSWORD: "a password", Half.SECOND_STEP: "a second step"}[refused.given]
    raise InvalidInput(
        f"You gave this person {given} at {clock.here(refused.given_at):%H:%M}. Nobody gives both "
        "a password and a second step within a day: a colleague does this one.",
        field="as",
    )


def _refuse_proof(refused: ProofRefused) -> NoReturn:
    if isinstance(refused, NeedsColleague):
        refuse_half(refused)
    if not isinstance(refused, Unshown):
        refuse_card(refused)
    has = ", ".join(f"{one.kind.name} since {one.since:%Y-%m-%d}" for one in refused.held)
    raise InvalidInput(
        f"The account has {has}. Ask the person whether the recovery codes are theirs: "
        "--keep-codes, or --remove-codes.",
        field="codes",
    )


def proof(
    who: WhoArgument,
    proofing: Annotated[int, typer.Argument(min=0, max=2, help="0, 1 or 2.")] = FACE_TO_FACE,
    *,
    challenge: Annotated[
        str, typer.Option(help="The code that the person's own page shows (My details).")
    ] = "",
    name: Annotated[str, typer.Option(help="As on their ID card; with --challenge.")] = "",
    birthdate: Annotated[str, typer.Option(help="As on their ID card; with --challenge.")] = "",
    compared_again: AgainOption = False,
    codes: Annotated[
        bool | None,
        typer.Option(
            "--keep-codes/--remove-codes",
            help="Whether recovery codes that were not shown are the person's, as they say.",
        ),
    ] = None,
    by: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Note that a registrar checked an identity; 2 is face to face.

    Needs the number, the code that the person in front of you reads from their own page, which says
    which account is theirs, and what their ID card says: the account must say the same, and so must
    the population register, of that number. Sessions end, and who holds the number with less loses
    it; an app they signed in with counts in full from then on. Without a code an account can only
    be lowered.
    """
    settings = Settings()
    keyring = settings.secrets.keyring()
    with acting(settings, by, capacity=Capacity.DESK) as command:
        at = clock.now()
        if challenge:
            number = normalise_number(who, today=command.today)
            done = prove_at_desk(
                command.db,
                keyring=keyring,
                number=number,
                challenge=challenge,
                card=read_card(
                    name=name, birthdate=birthdate, compared_again=compared_again, at=at
                ),
                proofing=proofing,
                at=at,
                spares_are_theirs=codes,
            )
        else:
            profile = command.get_other(settings, who)
            if proofing > profile.proofing:
                raise InvalidInput(_NEEDS_CHALLENGE, field="challenge")
            done = set_proofing(
                command.db,
                keyring=keyring,
                person_id=profile.person_id,
                proofing=proofing,
                at=at,
            )
        command.refuse_own(getattr(done, "person_id", None))
    if done is None:
        raise InvalidInput("Nobody shows this code for this number.", field="challenge")
    if isinstance(done, ProofRefused):
        _refuse_proof(done)
    if isinstance(done, NumberTaken):
        raise InvalidInput("Another account holds this number, as well proven.", field="number")
    changed = isinstance(done, Proofed)
    show({"person_id": done.person_id, "proofing": proofing, "changed": changed}, as_json=json)


def reclaim(
    number: Annotated[str, typer.Argument(help="Citizen number.")],
    *,
    name: CardOption,
    birthdate: CardOption,
    sex: Annotated[Sex, typer.Option(help="As on their ID card.")],
    compared_again: AgainOption = False,
    by: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Give a number back to the person in front of you, who cannot sign in; prints a password.

    Whoever had the account keeps nothing of it: password, factors, contacts, sessions, grants and
    consents end, posts and delegations too; it says what the card says from then on. Not for an
    account that was verified face to face.
    """
    settings, new = Settings(), new_password()
    password_hash = hash_password(settings.passwords, new)
    with acting(settings, by, capacity=Capacity.DESK) as command:
        at = clock.now()
        card = declare(number=number, name=name, birthdate=birthdate, sex=sex, at=at)
        done = reclaim_number(
            command.db,
            keyring=settings.secrets.keyring(),
            card=card,
            password_hash=password_hash,
            today=command.today,
            compared_again=compared_again,
            at=at,
        )
        command.refuse_own(getattr(done, "person_id", None))
        if isinstance(done, Proofed):
            forget_requests(command.db, person_id=done.person_id, at=at)
    if done is None:
        raise NotFound("No account holds this number: idp person add --proofing 2 makes one.")
    if isinstance(done, CardRefused):
        refuse_card(done)
    if isinstance(done, NeedsColleague):
        refuse_half(done)
    if isinstance(done, NumberTaken):
        raise InvalidInput(
            "This account was verified face to face. If it is the person's: idp person "
            "reset-password. If that was a mistake: idp person proof NUMBER 0 first.",
            field="number",
        )
    if isinstance(done, Proofed):
        show({"person_id": done.person_id, "password": new}, as_json=json)


def confirm(
    who: WhoArgument,
    *,
    code: Annotated[str, typer.Option(help=_CODE_HELP)],
    name: CardOption,
    birthdate: CardOption,
    compared_again: AgainOption = False,
    by: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Note that someone you checked has the second step of their account: an app, or a passkey.

    From now on it counts for who they were proven to be, and they sign in anew. Without their code
    it might be the one of whoever knows their password. The card is judged as in proof.
    """
    settings = Settings()
    with acting(settings, by, capacity=Capacity.DESK) as command:
        at = clock.now()
        card = read_card(name=name, birthdate=birthdate, compared_again=compared_again, at=at)
        person_id = command.get_other(settings, who).person_id
        changed = confirm_factor_at_desk(
            command.db,
            keyring=settings.secrets.keyring(),
            person_id=person_id,
            typed=code,
            card=card,
            at=at,
        )
    if changed is None:
        raise InvalidInput("Neither their app nor their page shows this code.", field="code")
    if isinstance(changed, NeedsColleague):
        refuse_half(changed)
    if isinstance(changed, CardRefused):
        refuse_card(changed, other=OTHER_OWNER)
    show({"person_id": person_id, "changed": changed}, as_json=json)
