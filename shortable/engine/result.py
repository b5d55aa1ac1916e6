"""Result: what a backtest did, as tables that are made when they are looked at."""

from __future__ import annotations

from dataclasses import fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from shortable.desk import Refusal
from shortable.engine.feed import Feed
from shortable.engine.lent import Lent, lent
from shortable.engine.statement import statement_of
from shortable.engine.summary import MADE_UP, Summary, is_made_up, summarize
from shortable.engine.tables import of_records, of_tuples, save_tables, table
from shortable.orders import OrderStatus

if TYPE_CHECKING:
    from shortable.engine.algorithm import Algorithm

__all__ = ["Result"]

_ORDER = (
    "id",
    "time",
    "symbol",
    "type",
    "quantity",
    "limit_price",
    "stop_price",
    "trailing_amount",
    "trailing_as_percentage",
    "time_in_force",
    "status",
    "quantity_filled",
    "fill_price",
    "commission",
    "tag",
    "error_code",
    "last_time",
)
_EVENT = (
    "order_id",
    "symbol",
    "time",
    "status",
    "quantity",
    "fill_quantity",
    "fill_price",
    "order_fee",
    "message",
)
_FILL = {
    "order_id": "order_id",
    "time": "time",
    "symbol": "symbol",
    "quantity": "fill_quantity",
    "price": "fill_price",
    "fee": "order_fee",
}
_STATUS, _FILLED = _EVENT.index("status"), OrderStatus.FILLED
_REFUSAL = tuple(field.name for field in fields(Refusal))
_TABLES = (
    "orders",
    "fills",
    "rejections",
    "order_events",
    "equity",
    "borrow_fees",
    "checks_without_data",
    "holdings",
    "opening",
    "availability",
)


