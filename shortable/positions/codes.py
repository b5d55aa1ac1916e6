"""How each broker spells a security."""

from __future__ import annotations

from shortable.symbol import Market, Symbol

__all__ = ["futu_code", "habittrade_market", "longbridge_symbol", "product_code"]

# Futu and HabitTrade write Hong Kong's codes with five digits (BROKER_APIS, sections B and C).
_HONG_KONG_DIGITS = 5
# HabitTrade names two exchanges; other markets have the name that they have here, which is our extension.
_HABITTRADE = {Market.USA: "usex", Market.HKEX: "hkex"}


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
