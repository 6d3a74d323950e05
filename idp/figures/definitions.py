"""Every figure in words: what it is, a share of what, where it comes from, how to recompute it.

The sentences are English source text; pages and exports translate them.
"""

from idp.figures.ladder import Step
from idp.kit.immutable import immutable
from idp.kit.messages import N_

JOURNAL = N_("The journal of sign-ins: one row for each, append-only and sealed.")
REGISTRY = N_("The registry of services and connected applications, as of the closing of the day.")
EVERYONE = N_("Residents of all ages by the census; active enterprises by the business register.")


@immutable
class Definition:
    """One figure. `recompute` is the function that counts it from the journal.

    `names`: figures of rows and files that it defines, too.
    """

    figure: str
    name: str
    sentence: str
    numerator: str
    denominator: str = EVERYONE
    source: str = JOURNAL
    recompute: str = "idp.figures.sets.count_figures"
    names: tuple[str, ...] = ()


DEFINITIONS = (
    Definition(
        "T4p",
        N_("Use, of everyone"),
        N_("Unified use divided by everyone: all residents, or all active enterprises."),
        N_("Unified use over the last 365 days."),
        recompute="idp.figures.rates.target_rates",
    ),
    Definition(
        "T4",
        N_("Use, of those who took part"),
        N_(
            "Unified use divided by those who took part in e-government: the letter of Resolution "
            "17/NQ-CP. As long as a system has not delivered its lists of whom it served, the true "
            "denominator is larger and the rate is at most this high. It may not be called met."
        ),
        N_("Unified use over the last 365 days."),
        N_(
            "PART: those who signed in here; in frozen months also those in agencies’ lists, with "
            "an account here or without one."
        ),
        recompute="idp.figures.rates.participant_rates",
    ),
    Definition(
        "REG",
        N_("Registered"),
        N_(
            "People with a live account, each counted once: not closed, deceased or merged, no "
            "test accounts. Of organizations: active ones in the register."
        ),
        N_("Holders of a live account at the end of the day."),
    ),
    Definition(
        "VER1",
        N_("Matched to the register, by possession"),
        N_("Registered people whose identity was proven to level 1 or higher."),
        N_("Those at the end of the day."),
    ),
    Definition(
        "VER2",
        N_("Proven face to face"),
        N_("Registered people whose identity was proven to level 2, face to face or equivalent."),
        N_("Those at the end of the day."),
    ),
    Definition(
        "VER",
        N_("Represented by a proven person"),
        N_("Active organizations that somebody proven to level 2 legally represents on that day."),
        N_("Those at the end of the day."),
    ),
    Definition(
        "ACT",
        N_("Active"),
        N_(
            "Proven people (or represented organizations) that signed in to a service at level "
            "2 (LoA2) or higher in the window."
        ),
        N_("Those, each counted once."),
    ),
    Definition(
        "UNI_USED",
        N_("Unified use, central and local"),
        N_(
            "Those that in the window signed in at level 2 (LoA2) or higher both to a service "
            "owned by a central agency and to one owned by a local agency."
        ),
        N_("Those, each counted once."),
    ),
    Definition(
        "PART",
        N_("Took part"),
        N_(
            "Those that signed in here to any service in the window, at any level. In frozen "
            "months those in the lists that agencies delivered are added; who has no account here "
            "is counted apart, once however many lists name them."
        ),
        N_("Those, each counted once."),
    ),
    Definition(
        "UNI_STRICT",
        N_("Unified use, strictly"),
        N_(
            "People of unified use whom no delivered list shows past this sign-in: none has a "
            "local sign-in of theirs, and at every system whose lists name them they signed in "
            "here at level 2 (LoA2) or higher."
        ),
        N_("Those, each counted once."),
        recompute="idp.figures.list_counts.count_listed",
    ),
    Definition(
        "SYS-cov",
        N_("Systems with this sign-in alone"),
        N_(
            "Systems whose only sign-in is this one, of those that need a sign-in, by the tier of "
            "the agency that owns them; as agencies report it."
        ),
        N_("Systems with this sign-in alone at the end of the month."),
        N_("Systems in the register that need a sign-in."),
        REGISTRY,
        "idp.figures.system_counts.count_systems",
    ),
    Definition(
        "LEAKAGE",
        N_("Local sign-ins, of all"),
        N_(
            "Sign-ins with local accounts, as delivered lists tell them, divided by these and the "
            "sign-ins here; of systems that delivered the list of the month before."
        ),
        N_("Sign-ins with local accounts in that month."),
        N_("These and the sign-ins that succeeded here."),
        recompute="idp.figures.system_counts.count_systems",
        names=("LOCAL", "LEAK_OF"),
    ),
    Definition(
        "LEAD",
        N_("Days from the request until live"),
        N_(
            "From a system’s first application until one of its applications is live in "
            "production; the median of the systems that went live in 12 months."
        ),
        N_("Systems that were live within 30 days of the request."),
        N_("Systems whose 30 days ended in the 12 months."),
        recompute="idp.figures.lead_times.count_lead_times",
        names=("LIVE", "LIVE_DUE", "LIVE_IN_TIME", "LEAD_DAYS"),
    ),
    Definition(
        "L4-auth",
        N_("Level-4 services with a centralized sign-in"),
        N_(
            "How far each level-4 service has come: declared by its agency, configured with a live "
            "client and a minimum identity level, tested, in use (a success in 365 days), "
            "exclusive. What is declared, tested and exclusive is as the agency reports it. A "
            "service on a rung has the rungs below it too."
        ),
        N_("Services on that rung or higher."),
        N_("Level-4 services in the registry; how complete it is, is not known."),
        REGISTRY,
        "idp.figures.ladder.count_ladder",
        names=tuple(Step),
    ),
)

COMMON_RULES = (
    N_(
        "People are counted, never accounts or sign-ins. Each figure counts only those who are "
        "live at the end of the day."
    ),
    N_(
        "Sandbox, test and staff traffic is left out. The tier is that of the agency that owns the "
        "service."
    ),
    N_(
        "A sign-in that names no service, or several, is credited to no service and no tier: it "
        "counts for having signed in, not for unified use."
    ),
    N_(
        "The 365-day period ends with the day shown; the months are the 12 whole months that end "
        "with the month shown."
    ),
    N_(
        "Days begin and end in Vietnam's time zone. A closed day is final, and can be recomputed "
        "from the journal; what was recorded after its closing counts on the next day."
    ),
    N_(
        "A published figure, or the count it is a share of, is replaced only by a revision, which "
        "is listed with its reason."
    ),
    N_(
        "The result is that of frozen months: 12 whole months, people with a proven identity "
        "alone; what is found late counts on its own date, in a revision of its month."
    ),
    N_("Shares are cut down, never rounded up to a target; upper bounds are rounded up."),
    N_("Figures that are not known are shown as a dash."),
)

NAMES = {definition.figure: definition.name for definition in DEFINITIONS}
