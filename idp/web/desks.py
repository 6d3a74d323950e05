"""Sentences that send somebody to a desk: whoever shows one shows the way there beside it.

Templates know their own sentences and call `desks()` of `macros/help.html`. What code says is told
by its English words, wherever it is shown: the forms' errors, the error page, mail.
"""

import re

from idp.web.messages import Message

_SENDS = re.compile(r"\b(one-stop shop|public service centre)\b")
PATH = "/help/desks"
"""Where desks are listed."""


def sends_to_desk(sentence: str | Message) -> bool:
    """Whether it, in English, sends its reader to one."""
    text = sentence.forms[0] if isinstance(sentence, Message) else sentence
    return _SENDS.search(text) is not None
