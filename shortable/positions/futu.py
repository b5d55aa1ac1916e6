"""Futu's and moomoo's web interface: ``GET /api/v1.0/accounts/{acc_id}/positions``.

Source: its document "Get Positions". All numbers are texts; `pl_ratio` and its bounds are percent. The document does not
say how a short looks: here `qty`, `can_sell_qty` and `market_val` are above 0 and `position_side` is ``SHORT``, and a
negative `qty` is read as a short too.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from shortable.errors import InvalidInputError, PositionsError, SymbolError
from shortable.positions.account import Today
from shortable.positions.book import PositionLine, PositionsBook
from shortable.positions.documents import (
    amount_in,
    cents,
    futu_code,
    plain,
    rounded,
    rows_in,
    shares_in,
    symbol_in,
)
from shortable.symbol import Symbol

__all__ = ["FILTERS", "error", "parse", "render"]

FILTERS = ("code", "pl_ratio_min", "pl_ratio_max")
"""Names of the request's parameters."""
# The one error code that the document shows.
_ERROR = -1200
# The document's prices have three decimals; prices that need more get up to six, so that nothing is off by a cent
# in ten thousand shares.
_LEAST, _MOST = 3, 6
_NOTHING = Decimal(0)


def render(
    book: PositionsBook,
    *,
    code: str | None = None,
    pl_ratio_min: str | float | None = None,
    pl_ratio_max: str | float | None = None,
    closed_today: bool = False,
) -> dict[str, object]:
    """Return a book as Futu's answer.

    Parameters
    ----------
    book : PositionsBook
    code : str, optional
        One code or several with commas between; a code that is not held is no error.
    pl_ratio_min, pl_ratio_max : str or float, optional
        Percent, bounds included, compared with `pl_ratio` as it is shown. Positions without a valid ratio are left out
        where a bound is given.
    closed_today : bool
        Show positions that were closed in the session too, with `qty` 0 and side ``NONE``.

    Returns
    -------
    dict
        ``{"s": "ok", "d": [...]}``.

    Raises
    ------
    PositionsError
        A parameter that cannot be read; status 400.
    """
    wanted = _codes(code)
    low, high = _percent("pl_ratio_min", pl_ratio_min), _percent("pl_ratio_max", pl_ratio_max)
    rows = []
    for line in book.lines:
        traded = line.today.bought or line.today.sold
        if not line.quantity and not (closed_today and traded):
            continue
        if wanted is not None and line.symbol not in wanted:
            continue
        row = _row(line)
        if low is None and high is None:
            rows.append(row)
        elif row["pl_ratio_valid"]:
            ratio = Decimal(str(row["pl_ratio"]))
            if (low is None or ratio >= low) and (high is None or ratio <= high):
                rows.append(row)
    return {"s": "ok", "d": rows}


def error(message: str, status: int = 400, code: int = _ERROR) -> PositionsError:
    """Return an error answer in Futu's form."""
    return PositionsError(status, {"s": "error", "errcode": code, "errmsg": message})


def parse(document: Mapping[str, object]) -> PositionsBook:
    """Read Futu's answer into a book.

    `cost_price` is diluted: the average price is what `unrealized_pl` says it is.

    Raises
    ------
    PositionsError
        The document is an error answer.
    InvalidInputError
        It is no answer of this interface, or a field cannot be read; the message names row and field.
    """
    if document.get("s") == "error":
        raise PositionsError(0, dict(document))
    lines = rows_in(document.get("d"), "d", _line)
    return PositionsBook(lines, lines[0].symbol.currency if lines else "")


