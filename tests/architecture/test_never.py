"""What the program never does, read in its own source: nothing a request says becomes code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "idp"
SOURCES = {
    str(path.relative_to(ROOT)): ast.parse(path.read_text("utf-8")) for path in ROOT.rglob("*.py")
}
TEMPLATES = {
    str(path.relative_to(ROOT)): path.read_text("utf-8")
    for path in ROOT.rglob("templates/**/*.html")
}

CODE_OF_DATA = {"pickle", "marshal", "shelve", "dill", "yaml", "code", "codeop", "runpy"}
OTHER_LANGUAGES = {"xml", "lxml", "defusedxml", "ldap", "ldap3", "memcache", "pymemcache"}
OTHER_CRYPTOGRAPHY = {"Crypto", "Cryptodome", "rsa", "ecdsa", "nacl", "jose", "jwt", "crypt"}
MAY_USE = {"kit/argon.py": {"nacl"}}
"""libsodium, for argon2id alone (decision 78)."""
PATTERNS = {"compile", "match", "search", "fullmatch", "sub", "split", "findall", "finditer"}
CALLERS_WRITE_THE_PATTERN = {"relying_parties/field_kinds.py"}
"""Makes a check of a pattern that the table of client fields holds."""
START_A_PROGRAM = {"relying_parties/logos.py", "adoption/report/setter.py"}
"""One reads pictures that relying parties name in a process of its own (decision 38), one has
reports set (decision 72)."""
NO_TEXT = {"mst", "sql.SQL", "Markup"}
"""What has a `format` of its own, which encodes, or is no string."""


def is_of_the_demo(path: str) -> bool:
    """The synthetic country and its own database server: nothing a request says gets there."""
    return path.startswith("demo/")


def imported(tree: ast.AST) -> Iterator[str]:
    """Every package, and what is taken from it as `package.name`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def packages(tree: ast.AST) -> set[str]:
    return {name.partition(".")[0] for name in imported(tree)}


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call, with the name of what is called: `re.sub`, `eval`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def is_constant(node: ast.expr) -> bool:
    """Whether it stands in the source: a literal, a constant by its name, or such put together."""
    match node:
        case ast.Constant():
            return True
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.isupper()
        case ast.JoinedStr(values=parts):
            return all(map(is_constant, parts))
        case ast.FormattedValue(value=value) | ast.Subscript(value=value):
            return is_constant(value)
        case ast.BinOp(left=left, right=right):
            return is_constant(left) and is_constant(right)
    return False


@pytest.mark.asvs("1.3.2", "1.3.7", "1.5.1", "1.5.2", "13.4.2")
def test_no_value_becomes_code() -> None:
    """Nothing is evaluated or deserialized into objects; templates are files; no XML is read."""
    for path, tree in SOURCES.items():
        assert not packages(tree) & (CODE_OF_DATA | OTHER_LANGUAGES), path
        called = {name for name, _ in calls(tree)}
        assert not called & {"eval", "exec", "compile", "__import__", "breakpoint"}, path
        assert not [name for name in called if name.endswith((".from_string", "Template"))], path
        assert "debug" not in {word.arg for _, call in calls(tree) for word in call.keywords}, path


@pytest.mark.asvs("1.2.5")
def test_but_for_the_demo_two_fixed_programs_start_and_none_through_a_shell() -> None:
    """Its command stands in the source, and it is told nothing of what this process knows."""
    for path, tree in SOURCES.items():
        starts = "subprocess" in packages(tree) or any(
            name.startswith(("os.system", "os.popen", "os.exec", "os.spawn"))
            for name, _ in calls(tree)
        )
        assert not starts or is_of_the_demo(path) or path in START_A_PROGRAM, path
        for name, call in calls(tree):
            assert name not in {"os.system", "os.popen"}, path
            is_start = name.startswith("subprocess.")
            assert not is_start or "shell" not in {word.arg for word in call.keywords}, path
            if is_start and path in START_A_PROGRAM:
                assert is_constant(call.args[0]), path
                environment = [word.value for word in call.keywords if word.arg == "env"]
                assert [ast.unparse(value) for value in environment] == ["{}"], path


