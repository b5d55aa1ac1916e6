"""Short squeeze: fade a stock that jumps, add as it goes on, and meet everything that can end a short.

Each rise of a tenth is sold short, and each further one again, because it must come back. What can be borrowed is made up
and collapses as the price rises, while the fee multiplies; lenders recall, the broker buys in and calls for margin, and after
a fall of a tenth rule 201 lets no market order sell short. The log shows the account's end line by line. Run it on the
sample, whose GME is squeezed in May 2024, or with ``--prices`` on real prices of January 2021; there the price leaps over
the margin call of what the small pool lent, and ``--parameter pool=80000`` meets one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from shortable.clock import LocalTime
from shortable.engine import (
    Algorithm,
    BorrowRecalled,
    BoughtIn,
    FinraMaintenance,
    MarketData,
    OrderEvent,
    OrderStatus,
    OrderTicket,
    Resolution,
    Slice,
)
from shortable.examples.registry import Models
from shortable.recall import RecallOnShortfall, RecallTerms
from shortable.restrictions import Rule201
from shortable.symbol import Symbol

__all__ = ["MadeUpLender", "ShortSqueeze", "models"]

_JUMP = 0.10


class MadeUpLender:
    """Lends a made-up pool that collapses as the price rises; no availability of the time was kept.

    After a rise of a tenth a quarter is left and the fee is three times as high, at most 200 % a year; after any other
    session half as much again is there, up to the beginning, and the fee falls by a third.
    """

    def __init__(self, shares: int = 20_000, fee: float = 0.02) -> None:
        self.most, self.least_fee = shares, fee
        self.times: list[datetime] = [datetime.min]
        self.pool = [(shares, fee)]

    def see(self, rise: float, local_time: datetime) -> None:
        """Take note of a session's change, as a fraction, at its close."""
        shares, fee = self.pool[-1]
        if rise >= _JUMP:
            shares, fee = shares // 4, min(fee * 3, 2.0)
        else:
            shares, fee = min(shares * 3 // 2 + 1, self.most), max(fee * 2 / 3, self.least_fee)
        self.times.append(local_time)
        self.pool.append((shares, fee))

    def at(self, local_time: datetime) -> tuple[int, float]:
        """Return shares and fee as they were known then, though it has seen more since."""
        return self.pool[max(bisect_right(self.times, local_time), 1) - 1]

    def shortable_quantity(self, symbol: Symbol, local_time: datetime) -> int:
        """Return what was left of the pool."""
        return self.at(local_time)[0]

    def all_shortable_symbols(self, local_time: datetime) -> dict[Symbol, int]:
        """Return nothing: it is asked about one stock."""
        return {}

    def fee_rate(self, symbol: Symbol, local_time: datetime) -> float:
        """Return the annual fee as a fraction."""
        return self.at(local_time)[1]

    def made_up(self, start: LocalTime | None = None, end: LocalTime | None = None) -> bool:
        """Return True: every number of it is made up."""
        return True

    def __repr__(self) -> str:
        return "MadeUpLender()"


class ShortSqueeze(Algorithm):
    """Shorts `share` of the equity after each rise of a tenth, and after a fall of a tenth, until it is stopped.

    Parameters (`Backtest`'s ``parameters``)
    ----------------------------------------
    symbol : str
        Default ``GME``.
    share : float
        Of the equity, for each short; default 0.4.
    pool : int
        Shares that the made-up lender has at the beginning; default 20,000.
    """

    def initialize(self) -> None:
        """Subscribe to the stock, with a made-up lender."""
        self.set_cash(100_000)
        self.share = self.get_parameter("share", 0.4)
        self.stock = self.add_equity(self.get_parameter("symbol", "GME"), Resolution.DAILY)
        self.lender = MadeUpLender(self.get_parameter("pool", 20_000))
        self.stock.set_shortable_provider(self.lender)
        self.before = 0.0

    def on_data(self, slice: Slice) -> None:
        """Short what has jumped, or has begun to fall."""
        price, before = self.stock.price, self.before
        self.before = price
        if not before or self.stock.symbol not in slice:
            return
        rise = price / before - 1
        self.lender.see(rise, self.time)
        if abs(rise) >= _JUMP:
            shares = int(self.share * self.portfolio.total_portfolio_value / price)
            if shares > 0:
                self.market_order(self.stock.symbol, -shares, tag=f"fades {rise:+.0%}")

    def on_order_event(self, order_event: OrderEvent) -> None:
        """Write down what was refused, cancelled and filled."""
        event = order_event
        if event.status is OrderStatus.FILLED:
            self.log(f"{event.quantity:+,d} at {event.fill_price:,.2f}; short {self._short():,d}")
        elif event.status in (OrderStatus.INVALID, OrderStatus.CANCELED):
            self.log(event.message)

    def on_borrow_recalled(self, recalls: Sequence[BorrowRecalled]) -> None:
        """Write down the recall; this algorithm does not cover."""
        for one in recalls:
            self.log(
                f"{one.shares:,d} shares recalled, due in {one.due_after} sessions; {self.lender.at(self.time)[0]:,d} are left"
            )

    def on_buy_in(self, buy_ins: Sequence[BoughtIn]) -> None:
        """Write down the buy-in."""
        for one in buy_ins:
            self.log(f"{one.shares:,d} bought in at {one.price:,.2f}, penalty {one.penalty:,.2f}")

    def on_margin_call(self, tickets: Sequence[OrderTicket]) -> None:
        """Write down the margin call."""
        shares = sum(ticket.quantity for ticket in tickets)
        self.log(
            f"margin call: {shares:,d} shares are to be covered, equity {self.portfolio.total_portfolio_value:,.2f}"
        )

    def on_end_of_algorithm(self) -> None:
        """Write down what is left."""
        equity = self.portfolio.total_portfolio_value
        self.log(f"at the end: equity {equity:,.2f}, short {self._short():,d}")

    def _short(self) -> int:
        return max(-self.stock.holdings.quantity, 0)


def models(prices: MarketData) -> Models:
    """Return what the run is held against: recalls after one session, FINRA's maintenance, rule 201 by the prices' lows."""
    symbols = prices.symbols(Resolution.DAILY)
    frames = {symbol: prices.frame(symbol, Resolution.DAILY) for symbol in symbols}
    lows, closes = (
        pd.DataFrame(
            {s: f[name].set_axis(pd.DatetimeIndex(f.index).normalize()) for s, f in frames.items()}
        )
        for name in ("low", "close")
    )
    return {
        "recall": RecallOnShortfall(sessions=1, terms=RecallTerms(due_after=2, penalty=0.01)),
        "maintenance": FinraMaintenance(),
        "restriction": Rule201.of_prices(lows, closes),
    }
