"""What a developer reads of a refusal is in their language, whoever wrote it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import idp
from idp.kit.languages import LANGUAGES
from idp.portal.reasons import WORDED, read_reason
from idp.web.messages import Catalogue

VIETNAMESE = Catalogue.load(LANGUAGES["vi"])
ROOMS = ("oidc", "authorization")
FRAMED = {
    "request_objects.py": "The request object {}.",
    "client_jwt.py": "The assertion: {}",
}
"""Where a fault is a part of a sentence, and which."""
SOFTWARE = "registration.py"
"""What it refuses is read by software that registers itself."""


SENT = "redirect_uri sent: https://rp.vn/c and 4 more characters"
SENT_VI = "redirect_uri đã gửi: https://rp.vn/c và 4 ký tự nữa"
KNOWN = "registered: https://rp.vn/cb https://rp.vn/b; first difference at character 16"
KNOWN_VI = "đã đăng ký: https://rp.vn/cb https://rp.vn/b; khác nhau từ ký tự thứ 16"


def literals(path: Path) -> Iterator[str]:
    """Every text in a module but its docstrings; `7` where a value goes in."""
    tree = ast.parse(path.read_text())
    parts = {id(part) for node in ast.walk(tree) for part in getattr(node, "values", ())}
    notes = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if id(node) in parts | notes:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value.replace("{}", "7 s ago")
        elif isinstance(node, ast.JoinedStr):
            values = (v.value if isinstance(v, ast.Constant) else "7" for v in node.values)
            yield "".join(map(str, values))


def sentences() -> Iterator[tuple[str, str]]:
    """The file and every sentence of the protocol that a refusal may be told in."""
    for room in ROOMS:
        for path in sorted((Path(idp.__file__).parent / room).rglob("*.py")):
            for text in literals(path) if path.name != SOFTWARE else ():
                if text == FRAMED.get(path.name, "").format("7"):
                    continue
                if text[:1].isupper() and text.endswith(".") and text.count(" ") > 1:
                    yield path.name, text
                elif path.name in FRAMED and text.count(" ") > 1 and text[-1:].isalpha():
                    yield path.name, FRAMED[path.name].format(text)


def translated(words: str) -> str:
    clauses = read_reason(words)
    told = "; ".join(map(VIETNAMESE.gettext, clauses)) if clauses else VIETNAMESE.gettext(words)
    return told if told != words else ""


def test_every_reason_of_the_protocol_is_translated() -> None:
    """C14: a new sentence in a refusal needs its form in `reasons` and its translation."""
    found = list(sentences())
    assert len(found) > 100
    missing = [f"{name}: {words}" for name, words in found if not translated(words)]
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize(
    ("words", "vietnamese"),
    [
        ("The code expired 14 s ago.", "Mã đã hết hạn cách đây 14 giây."),
        (f"client_id rp; {SENT}; {KNOWN}", f"client_id rp; {SENT_VI}; {KNOWN_VI}"),
        (
            "client_id unknown: 'a-secr', 27 characters",
            "client_id không được biết: 'a-secr', 27 ký tự",
        ),
        ("Missing 'code_verifier'", "Thiếu 'code_verifier'"),
        ("A field was sent twice.", "Có một trường được gửi hai lần."),
    ],
)
def test_values_stay_as_they_are(words: str, vietnamese: str) -> None:
    """C14: in the sentence's own place."""
    assert translated(words) == vietnamese


def test_words_that_are_not_known_stay_english() -> None:
    """C14: control; a part of them alone is not translated."""
    assert read_reason("The code expired 14 s ago; and the moon is full") == ()
    assert read_reason("") == ()


def test_each_form_is_read_as_itself() -> None:
    """C14: none stands behind a more general one."""
    for message in WORDED:
        values = dict.fromkeys(("num", *_names(message.forms[-1])), "7")
        words = message.forms[-1] % values
        (read,) = read_reason(words)
        assert read.forms == message.forms, words


def _names(form: str) -> list[str]:
    return [part.partition(")")[0] for part in form.split("%(")[1:]]
