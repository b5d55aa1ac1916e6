"""Which column of an exported trade list is which, by the names that backtesters and platforms give them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from shortable.errors import InvalidInputError

__all__ = ["FILL", "ROUND_TRIP", "Columns", "find_columns", "plain"]

FILL: Mapping[str, tuple[str, ...]] = {
    "time": (
        "time",
        "timestamp",
        "datetime",
        "dt",
        "date",
        "date_time",
        "ts_event",
        "ts_last",
        "fill_time",
        "filled_at",
        "last_fill_time",
    ),
    "symbol": (
        "symbol",
        "ticker",
        "security",
        "column",
        "instrument_id",
        "instrument",
        "item",
        "asset",
        "sid",
        "code",
    ),
    "quantity": (
        "quantity",
        "fill_quantity",
        "filled_quantity",
        "filled_qty",
        "last_qty",
        "qty",
        "amount",
        "shares",
        "size",
        "volume",
    ),
    "price": (
        "price",
        "fill_price",
        "avg_fill_price",
        "average_fill_price",
        "avg_px",
        "last_px",
        "average_price",
    ),
    "side": ("side", "order_side", "action", "buy_sell", "type", "direction"),
    "commission": ("commission", "commissions", "fee", "fees", "order_fee"),
    "status": ("status", "state"),
}
"""Roles of a list of fills. Exporters: zipline (amount, dt, price, sid), backtrader's transactions and pyfolio (date, amount, price, symbol),
vectorbt's orders (Timestamp, Column, Size, Price, Fees, Side), bt (Date, Security, price, quantity), nautilus_trader's fills
(ts_event, instrument_id, order_side, last_qty, last_px), QuantConnect's orders (Time, Symbol, Price, Quantity, Type, Status), MetaTrader 5's
deals (Time, Symbol, Type, Volume, Price, Commission), shortable's fills."""

ROUND_TRIP: Mapping[str, tuple[str, ...]] = {
    "entry_time": (
        "entry_time",
        "entrytime",
        "entry_timestamp",
        "open_time",
        "opentime",
        "entry_date",
    ),
    "exit_time": (
        "exit_time",
        "exittime",
        "exit_timestamp",
        "close_time",
        "closetime",
        "exit_date",
    ),
    "entry_price": ("entry_price", "entryprice", "avg_entry_price", "open_price", "price"),
    "exit_price": ("exit_price", "exitprice", "avg_exit_price", "close_price", "price_1"),
    "symbol": ("symbol", "symbols", "ticker", "column", "item", "security", "instrument"),
    "quantity": ("quantity", "qty", "size", "volume", "shares"),
    "side": ("direction", "side", "type"),
    "commission": ("commission", "fees", "entry_fees"),
    "exit_commission": ("exit_fees",),
}
"""Roles of a list of round trips, an entry and an exit a line. Exporters: backtesting.py (Size, EntryTime, EntryPrice, ExitTime, ExitPrice), vectorbt's
trades, QuantConnect's trades, MetaTrader 4's history."""

_REQUIRED = {"time", "quantity", "price", "entry_time", "exit_time", "entry_price", "exit_price"}
_BUY, _SELL = (
    frozenset({"buy", "b", "long", "bot", "bought", "0"}),
    frozenset({"sell", "s", "short", "sld", "sold", "sell short", "1"}),
)


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the roles are."""

    round_trip: bool
    """Whether a line is an entry and an exit."""
    at: Mapping[str, str]
    """Role → column."""
    sells: frozenset[str] = _SELL
    """Words of the side column that mean a sale, in lower case."""


def plain(name: object) -> str:
    """Return a column's name in plain letters.

    Examples
    --------
    >>> [plain(n) for n in ("EntryTime", "Avg Exit Price", "Date/Time", "ts_event", "S/L")]
    ['entry_time', 'avg_exit_price', 'date_time', 'ts_event', 's_l']
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", str(name).strip())
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")


def find_columns(
    table: pd.DataFrame, given: Mapping[str, str] | None, source: str, *, symbol: bool
) -> Columns:
    """Say which column is which.

    Parameters
    ----------
    table : DataFrame
        Of text or of numbers.
    given : mapping of role to column, optional
        What the caller says; the rest is guessed by name.
    source : str
        What messages call the table.
    symbol : bool
        Whether the caller names one symbol for all lines.

    Raises
    ------
    InvalidInputError
        A role that has to be there is not found, or `given` names what is not there.
    """
    said = dict(given or {})
    roles = {*FILL, *ROUND_TRIP}
    for role, column in said.items():
        if role not in roles:
            raise InvalidInputError(
                "columns", role, f"name roles out of {', '.join(sorted(roles))}"
            )
        if column not in table.columns:
            raise InvalidInputError(
                f"columns[{role!r}]",
                column,
                f"be a column of {source}",
                f"It has {_listed(table.columns)}.",
            )
    spelled = {plain(c): str(c) for c in reversed(list(table.columns))}
    round_trip = _is_round_trip(spelled, said)
    at = {}
    for role, names in (ROUND_TRIP if round_trip else FILL).items():
        found = said.get(role) or next(
            (spelled[n] for n in names if n in spelled and _fits(role, table[spelled[n]])), None
        )
        if found is not None:
            at[role] = found
        elif role in _REQUIRED or (role == "symbol" and not symbol):
            more = " One symbol for all lines is given by `symbol`." if role == "symbol" else ""
            raise InvalidInputError(
                "columns",
                None,
                f"say which column of {source} is the {role}",
                f"It has {_listed(table.columns)}.{more}",
            )
    return Columns(round_trip, at)


def _is_round_trip(spelled: Mapping[str, str], said: Mapping[str, str]) -> bool:
    if {"entry_time", "exit_time"} & said.keys():
        return True
    if "time" in said:
        return False
    return all(any(n in spelled for n in ROUND_TRIP[role]) for role in ("entry_time", "exit_time"))


def _fits(role: str, column: pd.Series) -> bool:
    """Whether a column's values can be the role: an order's Type may say Market, and a deal's Direction in."""
    if role != "side":
        return True
    words = {str(v).strip().lower() for v in column.unique()} - {"", "nan", "none", "balance"}
    return bool(words) and words <= _BUY | _SELL


def _listed(names: Iterable[object]) -> str:
    return ", ".join(map(str, names))
