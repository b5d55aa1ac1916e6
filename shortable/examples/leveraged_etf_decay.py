"""Leveraged fund decay: short a bull fund and its bear twin, and let volatility eat both.

A fund that multiplies each day's return loses on every round trip of its index, whichever sign it has, so a short of
both earns where the index goes nowhere and much. It looks best where it is hardest to do: bear funds are dear to
borrow and run out. Once a week the algorithm brings each leg to a share of the equity. It asks for the bear leg
first and naively, for the whole size whatever there is; where that is refused it takes what can be borrowed, and
sizes the bull leg to what the bear leg got.

On prices that hold only the index (QQQ) and not its funds, `data` compounds the funds' closes from the index's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd

from shortable.clock import parse_time
from shortable.engine import (
    Algorithm,
    InteractiveBrokersBrokerageModel,
    MarketData,
    OrderStatus,
    Resolution,
    Security,
    Slice,
)
from shortable.errors import InvalidInputError

__all__ = ["FUNDS", "LeveragedEtfDecay", "data"]

FUNDS: Mapping[str, tuple[str, int]] = {
    "UPRO": ("SPY", 3),
    "SPXU": ("SPY", -3),
    "TQQQ": ("QQQ", 3),
    "SQQQ": ("QQQ", -3),
    "TNA": ("IWM", 3),
    "TZA": ("IWM", -3),
    "SOXL": ("SOXX", 3),
    "SOXS": ("SOXX", -3),
}
"""Fund to a fund on its index and the multiple of its daily return, as the issuers' names say it."""

# An assumption: compounded closes need a level in dollars, and it decides how many shares a leg is.
_LEVEL = 40.0
_IGNORED = 0.05  # drift of a leg that is not worth a commission


class LeveragedEtfDecay(Algorithm):
    """Shorts pairs of leveraged funds.

    Parameters (`Backtest`'s ``parameters``)
    ----------------------------------------
    pairs : str
        Bull and bear funds, ``"TQQQ/SQQQ SOXL/SOXS"``.
    share : float
        Of the equity, for each leg.
    data_folder : str
        Of the broker ``interactivebrokers``; default as in `LocalDiskShortableProvider`.
    """

    def initialize(self) -> None:
        """Subscribe to both funds of each pair, with what Interactive Brokers lends."""
        self.set_cash(10_000_000)
        self.set_brokerage_model(
            InteractiveBrokersBrokerageModel(self.get_parameter("data_folder"))
        )
        self.share = self.get_parameter("share", 0.15)
        pairs = _pairs(self.get_parameter("pairs", "UPRO/SPXU TQQQ/SQQQ TNA/TZA SOXL/SOXS"))
        self.pairs = [
            (self.add_equity(bull, Resolution.DAILY), self.add_equity(bear, Resolution.DAILY))
            for bull, bear in pairs
        ]
        self.week = (0, 0)

    def on_data(self, slice: Slice) -> None:
        """Rebalance at the close of each week's first session."""
        week = self.time.isocalendar()[:2]
        if week == self.week:
            return
        self.week = week
        size = self.share * self.portfolio.total_portfolio_value
        for bull, bear in self.pairs:
            if bull.symbol in slice and bear.symbol in slice:
                self.short(bull, self.short(bear, size, naive=True))

    def short(self, fund: Security, size: float, *, naive: bool = False) -> float:
        """Bring one fund to a short of `size` dollars, or as near as can be borrowed; return what it then is."""
        held, target = fund.holdings.quantity, -int(size / fund.price)
        if abs(target - held) <= _IGNORED * abs(target):
            target = held
        elif target > held:
            self.market_order(fund.symbol, target - held)
        elif not (naive and self.sold(fund, held - target)):
            available = self.shortable_quantity(fund.symbol)
            target = target if available is None else min(held, max(target, -available))
            if target < held and not self.sold(fund, held - target):
                target = held
        return -target * fund.price

    def sold(self, fund: Security, shares: int) -> bool:
        """Order to sell; say whether the order was accepted."""
        return self.market_order(fund.symbol, -shares).status is not OrderStatus.INVALID


def data(prices: MarketData | None = None, start: date | str | None = None) -> MarketData:
    """Return daily closes of the funds: those that the prices hold, else compounded from the index's.

    Parameters
    ----------
    prices : MarketData, optional
        Default: the sample, which holds the funds.
    start : date or str, optional
        From when on closes are compounded; default the first date. Over years a bear fund would dwindle to
        fractions of a cent, which its issuer prevents by reverse splits.

    Returns
    -------
    MarketData
        `prices` as they are where they hold every fund. Else the funds that they hold, and the others as the product
        of 1 + multiple × the index's daily return, from 40 dollars on the first date, before the funds' own costs.

    Raises
    ------
    InvalidInputError
        The prices hold neither funds nor their indices.
    """
    prices = MarketData.sample() if prices is None else prices
    have = set(prices.symbols(Resolution.DAILY))
    if have.issuperset(FUNDS):
        return prices
    since = None if start is None else parse_time(str(start), parameter="start")
    frames: dict[str, pd.DataFrame] = {}
    source = prices.source
    for fund, (index, multiple) in FUNDS.items():
        if fund in have:
            frames[fund] = prices.frame(fund, Resolution.DAILY)
        elif index in have:
            closes = prices.frame(index, Resolution.DAILY)["close"].loc[since:]
            grown = (1 + multiple * closes.pct_change().fillna(0.0)).cumprod()
            frames[fund] = pd.DataFrame({"close": _LEVEL * grown})
            source = f"{prices.source}, funds compounded from their indices"
    if not frames:
        indices = sorted({index for index, _ in FUNDS.values()})
        raise InvalidInputError(
            "prices",
            prices.source,
            f"hold daily bars of {', '.join(FUNDS)} or {', '.join(indices)}",
        )
    made = MarketData.from_frames(frames, resolution=Resolution.DAILY)
    made.source, made.made_up = source, prices.made_up
    return made


def _pairs(text: str) -> list[tuple[str, str]]:
    pairs = [tuple(pair.split("/")) for pair in text.split()]
    if not pairs or any(len(pair) != 2 for pair in pairs):
        raise InvalidInputError("pairs", text, "be bull/bear pairs such as 'TQQQ/SQQQ SOXL/SOXS'")
    return [(bull, bear) for bull, bear in pairs]
