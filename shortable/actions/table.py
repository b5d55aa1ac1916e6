"""Corporate actions from a table: one row an action, its columns named as people and vendors name them.

A row is what its columns make it: new and old shares (or a ratio) are a split, an amount is a dividend, a new symbol
is a rename. A column ``kind`` says it where there is one, and has to for a delisting or a listing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime
from fractions import Fraction
from typing import SupportsFloat, cast

from shortable.actions.ratio import exact_ratio, plain_decimal
from shortable.actions.reading import ActionsRead, Rows
from shortable.actions.records import (
    Action,
    Delisting,
    Dividend,
    DividendBasis,
    Listing,
    Rename,
    Split,
    as_day,
)
from shortable.calendars import session_after
from shortable.errors import CorporateActionError, SymbolError
from shortable.market import Market
from shortable.symbol import Symbol

__all__ = ["FIELDS", "find_fields", "read_ratio", "read_table"]

# Spellings of each field, lower case, letters and digits only.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "symbol": ("symbol", "ticker", "code", "security", "oldsymbol", "oldticker"),
    "kind": ("kind", "type", "action", "actiontype", "event"),
    "ex_date": (
        "exdate",
        "exdividenddate",
        "exdivdate",
        "exday",
        "executiondate",
        "date",
        "splitdate",
        "day",
    ),
    "evening": ("effectiveevening", "effective", "effectivedate"),
    "pay_date": ("paydate", "paymentdate", "payable", "payabledate"),
    "new": (
        "new",
        "newshares",
        "rationew",
        "numerator",
        "splitto",
        "to",
        "tofactor",
        "fornew",
        "newrate",
    ),
    "old": (
        "old",
        "oldshares",
        "ratioold",
        "denominator",
        "splitfrom",
        "from",
        "fromfactor",
        "forold",
        "oldrate",
    ),
    "ratio": ("ratio", "splitratio", "split", "splitfactor", "factor", "stocksplits", "splits"),
    "amount": (
        "amount",
        "dividend",
        "dividends",
        "dividendamount",
        "cashamount",
        "grosspershare",
        "pershare",
        "cash",
        "rate",
    ),
    "value": ("value",),
    "currency": ("currency", "cur", "ccy"),
    "basis": ("basis",),
    "new_symbol": ("newsymbol", "newticker", "renamedto", "tosymbol", "newname"),
    "price": ("price", "lastprice", "payout"),
    "confirmed": ("confirmed",),
}
_FIELD_OF = {spelling: field for field, spellings in FIELDS.items() for spelling in spellings}
# Of a known source the unit is known: Interactive Brokers' gross amounts are those paid on the day's own shares.
_RAW_AMOUNTS = {"grosspershare"}
_KINDS = {
    "split": "split",
    "stocksplit": "split",
    "reversesplit": "split",
    "reversestocksplit": "split",
    "forwardsplit": "split",
    "forwardstocksplit": "split",
    "adrratiosplit": "split",
    "stockdividend": "split",
    "dividend": "dividend",
    "cashdividend": "dividend",
    "div": "dividend",
    "rename": "rename",
    "symbolchange": "rename",
    "tickerchange": "rename",
    "namechange": "rename",
    "delisting": "delisting",
    "delisted": "delisting",
    "merger": "delisting",
    "listing": "listing",
    "listed": "listing",
    "ipo": "listing",
}
_FEWER_SHARES = {"reversesplit", "reversestocksplit"}
_MORE_SHARES = {"forwardsplit", "forwardstocksplit", "stockdividend"}
_RATIO = re.compile(
    r"\s*([0-9.]+)\s*(?:[:/]|-?\s*(?:for|to|by)\s*-?)\s*([0-9.]+)\s*", re.IGNORECASE
)


def read_table(
    rows: Rows,
    *,
    symbol: str | None = None,
    market: Market | None = None,
    columns: Mapping[str, str] | None = None,
    dividends: DividendBasis | None = None,
    evenings: bool | None = None,
    date_format: str | None = None,
    currency: str | None = None,
) -> ActionsRead:
    """Read a table of actions.

    Parameters
    ----------
    rows : Rows
        From `open_rows`.
    symbol : str, optional
        Whose actions they are, where no column says it.
    market : Market, optional
        Of tickers that name no country; default what the spelling says, else the USA.
    columns : mapping of str to str, optional
        Field (a key of `FIELDS`) to the column that holds it, where the names do not say it.
    dividends : {"raw", "split_adjusted"}, optional
        Whose share the amounts are for, where no column ``basis`` says it: the day's own, or one restated for later
        splits.
    evenings : bool, optional
        Whether the dates are the evenings on which an action became effective, so that the ex-date is the next
        session. Default: of columns that are named ``effective``.
    date_format : str, optional
        As ``datetime.strptime`` takes it; default ISO 8601 and ``yyyymmdd``.
    currency : str, optional
        Of amounts, where no column says it; default the symbol's own.

    Raises
    ------
    CorporateActionError
        Columns are missing, or there are dividends and nothing says whose share their amounts are for. Everything
        that is missing is named at once.
    """
    fields = find_fields(rows.columns, columns or {})
    missing = []
    if "symbol" not in fields and symbol is None:
        missing.append("a symbol (a column symbol or ticker, or `symbol=`)")
    if "ex_date" not in fields and "evening" not in fields:
        missing.append("a date (a column ex_date or date)")
    stated = {"new", "ratio", "amount", "new_symbol", "kind"} & fields.keys()
    if not stated:
        missing.append("what happened (columns new and old, ratio, amount, new_symbol or kind)")
    spelled = _plain(fields.get("amount", ""))
    basis = dividends or ("raw" if spelled in _RAW_AMOUNTS else None)
    paid = "amount" in fields or _names_dividends(rows, fields)
    if paid and "basis" not in fields and basis is None:
        missing.append(
            "whose share the dividends are for: a column basis, or `dividends=` raw (of the day's own shares) or "
            "split_adjusted (restated for later splits, as Yahoo's are)"
        )
    if missing:
        raise CorporateActionError(
            f"columns of {rows.name}", rows.columns, f"state {'; and '.join(missing)}"
        )
    late = evenings if evenings is not None else "ex_date" not in fields
    read = ActionsRead(rows.name, rows=len(rows.cells))
    for row, line, text in rows:
        cells = {field: row.get(column) for field, column in fields.items()}
        try:
            name = cells.get("symbol") if "symbol" in fields else symbol
            if name is None:
                raise CorporateActionError("symbol", name, "be stated in every row")
            key = Symbol.create(str(name), market=market)
            day = _day(cells, date_format)
            action = _action(
                cells, key, session_after(day, key.market) if late else day, day, basis, currency
            )
        except (CorporateActionError, SymbolError) as error:
            read.reject(line, text, error)
            continue
        if action is None:
            read.pass_over("rows without an action")
        else:
            read.records.append(action)
            read.used += 1
    return read


def find_fields(names: list[str], columns: Mapping[str, str]) -> dict[str, str]:
    """Map fields to the columns that hold them: as `columns` says, else by the names that people use.

    Raises
    ------
    CorporateActionError
        A field or a column does not exist, or two columns have names of one field.
    """
    for field, column in columns.items():
        if field not in FIELDS:
            raise CorporateActionError("columns", field, f"name fields: {', '.join(FIELDS)}")
        if column not in names:
            raise CorporateActionError("columns", column, f"be one of {', '.join(names)}")
    found = dict(columns)
    for name in names:
        known = _FIELD_OF.get(_plain(name))
        if known is None or name in columns.values() or known in columns:
            continue
        spellings = FIELDS[known]
        if known in found and spellings.index(_plain(name)) > spellings.index(_plain(found[known])):
            continue  # the plainer name counts: ex_date before date
        found[known] = name
    return found


def _names_dividends(rows: Rows, fields: Mapping[str, str]) -> bool:
    """Whether rows call themselves dividends, their amounts in a column of values (Sharadar's)."""
    if not {"kind", "value"} <= fields.keys():
        return False
    words = {_plain(str(row.get(fields["kind"]))) for row in rows.cells}
    return any(_KINDS.get(word) == "dividend" for word in words)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _day(cells: Mapping[str, object], date_format: str | None) -> date:
    value = cells.get("ex_date")
    value = cells.get("evening") if value is None else value
    return _read_day(value, "date", date_format)


def _read_day(value: object, parameter: str, date_format: str | None) -> date:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str) and date_format is not None:
        try:
            return datetime.strptime(value.strip(), date_format).date()
        except ValueError:
            raise CorporateActionError(
                parameter, value, f"be a date of the form {date_format}"
            ) from None
    return as_day(value, parameter)


