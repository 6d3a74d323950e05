"""What the scores take from answers to the question after a sign-in."""

from collections import Counter
from collections.abc import Iterable, Mapping

from idp.figures.frozen import Said, Slice
from idp.figures.score import Measure, NotMeasurable, Share, satisfaction


def heard(said: Said) -> dict[str, Measure]:
    """The share that is satisfied, and that it is published: not of few answers.

    Whoever signs in is asked, so publishing is nothing that an agency could leave undone.
    """
    share = satisfaction(said.satisfied, said.answers)
    published = Share(1, 1) if isinstance(share, Share) else NotMeasurable()
    return {"satisfied": share, "satisfaction_published": published}


def heard_by_unit(agencies: Iterable[Slice], unit_of: Mapping[str, str]) -> dict[str, Said]:
    """The answers of a unit's agencies together; of each agency, enough or none are known."""
    answers, satisfied = Counter[str](), Counter[str]()
    for each in agencies:
        if unit := unit_of.get(each.code):
            answers[unit] += each.said.answers
            satisfied[unit] += each.said.satisfied
    return {unit: Said(count, satisfied[unit]) for unit, count in answers.items()}
