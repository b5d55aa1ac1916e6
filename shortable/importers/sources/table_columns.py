"""Which column of a plain table is which: what the caller states, else the names that people and vendors use.

Also what is no availability although it looks like it, and which unit a column of rates is in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shortable.errors import ImportRefusedError, InvalidInputError
from shortable.importers.needs import keyword
from shortable.importers.numbers import RateUnit

__all__ = [
    "FIELDS",
    "Found",
    "find_fields",
    "header_unit",
    "plain_name",
    "rate_like",
    "refuse_other_data",
]

FIELDS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "symbol": (
        ("symbol",),
        ("ticker", "sym", "ticker_symbol", "stock_symbol", "symbol_code", "tickers", "symbols"),
        ("code", "stock_code", "security", "stock", "instrument", "etf", "asset"),
    ),
    "time": (
        ("time", "tm"),
        (
            "as_of", "asof", "datetime", "date_time", "timestamp", "local_time", "retrieved_utc", "retrieved",
            "retrieved_at", "snapshot_time", "published", "published_at", "updated", "updated_at", "as_of_time",
        ),
        ("date", "dt", "asof_date", "as_of_date", "trade_date", "trading_date", "business_date", "report_date", "day"),
    ),
    "quantity": (
        ("quantity",),
        (
            "available", "avail", "shortable_quantity", "quantity_available", "available_quantity", "shares_available",
            "available_shares", "availability", "shortable_shares", "shares_shortable", "borrowable_shares", "borrow_available",
            "shares_available_to_borrow", "shares_available_to_short", "available_to_borrow", "available_to_short",
            "shares_to_borrow", "short_available", "shortable", "short_shares_available", "short_pool_remain",
        ),
        ("shares", "qty"),
    ),
    "currency": (("currency",), ("cur", "ccy")),
    "fee_rate": (
        ("fee_rate",),
        (
            "feerate", "fee", "borrow_fee", "borrow_fee_rate", "borrow_rate", "cost_to_borrow", "cost_to_borrow_rate",
            "ctb", "borrow_cost", "borrowing_cost", "borrowing_fee", "short_fee", "short_fee_rate", "short_borrow_fee_rate", "htb_fee",
            "htb_rate", "lending_fee", "lending_rate", "loan_fee", "loan_rate", "stock_loan_fee", "stock_loan_rate",
            "indicative_fee", "indicative_rate", "indicative_borrow_rate",
        ),
    ),
    "rebate_rate": (("rebate_rate",), ("rebaterate", "rebate")),
    "quantity_is_floor": (("quantity_is_floor",), ("is_floor", "floor")),
    "market": (("market",),),
}  # fmt: skip
"""Fields of a plain table, and the names under which each is found: the first tier that occurs counts."""

_REQUIRED = ("symbol", "time", "quantity")
_UNIT_WORDS = re.compile(
    r"(_|^)(pct|percent|percentage|bps|bp|basis_points|fraction|decimal|p_?a|per_annum|per_year|annual|annually|"
    r"annuali[sz]ed|yearly|apr)(?=_|$)"
)
_ZONE_WORDS = re.compile(r"(_|^)(utc|gmt)(?=_|$)")
_PERCENT = re.compile(r"%|pct|percent", re.IGNORECASE)
_BPS = re.compile(r"(?<![a-z])bps?(?![a-z])|basis.?points?", re.IGNORECASE)
_FRACTION = re.compile(r"fraction|decimal", re.IGNORECASE)
_RATE_LIKE = re.compile(r"fee|rebate|borrow|cost|lend|loan|rate(?!d)|htb|ctb|\bapr\b|interest_rate")
_INTERACTIVE_BROKERS = {"sym", "available", "feerate", "rebaterate"}
_POLL = {"dt", "tm", "fee", "avail"}

_NOT_AVAILABILITY = (
    (
        re.compile(r"short_?(sale_?)?(exempt_?)?vol(ume)?|short_?turnover|shares_sold_short|short_sell_turnover"),
        "short volume: how many shares were sold short in a day, not how many could be borrowed",
        "finra-volume, hkex-turnover",
    ),
    (
        re.compile(r"net_short|(percent|pct)_(of_)?(capital|issue|issued|share_capital|float)|short_percent|short_pct"
                   r"|total_product_in_issue"),
        "net short positions, or a percentage of a company's capital: what is already short, not what could be borrowed",
        "netshort, asic, krx",
    ),
    (
        re.compile(r"(^|_)(fails?|ftd)(_|$)|fails_to_deliver"),
        "fails to deliver: how many shares were not delivered, not how many could be borrowed",
        "sec-fails",
    ),
    (
        re.compile(r"short_interest|shares_short|current_?short_?position|short_?positions?(_|$)|short_?position_?quantity"
                   r"|days_?to_?cover|short_ratio|rqyl|融券余量|공매도잔고|순보유잔고"),
        "short interest: how many shares are already short, not how many could be borrowed",
        "finra, massive, sfc, longbridge, china-margin, asic, krx",
    ),
    (
        re.compile(r"utili[sz]ation"),
        "utilization: which part of the supply is lent, not how many shares could be borrowed",
        "",
    ),
)  # fmt: skip


_PLAIN_NUMBERS = frozenset({"quantity", "qty", "shares"})
_TRADES_OR_POSITIONS = (
    (re.compile(r"side|buy_sell|b_s|order_id|trade_id|exec(ution)?_id|order_type"), "that of a list of trades, which `shortable audit` reads"),
    (re.compile(r"(avg|average)_cost|cost_basis|market_value|unrealized.*"), "that of a list of positions: what is held, not what could be borrowed"),
)  # fmt: skip


@dataclass
class Found:
    """The column of every field that a table has.

    Attributes
    ----------
    fields : dict of str to str
        Field to column.
    date : str or None
        Column of the day, where the time of day stands in a column of its own.
    needs : list of str
        What the caller has to state.
    """

    fields: dict[str, str] = field(default_factory=dict)
    date: str | None = None
    needs: list[str] = field(default_factory=list)


def find_fields(
    names: Sequence[str],
    given: Mapping[str, str | None] | None,
    *,
    source: str,
    has_time: bool = False,
    has_symbol: bool = False,
) -> Found:
    """Find the column of every field.

    Parameters
    ----------
    names : sequence of str
        The table's columns.
    given : mapping of field to column, optional
        What the caller states; a column of None means that the table does not have the field.
    source : str
        What messages call the table.
    has_time, has_symbol : bool
        Whether the caller states one time or symbol for all rows, so that no column is needed.

    Raises
    ------
    InvalidInputError
        An unknown field or column.

    Examples
    --------
    >>> find_fields(["Ticker", "Date", "Available", "Note"], None, source="t.csv").fields
    {'symbol': 'Ticker', 'time': 'Date', 'quantity': 'Available'}
    >>> find_fields(["a", "b"], None, source="t.csv", has_time=True, has_symbol=True).needs
    ["no column is the quantity by its name (a, b): give `columns={'quantity': 'COLUMN'}`"]
    """
    stated = dict(given or {})
    for wanted, column in stated.items():
        if wanted not in FIELDS:
            raise InvalidInputError("columns", wanted, f"name fields out of {', '.join(FIELDS)}")
        if column is not None and column not in names:
            raise InvalidInputError(
                f"columns[{wanted!r}]",
                column,
                f"be a column of {source}",
                f"It has {', '.join(names)}.",
            )
    found = Found()
    spelled: dict[str, list[str]] = {}
    for name in names:
        if name not in stated.values():
            spelled.setdefault(_without_units(plain_name(name)), []).append(name)
    one_for_all = {"time": has_time, "symbol": has_symbol}
    for wanted, tiers in FIELDS.items():
        if wanted in stated:
            columns = [stated[wanted] or ""] if stated[wanted] else []
        elif one_for_all.get(wanted):
            columns = []
        else:
            columns = _first_tier(tiers, spelled)
        if len(columns) > 1:
            found.needs.append(
                f"several columns may be the {wanted} ({', '.join(columns)}): give "
                + keyword("columns", {wanted: columns[0]})
            )
        elif columns:
            found.fields[wanted] = columns[0]
        elif wanted in _REQUIRED and not one_for_all.get(wanted):
            found.needs.append(_missing(wanted, names))
    if not has_time:
        _find_date(found, spelled)
    return found


def _first_tier(tiers: Sequence[Sequence[str]], spelled: Mapping[str, list[str]]) -> list[str]:
    for tier in tiers:
        if columns := [name for alias in tier for name in spelled.get(alias, [])]:
            return columns
    return []


def _find_date(found: Found, spelled: Mapping[str, list[str]]) -> None:
    """Find the column of the day beside one that may hold times of day alone."""
    time = found.fields.get("time")
    days = [name for alias in FIELDS["time"][2] for name in spelled.get(alias, [])]
    if time is not None and len(days) == 1 and days[0] != time:
        found.date = days[0]


def _missing(wanted: str, names: Sequence[str]) -> str:
    shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    need = f"no column is the {wanted} by its name ({shown}): give "
    need += keyword("columns", {wanted: "COLUMN"})
    if wanted == "time":
        need += f", or one time for all rows by {keyword('time')}"
    if wanted == "symbol":
        need += f", or one symbol for all rows by {keyword('symbol')} or {keyword('symbol_from_name', True)}"
    return need


def plain_name(name: str) -> str:
    """Return a column's name in lower case, its words joined by ``_`` and ``%`` spelled out.

    Examples
    --------
    >>> plain_name("#SYM"), plain_name("Borrow Fee (%)"), plain_name("shortVolume")
    ('sym', 'borrow_fee_pct', 'short_volume')
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.strip()).lower().replace("%", " pct ")
    return re.sub(r"[^0-9a-z\u4e00-\u9fff]+", "_", spaced).strip("_")