def _action(
    cells: Mapping[str, object],
    symbol: Symbol,
    day: date,
    stated_day: date,
    basis: DividendBasis | None,
    currency: str | None,
) -> Action | None:
    """Return the action that a row states, None where it states none (Yahoo's zeros)."""
    kind = _kind(cells)
    if kind == "split":
        ratio = _ratio(cells)
        if ratio is None and cells.get("kind") is not None:
            raise CorporateActionError("ratio", None, "be stated: new shares for each old one")
        if ratio is None or ratio == 1:
            return None
        _check_direction(_plain(str(cells.get("kind"))), ratio)
        return Split(
            symbol, day, ratio.numerator, ratio.denominator, _truth(cells.get("confirmed"))
        )
    if kind == "dividend":
        amount = _number(_amount_cell(cells))
        if amount is None and cells.get("kind") is not None:
            raise CorporateActionError("amount", None, "be stated: the dividend a share")
        if amount is None or amount == 0:
            return None
        own = _basis(cells.get("basis")) or basis
        if own is None:
            raise CorporateActionError("basis", own, "be 'raw' or 'split_adjusted'")
        pay = cells.get("pay_date")
        return Dividend(
            symbol,
            day,
            amount,
            own,
            str(cells.get("currency") or currency or ""),
            None if pay is None else _read_day(pay, "pay_date", None),
        )
    if kind == "rename":
        new = Symbol.create(str(cells.get("new_symbol") or ""), market=symbol.market)
        return Rename(symbol, day, new)
    if kind == "delisting":
        return Delisting(symbol, stated_day, _number(cells.get("price")))
    return None if kind is None else Listing(symbol, day)


