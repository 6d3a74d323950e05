"""The parameter `claims`: single claims asked for, where, and with which values (Core 5.5)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from idp.kit.strict_json import parse_object

LOCATIONS = ("userinfo", "id_token")


@dataclass(frozen=True)
class AskedClaim:
    """How one claim is asked for. No values: any will do."""

    is_essential: bool = False
    values: tuple[Any, ...] = ()


@dataclass(frozen=True)
class ClaimsRequest:
    """What is asked for in each location, by claim name."""

    userinfo: Mapping[str, AskedClaim] = field(default_factory=dict)
    id_token: Mapping[str, AskedClaim] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """Every claim asked for, each once."""
        return tuple(dict.fromkeys([*self.userinfo, *self.id_token]))

    @property
    def essential_acrs(self) -> tuple[str, ...]:
        """The values of an essential `acr` in the ID token, most preferred first (5.5.1.1)."""
        asked = self.id_token.get("acr", AskedClaim())
        return _texts(asked) if asked.is_essential else ()

    @property
    def voluntary_acrs(self) -> tuple[str, ...]:
        """The values of an `acr` that is asked for but not essential."""
        asked = self.id_token.get("acr", AskedClaim())
        return () if asked.is_essential else _texts(asked)

    @property
    def subjects(self) -> frozenset[str] | None:
        """Whom the answer must be about; None for anybody."""
        asked = [self.id_token.get("sub"), self.userinfo.get("sub")]
        named = [frozenset(_texts(claim)) for claim in asked if claim and claim.values]
        return frozenset.intersection(*named) if named else None


def read_claims(text: str) -> ClaimsRequest:
    """The parameter as sent; empty for none. Members nobody knows are ignored.

    Raises ValueError for what is no JSON object of the form in Core 5.5.
    """
    if not text:
        return ClaimsRequest()
    document = parse_object(text)
    return ClaimsRequest(*(_location(document.get(name)) for name in LOCATIONS))


def _location(asked: object) -> dict[str, AskedClaim]:
    if asked is None:
        return {}
    if not isinstance(asked, dict):
        raise ValueError("a location is not an object")
    return {name: _claim(value) for name, value in asked.items()}


def _claim(asked: object) -> AskedClaim:
    if asked is None:
        return AskedClaim()
    if not isinstance(asked, dict):
        raise ValueError("a claim is neither null nor an object")
    is_essential, values = asked.get("essential", False), asked.get("values", [])
    if not isinstance(is_essential, bool) or not isinstance(values, list):
        raise ValueError("essential is true or false, values a list")
    if "value" in asked:
        values = [asked["value"], *values]
    return AskedClaim(is_essential, tuple(values))


def _texts(claim: AskedClaim) -> tuple[str, ...]:
    return tuple(value for value in claim.values if isinstance(value, str))
