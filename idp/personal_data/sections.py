"""All parts of one's data, in the order of the page.

A test walks over all tables: one that is in no part is in `elsewhere`, with the reason why.
"""

from idp.personal_data.access import ACCESS
from idp.personal_data.history import HISTORY, MESSAGES
from idp.personal_data.identity import IDENTITY
from idp.personal_data.section import Section
from idp.personal_data.sharing import SHARING

SECTIONS: tuple[Section, ...] = (*IDENTITY, *SHARING, *ACCESS, MESSAGES, HISTORY)
