"""Snapshots: what a broker stated about one market at one instant, with every column checked before it is stored."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shortable.arguments import check_kind
from shortable.arrays import Array
from shortable.buffers import letters_of
from shortable.errors import InvalidInputError, TimeError
from shortable.market import Market
from shortable.store.schema import ROW_SCHEMA, VALUE_COLUMNS, single, to_numpy

__all__ = [
    "POOL",
    "Kind",
    "Snapshot",
    "SnapshotRows",
    "digest",
    "digest_rows",
    "make_snapshot",
]

Kind = Literal["pool", "daily_flow"]
"""What a quantity limits: shares that can be held short (S4), or shares that may be sold short in one session (S15)."""
POOL: Kind = "pool"

_CANONICAL = {"quantity": "<i8", "quantity_is_floor": "u1", "fee_rate": "<f8", "rebate_rate": "<f8"}
# datetime's own range, so that every instant in the store can be shown as a date.
_FIRST, _LAST = -62_135_596_800_000_000, 253_402_300_799_999_999
_TICKER = "^[A-Z0-9][A-Z0-9.+=^*&_]{0,31}$"  # what shortable.symbol calls canonical
_LONGEST = 32
_FIRST_OF_TICKER = np.isin(np.arange(256), list(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"))
_IN_TICKER = _FIRST_OF_TICKER | np.isin(np.arange(256), list(b".+=^*&_"))
_CURRENCY = re.compile("[A-Z]{3}")
_VENUE = re.compile(r"[A-Za-z0-9._-]{0,32}")
_TEXT = ("string", "large_string", "string_view")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One entry of a store's list of snapshots."""

    market: Market
    """The market."""
    as_of: int
    """Microseconds since 1970-01-01T00:00Z from which it was known."""
    complete: bool
    """A symbol of its venue that it does not name cannot be borrowed (S3)."""
    rows: int
    """Symbols that it names."""
    digest: str
    """SHA-256, hex, of its rows without the time: a stale repeat has the digest of what it repeats."""
    made_up: bool
    """Sample data, not a vendor's."""
    kind: Kind = POOL
    """What its quantities limit."""
    venue: str = ""
    """The venue that it is of (S3); empty: the whole market."""
    unreadable: tuple[str, ...] = ()
    """Tickers whose row the importer could not read, ascending: they are unknown in this snapshot, not absent (S3)."""
    session: date | None = None
    """The one session that a daily flow limits (S15), on the exchange's calendar; None for a pool."""


@dataclass(frozen=True, slots=True, eq=False)
class SnapshotRows:
    """A snapshot to be stored. `make_snapshot` makes one: it checks and sorts."""

    as_of: int
    """Microseconds since 1970-01-01T00:00Z from which it was known."""
    complete: bool
    """A symbol of its venue that it does not name cannot be borrowed (S3)."""
    table: pa.Table
    """Columns of `ROW_SCHEMA`, sorted by symbol and currency."""
    made_up: bool = False
    """Sample data, not a vendor's."""
    kind: Kind = POOL
    """What its quantities limit."""
    venue: str = ""
    """The venue that it is of; empty: the whole market."""
    unreadable: tuple[str, ...] = ()
    """Tickers whose row could not be read, ascending."""
    session: date | None = None
    """The one session that a daily flow limits, on the exchange's calendar; None for a pool."""

    def __post_init__(self) -> None:
        check_instant(self.as_of)
        if not (
            isinstance(self.table, pa.Table)
            and self.table.schema.equals(ROW_SCHEMA)
            and _is_ascending(self.table)
        ):
            raise InvalidInputError(
                "table",
                type(self.table).__name__,
                "be checked and sorted",
                "shortable.store.make_snapshot does both.",
            )
        if not isinstance(self.kind, str) or self.kind not in get_args(Kind):
            raise InvalidInputError("kind", self.kind, f"be out of {', '.join(get_args(Kind))}")
        if not (isinstance(self.venue, str) and _VENUE.fullmatch(self.venue)):
            raise InvalidInputError(
                "venue", self.venue, "be at most 32 letters, digits, '.', '_' or '-'"
            )
        for ticker in self.unreadable:
            if not (isinstance(ticker, str) and re.fullmatch(_TICKER, ticker)):
                raise InvalidInputError(
                    "unreadable", ticker, "hold canonical tickers such as 'BRK.B'"
                )
        if list(self.unreadable) != sorted(set(self.unreadable)):
            raise InvalidInputError("unreadable", self.unreadable, "ascend, each ticker once")
        _check_session(self.kind, self.session)

    @property
    def rows(self) -> int:
        """Symbols that it names."""
        return int(self.table.num_rows)


