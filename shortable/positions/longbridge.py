"""Longbridge's stock positions: ``GET /v1/asset/stock?symbol=700.HK&symbol=AAPL.US``.

Source: its document "Get Stock Positions", and its Python SDK 5.3.0 held against a server of our own. The SDK wants
`message`, `cost_price` and `init_quantity` to be there, which the document's own sample leaves out: an empty text
reads as 0 and as none. All numbers are texts. A short has a negative `quantity` and `available_quantity`, which the
SDK reads; the document says nothing of shorts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from shortable.errors import InvalidInputError, PositionsError, SymbolError
from shortable.positions.book import PositionLine, PositionsBook
from shortable.positions.documents import (
    amount_in,
    longbridge_symbol,
    plain,
    rounded,
    rows_in,
    shares_in,
    symbol_in,
)
from shortable.rule import check_choice
from shortable.symbol import Symbol

__all__ = ["FILTERS", "error", "parse", "render"]

FILTERS = ("symbol",)
"""Names of the request's parameters; `symbol` may come several times."""
_BAD_REQUEST = 400
_LEAST, _MOST = 2, 6  # the document's prices have two decimals; see shortable.positions.futu


def render(
    book: PositionsBook,
    *,
    symbol: str | Sequence[str] | None = None,
    cost: Literal["average", "diluted"] = "average",
    channel: str = "lb",
) -> dict[str, object]:
    """Return a book as Longbridge's answer.

    Parameters
    ----------
    book : PositionsBook
    symbol : str or sequence of str, optional
        Only these, in any spelling; one that is not held is no error.
    cost : {"average", "diluted"}
        What `cost_price` is: Longbridge leaves that to its clients' settings. Before commissions.
    channel : str
        `account_channel`.

    Returns
    -------
    dict
        ``{"code": 0, "message": "", "data": {"list": [{"account_channel": …, "stock_info": [...]}]}}``.

    Raises
    ------
    PositionsError
        A symbol that cannot be read; status 400.
    """
    check_choice("cost", cost, ("average", "diluted"))
    given = [symbol] if isinstance(symbol, str) else list(symbol or ())
    try:
        wanted = {Symbol.create(text) for text in given if text}
    except SymbolError as refused:
        raise error(f"symbol: {refused}") from None
    rows = [_row(line, cost) for line in book.held if not wanted or line.symbol in wanted]
    return {
        "code": 0,
        "message": "",
        "data": {"list": [{"account_channel": channel, "stock_info": rows}]},
    }


def error(message: str, status: int = _BAD_REQUEST, code: int = _BAD_REQUEST) -> PositionsError:
    """Return an error answer in Longbridge's form."""
    return PositionsError(status, {"code": code, "message": message, "data": None})


def parse(document: Mapping[str, object]) -> PositionsBook:
    """Read Longbridge's answer into a book; the positions of all channels, one after the other.

    It has no prices, so the value of the shares is not known.

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
    channels = data.get("list") if isinstance(data, Mapping) else None
    if not isinstance(channels, list) or not all(isinstance(one, Mapping) for one in channels):
        raise InvalidInputError("data", data, "be an object with a list of channels")
    lines = tuple(
        line for one in channels for line in rows_in(one.get("stock_info"), "stock_info", _line)
    )
    return PositionsBook(lines, lines[0].symbol.currency if lines else "")


def _row(line: PositionLine, cost: str) -> dict[str, object]:
    free = -line.coverable if line.quantity < 0 else line.quantity - line.resting_sells
    paid = line.average_price if cost == "average" else line.diluted_price
    return {
        "symbol": longbridge_symbol(line.symbol),
        "symbol_name": line.name or line.symbol.ticker,
        "quantity": str(line.quantity),
        "available_quantity": str(free),
        "currency": line.symbol.currency,
        "cost_price": "" if paid is None else plain(rounded(paid, _MOST), _LEAST),
        "market": line.symbol.market.suffix,
        "init_quantity": str(line.opening_quantity),
    }


def _line(row: Mapping[str, object]) -> PositionLine:
    quantity, free, began = (
        shares_in(row, f"{name}quantity") for name in ("", "available_", "init_")
    )
    if quantity is None:
        raise InvalidInputError("quantity", row.get("quantity"), "be a whole number of shares")
    claimed = 0 if free is None else abs(quantity - free)
    return PositionLine(
        symbol_in(row, "symbol"),
        quantity,
        name=str(row.get("symbol_name") or ""),
        average_price=amount_in(row, "cost_price"),
        resting_buys=claimed if quantity < 0 else 0,
        resting_sells=claimed if quantity >= 0 else 0,
        opening_quantity=quantity if began is None else began,
    )
