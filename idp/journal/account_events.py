"""Events about a person's own account: rows of the catalogue (`journal.events`)."""

from idp.journal.event import TOLD, Event
from idp.kit.messages import N_

_RECOVERY = ("mail.recovery", "sms.recovery")
ACCOUNT_EVENTS: dict[str, Event] = {
    "person.registered": Event(
        "An account was made; data: proofing, review, place (code of the province they live in), "
        "born (the year), sex."
    ),
    "person.proofed": Event(
        "Identity was proven to another level, and access ended; data: proofing, place (where the "
        "register says another); born, sex (where it does).",
        N_("Identity level changed"),
        "warning",
        notifies=TOLD,
    ),
    "person.place_changed": Event(
        "A person lives in another province; data: place (its code, none where it is not known), "
        "valid_on (since when), reason.",
        is_by_others=True,
    ),
    "person.reclaimed": Event(
        "A desk gave an account to whom its number belongs; all that was in it ended.",
        N_("Account given back to you at a desk"),
        "warning",
    ),
    "person.status_changed": Event(
        "An account was suspended, closed or reopened; data: status.",
        N_("Account suspended, closed or reopened"),
        "warning",
        is_by_others=True,
        notifies=TOLD,
    ),
    "person.password_changed": Event(
        "A password was set; sessions and grants ended.",
        N_("Password changed"),
        may_disown=True,
        notifies=TOLD,
    ),
    "identifier.evicted": Event(
        "A number moved to who had shown more.", is_by_others=True, notifies=TOLD
    ),
    "factor.enrolled": Event(
        "A second factor was set up; data: kind, by, carries_proofing, carries_from (later).",
        N_("Second step set up"),
        "warning",
        may_disown=True,
        notifies=TOLD,
    ),
    "factor.replaced": Event(
        "A set of recovery codes took the place of the one before; data as of factor.enrolled.",
        N_("New recovery codes made"),
        "warning",
        may_disown=True,
        notifies=TOLD,
    ),
    "recovery_code.used": Event(
        "A recovery code was right, and is used up; data: left.",
        N_("Recovery code used"),
        "warning",
        may_disown=True,
        notifies=TOLD,
    ),
    "factor.confirmed": Event(
        "A second factor carries its person's proofing; data: kind, by, carries_proofing.",
        N_("Second step confirmed"),
        notifies=TOLD,
    ),
    "factor.locked": Event(
        "A person locked a way to sign in of theirs; sessions that used it ended; data: kind.",
        N_("Second step locked"),
        "warning",
        may_disown=True,
        notifies=TOLD,
    ),
    "factor.unlocked": Event(
        "They unlocked it; data: kind.",
        N_("Second step unlocked"),
        "warning",
        may_disown=True,
        notifies=TOLD,
    ),
    "factor.suspended": Event(
        "A person took a way to sign in of theirs away; it can be had back for a day; data: kind.",
        N_("Second step taken away"),
        "warning",
        may_disown=True,
        notifies=TOLD,
    ),
    "factor.restored": Event(
        "They had it back; data: kind.",
        N_("Second step had back"),
        "warning",
        may_disown=True,
        notifies=TOLD,
    ),
    "factor.removed": Event(
        "A second factor was removed; data: kind.",
        N_("Second step removed"),
        notifies=TOLD,
    ),
    "factor.set_aside": Event(
        "One rests after session.disowned, and can be had back for a day, or after recovery.done; "
        "data: kind, until.",
        N_("Second step suspended"),
        "warning",
    ),
    "passkey.locked": Event(
        "A passkey of one device alone told a count that is not above the last one: somebody has a "
        "copy, so it is locked, and sessions that used it ended; data: kind.",
        N_("Passkey locked: it may have been copied"),
        "danger",
        notifies=TOLD,
    ),
    "passkey.counter_back": Event(
        "A passkey that can be synced told a count not above the last one, as some managers do; it "
        "was taken; data: was, is."
    ),
    "factor.deleted": Event(
        "What was taken away or rested was not had back in time: its secret is deleted; data: "
        "kind.",
        N_("Second step deleted: it was not had back in time"),
        is_by_others=True,
    ),
    "contact.changed": Event(
        "A contact took another's place, or was the first of its kind; data: kind, changed_at (as "
        "the contacts' rows say it).",
        N_("Contact changed"),
        "warning",
        may_disown=True,
        notifies=TOLD,
    ),
    "contact.undone": Event(
        "The contact before a change is the person's again; data: kind.",
        N_("Contact changed back"),
        may_disown=True,
        notifies=TOLD,
    ),
    "letter.asked": Event(
        "Somebody had a code sent by post to where the register says they live.",
        N_("Code by post asked for"),
    ),
    "letter.returned": Event(
        "The post brought a letter with a code back, and it is good no more.",
        N_("A letter to you came back"),
        "warning",
        is_by_others=True,
        notifies=TOLD,
    ),
    "letters.printed": Event(
        "An official had letters with codes made, which they alone may read for an hour; data: "
        "batch, letters, again (the batch they take the place of)."
    ),
    "letters.read": Event("They opened them to print, or as a file; data: batch, form."),
    "letters.confirmed": Event(
        "They said that all are printed, and what was read is erased; data: batch."
    ),
    "recovery.begun": Event(
        "Somebody who reads the account's mail or text messages waits to get it back without "
        "another factor.",
        N_("Somebody asked to get your account back"),
        "danger",
        notifies=_RECOVERY,
    ),
    "recovery.waits": Event("The same, told again while it waits.", notifies=_RECOVERY),
    "recovery.ready": Event(
        "The wait is over: a new password can be set.",
        N_("Your account can be taken back now"),
        "danger",
        notifies=_RECOVERY,
    ),
    "recovery.done": Event(
        "A new password was set by way of a recovery; data: shown, or empty where it waited; kind: "
        "waited, where its owner can take it back.",
        N_("Account got back with a new password"),
        "warning",
        notifies=_RECOVERY,
    ),
    "recovery.cancelled": Event(
        "A recovery was stopped; `reason` says how: link, code, sign_in, browser, overtaken.",
        N_("Getting the account back was stopped"),
        "success",
        notifies=_RECOVERY,
    ),
    "recovery.taken_back": Event(
        "Who showed what the account had before undid a recovery that had waited.",
        N_("Account taken back by who had it before"),
        "warning",
        notifies=_RECOVERY,
    ),
    "recovery.expired": Event("A recovery was not finished within 72 hours of being ready."),
    "recovery.refused": Event(
        "A recovery ended without effect; `reason`: unreached (no notice was accepted), operator.",
        N_("Getting the account back was refused"),
        notifies=_RECOVERY,
    ),
    "session.started": Event(
        "A session began; data: authentication, amr, device (as of signin.succeeded).",
        N_("Signed in"),
        "success",
        only_here=True,
        may_disown=True,
    ),
    "session.disowned": Event(
        "A person said that something was not them: access ended, the password is void; data: "
        "event and entry (what it was, and its id here).",
        N_("You said: this was not me"),
        "warning",
        notifies=TOLD,
    ),
    "session.raised": Event("A session reached a higher or newer authentication."),
    "session.ended": Event("A session was ended; `reason` says by what."),
}
