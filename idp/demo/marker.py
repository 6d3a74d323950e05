"""Telling a database that holds the synthetic country: its denominators say that they are."""

from sqlalchemy import Engine, exists, select
from sqlalchemy.orm import Session

from idp.figures.models import Denominator
from idp.kit.db import transaction
from idp.kit.errors import ConfigurationError


def holds_demo(db: Session) -> bool:
    """Whether the synthetic country is in this database."""
    return bool(db.scalar(select(exists().where(Denominator.is_synthetic))))


def refuse_demo_data(engine: Engine) -> None:
    """Raise ConfigurationError when the database holds invented people; production asks first."""
    with transaction(engine) as db:
        if holds_demo(db):
            raise ConfigurationError(
                "This database holds the synthetic country of `idp demo`, which production never "
                "serves: give production a database of its own."
            )