def check_instant(as_of: int) -> None:
    """Refuse what is no instant.

    Raises
    ------
    TimeError
        Not a whole number, or outside the years 1 to 9999.
    """
    if (
        isinstance(as_of, bool)
        or not isinstance(as_of, (int, np.integer))
        or not _FIRST <= as_of <= _LAST
    ):
        raise TimeError(
            "as_of",
            as_of,
            "be microseconds since 1970-01-01T00:00Z, an int",
            "shortable.clock.published_instant makes one of a time.",
        )


def make_snapshot(
    as_of: int,
    table: pa.Table | Mapping[str, Sequence[object] | Array | pa.Array],
    *,
    complete: bool,
    made_up: bool = False,
    market: Market | str = Market.USA,
    kind: Kind = POOL,
    venue: str = "",
    unreadable: Iterable[str] = (),
    session: date | None = None,
) -> SnapshotRows:
    """Check and sort what a broker stated at one instant.

    Parameters
    ----------
    as_of : int
        Microseconds since 1970-01-01T00:00Z from which it was known (`shortable.clock.published_instant`).
    table : pa.Table, or mapping of column names to arrays
        ``symbol`` (canonical ticker without market) and, each optional, ``currency`` (default the market's
        own), ``quantity`` (whole shares, null: not stated), ``quantity_is_floor`` (default False; True where the quantity
        is null: available, but nobody knows how many),
        ``fee_rate`` and ``rebate_rate`` (annual fractions, null: not stated). Other columns are refused.
    complete : bool
        Whether a symbol of the venue that is not named cannot be borrowed.
    made_up : bool
        Sample data.
    market : Market
        Only for the default currency.
    kind : {"pool", "daily_flow"}
        Whether quantities are shares that can be held short (S4), or that may be sold short in one session (S15).
    venue : str
        The venue that the snapshot is of, such as ``"TWSE"``; default the whole market.
    unreadable : iterable of str
        Canonical tickers whose row the source holds but that could not be read, in any order. Unless `table` names
        them, they are unknown in this snapshot, not absent (S3).
    session : date, optional
        Of a daily flow, and then required: the one session whose short sales it limits, on the exchange's calendar (S15).
        A list published in the evening mostly names the next session, which holidays can put days away.

    Raises
    ------
    InvalidInputError
        Names the column, the value and the row (0 is the first): a ticker or currency that is none, a quantity
        that is negative, fractional or not a number, a rate that is not finite, a symbol named twice.

    Examples
    --------
    >>> made = make_snapshot(0, {"symbol": ["SPY", "AAPL"], "quantity": [300, None]}, complete=True)
    >>> made.table.column("symbol").to_pylist(), made.table.column("quantity").to_pylist()
    (['AAPL', 'SPY'], [None, 300])
    """
    check_instant(as_of)
    home = Market.of(market)
    for name, flag in (("complete", complete), ("made_up", made_up)):
        check_kind(name, flag, (bool, np.bool_), "be True or False")
    if not isinstance(table, pa.Table):
        check_kind("table", table, Mapping, "be a table of pyarrow, or a mapping of columns")
    given = table if isinstance(table, pa.Table) else _as_table(table)
    unknown = [name for name in given.column_names if name not in ROW_SCHEMA.names]
    if unknown or len(set(given.column_names)) != given.num_columns:
        raise InvalidInputError(
            "table", given.column_names, f"have columns out of {ROW_SCHEMA.names}, each once"
        )
    columns = {
        "symbol": _tickers(given),
        "currency": _currencies(given, home.currency),
        "quantity": _quantities(given),
        "quantity_is_floor": _floors(given),
        "fee_rate": _rates(given, "fee_rate"),
        "rebate_rate": _rates(given, "rebate_rate"),
    }
    rows = pa.Table.from_arrays([columns[name] for name in ROW_SCHEMA.names], schema=ROW_SCHEMA)
    if not _is_ascending(rows):
        order = pc.sort_indices(
            rows, sort_keys=[("symbol", "ascending"), ("currency", "ascending")]
        )
        rows = rows.take(order).combine_chunks()
        if not _is_ascending(rows):
            _refuse_duplicates(rows, order)
    if isinstance(unreadable, str):
        raise InvalidInputError("unreadable", unreadable, "be a sequence of tickers, not one text")
    check_kind("unreadable", unreadable, Iterable, "be a sequence of tickers")
    listed = tuple(sorted(dict.fromkeys(unreadable), key=str))
    return SnapshotRows(
        int(as_of), bool(complete), rows, bool(made_up), kind, venue, listed, session
    )


