"""Availability from a DataFrame in memory."""

from __future__ import annotations

from datetime import timedelta
from typing import get_args

import numpy as np
import pandas as pd

from shortable.clock import local_times
from shortable.errors import InvalidInputError
from shortable.market import Market
from shortable.provider import AvailabilityKind
from shortable.provider.rates import warn_of_percent
from shortable.providers.as_of import (
    FEE,
    QUANTITY,
    REBATE,
    AsOfLookup,
    History,
    Missing,
    SessionLookup,
    SnapshotProvider,
    WideHistory,
)
from shortable.rule import check_choice
from shortable.symbol import Symbol

__all__ = ["FrameShortableProvider"]


class FrameShortableProvider(SnapshotProvider):
    """Answers from wide tables, times × tickers.

    Parameters
    ----------
    quantities : DataFrame
        Shares available: whole numbers, at least 0. NaN is "not stated": the newest stated value counts, as long
        as `max_age` lets it count. A ticker without a column follows `missing`, and so does any symbol of another
        market. The index says when each row became known: wall time of the market, or aware; in any order, each
        time once. A wall time that the clock shows twice counts from its second pass on. Column labels are
        tickers in any vendor's spelling, each symbol once. The table is copied.
    fee_rates, rebate_rates : DataFrame, optional
        Annual fractions (0.0025 is 0.25 %), finite, NaN not stated; with an index and columns of their own, as-of
        likewise. A `RateUnitWarning` says where they look like percent.
    kind : {"pool", "daily_flow"}
        What the quantities limit: shares that can be held short (S4), or shares that can be sold short in one session
        (S15). The rows of a daily flow stand on the session that they limit, known from their time on that day; they
        answer for no other day, and `max_age` does not apply to them.
    market : Market, optional
        Whose tickers and clock they are; default what the labels say (``VOD.L``, ``700.HK``), else the USA.
    missing, max_age, lag
        As in `LocalDiskShortableProvider`.

    Raises
    ------
    InvalidInputError
        A cell, a label or an argument is out of its bounds; names ticker, time and value.

    Examples
    --------
    >>> table = pd.DataFrame({"SPY": [500, 400], "BRK B": [7, None]}, index=pd.to_datetime(["2024-01-02", "2024-01-03"]))
    >>> provider = FrameShortableProvider(table)
    >>> [provider.shortable_quantity(s, pd.Timestamp("2024-01-03 10:00")) for s in ("SPY", "BRK.B", "GME")]
    [400, 7, 0]
    """

    def __init__(
        self,
        quantities: pd.DataFrame,
        fee_rates: pd.DataFrame | None = None,
        rebate_rates: pd.DataFrame | None = None,
        *,
        kind: AvailabilityKind = "pool",
        market: Market | str | None = None,
        missing: Missing = "unavailable",
        max_age: timedelta | None = timedelta(days=7),
        lag: timedelta = timedelta(0),
    ) -> None:
        self.market = _market_of(quantities) if market is None else Market.of(market)
        listed = WideHistory.of(quantities, "quantities", self.market, QUANTITY)
        self._size = len(listed.instants), len(listed.rows)
        histories: dict[str, dict[Market, History]] = {
            QUANTITY: {self.market: listed},
            FEE: {},
            REBATE: {},
        }
        for column, frame, name in (
            (FEE, fee_rates, "fee_rates"),
            (REBATE, rebate_rates, "rebate_rates"),
        ):
            if frame is not None:
                histories[column][self.market] = WideHistory.of(frame, name, self.market, column)
                warn_of_percent(frame.to_numpy(np.float64, na_value=np.nan), frame.shape[1], name)
        self._kind: AvailabilityKind = check_choice("kind", kind, get_args(AvailabilityKind))
        if kind == "pool":
            super().__init__(AsOfLookup(histories, missing, max_age, lag))
            return
        days = local_times(
            pd.DatetimeIndex(listed.instants.view("datetime64[us]"), tz="UTC"), self.market
        )
        sessions = {self.market: days.astype("datetime64[D]").astype(np.int64)}
        super().__init__(SessionLookup(histories, sessions, missing, max_age, lag))

    def __repr__(self) -> str:
        times, symbols = self._size
        flow = ", daily flow" if self._kind == "daily_flow" else ""
        return f"{type(self).__name__}({times:,} times × {symbols:,} symbols{flow})"

    @property
    def availability_kind(self) -> AvailabilityKind:
        """What the quantities limit, as `kind` says."""
        return self._kind


def _market_of(quantities: pd.DataFrame) -> Market:
    """Return the one market that the labels are of."""
    labels = quantities.columns if isinstance(quantities, pd.DataFrame) else ()
    markets = sorted({Symbol.create(label).market for label in labels})
    if len(markets) > 1:
        raise InvalidInputError(
            "quantities.columns",
            ", ".join(markets),
            "be of one market",
            "Make a provider for each market and put them together with first_of.",
        )
    return Market(markets[0]) if markets else Market.USA
