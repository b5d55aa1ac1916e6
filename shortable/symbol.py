"""Symbols: vendors' spellings in, one canonical spelling out."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from shortable.errors import SymbolError
from shortable.market import EXCHANGE_SUFFIXES, SUFFIXES, Market

__all__ = [
    "PENCE",
    "Market",
    "SecurityType",
    "Symbol",
    "canonical_ticker",
    "currency_code",
    "line_currency",
]

PENCE = "GBX"
"""Currency of what is quoted in pence, a hundredth of a pound; vendors also write GBp."""


class SecurityType(StrEnum):
    """Kinds of security; shortable models equities (shares, ETFs, ADRs) only."""

    EQUITY = "equity"


_TICKER = re.compile(r"[A-Z0-9][A-Z0-9.+=^*&_]{0,31}")
# Longbridge's and Futu's prefixes; Hong Kong codes are digits, so the US ticker HK keeps its warrants, HK.WS.
_PREFIXED = re.compile(r"(US)\.(.+)|(HK)\.(\d+)", re.IGNORECASE)
_CURRENCY = re.compile(r"[A-Z]{3}")
# Has neither suffix nor series in any vendor's spelling: most tickers, of which a list of a market has thousands.
_PLAIN = re.compile(r"[A-Z0-9]{1,32}")

# Preferred shares: the exchange's symbol and the series. CQS writes ABRpA, Yahoo ABR-PA, Nasdaq ABR^A,
# Interactive Brokers ABR PRA in the USA and AIM.PR.A in Canada, whose second hundred of series is AIM.PF.A.
_CQS_PREFERRED = re.compile(r"([A-Z]+)p([A-Z]?)")
_PREFERRED = re.compile(
    r"(?P<base>[A-Z0-9.]+?)(?:[ ./-](?P<line>PR|PF)[ ./-]?(?P<named>[A-Z])|[ ./]PR|[/-]P(?P<yahoo>[A-Z])|\^(?P<nasdaq>[A-Z]))"
)
# Of a US ticker alone: ABR-P has no series, and ABR.PA is not one of Paris.
_US_PREFERRED = re.compile(r"(?P<base>[A-Z]+)(?:\.P(?P<series>[A-QS-Z])|-P)")
_LETTERS = re.compile(r"[A-Z]{2,}")
# China's exchanges share one range of six-digit codes; .CN behind anything else is the Canadian Securities Exchange.
_CHINESE = re.compile(r"[0-9]{6}")
# Two and more letters that follow a dot in US tickers and are no exchange's suffix: preferreds, units, warrants, rights,
# and what is left of corporate actions in Interactive Brokers' files (CBAT.OLD, ADELQ.ESC, EPOI.RSTD).
_US_TAIL = re.compile(
    r"PR[A-Z]?|PF[A-Z]|UN|W[SDTI]|RT|CL|OLD|USD|CNT|CONT|RSTD|RES|RS|ESC|EX|OS|FT|WAR|PFD|VAL|FRAC|TMP|CVR"
)
# Toronto Venture's V ends Canadian tickers too (ZUS.V), so it is not dropped where the market is given.
_OWN_LETTERS = {Market.CANADA: {"V"}}


def canonical_ticker(text: str, market: Market = Market.USA) -> str:
    """Bring one ticker, without its market's suffix, to the canonical spelling.

    Parameters
    ----------
    text : str
        Ticker as a vendor spells it: ``BRK B``, ``BRK/B``, ``brk-b``, ``ABRpA``.
    market : Market, default ``Market.USA``
        In China a ticker is six digits. Preferred shares are spelled ``ABR.PRA`` in the USA and ``AIM.PR.A`` in Canada, as their exchanges do;
        London's trailing dot (``BA.``) is dropped.

    Returns
    -------
    str
        Upper case, parts joined by dots.

    Raises
    ------
    SymbolError
        The text holds no ticker, or characters that no ticker has.

    Examples
    --------
    >>> [canonical_ticker(t) for t in ("BRK B", "BRK/B", "brk-b")]
    ['BRK.B', 'BRK.B', 'BRK.B']
    >>> [canonical_ticker(t) for t in ("ABR PRA", "ABRpA", "ABR-PA", "ABR.PR.A", "ABR/PRA", "ABR^A")]
    ['ABR.PRA', 'ABR.PRA', 'ABR.PRA', 'ABR.PRA', 'ABR.PRA', 'ABR.PRA']
    """
    if not isinstance(text, str):
        raise SymbolError(
            "ticker",
            text,
            "be a string",
            "Read ticker columns as text: NA, TRUE and CON are tickers.",
        )
    ticker = _preferred(text.strip(), market)
    if ticker is None:
        ticker = re.sub(r"[ /\-]+", ".", text.strip().upper())
    if market is Market.UK:
        ticker = ticker.rstrip(".")
    if market is Market.CHINA and not _CHINESE.fullmatch(ticker):
        raise SymbolError("ticker", text, "be six digits, as China's exchanges have it")
    if not _TICKER.fullmatch(ticker):
        raise SymbolError(
            "ticker",
            text,
            "be 1 to 32 letters, digits or one of ' ./-+=^*&_', and begin with a letter or digit",
        )
    return ticker


def _preferred(text: str, market: Market) -> str | None:
    """Return the canonical spelling of a preferred share, None for anything else."""
    if match := _CQS_PREFERRED.fullmatch(text):
        base, line, series = match[1], "PR", match[2]
    elif match := _PREFERRED.fullmatch(text.upper()):
        base, line = match["base"], match["line"] or "PR"
        series = match["named"] or match["yahoo"] or match["nasdaq"] or ""
    elif market is Market.USA and (match := _US_PREFERRED.fullmatch(text.upper())):
        base, line, series = match["base"], "PR", match["series"] or ""
    else:
        return None
    dot = "." if market is Market.CANADA and series else ""
    return f"{base}.{line}{dot}{series}"


def currency_code(text: str) -> str:
    """Return a currency's code in capitals; pence, in any spelling, as `PENCE`.

    Raises
    ------
    SymbolError
        It is not three letters.

    Examples
    --------
    >>> [currency_code(text) for text in ("usd", "GBP", "GBp", "GBX")]
    ['USD', 'GBP', 'GBX', 'GBX']
    """
    code = PENCE if text == "GBp" else text.upper()
    if not _CURRENCY.fullmatch(code):
        raise SymbolError("currency", code, "be an ISO 4217 code of three letters")
    return code


def line_currency(text: str) -> str:
    """Return the currency of a line of shares: what is quoted in pence is the line in pounds.

    Examples
    --------
    >>> line_currency("GBp"), line_currency("usd")
    ('GBP', 'USD')
    """
    code = currency_code(text)
    return "GBP" if code == PENCE else code


class Symbol(str):
    """One equity in one market and currency.

    A `Symbol` is a `str` whose text is the canonical spelling, so it prints, sorts, pickles and serves as a
    dict key or column label like its text: the bare ticker in the USA (``SPY``, ``BRK.B``), ticker and
    country elsewhere (``700.HK``, ``RY.CA``), and ``@EUR`` where the currency is not the market's own. A US
    ticker that would read as another market's is spelled with its country too (``MKC.V.US``).

    Attributes
    ----------
    ticker : str
        Canonical ticker without market; Hong Kong codes without leading zeros.
    market : Market
        Market whose clock and currency apply.
    currency : str
        ISO code, or GBX for pence; the market's own unless another was asked for.
    security_type : SecurityType
        Always ``SecurityType.EQUITY``.

    Examples
    --------
    >>> Symbol.create("SPY", SecurityType.EQUITY, Market.USA)
    Symbol('SPY')
    >>> [str(Symbol.create(s)) for s in ("TSLA.US", "US.TSLA", "HK.00700", "700.HK", "BRK B", "BRK/B")]
    ['TSLA', 'TSLA', '700.HK', '700.HK', 'BRK.B', 'BRK.B']
    >>> [str(Symbol.create(s)) for s in ("VOD.L", "7203.T", "MC.PA", "VOLV-B.ST")]
    ['VOD.GB', '7203.JP', 'MC.FR', 'VOLV.B.SE']
    """

    __slots__ = ("currency", "market", "security_type", "ticker")

    ticker: str
    market: Market
    currency: str
    security_type: SecurityType

    def __new__(cls, text: str) -> Symbol:
        """Read any vendor's spelling; the same as `create`."""
        return cls.create(text)

    @classmethod
    def create(
        cls,
        ticker: str,
        security_type: SecurityType | str = SecurityType.EQUITY,
        market: Market | str | None = None,
        currency: str | None = None,
    ) -> Symbol:
        """Make a symbol from any vendor's spelling.

        Parameters
        ----------
        ticker : str
            ``SPY``, ``spy``, ``TSLA.US``, ``US.TSLA``, ``HK.00700``, ``700.HK``, ``BRK B``, ``BRK.B``, ``BRK/B``,
            Yahoo's ``VOD.L``, …
        security_type : SecurityType, default ``SecurityType.EQUITY``
            Only equities are modelled.
        market : Market or str, optional
            Default: what the spelling says, else the USA. Where it is given, the ticker is read as that
            market's own: of its suffix only that market's is dropped, and ``ZFS.L`` in Canada stays ``ZFS.L``.
        currency : str, optional
            ISO code; default the market's own. GBp and GBX are pence.

        Returns
        -------
        Symbol
            The same object for the same symbol.

        Raises
        ------
        SymbolError
            Unreadable ticker, unknown market, suffix or currency, a country that contradicts `market`, or a
            security type other than equity.
        """
        if (
            type(ticker) is Symbol
            and market is None
            and currency is None
            and security_type == "equity"
        ):
            return ticker
        if security_type != SecurityType.EQUITY:
            raise SymbolError(
                "security_type",
                security_type,
                "be 'equity'",
                "shortable models shares, ETFs and ADRs only.",
            )
        if not isinstance(ticker, str):
            canonical_ticker(ticker)
        return _parse(str(ticker), None if market is None else Market.of(market), currency)

    @property
    def value(self) -> str:
        """The ticker: LEAN's name for it."""
        return self.ticker

    def __repr__(self) -> str:
        return f"Symbol({str.__str__(self)!r})"

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(
            f"a Symbol is immutable; make another one with Symbol.create instead of setting {name!r}"
        )

    def __reduce__(self) -> tuple[object, ...]:
        return _make, (self.ticker, self.market, self.currency)


