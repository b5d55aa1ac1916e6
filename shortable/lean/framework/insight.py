"""`Insight`: a prediction about one security (LEAN: Common/Algorithm/Framework/Alphas/Insight.cs)."""

from __future__ import annotations

import copy
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from shortable.errors import InvalidInputError
from shortable.lean.dotnet import Time
from shortable.lean.enums import Resolution, SecurityType
from shortable.lean.feed.keys import as_symbol
from shortable.lean.framework import close_times
from shortable.lean.names import LeanObject
from shortable.lean.symbols import Symbol
from shortable.names import LeanEnum, snake_case

__all__ = ["Insight", "InsightDirection", "InsightScore", "InsightScoreType", "InsightType"]

_SECOND = timedelta(seconds=1)
_NEVER = datetime.min.replace(tzinfo=UTC)  # as .NET has a time that is not set
_NAMES = ("magnitude", "confidence", "source_model", "weight", "tag")


class InsightDirection(LeanEnum):
    """Where something is predicted to go."""

    DOWN = -1
    FLAT = 0
    UP = 1


class InsightType(LeanEnum):
    """What is predicted."""

    PRICE = 0
    VOLATILITY = 1


class InsightScoreType(LeanEnum):
    """What a score is about."""

    DIRECTION = 0
    MAGNITUDE = 1


class InsightScore(LeanObject):
    """How well a prediction did; nobody scores but the user's own evaluator.

    Attributes
    ----------
    direction, magnitude : float
        From 0 to 1.
    updated_time_utc : datetime or None
    is_final_score : bool
    """

    def __init__(self) -> None:
        self.direction = self.magnitude = 0.0
        self.updated_time_utc: datetime | None = None
        self.is_final_score = False

    def set_score(self, type: InsightScoreType, value: float, algorithm_utc_time: datetime) -> None:
        """Enter a score, unless the scores are final."""
        if not self.is_final_score:
            self.updated_time_utc = algorithm_utc_time
            setattr(self, InsightScoreType(type).name.lower(), max(0.0, min(1.0, float(value))))

    def get_score(self, type: InsightScoreType) -> float:
        """Return a score."""
        return float(getattr(self, InsightScoreType(type).name.lower()))

    def finalize(self, algorithm_utc_time: datetime) -> None:
        """Let nobody change the scores any more."""
        self.updated_time_utc, self.is_final_score = algorithm_utc_time, True


def _symbol_of(what: Any) -> Symbol:
    found = as_symbol(what)
    if found is None:
        if not isinstance(what, str):
            raise InvalidInputError("symbol", what, "be a Symbol, a ticker or a security")
        found = Symbol.create(what, SecurityType.EQUITY)
    return found


