"""The tables of a run: their columns, types, meanings and units, for every engine and every saved folder.

Shares are negative for sales and shorts, money is in the account's currency, rates are annual fractions (0.0025 is
0.25 %), times are exchange-local without a time zone. Members of enumerations are
written to Parquet by name, as in ``FILLED``, and are members again when they are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from operator import attrgetter, itemgetter
from typing import Literal

import numpy as np
import pandas as pd

from shortable.arrays import Array, Numbers, Times
from shortable.desk import RefusalKind
from shortable.errors import SymbolError
from shortable.orders import OrderStatus, OrderType, TimeInForce
from shortable.symbol import Symbol

__all__ = ["TABLES", "Column", "Table", "conform", "empty", "of_columns", "of_records", "of_tuples"]

Values = Sequence[object] | Array
"""Values of one column."""

Kind = (
    Literal["integer", "shares", "count", "number", "flag", "time", "text", "symbol", "id"]
    | type[Enum]
)
"""Type of a column. `shares` is int64, or float64 where a host trades fractions; `count` is Int64, NA where none is known;
`id` is int64, or text where a host names its orders; `number` is float64, NaN where there is none. An enumeration stands for its members."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str
    """As in the table and in its Parquet file."""
    kind: Kind
    """Its type."""
    meaning: str
    """What it holds, and its unit."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a run."""

    name: str
    """As in `Result` and in the folder."""
    meaning: str
    """What one row is."""
    columns: tuple[Column, ...]
    """In their order."""
    index: str | None = None
    """The column that is the index, or None for row numbers."""

    @property
    def names(self) -> list[str]:
        """Names of all columns, the index included."""
        return [column.name for column in self.columns]


def _table(
    name: str, meaning: str, *columns: tuple[str, Kind, str], index: str | None = None
) -> Table:
    return Table(name, meaning, tuple(Column(*column) for column in columns), index)


