"""What is wrong with a file, as sentences that name line, column and what was found there."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from idp.kit.errors import InvalidInput
from idp.kit.immutable import immutable
from idp.kit.messages import Message

Sentence: TypeAlias = str | Message
Say: TypeAlias = Callable[[Sentence], str]
"""A sentence in the reader's language; `str` says it in English."""

_LONGEST = 60
"""Characters of a value that are repeated to its reader."""


class Unreadable(InvalidInput):
    """A value that breaks the rule of its column; the sentence says what to write instead."""

    def __init__(self, sentence: Sentence, *, field: str = "") -> None:
        super().__init__(str(sentence), field=field)
        self.sentence = sentence


@immutable
class Fault:
    """One thing that is wrong; `line` is 0 where it is the whole file, `column` may be empty."""

    sentence: Sentence
    line: int = 0
    column: str = ""
    found: str = ""

    def say(self, say: Say = str) -> str:
        """The whole sentence."""
        what = say(self.sentence)
        values = {"line": self.line, "column": self.column, "what": what, "found": self.found}
        if not self.line:
            return what
        if not self.column:
            return say(Message("Line %(line)s: %(what)s", **values))
        if not self.found:
            return say(Message("Line %(line)s, column %(column)s: %(what)s", **values))
        return say(Message("Line %(line)s, column %(column)s, “%(found)s”: %(what)s", **values))


class FileRefused(InvalidInput):
    """A file of which nothing was kept, and why; `refused` counts lines, named or not."""

    def __init__(self, faults: Sequence[Fault], *, refused: int = 0) -> None:
        self.faults, self.refused = tuple(faults), refused
        super().__init__("\n".join(self.say()), field="file")

    def say(self, say: Say = str) -> list[str]:
        """A sentence for each fault, and what that means for the file."""
        unnamed = self.refused - len({fault.line for fault in self.faults})
        more = Message(
            "%(num)s more line is refused.", "%(num)s more lines are refused.", num=unnamed
        )
        return [
            *(fault.say(say) for fault in self.faults),
            *([say(more)] if unnamed > 0 else []),
            say(Message("Nothing was changed: correct the file and import it again.")),
        ]


def sentence_of(error: InvalidInput) -> Sentence:
    """What the error says, to be translated where it is shown."""
    return error.sentence if isinstance(error, Unreadable) else error.public


def shown(text: str) -> str:
    """A value as its reader may see it: short, on one line."""
    tidy = "".join(c if c.isprintable() else "�" for c in " ".join(text.split()))
    return tidy if len(tidy) <= _LONGEST else tidy[:_LONGEST] + "…"


def masked(text: str) -> str:
    """A personal value as its reader may see it: how long it is, and its end."""
    tidy = shown(text)
    end = tidy[-4:] if len(tidy) > 8 else ""
    return "•" * (len(tidy) - len(end)) + end
