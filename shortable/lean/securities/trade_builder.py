"""Pairs fills into closed trades (LEAN: Common/Statistics/TradeBuilder.cs)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from shortable.errors import InvalidInputError
from shortable.lean.enums import FillGroupingMethod, FillMatchingMethod
from shortable.lean.names import LeanObject
from shortable.lean.numbers import ZERO, decimal_of, rounded
from shortable.names import LeanEnum

if TYPE_CHECKING:
    from shortable.lean.orders.events import OrderEvent
    from shortable.lean.symbols import Symbol

__all__ = ["Trade", "TradeBuilder", "TradeDirection"]


class TradeDirection(LeanEnum):
    """Which side a trade was on."""

    LONG = 0
    SHORT = 1


class Trade(LeanObject):
    """A position from its opening to its closing, or a part of one.

    Attributes
    ----------
    symbol : Symbol
    entry_time, exit_time : datetime
        UTC.
    exact_entry_price, exact_exit_price : Decimal
    exact_quantity : Decimal
        Shares, at least 0.
    direction : TradeDirection
    exact_profit_loss : Decimal
        Before fees, in cents.
    exact_total_fees : Decimal
    exact_mae, exact_mfe : Decimal
        Largest loss and gain on the way, in cents.
    """

    def __init__(
        self, symbol: Symbol, entry_time: datetime, price: Decimal, quantity: Decimal, fees: Decimal
    ) -> None:
        self.symbol = symbol
        self.entry_time = self.exit_time = entry_time
        self.exact_entry_price, self.exact_exit_price = price, ZERO
        self.direction = TradeDirection.LONG if quantity > 0 else TradeDirection.SHORT
        self.exact_quantity = abs(quantity)
        self.exact_profit_loss = self.exact_mae = self.exact_mfe = ZERO
        self.exact_total_fees = fees

    @property
    def symbols(self) -> list[Symbol]:
        """The symbol, in a list: LEAN's newer name, for positions of several."""
        return [self.symbol]

    @property
    def side(self) -> int:
        """1 for a long, −1 for a short."""
        return 1 if self.direction == TradeDirection.LONG else -1

    def close(self, time: datetime, price: Decimal, low: Decimal, high: Decimal) -> None:
        """Enter the exit, the profit and the extremes."""
        self.exit_time, self.exact_exit_price = time, price
        entry, quantity, long = self.exact_entry_price, self.exact_quantity, self.side > 0
        self.exact_profit_loss = rounded((price - entry) * quantity * self.side, 2)
        self.exact_mae = rounded((low - entry if long else entry - high) * quantity, 2)
        self.exact_mfe = rounded((high - entry if long else entry - low) * quantity, 2)

    def __getattr__(self, name: str) -> Any:
        exact = self.__dict__.get("exact_" + name)
        if exact is not None:
            return float(exact)
        return super().__getattr__(name)

    @property
    def is_win(self) -> bool:
        """Whether it gained before fees."""
        return self.exact_profit_loss > 0

    @property
    def duration(self) -> Any:
        """From entry to exit."""
        return self.exit_time - self.entry_time

    @property
    def end_trade_drawdown(self) -> float:
        """What was given back from the largest gain to the exit."""
        return float(self.exact_profit_loss - self.exact_mfe)


@dataclass(slots=True)
class _Position:
    low: Decimal
    high: Decimal
    trades: list[Trade] = field(default_factory=list)
    held: Decimal = ZERO
    sold: Decimal = ZERO
    exit_price: Decimal = ZERO