class Result:
    """What came of a backtest.

    Times are exchange-local and naive, money is in the account's currency, shares are negative for sales.

    Attributes
    ----------
    algorithm : Algorithm
        The one that ran, as the run left it.
    borrow_fee : BorrowFeeModel
        The convention by which borrow fees were charged.
    """

    def __init__(
        self,
        algorithm: Algorithm,
        feed: Feed,
        equity: list[float],
        cash: list[float],
    ) -> None:
        self.algorithm = algorithm
        self._state, self._feed = algorithm._run_state, feed
        self._short_desk = self._state.short_desk
        self.borrow_fee, self._equity, self._cash = self._short_desk.borrow_fee, equity, cash

    @cached_property
    def orders(self) -> pd.DataFrame:
        """Every order, refused ones included, by its number, as it stood at the end."""
        orders = [ticket.order for ticket in self._state.order_desk.tickets]
        return (
            table(of_records(orders, _ORDER)).rename(columns={"commission": "fee"}).set_index("id")
        )

    @cached_property
    def fills(self) -> pd.DataFrame:
        """Every fill: order_id, time of the bar, symbol, quantity, price, fee (the commission)."""
        filled = [event for event in self._state.account.events if event[_STATUS] is _FILLED]
        columns = of_tuples(filled, _EVENT)
        return table({name: columns[source] for name, source in _FILL.items()})

    @cached_property
    def rejections(self) -> pd.DataFrame:
        """Every order or update that a check refused, cut, warned of or cancelled; the columns are `Refusal`'s."""
        columns = of_records(self._short_desk.refusals, _REFUSAL)
        return table(columns).rename(columns={"has_data": "rests_on_data"})

    @cached_property
    def order_events(self) -> pd.DataFrame:
        """Everything that happened to orders, oldest first."""
        return table(of_tuples(self._state.account.events, _EVENT))

    @cached_property
    def equity(self) -> pd.DataFrame:
        """The account at each session's close: equity, cash, holdings (longs less shorts), by date."""
        equity, cash = np.array(self._equity), np.array(self._cash)
        columns = {"equity": equity, "cash": cash, "holdings": equity - cash}
        return pd.DataFrame(columns, index=self._dates(self._feed.closing_rows[: len(equity)]))

    @cached_property
    def returns(self) -> pd.Series:
        """Return of each session as a fraction of the equity before it, by date; the first on the starting equity."""
        equity = np.array([self._state.starting_equity, *self._equity])
        dates = self._dates(self._feed.closing_rows[: len(self._equity)])
        return pd.Series(equity[1:] / equity[:-1] - 1.0, index=dates, name="returns")

    @cached_property
    def borrow_fees(self) -> pd.DataFrame:
        """Every night's fee by symbol: date of the session it was charged in, symbol, shares, close, rate, days, fee.

        `rate` is an annual fraction, NaN where none was known.
        """
        nights, feed = self._short_desk.all_nights(), self._feed
        return pd.DataFrame(
            {
                "date": self._dates(feed.closing_rows[nights.session + 1]),
                "symbol": pd.Series(
                    [feed.symbols[c] for c in nights.column.tolist()], dtype=object
                ),
                "shares": nights.shares.astype(np.int64),
                "close": nights.close,
                "rate": nights.rate,
                "days": nights.days,
                "fee": nights.cost,
            }
        )

    @property
    def nights_short(self) -> int:
        """How many times a short was carried over a night, counted by symbol and night."""
        return sum(len(n.columns) for n in self._short_desk.nights)

    @cached_property
    def nights_without_rate(self) -> int:
        """How many of them met no known rate, which read as 0."""
        return int(np.isnan(self._short_desk.all_nights().rate).sum())

    @cached_property
    def holdings(self) -> pd.DataFrame:
        """Every security at the end: shares, what they cost and are worth, resting orders, profit and costs.

        `profit` is what closing trades have earned before costs; `previous_close` is the session's before, NaN where
        none is known.
        """
        marks, held = statement_of(self).marks, [s.holdings for s in self._state.by_column]
        return table(
            {
                "symbol": [m.symbol for m in marks],
                "time": [self._state.account.time] * len(marks),
                "quantity": [h.quantity for h in held],
                "average_price": [h.average_price for h in held],
                "close": [m.price for m in marks],
                "previous_close": [m.previous_close for m in marks],
                "open_buys": [m.open_buys for m in marks],
                "open_sells": [m.open_sells for m in marks],
                "profit": [h.profit for h in held],
                "fee": [h.total_fees for h in held],
                "borrow_fee": [m.borrow_fees for m in marks],
            }
        )

    @cached_property
    def opening(self) -> pd.DataFrame:
        """What was held before the first bar, where the backtest had an opening book: symbol, quantity, average_price, price."""
        return table(
            of_records(self._state.opening, ("symbol", "quantity", "average_price", "price"))
        )

    @cached_property
    def checks_without_data(self) -> pd.DataFrame:
        """Every availability check of an order that no snapshot could answer: time, symbol."""
        return table(of_tuples(self._short_desk.checks_without_data, ("time", "symbol")))

    @cached_property
    def availability(self) -> pd.DataFrame:
        """What could be borrowed, at each session's close, of every security that was short or refused: date, symbol,
        available, known (False where no snapshot spoke), fee_rate (annual fraction, NaN where none is known).

        A row says what held from its session on, until the security's next. Providers are asked when the table is
        first looked at; a security whose provider cannot answer is not in it.
        """
        concerned = {r.symbol for r in self._short_desk.refusals} | self._shorted()
        rows = lent([s for s in self._state.by_column if s.symbol in concerned], self._feed)
        return table(of_tuples(rows, Lent._fields))

    def _shorted(self) -> set[Any]:
        """Return the symbols of which shares were owed at any time."""
        held: dict[Any, int] = {h.symbol: h.quantity for h in self._state.opening}
        short = {symbol for symbol, quantity in held.items() if quantity < 0}
        for symbol, quantity in zip(
            self.fills["symbol"], self.fills["quantity"].tolist(), strict=True
        ):
            held[symbol] = held.get(symbol, 0) + quantity
            if held[symbol] < 0:
                short.add(symbol)
        return short

    @cached_property
    def made_up(self) -> bool:
        """Whether prices or availability are made up, as the packaged sample's are."""
        prices = self._state.data is not None and self._state.data.made_up
        return prices or any(
            is_made_up(s.shortable_provider, self._feed) for s in self._state.by_column
        )

    def summary(self) -> Summary:
        """Return the run in figures: a dict that prints as a table."""
        return summarize(self, self._state, self._feed)

    def to_parquet(self, folder: str | Path, *, overwrite: bool = False) -> Path:
        """Write every table and the summary into a new folder, all or nothing.

        Parameters
        ----------
        folder : str or Path
            Must not exist, unless `overwrite`.
        overwrite : bool
            Replace an existing folder.

        Returns
        -------
        Path
            The folder: orders.parquet, fills.parquet, …, summary.json.

        Raises
        ------
        InvalidInputError
            The folder exists.
        """
        tables = {name: getattr(self, name) for name in _TABLES} | {
            "returns": self.returns.to_frame()
        }
        return save_tables(tables, self.summary(), Path(folder), overwrite)

    def _dates(self, rows: Any) -> pd.DatetimeIndex:
        days = self._feed.times64[rows].astype("datetime64[D]").astype("datetime64[ns]")
        return pd.DatetimeIndex(days, name="date")

    def __repr__(self) -> str:
        sample = f", {MADE_UP}" if self.made_up else ""
        return f"<Result of {type(self.algorithm).__name__}: {len(self._state.order_desk.tickets)} orders, {len(self._equity)} sessions{sample}>"