@lru_cache(maxsize=1 << 16)
def _parse(text: str, market: Market | None, currency: str | None) -> Symbol:
    if market is not Market.CHINA and _PLAIN.fullmatch(text):
        return _make(text, market or Market.USA, currency)
    bare, _, tail = text.strip().partition("@")
    if tail:
        if currency is not None and currency_code(currency) != currency_code(tail):
            raise SymbolError("currency", currency, f"agree with the spelling {text!r}")
        currency = tail
    stated, bare = _country(bare)
    if stated is not None:
        if market is not None and stated is not market:
            raise SymbolError(
                "market",
                market.value,
                f"agree with the spelling {text!r}, which says {stated.value!r}",
            )
        market = stated
    elif market is not None:
        bare = _without_own_suffix(bare, market)
    else:
        market, bare = _by_exchange(bare)
    return _make(canonical_ticker(bare, market), market, currency)


def _country(bare: str) -> tuple[Market | None, str]:
    """Return the market whose country code a spelling has, and the rest."""
    if match := _PREFIXED.fullmatch(bare):
        return SUFFIXES[(match[1] or match[3]).upper()], match[2] or match[4]
    head, _, tail = bare.rpartition(".")
    market = SUFFIXES.get(tail.upper())
    if not head or market is None or (market is Market.CHINA and not _CHINESE.fullmatch(head)):
        return None, bare
    return market, head