class TradeBuilder(LeanObject):
    """Pairs each closing fill with the fills that opened, the first in first; or all from flat to flat into one trade.

    Attributes
    ----------
    closed_trades : list of Trade
    """

    def __init__(
        self,
        grouping_method: FillGroupingMethod = FillGroupingMethod.FILL_TO_FILL,
        matching_method: FillMatchingMethod = FillMatchingMethod.FIFO,
    ) -> None:
        if grouping_method not in (
            FillGroupingMethod.FILL_TO_FILL,
            FillGroupingMethod.FLAT_TO_FLAT,
        ):
            raise InvalidInputError(
                "grouping_method",
                str(grouping_method),
                "be FillGroupingMethod.FILL_TO_FILL or FLAT_TO_FLAT",
            )
        self._flat = grouping_method == FillGroupingMethod.FLAT_TO_FLAT
        self._newest = matching_method == FillMatchingMethod.LIFO
        self._positions: dict[Symbol, _Position] = {}
        self._charged: set[int] = set()
        self.closed_trades: list[Trade] = []

    def has_open_position(self, symbol: Symbol) -> bool:
        """Whether a symbol has an open trade."""
        return symbol in self._positions

    def set_market_price(self, symbol: Symbol, price: float | Decimal) -> None:
        """Note a price, for the extremes of open trades; the loop calls it for all securities that got data."""
        position = self._positions.get(symbol)
        if position is None:
            return
        exact = decimal_of(price)
        if exact > position.high:
            position.high = exact
        elif exact < position.low:
            position.low = exact

    def apply_split(self, symbol: Symbol, factor: Decimal) -> None:
        """Bring open trades into the units after a split."""
        position = self._positions.get(symbol)
        if position is None:
            return
        position.low, position.high = position.low * factor, position.high * factor
        for trade in position.trades:
            trade.exact_quantity /= factor
            trade.exact_entry_price *= factor

    def process_fill(self, fill: OrderEvent, fee: Decimal) -> None:
        """Enter a fill; an order's fee counts with its first one."""
        if fill.order_id in self._charged:
            fee = ZERO
        self._charged.add(fill.order_id)
        symbol, price, quantity = fill.symbol, fill.exact_fill_price, fill.exact_fill_quantity
        position = self._positions.get(symbol)
        if position is None:
            self._open(symbol, fill, quantity, fee)
            return
        self.set_market_price(symbol, price)
        if self._flat:
            self._grow(position, fill, quantity, fee)
            return
        if quantity * position.trades[-1 if self._newest else 0].side > 0:
            position.trades.append(Trade(symbol, fill.utc_time, price, quantity, fee))
            return
        left = self._close(position, fill, abs(quantity), fee)
        if not position.trades:
            del self._positions[symbol]
        if left:
            self._open(symbol, fill, left if quantity > 0 else -left, ZERO)

    def _open(self, symbol: Symbol, fill: OrderEvent, quantity: Decimal, fee: Decimal) -> None:
        price = fill.exact_fill_price
        trade = Trade(symbol, fill.utc_time, price, quantity, fee)
        self._positions[symbol] = _Position(price, price, [trade], abs(quantity))

    def _grow(self, position: _Position, fill: OrderEvent, quantity: Decimal, fee: Decimal) -> None:
        """Enter a fill of a trade that lasts until nothing is held; one that turns the side closes it and opens another."""
        trade, price = position.trades[0], fill.exact_fill_price
        trade.exact_total_fees += fee
        if quantity * trade.side > 0:
            bought = trade.exact_quantity + abs(quantity)
            trade.exact_entry_price += (price - trade.exact_entry_price) * abs(quantity) / bought
            trade.exact_quantity, position.held = bought, position.held + abs(quantity)
            return
        position.sold += abs(quantity)
        position.exit_price += (price - position.exit_price) * abs(quantity) / position.sold
        position.held -= abs(quantity)
        if position.held > 0:
            return
        del self._positions[trade.symbol]
        trade.close(fill.utc_time, position.exit_price, position.low, position.high)
        self.closed_trades.append(trade)
        if position.held:
            self._open(trade.symbol, fill, position.held * trade.side, ZERO)

    def _close(self, position: _Position, fill: OrderEvent, left: Decimal, fee: Decimal) -> Decimal:
        """Close trades by a fill; return what of it is left."""
        while position.trades and left:
            trade = position.trades[-1 if self._newest else 0]
            if left >= trade.exact_quantity:
                position.trades.remove(trade)
                left -= trade.exact_quantity
                done = trade
                done.exact_total_fees += fee
            else:
                done = Trade(
                    trade.symbol,
                    trade.entry_time,
                    trade.exact_entry_price,
                    left * trade.side,
                    trade.exact_total_fees + fee,
                )
                trade.exact_quantity -= left
                trade.exact_total_fees, left = ZERO, ZERO
            done.close(fill.utc_time, fill.exact_fill_price, position.low, position.high)
            self.closed_trades.append(done)
            fee = ZERO
        return left
