"""Marking sentences for people, in rooms that know no page and no language."""


def N_(text: str) -> str:  # noqa: N802 - the name gettext tools know
    """Mark an English sentence for translation; it is translated where it is shown."""
    return text