def _without_units(plain: str) -> str:
    bare = _ZONE_WORDS.sub("", _UNIT_WORDS.sub("", plain)).strip("_")
    return bare or plain


def header_unit(column: str, names: Sequence[str]) -> tuple[RateUnit | None, bool]:
    """Return the unit that a column's name, or the vendor's known header, states.

    Parameters
    ----------
    column : str
        Name of a column of rates.
    names : sequence of str
        All columns of the table.

    Returns
    -------
    unit, in_words : str or None, bool
        None where nothing states it; whether the name itself has the word or sign for it.

    Examples
    --------
    >>> header_unit("Borrow Fee (%)", []), header_unit("fee_rate", []), header_unit("fee", [])
    (('percent', True), ('fraction', False), (None, False))
    >>> header_unit("FEERATE", ["#SYM", "CUR", "REBATERATE", "FEERATE", "AVAILABLE"])
    ('percent', False)
    """
    words: list[tuple[re.Pattern[str], RateUnit]] = [
        (_PERCENT, "percent"),
        (_BPS, "bps"),
        (_FRACTION, "fraction"),
    ]
    stated = [unit for pattern, unit in words if pattern.search(column.replace("_", " "))]
    if len(stated) == 1:
        return stated[0], True
    known = {plain_name(name) for name in names}
    if known >= _INTERACTIVE_BROKERS or known >= _POLL:
        return "percent", False
    if column in ("fee_rate", "rebate_rate"):
        return "fraction", False
    return None, False


