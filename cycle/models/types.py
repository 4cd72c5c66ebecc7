"""Column types with a meaning: a moment is always UTC and aware."""

from datetime import datetime
from typing import Annotated

from sqlalchemy import DateTime
from sqlalchemy.orm import mapped_column

UTC_MOMENT = DateTime(timezone=True)

Moment = Annotated[datetime, mapped_column(UTC_MOMENT)]
MaybeMoment = Annotated[datetime | None, mapped_column(UTC_MOMENT)]
