"""Each lever in words: whom it reaches, and what share of such people past months showed."""

from idp.figures.definitions import JOURNAL, Definition
from idp.kit.messages import N_

_CASES = N_(
    "The share of those reached six months before who use both tiers now, in past frozen months: "
    "median, and quartiles as the range. Fewer than three cases: not known."
)
_NOBODY = N_("None: a count, and no share of anything.")
_BY = "idp.figures.levers.lever_rows"

LEVER_DEFINITIONS = (
    Definition(
        "L1",
        N_("Services are connected"),
        N_(
            "A ministry or province connects its level-4 services that nobody uses through this "
            "sign-in, or a system leaves its local sign-in. Cases: services that came into use, "
            "after three months of it."
        ),
        N_(
            "People who use the other tier alone: of a province its residents, of a system those "
            "in its delivered list. No list: not known."
        ),
        _CASES,
        recompute=_BY,
    ),
    Definition(
        "L2",
        N_("A province reaches the median"),
        N_(
            "What a province lacks to the median of the provinces’ rates. Arithmetic: it says no "
            "cause and is none of the five actions."
        ),
        N_("The median rate times the residents, less those who use both tiers."),
        _NOBODY,
        recompute="idp.figures.levers.median_rows",
    ),
    Definition(
        "L3",
        N_("Fewer sign-ins fail"),
        N_("A reason for which sign-ins fail, or are given up, is met less often."),
        N_(
            "People outside unified use whose sign-in failed so in 12 months, at a tier they do "
            "not use yet; each once."
        ),
        _CASES,
        recompute=_BY,
    ),
    Definition(
        "L4",
        N_("More one-stop shops prove identities"),
        N_(
            "Registered people are proven. Cases: people of that province who were newly proven "
            "in a month."
        ),
        N_("Registered residents of the province who are not proven."),
        _CASES,
        recompute=_BY,
    ),
    Definition(
        "L5",
        N_("Win back those who stopped"),
        N_("People who used both tiers do so again."),
        N_("People in unified use in the 12 months that ended a year before, who are not now."),
        _CASES,
        recompute=_BY,
    ),
    Definition(
        "L6",
        N_("Enterprises get a representative"),
        N_(
            "A legal representative proven face to face takes on a registered enterprise that "
            "nobody represents. Cases: enterprises newly represented."
        ),
        N_("Registered enterprises that no such person represents, outside unified use."),
        _CASES,
        JOURNAL,
        recompute=_BY,
    ),
)

LEVERS = {definition.figure: definition for definition in LEVER_DEFINITIONS}
