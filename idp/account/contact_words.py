"""What the page of a contact says, where an e-mail address and a phone number differ."""

from collections.abc import Mapping

from idp.kit.immutable import immutable
from idp.people.models import ContactKind
from idp.web.messages import N_, Message


@immutable(kw_only=True)
class ContactWords:
    """The words of one kind, in the order of the page; messages are what an act comes to."""

    title: str
    lead: str
    changed: str
    take_back: str
    label: str
    another: str
    not_offered: str
    done: Message
    meaning: Message
    nothing_back: Message
    undone: Message


WORDS: Mapping[ContactKind, ContactWords] = {
    ContactKind.EMAIL: ContactWords(
        title=N_("My e-mail address"),
        lead=N_(
            "News about your account is sent there: a new password, a new second step, a changed "
            "level. Services learn it only where you agree."
        ),
        changed=N_("Your e-mail address was changed"),
        take_back=N_("Have the address back"),
        label=N_("E-mail"),
        another=N_("Another e-mail address"),
        not_offered=N_("This site sends no mail, so an address cannot be confirmed here."),
        done=Message("Your e-mail address is confirmed."),
        meaning=Message("News about your account, such as a new password, is sent there."),
        nothing_back=Message("There is no address to have back any more."),
        undone=Message("Your e-mail address is as before."),
    ),
    ContactKind.PHONE: ContactWords(
        title=N_("My phone number"),
        lead=N_(
            "News about your account is sent there by text message. Alone it signs nobody in. "
            "Services learn it only where you agree."
        ),
        changed=N_("Your phone number was changed"),
        take_back=N_("Have the number back"),
        label=N_("Phone"),
        another=N_("Another mobile phone number"),
        not_offered=N_("This site sends no text messages, so a number cannot be confirmed here."),
        done=Message("Your phone number is confirmed."),
        meaning=Message("News about your account, such as a new password, is sent there."),
        nothing_back=Message("There is no number to have back any more."),
        undone=Message("Your phone number is as before."),
    ),
}
