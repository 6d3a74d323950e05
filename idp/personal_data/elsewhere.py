"""What is in no export of a person's data, and why: with `sections` every table there is."""

from collections.abc import Mapping

NOT_IN_IT: Mapping[str, str] = {
    "authorization_code": "its grant is in the export; it is a digest, gone in a day",
    "refresh_token": "its grant is in the export; it is a digest",
    "revoked_access_token": "the id of a token, of which nobody knows whose it was",
    "device_request": "who allows a device has its grant in the export; gone in a day",
    "interaction": "who types a number is not known to be its owner; gone in a day",
    "sent_form": "known by the browser alone, and sealed under what it sent; gone in an hour",
    "pushed_request": "what a service asked, sealed; gone in a day",
    "failure_counter": "a keyed digest of who typed wrong, be it the owner or not; gone in hours",
    "rate_count": "a keyed digest of what is counted; gone in hours",
    "used_id": "digests of what services presented",
    "journal_source": "its address stands beside the entry of the journal that names it",
    "adoption_bitmap": "one bit for a month, under the analytics number, which is in the export",
    "adoption_day_set": "the same, for a day, gone after 400 days",
    "adoption_month_set": "the same, for a month, under the analytics number",
    "delivered_set": "one bit for a month at a system, under the analytics number",
    "listed_unknown": "a keyed digest of a number without an account, gone after thirteen months",
    "listed_known": "the analytics number beside one that means nothing without that digest",
    "relying_party": "who of an agency's staff made an application: the agency's record",
    "letter_batch": "which official printed letters, and how many: the operator's record",
    "initial_access_token": "who of an operator's staff let software register: their record",
}
"""Tables that refer to a person, or might."""
OF_NOBODY = frozenset(
    {
        *("adoption_day", "adoption_figure", "adoption_revision", "adoption_service_use"),
        *("adoption_action", "adoption_month", "adoption_month_read", "adoption_slice"),
        *("adoption_day_read", "adoption_rolling"),
        *("adoption_today", "agency", "delivered_list", "denominator", "deployment", "desk"),
        *("digest_refusal", "error_report", "group_denominator", "place_denominator"),
        *(
            "host_tenure",
            "indicator",
            "information_system",
            "journal_seal",
            "organization",
            "place",
        ),
        *("place_succession", "public_service", "reencryption", "satisfaction_count"),
        *("relying_party_logo", "relying_party_service", "signing_key"),
    }
)
"""Tables that say nothing of any person."""
