"""What an operator need not look up before deciding about an application."""

from sqlalchemy.orm import Session

from idp.catalogue.lookup import find_foreign_services
from idp.kit.immutable import immutable
from idp.relying_parties.client_fields import ClientMetadata
from idp.relying_parties.lookup import PartyRecord


@immutable
class Check:
    """One thing an operator need not look up: a stable name, whether it holds, what was seen."""

    name: str
    is_met: bool
    seen: tuple[str, ...] = ()


def list_checks(db: Session, record: PartyRecord, *, metadata: ClientMetadata) -> tuple[Check, ...]:
    """What is verified about a submission before an operator decides."""
    uris = metadata.redirect_uris + metadata.post_logout_redirect_uris
    plain = tuple(uri for uri in uris if uri.startswith("http:"))
    private = tuple(uri for uri in uris if not uri.startswith(("http:", "https:")))
    is_web = bool(plain) or not private
    codes = metadata.service
    foreign = find_foreign_services(db, codes=codes, system_id=record.party.system_id)
    return (
        *([Check("https", not plain, plain or metadata.redirect_uris)] if is_web else []),
        *([Check("scheme", is_met=False, seen=private)] if private else []),
        Check("service", bool(codes), codes),
        *([Check("own", not foreign, tuple(sorted(foreign)))] if codes else []),
        Check("agency", record.agency.ended_on is None, (record.agency.code,)),
        Check("pkce", metadata.require_pkce),
    )
