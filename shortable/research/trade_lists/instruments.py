"""What a list trades: shares, which are audited, and options, currencies, futures and coins, which are set aside."""

from __future__ import annotations

import re

from shortable.errors import InvalidInputError
from shortable.research.trade_lists.sides import words_of
from shortable.symbol import Symbol

__all__ = ["kind_of", "kind_of_class", "share_of"]

_CURRENCIES = words_of(
    "USD|EUR|GBP|JPY|CHF|CAD|AUD|NZD|SEK|NOK|DKK|HKD|SGD|CNH|CNY|MXN|ZAR|TRY|PLN|CZK|HUF|ILS|INR|KRW|TWD|THB|RUB|BRL"
)
_COINS = "BTC|XBT|ETH|SOL|XRP|ADA|DOGE|LTC|BCH|DOT|AVAX|BNB|LINK|MATIC|ATOM|UNI|TRX|XLM|SHIB|ETC|FIL|NEAR|APT|ARB|OP|PEPE|USDT|USDC"
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    # The Options Clearing Corporation's name, AAPL  240119C00200000, and shorter ones.
    ("option", re.compile(r"^[.-]?[A-Z./]{1,6}\d?\s*\d{6}[CP]\d{1,8}(\.\d+)?(\.[A-Z]+)?$")),
    ("option", re.compile(r"^[A-Z./]{1,6}\s+\d{1,2}[A-Z]{3}\d{2}\s+[\d.]+\s+[CP]$")),
    ("option", re.compile(r"^[A-Z./]{1,6}\s+\d{1,2}/\d{1,2}/\d{2,4}\s+\$?[\d.]+\s*(C|P|CALL|PUT)$")),
    ("option", re.compile(r"^[A-Z./]{1,6}\s.*\b(CALL|PUT)\b.*$")),
    ("option", re.compile(r"^[A-Z./]{1,6} [A-Z0-9]{7,}\|[A-Z]{1,6} [A-Z0-9]{9,}$")),  # QuantConnect
    ("coin", re.compile(rf"^({_COINS})[-/_. ]?(USD|USDT|USDC|BUSD|EUR|GBP|BTC|ETH)([-_.]?(PERP|SWAP|SPOT))?(\.[A-Z]+)?$")),
    ("coin", re.compile(r"^[A-Z0-9]{2,10}[-/_]?(USDT|USDC|BUSD|FDUSD)([-_.]?(PERP|SWAP))?(\.[A-Z]+)?$")),
    ("coin", re.compile(rf"^({_COINS})[-_]?(PERP|SWAP)(\.[A-Z]+)?$")),
    ("future", re.compile(r"^[/@][A-Z0-9]{1,4}([FGHJKMNQUVXZ]\d{1,4})?$")),
    ("future", re.compile(r"^[A-Z0-9]{1,4}=F$")),
    ("future", re.compile(r"^[A-Z][A-Z0-9]?[A-Z]?[FGHJKMNQUVXZ]\d{1,2}(\.[A-Z]+)?$")),
    ("future", re.compile(r"^[A-Z0-9]{1,4} ?\d{2}-\d{2}$")),  # NinjaTrader: ES 03-24
    ("future", re.compile(r"^[A-Z0-9]{1,4}\s+[FGHJKMNQUVXZ]\d{1,2}$")),
    ("future", re.compile(r"^[A-Z0-9]{1,4}\d!$")),  # TradingView: ES1!
)  # fmt: skip
_FOREX = re.compile(r"^([A-Z]{3})[./ _-]?([A-Z]{3})(=X)?(\.[A-Z0-9_]+)?$")
_CLASSES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("option", re.compile(r"option|^opt$|^fop$|warrant|^war$|^iopt$")),
    ("future", re.compile(r"^futures?$|^fut$|^cont?fut$")),
    ("currency", re.compile(r"forex|^cash$|^fx$|currenc")),
    ("coin", re.compile(r"crypto|coin")),
    ("bond", re.compile(r"bond|^bill$|treasur|fixed income")),
    ("fund", re.compile(r"mutual|^fund$")),
    ("contract for difference", re.compile(r"^cfds?$|contract for")),
    ("index", re.compile(r"^index$|^ind$")),
)
_SHARES = re.compile(
    r"stock|equit|^stk$|^eqs?$|^et[fpn]s?$|^adrs?$|^reits?$|^us_?equity$|shares|^common|^cs$|^ps$|^$|^nan$|^none$"
)

_IN_BRACKETS = re.compile(r"^Equity\(\d+ \[(.+)\]\)$")  # how zipline writes an asset
_SID = re.compile(r"^(\S+) [A-Z0-9]{9,}$")  # how QuantConnect writes one: SPY R735QTJ8XC9X
_VENUE = re.compile(  # nautilus_trader: SPY.XNAS
    r"^([A-Z0-9 ._-]+)\.(XNYS|XNAS|XASE|ARCX|BATS|NYSE|NASDAQ|ARCA|AMEX|SIM|IEXG|ALPACA)$"
)
_PREFIX = re.compile(r"^(NYSE|NASDAQ|AMEX|ARCA|BATS|NYSEARCA|NYSEAMERICAN):(\S+)$")  # TradingView


def kind_of(text: str) -> str:
    """Return what a name stands for: "option", "currency", "future" or "coin"; empty for shares.

    Examples
    --------
    >>> [kind_of(n) for n in ("AAPL", "AAPL  240119C00200000", "EUR.USD", "ESH4", "BTCUSDT", "BRK.B", "7203.T")]
    ['', 'option', 'currency', 'future', 'coin', '', '']
    """
    name = text.strip().upper()
    forex = _FOREX.match(name)
    if forex is not None and {forex[1], forex[2]} <= _CURRENCIES:
        return "currency"
    return next((kind for kind, pattern in _PATTERNS if pattern.match(name)), "")


def kind_of_class(text: object) -> str:
    """Return what a list's own word for a class of assets means; empty for shares, and where it says nothing.

    Examples
    --------
    >>> [kind_of_class(word) for word in ("Stocks", "Equity and Index Options", "CASH", "us_equity", "STK")]
    ['', 'option', 'currency', '', '']
    """
    word = str(text).strip().lower()
    known = next((kind for kind, pattern in _CLASSES if pattern.search(word)), "")
    return known or ("" if _SHARES.search(word) else f"{word} (no shares)")


def share_of(text: str) -> Symbol | None:
    """Return the symbol of a share as an exporter spells it, None where it cannot be read."""
    name = text.strip()
    for pattern, group in ((_IN_BRACKETS, r"\1"), (_SID, r"\1"), (_VENUE, r"\1"), (_PREFIX, r"\2")):
        name = pattern.sub(group, name)
    try:
        return Symbol.create(name)
    except InvalidInputError:
        return None
