"""Every event the journal may hold: one row each, named `noun.verb_past`."""

from idp.journal.account_events import ACCOUNT_EVENTS
from idp.journal.data_events import DATA_EVENTS
from idp.journal.event import Event
from idp.kit.messages import N_

EVENTS: dict[str, Event] = {
    **ACCOUNT_EVENTS,
    **DATA_EVENTS,
    "signin.succeeded": Event(
        "A code was issued for a live person (outcome success); data: device (browser and system "
        "in words, where known), method (the amr values of the session), device_class, "
        "language (codes of journal.means, for the figures; so in each outcome).",
        N_("Signed in"),
        "success",
        may_disown=True,
    ),
    "signin.refused": Event(
        "A sign-in was refused for `reason` (outcome refused); data: description, method "
        "(where somebody was signed in).",
        N_("Sign-in refused"),
        "warning",
    ),
    "signin.abandoned": Event("A sign-in was not finished in time (outcome abandoned)."),
    "signin.attempt_failed": Event(
        "A factor was wrong; `reason` is the `failure` of its kind, which has words of its own; "
        "data: steps_away (of a code: to which time step it belongs, from the present one).",
        N_("Sign-in attempt failed"),
        "danger",
        may_disown=True,
        is_counted_daily=True,
    ),
    "signin.throttled": Event(
        "An attempt was refused unread while the account waits.",
        N_("Too many attempts"),
        "danger",
        is_counted_daily=True,
    ),
    "signin.silent": Event(
        "prompt=none was answered; audit only, never counted; data: description, nth (of a flood)."
    ),
    "card.compared": Event(
        "A desk compared an ID card once more and went on despite a doubt; data: review."
    ),
    "desk.colleague_needed": Event(
        "An official gave somebody a password and was to give the second step too, or the other "
        "way round, within a day: it was left to a colleague; data: half."
    ),
    "tester.invited": Event("An agency's staff let somebody try an application of the sandbox."),
    "tester.removed": Event("An agency's staff took that back; grants ended."),
    "logout.told": Event("A relying party was told of a session's end; data: attempts, status."),
    "logout.not_told": Event("A relying party could not be told; data: attempts, status."),
    "consent.granted": Event("A person agreed to share claims; data: scopes, claims, resources."),
    "consent.withdrawn": Event("A person withdrew an agreement."),
    "code.redeemed": Event("A code was exchanged for tokens."),
    "code.refused": Event("A code was presented and refused; `reason` names why."),
    "device.redeemed": Event("A device was given tokens for what a person allowed on their phone."),
    "device.refused": Event("A device's request was refused; a few per client, reason and minute."),
    "grant.revoked": Event("Every token of a grant was revoked; `reason` names why."),
    "token.refreshed": Event("A refresh token was rotated."),
    "token.revoked": Event("A client revoked one of its access tokens."),
    "token.refused": Event("A token request was refused; a few per client, reason and minute."),
    "push.refused": Event("A pushed request was refused; a few per client, reason and minute."),
    "introspection.refused": Event("A client asking about tokens was refused, rationed as above."),
    "revocation.refused": Event("A client ending its tokens was refused, rationed as above."),
    "userinfo.refused": Event("An access token opened no claims; rationed as above."),
    "figures.refused": Event("An access token opened no figures; rationed as above."),
    "client_credentials.issued": Event("Machine tokens were issued; a row per client and minute."),
    "jwt_bearer.issued": Event("Machine tokens were given for assertions; a row per minute."),
    "token.exchanged": Event(
        "A service may act for a person at another; data: audience, actors.",
        N_("Acted for you at another service"),
    ),
    "organization.registered": Event(
        "An organization entered the register; data: kind, status, place.", is_by_others=True
    ),
    "organization.status_changed": Event(
        "An organization's status changed; data: status.", is_by_others=True
    ),
    "representation.started": Event(
        "A person acts for a company; data: role, proofing, valid_on.", is_by_others=True
    ),
    "representation.ended": Event(
        "A representation ended; data: role, valid_on, ended_on.", is_by_others=True
    ),
    "representation.refused": Event(
        "Somebody was not let act for an organization, as the business register has it not, or not "
        "as active (reason register_disagrees); data: asked_on, kind (where it is known).",
        is_by_others=True,
    ),
    "relying_party.created": Event(
        "A relying party was registered; data: environment, state.", is_by_others=True
    ),
    "relying_party.updated": Event(
        "A relying party's metadata changed; data: fields.", is_by_others=True
    ),
    "relying_party.logo_kept": Event("The picture behind its logo_uri was fetched; data: sha256."),
    "relying_party.change_proposed": Event(
        "Agency staff asked to change a live relying party.", is_by_others=True
    ),
    "relying_party.change_refused": Event(
        "An operator sent a proposed change back; data: reason.", is_by_others=True
    ),
    "relying_party.state_changed": Event(
        "A relying party moved on; data: from, to, reason.", is_by_others=True
    ),
    "relying_party.secret_rotated": Event(
        "A relying party was given a new secret.", is_by_others=True
    ),
    "register.imported": Event(
        "A file was read into a register; data: register, lines, added, changed, unchanged, sha256 "
        "of the file, imported_at.",
        is_by_others=True,
    ),
    "system.stated": Event(
        "How people sign in to an information system, as it was entered or changed; data: system, "
        "agency, tier, login_state, needs_sign_in.",
        is_by_others=True,
    ),
    "list.delivered": Event(
        "An agency delivered the list of those whom a system served in a month; data: system, "
        "month, version, lines, local_sign_ins, sha256 of the file.",
        is_by_others=True,
    ),
    "denominator.set": Event(
        "A count that rates are taken of was set; data: kind, counted_on, value, replaced, and "
        "in_force_on where days published before keep the count they had.",
        is_by_others=True,
    ),
    "residents.counted": Event(
        "A count of the residents of an age band and sex was set; data: age, sex, counted_on, "
        "value, replaced.",
        is_by_others=True,
    ),
    "figures.revised": Event(
        "Figures or denominators of published days were replaced; data: revision, reason, "
        "first_on, last_on.",
        is_by_others=True,
    ),
    "month.frozen": Event(
        "The figures of a month were published, or published anew; data: month, freeze (its "
        "number), revision (of the month; 0 the first), reason, sha256 (of its rows).",
        is_by_others=True,
    ),
    "satisfaction.counted": Event(
        "Answers to the question after a sign-in, added up as a month froze; data: month, rows "
        "(dimension, code, window, answers, satisfied), none of fewer than 30 answers.",
        is_by_others=True,
    ),
    "digest.chosen": Event(
        "An agency's staff chose whether it gets the monthly digest; data: is_wanted."
    ),
    "figures.rolled_up": Event(
        "Days were closed by command, or counted again (rebuild); data: closed_days, first, last, "
        "rebuild, differences.",
        is_by_others=True,
    ),
    "registration.opened": Event(
        "Software may register itself by a token; data: system, uses.", is_by_others=True
    ),
    "staff.post_started": Event(
        "A person was given a post; data: role, bootstrap (before there were two operators).",
        N_("Appointed to a post"),
        is_by_others=True,
    ),
    "staff.post_held_back": Event(
        "A post waits until two operators agree to it in the console; data: role, because.",
        N_("Your post waits until two operators confirm it"),
        "warning",
        is_by_others=True,
    ),
    "staff.post_confirmed": Event(
        "An operator agreed to a post in the console; data: role, works (the last one needed).",
        N_("An operator confirmed your post"),
        is_by_others=True,
    ),
    "staff.operator_told": Event(
        "An operator is told by mail that a post waits; data: role, because.",
        is_by_others=True,
        notifies=("mail.notice",),
    ),
    "staff.end_told": Event(
        "An operator is told by mail that a post that needs two operators ended; data: role.",
        is_by_others=True,
        notifies=("mail.notice",),
    ),
    "staff.post_ended": Event("A post ended; data: role.", N_("Post ended"), is_by_others=True),
    "key.created": Event(
        "A signing key was made and published; data: kid, alg, signing_at.", is_by_others=True
    ),
    "key.retired": Event(
        "A key signs no more and its private half is deleted; data: kid, alg.", is_by_others=True
    ),
    "key.dropped": Event(
        "A retired key is published no more: all it signed has expired.", is_by_others=True
    ),
    "key.removed": Event(
        "A key was removed at once, all it signed is refused; data: kid, alg.", is_by_others=True
    ),
    "data.reencrypted": Event(
        "All that is encrypted is under the newest secrets; data: rows.", is_by_others=True
    ),
}