def _row(line: PositionLine) -> dict[str, object]:
    side = "LONG" if line.quantity > 0 else "SHORT" if line.quantity < 0 else "NONE"
    shares, today = abs(line.quantity), line.today
    price = rounded(line.mark or 0.0, _MOST)
    diluted, average = line.diluted_price, line.average_price
    cost = rounded(diluted or 0.0, _MOST)
    # From the prices as they are shown, so that whoever multiplies them gets the same.
    profit = (
        (price - cost) * line.quantity if diluted is not None and line.mark is not None else None
    )
    basis = abs(cost * shares)
    ratio = None if profit is None or cost <= 0 else rounded(profit / basis * 100, 2)
    unrealized = (
        _NOTHING
        if average is None or line.mark is None
        else (price - _exact(average)) * line.quantity
    )
    traded = _exact(today.bought_value) + _exact(today.sold_value)
    return {
        "position_side": side,
        "code": futu_code(line.symbol),
        "stock_name": line.name or line.symbol.ticker,
        "qty": str(shares),
        "can_sell_qty": str(line.coverable if line.quantity < 0 else line.sellable),
        "currency": line.symbol.currency,
        "nominal_price": plain(price, _LEAST),
        "cost_price": plain(cost, _LEAST),
        "cost_price_valid": diluted is not None,
        "market_val": cents(price * shares),
        "pl_ratio": cents(ratio or 0.0),
        "pl_ratio_valid": ratio is not None,
        "pl_val": cents(profit or 0.0),
        "pl_val_valid": profit is not None,
        "today_pl_val": cents(_today_profit(line, price)),
        "today_trd_val": cents(traded),
        "today_buy_qty": str(today.bought),
        "today_buy_val": cents(today.bought_value),
        "today_sell_qty": str(today.sold),
        "today_sell_val": cents(today.sold_value),
        "unrealized_pl": cents(unrealized),
        "realized_pl": cents(line.realized),
    }


def _today_profit(line: PositionLine, price: Decimal) -> Decimal:
    """Value now less value at the previous close, less what was paid for buys net of sells, plus dividends.

    Shares that were there before any close was known count from what they cost.
    """
    today, before = line.today, line.previous_close
    if before is None:
        before = line.average_price if line.average_price is not None else float(price)
    spent = _exact(today.bought_value) - _exact(today.sold_value) - _exact(today.dividends)
    return price * line.quantity - _exact(before) * line.opening_quantity - spent


def _line(row: Mapping[str, object]) -> PositionLine:
    shares, price, cost = (
        shares_in(row, "qty"),
        amount_in(row, "nominal_price"),
        amount_in(row, "cost_price"),
    )
    if shares is None:
        raise InvalidInputError("qty", row.get("qty"), "be a whole number of shares")
    short = shares < 0 or row.get("position_side") == "SHORT"
    quantity = -abs(shares) if short else shares
    free = shares_in(row, "can_sell_qty")
    claimed = abs(shares) - abs(free) if free is not None else 0
    if row.get("cost_price_valid") is False:
        cost = None
    unrealized, profit = amount_in(row, "unrealized_pl"), amount_in(row, "pl_val")
    average = cost
    if quantity and price is not None and unrealized is not None and unrealized != profit:
        average = price - unrealized / quantity
    today = Today(
        shares_in(row, "today_buy_qty") or 0,
        shares_in(row, "today_sell_qty") or 0,
        amount_in(row, "today_buy_val") or 0.0,
        amount_in(row, "today_sell_val") or 0.0,
    )
    opening = quantity - today.bought + today.sold
    earned, before = amount_in(row, "today_pl_val"), None
    if opening and price is not None and earned is not None:
        before = (price * quantity - (today.bought_value - today.sold_value) - earned) / opening
    return PositionLine(
        symbol_in(row, "code"),
        quantity,
        name=str(row.get("stock_name") or ""),
        average_price=average,
        realized=amount_in(row, "realized_pl") or 0.0,
        realized_round=0.0 if average is None or cost is None else (average - cost) * quantity,
        resting_buys=claimed if short else 0,
        resting_sells=0 if short else claimed,
        price=price,
        previous_close=before,
        opening_quantity=opening,
        today=today,
    )


def _codes(given: str | None) -> set[Symbol] | None:
    if not given:
        return None
    try:
        return {Symbol.create(code) for code in given.split(",") if code.strip()}
    except SymbolError as refused:
        raise error(f"code: {refused}") from None


def _percent(name: str, given: str | float | None) -> Decimal | None:
    try:
        number = amount_in({name: given}, name)
    except InvalidInputError as refused:
        raise error(str(refused)) from None
    return None if number is None else _exact(number)


def _exact(value: float) -> Decimal:
    return Decimal(repr(float(value)))
