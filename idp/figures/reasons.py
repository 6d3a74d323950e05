"""How sign-ins end otherwise than by success, in words: one table for pages, files and reports."""

from idp.kit.messages import N_

TOO_LOW, ABANDONED = "unmet_authentication_requirements", "abandoned"
REASONS = {
    TOO_LOW: N_("refused, as the identity level was too low"),
    ABANDONED: N_("given up"),
    "access_denied": N_("refused, as the person or the application’s rules said no"),
    "consent_required": N_("refused, as the person had not agreed to hand on data"),
    "interaction_required": N_("refused, as a choice or a contact was missing"),
    "too_many_failures": N_("refused after too many wrong attempts"),
    "login_required": N_("refused, as the person had not signed in"),
    "server_error": N_("refused for a fault here"),
}
"""As the journal has them; one that is new has no words yet."""
OTHERWISE = N_("refused otherwise")
