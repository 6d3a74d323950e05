import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from unicodedata import normalize
from uuid import UUID

import pytest
import typer
from typer.testing import CliRunner, Result

from idp.catalogue.models import Agency
from idp.cli import build_app
from idp.kit import clock
from idp.kit.db import make_engine, transaction
from idp.mandates.models import Mandate
from idp.mandates.posts import may_decide
from idp.mandates.roles import StaffRole
from idp.relying_parties.lookup import find_party
from idp.settings import Settings
from tests.relying_parties.conftest import fill_register
from tests.support.people import add_agency, add_person, equip_staff
from tests.support.postgres import Database
from tests.support.staff import give_post

FILE = """
[[relying_party]]
system = "licences"
client_name = "Đổi giấy phép"
redirect_uris = ["{uri}"]
service = "1.001234"
purpose_vi = "đổi giấy phép"
purpose_en = "exchanging your licence"
policy_uri = "https://gplx.example.vn/policy"
"""
Run = Callable[..., Result]
OWNER, DEVELOPER = StaffRole.AGENCY_OWNER, StaffRole.AGENCY_DEVELOPER


@pytest.fixture
def run(database: Database, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `idp rp …` on a database with a small register."""
    engine = make_engine(database.app_url)
    with transaction(engine) as db:
        fill_register(db)
    engine.dispose()
    monkeypatch.setenv("IDP_DATABASE__URL", database.app_url)
    monkeypatch.setenv("IDP_ENVIRONMENT", "test")
    monkeypatch.setenv("IDP_ISSUER__URL", "https://id.example.gov.vn")
    return lambda *arguments: CliRunner().invoke(build_app(), ["rp", *arguments])


def write(folder: Path, uri: str) -> str:
    file = folder / "relying_party.toml"
    file.write_text(FILE.format(uri=uri))
    return str(file)


def test_apply_creates_then_updates_and_prints_the_secret_once(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path, "https://gplx.example.vn/cb")
    [planned] = json.loads(run("apply", file, "--dry-run", "--json").stdout)
    [created] = json.loads(run("apply", file, "--json").stdout)
    [same] = json.loads(run("apply", file, "--json").stdout)
    told = run("apply", write(tmp_path, "https://gplx.example.vn/new"))

    assert planned == {"client_id": None, "action": "created", "client_secret": None}
    assert set(created) == {"client_id", "action", "client_secret"}
    assert created["client_secret"]
    assert same == {**created, "action": "unchanged", "client_secret": None}
    assert "+ https://gplx.example.vn/new" in told.stdout


def test_an_initial_token_is_shown_once_and_belongs_to_a_system(run: Run) -> None:
    made = run("initial-token", "licences", "--uses", "3", "--json")
    assert len(json.loads(made.stdout)["initial_access_token"]) >= 43
    assert "Registration is closed" in made.stderr
    for wrong in (["nowhere"], ["licences", "--uses", "0"], ["licences", "--hours", "99999"]):
        assert run("initial-token", *wrong).exit_code == 1


def test_faults_are_said_and_nothing_is_written(run: Run, tmp_path: Path) -> None:
    result = run("apply", write(tmp_path, "http://gplx.example.vn/cb"), "--json")
    assert result.exit_code == 1
    assert "Use https" in result.stderr
    assert json.loads(run("list", "--json").stdout) == []


def test_in_production_a_file_waits_for_an_owner_of_the_agency(
    run: Run, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G3: its operator is named; a sandbox client is live at once, and any in a test or demo."""
    monkeypatch.setenv("IDP_SECRETS__ENCRYPTION_KEYS", '["demo-encryption-key-of-the-tests-0001"]')
    monkeypatch.setenv("IDP_SECRETS__LOOKUP_KEY", "demo-lookup-key-of-the-tests-00000001")
    there = Settings().model_copy(update={"environment": "production"})
    file = tmp_path / "both.toml"
    table = FILE.format(uri="https://gplx.example.vn/cb")
    file.write_text(f'{table}environment = "production"\n{table}')
    engine = make_engine(database.app_url)
    with transaction(engine) as db:
        operator = add_person(db)
        equip_staff(db, operator)
        post = Mandate(
            person_id=operator.id,
            role=StaffRole.OPERATOR,
            valid_on=clock.now().date() - timedelta(days=1),
            created_at=clock.now(),
        )
        give_post(db, post)
    engine.dispose()
    with monkeypatch.context() as production:
        production.setattr("idp.cli.rp.Settings", lambda: there)
        refused = run("apply", str(file), "--json")
        assert (refused.exit_code, "--as" in refused.stderr) == (1, True)
        named = run("apply", str(file), "--as", str(operator.id), "--json")
        assert named.exit_code == 0, (named.output, named.exception)
        listed = json.loads(run("list", "--json").stdout)
    applied = json.loads(named.stdout)
    assert [row["action"] for row in applied] == ["drafted", "created"]
    assert [bool(row["client_secret"]) for row in applied] == [False, True]
    states = {row["environment"]: row["state"] for row in listed}
    assert states == {"production": "draft", "sandbox": "live"}


def test_list_and_rotate(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path, "https://gplx.example.vn/cb")
    [created] = json.loads(run("apply", file, "--json").stdout)
    [listed] = json.loads(run("list", "--json").stdout)
    rotated = json.loads(run("rotate-secret", created["client_id"], "--json").stdout)

    assert listed["client_id"] == rotated["client_id"] == created["client_id"]
    assert listed["agency"] == "G12"
    assert rotated["client_secret"] != created["client_secret"]
    assert run("rotate-secret", "nobody").exit_code == 1


class TestOwnAgency:
    """G28: a command and the console ask the same function whether an operator may decide."""

    @pytest.fixture(autouse=True)
    def _application(
        self, run: Run, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        key = '["demo-encryption-key-of-the-tests-0001"]'
        monkeypatch.setenv("IDP_SECRETS__ENCRYPTION_KEYS", key)
        monkeypatch.setenv("IDP_SECRETS__LOOKUP_KEY", "demo-lookup-key-of-the-tests-00000001")
        file = write(tmp_path, "https://gplx.example.vn/cb")
        [created] = json.loads(run("apply", file, "--json").stdout)
        self.run, self.file, self.client_id = run, file, created["client_id"]
        self.engine = make_engine(database.app_url)
        with transaction(self.engine) as db:
            record = find_party(db, client_id=self.client_id)
            assert record is not None
            self.agency_id = record.agency.id

    def add_operator(self, role: StaffRole | None, agency_id: UUID | None = None) -> UUID:
        """An operator, with that post besides."""
        since = clock.now().date() - timedelta(days=1)
        with transaction(self.engine) as db:
            person = add_person(db)
            equip_staff(db, person)
            for which, where in ((StaffRole.OPERATOR, None), (role, agency_id)):
                if which is not None:
                    values = {"role": which, "agency_id": where}
                    post = Mandate(
                        person_id=person.id, valid_on=since, created_at=clock.now(), **values
                    )
                    give_post(db, post)
            return person.id

    def words(self) -> dict[str, tuple[str, ...]]:
        """How every command of `idp rp` that acts is given."""
        return {
            "apply": (self.file,),
            "rotate-secret": (self.client_id,),
            "initial-token": ("licences",),
        }

    def test_whoever_may_not_decide_in_the_console_gives_no_command(self) -> None:
        with transaction(self.engine) as db:
            above = add_agency(db, code="G98")
            below = add_agency(db, code="G97")
            db.get_one(Agency, self.agency_id).parent_id = above.id
            below.parent_id = self.agency_id
            near, far = (above.id, below.id, self.agency_id), add_agency(db, code="G96").id
        held = [(role, where) for role in (OWNER, DEVELOPER) for where in (*near, far)]
        for role, where in [*held, (None, None)]:
            operator = self.add_operator(role, where)
            with transaction(self.engine) as db:
                today = clock.now().date()
                asked = {"agency_id": self.agency_id, "on": today}
                may = may_decide(db, person_id=operator, **asked)
            assert may is (where not in near)
            for name, words in self.words().items():
                answer = self.run(name, *words, "--as", str(operator), "--json")
                assert (answer.exit_code == 0) is may, (name, role, where, answer.output)
        self.engine.dispose()

    def test_every_command_that_acts_is_compared(self) -> None:
        group = typer.main.get_command(build_app()).commands["rp"]  # type: ignore[attr-defined]
        acting = {
            name
            for name, command in group.commands.items()
            if "--as" in {option for parameter in command.params for option in parameter.opts}
        }
        assert acting == set(self.words())
        self.engine.dispose()


@pytest.mark.parametrize(
    "form",
    [
        lambda text: b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode(),
        lambda text: text.encode("utf-16"),
        lambda text: normalize("NFD", text).encode(),
    ],
    ids=["Notepad's mark", "Unicode", "NFD"],
)
def test_a_file_is_read_as_editors_save_it(
    run: Run, tmp_path: Path, form: Callable[[str], bytes]
) -> None:
    """B6, B7: three ways to write one declaration are one declaration."""
    uri = "https://gplx.example.vn/cb"
    run("apply", write(tmp_path, uri))
    (tmp_path / "relying_party.toml").write_bytes(form(FILE.format(uri=uri)))
    [same] = json.loads(run("apply", str(tmp_path / "relying_party.toml"), "--json").stdout)
    assert same["action"] == "unchanged"


def test_a_file_in_another_encoding_is_named(run: Run, tmp_path: Path) -> None:
    """B6: and one that is not there."""
    file = tmp_path / "relying_party.toml"
    file.write_bytes(
        FILE.format(uri="https://a.example.vn/").replace("Đ", "D").encode("cp1258", "replace")
    )
    for path, why in ((file, "not UTF-8"), (tmp_path / "none.toml", "cannot be read")):
        result = run("apply", str(path))
        assert (result.exit_code, why in result.stderr) == (1, True)
