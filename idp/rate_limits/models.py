"""The table of what is counted."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from idp.kit.db import Base


class RateCount(Base, kw_only=True):
    """How often within the time that ends at `ends_at`; afterwards it counts nothing."""

    __tablename__ = "rate_count"

    key: Mapped[bytes] = mapped_column(primary_key=True)
    count: Mapped[int]
    ends_at: Mapped[datetime] = mapped_column(index=True)
