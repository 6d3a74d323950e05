"""What frozen months print beside the figures of a day, in words: each row of theirs has one here.

`names` of a definition are the figures in rows and files that it defines beside its own.
"""

from idp.figures.definitions import EVERYONE, REGISTRY, Definition
from idp.figures.slice_rows import CompanyState, State
from idp.kit.messages import N_

_COUNT = N_("None: a count, and no share of anything.")
_COUNTED = "idp.figures.month_count.count_month"
_SYSTEMS = "idp.figures.system_counts.count_systems"

MONTH_DEFINITIONS = (
    Definition(
        "POP",
        N_("Everyone"),
        N_(
            "What rates are taken of, with source and date: residents of all ages (POP_14: of 14 "
            "years or more), active enterprises. Of a merged province the sum of its parts; of an "
            "age band both sexes. A missing part makes it unknown."
        ),
        N_("The newest count that was made on or before the last day of the month."),
        _COUNT,
        N_("Counts with their source, as they were entered or imported; journaled with who did."),
        "idp.figures.populations.populations",
        names=("POP_14",),
    ),
    Definition(
        "FUNNEL",
        N_("The way of people to both tiers"),
        N_(
            "Every registered person stands in exactly one state, the first that matches: 1 not "
            "proven, 2A proven and never tried, 2B refused for the level alone, 2C refused "
            "otherwise or given up, 2D signed in below the level alone, 3 at the level to no tier, "
            "4 central alone, 5 local alone, 6 both."
        ),
        N_("Those in the state, over the window."),
        N_("Registered people: the states add up to them."),
        recompute=_COUNTED,
        names=tuple(State),
    ),
    Definition(
        "COMPANY",
        N_("The way of businesses to both tiers"),
        N_(
            "Every organization in the register stands in exactly one state, the furthest: 1 "
            "nobody who represents it has an account, 2 none of them is proven face to face, 3A "
            "nobody signed in for it, 3B the same with a delegate, 4 somebody did, not at both "
            "tiers, 5 both. ACCOUNT: somebody with an account represents it; DELEGATED: it has a "
            "delegate."
        ),
        N_("Those in the state, over the window."),
        N_("Organizations of the kind in the register: the states add up to them."),
        recompute="idp.figures.company_funnel.company_funnel",
        names=(*CompanyState, "ACCOUNT", "DELEGATED"),
    ),
    Definition(
        "REGISTER_DISAGREES",
        N_("Refused, as the business register does not agree"),
        N_(
            "Requests to represent an organization that the business register has not, or not as "
            "active. Requests are counted, not organizations."
        ),
        N_("Those in the window."),
        _COUNT,
        recompute="idp.figures.company_funnel.refused_by_register",
    ),
    Definition(
        "REUSE",
        N_("Use at several agencies"),
        N_(
            "Proven people who signed in at the level to services of so many agencies or more: "
            "REUSE_2 two, up to REUSE_5 five."
        ),
        N_("Those in the window, each counted once."),
        N_("Active people (ACT)."),
        recompute=_COUNTED,
        names=tuple(f"REUSE_{number}" for number in range(2, 6)),
    ),
    Definition(
        "SUCCEEDED",
        N_("People who succeeded in signing in"),
        N_(
            "Of the registered people who began to sign in to any service, those who succeeded at "
            "least once. BEGAN: those who did, or were refused, or gave up."
        ),
        N_("Registered people with a success in the window, each counted once."),
        N_("BEGAN: registered people with a sign-in that ended in the window, in any way."),
        recompute=_COUNTED,
        names=("BEGAN",),
    ),
    Definition(
        "BEGUN",
        N_("Sign-ins begun, and how they ended"),
        N_(
            "Sign-ins that ended in the month, not people: SUCCESS, REFUSED_LEVEL (for the level "
            "alone), REFUSED (otherwise; REASON says why) and ABANDONED add up to BEGUN."
        ),
        N_("Sign-ins that ended so in the month."),
        N_("BEGUN: all that ended in the month."),
        recompute=_COUNTED,
        names=("SUCCESS", "REFUSED_LEVEL", "REFUSED", "ABANDONED", "REASON"),
    ),
    Definition(
        "ANSWERS",
        N_("Satisfaction"),
        N_(
            "Answers to one question after a sign-in, asked at most once in 90 days and kept "
            "without a name. SATISFIED: those of them that were. Nothing is kept of fewer than 30."
        ),
        N_("Answers that say satisfied."),
        N_("All answers in the window."),
        N_("Anonymous counts, told to the journal as the month freezes."),
        "idp.figures.said.said_rows",
        names=("SATISFIED",),
    ),
    Definition(
        "GROUPS",
        N_("By age, sex, and how people sign in"),
        N_(
            "The same figures of people by age band (the age that they reach in the year) and sex; "
            "and sign-ins and active people by method, class of device (phone or tablet, desktop, "
            "kiosk, other) and language of the pages. Who used two devices is counted at both. A "
            "sign-in given up before anything was shown is of no method."
        ),
        N_("The figure, of the group."),
        N_("Residents of that age or sex; of methods, devices and languages: sign-ins begun so."),
        recompute="idp.figures.groups.group_populations",
    ),
    Definition(
        "PART_LISTED",
        N_("Took part, lists included"),
        N_(
            "Those with an account who signed in here in the window, or stand in a list that an "
            "agency delivered. PART_UNKNOWN: who stands in a list and has no account here."
        ),
        N_("Those, each counted once."),
        _COUNT,
        recompute="idp.figures.list_counts.count_listed",
        names=("PART_UNKNOWN",),
    ),
    Definition(
        "SYSTEMS",
        N_("Systems that need a sign-in"),
        N_(
            "Information systems in the register that people sign in to, as agencies state it. "
            "SYSTEMS_EXCLUSIVE: those with this sign-in alone."
        ),
        N_("SYSTEMS_EXCLUSIVE at the end of the month."),
        N_("SYSTEMS at the end of the month."),
        REGISTRY,
        _SYSTEMS,
        names=("SYSTEMS_EXCLUSIVE",),
    ),
    Definition(
        "LISTS",
        N_("Lists delivered, of those due"),
        N_(
            "Each system owes a list of whom it served, month by month. LISTS_DUE: lists whose day "
            "has passed; LISTS_DELIVERED, LISTS_ON_TIME: those that came, and came in time. "
            "SYSTEMS_COMPLETE: systems that owe none of SYSTEMS_DUE."
        ),
        N_("LISTS_DELIVERED, or LISTS_ON_TIME."),
        N_("LISTS_DUE."),
        N_("Lists as agencies delivered them, each with the instant it came."),
        _SYSTEMS,
        names=(
            *("LISTS_DUE", "LISTS_DELIVERED", "LISTS_ON_TIME"),
            *("SYSTEMS_DUE", "SYSTEMS_COMPLETE"),
        ),
    ),
    Definition(
        "CHANGE",
        N_("What changed since the month before"),
        N_(
            "Unified use of the month is that of the month before, and NEW (never before), and "
            "RETURNED, less LAPSED (no longer both tiers) and CLOSED (no live account). WAS: who "
            "stood in which state of the funnel then, and stands where now."
        ),
        N_("People who moved so, each counted once."),
        EVERYONE,
        recompute="idp.figures.levers.moved_rows",
        names=("WAS",),
    ),
    Definition(
        "TOGETHER",
        N_("Several actions at once"),
        N_(
            "What the chosen levers add together: the union of those whom they reach, each once, "
            "never the sum. Of one lever: AT_MOST whom it reaches; LOW, ABOUT and HIGH the "
            "estimate; CASES what that rests on; REACHED and DONE the month’s own case; RANK and "
            "ADDS its place among the best five; WAITING services that nobody uses here."
        ),
        N_("People whom the levers would bring to both tiers."),
        _COUNT,
        recompute="idp.figures.what_if.together",
        names=(
            *("AT_MOST", "LOW", "ABOUT", "HIGH", "CASES", "RANK", "ADDS"),
            *("REACHED", "DONE", "WAITING"),
        ),
    ),
    Definition(
        "SCORE",
        N_("Score from 0 to 100"),
        N_(
            "Presented as Decision 766 does, which it is not: each component’s share, from its "
            "floor to its goal, times its weight. What is not delivered is worth nothing; what "
            "cannot be measured is out of both sums, and below 70 measurable points there is no "
            "total."
        ),
        N_("Points of the components that can be measured."),
        N_("The weights of those components."),
        N_("The frozen month, the registry, and delivered lists."),
        "idp.figures.score.score",
    ),
)
