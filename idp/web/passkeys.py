"""What a page asks of a browser that may have passkeys: the form of `macros/passkey.html`."""

from dataclasses import dataclass, field

from idp.factors.ceremony import Purpose


@dataclass(frozen=True)
class AskedPasskey:
    """Where the answer goes, for what, and the options as JSON."""

    action: str
    purpose: Purpose
    options: str = field(repr=False)
