"""What this provider takes of the factors that somebody has shown, as it stands now.

A session holds what was shown (`sessions.evidence`); what that counts for is read by these each
time. What policy takes no more counts for nothing from the next use on, and a key whose model is
listed no more counts as a passkey.
"""

from dataclasses import field
from datetime import timedelta
from uuid import UUID

from idp.assurance.evidence import Factor
from idp.factors.key_models import NO_MODELS, KeyModels, strongest_model
from idp.factors.kinds import Kind, strongest_authentication, usable
from idp.kit.immutable import immutable
from idp.settings.people import AssuranceSettings


@immutable
class FactorRules:
    """The settings that say it. Those of nobody's settings are the strictest: take the least."""

    assurance: AssuranceSettings = field(default_factory=AssuranceSettings)
    models: KeyModels = field(default_factory=lambda: NO_MODELS)

    def counted(self, kind: Kind, *, model: UUID | None = None, age: timedelta) -> Factor | None:
        """As what one of that kind counts that was shown so long ago.

        And of that model, if its maker vouched for it. None for what is not taken. How much of a
        proofing it speaks for, its `Trust` says.
        """
        if not usable((kind,), self.assurance, proofing=kind.speaks_for):
            return None
        is_fresh = age <= self.assurance.hardware_fresh
        found = self.models.get(model) if model and is_fresh else None
        return found.factor if found else kind

    @property
    def strongest(self) -> int:
        """The highest level of authentication that anybody can reach here."""
        return max(strongest_authentication(), strongest_model(self.models))


STRICTEST = FactorRules()
