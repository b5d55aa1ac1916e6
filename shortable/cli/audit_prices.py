"""The closes at which an audit marks positions: read from a file, and put on the trades' share basis (S11)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from shortable.cli.files import read_prices
from shortable.errors import InvalidInputError
from shortable.market_data import Resolution, check_splits, dated_splits, suspected_splits

if TYPE_CHECKING:
    from shortable.actions import CorporateActions
    from shortable.research import TradeList

__all__ = ["Marks", "closes_of"]


class Marks(NamedTuple):
    """Closes, and what they rest on."""

    closes: pd.DataFrame
    """By session and traded symbol, on the trades' basis."""
    actions: CorporateActions
    """With ex-dates that the prices have settled."""
    described: str
    """Where the closes come from, and their own basis, for people."""
    doubts: tuple[str, ...]
    """Ex-dates that stay open, and jumps that look like splits without one."""


def closes_of(
    read: TradeList, path: Path, actions: CorporateActions, basis: str, price_basis: str | None
) -> Marks:
    """Read the closes of the traded symbols.

    Parameters
    ----------
    read : TradeList
    path : Path
        Prices; a company's may stand under another of its tickers.
    actions : CorporateActions
    basis : str
        On which the trades are.
    price_basis : str, optional
        On which the prices are; default by their shape.

    Raises
    ------
    InvalidInputError
        A traded symbol has no closes.
    MarketDataError
        The prices contradict a split of the table (S11), or cannot be compared with shares.
    """
    data = read_prices(path, basis=price_basis)
    daily = set(data.symbols(Resolution.DAILY))
    symbols = list(dict.fromkeys(read.trades.symbols))
    first = read.trades.times[0].item().date()
    under = {}
    for symbol in symbols:
        names = (symbol, *(name.symbol for name in actions.identity(symbol, first).names))
        under[symbol] = next((name for name in names if name in daily), None)
    absent = [str(symbol) for symbol, name in under.items() if name is None]
    if absent:
        raise InvalidInputError(
            "--prices",
            str(path),
            f"hold daily closes of every traded symbol; not of {', '.join(absent[:5])}",
            f"It has {', '.join(sorted(map(str, daily))[:5]) or 'none'}; a file without a column of symbols is of the symbol that is its name",
        )
    priced = list(dict.fromkeys(name for name in under.values() if name is not None))
    actions, undecided = dated_splits(data, actions)
    check_splits(data, actions, priced)
    suspected = [str(one) for one in suspected_splits(data, actions, priced)]
    panel = data.panel(priced, Resolution.DAILY)
    days = panel.times64.astype("datetime64[D]")
    closes = np.array(panel.close)
    if data.basis != basis:
        for column, symbol in enumerate(priced):
            named_on = data.last_day(symbol)
            factors = [
                float(actions.split_factor(symbol, day, named_on=named_on)) for day in days.tolist()
            ]
            closes[:, column] *= factors if basis == "raw" else 1 / np.array(factors)
    columns = [priced.index(name) for name in under.values() if name is not None]
    index = pd.DatetimeIndex(days)
    frame = pd.DataFrame(closes[:, columns], index, pd.Index(symbols, dtype=object))
    return Marks(frame, actions, data.description, (*undecided, *suspected))