class Insight(LeanObject):
    """A prediction: what, which way, for how long.

    ``Insight(symbol, period, type, direction, magnitude, confidence, source_model, weight, tag)``, where the period is a
    `timedelta` or a function of the local time that returns the end; a UTC time at which it was made may come first.
    `Insight.price` is shorter.

    Attributes
    ----------
    id : UUID
    group_id : UUID or None
    symbol : Symbol
    type : InsightType
    direction : InsightDirection
    period : timedelta
    magnitude, confidence, weight : float or None
    source_model : str or None
        Name of the alpha model.
    tag : str
        Orders that come of it carry it.
    generated_time_utc, close_time_utc : datetime
        UTC, with their time zone; set when the insight is emitted.
    reference_value, reference_value_final : float
        The price, or the volatility, when it was made.
    score : InsightScore
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        given = list(arguments)
        made = (
            given.pop(0)
            if given and isinstance(given[0], datetime)
            else named.pop("generated_time_utc", None)
        )
        names = ("symbol", "period", "type", "direction", *_NAMES)
        found = {
            **dict(zip(names, given, strict=False)),
            **{snake_case(k): v for k, v in named.items()},
        }
        missing = [
            name
            for name in names[:4]
            if name not in found and (name, "expiry_func" in found) != ("period", True)
        ]
        if missing or len(given) > len(names):
            raise InvalidInputError(
                "insight", missing or given, "have symbol, period, type and direction"
            )
        period = found.get("period", found.get("expiry_func"))
        self._spec: tuple[Any, ...] = (Time.ONE_SECOND,) if period == timedelta() else (period,)
        self._begin(found)
        if made is not None:
            self.generated_time_utc = close_times.in_utc(made)
            self.close_time_utc = self.generated_time_utc + self.period

    def _begin(self, found: dict[str, Any]) -> None:
        self.id = uuid.uuid4()
        self.group_id: uuid.UUID | None = None
        self.symbol = _symbol_of(found["symbol"])
        self.type, self.direction = InsightType(found["type"]), InsightDirection(found["direction"])
        self.magnitude, self.confidence, self.weight = (
            _number(found.get(n)) for n in ("magnitude", "confidence", "weight")
        )
        self.source_model, self.tag = found.get("source_model"), found.get("tag") or ""
        self.score = InsightScore()
        self.reference_value = self.reference_value_final = self.estimated_value = 0.0
        self.generated_time_utc = self._close = _NEVER
        self.period = self._spec[0] if isinstance(self._spec[0], timedelta) else timedelta()

    @staticmethod
    def price(symbol: Any, *arguments: Any, **named: Any) -> Insight:
        """Return a prediction of a price.

        ``price(symbol, until, direction, magnitude, confidence, source_model, weight, tag)``, where `until` is a
        `timedelta`, a local time, a function of the local time, or a `Resolution` and a number of bars.

        Raises
        ------
        InvalidInputError
            The period is shorter than a second, or there is no bar.
        """
        given = list(arguments)
        found = {snake_case(name): value for name, value in named.items()}
        until = (
            given.pop(0)
            if given
            else _first(found, "period", "close_time_local", "expiry_func", "resolution")
        )
        spec: tuple[Any, ...] = (until,)
        if isinstance(until, Resolution):
            count = int(
                given.pop(0) if given and "bar_count" not in found else found.pop("bar_count", 0)
            )
            if count < 1:
                raise InvalidInputError("bar_count", count, "be 1 or more")
            spec = (until, count)
        elif isinstance(until, timedelta) and until < _SECOND:
            raise InvalidInputError("period", until, "be 1 second or longer")
        names = ("direction", *_NAMES)
        found = {
            **dict(zip(names, given, strict=False)),
            **found,
            "symbol": symbol,
            "type": InsightType.PRICE,
        }
        insight = Insight.__new__(Insight)
        insight._spec = spec
        insight._begin(found)
        return insight

    @staticmethod
    def group(*insights: Any) -> list[Insight]:
        """Give insights one new ``group_id`` and return them."""
        members: list[Insight] = (
            list(insights[0])
            if len(insights) == 1 and not isinstance(insights[0], Insight)
            else list(insights)
        )
        number = uuid.uuid4()
        for insight in members:
            if insight.group_id is not None:
                raise InvalidInputError("insight", str(insight), "be in no group yet")
            insight.group_id = number
        return members

    # -- when it is over ------------------------------------------------------------------------------------------
    @property
    def close_time_utc(self) -> datetime:
        """When the prediction is over: UTC, with its time zone; long ago before it is emitted."""
        return self._close

    @close_time_utc.setter
    def close_time_utc(self, value: datetime) -> None:
        self._close = close_times.in_utc(value)

    def set_period_and_close_time(self, exchange_hours: Any) -> None:
        """Work out when the prediction is over, from when it was made."""
        made, (until, *count) = self.generated_time_utc, self._spec
        if made == _NEVER:
            raise InvalidInputError("generated_time_utc", None, "be set first")
        if until == Time.END_OF_TIME_TIME_SPAN or until == Time.END_OF_TIME:
            self.period, self.close_time_utc = Time.END_OF_TIME_TIME_SPAN, close_times.END_OF_TIME
        elif isinstance(until, timedelta):
            self.period, self.close_time_utc = (
                until,
                close_times.period_later(exchange_hours, made, until),
            )
        elif count:
            hourly = until == Resolution.HOUR
            step = {
                Resolution.DAILY: Time.ONE_DAY,
                Resolution.HOUR: Time.ONE_HOUR,
                Resolution.MINUTE: Time.ONE_MINUTE,
            }
            self.period = step.get(until, _SECOND) * count[0]
            self.close_time_utc = close_times.bars_later(
                exchange_hours, made, Resolution.HOUR if hourly else until, count[0]
            )
        elif callable(until):
            ends = _naive(until(close_times.local(made)))
            if not exchange_hours.is_open(ends, False):
                ends = exchange_hours.next_open(ends, False)
            self.close_time_utc = close_times.from_local(ends)
            self.period = self.close_time_utc - made
        else:
            self.close_time_utc = close_times.from_local(_naive(until))
            if made > self.close_time_utc:
                raise InvalidInputError("close_time_local", until, "not be in the past")
            self.period = close_times.period_between(exchange_hours, made, self.close_time_utc)

    def is_expired(self, utc_time: datetime) -> bool:
        """Whether the prediction is over."""
        return self._close < close_times.in_utc(utc_time)

    def is_active(self, utc_time: datetime) -> bool:
        """Whether the prediction is not over."""
        return not self.is_expired(utc_time)

    def expire(self, utc_time: datetime) -> None:
        """End the prediction a second before this moment."""
        if self.is_active(utc_time):
            self.close_time_utc = close_times.in_utc(utc_time) - _SECOND
            self.period = self.close_time_utc - self.generated_time_utc

    cancel = expire

    def clone(self) -> Insight:
        """Return a copy."""
        return copy.copy(self)

    # -- as text --------------------------------------------------------------------------------------------------
    def short_to_string(self) -> str:
        """Return the insight as a few words."""
        return (
            f"{self.symbol.value} {self.type} {self.direction} {_dotnet(self.period)}"
            + self._more(" M:{}%", " C:{}%", " W:{}%")
        )

    def _more(self, *forms: str) -> str:
        shares = (self.magnitude, _percent(self.confidence), _percent(self.weight))
        return "".join(
            form.format(f"{v:g}") for form, v in zip(forms, shares, strict=True) if v is not None
        )

    def __str__(self) -> str:
        more = self._more(" by {}%", " with {}% confidence", " and {}% weight")
        return f"{self.id.hex}: {self.symbol} {self.type} {self.direction} within {_dotnet(self.period)}{more}"

    def __repr__(self) -> str:
        return f"<Insight {self.short_to_string()}>"


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _percent(value: float | None) -> float | None:
    return None if value is None else round(100 * value, 1)


def _naive(moment: datetime) -> datetime:
    return moment if moment.tzinfo is None else close_times.local(moment)


def _first(found: dict[str, Any], *names: str) -> Any:
    name = next((n for n in names if n in found), None)
    if name is None:
        raise InvalidInputError("insight", sorted(found), f"have one of {', '.join(names)}")
    return found.pop(name)


def _dotnet(span: timedelta) -> str:
    """Return a time span as .NET writes it: ``1.02:03:04``."""
    seconds = int(abs(span).total_seconds())
    days, rest = divmod(seconds, 86_400)
    clock = f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
    return ("-" if span < timedelta() else "") + (f"{days}." if days else "") + clock
