"""What was held before a trade list begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from shortable.errors import InvalidInputError
from shortable.research.trade_lists.columns import plain
from shortable.research.trade_lists.files import open_list
from shortable.research.trade_lists.instruments import share_of
from shortable.research.trade_lists.numbers import decimal_of, numbers
from shortable.results import OpeningBook
from shortable.symbol import Symbol

__all__ = ["Held", "read_opening"]

_SYMBOL = (
    "symbol",
    "ticker",
    "security",
    "instrument",
    "asset",
    "code",
    "代码",
    "证券代码",
    "代碼",
)
_QUANTITY = (
    "quantity",
    "qty",
    "shares",
    "position",
    "amount",
    "size",
    "数量",
    "持仓",
    "數量",
    "股數",
)
_PRICE = (
    "price",
    "last_price",
    "mark_price",
    "market_price",
    "nominal_price",
    "average_price",
    "avg_price",
    "cost_price",
    "avg_entry_price",
    "cost",
    "现价",
    "成本价",
    "現價",
    "成本價",
)
_SIDE = ("side", "direction", "position_side", "long_short")


@dataclass(frozen=True, slots=True)
class Held:
    """Shares of one symbol held before the first trade."""

    quantity: float
    """Shares, negative for a short; in the shares of the day of the first trade."""
    price: float
    """What they were worth per share then; NaN where nothing says so, and the first known price counts."""


def read_opening(
    opening: OpeningBook | Mapping[str, float] | pd.DataFrame | str | Path | None,
) -> dict[Symbol, Held]:
    """Return what was held before the first trade, by symbol.

    Parameters
    ----------
    opening : OpeningBook, mapping, DataFrame, path or None
        `shortable.results.OpeningBook`; a mapping of symbols to shares, negative for shorts; or a table or CSV file with a
        symbol, a quantity and perhaps a price a row.

    Raises
    ------
    InvalidInputError
        It is none of these, or a symbol or quantity cannot be read.
    """
    if opening is None:
        return {}
    if isinstance(opening, OpeningBook):
        return {
            h.symbol: Held(float(h.quantity), _price(h.price, h.average_price))
            for h in opening.holdings
        }
    if isinstance(opening, Mapping):
        return {Symbol.create(s): Held(float(q), float("nan")) for s, q in opening.items()}
    if not isinstance(opening, (str, Path, pd.DataFrame)):
        raise InvalidInputError(
            "opening", type(opening).__name__, "be an OpeningBook, a mapping, a table or a path"
        )
    return _of_table(opening)


def _price(*given: float | None) -> float:
    return next((float(price) for price in given if price is not None), float("nan"))


def _of_table(source: str | Path | pd.DataFrame) -> dict[Symbol, Held]:
    opened = open_list(source)
    table = opened.table
    spelled = {plain(c): c for c in reversed(list(table.columns))}
    symbol, quantity, price, side = (
        next((spelled[n] for n in names if n in spelled), None)
        for names in (_SYMBOL, _QUANTITY, _PRICE, _SIDE)
    )
    if symbol is None or quantity is None:
        raise InvalidInputError(
            "opening",
            ", ".join(map(str, table.columns)),
            f"have a symbol and a quantity in {opened.name}",
        )
    given = [table[c] for c in (quantity, price) if c is not None]
    mark = decimal_of(given, separator=opened.separator, given=None, source=opened.name)
    shares = numbers(table[quantity], mark)
    prices = np.full(len(table), np.nan) if price is None else numbers(table[price], mark)
    if side is not None:
        short = table[side].astype(str).str.strip().str.lower().isin({"short", "s", "空", "空头"})
        shares = np.where(short, -np.abs(shares), shares)
    found: dict[Symbol, Held] = {}
    for row, (name, held, worth) in enumerate(
        zip(table[symbol].tolist(), shares.tolist(), prices.tolist(), strict=True)
    ):
        known = share_of(str(name))
        if known is None or not np.isfinite(held):
            raise InvalidInputError(
                f"line {opened.lines[row]} of {opened.name}",
                f"{name} {held}",
                "name a symbol and its shares",
            )
        if known in found:
            raise InvalidInputError(
                "opening", str(known), "name each symbol once", "Add up its shares first."
            )
        if held:
            found[known] = Held(held, worth)
    return found