@pytest.mark.asvs("1.2.4")
def test_a_statement_is_written_in_the_source_and_values_are_its_parameters() -> None:
    """`Prepared` passes on as text what it is given as text; what a call makes is SQLAlchemy's."""
    seen = 0
    for path, tree in SOURCES.items():
        for name, call in calls(tree):
            is_text = name == "text" or name.endswith((".exec_driver_sql", ".literal_column"))
            is_prepared = name == "Prepared" and not isinstance(call.args[0], ast.Call)
            if (is_text or is_prepared) and path != "kit/prepared.py":
                seen += 1
                assert is_constant(call.args[0]), (path, ast.unparse(call))
    assert seen > 10


@pytest.mark.asvs("1.2.9", "1.3.10")
def test_patterns_and_formats_are_written_in_the_source() -> None:
    for path, tree in SOURCES.items():
        for name, call in calls(tree):
            module, _, function = name.rpartition(".")
            if module == "re" and function in PATTERNS and path not in CALLERS_WRITE_THE_PATTERN:
                assert is_constant(call.args[0]), (path, ast.unparse(call))
            if function in {"format", "format_map"} and module.partition("(")[0] not in NO_TEXT:
                assert isinstance(call.func, ast.Attribute)
                assert is_constant(call.func.value), (path, ast.unparse(call))


@pytest.mark.asvs("11.2.1", "11.3.1", "11.3.2", "11.4.1", "11.4.3")
def test_ciphers_and_digests_are_aes_gcm_and_sha_256_of_known_libraries() -> None:
    """Beside them HKDF, Ed25519 for the journal's heads, and what joserfc does for the protocol."""
    ciphers, digests = set(), set()
    for path, tree in SOURCES.items():
        assert packages(tree) & OTHER_CRYPTOGRAPHY == MAY_USE.get(path, set()), path
        ciphers |= {name for name in imported(tree) if re.search(r"\.ciphers\.\w+\.\w", name)}
        for name, call in calls(tree):
            if re.fullmatch(r"hashlib\.\w+", name):
                digests.add(name)
            if name in {"hmac.digest", "hmac.new"}:
                digests.add(f"hashlib.{ast.literal_eval(call.args[2])}")
    assert ciphers == {"cryptography.hazmat.primitives.ciphers.aead.AESGCM"}
    assert digests == {"hashlib.sha256"}


@pytest.mark.asvs("6.5.3", "11.5.1")
def test_chance_comes_from_the_system_but_for_the_synthetic_country() -> None:
    for path, tree in SOURCES.items():
        assert "random" not in packages(tree) or is_of_the_demo(path), path


@pytest.mark.asvs("1.2.3", "3.2.2", "14.3.3")
def test_a_page_writes_no_value_as_it_is_and_keeps_nothing_in_the_browser() -> None:
    """In a script a value stands as JSON, and no script makes HTML of a text."""
    for path, text in TEMPLATES.items():
        assert not re.search(r"\|\s*safe", text.replace('"<br>" | safe', "")), path
        assert not re.search(r"autoescape|innerHTML|outerHTML|document\.write|insertAdj", text), (
            path
        )
        assert not re.search(r"localStorage|sessionStorage|indexedDB|caches\.", text), path
        assert not re.search(r"\son\w+=|javascript:", text), path
        for script in re.findall(r"<script\b[^>]*>(.*?)</script>", text, re.DOTALL):
            values = re.findall(r"{{(.*?)}}", script)
            assert all(value.strip().endswith("| tojson") for value in values), path


@pytest.mark.asvs("6.2.6", "6.2.7")
def test_a_password_is_masked_and_may_be_pasted_and_kept_by_a_manager() -> None:
    found = 0
    for path, text in TEMPLATES.items():
        for call in re.findall(r"field\(\"(?:password|present|again)\".*?}}", text, re.DOTALL):
            found += 1
            assert 'type="password"' in call, path
            assert re.search(r'autocomplete="(current|new)-password"', call), path
        if call := re.search(r"onpaste|type=\"password\"[^}]*autocomplete=\"off\"", text):
            pytest.fail(f"{path}: {call[0]}")
    assert found == 5, "the two of a new password stand once, in the template that forms include"
