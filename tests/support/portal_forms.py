"""The portal's form about an application, which has parts, filled in as one."""

import re
from collections.abc import Mapping

from idp.portal.form_parts import NEW, PARTS
from tests.support.staff import BASE
from tests.support.visitor import Page, Visitor


def edit(visitor: Visitor, address: str, changes: Mapping[str, str]) -> Page:
    """Change an application part by part; the page after the last of them, or the first refused.

    `address` is the application's page in the portal.
    """
    page = visitor.open(address)
    for name, part in PARTS.items():
        sent = {key: value for key, value in changes.items() if _field(key) in part.fields}
        if sent:
            page = visitor.submit(visitor.open(f"{address}/edit/{name}"), sent)
        if page.is_refused or page.status != 200:
            break
    return page


def register(visitor: Visitor, fields: Mapping[str, str]) -> Page:
    """Register an application, then change what that form does not ask for.

    The page with its secret, or where it has none its own; or the first that is refused.
    """
    system = f"?system={fields['system']}" if "system" in fields else ""
    form = visitor.open(f"{BASE}/portal/new{system}")
    asked = {key: value for key, value in fields.items() if _field(key) in NEW.fields}
    made = visitor.post(f"{BASE}/portal/new", {**form.form("party_id").fields, **asked})
    rest = {key: value for key, value in fields.items() if key not in asked}
    found = re.search(r"/portal/applications/[a-z]+-[0-9a-f]{20}", made.text)
    if made.is_refused or not rest or found is None:
        return made
    changed = edit(visitor, BASE + found[0], rest)
    return changed if changed.is_refused else made


def _field(key: str) -> str:
    """Of what is sent: boxes are sent as `field.choice`."""
    return key.partition(".")[0]
