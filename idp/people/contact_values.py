"""How e-mail addresses and telephone numbers are written, and kept."""

import re
from unicodedata import normalize

from idp.kit.errors import InvalidInput
from idp.kit.messages import N_

_REGION, _COUNTRY = "VN", 84
_ELEVEN = re.compile(r"(?:0|\+?84|0084)1[2689]\d{8}", re.ASCII)
"""Mobile numbers as they were until 2018: eleven digits."""
_BETWEEN = re.compile(r"\(0\)|[\s.()/-]")
_OLD_NUMBER = N_("This number is of before 2018: enter the one of ten digits that replaced it.")
_NO_MOBILE = N_("Enter the number of a Vietnamese mobile phone, like 0912 345 678.")
_ATOM = r"[\w!#$&'*+/=?^`{|}~-]+"
_EMAIL = re.compile(
    rf"(?!.*=\?)(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?:[\w-]{{1,63}}\.)+[\w-]{{2,63}}"
)
"""What a header says and a mail server reads alike (RFC 5322 section 3.4.1): `a:b@c` is a group of
`b@c`, `=?…?=` is decoded, and `b%c@d` is handed on by some servers to `b@c`."""


def normalise_phone(text: str) -> str:
    """The number of a Vietnamese mobile phone, in E.164. Raises InvalidInput (field `phone`)."""
    import phonenumbers  # noqa: PLC0415 - every country's numbers: for the first that is typed

    if _ELEVEN.fullmatch(_BETWEEN.sub("", text)):
        raise InvalidInput(_OLD_NUMBER, field="phone")
    try:
        number = phonenumbers.parse(text, _REGION)
    except phonenumbers.NumberParseException as error:
        raise InvalidInput("This is not a telephone number.", field="phone") from error
    if not phonenumbers.is_valid_number(number):
        raise InvalidInput("This is not a telephone number.", field="phone")
    is_mobile = phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
    if number.country_code != _COUNTRY or not is_mobile:
        raise InvalidInput(_NO_MOBILE, field="phone")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normalise_email(text: str) -> str:
    """The address in NFC, its domain in NFKC, in lower case. Raises InvalidInput (`email`)."""
    local, _, domain = text.strip().rpartition("@")
    address = f"{normalize('NFC', local)}@{normalize('NFKC', domain).lower()}"
    if len(address) > 254 or not _EMAIL.fullmatch(address):
        raise InvalidInput("This is not an e-mail address.", field="email")
    return address


def mailbox_of(address: str) -> str:
    """What is one mailbox at most providers: without case, dots and what stands behind a plus."""
    local, _, domain = address.casefold().rpartition("@")
    return f"{local.partition('+')[0].replace('.', '')}@{domain}"


def mask_phone(number: str) -> str:
    """The last three digits."""
    return "•" * max(len(number) - 3, 0) + number[-3:]
