"""Interactive Brokers' borrow fee: by the night on what was traded, and to the letter on what has settled (S8)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal, InvalidOperation

import numpy as np

from shortable.borrow.model import NightCharge, Number, RateKind, check_day_count
from shortable.borrow.settlement import settlement_date
from shortable.calendars import session_after
from shortable.errors import InvalidInputError
from shortable.market import Market
from shortable.symbol import Symbol

__all__ = [
    "InteractiveBrokersBorrowFee",
    "InteractiveBrokersSettledFee",
    "collateral_mark",
    "daily_charge",
]

# Interactive Brokers, "Why does the price on hard to borrow stocks not agree to the closing price of the stock?"
# (ibkr.info, tag short-selling): currency → (collateral as a share of the settlement price, rounded up to).
_IB_COLLATERAL = {
    "USD": (Decimal("1.02"), Decimal(1)),
    "CAD": (Decimal("1.02"), Decimal(1)),
    "EUR": (Decimal("1.05"), Decimal("0.01")),
    "CHF": (Decimal("1.05"), Decimal("0.01")),
    "GBP": (Decimal("1.05"), Decimal("0.01")),
    "HKD": (Decimal("1.05"), Decimal("0.01")),
}
_CENT = Decimal("0.01")


def collateral_mark(close: float | Decimal, currency: str = "USD") -> Decimal:
    """Return what Interactive Brokers marks a borrowed share at: the close with a mark-up, rounded up.

    Parameters
    ----------
    close : float or Decimal
        Of the session before, per share; a float is taken for the decimal that it prints as.
    currency : str
        USD and CAD: 102 %, up to the dollar. EUR, CHF, GBP and HKD: 105 %, up to the cent.

    Raises
    ------
    InvalidInputError
        The close is no finite number, or the currency's mark is not published.

    Examples
    --------
    24.28 × 1.02 = 24.7656, up to 25; 50 × 1.02 = 51 exactly; 10.03 × 1.05 = 10.5315, up to 10.54.

    >>> collateral_mark(24.28), collateral_mark(50.0), collateral_mark(10.03, "EUR")
    (Decimal('25'), Decimal('51'), Decimal('10.54'))
    """
    share, step = _terms(currency)
    marked = _decimal("close", close) * share
    return (marked / step).to_integral_value(ROUND_CEILING) * step


def daily_charge(
    shares: float | Decimal,
    close: float | Decimal,
    rate: float | Decimal,
    currency: str = "USD",
    *,
    day_count: int = 360,
) -> Decimal:
    """Return one calendar day's charge, rounded half away from zero to the cent, in decimal.

    Parameters
    ----------
    shares : float or Decimal
        Settled shares short, at least 0.
    close : float or Decimal
        Of the session before the day, per share.
    rate : float or Decimal
        Annual fraction.
    currency, day_count
        As in `InteractiveBrokersSettledFee`.

    Examples
    --------
    7,000 × 25 × 0.1611 / 360 = 78.3125, so 78.31; three such days are 234.93, and not 234.94.

    >>> daily_charge(7000, 24.28, 0.1611), 3 * daily_charge(7000, 24.28, 0.1611)
    (Decimal('78.31'), Decimal('234.93'))
    """
    check_day_count(day_count)
    amount = _decimal("shares", shares) * collateral_mark(close, currency) * _decimal("rate", rate)
    return (amount / day_count).quantize(_CENT, ROUND_HALF_UP)


def _decimal(name: str, value: float | Decimal) -> Decimal:
    """Return a number as the decimal that it prints as."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise InvalidInputError(name, value, "be a finite number")
    return number


def _terms(currency: str) -> tuple[Decimal, Decimal]:
    if not isinstance(currency, str) or currency not in _IB_COLLATERAL:
        known = ", ".join(_IB_COLLATERAL)
        raise InvalidInputError(
            "currency", currency, f"be one of {known}", "Others are not published."
        )
    return _IB_COLLATERAL[currency]


@dataclass(frozen=True, slots=True)
class InteractiveBrokersBorrowFee:
    """Interactive Brokers' collateral mark: 102 % of the close, rounded up to the dollar, × shares × rate × days / 360.

    Attributes
    ----------
    currency : str
        Of the close. USD and CAD: 102 %, up to the dollar. EUR, CHF, GBP and HKD: 105 %, up to the cent.
    day_count : int
        360 (Interactive Brokers' statements) or 365.

    Examples
    --------
    The broker's own example: 100,000 shares at 0.25 and 50 % a year: 0.255, up to 1.00; 100,000 × 0.5 / 360 = 138.89.

    >>> round(InteractiveBrokersBorrowFee().cost(100_000, 0.25, 0.5, 1), 2)
    138.89
    """

    currency: str = "USD"
    day_count: int = 360

    def __post_init__(self) -> None:
        check_day_count(self.day_count)
        _terms(self.currency)

    @property
    def rate_kind(self) -> RateKind:
        """Charges the fee rate."""
        return "fee"

    def cost(self, shares: Number, close: Number, rate: Number, days: Number) -> Number:
        """Return shares × marked-up close × rate × days / day_count."""
        share, step = map(float, _terms(self.currency))
        # Rounded at 1e-9 first: 50 × 1.02 is 51.00000000000001 in binary and must stay 51.
        mark = np.ceil(np.round(np.multiply(close, share) / step, 9)) * step
        cost: Number = shares * (mark if mark.ndim else mark.item()) * rate * days / self.day_count
        return cost