def rate_like(names: Sequence[str], read: Sequence[str]) -> list[str]:
    """Return the columns that look like rates by their names and were not read."""
    return [name for name in names if name not in read and _RATE_LIKE.search(plain_name(name))]


def refuse_other_data(
    names: Sequence[str], quantity: str | None, source: str, *, stated: bool = False
) -> None:
    """Refuse a table whose figures are no availability.

    Parameters
    ----------
    names : sequence of str
        The table's columns.
    quantity : str or None
        The column that is to be the quantity.
    source : str
        What messages call the table.
    stated : bool
        Whether the caller states that it is the quantity; then only its own name is looked at.

    Raises
    ------
    ImportRefusedError
        The quantity, or without one any other column, is short volume, a short position or short interest by its name.
    """
    generic = quantity is not None and not stated and plain_name(quantity) in FIELDS["quantity"][2]
    if quantity is not None and not stated and plain_name(quantity) in _PLAIN_NUMBERS:
        for name in names:
            for pattern, what in _TRADES_OR_POSITIONS:
                if pattern.fullmatch(plain_name(name)):
                    raise ImportRefusedError(
                        f"{source}: column {name!r} beside {quantity!r} is {what}; nothing was imported; if it could be "
                        f"borrowed, state so by {keyword('columns', {'quantity': quantity})}"
                    )
    for name in names if quantity is None or generic else [quantity]:
        for pattern, what, readers in _NOT_AVAILABILITY:
            if pattern.search(plain_name(name)):
                beside = f" beside {quantity!r}" if generic else ""
                hint = (
                    f"; if it could be borrowed, state so by {keyword('columns', {'quantity': quantity})}"
                    if generic
                    else ""
                )
                also = f". Sources that read it as what it is: {readers}" if readers else ""
                raise ImportRefusedError(
                    f"{source}: column {name!r}{beside} is {what}; nothing was imported{hint}{also}"
                )
