"""The lists that backtesters, platforms and brokers export, each known by its whole header."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

from shortable.research.trade_lists.dates import DateOrder

__all__ = ["EXPORTERS", "Exporter", "exporter_of"]

Layout = Literal["fills", "round trips", "averaged"]
"""A row is a fill or an order that filled; an entry and an exit; or averages of several entries or exits."""


@dataclass(frozen=True, slots=True)
class Exporter:
    """One kind of list. Names of columns are plain: lower case, words joined by ``_``; a final ``*`` stands for the rest."""

    name: str
    """What messages call it."""
    header: tuple[str, ...]
    """Columns that it always has."""
    roles: Mapping[str, str]
    """Role to column, of all that are used; a column that is not there is left out."""
    layout: Layout = "fills"
    """What a row is."""
    date_order: DateOrder | None = None
    """How it writes dates that can be read in two ways."""
    lots: bool = False
    """Whether quantities are lots, whose size follows from the profits."""
    keep: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Column to the values, in lower case, of the rows that are trades."""
    instead: str = ""
    """For averages: which list to export instead."""


def _is(*values: str) -> frozenset[str]:
    return frozenset(values)


_VECTORBT = {
    "symbol": "column",
    "quantity": "size",
    "side": "direction",
    "entry_time": "entry_timestamp",
    "entry_price": "avg_entry_price",
    "commission": "entry_fees",
    "exit_time": "exit_timestamp",
    "exit_price": "avg_exit_price",
    "exit_commission": "exit_fees",
    "status": "status",
}
_VECTORBT_HEADER = (
    "column",
    "size",
    "entry_timestamp",
    "avg_entry_price",
    "exit_timestamp",
    "avg_exit_price",
    "direction",
)
_VECTORBT_ORDERS = "portfolio.orders.records_readable, which has every order with its time"