# fmt: off
_ALL = (
    _table(
        "orders", "Every order, refused ones included, as it stood at the end.",
        ("id", "id", "number of the order, from 1 in the order of submission"),
        ("time", "time", "when it was sent"),
        ("symbol", "symbol", "what was traded"),
        ("type", OrderType, "how it fills"),
        ("quantity", "shares", "shares to trade"),
        ("limit_price", "number", "limit, per share"),
        ("stop_price", "number", "stop, per share"),
        ("trailing_amount", "number", "distance of a trailing stop, per share or as a fraction of the price"),
        ("trailing_as_percentage", "flag", "whether that distance is a fraction"),
        ("time_in_force", TimeInForce, "how long it rests"),
        ("status", OrderStatus, "where it stands"),
        ("quantity_filled", "shares", "shares filled"),
        ("fill_price", "number", "average price of the filled shares, 0 before"),
        ("commission", "number", "commission paid"),
        ("tag", "text", "the algorithm's tag, or why the order was refused"),
        ("error_code", "integer", "why it was refused, by LEAN's numbers; 0 where it was accepted"),
        ("last_time", "time", "when its status last changed"),
        index="id",
    ),
    _table(
        "fills", "Every fill, oldest first.",
        ("order_id", "id", "the order"),
        ("time", "time", "when it filled"),
        ("symbol", "symbol", "what was traded"),
        ("quantity", "shares", "shares filled"),
        ("price", "number", "price per share"),
        ("commission", "number", "commission paid for it"),
    ),
    _table(
        "refusals", "Every order or update that a check refused, cut, cancelled or warned of, oldest first.",
        ("order_id", "id", "the order; the host's own name of it in an adapter"),
        ("time", "time", "when availability was looked up"),
        ("symbol", "symbol", "what was to be sold"),
        ("kind", RefusalKind, "what was refused, or done instead"),
        ("requested", "shares", "shares that the order asked for"),
        ("allowed", "shares", "shares of it after the decision"),
        ("held", "shares", "shares held then"),
        ("open_sells", "shares", "unfilled shares of the other resting sells then, at least 0"),
        ("available", "count", "shares that could be borrowed; NA where none is known, or something else was the reason"),
        ("has_data", "flag", "False where `available` is the provider's missing= policy, because no snapshot answered"),
        ("error_code", "integer", "why, by LEAN's numbers: −31 for want of shares"),
        ("tag", "text", "why, in words"),
    ),
    _table(
        "borrow_costs", "What each short cost over each night, oldest first.",
        ("date", "time", "session in which it was charged, before its fills"),
        ("symbol", "symbol", "what was short"),
        ("shares", "shares", "shares short at the close of the session before, above 0"),
        ("close", "number", "that close, per share"),
        ("rate", "number", "annual fraction known at that close, NaN where none was"),
        ("days", "integer", "calendar days between the two sessions"),
        ("cost", "number", "paid; negative where the short received"),
        ("rebate", "number", "received in `cost` as a rebate on the proceeds; negative where it was paid"),
        ("interest", "number", "received in `cost` as interest on the proceeds; `cost` + `rebate` + `interest` is the fee"),
    ),
    _table(
        "equity", "The account at each session's close.",
        ("date", "time", "the session"),
        ("equity", "number", "cash and the value of all shares"),
        ("cash", "number", "cash, short sale proceeds included; NaN where it was not recorded"),
        ("holdings", "number", "value of longs less shorts; NaN where it was not recorded"),
        index="date",
    ),
    _table(
        "availability",
        "What could be borrowed at a session's close, of each symbol that was short or refused; a row holds until the symbol's next.",
        ("date", "time", "first session for which the row holds"),
        ("symbol", "symbol", "what could be borrowed"),
        ("available", "count", "shares; NA for no known restriction"),
        ("has_data", "flag", "False where no snapshot answered"),
        ("fee_rate", "number", "annual fraction, NaN where none was known"),
    ),
    _table(
        "checks_without_data", "Every check of an order that no snapshot could answer, oldest first.",
        ("time", "time", "when availability was looked up"),
        ("symbol", "symbol", "what was to be sold"),
    ),
    _table(
        "order_events", "Everything that happened to orders, oldest first.",
        ("order_id", "id", "the order"),
        ("symbol", "symbol", "what is traded"),
        ("time", "time", "when it happened"),
        ("status", OrderStatus, "the order's status after it"),
        ("quantity", "shares", "the order's shares"),
        ("fill_quantity", "shares", "shares filled in this event"),
        ("fill_price", "number", "price per share, 0 where nothing filled"),
        ("commission", "number", "commission charged with it"),
        ("message", "text", "why, where there is a reason"),
    ),
    _table(
        "holdings", "Every security at the end of the run.",
        ("symbol", "symbol", "the security"),
        ("time", "time", "the end of the run"),
        ("quantity", "shares", "shares held"),
        ("average_price", "number", "average price of the shares held"),
        ("close", "number", "last close, NaN before the first"),
        ("previous_close", "number", "close of the session before, NaN where none is known"),
        ("open_buys", "shares", "unfilled shares of resting buys, at least 0"),
        ("open_sells", "shares", "unfilled shares of resting sells, at least 0"),
        ("profit", "number", "earned by closing trades, before costs"),
        ("commission", "number", "commissions paid"),
        ("borrow_cost", "number", "borrow costs paid"),
    ),
    _table(
        "opening", "What was held before the first bar.",
        ("symbol", "symbol", "the security"),
        ("quantity", "shares", "shares held"),
        ("average_price", "number", "average price of these shares"),
        ("price", "number", "what they were worth until the data had a close, per share"),
    ),
    _table(
        "corporate_actions", "Every corporate action of a security that was traded, as it was booked, oldest first.",
        ("time", "time", "from when it was in force"),
        ("symbol", "symbol", "the security"),
        ("kind", "text", "split, dividend, rename, delisting, or end of data where only the prices end"),
        ("shares_before", "shares", "shares held before it"),
        ("shares_after", "shares", "shares held after it"),
        ("ratio", "number", "new shares for each old one of a split; 1 otherwise"),
        ("price", "number", "a dividend a share, the price of what was closed, or of a fraction paid in cash; 0 otherwise"),
        ("cash", "number", "received, negative where paid; NaN where an order closed the shares, whose fill says it"),
        ("text", "text", "the same in words"),
    ),
    _table(
        "borrows", "Every borrow, from the position's passing below zero to its return; money is received, negative where it was paid.",
        ("borrow", "integer", "number of the borrow, from 1"),
        ("symbol", "symbol", "what was short"),
        ("opened", "time", "when the position passed below zero; the first session's open where it was carried in"),
        ("ended", "time", "when it returned to zero or above; NaT where it is still open"),
        ("end", "text", "covered, recalled, bought in, delisted, ruined, or open"),
        ("greatest_shares", "shares", "most shares short, in those of the borrow's end"),
        ("average_price", "number", "average price of all shares sold short, in those of the borrow's end"),
        ("nights", "integer", "sessions at whose close it was open, the last of an open one left out"),
        ("price", "number", "from prices: what was sold or bought, and what the change of the shares' worth made"),
        ("commission", "number", "commissions"),
        ("borrow_fee", "number", "borrow fees"),
        ("rebate", "number", "rebates on the proceeds of short sales"),
        ("dividends", "number", "dividends, owed in lieu where short"),
        ("locate_fee", "number", "locate fees"),
        ("buy_in_penalty", "number", "penalties beside the price of a buy-in"),
        ("interest", "number", "interest on the proceeds of short sales"),
        ("total", "number", "the sum of these"),
        index="borrow",
    ),
    _table(
        "borrow_events", "What happened to each borrow, oldest first.",
        ("borrow", "integer", "number of the borrow"),
        ("time", "time", "when"),
        ("symbol", "symbol", "what is short"),
        ("event", "text", "carried in, opened, added, covered in part, split, recalled, or how it ended"),
        ("shares", "shares", "how many shares more are short; of a recall, those that are wanted back"),
        ("short", "shares", "shares short after it, at least 0"),
        ("price", "number", "per share, 0 where nothing was traded"),
        ("order_id", "id", "the order; empty where there is none"),
    ),
    _table(
        "attribution",
        "What each symbol made of the equity in each session; the rows of a session sum to its change. Negative is a loss or a cost.",
        ("date", "time", "the session"),
        ("symbol", "symbol", "the security"),
        ("price", "number", "from prices: what was sold or bought, and what the change of the shares' worth made"),
        ("commission", "number", "commissions"),
        ("borrow_fee", "number", "borrow fees"),
        ("rebate", "number", "rebates on the proceeds of short sales"),
        ("dividends", "number", "dividends, owed in lieu where short"),
        ("locate_fee", "number", "locate fees"),
        ("buy_in_penalty", "number", "penalties beside the price of a buy-in"),
        ("interest", "number", "interest on the proceeds of short sales"),
        ("total", "number", "the sum of these"),
    ),
    _table(
        "assumptions", "Every model and policy in force, and every guess that was made.",
        ("name", "text", "what it is about"),
        ("value", "text", "what was assumed"),
    ),
    _table(
        "log", "What the algorithm logged, oldest first.",
        ("time", "time", "the algorithm's clock"),
        ("level", "text", "debug, log or error"),
        ("text", "text", "the message"),
    ),
)
# fmt: on

