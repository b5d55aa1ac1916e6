"""LEAN's names of markets and currencies: plain texts."""

from __future__ import annotations

from shortable.lean.names import LeanObject

__all__ = ["Currencies", "Market"]


class Market(LeanObject):
    """Names of markets; only the USA's can be run.

    Examples
    --------
    >>> Market.USA, Market.encode("usa"), Market.decode(1)
    ('usa', 1, 'usa')
    """

    USA = "usa"
    FXCM = Fxcm = "fxcm"
    OANDA = Oanda = "oanda"
    DUKASCOPY = Dukascopy = "dukascopy"
    BITFINEX = Bitfinex = "bitfinex"
    GLOBEX = Globex = "cmeglobex"
    CBOE = "cboe"
    INDIA = India = "india"
    BINANCE = Binance = "binance"
    COINBASE = Coinbase = "coinbase"
    KRAKEN = Kraken = "kraken"
    CME = "cme"
    CBOT = "cbot"
    COMEX = "comex"
    NYMEX = "nymex"
    ICE = "ice"

    @staticmethod
    def encode(market: str) -> int | None:
        """Return the number that stands for a market in identifiers, or None (LEAN: Common/Market.cs)."""
        return _CODES.get(market.lower())

    @staticmethod
    def decode(code: int) -> str | None:
        """Return the market of a number, or None."""
        return _NAMES.get(code)


# Common/Market.cs, HardcodedMarkets: the first nine and India's, which is all that equities have.
_CODES = {
    "empty": 0,
    "usa": 1,
    "fxcm": 2,
    "oanda": 3,
    "dukascopy": 4,
    "bitfinex": 5,
    "cmeglobex": 6,
    "nymex": 7,
    "cbot": 8,
    "ice": 9,
    "cboe": 10,
    "india": 11,
}
_NAMES = {code: name for name, code in _CODES.items()}


class Currencies(LeanObject):
    """Codes of currencies; accounts are in US dollars."""

    USD = "USD"
    EUR = "EUR"
    GBP = "GBP"
    CAD = "CAD"
    INR = "INR"
    NULL_CURRENCY = NullCurrency = "QCC"

    @staticmethod
    def get_currency_symbol(currency: str) -> str:
        """Return the sign of a currency, or its code where it has none here."""
        return {"USD": "$", "EUR": "€", "GBP": "₤", "CAD": "$", "INR": "₹"}.get(currency, currency)
