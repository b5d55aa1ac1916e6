"""How much money a strategy could run, estimated from the volume that its trades met.

LEAN: Common/CapacityEstimate.cs and SymbolCapacity.cs. The asset with the least volume around its trades bounds the
strategy: that volume, a share of which a strategy can take, over the asset's share of what the strategy trades or holds.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from shortable.lean.enums import OrderStatus, Resolution
from shortable.lean.numbers import DECIMALS, ZERO, decimal_of

__all__ = ["CapacityEstimate"]

# SymbolCapacity.cs: share of a bar's volume that a strategy can take, by resolution.
_SHARE = {
    Resolution.DAILY: Decimal("0.02"),
    Resolution.HOUR: Decimal("0.05"),
    Resolution.MINUTE: Decimal("0.20"),
}
_FORGOTTEN = timedelta(days=30)  # CapacityEffectPeriod
_FAST = Decimal(2)  # _fastTradingVolumeScalingFactor
_LEAST = Decimal("0.20")
_SESSION = Decimal(390)  # minutes
_BUSY = 6_000_000  # dollars a minute of which one minute's volume is enough
_LONGEST = 120  # minutes
_QUANTUM = Decimal("1000.00")
_NEW, _OLD = Decimal("0.33"), Decimal("0.66")


class _Asset:
    """One security's trades and the volume around them."""

    def __init__(self, security: Any) -> None:
        self.security, self.symbol = security, security.symbol
        own = [c.resolution for c in security.subscriptions if not c.is_internal_feed]
        self.resolution = Resolution(min(own, default=Resolution.SECOND))
        self.trades, self.sale_volume = 0, ZERO
        self._volume, self._factor, self._mean = ZERO, ZERO, ZERO
        self._fresh = False
        self.last_fill: datetime | None = None
        self._last: tuple[datetime, Decimal] | None = None

    @property
    def capacity(self) -> Decimal:
        """Dollars that the market could have taken from the strategy."""
        return self._volume * _SHARE.get(self.resolution, Decimal("0.50"))

    def fill(self, event: Any) -> None:
        """Take a fill in; fills in quick succession count their volume in part."""
        utc = event.utc_time.replace(tzinfo=None)
        self.sale_volume += decimal_of(event.fill_price) * abs(decimal_of(event.fill_quantity))
        before = self.last_fill if self.last_fill is not None else utc - timedelta(days=1)
        factor = _FAST * _minutes(utc - before) / _SESSION
        self._factor = min(Decimal(1), max(_LEAST, factor))
        if self._fresh:
            self._volume, self.trades, self._fresh = ZERO, 0, False
        self.trades += 1
        self.last_fill = utc

    def look(self, utc: datetime, close: Decimal, volume: Decimal) -> bool:
        """Take a bar in; return whether the volume around the last fill is complete."""
        if not volume:
            return False
        before, old = self._last or (utc, ZERO)
        between = _minutes(utc - before)
        self._mean = close * (volume + old) / between if between else close * volume
        self._last = (utc, volume)
        counts = self._counts(utc)
        if counts:
            self._volume += close * self._factor * volume
        return not counts

    def _counts(self, utc: datetime) -> bool:
        """Whether a bar known now belongs to the last fill."""
        fill = self.last_fill
        if fill is None:
            return False
        if self.resolution == Resolution.HOUR:
            return utc == _up(fill, timedelta(hours=1))
        if self.resolution == Resolution.DAILY:
            return utc == fill or datetime(utc.year, utc.month, utc.day) == _up(
                fill, timedelta(days=1)
            )
        wait = Decimal(_BUSY) / self._mean if self._mean else Decimal(10)
        return utc <= fill + timedelta(minutes=min(_LONGEST, max(1, int(wait))))

    def reset(self) -> None:
        """Begin anew with the next fill."""
        self._fresh, self.sale_volume = True, ZERO


