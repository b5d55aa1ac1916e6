"""Availability guessed from short interest: a crowded short is scarce and dear.

A model, not data: where a broker's lists are at hand, they say what could be borrowed. Its formula, with d the days to
cover and v the average daily volume of the newest figure that was public:

    crowding  c = (d − easy) / (hard − easy), held between 0 and 1
    shares    floor(participation × v × (1 − c))
    fee       fee_easy × (fee_hard / fee_easy) ** c

So what nobody is short of can be borrowed up to a share of a day's volume at the general rate, and what would take the
shorts `hard` days to buy back cannot be borrowed at all. Where nothing was traded, or FINRA has no number for the days
(999.99), c is 1.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from datetime import datetime, timedelta
from numbers import Real
from pathlib import Path

from shortable.clock import LocalTime, as_datetime, from_instant, to_instant, to_local
from shortable.errors import InvalidInputError, MadeUpDataWarning, NoDataError
from shortable.market import Market
from shortable.provider import BorrowQuote, ShortableProvider
from shortable.providers import Missing
from shortable.short_interest.positions import USShortPosition
from shortable.short_interest.reader import ShortInterest
from shortable.symbol import Symbol

__all__ = ["DaysToCoverProvider"]

_MISSING = ("unavailable", "unrestricted", "raise")
_MICROSECOND = timedelta(microseconds=1)


class DaysToCoverProvider(ShortableProvider):
    """Answers from FINRA's short interest, by the formula above; Hong Kong's figures have no volume to go by.

    Parameters
    ----------
    interest : ShortInterest, str or Path, optional
        The reader, or the data folder to read from; default that of `ShortInterest`.
    easy_days, hard_days : float
        Days to cover up to which a short is not crowded, and from which nothing can be borrowed; 0 ≤ easy < hard.
        The defaults are a judgement, not a measurement.
    participation : float
        Share of an average day's volume that one broker could lend of an uncrowded name; above 0, at most 1.
    fee_easy, fee_hard : float
        Annual fee, as a fraction, without crowding and at its full; above 0, the second not below the first.
    missing : {"unavailable", "unrestricted", "raise"}
        What the quantity is where no figure is known: 0, None or `NoDataError` (S3).
    max_age : timedelta or None
        How long a figure counts after it was published; None for ever. FINRA publishes twice a month.

    Raises
    ------
    InvalidInputError
        An argument is out of its bounds.
    StoreError
        There is no short interest of the USA.

    Examples
    --------
    5 days to cover lie half way from 1 to 9, so half of 10 % of 1,000,000 shares, at the geometric middle of 0.25 %
    and 100 %: 0.0025 × 400 ** 0.5 = 0.05.

    >>> from shortable.store import sample_folder
    >>> provider = DaysToCoverProvider(sample_folder(), easy_days=1, hard_days=9, participation=0.1,
    ...                                fee_easy=0.0025, fee_hard=1.0)
    >>> provider.shares(1_000_000, 5.0), round(provider.fee(5.0), 10)
    (50000, 0.05)
    """

    def __init__(
        self,
        interest: ShortInterest | str | Path | None = None,
        *,
        easy_days: float = 1.0,
        hard_days: float = 10.0,
        participation: float = 0.05,
        fee_easy: float = 0.0025,
        fee_hard: float = 0.5,
        missing: Missing = "unavailable",
        max_age: timedelta | None = timedelta(days=31),
    ) -> None:
        figures = {
            "easy_days": easy_days,
            "hard_days": hard_days,
            "participation": participation,
            "fee_easy": fee_easy,
            "fee_hard": fee_hard,
        }
        for name, value in figures.items():
            _between(name, value, isinstance(value, Real), "be a number")
        _between(
            "easy_days", easy_days, 0 <= easy_days < math.inf, "be a number of days, at least 0"
        )
        _between(
            "hard_days",
            hard_days,
            easy_days < hard_days < math.inf,
            f"be above easy_days={easy_days:g}",
        )
        _between("participation", participation, 0 < participation <= 1, "be above 0 and at most 1")
        _between("fee_easy", fee_easy, 0 < fee_easy < math.inf, "be an annual fraction above 0")
        _between(
            "fee_hard",
            fee_hard,
            fee_easy <= fee_hard < math.inf,
            f"be at least fee_easy={fee_easy:g}",
        )
        if not isinstance(missing, str) or missing not in _MISSING:
            raise InvalidInputError("missing", missing, f"be one of {', '.join(_MISSING)}")
        if max_age is not None and not (isinstance(max_age, timedelta) and max_age >= timedelta(0)):
            raise InvalidInputError(
                "max_age", max_age, "be a timedelta of at least 0, or None for ever"
            )
        self.interest = interest if isinstance(interest, ShortInterest) else ShortInterest(interest)
        self.easy_days, self.hard_days, self.participation = easy_days, hard_days, participation
        self.fee_easy, self.fee_hard = fee_easy, fee_hard
        self._missing, self._max_age = missing, max_age
        self._made_up = self.interest.made_up(Market.USA)

        if self._made_up:
            warnings.warn(
                f"{self.name} answers from made-up sample data; import FINRA's files, or name the data folder that "
                "holds them",
                MadeUpDataWarning,
                stacklevel=2,
            )

    @property
    def name(self) -> str:
        """What summaries call it."""
        return f"{type(self).__name__}()"

    def __repr__(self) -> str:
        return f"{type(self).__name__}(made-up sample data)" if self._made_up else self.name

    def crowding(self, days_to_cover: float | None) -> float:
        """Return how crowded a short is, 0 to 1; None days are 1."""
        if days_to_cover is None:
            return 1.0
        return min(
            max((days_to_cover - self.easy_days) / (self.hard_days - self.easy_days), 0.0), 1.0
        )

    def shares(self, avg_daily_volume: int | None, days_to_cover: float | None) -> int:
        """Return the shares that can be borrowed, by the formula."""
        return math.floor(
            self.participation * (avg_daily_volume or 0) * (1 - self.crowding(days_to_cover))
        )

    def fee(self, days_to_cover: float | None) -> float:
        """Return the annual fee as a fraction, by the formula."""
        return float(
            self.fee_easy * (self.fee_hard / self.fee_easy) ** self.crowding(days_to_cover)
        )

    def shortable_quantity(self, symbol: Symbol | str, local_time: LocalTime) -> int | None:
        """Return shares available by the formula; what ``missing=`` says where no figure is known (S3)."""
        key = Symbol.create(symbol)
        row = self._figure(key, local_time)
        if row is not None:
            return self.shares(row.avg_daily_share_volume, row.days_to_cover)
        if self._missing == "raise":
            raise NoDataError(
                f"no short interest of {key} was public at {to_local(local_time, key.market)}, "
                "or what there was is older than max_age"
            )
        return 0 if self._missing == "unavailable" else None

    def all_shortable_symbols(self, local_time: LocalTime) -> dict[Symbol, int]:
        """Return every US security, spelled as FINRA does, of which some shares can be borrowed."""
        instant = to_instant(local_time)
        answer = {}
        for symbol, row in self.interest.all(local_time, Market.USA).items():
            if isinstance(row, USShortPosition) and self._counts(row, instant):
                shares = self.shares(row.avg_daily_share_volume, row.days_to_cover)
                if shares:
                    answer[symbol] = shares
        return answer

    def fee_rate(self, symbol: Symbol | str, local_time: LocalTime) -> float:
        """Return the fee by the formula; 0.0 where no figure is known (S7)."""
        row = self._figure(Symbol.create(symbol), local_time)
        return 0.0 if row is None else self.fee(row.days_to_cover)

    def has_quantity(self, symbol: Symbol | str, local_time: LocalTime) -> bool:
        """Return whether a figure is known and not too old."""
        return self._figure(Symbol.create(symbol), local_time) is not None

    def has_fee_rate(self, symbol: Symbol | str, local_time: LocalTime) -> bool:
        """Return whether a figure is known and not too old."""
        return self.has_quantity(symbol, local_time)

    def made_up(self, start: LocalTime | None = None, end: LocalTime | None = None) -> bool:
        """Return whether answers rest on made-up sample data; those of one folder all do, or none."""
        return self._made_up

    def _figure(self, symbol: Symbol, local_time: LocalTime) -> USShortPosition | None:
        moment = as_datetime(local_time)
        if symbol.market is not Market.USA or symbol.currency != symbol.market.currency:
            return None
        row = self.interest.at(symbol, moment)
        if not isinstance(row, USShortPosition):
            return None
        return row if self._counts(row, to_instant(moment, symbol.market)) else None

    def _counts(self, row: USShortPosition, instant: int) -> bool:
        if self._max_age is None or row.known_at is None:
            return True
        return instant - to_instant(row.known_at) <= self._max_age // _MICROSECOND

    def _quote(self, symbol: Symbol, moment: datetime) -> BorrowQuote:
        row = self._figure(symbol, moment)
        local = to_local(moment, symbol.market)
        if row is None:
            return BorrowQuote(
                symbol, local, self.shortable_quantity(symbol, moment), has_data=False
            )
        shares = self.shares(row.avg_daily_share_volume, row.days_to_cover)
        return BorrowQuote(
            symbol, local, shares, fee_rate=self.fee(row.days_to_cover), as_of=row.known_at
        )

    def _change_times(
        self, symbols: Sequence[Symbol], start: datetime, end: datetime
    ) -> set[datetime]:
        times = set()
        for symbol in symbols:
            if symbol.market is Market.USA:
                for instant in self.interest.history(symbol).times:
                    times.add(from_instant(instant).replace(fold=0))
                    if self._max_age is not None:
                        times.add(
                            from_instant(instant + self._max_age // _MICROSECOND + 1).replace(
                                fold=0
                            )
                        )
        return times


def _between(parameter: str, value: float, holds: bool, bound: str) -> None:
    if isinstance(value, bool) or not holds:
        raise InvalidInputError(parameter, value, bound)
