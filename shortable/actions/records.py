"""What happens to a share: splits, dividends, renames, delistings and listings, one frozen record each.

All dates are exchange-local. Symbols are those of the day: a split of Facebook in 2020 is one of ``FB``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Literal, get_args

from shortable.actions.ratio import exact_ratio
from shortable.clock import as_datetime
from shortable.errors import CorporateActionError, TimeError
from shortable.symbol import PENCE, Symbol, currency_code

__all__ = ["Action", "Delisting", "Dividend", "DividendBasis", "Listing", "Rename", "Split"]

DividendBasis = Literal["raw", "split_adjusted"]
"""Which share a dividend's amount is for: the day's own, or one restated for all later splits (Yahoo's)."""


@dataclass(frozen=True, slots=True)
class Split:
    """`new` shares for each `old`; also a stock dividend (21 for 20) and a consolidation (1 for 10).

    Examples
    --------
    >>> split = Split("AMC", "2023-08-24", 1, 10)
    >>> split.ratio, str(split)
    (Fraction(1, 10), 'AMC split 1 for 10 on 2023-08-24')
    """

    symbol: Symbol
    ex_date: date
    """First session on which the new shares trade."""
    new: int
    """Shares after, at least 1."""
    old: int
    """Shares before, at least 1."""
    confirmed: bool = True
    """False where the source may mean the evening before, so that the next session can be the ex-date."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "symbol", Symbol.create(self.symbol))
        object.__setattr__(self, "ex_date", as_day(self.ex_date, "ex_date"))
        if not (_is_count(self.new) and _is_count(self.old)):
            ratio = exact_ratio(self.new, "new") / exact_ratio(self.old, "old")
            object.__setattr__(self, "new", ratio.numerator)
            object.__setattr__(self, "old", ratio.denominator)

    @property
    def ratio(self) -> Fraction:
        """Shares after for each share before, exactly."""
        return Fraction(self.new, self.old)

    @property
    def date(self) -> date:
        """The ex-date, by the name that all actions share."""
        return self.ex_date

    def __str__(self) -> str:
        return f"{self.symbol} split {self.new} for {self.old} on {self.ex_date}"


@dataclass(frozen=True, slots=True)
class Dividend:
    """Cash that the holder of a share at the close before the ex-date is paid, and a short owes.

    Examples
    --------
    >>> str(Dividend("MPW", "2025-12-11", 0.09, "raw"))
    'MPW dividend of 0.09 USD a share on 2025-12-11'
    """

    symbol: Symbol
    ex_date: date
    """First session without the dividend."""
    amount: float
    """Gross, a share of `basis`, in `currency`; above 0."""
    basis: DividendBasis
    """``"raw"``: a share of that day; ``"split_adjusted"``: a share restated for all later splits."""
    currency: str = ""
    """ISO code; default the symbol's own. An amount in pence (``GBp``, ``GBX``) becomes pounds."""
    pay_date: date | None = None
    """Day of payment where the source states it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "symbol", Symbol.create(self.symbol))
        object.__setattr__(self, "ex_date", as_day(self.ex_date, "ex_date"))
        object.__setattr__(self, "amount", _positive(self.amount, "amount"))
        if not isinstance(self.currency, str):
            raise CorporateActionError("currency", self.currency, "be an ISO code such as 'USD'")
        quoted = currency_code(self.currency or self.symbol.currency)
        if quoted == PENCE:
            quoted = "GBP"
            object.__setattr__(self, "amount", self.amount / 100)
        object.__setattr__(self, "currency", quoted)
        if self.pay_date is not None:
            object.__setattr__(self, "pay_date", as_day(self.pay_date, "pay_date"))
        if not isinstance(self.basis, str) or self.basis not in get_args(DividendBasis):
            raise CorporateActionError(
                "basis",
                self.basis,
                "be 'raw' or 'split_adjusted'",
                "Yahoo's dividends are split_adjusted; what was paid on the day's own shares is raw.",
            )

    @property
    def date(self) -> date:
        """The ex-date, by the name that all actions share."""
        return self.ex_date

    def __str__(self) -> str:
        return (
            f"{self.symbol} dividend of {self.amount:g} {self.currency} a share on {self.ex_date}"
        )


@dataclass(frozen=True, slots=True)
class Rename:
    """A company trades under another ticker from a day on.

    Examples
    --------
    >>> str(Rename("FB", "2022-06-09", "META"))
    'FB renamed META on 2022-06-09'
    """

    symbol: Symbol
    """The ticker before."""
    date: date
    """First day under the new ticker."""
    new_symbol: Symbol
    """The ticker from then on."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "symbol", Symbol.create(self.symbol))
        object.__setattr__(self, "new_symbol", Symbol.create(self.new_symbol))
        object.__setattr__(self, "date", as_day(self.date, "date"))
        if self.symbol == self.new_symbol:
            raise CorporateActionError(
                "new_symbol", str(self.new_symbol), f"differ from the ticker before, {self.symbol}"
            )

    def __str__(self) -> str:
        return f"{self.symbol} renamed {self.new_symbol} on {self.date}"


@dataclass(frozen=True, slots=True)
class Delisting:
    """A share ends: delisted, or taken over for cash or other shares.

    Examples
    --------
    >>> str(Delisting("GSX", "2026-02-27", 31.2127))
    'GSX delisted after 2026-02-27 at 31.2127'
    """

    symbol: Symbol
    last_day: date
    """Last day on which it could be traded."""
    price: float | None = None
    """What a share was paid out at, in the symbol's currency, 0 for nothing; None where not known."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "symbol", Symbol.create(self.symbol))
        object.__setattr__(self, "last_day", as_day(self.last_day, "last_day"))
        if self.price is not None:
            object.__setattr__(self, "price", _positive(self.price, "price", or_zero=True))

    @property
    def date(self) -> date:
        """The last day, by the name that all actions share."""
        return self.last_day

    def __str__(self) -> str:
        at = "" if self.price is None else f" at {self.price:g}"
        return f"{self.symbol} delisted after {self.last_day}{at}"


@dataclass(frozen=True, slots=True)
class Listing:
    """A company begins to use a ticker that another one may have had before."""

    symbol: Symbol
    date: date
    """First day on which it could be traded."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "symbol", Symbol.create(self.symbol))
        object.__setattr__(self, "date", as_day(self.date, "date"))

    def __str__(self) -> str:
        return f"{self.symbol} listed on {self.date}"


Action = Split | Dividend | Rename | Delisting | Listing


def as_day(value: object, parameter: str) -> date:
    """Return a day: a date, a time at its midnight, or ISO 8601 text."""
    if type(value) is date:
        return value
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            raise CorporateActionError(
                parameter, value, "be a date", "Text is read as YYYY-MM-DD."
            ) from None
    try:
        return as_datetime(value, parameter).date()
    except TimeError as error:
        raise CorporateActionError(parameter, value, error.bound, error.hint) from None


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _positive(value: object, parameter: str, *, or_zero: bool = False) -> float:
    try:
        number = float(value)  # type: ignore[arg-type]  # whatever float() takes; the rest is refused below
    except (TypeError, ValueError):
        number = float("nan")
    if not (0 < number < float("inf") or (or_zero and number == 0)):
        raise CorporateActionError(
            parameter,
            value,
            "be a finite amount, at least 0" if or_zero else "be a finite amount above 0",
        )
    return number
