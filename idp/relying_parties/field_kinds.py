"""What a row of the table of client fields says: of which kind its values are, by which rule.

Rules between fields are in `metadata`.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from enum import Flag, auto
from typing import Any, TypeVar

from idp.kit.immutable import immutable
from idp.kit.messages import N_
from idp.kit.strict_json import parse_object
from idp.relying_parties.key_sets import describe_keys
from idp.relying_parties.redirect_uris import find_fault, origin_of
from idp.relying_parties.scopes import CLAIMS
from idp.settings.server import IssuerSettings

Many = tuple[str, ...]
MOST = 20
"""Values in one list."""


_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""What Python calls printable though nothing is shown: Unicode's Default_Ignorable_Code_Point."""


@immutable
class Fault:
    """A rule a field breaks: the sentence says what to do, `value` is the part it is about."""

    field: str
    sentence: str
    value: str = ""

    def __str__(self) -> str:
        about = f" ({self.value})" if self.value else ""
        return f"{self.field}{about}: {self.sentence}"


class By(Flag):
    """Who may set a field besides operators, who declare any."""

    OPERATOR = 0
    AGENCY = auto()
    """Agency staff, in the portal's form."""
    CLIENT = auto()
    """The client itself, at /register."""


@immutable
class Kind:
    """How values of a type are declared in TOML or JSON, and typed into a form."""

    expected: str
    is_declarable: Callable[[Any], bool]
    write: Callable[[Any], str]
    read: Callable[[str], Any]
    control: str
    """What it is typed into: `name`, `line`, `short`, `number`, `lines`, `box` or `boxes`."""
    show: Callable[[Any], tuple[str, ...]] = lambda value: (str(value),)
    """How it is read where it is no text, switch or number: a line for each."""
    find_fault: Callable[[Any], str | None] = lambda _: None
    """What to do instead, where a value may not be registered."""


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _find_list_fault(uris: tuple[str, ...]) -> str | None:
    is_right = len(uris) <= MOST and len(set(uris)) == len(uris)
    return None if is_right else N_("List each address once, and 20 at most.")


def _find_sentences_fault(sentences: tuple[str, ...]) -> str | None:
    keys = {line.partition(":")[0] for line in sentences}
    is_right = len(keys) == len(sentences) <= MOST
    return None if is_right else N_("Write one line for each, and 20 at most.")


def _seconds(text: str) -> int | None:
    """Below zero, which is refused, for what is no number."""
    typed = text.strip()
    return (int(typed) if re.fullmatch("[0-9]{1,9}", typed) else -1) if typed else None


def _find_seconds_fault(seconds: int | None) -> str | None:
    """`max_age` has nine digits at most."""
    is_right = seconds is None or 0 <= seconds < 10**9
    return None if is_right else N_("Write a number of seconds, 0 or more.")


def _read_keys(text: str) -> dict[str, Any] | None:
    """What is no object of JSON is refused as a set without keys."""
    if not text.strip():
        return None
    try:
        return parse_object(text)
    except ValueError:
        return {}


_LIST = "a list of texts"
TEXT = Kind("a text", lambda v: isinstance(v, str), str, str.strip, "line")
NAME = replace(TEXT, read=lambda text: " ".join(text.split()), control="name")
WORDS = Kind(_LIST, _are_texts, " ".join, lambda t: tuple(t.replace(",", " ").split()), "short")
BOXES = replace(WORDS, control="boxes")
"""Some of a row's choices, ticked."""
LINES = Kind(
    _LIST,
    _are_texts,
    "\n".join,
    lambda t: tuple(t.split()),
    "lines",
    find_fault=_find_list_fault,
)
SENTENCES = replace(
    LINES,
    read=lambda text: tuple(" ".join(line.split()) for line in text.splitlines() if line.strip()),
    find_fault=_find_sentences_fault,
)
SWITCH = Kind(
    "true or false", lambda v: isinstance(v, bool), lambda v: "yes" if v else "", bool, "box"
)
SECONDS = Kind(
    "a number of seconds",
    lambda v: type(v) is int,
    lambda v: "" if v is None else str(v),
    _seconds,
    "number",
    find_fault=_find_seconds_fault,
)
KEYS = Kind(
    "a table with keys",
    lambda v: isinstance(v, dict),
    lambda v: json.dumps(v, indent=1) if v else "",
    _read_keys,
    "lines",
    show=describe_keys,
)


