"""What a task group's failure is about."""


def first_failure(group: BaseException) -> BaseException:
    """The first that is no group itself; the very one if it is none."""
    while isinstance(group, BaseExceptionGroup):
        group = group.exceptions[0]
    return group
