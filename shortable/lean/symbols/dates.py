"""Dates as LEAN's identifiers know them."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import pandas as pd

__all__ = ["DEFAULT_DATE", "as_datetime"]

# .NET's DateTime.FromOADate(0): where OLE Automation begins to count days.
DEFAULT_DATE = datetime(1899, 12, 30)


def as_datetime(value: Any) -> datetime:
    """Return a datetime, date or Timestamp as a naive datetime."""
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime().replace(tzinfo=None)
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, date):
        return datetime.combine(value, time())
    return as_datetime(pd.Timestamp(value))