EXPORTERS: tuple[Exporter, ...] = (
    Exporter(
        "zipline transactions",
        ("amount", "dt", "price", "order_id", "sid"),
        {"time": "dt", "symbol": "sid", "quantity": "amount", "price": "price", "commission": "commission"},
    ),
    Exporter(
        "backtrader transactions",
        ("date", "amount", "price", "sid", "symbol", "value"),
        {"time": "date", "symbol": "symbol", "quantity": "amount", "price": "price"},
    ),
    Exporter(
        "pyfolio transactions",
        ("date", "amount", "price", "symbol"),
        {"time": "date", "symbol": "symbol", "quantity": "amount", "price": "price"},
    ),
    Exporter(
        "pyfolio transactions",
        ("", "amount", "price", "symbol"),
        {"time": "", "symbol": "symbol", "quantity": "amount", "price": "price"},
    ),
    Exporter(
        "vectorbt orders",
        ("order_id", "column", "timestamp", "size", "price", "fees", "side"),
        {
            "time": "timestamp", "symbol": "column", "quantity": "size", "price": "price",
            "commission": "fees", "side": "side",
        },
    ),
    Exporter(
        "vectorbt exit trades", ("exit_trade_id", *_VECTORBT_HEADER), _VECTORBT,
        layout="averaged", instead=_VECTORBT_ORDERS,
    ),
    Exporter(
        "vectorbt entry trades", ("entry_trade_id", *_VECTORBT_HEADER), _VECTORBT,
        layout="averaged", instead=_VECTORBT_ORDERS,
    ),
    Exporter(
        "vectorbt positions", ("position_id", *_VECTORBT_HEADER), _VECTORBT,
        layout="averaged", instead=_VECTORBT_ORDERS,
    ),
    Exporter(
        "backtesting.py trades",
        ("size", "entry_bar", "exit_bar", "entry_price", "exit_price", "entry_time", "exit_time"),
        {
            "symbol": "symbol", "quantity": "size", "entry_time": "entry_time", "entry_price": "entry_price",
            "exit_time": "exit_time", "exit_price": "exit_price", "commission": "commission",
        },
        layout="round trips",
    ),
    Exporter(
        "bt transactions",
        ("date", "security", "price", "quantity"),
        {"time": "date", "symbol": "security", "quantity": "quantity", "price": "price"},
    ),
    Exporter(
        "nautilus_trader fills",
        ("instrument_id", "order_side", "last_qty", "last_px", "ts_event"),
        {
            "time": "ts_event", "symbol": "instrument_id", "quantity": "last_qty", "price": "last_px",
            "side": "order_side", "commission": "commission",
        },
    ),
    Exporter(
        "nautilus_trader orders",
        ("instrument_id", "side", "quantity", "filled_qty", "avg_px", "ts_last", "status"),
        {
            "time": "ts_last", "symbol": "instrument_id", "quantity": "quantity", "filled_quantity": "filled_qty",
            "price": "avg_px", "side": "side", "status": "status", "commission": "commissions",
        },
    ),
    Exporter(
        "nautilus_trader positions",
        ("instrument_id", "entry", "peak_qty", "ts_opened", "ts_closed", "avg_px_open", "avg_px_close"),
        {
            "symbol": "instrument_id", "quantity": "peak_qty", "side": "entry", "entry_time": "ts_opened",
            "entry_price": "avg_px_open", "exit_time": "ts_closed", "exit_price": "avg_px_close",
            "commission": "commissions",
        },
        layout="averaged",
        instead="generate_fills_report(), whose fills stand with their times; orders will do as well",
    ),
    Exporter(
        "QuantConnect orders",
        ("time", "symbol", "price", "quantity", "type", "status", "value", "tag"),
        {"time": "time", "symbol": "symbol", "quantity": "quantity", "price": "price", "status": "status"},
    ),
    Exporter(
        "QuantConnect trades",
        ("entry_time", "symbols", "exit_time", "direction", "entry_price", "exit_price", "quantity"),
        {
            "symbol": "symbols", "quantity": "quantity", "side": "direction", "entry_time": "entry_time",
            "entry_price": "entry_price", "exit_time": "exit_time", "exit_price": "exit_price",
            "commission": "fees",
        },
        layout="round trips",
    ),
    Exporter(
        "MetaTrader 5 deals",
        ("time", "deal", "symbol", "type", "direction", "volume", "price", "order", "profit"),
        {
            "time": "time", "symbol": "symbol", "quantity": "volume", "price": "price", "side": "type",
            "effect": "direction", "commission": "commission", "commission_2": "fee", "profit": "profit",
        },
        lots=True,
    ),
    Exporter(
        "MetaTrader 5 positions",
        ("time", "position", "symbol", "type", "volume", "price", "time_1", "price_1", "profit"),
        {
            "symbol": "symbol", "quantity": "volume", "side": "type", "entry_time": "time", "entry_price": "price",
            "exit_time": "time_1", "exit_price": "price_1", "commission": "commission", "commission_2": "fee",
            "profit": "profit",
        },
        layout="round trips",
        lots=True,
    ),
    Exporter(
        "MetaTrader 4 history",
        ("ticket", "open_time", "type", "size", "item", "price", "close_time", "price_1", "profit"),
        {
            "symbol": "item", "quantity": "size", "side": "type", "entry_time": "open_time", "entry_price": "price",
            "exit_time": "close_time", "exit_price": "price_1", "commission": "commission", "profit": "profit",
        },
        layout="round trips",
        lots=True,
    ),
    Exporter(
        "TradingView list of trades",
        ("trade", "type", "signal", "date_time", "price_*", "contracts"),
        {
            "time": "date_time", "symbol": "symbol", "quantity": "contracts", "price": "price_*", "side": "type",
            "signal": "signal",
        },
    ),
    Exporter(
        "TradingView list of trades",
        ("trade", "type", "signal", "date_time", "price_*", "position_size_qty"),
        {
            "time": "date_time", "symbol": "symbol", "quantity": "position_size_qty", "price": "price_*",
            "side": "type", "signal": "signal",
        },
    ),
    Exporter(
        "TradingView list of trades",
        ("trade", "type", "signal", "date_and_time", "price_*", "size_qty"),
        {
            "time": "date_and_time", "symbol": "symbol", "quantity": "size_qty", "price": "price_*",
            "side": "type", "signal": "signal",
        },
    ),
    Exporter(
        "TradingView list of trades",
        ("trade", "type", "signal", "date_and_time", "price_*", "position_size_qty"),
        {
            "time": "date_and_time", "symbol": "symbol", "quantity": "position_size_qty", "price": "price_*",
            "side": "type", "signal": "signal",
        },
    ),
    Exporter(
        "TradingView list of trades",
        ("trade", "type", "signal", "date_time", "price_*", "quantity"),
        {
            "time": "date_time", "symbol": "symbol", "quantity": "quantity", "price": "price_*",
            "side": "type", "signal": "signal",
        },
    ),
    Exporter(
        "NinjaTrader executions",
        ("instrument", "action", "quantity", "price", "time", "e_x", "position"),
        {
            "time": "time", "symbol": "instrument", "quantity": "quantity", "price": "price", "side": "action",
            "effect": "e_x", "position": "position", "commission": "commission",
        },
    ),
    Exporter(
        "NinjaTrader trades",
        ("instrument", "market_pos", "qty", "entry_price", "exit_price", "entry_time", "exit_time"),
        {
            "symbol": "instrument", "quantity": "qty", "side": "market_pos", "entry_time": "entry_time",
            "entry_price": "entry_price", "exit_time": "exit_time", "exit_price": "exit_price",
            "commission": "commission",
        },
        layout="round trips",
    ),
    Exporter(
        "NinjaTrader trades",
        ("instrument", "market_pos", "quantity", "entry_price", "exit_price", "entry_time", "exit_time"),
        {
            "symbol": "instrument", "quantity": "quantity", "side": "market_pos", "entry_time": "entry_time",
            "entry_price": "entry_price", "exit_time": "exit_time", "exit_price": "exit_price",
            "commission": "commission",
        },
        layout="round trips",
    ),
    Exporter(
        "Interactive Brokers activity statement",
        ("data_discriminator", "asset_category", "symbol", "date_time", "quantity", "t_price"),
        {
            "time": "date_time", "symbol": "symbol", "quantity": "quantity", "price": "t_price",
            "commission": "comm_*", "effect": "code", "asset_class": "asset_category", "currency": "currency",
        },
        keep={"data_discriminator": _is("order", "trade")},
    ),
    Exporter(
        "Interactive Brokers Flex trades",
        ("symbol", "quantity", "trade_price", "date_time", "buy_sell"),
        {
            "time": "date_time", "symbol": "symbol", "quantity": "quantity", "price": "trade_price",
            "side": "buy_sell", "effect": "open_close_indicator", "commission": "ibcommission",
            "commission_2": "ib_commission", "asset_class": "asset_class", "asset_class_2": "asset_category",
            "currency": "currency", "currency_2": "currency_primary",
        },
        keep={"level_of_detail": _is("execution", "trade", "order", "trades", "")},
    ),
    Exporter(
        "Interactive Brokers Flex trades",
        ("symbol", "quantity", "trade_price", "date_time"),
        {
            "time": "date_time", "symbol": "symbol", "quantity": "quantity", "price": "trade_price",
            "effect": "open_close_indicator", "commission": "ibcommission", "commission_2": "ib_commission",
            "asset_class": "asset_class", "asset_class_2": "asset_category", "currency": "currency",
            "currency_2": "currency_primary",
        },
        keep={"level_of_detail": _is("execution", "trade", "order", "trades", "")},
    ),
    Exporter(
        "Schwab transactions",
        ("date", "action", "symbol", "description", "quantity", "price", "fees_comm", "amount"),
        {
            "time": "date", "symbol": "symbol", "quantity": "quantity", "price": "price", "side": "action",
            "commission": "fees_comm",
        },
        date_order="month first",
    ),
    Exporter(
        "Fidelity account history",
        ("run_date", "action", "symbol", "quantity", "price", "amount"),
        {
            "time": "run_date", "symbol": "symbol", "quantity": "quantity", "price": "price", "side": "action",
            "commission": "commission", "commission_2": "fees",
        },
        date_order="month first",
    ),
    Exporter(
        "Robinhood activity",
        ("activity_date", "instrument", "description", "trans_code", "quantity", "price", "amount"),
        {
            "time": "activity_date", "symbol": "instrument", "quantity": "quantity", "price": "price",
            "side": "trans_code", "description": "description",
        },
        date_order="month first",
    ),
    Exporter(
        "Alpaca activities",
        ("activity_type", "transaction_time", "symbol", "side", "qty", "price"),
        {
            "time": "transaction_time", "symbol": "symbol", "quantity": "qty", "filled_quantity": "cum_qty",
            "price": "price", "side": "side",
        },
        keep={"activity_type": _is("fill")},
    ),
    Exporter(
        "Alpaca orders",
        ("symbol", "side", "qty", "filled_qty", "filled_avg_price", "status"),
        {
            "time": "filled_at", "symbol": "symbol", "quantity": "qty", "filled_quantity": "filled_qty",
            "price": "filled_avg_price", "side": "side", "status": "status", "asset_class": "asset_class",
        },
    ),
    Exporter(
        "shortable's fills",
        ("order_id", "time", "symbol", "quantity", "price", "commission"),
        {"time": "time", "symbol": "symbol", "quantity": "quantity", "price": "price", "commission": "commission"},
    ),
    Exporter(
        "shortable's orders",
        ("time", "symbol", "type", "quantity", "status", "quantity_filled", "fill_price", "commission", "last_time"),
        {
            "time": "last_time", "symbol": "symbol", "quantity": "quantity", "filled_quantity": "quantity_filled",
            "price": "fill_price", "status": "status", "commission": "commission",
        },
    ),
)  # fmt: skip


def exporter_of(columns: Collection[str]) -> Exporter | None:
    """Return the exporter whose header a list has, the one with most columns of it first; None where none has.

    Parameters
    ----------
    columns : collection of str
        Plain names.

    Examples
    --------
    >>> exporter_of(["date", "security", "price", "quantity"]).name
    'bt transactions'
    """
    known = [one for one in EXPORTERS if all(_has(columns, name) for name in one.header)]
    return max(known, key=lambda one: len(one.header), default=None)


def _has(columns: Collection[str], name: str) -> bool:
    if name.endswith("*"):
        return any(column.startswith(name[:-1]) for column in columns)
    return name in columns