class CapacityEstimate:
    """Estimates the strategy's capacity, a snapshot every so many days.

    Parameters
    ----------
    start, end : datetime
        First moment and last instant of the run, naive, in the algorithm's time.
    securities : callable
        From a symbol to its security.
    reserved : callable
        From a security to the dollars of buying power that its position takes, times its leverage.
    """

    def __init__(
        self,
        start: datetime,
        end: datetime,
        securities: Callable[[Any], Any],
        reserved: Callable[[Any], Decimal],
    ) -> None:
        days = (end - start).total_seconds() / 86_400
        self._period = timedelta(days=max(min(days - 1, 7), 1))
        self._next = start + self._period
        self._securities, self._reserved = securities, reserved
        self._assets: dict[Any, _Asset] = {}
        self._watched: list[_Asset] = []
        self._capacity = ZERO
        self.lowest: str = ""
        """Identifier of the asset that bounds the strategy, empty while none does."""

    @property
    def value(self) -> Decimal:
        """The estimate in dollars, in steps of 1,000."""
        with localcontext(DECIMALS):
            steps = (self._capacity / _QUANTUM).quantize(Decimal(1), ROUND_HALF_UP)
            return _QUANTUM * steps if self._capacity else ZERO

    def on_order_event(self, event: Any) -> None:
        """Take an order event in; only fills count."""
        if event.status not in (OrderStatus.FILLED, OrderStatus.PARTIALLY_FILLED):
            return
        asset = self._assets.get(event.symbol)
        if asset is None:
            asset = self._assets[event.symbol] = _Asset(self._securities(event.symbol))
        with localcontext(DECIMALS):
            asset.fill(event)
        if asset not in self._watched:
            self._watched.append(asset)

    def update(
        self,
        utc: datetime,
        data: Any,
        portfolio_value: Callable[[], Decimal],
        *,
        force: bool = False,
    ) -> None:
        """Look at the bars of a time slice, and take a snapshot when one is due.

        Parameters
        ----------
        utc : datetime
            The present, naive UTC.
        data : Slice or None
            What the algorithm was just handed.
        portfolio_value : callable
            Asked when a snapshot is taken.
        force : bool, optional
            Take one now: at the end of the run.
        """
        with localcontext(DECIMALS):
            for asset in reversed(list(self._watched)):
                bar = _bar(data, asset.symbol)
                if bar is not None and asset.look(utc, *bar):
                    self._watched.remove(asset)
            day = datetime(utc.year, utc.month, utc.day)
            if self._assets and (force or day >= self._next) and (value := portfolio_value()):
                self._snapshot(utc, value)
                self._next = day + self._period

    def _snapshot(self, utc: datetime, portfolio_value: Decimal) -> None:
        sold = sum((asset.sale_volume for asset in self._assets.values()), ZERO)
        bounding = [a for a in self._assets.values() if a.trades > 0 and a.capacity > 0]
        if bounding:
            smallest = min(bounding, key=lambda asset: asset.capacity)
            self.lowest = str(smallest.symbol.id)
            of_sales = smallest.sale_volume / sold if sold else ZERO
            scale = max(of_sales, self._reserved(smallest.security) / portfolio_value)
            estimate = smallest.capacity / smallest.trades / scale if scale else self._capacity
            self._capacity = _NEW * estimate + _OLD * self._capacity if self._capacity else estimate
        for symbol, asset in list(self._assets.items()):
            held = asset.security.holdings.quantity != 0
            if held or (asset.last_fill is not None and utc < asset.last_fill + _FORGOTTEN):
                asset.reset()
                continue
            del self._assets[symbol]
            if asset in self._watched:
                self._watched.remove(asset)


def _minutes(span: timedelta) -> Decimal:
    return decimal_of(span.total_seconds() / 60)


def _up(time: datetime, step: timedelta) -> datetime:
    """Round up to a whole multiple of a step."""
    over = (time - datetime.min) % step
    return time + (step - over) if over else time


def _bar(data: Any, symbol: Any) -> tuple[Decimal, Decimal] | None:
    """Return close and volume of a symbol's bar; of a quote the middle and the mean size."""
    if data is None:
        return None
    if symbol in data.bars:
        bar = data.bars[symbol]
        return decimal_of(bar.close), decimal_of(bar.volume)
    if symbol in data.quote_bars:
        quote = data.quote_bars[symbol]
        return decimal_of(quote.close), (
            decimal_of(quote.last_bid_size) + decimal_of(quote.last_ask_size)
        ) / 2
    return None