def _without_own_suffix(bare: str, market: Market) -> str:
    head, _, tail = bare.rpartition(".")
    own = EXCHANGE_SUFFIXES.get(tail.upper()) is market
    return head if head and own and tail.upper() not in _OWN_LETTERS.get(market, ()) else bare


def _by_exchange(bare: str) -> tuple[Market, str]:
    """Return the market that Yahoo's suffix names, and the rest; a US ticker where there is none."""
    head, _, tail = bare.rpartition(".")
    suffix = tail.upper()
    if not head or _PREFERRED.fullmatch(bare.upper()) or _CQS_PREFERRED.fullmatch(bare):
        return Market.USA, bare
    if suffix in EXCHANGE_SUFFIXES:
        return EXCHANGE_SUFFIXES[suffix], head
    if not _LETTERS.fullmatch(suffix) or _US_TAIL.fullmatch(suffix):
        return Market.USA, bare
    raise SymbolError(
        "ticker",
        bare,
        f"end in the suffix of a market that shortable knows, and .{suffix} is none",
        f"Known are {', '.join(f'.{s}' for s in sorted({*SUFFIXES, *EXCHANGE_SUFFIXES}))}. If the dot belongs to "
        f"a US ticker, write {bare}.US or pass market='usa'.",
    )


@lru_cache(maxsize=1 << 16)
def _make(ticker: str, market: Market, currency: str | None) -> Symbol:
    currency = market.currency if currency is None else currency_code(currency)
    if market is Market.HKEX and ticker.isdigit():
        ticker = str(int(ticker))
    text = ticker if market is Market.USA and _reads_as_us(ticker) else f"{ticker}.{market.suffix}"
    if currency != market.currency:
        text += f"@{currency}"
    if text in _interned:
        return _interned[text]
    symbol = str.__new__(Symbol, text)
    for name, value in (
        ("ticker", ticker),
        ("market", market),
        ("currency", currency),
        ("security_type", SecurityType.EQUITY),
    ):
        object.__setattr__(symbol, name, value)
    return _interned.setdefault(text, symbol)


_interned: dict[str, Symbol] = {}


def _reads_as_us(ticker: str) -> bool:
    """Whether a canonical ticker alone says that it is of the USA."""
    if "." not in ticker:
        return True
    try:
        return _country(ticker)[0] is None and _by_exchange(ticker)[0] is Market.USA
    except SymbolError:
        return False
