"""Exported trade lists, of any backtester, platform or broker, to one kind of list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from shortable.arguments import check_kind, mapping_of
from shortable.clock import zone_named
from shortable.errors import InvalidInputError
from shortable.research.trade_lists.columns import Columns, find_columns
from shortable.research.trade_lists.dates import date_order_of, read_times
from shortable.research.trade_lists.files import ListTable, open_list
from shortable.research.trade_lists.instruments import share_of
from shortable.research.trade_lists.lots import contract_sizes
from shortable.research.trade_lists.numbers import Decimal, decimal_of
from shortable.research.trade_lists.order import RowOrder, in_order
from shortable.research.trade_lists.rows import Rows, fills_of, round_trips_of
from shortable.research.trade_lists.trades import Trades
from shortable.symbol import PENCE, Symbol

__all__ = ["TradeList", "read_trades"]

_NUMBERS = (
    "quantity",
    "filled_quantity",
    "price",
    "fill_price",
    "entry_price",
    "exit_price",
    "commission",
    "commission_2",
    "exit_commission",
    "profit",
)


@dataclass(frozen=True, slots=True)
class TradeList:
    """What was read."""

    trades: Trades
    """The fills of shares, in the order in which they happened."""
    exporter: str
    """What the list was taken for."""
    skipped: pd.DataFrame
    """Rows that are no fills or could not be read: line (of the file, or row + 1 of a table), reason."""
    set_aside: pd.DataFrame
    """Rows that trade no shares: line, symbol, kind ("option", "currency", "future", "coin", …)."""
    columns: Mapping[str, str]
    """Which column was taken for what."""
    assumptions: Mapping[str, str]
    """What was assumed or found out: the order of dates, the decimal separator, the size of a lot, …"""

    @property
    def set_aside_by_kind(self) -> dict[str, int]:
        """How many rows of each kind were set aside."""
        return dict(sorted(Counter(self.set_aside["kind"]).items()))


def read_trades(
    source: str | Path | pd.DataFrame,
    *,
    symbol: Symbol | str | None = None,
    columns: Mapping[str, str] | None = None,
    time_zone: str | None = None,
    date_format: str | None = None,
    decimal: Decimal | None = None,
    order: RowOrder | None = None,
    contract_size: float | None = None,
    as_listed: bool = False,
) -> TradeList:
    """Read a trade list that a backtester, a platform or a broker exported.

    Knows the lists of zipline, backtrader, vectorbt, backtesting.py, bt, nautilus_trader, QuantConnect, pyfolio,
    MetaTrader, TradingView, NinjaTrader, Interactive Brokers, Schwab, Fidelity, Robinhood, Alpaca and shortable by
    their headers; any other with a time, a symbol, a quantity and a price is read by the names of its columns.

    Parameters
    ----------
    source : str, Path or DataFrame
        A file (CSV with any separator, Parquet, JSON, Flex XML), or a table; an index with names counts as columns.
    symbol : Symbol or str, optional
        Of all rows, where the list names none.
    columns : mapping of role to column, optional
        What cannot be found: time, symbol, quantity, price, side, effect, commission, status, filled_quantity,
        fill_price, position; or entry_time, exit_time, entry_price, exit_price for round trips.
    time_zone : str, optional
        IANA zone of times without one; default the exchange's own.
    date_format : str, optional
        "dmy", "mdy", "ymd", or a format for `datetime.strptime`; default: found out from the column.
    decimal : {".", ","}, optional
        Default: found out from the numbers.
    order : {"oldest_first", "newest_first"}, optional
        How trades of one time stand; default: as the list does.
    contract_size : float, optional
        Shares a lot, where a list counts lots and its profits do not say.
    as_listed : bool
        Take averages of several entries (vectorbt's trades and positions) as one entry at the first time.

    Returns
    -------
    TradeList

    Raises
    ------
    InvalidInputError
        The file is not there or not readable, a column is not found, a word is not known, something can be read in two
        ways, or no row is a fill of shares.

    Examples
    --------
    >>> table = pd.DataFrame({"Timestamp": ["2024-01-02"], "Column": ["GME"], "Size": [5.0], "Price": [17.0], "Fees": [0.0], "Side": ["Sell"]})
    >>> read_trades(table).trades.quantities.tolist()
    [-5.0]
    """
    mapping_of("columns", columns)
    for text, value in (
        ("time_zone", time_zone),
        ("date_format", date_format),
        ("decimal", decimal),
    ):
        if value is not None:
            check_kind(text, value, str, "be a text")
    opened = open_list(source)
    name, table = opened.name, opened.table
    if not len(table):
        raise InvalidInputError("trades", name, "hold at least one row")
    found = find_columns(table, columns, name, symbol=symbol is not None)
    if found.layout == "averaged" and not as_listed:
        raise InvalidInputError(
            "trades",
            found.exporter,
            "be a list of orders or fills: these rows average several entries or exits, and do not say when each was made",
            f"Export the orders instead: {found.instead}. as_listed=True (--as-listed) takes each row as one entry at "
            "its first time and one exit at its last.",
        )
    notes: dict[str, str] = {}
    mark = decimal_of(
        [table[found.at[role]] for role in _NUMBERS if role in found.at],
        separator=opened.separator,
        given=decimal,
        source=name,
    )
    if mark == ",":
        notes["decimal separator"] = "a comma"
    round_trips = found.layout != "fills"
    rows = (round_trips_of if round_trips else fills_of)(table, found, mark, name)
    fills = _readable(rows, opened, found, symbol, time_zone, date_format, notes)
    fills = fills.iloc[in_order(fills, order, name, round_trips=round_trips)]
    if found.lots:
        sizes = contract_sizes(fills, contract_size, name, round_trips=round_trips)
        fills = fills.assign(quantity=fills["quantity"] * fills["symbol"].map(sizes))
        notes["shares a lot"] = ", ".join(f"{s} {n:g}" for s, n in sizes.items())
    trades = Trades.of(
        pd.DatetimeIndex(fills["time"].tolist()),
        fills["symbol"].to_numpy(),
        fills["quantity"].to_numpy(dtype=float),
        fills["price"].to_numpy(dtype=float),
        fills["commission"].to_numpy(dtype=float),
        # A round trip closes what it opened itself, whatever the net position is.
        "" if round_trips else fills["effect"].to_numpy(),
    )
    if not round_trips and "side" not in found.at and (trades.quantities > 0).all():
        notes["sides"] = "no column names them and no quantity is negative: all are purchases"
    if found.layout == "averaged":
        notes["averaged rows"] = (
            "each taken as one entry at its first time and one exit at its last"
        )
    return TradeList(
        trades,
        found.exporter,
        _listed(rows.skipped, opened, opened.skipped),
        _aside(rows.set_aside, opened, found),
        found.at,
        notes,
    )


def _readable(
    rows: Rows,
    opened: ListTable,
    found: Columns,
    symbol: str | None,
    time_zone: str | None,
    date_format: str | None,
    notes: dict[str, str],
) -> pd.DataFrame:
    """Return the fills of shares with symbols and times read; note the rest as skipped."""
    skipped = rows.skipped
    fills = rows.fills[~rows.fills["row"].isin([*skipped, *rows.set_aside])].copy()
    money = opened.table[found.at["currency"]] if "currency" in found.at else None
    if money is not None:
        _pence_in_pounds(fills, money, notes)
    its_own = money if found.exporter.startswith("Interactive Brokers") else None
    fills["symbol"] = _symbols(fills, symbol, its_own, skipped)
    fills["time"] = _times(fills, opened, found, time_zone, date_format, skipped, notes)
    for name, good in (
        ("quantity", np.isfinite(fills["quantity"]) & (fills["quantity"] != 0)),
        ("price", np.isfinite(fills["price"]) & (fills["price"] > 0)),
    ):
        for row in fills["row"][~good].tolist():
            skipped.setdefault(int(row), f"its {name} is missing, 0 or no number")
    fills = fills[~fills["row"].isin(skipped)]
    if not len(fills):
        reasons = _listed(skipped, opened, opened.skipped)
        why = (
            [f"Line {reasons['line'].iloc[0]}: {reasons['reason'].iloc[0]}."]
            if len(reasons)
            else []
        )
        if rows.set_aside:
            why.insert(0, f"{len(rows.set_aside)} rows trade something else.")
        raise InvalidInputError(
            "trades", opened.name, "hold at least one fill of shares", " ".join(why)
        )
    return fills


def _pence_in_pounds(fills: pd.DataFrame, currencies: pd.Series, notes: dict[str, str]) -> None:
    """Bring prices in pence, as London's are quoted, to pounds."""
    codes = currencies.astype(str).str.strip()
    pence = fills["row"].map(codes.isin(("GBp", PENCE)).to_dict()).to_numpy(dtype=bool)
    if pence.any():
        fills.loc[pence, "price"] = fills.loc[pence, "price"] / 100
        notes["prices"] = (
            f"those of {int(pence.sum()):,} rows are in pence, and were brought to pounds"
        )


def _symbols(
    fills: pd.DataFrame, given: str | None, currencies: pd.Series | None, skipped: dict[int, str]
) -> list[Symbol | None]:
    if given is not None:
        return [Symbol.create(given)] * len(fills)
    known: dict[str, Symbol | None] = {}
    found: list[Symbol | None] = []
    for row, name in zip(fills["row"].tolist(), fills["symbol"].tolist(), strict=True):
        text = str(name).strip()
        if text not in known:
            known[text] = share_of(text)
        share = known[text]
        if share is None:
            skipped.setdefault(
                row, f"symbol {text!r} cannot be read" if text else "it names no symbol"
            )
        elif currencies is not None:
            reason = _other_currency(share, str(currencies.iloc[row]))
            if reason is not None:
                skipped.setdefault(row, reason)
        found.append(share)
    return found


def _other_currency(symbol: Symbol, currency: str) -> str | None:
    """Return why a share is left out that trades in another currency than its market's: 700 in HKD is no US share.

    Interactive Brokers writes the tickers of all markets alike, and their times on the account's clock.
    """
    code = currency.strip().upper()
    if code in ("", "NAN", symbol.currency):
        return None
    return (
        f"it trades in {code}, but {symbol.ticker} would be read as a share of {symbol.market.value}: audit each market by "
        "itself, its tickers with their country, such as 700.HK"
    )


def _times(
    fills: pd.DataFrame,
    opened: ListTable,
    found: Columns,
    time_zone: str | None,
    date_format: str | None,
    skipped: dict[int, str],
    notes: dict[str, str],
) -> list[pd.Timestamp | None]:
    values = fills["time"].tolist()
    texts = [value for value in values if isinstance(value, str)]
    date_order = date_order_of(
        texts, given=found.date_order, date_format=date_format, source=opened.name
    )
    if date_order is not None:
        notes["dates"] = f"the {date_order.partition(' ')[0]} first"
    column = found.at.get("time", found.at.get("entry_time", ""))
    if time_zone is None and (time_zone := zone_named(column)) is not None:
        notes["time zone"] = f"{time_zone} where none is stated, as column {column!r} says"
    times = read_times(values, order=date_order, date_format=date_format, time_zone=time_zone)
    for row, value, time in zip(fills["row"].tolist(), values, times, strict=True):
        if time is None:
            skipped.setdefault(row, f"time {value!r} cannot be read")
    zoned = {time.tz is not None for time in times if time is not None}
    if len(zoned) > 1:
        raise InvalidInputError(
            "trades",
            "times",
            "all have a time zone or none",
            "Give time_zone= (--time-zone) for those that have none.",
        )
    # Comparable with one another while they are sorted.
    return [pd.NaT if t is None else t.tz_convert("UTC") if t.tz is not None else t for t in times]  # type: ignore[misc]  # NaT stands for None


def _listed(
    skipped: Mapping[int, str], opened: ListTable, more: Iterable[tuple[int, str]]
) -> pd.DataFrame:
    lines = [(opened.lines[row], reason) for row, reason in skipped.items()]
    return pd.DataFrame(sorted([*lines, *more]), columns=["line", "reason"])


def _aside(set_aside: Mapping[int, str], opened: ListTable, found: Columns) -> pd.DataFrame:
    names = opened.table[found.at["symbol"]] if "symbol" in found.at else None
    return pd.DataFrame(
        [
            (opened.lines[row], "" if names is None else str(names.iloc[row]).strip(), kind)
            for row, kind in sorted(set_aside.items())
        ],
        columns=["line", "symbol", "kind"],
    )