@dataclass(frozen=True, slots=True)
class InteractiveBrokersSettledFee:
    """Interactive Brokers' fee as its statements show it, to the letter of S8: settled shares, every calendar day, in cents.

    For each calendar day: shares settled by that day × mark × rate / 360, where the mark is `collateral_mark` of the close
    of the session before, each day rounded by itself. Days without a session repeat the last session's shares, mark and
    rate. So a borrow is charged from the settlement of the sale to the settlement of the cover, and what has not settled at
    the end is accrued.

    Attributes
    ----------
    currency : str or None
        Of the closes; default the symbol's. Which currencies there are: `collateral_mark`.
    settles : callable or None
        ``settles(trade_date)`` gives the day on which a trade settles; default `settlement_date` of the symbol's market.
    day_count : int
        360 (Interactive Brokers' statements) or 365.

    Examples
    --------
    Sold on Thursday 2 May 2024, covered on Friday: T+2 until the end of that month, so both settle in the week after, on
    Monday and Tuesday. One day is charged, Monday, on Friday's close: 7,000 × 25 × 0.1611 / 360 = 78.31.

    >>> course = InteractiveBrokersSettledFee().course(Symbol.create("SPY"))
    >>> thursday, friday, monday, tuesday = (date(2024, 5, day) for day in (2, 3, 6, 7))
    >>> course.night(thursday, friday, 7000, 24.0, 0.1611).cost, course.night(friday, monday, 0, 24.28, 0.1611).cost
    (0.0, 78.31)
    >>> course.night(monday, tuesday, 0, 24.9, 0.1611).cost, course.outstanding
    (0.0, False)
    """

    currency: str | None = None
    settles: Callable[[date], date] | None = None
    day_count: int = 360

    def __post_init__(self) -> None:
        check_day_count(self.day_count)
        if self.currency is not None:
            _terms(self.currency)

    @property
    def rate_kind(self) -> RateKind:
        """Charges the fee rate."""
        return "fee"

    @property
    def charges_after_cover(self) -> bool:
        """True: a cover is charged until it settles."""
        return True

    def course(self, symbol: Symbol) -> _SettledCourse:
        """Begin to follow a symbol.

        Raises
        ------
        InvalidInputError
            The mark of its currency is not published.
        """
        currency = self.currency or symbol.currency
        _terms(currency)
        settles = self.settles or _of_market(symbol.market)
        return _SettledCourse(currency, settles, symbol.market, self.day_count)


def _of_market(market: Market) -> Callable[[date], date]:
    return lambda day: settlement_date(day, market)


@dataclass(slots=True)
class _SettledCourse:
    """What is short by settlement date, one symbol's."""

    currency: str
    settles: Callable[[date], date]
    market: Market
    """Whose sessions have days of their own; the days without one repeat them."""
    day_count: int
    _pending: deque[tuple[date, float]] = field(default_factory=deque)
    """Settlement date and shares short at the close of the sessions that have not settled, oldest first."""
    _settled: float = 0.0
    _repeated: Decimal = Decimal(0)
    """What the last session's day was charged; days without a session repeat it."""

    def night(
        self, session: date, next_session: date, shares: float, close: float, rate: float
    ) -> NightCharge:
        self._pending.append((self.settles(session), shares))
        repeated = self._repeated * ((next_session - session).days - 1)
        today = self._day(next_session, close, rate)
        return NightCharge(float(repeated + today), rate)

    def _day(self, day: date, close: float, rate: float) -> Decimal:
        while self._pending and self._pending[0][0] <= day:
            self._settled = self._pending.popleft()[1]
        known = rate == rate and close == close and self._settled
        self._repeated = (
            daily_charge(self._settled, close, rate, self.currency, day_count=self.day_count)
            if known
            else Decimal(0)
        )
        return self._repeated

    def restate(self, ratio: float) -> None:
        """Restate what is short by settlement date."""
        self._settled = round(self._settled * ratio, 9)
        self._pending = deque((day, round(shares * ratio, 9)) for day, shares in self._pending)

    @property
    def outstanding(self) -> bool:
        return bool(self._settled) or any(shares for _, shares in self._pending)

    def accrued(self, last_session: date, shares: float, close: float, rate: float) -> float:
        """Return what is charged from the last session to the settlement of its covers, at its close and rate."""
        if shares:
            return 0.0  # still short: what comes is not known
        self._pending.append((self.settles(last_session), shares))
        total, day, end = Decimal(0), last_session, self._pending[-1][0]
        session = session_after(day, self.market)
        while (day := day + timedelta(days=1)) < end:
            if day == session:
                session = session_after(day, self.market)
                self._day(day, close, rate)
            total += self._repeated
        return float(total)
