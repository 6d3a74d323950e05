"""Every table, for Alembic and the tests."""

import idp.accounts.models
import idp.catalogue.models
import idp.consents.models
import idp.desks.models
import idp.factors.models
import idp.figures.day_models
import idp.figures.digests
import idp.figures.indicators
import idp.figures.lists.models
import idp.figures.models
import idp.figures.month_models
import idp.interactions.models
import idp.journal.models
import idp.keys.models
import idp.mandates.models
import idp.organizations.models
import idp.outbox.models
import idp.people.models
import idp.personal_data.models
import idp.places.models
import idp.rate_limits
import idp.recovery.models
import idp.relying_parties.models
import idp.satisfaction.models
import idp.sessions.models
import idp.settings.deployment
import idp.testers.models
import idp.tokens.models
from idp.kit.db import Base

metadata = Base.metadata

__all__ = ["metadata"]
