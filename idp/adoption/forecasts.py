"""When each kind of subject reaches the target, as the page says it."""

from datetime import date

from idp.figures.forecast import Past
from idp.figures.outlook import Outlook
from idp.figures.sentences import pace_sentences, past_sentences, when_sentences
from idp.kit.immutable import immutable
from idp.settings.people import Target
from idp.web.messages import Message


@immutable
class Forecast:
    """The sentences of one kind of subject, and how the forecasts before did, newest first."""

    subject_kind: str
    when: tuple[Message, ...]
    pace: tuple[Message, ...]
    last: tuple[Message, ...]
    past: tuple[Past, ...]


def forecast_of(outlook: Outlook, *, target: Target, catch_up_on: date | None) -> Forecast:
    """What is said of it."""
    return Forecast(
        subject_kind=outlook.subject_kind,
        when=tuple(when_sentences(outlook, target=target)),
        pace=tuple(pace_sentences(outlook.pace, due_on=catch_up_on)),
        last=tuple(past_sentences(outlook.past[0])) if outlook.past else (),
        past=outlook.past,
    )
