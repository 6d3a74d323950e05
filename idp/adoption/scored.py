"""Provinces and ministries with their scores, and what else is known of them as units."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from sqlalchemy.orm import Session

from idp.adoption.filters import Chosen
from idp.adoption.part import AdoptionPart
from idp.figures.frozen import FrozenMonth
from idp.figures.score import Class, Component, Measure, Score, Share, UnitKind, components, score
from idp.figures.unit_lists import read_list_measures
from idp.figures.unit_measures import Asked, Unit, read_units
from idp.figures.units import units
from idp.kit.immutable import immutable
from idp.kit.shares import at_most, cut_down
from idp.web.messages import N_

CLASSES = {
    Class.EXCELLENT: N_("excellent"),
    Class.GOOD: N_("good"),
    Class.FAIR: N_("fair"),
    Class.AVERAGE: N_("average"),
    Class.WEAK: N_("weak"),
}


@immutable
class Scored:
    """A unit with its score."""

    unit: Unit
    score: Score

    @property
    def worst(self) -> Component | None:
        """Through which it loses most."""
        return self.score.lost[0].component if self.score.lost else None

    @property
    def rank_by(self) -> float:
        """Of the points that were measurable, so many; those of whom nothing is come last."""
        return float(self.score.points / self.score.measurable) if self.score.measurable else 2


@immutable
class UnitFigures:
    """What stands of a unit beside its rate; None: not known in that month."""

    systems: Share | None
    """With this sign-in alone, of those that need one."""
    local: Decimal | None
    """Percent of sign-ins past this one, the mean of its systems; without a list, all of them."""
    services: Share | None = None
    """Of level 4, with a centralized sign-in that was tested; as the registry has them today."""
    total: Decimal | None = None
    name: str = ""
    """The total's class, in English."""


def read_scored(
    db: Session, month: FrozenMonth, kind: UnitKind, part: AdoptionPart
) -> list[Scored]:
    """The units of one kind, the lowest score first."""
    rules = components(month.month_on)
    asked = Asked(part.target, part.catch_up_on)
    found = read_units(db, month, kind, asked=asked)
    scored = [Scored(unit, score(unit.measures, kind=kind, rules=rules)) for unit in found]
    return sorted(scored, key=lambda each: each.rank_by)


def read_unit_figures(
    db: Session, chosen: Chosen, kind: UnitKind, part: AdoptionPart
) -> dict[str, UnitFigures]:
    """By code. Of months before the newest no score and no services: the registry has no past."""
    if chosen.month == chosen.months[-1]:
        found = read_scored(db, chosen.month, kind, part)
        return {each.unit.code: _of(each.unit.measures, each.score) for each in found}
    told = read_list_measures(db, chosen.month, unit_of=dict(units(db.connection())))
    return {code: _of(measures, None) for (of, code), measures in told.items() if of is kind}


def _of(measures: Mapping[str, Measure], known: Score | None) -> UnitFigures:
    kept = _share(measures.get("no_leakage"))
    total = known.total if known else None
    return UnitFigures(
        systems=_share(measures.get("exclusive_systems")),
        local=None if kept is None else at_most(float(100 - kept.percent), 0),
        services=_share(measures.get("tested_services")) if known else None,
        total=None if total is None else cut_points(total),
        name=CLASSES[known.name] if known and known.name else "",
    )


def cut_points(points: Fraction) -> Decimal:
    """With a decimal, cut down: nobody has more points than they earned."""
    return cut_down(float(points), 1)


def _share(measure: Measure | None) -> Share | None:
    return measure if isinstance(measure, Share) and measure.denominator else None
