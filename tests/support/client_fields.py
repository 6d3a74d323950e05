"""For each client field a value of its own, other than the default."""

from typing import Any

from joserfc.jwk import ECKey

from idp.relying_parties.client_fields import FIELDS
from idp.relying_parties.field_kinds import LINES, SWITCH

PURPOSE = {
    "purpose_vi": "đổi giấy phép lái xe",
    "purpose_en": "exchanging your driving licence",
    "policy_uri": "https://gplx.example.vn/policy",
}
"""What production needs besides: what people's data is for, and how it is handled."""
_KEY = ECKey.generate_key("P-256", parameters={"kid": "its-key"}).as_dict(private=False)
_OWN: dict[str, Any] = {
    "client_name": "Tên khác",
    "client_name_en": "Another name",
    "purpose_vi": PURPOSE["purpose_vi"],
    "purpose_en": PURPOSE["purpose_en"],
    "claim_purposes_vi": ("phone_number: để báo khi có kết quả", "email: để gửi biên nhận"),
    "claim_purposes_en": ("phone_number: to tell you when it is done",),
    "needed_claims": ("email",),
    "service": ("1.001234",),
    "jwks": {"keys": [_KEY]},
    "default_max_age": 86_400,
    "scope": "openid email reports.read",
    "default_acr_values": ("LoA3", "LoA2"),
    "contacts": ("dev@rp.example.vn",),
    "exchange_clients": ("city-portal",),
    "grant_types": ("authorization_code", "implicit"),
    "response_types": ("code", "id_token"),
    "tls_client_auth_subject_dn": "CN=rp.example",
    "tls_client_auth_san_dns": "rp.example",
    "tls_client_auth_san_uri": "https://rp.example/certificate",
    "tls_client_auth_san_ip": "192.0.2.7",
    "tls_client_auth_san_email": "certificate@rp.example",
}


def other_value(name: str) -> Any:
    """What a client may have registered instead of the default, by the field's own rules."""
    row = FIELDS[name]
    if name in _OWN:
        return _OWN[name]
    if row.choices:
        return next(choice for choice in reversed(row.choices) if choice != row.default)
    if row.kind is SWITCH:
        return not row.default
    address = f"https://rp.example/{name}"
    return (address,) if row.kind is LINES else address