def _check_session(kind: Kind, session: date | None) -> None:
    if kind == POOL:
        if session is not None:
            raise InvalidInputError(
                "session", session, "be None for a pool, which limits no one session"
            )
    elif type(session) is not date or isinstance(session, datetime):
        raise InvalidInputError(
            "session",
            session,
            "be a date: the one session that a daily flow limits",
            "A list published in the evening mostly names the next session.",
        )


def digest(table: pa.Table) -> bytes:
    """Return the SHA-256 of a checked table's rows: the same for the same statements, whatever wrote them."""
    columns = {name: to_numpy(table.column(name), name) for name in VALUE_COLUMNS}
    return digest_rows(single(table.column("symbol")), single(table.column("currency")), columns)


def digest_rows(symbols: pa.Array, currencies: pa.Array, columns: Mapping[str, Array]) -> bytes:
    """Return the digest of rows in the order of the store, `columns` as `shortable.store.schema.to_numpy` gives them."""
    state = hashlib.sha256(f"{len(symbols)}\n".encode())
    for names in (symbols, currencies):
        whole = pa.ListArray.from_arrays(pa.array([0, len(names)], pa.int32()), names)
        state.update(pc.binary_join(whole, "\n")[0].as_buffer())
    for name in VALUE_COLUMNS:
        state.update(columns[name].astype(_CANONICAL[name]).tobytes())
    return state.digest()


def _as_table(columns: Mapping[str, Sequence[object] | Array | pa.Array]) -> pa.Table:
    """Return a mapping of columns as a table; null and NaN stay apart."""
    arrays = {}
    for name, values in columns.items():
        try:
            # Not from_pandas: NaN is a number that nobody may have meant, null is "not stated".
            arrays[str(name)] = pa.array(values, from_pandas=False)
        except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
            raise InvalidInputError(
                str(name), values, f"be one column of one type ({error})"
            ) from None
    try:
        return pa.table(arrays)
    except pa.ArrowException as error:
        raise InvalidInputError(
            "table", list(arrays), f"have columns of one length ({error})"
        ) from None


def _refuse(
    name: str, column: pa.Array, bad: npt.NDArray[np.bool_], bound: str, hint: str = ""
) -> None:
    rows = np.flatnonzero(bad)
    if len(rows):
        row = int(rows[0])
        value = column[row].as_py()
        more = f" ({len(rows):,} such rows)" if len(rows) > 1 else ""
        raise InvalidInputError(f"{name} in row {row}", value, bound + more, hint)


def _tickers(given: pa.Table) -> pa.Array:
    if "symbol" not in given.column_names:
        raise InvalidInputError("table", given.column_names, "have a column 'symbol'")
    column = _text(given, "symbol")
    if _all_canonical(column):
        return column
    bad = pc.invert(pc.fill_null(pc.match_substring_regex(column, _TICKER), False))
    _refuse(
        "symbol",
        column,
        bad.to_numpy(zero_copy_only=False),
        "be a canonical ticker such as 'BRK.B'",
        "shortable.symbol.canonical_ticker makes one.",
    )
    return column


def _all_canonical(column: pa.Array) -> bool:
    """Say whether all cells are as `_TICKER` says, told from their bytes at once: nearly every column is."""
    letters, begins = letters_of(column)
    lengths = np.diff(begins)
    if column.null_count or not ((lengths > 0) & (lengths <= _LONGEST)).all():
        return False
    return bool(_IN_TICKER[letters].all() and _FIRST_OF_TICKER[letters[begins[:-1]]].all())


def _currencies(given: pa.Table, default: str) -> pa.Array:
    if "currency" not in given.column_names:
        return pa.repeat(pa.scalar(default), given.num_rows)
    column = _text(given, "currency")
    wrong = [
        name
        for name in pc.unique(column).to_pylist()
        if name is None or not _CURRENCY.fullmatch(name)
    ]
    if wrong:
        bad = pc.is_in(column, pa.array(wrong, pa.string()))
        _refuse(
            "currency",
            column,
            bad.to_numpy(zero_copy_only=False),
            "be an ISO 4217 code of three letters",
        )
    return column


