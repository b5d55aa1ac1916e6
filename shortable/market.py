"""Markets: their names, suffixes, clocks and currencies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from enum import StrEnum

from shortable.errors import SymbolError

__all__ = ["EXCHANGE_SUFFIXES", "SUFFIXES", "Market"]


@dataclass(frozen=True, slots=True)
class _MarketInfo:
    suffix: str  # the canonical suffix: ISO 3166 country code, but SA for Brazil
    zone: str  # IANA time zone of the exchange
    currency: str  # ISO 4217
    opens: time
    closes: time
    yahoo: tuple[str, ...] = ()  # suffixes of the market's exchanges at Yahoo, the main one first


class Market(StrEnum):
    """Markets whose short selling some source of shortable describes, with their exchange's clock.

    Interactive Brokers publishes a short stock file of each but Brazil, China, Korea and Taiwan. The value is the folder name in the data folder (``data/equity/<market>/``).

    Examples
    --------
    >>> Market.USA.currency, Market.USA.time_zone
    ('USD', 'America/New_York')
    """

    USA = "usa"
    AUSTRALIA = "australia"
    AUSTRIA = "austria"
    BELGIUM = "belgium"
    BRAZIL = "brazil"
    CANADA = "canada"
    CHINA = "china"
    FRANCE = "france"
    GERMANY = "germany"
    HKEX = "hkex"
    INDIA = "india"
    ITALY = "italy"
    JAPAN = "japan"
    KOREA = "korea"
    MEXICO = "mexico"
    NETHERLANDS = "netherlands"
    SPAIN = "spain"
    SWEDEN = "sweden"
    SWITZERLAND = "switzerland"
    TAIWAN = "taiwan"
    UK = "uk"

    @property
    def suffix(self) -> str:
        """ISO country code that ends the canonical spelling of the market's symbols; Brazil's is Yahoo's, SA."""
        return _MARKETS[self].suffix

    @property
    def time_zone(self) -> str:
        """IANA name of the exchange's time zone."""
        return _MARKETS[self].zone

    @property
    def currency(self) -> str:
        """ISO code of the market's own currency."""
        return _MARKETS[self].currency

    @property
    def opens(self) -> time:
        """Open of the regular session, exchange-local wall time."""
        return _MARKETS[self].opens

    @property
    def closes(self) -> time:
        """Close of the regular session, exchange-local wall time; early closes are not modelled."""
        return _MARKETS[self].closes

    @property
    def calendar(self) -> str:
        """Calendar of exchange_calendars that has its sessions: the ISO 10383 code of its main exchange."""
        return _CALENDARS[self.value]

    @classmethod
    def of(cls, given: Market | str) -> Market:
        """Return a market that is given as itself or by a name; anything else is refused.

        ``Market(given)`` compares `given` with every name first, which a table answers with an error of its own.

        Raises
        ------
        SymbolError
            No market, and no market's name.

        Examples
        --------
        >>> Market.of("hk") is Market.of(Market.HKEX)
        True
        """
        if type(given) is cls:
            return given
        return cls(given) if isinstance(given, str) else cls._missing_(given)

    @classmethod
    def _missing_(cls, value: object) -> Market:
        alias = _MARKET_ALIASES.get(str(value).lower()) if isinstance(value, str) else None
        if alias is None:
            names = ", ".join(m.value for m in cls)
            raise SymbolError("market", value, f"be one of {names}")
        return alias


