"""The base of every error the product raises on purpose."""

from collections.abc import Callable, Mapping


class OneDoorError(Exception):
    """Something went wrong that we can put a name to.

    `public` is a sentence in English that may be shown to anyone (pages translate it);
    `detail` is for the log and the journal and never leaves the server.
    """

    def __init__(self, public: str, *, detail: str = "") -> None:
        super().__init__(detail or public)
        self.public = public
        self.detail = detail


class ConfigurationError(OneDoorError):
    """The program cannot start or run as configured; `public` says what to change."""


class InvalidInput(OneDoorError):
    """A value does not follow its rule; `field` names the form field or option it came from."""

    def __init__(self, public: str, *, field: str = "", detail: str = "") -> None:
        super().__init__(public, detail=detail)
        self.field = field


def errors_in_each(
    check: Callable[..., object], typed: Mapping[str, str], *, good: Mapping[str, str]
) -> dict[str, str]:
    """What `check` says against each value typed, so that people are told of all faults at once.

    `check` takes the values by name and raises InvalidInput. `good` has one of each that it takes:
    what is typed is tried in their place, and stays there if it is right, as others may hang on it.
    """
    known, errors = dict(good), dict[str, str]()
    for name, value in typed.items():
        try:
            check(**{**known, name: value})
            known[name] = value
        except InvalidInput as error:
            errors[name] = error.public
    return errors


class DataAltered(OneDoorError):
    """The database gives or keeps something else than what was written: somebody changed it.

    What was being done fails as a whole. `detail` says what, to operators.
    """

    def __init__(self, detail: str) -> None:
        super().__init__("The database holds something else than what was written.", detail=detail)


class NotFound(OneDoorError):
    """What was asked for does not exist, or must look as if it did not."""


class Overloaded(OneDoorError):
    """The server is at its limit; the caller may try again after `retry_after` seconds."""

    def __init__(self, public: str, *, retry_after: int = 5, detail: str = "") -> None:
        super().__init__(public, detail=detail)
        self.retry_after = retry_after


class AnswerPending(Overloaded):
    """Another request is at work on the very same thing: its answer is the caller's in a moment."""

    def __init__(self) -> None:
        super().__init__("Many people are using it right now.", detail="the same form is sent")
