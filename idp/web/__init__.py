"""Shared HTTP equipment: what every surface needs and none may do in its own way.

Surfaces call it; it knows no surface, and of the domain only the journal's error reports. It
holds no rule of the product.

An application is made with `equip.equip(app, parts, …)`: what rooms are handed, middleware, error
answers, `/static/…` and `/language`. A room reads its own part: `Site.of(request).today`.

A page, whole:

    @router.post("/signin/{interaction_id}/password")
    def password(request: Request, browser: BrowserId, form: OwnForm, …) -> Response:
        with transaction(request) as db:      # web.db; inside the route, never a dependency
            …
            left = {"errors": …}               # a form is always answered by going to a page
            return leave(request, "/…", left, whose=session.sid)
        return go_and_tell(request, "/…", Message("…"), meaning=Message("…"))

    access.page_for, as_route          the same opening for many pages, written once: who may come
                                       in, and the transaction (`owner_page`, `step_page` …)
    routes.room_router                 finds a room's pages by their `router`
    browser.BrowserId, session_token   what the cookies carry; sessions/ looks the session up
    cookies.set_session, clear_session noted on the request; written out with any response
    csrf.OwnForm                       the fields of our own form, checked; for every page's POST
    kept.leave, leave_if_it_fits, read_left
                                       what a refused form leaves for its page
    told.go_and_tell                   after an action: what happened, what it means, where to go on
    repeats.answer_again, keep         a form of somebody signed in, sent twice, has one answer
    over.show_over                     the page for a sign-in that is over
    forms.Form, forms.Query            strict fields, no CSRF check; for protocol endpoints
    language.language_of               a code of the table in `kit.languages`
    messages.N_, messages.Message      mark an English sentence in Python for translation
    headers.allow_form_action          where this page's forms may lead besides here
    links.absolute_url, local_return, is_local_return, back_to_sign_in
    trusted_proxy.client_ip, client_certificate
                                       the client's address and certificate, as the proxy says
    errors.respond, oauth_error        the two renderers; where a route cannot go on, raise one of
                                       kit.errors or refusals.RequestRefused instead

Templates live in `idp/templates/<room>/<page>.html`, mirrored by room:

    {% extends "layout.html" %}        a narrow card; "wide.html" for working pages
    {% from "macros/form.html" import field, button %}
    {% from "macros/display.html" import notice, tag, summary_list, data_table %}
    {% block title %}{{ _("Sign in") }}{% endblock %}    the tab's title and the page's only h1
    {% block content %}
    <form method="post" action="…" novalidate>{{ csrf_field() }}
      {{ field("identifier", _("Personal number"), value=page.identifier,
               error=page.errors.get("identifier", ""), autocomplete="username") }}
      {{ button(_("Continue")) }}
    </form>
    {% endblock %}

A form is `<form … novalidate>`, with `username(number)` beside a password; an empty field is
refused by a sentence of ours that names it. Buttons alike have `about=`. In headings the words of
`locale/<language>/words.txt` are kept together.

Further blocks: `lead` (after the h1), `above` (before it, on wide pages: the macro `crumbs`),
`below` (under the card), `account` (header, right side), `nav` (under the header; use the macro
`nav`), `head`. Levels of assurance are told in words by the macros of `macros/level.html`; a
sentence that sends somebody to a desk has `desks()` of `macros/help.html` behind it.
The macros' arguments are listed at the top of `macros/form.html` and `macros/display.html`.
Classes of `static/app.css` worth knowing: `actions` (a row of buttons), `links`,
`going` (service and agency on a sign-in page), `claims`,
`panel`, `grid`, `prose`, `lead`, `soft`, `hint`, `qr`, and `chart` (an inline SVG).

In a template: `page` (the frozen dataclass given to `render`; its `errors`, field name → sentence,
becomes a linked summary), `shell` (language, language_links, is_synthetic), `csrf_field()`,
`take_nonce()` (allows one inline script), `_(text, name=value)` with `%(name)s` placeholders (also
for sentences marked in Python), `ngettext(one, many, count)` with `%(num)s` for all that is counted
(or `{% trans num=… %}…{% pluralize %}…{% endtrans %}`), `static_url("app.css")`, `language`, who
runs this: `operator` (its settings), `operator_name` and `operator_address` in this language,
`product` (what this provider is called in it), `host`, and written out once for all pages `footer`
and `recognise`; filters `number(decimals)`, `percent(decimals)`, `at_most`, `change`, `date`,
`time`, `datetime`, `month`, and `said` (a `Message` whose values are months, decimals or messages);
the test `sending_to_desk` of a sentence. Undefined names are errors. Values are never marked safe.

Each sentence has its translation in `idp/locale/<language>/<room>.po`; `tests/web/test_messages.py`
tells what is missing.
"""