# Regular session hours as the exchanges publish them (local wall time); suffixes as Yahoo lists them in "Exchanges and
# data providers on Yahoo Finance". Its Berlin (BE) and Athens (AT) are left out: here they are Belgium and Austria. Its
# Brussels (BR) keeps Brazil's country code, so Brazil has the suffix that Yahoo gives it. CN is China behind six digits,
# which all of China's codes have, and the Canadian Securities Exchange behind anything else. SH is how Chinese vendors
# write Yahoo's SS.
# fmt: off
_MARKETS: dict[Market, _MarketInfo] = {
    Market.USA: _MarketInfo("US", "America/New_York", "USD", time(9, 30), time(16)),
    Market.AUSTRALIA: _MarketInfo("AU", "Australia/Sydney", "AUD", time(10), time(16), ("AX",)),
    Market.AUSTRIA: _MarketInfo("AT", "Europe/Vienna", "EUR", time(9), time(17, 30), ("VI",)),
    Market.BELGIUM: _MarketInfo("BE", "Europe/Brussels", "EUR", time(9), time(17, 30), ("BR",)),
    Market.BRAZIL: _MarketInfo("SA", "America/Sao_Paulo", "BRL", time(10), time(18)),
    Market.CANADA: _MarketInfo("CA", "America/Toronto", "CAD", time(9, 30), time(16), ("TO", "V", "CN", "NE")),
    Market.CHINA: _MarketInfo("CN", "Asia/Shanghai", "CNY", time(9, 30), time(15), ("SS", "SZ", "SH", "BJ")),
    Market.FRANCE: _MarketInfo("FR", "Europe/Paris", "EUR", time(9), time(17, 30), ("PA",)),
    Market.GERMANY: _MarketInfo("DE", "Europe/Berlin", "EUR", time(9), time(17, 30), ("F", "DU", "HA", "HM", "MU", "SG")),
    Market.HKEX: _MarketInfo("HK", "Asia/Hong_Kong", "HKD", time(9, 30), time(16)),
    Market.INDIA: _MarketInfo("IN", "Asia/Kolkata", "INR", time(9, 15), time(15, 30), ("NS", "BO")),
    Market.ITALY: _MarketInfo("IT", "Europe/Rome", "EUR", time(9), time(17, 30), ("MI",)),
    Market.JAPAN: _MarketInfo("JP", "Asia/Tokyo", "JPY", time(9), time(15, 30), ("T",)),
    Market.KOREA: _MarketInfo("KR", "Asia/Seoul", "KRW", time(9), time(15, 30), ("KS", "KQ")),
    Market.MEXICO: _MarketInfo("MX", "America/Mexico_City", "MXN", time(8, 30), time(15)),
    Market.NETHERLANDS: _MarketInfo("NL", "Europe/Amsterdam", "EUR", time(9), time(17, 30), ("AS",)),
    Market.SPAIN: _MarketInfo("ES", "Europe/Madrid", "EUR", time(9), time(17, 30), ("MC",)),
    Market.SWEDEN: _MarketInfo("SE", "Europe/Stockholm", "SEK", time(9), time(17, 30), ("ST",)),
    Market.SWITZERLAND: _MarketInfo("CH", "Europe/Zurich", "CHF", time(9), time(17, 30), ("SW",)),
    Market.TAIWAN: _MarketInfo("TW", "Asia/Taipei", "TWD", time(9), time(13, 30), ("TWO",)),
    Market.UK: _MarketInfo("GB", "Europe/London", "GBP", time(8), time(16, 30), ("L",)),
}
# fmt: on
# The names that exchange_calendars gives its calendars; a test compares their time zones and hours with those above.
_CALENDARS = {
    "usa": "XNYS",
    "australia": "XASX",
    "austria": "XWBO",
    "belgium": "XBRU",
    "brazil": "BVMF",
    "canada": "XTSE",
    "china": "XSHG",
    "france": "XPAR",
    "germany": "XETR",
    "hkex": "XHKG",
    "india": "XBOM",
    "italy": "XMIL",
    "japan": "XTKS",
    "korea": "XKRX",
    "mexico": "XMEX",
    "netherlands": "XAMS",
    "spain": "XMAD",
    "sweden": "XSTO",
    "switzerland": "XSWX",
    "taiwan": "XTAI",
    "uk": "XLON",
}
# Countries by their ISO 3166 codes, and names that Interactive Brokers gives its country files, and HabitTrade its markets.
_MARKET_ALIASES = {
    **{info.suffix.lower(): market for market, info in _MARKETS.items() if info.suffix != "SA"},
    "br": Market.BRAZIL,
    "usex": Market.USA,
    "hongkong": Market.HKEX,
    "dutch": Market.NETHERLANDS,
    "british": Market.UK,
    "swedish": Market.SWEDEN,
    "swiss": Market.SWITZERLAND,
    **{m.value: m for m in Market},
}
SUFFIXES = {info.suffix: market for market, info in _MARKETS.items()}
"""Country code at the end of a canonical spelling → market."""
EXCHANGE_SUFFIXES = {suffix: market for market, info in _MARKETS.items() for suffix in info.yahoo}
"""Exchange at the end of Yahoo's spelling, where it is no country code → market."""
