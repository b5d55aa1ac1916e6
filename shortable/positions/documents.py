"""What brokers' documents have in common: how they write securities, numbers and lists of positions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from shortable.errors import InvalidInputError, SymbolError
from shortable.json_types import load_json
from shortable.positions.book import PositionLine
from shortable.symbol import Market, Symbol

__all__ = [
    "amount_in",
    "cents",
    "document_of",
    "futu_code",
    "habittrade_market",
    "longbridge_symbol",
    "plain",
    "product_code",
    "rounded",
    "rows_in",
    "shares_in",
    "symbol_in",
]

# Futu and HabitTrade write Hong Kong's codes with five digits (BROKER_APIS, sections B and C).
_HONG_KONG_DIGITS = 5
# HabitTrade names two exchanges; other markets go by their name in shortable, which is our extension.
_HABITTRADE = {Market.USA: "usex", Market.HKEX: "hkex"}
_EMPTY = ("", "N/A", "--", None)


def document_of(given: Mapping[str, object] | str | bytes) -> Mapping[str, object]:
    """Return a JSON object given as a mapping or as text.

    Raises
    ------
    InvalidInputError, SymbolError
        It is neither, or not JSON.
    """
    document: object = given
    if isinstance(given, (str, bytes, bytearray)):
        try:
            document = load_json(given if isinstance(given, str) else bytes(given))
        except ValueError as error:
            raise InvalidInputError("document", given, f"be JSON ({error})") from None
    if not isinstance(document, Mapping):
        raise InvalidInputError("document", given, "be a JSON object, as mapping or text")
    return document


def rows_in(
    rows: object, name: str, read: Callable[[Mapping[str, object]], PositionLine]
) -> tuple[PositionLine, ...]:
    """Read every row of a list.

    Raises
    ------
    InvalidInputError, SymbolError
        It is no list of objects, or rows cannot be read; the message lists every fault.
    """
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise InvalidInputError(name, rows, "be a list of positions")
    lines, faults = [], []
    for number, row in enumerate(rows):
        try:
            lines.append(read(row))
        except InvalidInputError as error:
            faults.append(f"{name}[{number}]: {error}")
    if faults:
        raise InvalidInputError(name, f"{len(rows)} positions", "be readable: " + "; ".join(faults))
    return tuple(lines)


def product_code(symbol: Symbol) -> str:
    """Return the ticker alone, Hong Kong's with leading zeros.

    Examples
    --------
    >>> product_code(Symbol("AAPL")), product_code(Symbol("700.HK"))
    ('AAPL', '00700')
    """
    padded = symbol.market is Market.HKEX and symbol.ticker.isdigit()
    return symbol.ticker.zfill(_HONG_KONG_DIGITS) if padded else symbol.ticker


def futu_code(symbol: Symbol) -> str:
    """Return Futu's code: market, dot, ticker.

    Examples
    --------
    >>> futu_code(Symbol("AAPL")), futu_code(Symbol("700.HK"))
    ('US.AAPL', 'HK.00700')
    """
    return f"{symbol.market.suffix}.{product_code(symbol)}"


def longbridge_symbol(symbol: Symbol) -> str:
    """Return Longbridge's symbol: ticker, dot, region.

    Examples
    --------
    >>> longbridge_symbol(Symbol("AAPL")), longbridge_symbol(Symbol("00700.HK"))
    ('AAPL.US', '700.HK')
    """
    return f"{symbol.ticker}.{symbol.market.suffix}"


def habittrade_market(symbol: Symbol) -> str:
    """Return HabitTrade's name of a market.

    Examples
    --------
    >>> habittrade_market(Symbol("AAPL")), habittrade_market(Symbol("700.HK"))
    ('usex', 'hkex')
    """
    return _HABITTRADE.get(symbol.market, symbol.market.value)


def rounded(value: float | Decimal, places: int) -> Decimal:
    """Round half up to that many decimals, from the shortest decimal that means the float.

    Examples
    --------
    >>> rounded(2.675, 2), rounded(-0.001, 2)
    (Decimal('2.68'), Decimal('0.00'))
    """
    exact = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    found = exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return found if found else abs(found)


def cents(value: float | Decimal) -> str:
    """Write an amount of money with two decimals.

    Examples
    --------
    >>> cents(550.0)
    '550.00'
    """
    return f"{rounded(value, 2):f}"


def plain(value: Decimal, least: int) -> str:
    """Write a number with at least that many decimals, and no zeros after them.

    Examples
    --------
    >>> plain(Decimal("185.500000"), 3), plain(Decimal("0.123400"), 3)
    ('185.500', '0.1234')
    """
    whole, _, tail = f"{value:f}".partition(".")
    return f"{whole}.{tail.rstrip('0').ljust(least, '0')}"


def amount_in(row: Mapping[str, object], name: str) -> float | None:
    """Read a number from a field, as JSON number or text; None where it is absent or empty.

    Raises
    ------
    InvalidInputError, SymbolError
        Text that is no number, or a number that is not finite.
    """
    value = row.get(name)
    if value in _EMPTY:
        return None
    number = math.nan
    with suppress(ValueError, InvalidOperation, OverflowError):
        if isinstance(value, str):
            number = float(Decimal(value.replace(",", "")))
        elif isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
            number = float(value)
    if not math.isfinite(number):
        raise InvalidInputError(name, value, "be a finite number, as JSON number or text")
    return number


def symbol_in(row: Mapping[str, object], name: str) -> Symbol:
    """Read a symbol from a field; its currency from the field beside it, where that is stated.

    Raises
    ------
    SymbolError
        It is no symbol, or contradicts the currency.
    """
    text, currency = row.get(name), row.get("currency")
    if not isinstance(text, str):
        raise SymbolError(name, text, "be a symbol as text")
    return Symbol.create(text, currency=str(currency) if currency else None)


def shares_in(row: Mapping[str, object], name: str) -> int | None:
    """Read a whole number of shares from a field; None where it is absent or empty.

    Raises
    ------
    InvalidInputError, SymbolError
        It is not a whole number: fractions of a share are not modelled.
    """
    number = amount_in(row, name)
    if number is None:
        return None
    if number != int(number):
        raise InvalidInputError(name, row[name], "be a whole number of shares")
    return int(number)