def _text(given: pa.Table, name: str) -> pa.Array:
    column = single(given.column(name))
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if not (pa.types.is_null(column.type) or str(column.type) in _TEXT):
        raise InvalidInputError(
            name,
            str(column.type),
            "be text",
            "Read ticker columns as text: NA, TRUE and CON are tickers.",
        )
    return column.cast(pa.string())


def _quantities(given: pa.Table) -> pa.Array:
    """Return the quantities as int64; null is not stated."""
    if "quantity" not in given.column_names:
        return pa.nulls(given.num_rows, pa.int64())
    column = single(given.column("quantity"))
    if pa.types.is_null(column.type):
        return column.cast(pa.int64())
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        raise InvalidInputError("quantity", str(column.type), "be numbers of shares")
    bound = "be a whole number of shares, at least 0 and below 2**63"
    hint = "A quantity that is not stated is null (None), not NaN."
    if pa.types.is_floating(column.type):
        numbers = pc.fill_null(column.cast(pa.float64()), 0).to_numpy(zero_copy_only=False)
        with np.errstate(invalid="ignore"):
            bad = ~((numbers >= 0) & (numbers < 2.0**63) & (np.floor(numbers) == numbers))
    elif column.type == pa.uint64():
        bad = pc.fill_null(pc.greater(column, pa.scalar(2**63 - 1, pa.uint64())), False).to_numpy(
            zero_copy_only=False
        )
    else:
        bad = pc.fill_null(pc.less(column, 0), False).to_numpy(zero_copy_only=False)
    _refuse("quantity", column, bad, bound, hint)
    return column.cast(pa.int64())


def _floors(given: pa.Table) -> pa.Array:
    """Return which quantities are floors; none, where the table does not say."""
    if "quantity_is_floor" not in given.column_names:
        return pa.repeat(pa.scalar(False), given.num_rows)
    column = single(given.column("quantity_is_floor"))
    if not pa.types.is_boolean(column.type) or column.null_count:
        raise InvalidInputError(
            "quantity_is_floor", str(column.type), "be True or False in every row"
        )
    return column


def _rates(given: pa.Table, name: str) -> pa.Array:
    """Return a rate as float64; null is not stated."""
    if name not in given.column_names:
        return pa.nulls(given.num_rows, pa.float64())
    column = single(given.column(name))
    if pa.types.is_null(column.type):
        return column.cast(pa.float64())
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        raise InvalidInputError(name, str(column.type), "be numbers")
    column = column.cast(pa.float64())
    bad = pc.fill_null(pc.invert(pc.is_finite(column)), False).to_numpy(zero_copy_only=False)
    _refuse(
        name,
        column,
        bad,
        "be a finite annual fraction",
        "A rate that is not stated is null (None), not NaN.",
    )
    # The one zero: -0.0 would give equal statements two digests.
    return pc.add(column, 0.0)


def _is_ascending(rows: pa.Table) -> bool:
    """Whether the keys ascend, so that none occurs twice."""
    if rows.num_rows < 2:
        return True
    symbols, codes = (single(rows.column(name)) for name in ("symbol", "currency"))
    before, after = symbols.slice(0, len(symbols) - 1), symbols.slice(1)
    ascends = pc.less(before, after)
    if pc.all(ascends).as_py():
        return True
    same = pc.and_(pc.equal(before, after), pc.less(codes.slice(0, len(codes) - 1), codes.slice(1)))
    return bool(pc.all(pc.or_(ascends, same)).as_py())


def _refuse_duplicates(rows: pa.Table, order: pa.Array) -> None:
    """Refuse sorted rows that name a key twice; `order` gives their positions before sorting."""
    same = np.ones(rows.num_rows - 1, dtype=np.bool_)
    for name in ("symbol", "currency"):
        column = single(rows.column(name))
        same &= pc.equal(column.slice(1), column.slice(0, len(column) - 1)).to_numpy(
            zero_copy_only=False
        )
    again = np.flatnonzero(same)
    if len(again):
        first = int(again[0])
        symbol, currency = (rows.column(n)[first].as_py() for n in ("symbol", "currency"))
        numbers = sorted(order[first + i].as_py() for i in (0, 1))
        raise InvalidInputError(
            "table",
            f"{symbol} ({currency})",
            f"name each symbol once: rows {numbers[0]} and "
            f"{numbers[1]} both name it ({len(again):,} such)",
        )