def kept(value: Any) -> Any:
    """A value of a document or a column, as the metadata has it: lists that nobody changes."""
    return tuple(value) if isinstance(value, list) else value


Rule = Callable[[str, str, IssuerSettings], str | None]
"""Of a text, or each of several: what to do instead, where it may not be registered.

It is given the type of the application, too, and the issuer."""


@immutable
class ClientField:
    """A row; `name` and `default` are the attribute's."""

    kind: Kind
    rule: Rule | None = None
    label: str = ""
    """What people read."""
    by: By = By.CLIENT
    choices: tuple[str, ...] = ()
    """What may be registered besides the default; anything where there are none."""
    discovery: str = ""
    """The member of the provider's metadata that lists the choices."""
    words: Mapping[str, str] = field(default_factory=dict)
    """What people read in place of a choice."""
    is_fresh: bool = False
    """Not taken over from the sandbox into production."""
    name: str = ""
    default: Any = ""

    def find_faults(self, value: Any, of_type: str, issuer: IssuerSettings) -> Iterator[Fault]:
        """The rules that the value breaks on its own, registered by an application of that type."""
        if sentence := self.kind.find_fault(value):
            yield Fault(self.name, sentence)
        for item in value if isinstance(value, tuple) else (value,):
            if self.choices and item not in (*self.choices, self.default):
                yield Fault(self.name, f"Choose from: {', '.join(self.choices)}.", item[:200])
            elif self.rule and item and (sentence := self.rule(item, of_type, issuer)):
                yield Fault(self.name, sentence, item[:200])


T = TypeVar("T")


def row(
    default: T, rule: Rule | None = None, label: str = "", *, kind: Kind | None = None, **known: Any
) -> T:
    """The attribute of a row; the default tells the kind of most, words the choices of boxes."""
    usual = {str: TEXT, tuple: WORDS, bool: SWITCH}
    if kind is BOXES:
        known["choices"] = tuple(known["words"])
    told = ClientField(kind or usual[type(default)], rule, label, default=default, **known)
    return field(default=default, metadata={"row": told})


def plain(name: str, _type: str, _issuer: IssuerSettings) -> str | None:
    """A name that people read."""
    if len(name) > 100:
        return N_("Use a shorter name: 100 characters at most.")
    return _find_unreadable(name)


def sentence(text: str, _type: str, _issuer: IssuerSettings) -> str | None:
    """What people read, on one line."""
    if len(text) > 200:
        return N_("Say it in 200 characters at most.")
    return _find_unreadable(text)


def _find_unreadable(text: str) -> str | None:
    is_plain = text.isprintable() and text == text.strip() and not _UNSEEN.search(text)
    is_read = any(letter.isalnum() for letter in text)
    return None if is_plain and is_read else N_("Use one line of plain text.")


def like(pattern: str, advice: str) -> Rule:
    """A text of that pattern; `advice` says what to write instead."""
    return lambda text, _type, _issuer: None if re.fullmatch(pattern, text) else advice


LEVEL = like(
    r"[\x21\x23-\x5b\x5d-\x7e]{1,100}", N_("List levels, like LoA2 for level 2; 20 at most.")
)
MAILBOX = like(
    r"[^@\s]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z]{2,}",
    N_("Enter an e-mail address, like team@example.gov.vn."),
)
OF_CLAIM = like(
    rf"({'|'.join(name for name, claim in CLAIMS.items() if claim.words)}): \S.{{0,199}}",
    N_("Write a claim, a colon and what it is for, like phone_number: to call you."),
)
"""What single data is for: of data that people see on the consent page."""


def address(
    *,
    returns_people: bool = False,
    is_opened: bool = False,
    may_have_fragment: bool = False,
    is_own: bool = False,
) -> Rule:
    """An address on the web; one that the client answers to is not on the provider's host.

    Where people come back to a native application it may have a scheme of its own. What people are
    offered to open is https, also where the issuer is on loopback.
    """

    def find(uri: str, application_type: str, issuer: IssuerSettings) -> str | None:
        kind = application_type if returns_people else "web"
        checked = uri.partition("#")[0] if may_have_fragment else uri
        fault = find_fault(checked, application_type=kind, issuer=issuer)
        is_plain_http = is_opened and not uri.startswith("https://")
        if is_own and not fault and origin_of(uri) == origin_of(issuer.url):
            return N_("This is the provider's own address: name an API of the application.")
        return fault or (N_("Start with https://.") if is_plain_http else None)

    return find
