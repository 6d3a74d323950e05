"""What senders of the tests have in common, in whichever process."""

from zoneinfo import ZoneInfo

from idp.kit.crypto import Keyring
from idp.mail.letters import Writer

KEYRING = Keyring(["secret-of-the-tests"], "lookup-of-the-tests")
WRITER = Writer(keyring=KEYRING, site="https://id.example", zone=ZoneInfo("Asia/Ho_Chi_Minh"))
GATEWAY_KEY = "key-of-the-gateway-in-the-tests-0001"
