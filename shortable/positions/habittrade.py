"""HabitTrade: ``GET /account/v1/positions``.

Source: its document "Position". Numbers are JSON numbers. The schema has no side: a short has a negative `qty`, which
is our extension. `os_sell_qty` are the shares of resting sell orders, and `avail_qty` = `qty` − `os_sell_qty`; so of a
short it is the short to which its resting sells can lead.
"""

from __future__ import annotations

from collections.abc import Mapping

from shortable.errors import InvalidInputError, PositionsError, SymbolError
from shortable.positions.book import PositionLine, PositionsBook, Transfers
from shortable.positions.documents import (
    amount_in,
    habittrade_market,
    product_code,
    rounded,
    rows_in,
    shares_in,
)
from shortable.symbol import Market, Symbol

__all__ = ["FILTERS", "error", "parse", "render"]

FILTERS = ("market", "security_type", "page", "page_size", "portfolio_id")
"""Names of the request's parameters."""
# Where the document names no code, the HTTP status stands for it.
_BAD_REQUEST = 400
_PORTFOLIO_ID_LENGTH = 50  # the document's
_PAGE_SIZE = 20  # the document's default
_TYPES = (
    "stock",
)  # of the security_type enum the document names this one; shortable models no other
_TRANSFERS = ("pending_deposit", "pending_withdrawal", "approved_deposit", "approved_withdrawal")
# Prices with as many decimals as serve; see shortable.positions.futu.
_DECIMALS = 6


def render(
    book: PositionsBook,
    *,
    market: str | None = None,
    security_type: str | None = None,
    page: str | int = 1,
    page_size: str | int = _PAGE_SIZE,
    portfolio_id: str | None = None,
) -> dict[str, object]:
    """Return a book as HabitTrade's answer.

    Parameters
    ----------
    book : PositionsBook
    market : {"usex", "hkex"}, optional
        Other markets go by the name that `shortable.Market` gives them.
    security_type : {"stock"}, optional
    page, page_size : int or str
        From 1; a page behind the last is empty.
    portfolio_id : str, optional
        At most 50 characters.

    Returns
    -------
    dict
        ``{"code": 0, "data": {"total_records": n, "page": …, "page_size": …, "positions": [...]}}``.

    Raises
    ------
    PositionsError
        A parameter that cannot be read; status 400.
    """
    wanted = _market(market)
    if security_type and security_type not in _TYPES:
        raise error("invalid security_type", f"{security_type!r} is not one of {', '.join(_TYPES)}")
    if portfolio_id and len(portfolio_id) > _PORTFOLIO_ID_LENGTH:
        raise error(
            "invalid portfolio_id",
            f"it has {len(portfolio_id)} characters, the limit is {_PORTFOLIO_ID_LENGTH}",
        )
    number, size = _count("page", page), _count("page_size", page_size)
    lines = [
        line
        for line in book.held
        if (wanted is None or line.symbol.market is wanted)
        and (not security_type or line.security_type == security_type)
        and (not portfolio_id or line.portfolio_id == portfolio_id)
    ]
    start = (number - 1) * size
    rows = [_row(line) for line in lines[start : start + size]]
    data = {"total_records": len(lines), "page": number, "page_size": size, "positions": rows}
    return {"code": 0, "data": data}


def error(
    message: str, details: str = "", status: int = _BAD_REQUEST, code: int = _BAD_REQUEST
) -> PositionsError:
    """Return an error answer in HabitTrade's form."""
    payload = {"code": code, "message": message} | ({"details": details} if details else {})
    return PositionsError(status, payload)


def parse(document: Mapping[str, object]) -> PositionsBook:
    """Read HabitTrade's answer into a book.

    It has no last price, so `PositionLine.mark` is the previous close.

    Raises
    ------
    PositionsError
        The document is an error answer.
    InvalidInputError
        It is no answer of this interface, or a field cannot be read; the message names row and field.
    """
    if document.get("code") != 0:
        raise PositionsError(0, dict(document))
    data = document.get("data")
    if not isinstance(data, Mapping):
        raise InvalidInputError("data", data, "be an object")
    lines = rows_in(data.get("positions"), "positions", _line)
    return PositionsBook(lines, lines[0].symbol.currency if lines else "")


def _row(line: PositionLine) -> dict[str, object]:
    before = line.previous_close
    free = line.quantity - line.resting_sells
    value = (
        None if before is None else float(rounded(rounded(before, _DECIMALS) * line.quantity, 2))
    )
    return {
        "market": habittrade_market(line.symbol),
        "product_code": product_code(line.symbol),
        "product_name": line.name or line.symbol.ticker,
        "qty": line.quantity,
        "os_sell_qty": line.resting_sells,
        "avail_qty": free,
        "avail_sell_qty": free - line.uncleared,
        "uncleared_qty": line.uncleared,
        "base_currency": line.symbol.currency,
        "avg_cost": _price(line.average_cost),
        "avg_price": _price(line.average_price),
        "prev_price": _price(before),
        "prev_market_value": value,
        **{f"{name}_qty": getattr(line.transfers, name) for name in _TRANSFERS},
        "security_type": line.security_type,
        "contract_time": line.contract_time,
        "portfolio_id": line.portfolio_id,
    }


def _line(row: Mapping[str, object]) -> PositionLine:
    quantity, average, cost = (
        shares_in(row, "qty"),
        amount_in(row, "avg_price"),
        amount_in(row, "avg_cost"),
    )
    if quantity is None:
        raise InvalidInputError("qty", row.get("qty"), "be a whole number of shares")
    if average is None:
        average = cost
    market, currency = row.get("market"), row.get("base_currency")
    return PositionLine(
        Symbol.create(
            str(row.get("product_code") or ""),
            market=str(market) if market else None,
            currency=str(currency) if currency else None,
        ),
        quantity,
        name=str(row.get("product_name") or ""),
        security_type=str(row.get("security_type") or "stock"),
        average_price=average,
        open_commissions=0.0 if average is None or cost is None else (cost - average) * quantity,
        resting_sells=shares_in(row, "os_sell_qty") or 0,
        uncleared=shares_in(row, "uncleared_qty") or 0,
        previous_close=amount_in(row, "prev_price"),
        opening_quantity=quantity,
        transfers=Transfers(*(shares_in(row, f"{name}_qty") or 0 for name in _TRANSFERS)),
        contract_time=time
        if isinstance(time := row.get("contract_time"), int)
        else str(time or ""),
        portfolio_id=str(row.get("portfolio_id") or ""),
    )


def _market(name: str | None) -> Market | None:
    try:
        return Market(name.strip().lower()) if name else None
    except SymbolError as refused:
        raise error("invalid market", str(refused)) from None


def _count(name: str, given: str | int) -> int:
    try:
        number = shares_in({name: given}, name)
    except InvalidInputError:
        number = 0
    if number is None or number < 1:
        raise error(f"invalid {name}", f"{given!r} is not a whole number, at least 1")
    return number


def _price(value: float | None) -> float | None:
    return None if value is None else float(rounded(value, _DECIMALS))