TABLES: dict[str, Table] = {table.name: table for table in _ALL}
"""Every table of a run by its name."""


def of_columns(name: str, columns: Mapping[str, Values]) -> pd.DataFrame:
    """Make one of the tables from its columns; the types are the same with rows and without.

    Parameters
    ----------
    name : str
        One of `TABLES`.
    columns : mapping of str to sequence
        Values by column, all of one length.

    Examples
    --------
    >>> of_columns("checks_without_data", {"time": [], "symbol": []}).dtypes.astype(str).tolist()
    ['datetime64[ns]', 'object']
    """
    table = TABLES[name]
    # `_typed` makes arrays of the table's own, which need not be copied once more.
    typed = {c.name: _typed(c.kind, columns[c.name]) for c in table.columns}
    frame = pd.DataFrame(typed, copy=False)
    return frame if table.index is None else frame.set_index(table.index)


def of_records(name: str, records: Sequence[object]) -> pd.DataFrame:
    """Make one of the tables from objects that have its columns as attributes."""
    return of_columns(name, {n: list(map(attrgetter(n), records)) for n in TABLES[name].names})


def of_tuples(name: str, rows: Iterable[Sequence[object]]) -> pd.DataFrame:
    """Make one of the tables from rows whose values are in the order of its columns."""
    rows = list(rows)
    # Not zip(*rows), which makes an iterator for every row.
    return of_columns(
        name, {n: list(map(itemgetter(at), rows)) for at, n in enumerate(TABLES[name].names)}
    )


