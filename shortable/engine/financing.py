"""The borrow fee, charged once a session before its fills (S8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from shortable.borrow import BorrowFeeModel
from shortable.engine.book import Book
from shortable.engine.feed import Feed
from shortable.engine.security import Security
from shortable.errors import EngineError

__all__ = ["Financing", "Night"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Night:
    """What the shorts of one night cost."""

    session: int
    """Index of the session at whose close they were short."""
    row: int
    """First row of the next session, in which the fee was charged."""
    days: int
    """Calendar days between the two sessions."""
    columns: npt.NDArray[np.int64]
    """Which securities were short."""
    shares: Floats
    """Shares short, above 0."""
    fees: Floats
    """Paid, in the account's currency; negative where the short received."""


class Financing:
    """Charges shares short at a session's close × that close × the rate known then × calendar days / 360.

    The convention is the model's. A rate that is not known reads as 0 and is counted (S7).

    Attributes
    ----------
    nights : list of Night
        Those with a short.
    """

    def __init__(self, model: BorrowFeeModel, book: Book, feed: Feed, securities: list[Security]) -> None:
        self._model, self._book, self._feed, self._securities = model, book, feed, securities
        self._kind = model.rate_kind
        self.nights: list[Night] = []
        # Zeroed memory that the system hands out page by page: untouched securities cost none.
        shape = (len(feed.closing_rows), len(securities))
        self._rates: Floats = np.zeros(shape)
        self._unknown: npt.NDArray[np.bool_] = np.zeros(shape, dtype=bool)
        self._fetched: list[Any] = [None] * len(securities)

    def charge(self, session: int, row: int) -> None:
        """Charge the night after the session of that index, whose next session begins in `row`."""
        if self._kind is None:
            return
        book, feed = self._book, self._feed
        columns = np.flatnonzero(book.short_shares)
        if not len(columns):
            return
        for column in columns.tolist():
            if self._fetched[column] is not self._securities[column].shortable_provider:
                self._fetch(session, column)
        shares = book.short_shares[columns]
        closed = feed.closing_rows[session]
        days = feed.sessions[row] - feed.sessions[closed]
        fees = self._model.cost(shares, feed.last_close[closed][columns], self._rates[session][columns], days)
        total = float(np.sum(fees))
        if np.shape(fees) != shares.shape or not np.isfinite(total):
            raise EngineError(f"{self._model!r}.cost answered {fees!r} for shares={shares!r}; it must answer one finite cost "
                              "for each of them")  # fmt: skip
        self.nights.append(Night(session, row, days, columns, shares, fees))
        book.cash -= total
        book.borrow_fees += total
        book.stale = True

    def rates(self, night: Night) -> Floats:
        """Return the rates of a night's shorts as annual fractions, NaN where none was known."""
        rates: Floats = self._rates[night.session][night.columns]
        rates[self._unknown[night.session][night.columns]] = np.nan
        return rates

    def nights_without_rate(self) -> int:
        """Return how many times a short met no known rate, counted by symbol and night."""
        return sum(int(self._unknown[n.session][n.columns].sum()) for n in self.nights)

    def _fetch(self, session: int, column: int) -> None:
        """Ask for one security's rate at that session's close; in bulk, up to the last session, where it is native."""
        security, feed = self._securities[column], self._feed
        provider: Any = security.shortable_provider
        bulk = getattr(provider, f"{self._kind}_rates", None)
        if bulk is not None:
            times = feed.times64[feed.closing_rows[session:]]
            rates = bulk([security.symbol] * len(times), times)
            self._unknown[session:, column] = np.isnan(rates)
            self._rates[session:, column] = np.nan_to_num(rates)
            self._fetched[column] = provider
            return
        time = feed.times[feed.closing_rows[session]]
        rate = getattr(provider, f"{self._kind}_rate")(security.symbol, time)
        self._rates[session, column] = rate
        # Only a rate of 0 can be one that is not known.
        self._unknown[session, column] = rate == 0 and not provider.has_fee_rate(security.symbol, time)
