"""Whether a plain table says of another market than the USA, of which it is read where it names none."""

from __future__ import annotations

from collections import Counter

import numpy as np

from shortable.errors import SymbolError
from shortable.importers.needs import keyword
from shortable.importers.rows import Symbols
from shortable.importers.sources.table_columns import plain_name
from shortable.importers.tables import Table
from shortable.market import Market

__all__ = ["market_doubt"]

_COLUMNS = frozenset(
    {"country", "country_code", "exchange", "exchange_code", "listing_exchange", "mic", "primary_exchange", "venue"}
)  # fmt: skip
# Names and ISO 10383 codes of exchanges; countries are looked up among the markets and their codes.
_EXCHANGES = frozenset(
    [
        "LSE",
        "XLON",
        "TSX",
        "XTSE",
        "TSXV",
        "ASX",
        "XASX",
        "SEHK",
        "HKEX",
        "XHKG",
        "TSEJ",
        "XTKS",
        "JPX",
        "KRX",
        "XKRX",
        "XETRA",
        "XETR",
        "IBIS",
        "XFRA",
        "FWB",
        "XPAR",
        "XAMS",
        "XBRU",
        "XMIL",
        "BIT",
        "XMAD",
        "BME",
        "XSTO",
        "XSWX",
        "SIX",
        "XWBO",
        "NSE",
        "XNSE",
        "BSE",
        "XBOM",
        "TWSE",
        "XTAI",
        "TPEX",
        "SSE",
        "XSHG",
        "SZSE",
        "XSHE",
        "B3",
        "BVMF",
        "BMV",
        "XMEX",
        "SGX",
    ]
)


def market_doubt(table: Table, symbols: Symbols) -> str | None:
    """Return what has to be asked, where a table without a column of markets seems to be of another than the USA.

    Parameters
    ----------
    table : Table
        The rows.
    symbols : Symbols
        Their symbols, read as of the USA where the spelling says nothing else.
    """
    is_home = np.array([symbol.market is Market.USA for symbol in symbols.named], dtype=np.bool_)
    if not is_home.any():
        return None
    home = np.flatnonzero((symbols.of_row >= 0) & is_home[symbols.of_row])
    for name in table.names:
        if plain_name(name) not in _COLUMNS:
            continue
        words = Counter(table.cells(name).take(home).to_pylist())
        foreign = next((word.strip() for word in words if _is_foreign(word.strip())), None)
        if foreign is not None:
            return (
                f"column {name!r} says {foreign!r} of symbols that would be read as of the USA: give "
                f"{keyword('market', 'MARKET')}, or {keyword('columns', {'market': name})} where it names markets"
            )
    codes = Counter(symbols.named[at].currency for at in symbols.of_row[home].tolist())
    currency, number = codes.most_common(1)[0]
    if currency != Market.USA.currency and 2 * number > len(home):
        return (
            f"most rows are in {currency}, and no column says of which market: give {keyword('market', 'MARKET')} "
            f"({keyword('market', 'usa')} if they are of the USA all the same)"
        )
    return None


def _is_foreign(word: str) -> bool:
    """Whether a word names an exchange or country that is not the USA."""
    if word.upper() in _EXCHANGES:
        return True
    try:
        return Market.of(word) is not Market.USA
    except SymbolError:
        return False
