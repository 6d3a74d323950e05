"""What a relying party asks at /authorize."""

from collections.abc import Mapping
from dataclasses import fields

from idp.kit.immutable import immutable

MAX_LENGTH = 4096
"""Characters in one parameter."""


@immutable(kw_only=True)
class AuthorizationRequest:
    """The parameters exactly as sent; empty means omitted (RFC 6749 section 3.1).

    Parameters that are not listed are ignored (OIDC Core 3.1.2.1).
    """

    client_id: str = ""
    redirect_uri: str = ""
    response_type: str = ""
    response_mode: str = ""
    scope: str = ""
    state: str = ""
    nonce: str = ""
    code_challenge: str = ""
    code_challenge_method: str = ""
    prompt: str = ""
    max_age: str = ""
    login_hint: str = ""
    ui_locales: str = ""
    acr_values: str = ""
    claims: str = ""
    resource: str = ""
    id_token_hint: str = ""
    request: str = ""
    request_uri: str = ""
    registration: str = ""
    dpop_jkt: str = ""
    pushed_as: str = ""
    """Not a parameter: the digest, in hex, of the handle under which the request was pushed."""
    hinted_subject: str = ""
    """Not a parameter: whom `id_token_hint` names, when the request comes out of an interaction."""

    @classmethod
    def read(cls, parameters: Mapping[str, str]) -> "AuthorizationRequest":
        """Take the known parameters out of a query or a form."""
        return cls(**{name: parameters[name] for name in _NAMES if name in parameters})

    @classmethod
    def read_stored(cls, parameters: Mapping[str, str]) -> "AuthorizationRequest":
        """Take the request out of an interaction, or out of what was pushed."""
        stored = (*_NAMES, *_OURS)
        return cls(**{name: parameters[name] for name in stored if name in parameters})

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The parameters that are looked at."""
        return _NAMES

    def sent(self) -> dict[str, str]:
        """What is not empty: what `read_stored` makes the same request of again."""
        return {name: value for name, value in vars(self).items() if value}

    def stored(self, *, hinted_subject: str = "") -> dict[str, str]:
        """The same without what may tell who somebody is.

        `login_hint` decides nothing; of `id_token_hint` the subject stays.
        """
        known = {**self.sent(), **({"hinted_subject": hinted_subject} if hinted_subject else {})}
        return {name: value for name, value in known.items() if name not in _PERSONAL}

    @property
    def asked_for(self) -> frozenset[str]:
        """What the answer is to hold, of `code`, `token` and `id_token`."""
        return frozenset(self.response_type.split())

    @property
    def scopes(self) -> tuple[str, ...]:
        """Scope values, each once, in the order sent."""
        return tuple(dict.fromkeys(self.scope.split()))

    @property
    def prompts(self) -> frozenset[str]:
        """Values of `prompt`."""
        return frozenset(self.prompt.split())

    @property
    def is_silent(self) -> bool:
        """Whether no page may be shown: audit only, never a sign-in begun."""
        return "none" in self.prompts

    @property
    def acrs(self) -> tuple[str, ...]:
        """The levels named, most preferred first."""
        return tuple(self.acr_values.split())


_OURS = ("pushed_as", "hinted_subject")
_PERSONAL = ("login_hint", "id_token_hint")
_NAMES = tuple(f.name for f in fields(AuthorizationRequest) if f.name not in _OURS)
