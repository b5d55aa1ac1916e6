"""Cash dividends, which the engine does not model: a table of them in, one by one out."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from shortable.clock import as_datetime, parse_time
from shortable.errors import InvalidInputError
from shortable.symbol import Symbol

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Dividend", "dividends_of"]


@dataclass(frozen=True, slots=True)
class Dividend:
    """A cash dividend: who holds the share before its ex-date is paid, who is short pays.

    Raises
    ------
    InvalidInputError
        No finite amount above 0.
    """

    symbol: Symbol
    """In any spelling."""
    ex_date: date
    """The first date on which the share trades without it; a time or text is read too."""
    amount: float
    """A share, in the security's currency."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "symbol", Symbol.create(self.symbol))
        when: Any = self.ex_date
        moment = (
            parse_time(when, parameter="ex_date")
            if isinstance(when, str)
            else as_datetime(when, "ex_date")
        )
        object.__setattr__(self, "ex_date", moment.date())
        if not (isinstance(self.amount, (int, float)) and 0 < self.amount < math.inf):
            raise InvalidInputError("amount", self.amount, "be a finite amount above 0")


def dividends_of(given: Iterable[Dividend] | pd.DataFrame | None) -> list[Dividend]:
    """Return dividends given one by one, or as a DataFrame with columns symbol, ex_date, amount.

    Raises
    ------
    InvalidInputError
        A column is missing, or something that is no dividend.
    """
    if given is None:
        return []
    columns = getattr(given, "columns", None)
    if columns is not None:
        absent = [name for name in ("symbol", "ex_date", "amount") if name not in columns]
        if absent:
            raise InvalidInputError(
                "dividends", list(columns), f"have the columns {', '.join(absent)}"
            )
        table: Any = given
        rows = zip(table["symbol"], table["ex_date"], table["amount"], strict=True)
        return [Dividend(symbol, when, float(amount)) for symbol, when, amount in rows]
    found = []
    for one in given:
        if not isinstance(one, Dividend):
            raise InvalidInputError("dividends", one, "be a Dividend")
        found.append(one)
    return found
