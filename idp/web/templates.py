"""Rendering pages: one strict, autoescaping environment per language, a page takes one dataclass.

A template sees `page` (the dataclass), `shell` (the frame's facts), `csrf_field()`,
`take_nonce()`, and the globals and filters listed in the package docstring.
"""

from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse

from idp.kit.immutable import immutable
from idp.kit.languages import LANGUAGES, Language, name_in
from idp.settings.operator import OperatorSettings
from idp.web import headings
from idp.web.blanks import Tightened
from idp.web.csrf import csrf_field
from idp.web.desks import sends_to_desk
from idp.web.formats import Formats
from idp.web.language import language_links, language_of
from idp.web.messages import Catalogue, Message
from idp.web.part import Part
from idp.web.reply import reply_of
from idp.web.static import static_url
from idp.web.table_roles import WithRoles
from idp.web.told import Told, read_told

_FOLDER = Path(__file__).parent.parent / "templates"


@immutable
class Shell:
    """What the frame around every page shows."""

    language: str
    language_links: list[tuple[Language, str]]
    is_synthetic: bool
    """Whether people, agencies and figures are made up; the page then says so."""
    told: Told | None = None
    """What the last action came to."""


class Pages(Part):
    """The environments, made once when the application starts."""

    def __init__(
        self, *, time_zone: str, is_synthetic: bool, operator: OperatorSettings, host: str
    ) -> None:
        self.is_synthetic = is_synthetic
        self.zone = zone = ZoneInfo(time_zone)
        self._catalogues = {code: Catalogue.load(row) for code, row in LANGUAGES.items()}
        self.environments = {
            code: _environment(LANGUAGES[code], catalogue, zone)
            for code, catalogue in self._catalogues.items()
        }
        for code, environment in self.environments.items():
            _say_who_runs_this(environment, code, operator, host)

    def render(self, request: HTTPConnection, template: str, page: object) -> str:
        """The page as HTML in the request's language."""
        shell = Shell(
            language=language_of(request),
            language_links=language_links(request),
            is_synthetic=self.is_synthetic,
            told=read_told(request),
        )
        return (
            self.environments[shell.language]
            .get_template(template)
            .render(
                page=page,
                shell=shell,
                csrf_field=lambda: csrf_field(request),
                take_nonce=lambda: reply_of(request).nonce,
            )
        )

    def piece(self, template: str, page: object, *, language: str) -> str:
        """A template that is no page of a browser's: nobody asked for it, nothing is sent back."""
        shell = Shell(language, [], self.is_synthetic)
        return self.environments[language].get_template(template).render(page=page, shell=shell)

    def catalogue(self, language: str) -> Catalogue:
        """The translations into a language, for text that is not a page."""
        return self._catalogues[language]


def render(
    request: HTTPConnection,
    template: str,
    page: object,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """Answer with a page: `render(request, "signin/password.html", PasswordPage(…))`.

    `page` is a frozen dataclass. If it has `errors` (field name → sentence) that is not empty,
    the layout puts a linked summary above the content.
    """
    body = Pages.of(request).render(request, template, page)
    sent = {"Content-Language": language_of(request), **(headers or {})}
    return HTMLResponse(body, status_code=status, headers=sent)


def _say_who_runs_this(
    environment: Environment, code: str, operator: OperatorSettings, host: str
) -> None:
    """What is the same on every page and for everybody is written once: the operator's lines.

    `operator_name` and `operator_address` are in this language, `footer` and `recognise` pieces of
    HTML.
    """
    operator_name = name_in(code, vietnamese=operator.name_vi, english=operator.name_en)
    address = name_in(code, vietnamese=operator.address_vi, english=operator.address_en)
    environment.globals.update(
        operator=operator, operator_name=operator_name, operator_address=address, host=host
    )
    for name in ("footer", "recognise"):
        written = environment.get_template(f"operator/{name}.html").render()
        environment.globals[name] = Markup(written)  # noqa: S704 - a template's own, escaped


def _environment(language: Language, catalogue: Catalogue, zone: ZoneInfo) -> Environment:
    environment = _Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
        extensions=["jinja2.ext.i18n"],
    )
    # {% trans %} hands its values to the catalogue; Jinja's own functions mark translations safe.
    environment.newstyle_gettext = True  # type: ignore[attr-defined]
    environment.catalogue = catalogue
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False}
    environment.globals.update(
        _=catalogue.gettext,
        gettext=catalogue.gettext,
        ngettext=catalogue.ngettext,
        static_url=static_url,
        language=language.code,
        product=language.product,
    )
    headings.install(environment, language.code)
    environment.tests["sending_to_desk"] = sends_to_desk
    formats = Formats(language.locale, zone)
    environment.filters.update(
        number=formats.number,
        percent=formats.percent,
        at_most=formats.at_most,
        change=formats.change,
        date=formats.date,
        time=formats.time,
        datetime=formats.datetime,
        month=formats.month,
        said=lambda message: _said(message, catalogue, formats, language.code),
    )
    return environment


def _said(message: Message, catalogue: Catalogue, formats: Formats, code: str) -> str:
    """A sentence with its values as this language writes them: sentences too, and its own words."""

    def written(value: object) -> object:
        match value:
            case Message():
                return _said(value, catalogue, formats, code)
            case Mapping():
                return value[code]
        return formats.value(value)

    values = {name: written(value) for name, value in message.values.items()}
    return catalogue.gettext(message, **values)


class _Environment(Environment):
    """One whose globals are the same for every template, as are the sentences without values."""

    catalogue: Catalogue

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Jinja would ask for them in two places, each time that a template is used."""
        return {**self.globals, **d} if d else self.globals

    def _generate(self, source: nodes.Template, *rest: Any, **options: Any) -> str:
        translated = _Translated(self.catalogue).visit(source)
        written = WithRoles().visit(Tightened().visit(translated))
        return super()._generate(written, *rest, **options)


class _Translated(NodeTransformer):
    """Has `_("…")` translated when the template is compiled, instead of each time it is shown."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - Jinja's name
        """The sentence, where it stands there whole."""
        self.generic_visit(node)
        match node:
            case nodes.Call(node=nodes.Name(name="_"), args=[nodes.Const(value=text)], kwargs=[]):
                return nodes.Const(self._catalogue.gettext(text), lineno=node.lineno)
        return node
