"""The borrow fee, charged once a session before its fills (S8)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from shortable.borrow import (
    BorrowFeeModel,
    FeeOnMarketValue,
    InteractiveBrokersBorrowFee,
    RebateOnMarketValue,
)
from shortable.engine.book import Book
from shortable.engine.dated import PAYS_AFTER, fee_rates_ahead
from shortable.engine.feed import Feed
from shortable.engine.security import Security
from shortable.errors import EngineError

__all__ = ["Financing", "Night"]

Floats = npt.NDArray[np.float64]

# Their cost is proportional to the shares, so that of one share is worked out for a whole column at once.
_PROPORTIONAL = (FeeOnMarketValue, RebateOnMarketValue, InteractiveBrokersBorrowFee)


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
    days : ndarray of float64, shape (sessions,)
        Calendar days from each session to the next, 0 for the last.
    """

    def __init__(self, model: BorrowFeeModel, book: Book, feed: Feed, securities: list[Security]) -> None:
        self._model, self._book, self._feed, self._securities = model, book, feed, securities
        self._kind = model.rate_kind
        self.nights: list[Night] = []
        ordinals = np.array(feed.sessions)[feed.closing_rows]
        self.days = np.diff(ordinals, append=ordinals[-1]).astype(np.float64)
        # By session and security. The system hands zeroed memory out page by page: what is never short costs none.
        shape = (len(feed.closing_rows), len(securities))
        self._rates: Floats = np.zeros(shape)
        self._of_one_share: Floats | None = np.zeros(shape) if type(model) in _PROPORTIONAL else None
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
        if self._of_one_share is not None:
            fees = shares * self._of_one_share[session][columns]
        else:
            fees = self._cost(shares, session, columns)
        total = float(np.add.reduce(fees))
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

    def _cost(self, shares: Floats, session: int, columns: npt.NDArray[np.int64]) -> Floats:
        """Ask a user's convention."""
        close = self._feed.last_close[self._feed.closing_rows[session]][columns]
        rates, days = self._rates[session][columns], np.full(len(columns), self.days[session])
        fees = np.asarray(self._model.cost(shares, close, rates, days), dtype=np.float64)
        if fees.shape != shares.shape or not np.isfinite(fees).all():
            raise EngineError(f"{self._model!r}.cost answered {fees!r} for shares={shares!r}; it must answer one finite cost "
                              "for each")  # fmt: skip
        return fees

    def _ask(self, session: int, column: int) -> None:
        """Ask for one security's rate at that session's close; once it pays, for those of all later closes."""
        security = self._securities[column]
        provider: Any = security.shortable_provider
        self._asked[column] += 1
        if self._kind == "fee" and self._asked[column] == PAYS_AFTER:
            rates = fee_rates_ahead(provider, security.symbol, self._feed, session)
            if rates is not None:
                self._enter(slice(session, None), column, np.nan_to_num(rates), np.isnan(rates))
                self._to_ask.discard(column)
                return
        time = self._feed.times[self._feed.closing_rows[session]]
        rate = getattr(provider, f"{self._kind}_rate")(security.symbol, time)
        # Only a rate of 0 can be one that is not known.
        unknown = rate == 0 and not provider.has_fee_rate(security.symbol, time)
        self._enter(slice(session, session + 1), column, rate, unknown)

    def _enter(self, sessions: slice, column: int, rates: Any, unknown: Any) -> None:
        self._rates[sessions, column] = rates
        self._unknown[sessions, column] = unknown
        if self._of_one_share is not None:
            close = self._feed.last_close[self._feed.closing_rows[sessions], column]
            self._of_one_share[sessions, column] = self._model.cost(
                1.0, close, self._rates[sessions, column], self.days[sessions]
            )