def empty(name: str) -> pd.DataFrame:
    """Return one of the tables without rows."""
    return of_tuples(name, [])


def conform(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table with exactly its schema's columns, order and types; a column that is missing gets no values.

    Parameters
    ----------
    name : str
        One of `TABLES`.
    frame : DataFrame
        Symbols may be text and enumerations members; other columns are dropped.
    """
    table = TABLES[name]
    if table.index is not None and table.index not in frame:
        frame = frame.rename_axis(table.index).reset_index()
    columns = {
        c.name: _values(c.kind, frame[c.name])
        if c.name in frame
        else [_MISSING.get(c.kind, "")] * len(frame)
        for c in table.columns
    }
    return of_columns(name, columns)


def _values(kind: Kind, column: pd.Series) -> Values:
    return column.to_numpy() if kind in ("number", "integer", "flag", "time") else column.tolist()


_MISSING: dict[Kind, object] = {
    "integer": 0,
    "shares": float("nan"),
    "count": pd.NA,
    "number": float("nan"),
    "flag": False,
    "time": np.datetime64("NaT", "us"),
}


def _typed(kind: Kind, values: Values) -> Array | pd.Series | pd.api.extensions.ExtensionArray:
    """Return values as a column of a kind."""
    match kind:
        case "number":
            return np.array(values, dtype=np.float64)
        case "integer":
            return np.array(values, dtype=np.int64)
        case "flag":
            return np.array(values, dtype=bool)
        case "time":
            return _times(values)
        case "count":
            return pd.array([_count(v) for v in values], dtype="Int64")
        case "shares":
            return _shares(values)
        case "symbol":
            return _objects([v if type(v) is Symbol else _symbol(v) for v in values])
        case "id" if all(issubclass(t, (int, np.integer)) for t in set(map(type, values))):
            return np.array(values, dtype=np.int64)
        case "text" | "id":
            return _objects([v if type(v) is str else str(v) for v in values])
        case members:
            return _objects([v if type(v) is members else _member(members, v) for v in values])


def _times(values: Values) -> Times:
    if isinstance(values, np.ndarray) and values.dtype.kind == "M":
        return values.astype("datetime64[ns]")
    # Thousands of records share a moment, and NumPy takes long to read a datetime.
    code_of = {value: code for code, value in enumerate(dict.fromkeys(values))}
    moments = np.array(list(code_of), dtype="datetime64[ns]")
    return moments.take(list(map(code_of.__getitem__, values)))


def _shares(values: Values) -> Numbers:
    # Whole numbers beyond 2⁵³ are not exact in float64, so ints are read as they are.
    if not isinstance(values, np.ndarray) and set(map(type, values)) <= {int}:
        return np.array(values, dtype=np.int64)
    numbers = np.array(values, dtype=np.float64)
    whole = bool((np.isfinite(numbers) & (numbers == np.floor(numbers))).all())
    return numbers.astype(np.int64) if whole else numbers


def _count(value: object) -> int | None:
    if isinstance(value, (int, np.integer)):
        return int(value)
    return int(value) if isinstance(value, (float, np.floating)) and value == value else None


def _symbol(value: object) -> str:
    """Return a `Symbol`; text that is not the spelling of one stays text."""
    try:
        symbol = Symbol.create(str(value))
    except SymbolError:
        return str(value)
    return symbol if symbol == str(value) else str(value)


def _member(kind: type[Enum], value: object) -> Enum | str:
    """Return the member that a name stands for; text that names none stays text."""
    return kind.__members__.get(str(value), str(value))


def _objects(values: list[object]) -> pd.Series:
    """Return a column of objects, which pandas 3 would otherwise turn into its text type."""
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return pd.Series(column, dtype=object)
