"""What senders of the tests have in common, in whichever process."""

from zoneinfo import ZoneInfo

from idp.kit.crypto import Keyring
from idp.kit.http import GuardedClient
from idp.mail.kinds import text_kinds
from idp.mail.letters import Writer
from idp.outbox.kinds import Kind
from idp.people.text_budget import TextBudget
from idp.settings.server import SmsSettings

KEYRING = Keyring(["secret-of-the-tests"], "lookup-of-the-tests")
WRITER = Writer(keyring=KEYRING, site="https://id.example", zone=ZoneInfo("Asia/Ho_Chi_Minh"))
GATEWAY_KEY = "key-of-the-gateway-in-the-tests-0001"


def kinds_by_text(
    settings: SmsSettings, writer: Writer = WRITER, *, http: GuardedClient
) -> tuple[Kind, ...]:
    """As the program makes them: with the budget of those settings."""
    budget = TextBudget(keyring=writer.keyring, most=settings.day_budget)
    return text_kinds(settings, writer, budget=budget, http=http)
