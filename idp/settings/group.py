"""What every group of settings is."""

from datetime import timedelta
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator


class Group(BaseModel):
    """Frozen; an unknown name is refused; the text under each field is its documentation.

    No amount is below zero: a lifetime that is ends everything before it begins.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="after")
    def _refuse_negative(self) -> Self:
        for name, value in self:
            is_amount = isinstance(value, int | timedelta)
            if is_amount and value < type(value)(0):
                raise ValueError(f"{name} must not be negative")
        return self
