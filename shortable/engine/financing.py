"""The borrow fee, charged once a session before its fills (S8)."""

from __future__ import annotations

from math import isfinite
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from shortable.borrow import BorrowFeeModel
from shortable.engine.book import Book
from shortable.engine.dated import PAYS_AFTER, fee_rates_ahead, in_use
from shortable.engine.feed import Feed
from shortable.engine.security import Security
from shortable.errors import EngineError

__all__ = ["Financing", "Night"]

Floats = npt.NDArray[np.float64]


class Night(NamedTuple):
    """What the shorts of one night cost."""

    session: int
    """Index of the session at whose close they were short."""
    row: int
    """First row of the next session, in which the fee was charged."""
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
    days : ndarray of int64, shape (sessions,)
        Calendar days from each session to the next, 0 for the last.
    """

    def __init__(
        self, model: BorrowFeeModel, book: Book, feed: Feed, securities: list[Security]
    ) -> None:
        self._model, self._book, self._feed, self._securities = model, book, feed, securities
        self._kind = model.rate_kind
        self._method = f"{self._kind}_rate"
        self._times = [feed.times[row] for row in feed.closing_rows.tolist()]
        self.nights: list[Night] = []
        ordinals = np.array(feed.sessions)[feed.closing_rows]
        self.days = np.diff(ordinals, append=ordinals[-1])
        self._days: list[float] = self.days.astype(np.float64).tolist()
        # By session and security. The system hands zeroed memory out page by page: what is never short costs none.
        shape = (len(feed.closing_rows), len(securities))
        self._rates: Floats = np.zeros(shape)
        self._unknown: npt.NDArray[np.bool_] = np.zeros(shape, dtype=bool)
        self._to_ask = set(range(len(securities)))
        self._asked = [0] * len(securities)

    def charge(self, session: int, row: int) -> None:
        """Charge the night after the session of that index, whose next session begins in `row`."""
        book = self._book
        if self._kind is None or not book.positions:
            return
        if book.new_providers:
            self._to_ask.update(book.new_providers)
            for column in book.new_providers:
                self._asked[column] = 0
            book.new_providers.clear()
        columns = (book.shares < 0).nonzero()[0]
        if not len(columns):
            return
        if self._to_ask:
            for column in columns.tolist():
                if column in self._to_ask:
                    self._ask(session, column)
        shares = -book.shares[columns]
        close = self._feed.last_close[self._feed.closing_rows[session]][columns]
        fees = self._model.cost(shares, close, self._rates[session][columns], self._days[session])
        total = float(np.add.reduce(fees)) if np.shape(fees) == shares.shape else np.nan
        if not isfinite(total):
            raise EngineError(
                f"{self._model!r}.cost answered {fees!r} for shares={shares!r}; it must answer one finite cost "
                "for each"
            )
        self.nights.append(Night(session, row, columns, shares, fees))
        book.cash -= total
        book.borrow_fees += total

    def rates(self, night: Night) -> Floats:
        """Return the rates of a night's shorts as annual fractions, NaN where none was known."""
        unknown = self._unknown[night.session][night.columns]
        rates: Floats = np.where(unknown, np.nan, self._rates[night.session][night.columns])
        return rates

    def nights_without_rate(self) -> int:
        """Return how many times a short met no known rate, counted by symbol and night."""
        return sum(int(self._unknown[n.session][n.columns].sum()) for n in self.nights)

    def _ask(self, session: int, column: int) -> None:
        """Ask for one security's rate at that session's close; once it pays, for those of all later closes."""
        security = self._securities[column]
        provider: Any = security.shortable_provider
        self._asked[column] += 1
        if self._kind == "fee" and self._asked[column] == PAYS_AFTER:
            still = [self._securities[c] for c in sorted(self._to_ask)]
            together = in_use(still, security, lambda s: self._asked[s.column])
            if together:
                columns = [s.column for s in together]
                rates = fee_rates_ahead(together, self._feed, session).T
                self._rates[session:, columns] = np.nan_to_num(rates)
                self._unknown[session:, columns] = np.isnan(rates)
                self._to_ask.difference_update(columns)
                return
        time = self._times[session]
        rate = getattr(provider, self._method)(security.symbol, time)
        self._rates[session, column] = rate
        # Only a rate of 0 can be one that is not known.
        if not rate and not provider.has_fee_rate(security.symbol, time):
            self._unknown[session, column] = True
