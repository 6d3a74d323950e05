"""What people get stuck at: one page each, listed in this order."""

from starlette.requests import Request
from starlette.responses import Response

from idp.factors.key_models import name_models
from idp.help.part import HelpPart
from idp.kit.errors import NotFound
from idp.kit.immutable import immutable
from idp.personal_data.deadlines import Deadline, deadline_of
from idp.personal_data.models import RequestKind
from idp.web.cookies import CookieNames
from idp.web.forms import Query
from idp.web.links import back_to_sign_in
from idp.web.messages import N_
from idp.web.part import Site
from idp.web.routes import Router
from idp.web.templates import Pages, render

router = Router()


@immutable
class Topic:
    """A page of help: `slug` is its address, and the name of its template."""

    slug: str
    title: str
    is_rule: bool = False
    """Whether it is no help but says what holds here; listed apart."""
    is_of_demo: bool = False
    """Whether it is there only where everything is made up."""

    @property
    def path(self) -> str:
        """Its address."""
        return f"/help/{self.slug}"


TOPICS = (
    Topic("signing-in", N_("Signing in, step by step")),
    Topic("forgot-password", N_("I forgot my password")),
    Topic("lost-digits", N_("I lost the six digits given when I registered")),
    Topic("lost-phone", N_("I lost my phone, or have a new one")),
    Topic("not-my-request", N_("Somebody asked for my account, or has it")),
    Topic("no-app", N_("I cannot install an app")),
    Topic("passkey", N_("I want to sign in without a password")),
    Topic("did-not-match", N_("My details did not match")),
    Topic("higher-level", N_("A service needs a higher identity level")),
    Topic("close-account", N_("I want to see, correct or delete my data, or close my account")),
    Topic("false-page", N_("Report a false page or call")),
    Topic("your-data", N_("What is kept about you, and your rights"), is_rule=True),
    Topic("cookies", N_("Cookies"), is_rule=True),
    Topic("accessibility", N_("Accessibility"), is_rule=True),
    Topic("terms", N_("Terms of this demonstration"), is_rule=True, is_of_demo=True),
)
_BY_SLUG = {topic.slug: topic for topic in TOPICS}


@immutable
class HelpPage:
    """The first page: all topics."""

    topics: tuple[Topic, ...]


@immutable
class TopicPage:
    """One topic; `sources_days`: for how many days network addresses are kept.

    `closing_days`: for how many an account that was closed can be kept. `correction`, `deletion`:
    by when the law has such a request answered and done. `cookies`: what they are called here.
    `key_models`: of security keys with which the highest level is reached. `back`: to the sign-in
    that led here, or empty.
    """

    topic: Topic
    sources_days: int
    closing_days: int
    offers_post: bool
    """Whether a code may come by post."""
    correction: Deadline
    deletion: Deadline
    cookies: CookieNames
    key_models: tuple[str, ...]
    back: str


def topics_here(request: Request) -> tuple[Topic, ...]:
    """Those there are: some are the demo's alone."""
    is_synthetic = Pages.of(request).is_synthetic
    return tuple(topic for topic in TOPICS if is_synthetic or not topic.is_of_demo)


@router.get("/help")
def show(request: Request) -> Response:
    """Whom to call, where to go, and what others got stuck at; it reads no row."""
    return render(request, "help/help.html", HelpPage(topics_here(request)))


@router.get("/help/{slug}")
def show_topic(request: Request, slug: str, query: Query) -> Response:
    """One topic, or 404; it reads no row."""
    topic = _BY_SLUG.get(slug)
    if topic is None or topic not in topics_here(request):
        raise NotFound(N_("There is no page at this address."))
    part, cookies = HelpPart.of(request), CookieNames.of(request)
    today, rules = Site.of(request).today, Site.of(request).factor_rules
    highest = rules.assurance.levels[-1]
    page = TopicPage(
        topic=topic,
        sources_days=part.sources_days,
        closing_days=part.closing_days,
        offers_post=part.offers_post,
        correction=deadline_of(RequestKind.CORRECTION, on=today),
        deletion=deadline_of(RequestKind.DELETION, on=today),
        cookies=cookies,
        key_models=name_models(rules.models, least=highest.authentication),
        back=back_to_sign_in(query),
    )
    return render(request, f"help/{topic.slug}.html", page)