def _amount_cell(cells: Mapping[str, object]) -> object:
    amount = cells.get("amount")
    return cells.get("value") if amount is None else amount


def _check_direction(word: str, ratio: Fraction) -> None:
    """Refuse a ratio that its kind contradicts: vendors also write the old shares first, or a stock dividend as 0.05.

    Raises
    ------
    CorporateActionError
        A reverse split makes more shares, or a forward split or a stock dividend fewer.
    """
    if word in _FEWER_SHARES and ratio > 1:
        raise CorporateActionError(
            "ratio",
            str(ratio),
            "be below 1 for a reverse split",
            "It is new shares for each old one.",
        )
    if word in _MORE_SHARES and ratio < 1:
        raise CorporateActionError(
            "ratio",
            str(ratio),
            "be above 1 for a forward split or a stock dividend",
            "It is new shares for each old one: 1.05 for a stock dividend of 5 %.",
        )


def _basis(value: object) -> DividendBasis | None:
    """Return what a row says of its dividend's basis; `Dividend` refuses what is none."""
    return cast("DividendBasis", value) if value else None


def _kind(cells: Mapping[str, object]) -> str | None:
    word = cells.get("kind")
    if word is not None:
        kind = _KINDS.get(_plain(str(word)))
        if kind is None:
            raise CorporateActionError(
                "kind", word, "be split, dividend, rename, delisting or listing"
            )
        return kind
    stated = [
        kind
        for kind, fields in (
            ("split", ("new", "ratio")),
            ("dividend", ("amount",)),
            ("rename", ("new_symbol",)),
        )
        if any(cells.get(field) is not None for field in fields)
    ]
    stated = [k for k in stated if len(stated) == 1 or not _is_nothing(k, cells)]
    if len(stated) > 1:
        raise CorporateActionError("row", " and ".join(stated), "state one action")
    return stated[0] if stated else None


def _is_nothing(kind: str, cells: Mapping[str, object]) -> bool:
    if kind == "dividend":
        return _number(cells.get("amount")) in (None, 0.0)
    return kind == "split" and _ratio(cells) in (None, 1)


def _ratio(cells: Mapping[str, object]) -> Fraction | None:
    if cells.get("new") is not None:
        old = cells.get("old")
        return exact_ratio(cells["new"], "new") / exact_ratio(1 if old is None else old, "old")
    ratio = read_ratio(cells.get("ratio"))
    return (
        read_ratio(cells.get("value")) if ratio is None and cells.get("kind") is not None else ratio
    )


def read_ratio(value: object) -> Fraction | None:
    """Return new shares for each old one: of ``"4:1"``, ``"4/1"``, ``"4 for 1"`` or a number; None for 0 and nothing.

    Examples
    --------
    >>> [str(read_ratio(v)) for v in ("4:1", "1/10", "1-for-10", "3 for 2", 0.1, "20")]
    ['4', '1/10', '1/10', '3/2', '1/10', '20']
    """
    if value is None:
        return None
    if isinstance(value, str):
        if match := _RATIO.fullmatch(value):
            return exact_ratio(match[1], "ratio") / exact_ratio(match[2], "ratio")
        value = value.strip()
        if not value or _number(value) == 0:
            return None
    elif value == 0:
        return None
    return exact_ratio(value, "ratio")


def _number(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, str):
        value = plain_decimal(value)
    if isinstance(value, (str, int, float, SupportsFloat)):
        with suppress(TypeError, ValueError):
            return float(value)
    raise CorporateActionError("amount", value, "be a number")


def _truth(value: object) -> bool:
    return value is None or str(value).strip().lower() not in ("false", "0", "no", "n")
