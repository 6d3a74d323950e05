"""A web application that people sign in to: its session, its pages, its way to the provider."""

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Form, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from starlette.exceptions import HTTPException

from relying_party import code_flow
from relying_party.code_flow import Attempt
from relying_party.provider import Provider, SignedIn
from relying_party.refused import Refused
from relying_party.sessions import Session, Sessions
from relying_party.web import is_own_form, make_app, make_pages, single_values


class Site:
    """`app` is the application; whatever raises Refused in it shows the page with that error.

    So does an address that it does not have. The pages are `page.html` of the folder, with
    `values(session)` of yours.
    """

    def __init__(
        self,
        folder: Path,
        *,
        name: str,
        base_url: str,
        provider: Provider,
        values: Callable[[Session], dict[str, Any]],
    ) -> None:
        issuer, self._secure = urlsplit(provider.issuer), base_url.startswith("https://")
        prefix = "__Host-" if self._secure else ""
        self._cookie, self._language = f"{prefix}{name}-session", f"{prefix}{name}-language"
        self._base_url, self._provider, self._provider_host = base_url, provider, issuer.netloc
        self._sessions, self._pages, self._values = Sessions(), make_pages(folder), values
        origin = f"{issuer.scheme}://{issuer.netloc}"
        self.app = make_app(folder, forms_lead_to=origin, is_https=self._secure)
        self.app.exception_handler(Refused)(self._explain)
        self.app.exception_handler(HTTPException)(self._find_nothing)
        self.app.post("/sign-out")(self.sign_out)
        self.app.get("/signed-out")(self.signed_out)
        self.app.post("/backchannel-logout")(self.backchannel_logout)
        self.app.get("/language/{language}")(self.choose_language)

    def session(self, request: Request) -> Session:
        """The browser's session; one that nobody keeps if it has none."""
        return self._sessions.find(request.cookies.get(self._cookie)) or Session()

    def keep(self, request: Request, response: Response, session: Session) -> Response:
        """Give the browser a new key to the session and make its old one useless."""
        self._sessions.remove(request.cookies.get(self._cookie))
        self._set(response, self._cookie, self._sessions.add(session))
        return response

    def start(
        self, request: Request, user: SignedIn, *, target: str, data: dict[str, Any] | None = None
    ) -> Response:
        """Sign them in here under a new key, and go on to one of our pages.

        Sign-ins begun in other tabs still come back, and so do the forms they show of the same
        person.
        """
        before = self.session(request)
        session = Session(user=user, attempts=before.attempts, data=data or {})
        if user.is_same_as(before.user):
            session.csrf = before.csrf
        return self.keep(request, self.redirect(target), session)

    def language(self, request: Request) -> str:
        """`vi`, or `en` when the person chose it or the browser prefers it."""
        chosen = request.cookies.get(self._language) or request.headers.get("accept-language", "")
        return "en" if chosen.lower().startswith("en") else "vi"

    def page(self, request: Request, *, status: int = 200, **values: Any) -> Response:
        """The page in the person's language."""
        language, session = self.language(request), self.session(request)
        shown = {
            "t": lambda vi, en: en if language == "en" else vi,
            "language": language,
            "user": session.user,
            "csrf": session.csrf,
            "error": "",
            "is_closed": False,
            "signed_out": "",
            "provider_host": self._provider_host,
            "desks": f"{self._provider.issuer}/help/desks",
        }
        page = self._pages.get_template("page.html")
        html = page.render(shown | self._values(session) | values)
        return HTMLResponse(html, status_code=status)

    def redirect(self, url: str) -> Response:
        """Send the browser on by GET, whatever it came with."""
        return RedirectResponse(url, status_code=303)

    def leave(self, request: Request, *, scope: str, purpose: str = "", **asked: Any) -> Response:
        """Send the person to the provider; `asked` are further parameters of `code_flow.begin`."""
        url, attempt = code_flow.begin(
            self._provider,
            redirect_uri=f"{self._base_url}/callback",
            scope=scope,
            language=self.language(request),
            purpose=purpose,
            **asked,
        )
        response = self.redirect(url)
        session = self._sessions.find(request.cookies.get(self._cookie))
        if session is None:
            session = Session()
            self.keep(request, response, session)
        session.remember(attempt)
        return response

    def arrive(self, request: Request) -> tuple[SignedIn, Attempt]:
        """Who came back from the provider, and from what; you decide whether they are signed in."""
        query = single_values(request)
        attempt = self.session(request).attempts.pop(query.get("state", ""), None)
        if attempt is None:
            raise Refused("invalid_state")
        return code_flow.finish(self._provider, query, attempt), attempt

    def own_form(self, request: Request, csrf: str) -> tuple[Session, SignedIn]:
        """Whose form this is, which one of our own pages must have shown to this very session."""
        session = self.session(request)
        if session.user is None or not is_own_form(request, csrf, expected=session.csrf):
            raise Refused("form_expired")
        return session, session.user

    def sign_out(self, request: Request, csrf: Annotated[str, Form()] = "") -> Response:
        """End our session, then the provider's."""
        if self.session(request).user is None:
            return self.redirect("/")
        _, user = self.own_form(request, csrf)
        after = Session(data={"sign_out_state": secrets.token_urlsafe(16)})
        try:
            url = code_flow.sign_out_url(
                self._provider,
                user,
                return_to=f"{self._base_url}/signed-out",
                state=after.data["sign_out_state"],
                language=self.language(request),
            )
        except Refused:
            url = "/signed-out"  # the provider does not answer: our own session ends all the same
        return self.keep(request, self.redirect(url), after)

    def signed_out(self, request: Request) -> Response:
        """Back from the provider's sign-out."""
        expected = self.session(request).data.pop("sign_out_state", None)
        is_ended = expected is not None and request.query_params.get("state") == expected
        return self.page(request, signed_out="everywhere" if is_ended else "here")

    def backchannel_logout(self, logout_token: Annotated[str, Form()] = "") -> Response:
        """The provider tells us that a session has ended, here too (Back-Channel Logout 1.0)."""
        try:
            sid, sub = code_flow.read_logout_token(self._provider, logout_token)
        except Refused as refusal:
            return PlainTextResponse(refusal.error, status_code=400)
        self._sessions.sign_out(sid=sid, sub=sub)
        return PlainTextResponse("")

    def choose_language(self, language: str) -> Response:
        """Remember the language and go home."""
        response = self.redirect("/")
        self._set(response, self._language, "en" if language == "en" else "vi")
        return response

    def _explain(self, request: Request, refusal: Refused) -> Response:
        return self.page(
            request, error=refusal.error, is_closed=refusal.is_closed, status=refusal.status
        )

    def _find_nothing(self, request: Request, refusal: HTTPException) -> Response:
        """No such page, or not by this method: the status says which (RFC 9110 15.5)."""
        response = self.page(request, error="not_found", status=refusal.status_code)
        response.headers.update(refusal.headers or {})
        return response

    def _set(self, response: Response, name: str, value: str) -> None:
        response.set_cookie(
            name, value, httponly=True, samesite="lax", secure=self._secure, path="/"
        )
