"""Bans on short sales, by market or list of constituents, and date; each with its source."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from shortable.errors import InvalidInputError
from shortable.market import Market
from shortable.restrictions.restriction import Restriction, ShortSale
from shortable.symbol import Symbol

__all__ = ["BANS", "Ban", "ShortSaleBan"]


@dataclass(frozen=True, slots=True)
class Ban:
    """One ban as its authority published it."""

    market: Market
    """Whose securities it binds."""
    first: date
    """First day on which it holds."""
    last: date
    """Last day on which it holds."""
    constituents: str
    """Which securities of the market: ``"all"``, or the name of a list that you bring."""
    source: str
    """Who published it, and where."""


class ShortSaleBan(Restriction):
    """No short sale of some symbols, or of a whole market, on some days.

    Parameters
    ----------
    spans : iterable of (date, date)
        First and last day of each ban, both included.
    symbols : iterable, optional
        Which symbols, in any spelling; default all of `market`.
    market : Market, optional
        All of its symbols, but for those in `but`.
    but : iterable
        Symbols that the ban leaves out.
    name : str
        What the tag calls it.

    Raises
    ------
    InvalidInputError
        Neither or both of `symbols` and `market` are given, or a ban ends before it begins.
    """

    def __init__(
        self,
        spans: Iterable[tuple[date, date]],
        symbols: Iterable[str] | None = None,
        *,
        market: Market | None = None,
        but: Iterable[str] = (),
        name: str = "short sale ban",
    ) -> None:
        if (symbols is None) is (market is None):
            raise InvalidInputError("symbols", symbols, "be given, or market, and not both")
        self.spans = tuple(spans)
        for first, last in self.spans:
            if last < first:
                raise InvalidInputError("spans", f"{first} to {last}", "end after they begin")
        self.market, self.name = market, name
        self._symbols = None if symbols is None else frozenset(map(Symbol.create, symbols))
        self._but = frozenset(map(Symbol.create, but))

    @classmethod
    def of(
        cls, ban: Ban, symbols: Iterable[str] | None = None, but: Iterable[str] = ()
    ) -> ShortSaleBan:
        """Make a rule of a published ban.

        Parameters
        ----------
        ban : Ban
            Out of `BANS`.
        symbols : iterable, optional
            The ban's constituents, where it does not bind the whole market.
        but : iterable
            Symbols that it leaves out.

        Raises
        ------
        InvalidInputError
            The ban binds a list, or all but a list, and that is not given.
        """
        left_out = ban.constituents.startswith("all but")
        if ban.constituents != "all" and symbols is None and not (left_out and but):
            name = "but" if left_out else "symbols"
            raise InvalidInputError(
                name, None, f"list the constituents: {ban.constituents}", f"Source: {ban.source}"
            )
        market = ban.market if symbols is None else None
        what = f"{ban.market.value}, {ban.constituents}"
        return cls([(ban.first, ban.last)], symbols, market=market, but=but, name=what)

    def refusal(self, sale: ShortSale) -> str | None:
        """Refuse a sale of a banned symbol on a day of the ban."""
        symbol, day = sale.symbol, sale.time.date()
        bound = symbol.market is self.market if self._symbols is None else symbol in self._symbols
        if not bound or symbol in self._but:
            return None
        span = next(((first, last) for first, last in self.spans if first <= day <= last), None)
        if span is None:
            return None
        return (
            f"Short sale of {symbol.ticker} refused: banned ({self.name}), {span[0]} to {span[1]}"
        )

    def __repr__(self) -> str:
        spans = ", ".join(f"{first} to {last}" for first, last in self.spans)
        return f"ShortSaleBan({self.name!r}, {spans})"


_END = "; not renewed: ESMA, 18 May 2020, in force to the end of that day"
_EUROPE = (
    (
        Market.AUSTRIA,
        date(2020, 3, 19),
        "FMA, regulation published in the evening of 18 March 2020, so that the 19th is its first session",
    ),
    (Market.BELGIUM, date(2020, 3, 18), "FSMA, 17 March 2020"),
    (Market.FRANCE, date(2020, 3, 18), "AMF, 17 March 2020, from 18 March 00:00"),
    (
        Market.ITALY,
        date(2020, 3, 18),
        "Consob, resolution 21303 of 17 March 2020; ended early by resolution 21367",
    ),
    (Market.SPAIN, date(2020, 3, 17), "CNMV, 16 March 2020, from the opening of 17 March"),
)

BANS: dict[str, Ban] = {
    "us_financials_2008": Ban(
        Market.USA,
        date(2008, 9, 19),
        date(2008, 10, 8),
        "the financial firms of the order's list, as the exchanges extended it",
        "SEC release 34-58592 of 18 September 2008 (73 FR 55169); by SEC press release 2008-235 to 11:59 p.m. of the third "
        "business day after the Emergency Economic Stabilization Act, which was signed on 3 October",
    ),
    "korea_2020": Ban(
        Market.KOREA,
        date(2020, 3, 16),
        date(2021, 5, 2),
        "all",
        "FSC of Korea, 13 March 2020 (to 15 September), 27 August 2020 (to 15 March 2021) and 3 February 2021 (to 2 May)",
    ),
    "korea_2021": Ban(
        Market.KOREA,
        date(2021, 5, 3),
        date(2023, 11, 5),
        "all but KOSPI 200 and KOSDAQ 150",
        "FSC of Korea, 3 February 2021: from 3 May 2021 open for those 350 alone",
    ),
    "korea_2023": Ban(
        Market.KOREA,
        date(2023, 11, 6),
        date(2025, 3, 30),
        "all",
        "FSC of Korea, 5 November 2023 (to June 2024), prolonged on 13 June 2024 to 30 March 2025; short selling resumed on "
        "31 March 2025 (FSC, 21 March 2025)",
    ),
    **{
        f"{market.value}_2020": Ban(market, first, date(2020, 5, 18), "all", source + _END)
        for market, first, source in _EUROPE
    },
}
"""Published bans by name. China's stop of securities refinancing on 11 July 2024 is none: it is a matter of supply."""
