"""Who asks too often to get an account back waits themselves, and keeps no owner from theirs."""

from datetime import timedelta

from idp.account.recovery_visit import PATH
from idp.kit import clock
from idp.people.contact_values import mailbox_of
from idp.people.models import ContactKind
from idp.rate_limits import CODES_TO_EMAIL, CODES_TO_PHONE, count
from tests.account import recovering
from tests.account.recovering import codes_to, title, with_address, with_number
from tests.signin.conftest import World

world = recovering.texting_world
NO_MORE = "No more codes are sent or read for now"


def ask(world: World, number: str, contact: str, *, nth: int, source: str) -> bool:
    """Whether it was answered as one that may be on its way."""
    browser = world.browser(f"asks-{nth}-{number}-{source}-0123456789", address=source)
    browser.post(PATH, number=number, contact=contact)
    is_asked = title(browser) == "Type the code"
    assert is_asked or NO_MORE in browser.get(PATH).text
    return is_asked


def test_wrong_pairs_of_number_and_contact_keep_nobody_from_the_right_one(world: World) -> None:
    """Whoever knows one of both, from however many sources."""
    for kind, make in ((ContactKind.EMAIL, with_address), (ContactKind.PHONE, with_number)):
        account, contact = make(world)
        _, of_another = make(world)
        for nth in range(24):
            number, typed = (
                (world.new_number(), contact) if nth % 2 else (account.number, of_another)
            )
            ask(world, number, typed, nth=nth, source=f"198.51.{nth}.{len(kind)}")
        assert codes_to(world, account, kind=kind) == []
        assert ask(world, account.number, contact, nth=99, source="192.0.2.9")
        assert len(codes_to(world, account, kind=kind)) == 1


def test_whoever_fills_a_mailbox_or_a_telephone_with_other_codes_blocks_no_recovery(
    world: World,
) -> None:
    """They have an account of their own, and say that the victim's contact is theirs."""
    for kind, limit, make in (
        (ContactKind.EMAIL, CODES_TO_EMAIL, with_address),
        (ContactKind.PHONE, CODES_TO_PHONE, with_number),
    ):
        account, contact = make(world)
        counted = mailbox_of(contact) if kind is ContactKind.EMAIL else contact
        throttle = world.settings.throttle
        spent = limit.of(counted, keyring=world.keyring, settings=throttle)
        with world.transaction() as db:
            while count(db, spent, at=clock.now()):
                pass
        assert ask(world, account.number, contact, nth=0, source="192.0.2.10")
        assert len(codes_to(world, account, kind=kind)) == 1


def test_who_knows_both_is_bounded_and_one_source_leaves_half_to_others(world: World) -> None:
    """Known and unknown pairs alike: the bound tells nothing."""
    account, address = with_address(world)
    for number in (account.number, world.new_number()):
        here = [ask(world, number, address, nth=nth, source="198.51.100.9") for nth in range(7)]
        assert here == [True] * 5 + [False] * 2
        others = [
            ask(world, number, address, nth=nth, source=f"203.0.113.{nth}") for nth in range(7)
        ]
        assert others == [True] * 5 + [False] * 2
    assert len(codes_to(world, account)) == 10
    with clock.shifted(timedelta(days=1, minutes=1)):
        assert ask(world, account.number, address, nth=0, source="192.0.2.11")
    assert len(codes_to(world, account)) == 11


def test_wrong_codes_typed_elsewhere_keep_nobody_from_typing_the_right_one(world: World) -> None:
    """Who knows both types ten wrong ones; from then on, they wait."""
    account, address = with_address(world)
    for nth in range(3):
        thief = world.browser(f"types-{nth}-{account.number}-012345", address="198.51.100.7")
        thief.post(PATH, number=account.number, contact=address)
        for typed in range(5):
            thief.post(f"{PATH}/code", shown_at=PATH, code=f"00000 {typed}")
    assert NO_MORE in thief.get(PATH).text
    owner = world.browser(f"owner-{account.number}-0123456789", address="192.0.2.12")
    owner.post(PATH, number=account.number, contact=address)
    owner.post(f"{PATH}/code", shown_at=PATH, code=codes_to(world, account)[-1])
    assert title(owner) == "Do you have one of these?"


def test_an_ask_that_is_refused_counts_nowhere(world: World) -> None:
    """Refused for the pair, it leaves the source as it was."""
    account, address = with_address(world)
    most = max(1, world.settings.throttle.source_limit // 5)
    for nth in range(most + 5):
        ask(world, account.number, address, nth=nth, source="198.51.100.8")
    another, of_another = with_address(world)
    assert ask(world, another.number, of_another, nth=0, source="198.51.100.8")
