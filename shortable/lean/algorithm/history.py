"""``self.history``: data of the past in LEAN's many ways of asking (LEAN: Algorithm/QCAlgorithm.History.cs, Python.cs)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from shortable.errors import InvalidInputError
from shortable.lean.algorithm.base import AlgorithmPart
from shortable.lean.algorithm.frames import frame_of
from shortable.lean.algorithm.past import HistoryRequest, as_moment, bars_back, read, slices
from shortable.lean.algorithm.securities import symbol_of
from shortable.lean.data import QuoteBar, TradeBar
from shortable.lean.enums import DataNormalizationMode, Resolution, TickType
from shortable.lean.feed.config import SubscriptionDataConfig, data_types, finest, known_resolution
from shortable.lean.symbols import Symbol
from shortable.names import snake_case

if TYPE_CHECKING:
    from shortable.lean.algorithm.kernel import Kernel

__all__ = ["HistoryPart", "requests_for"]

_NAMED = {
    "tickers": "symbols",
    "symbol": "symbols",
    "ticker": "symbols",
    "span": "periods",
    "universe": "symbols",
}


class _History:
    """What ``self.history`` is: callable, and ``self.history[TradeBar]`` asks for one type."""

    def __init__(self, kernel: Kernel, kind: type | None = None) -> None:
        self._kernel, self._kind = kernel, kind

    def __getitem__(self, kind: type) -> _History:
        return _History(self._kernel, kind)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        given, kind = list(arguments), self._kind
        named = {snake_case(name): value for name, value in named.items()}
        if given and isinstance(given[0], type):
            kind = given.pop(0)
        asked = _Asked.of(given, {_NAMED.get(name, name): value for name, value in named.items()})
        requests = requests_for(self._kernel, asked, kind)
        if kind is not None and kind not in (TradeBar, QuoteBar):
            raise InvalidInputError("type", kind.__name__, "be TradeBar or QuoteBar")
        if self._kind is not None:
            return _typed(self._kernel, asked, requests)
        if asked.symbols is None:
            return list(slices(self._kernel, requests))
        points = (point for request in requests for point in read(self._kernel, request))
        return frame_of(points, self._kernel.clock, flat=bool(named.get("flatten", False)))


def _typed(kernel: Kernel, asked: _Asked, requests: list[HistoryRequest]) -> Any:
    """Return bars of one symbol, or a dictionary of bars for every moment."""
    if isinstance(asked.symbols, (list, tuple, set)) or asked.symbols is None:
        tables = (
            s.bars if requests and requests[0].config.type is TradeBar else s.quote_bars
            for s in slices(kernel, requests)
        )
        return list(tables)
    return [point for request in requests for point in read(kernel, request)]


class _Asked:
    """What a call of ``history`` means."""

    def __init__(self) -> None:
        self.symbols: Any = None
        self.periods: int | timedelta | None = None
        self.start: Any = None
        self.end: Any = None
        self.resolution: Resolution | None = None
        self.fill_forward: bool | None = None
        self.extended: bool | None = None
        self.mode: Any = None

    @classmethod
    def of(cls, given: list[Any], named: dict[str, Any]) -> _Asked:
        """Sort arguments by their types, as C# does."""
        asked = cls()
        for value in given:
            if isinstance(value, Resolution):
                asked.resolution = value
            elif isinstance(value, bool):
                if asked.fill_forward is None:
                    asked.fill_forward = value
                elif asked.extended is None:
                    asked.extended = value
            elif isinstance(value, DataNormalizationMode):
                asked.mode = value
            elif isinstance(value, (int, timedelta)):
                asked.periods = value
            elif isinstance(value, (datetime, date)):
                if asked.start is None:
                    asked.start = value
                else:
                    asked.end = value
            elif value is not None:
                asked.symbols = value
        plain = {
            "symbols": "symbols",
            "periods": "periods",
            "start": "start",
            "end": "end",
            "resolution": "resolution",
            "fill_forward": "fill_forward",
            "extended_market_hours": "extended",
            "data_normalization_mode": "mode",
        }
        ignored = {"flatten", "data_mapping_mode", "contract_depth_offset", "type"}
        for name, value in named.items():
            if name in plain:
                setattr(asked, plain[name], value)
            elif name not in ignored:
                raise InvalidInputError(
                    "argument", name, "be one of " + ", ".join(sorted({*plain, *ignored}))
                )
        return asked


def _symbols(kernel: Kernel, what: Any) -> list[Symbol]:
    if what is None:
        return list(kernel.securities.keys)
    many = what if isinstance(what, (list, tuple, set)) or _is_listing(what) else [what]
    found = []
    for item in many:
        item = getattr(item, "symbol", item) if not isinstance(item, (str, Symbol)) else item
        if isinstance(item, str):
            item = symbol_of(item)
        if not isinstance(item, Symbol):
            raise InvalidInputError("symbol", repr(item), "be a symbol, a ticker or a security")
        found.append(item)
    return found


def _is_listing(what: Any) -> bool:
    return (
        isinstance(what, Iterable)
        and not isinstance(what, (str, Symbol))
        and not hasattr(what, "symbol")
    )


def requests_for(kernel: Kernel, asked: Any, kind: type | None = None) -> list[HistoryRequest]:
    """Return what has to be read for a question.

    Raises
    ------
    InvalidInputError
        Neither a number of bars nor a period is asked for.
    """
    requests = []
    now = kernel.clock.now
    strict = bool(kernel.settings.daily_precise_end_time)
    for symbol in _symbols(kernel, asked.symbols):
        security = kernel.securities.get(symbol)
        configs = (
            []
            if security is None
            else [c for c in security.subscriptions if not c.is_internal_feed]
        )
        resolution = known_resolution(
            asked.resolution
            if asked.resolution is not None
            else finest(configs, kernel.universe_settings.resolution)
        )
        like = configs[0] if configs else None
        extended = bool(
            asked.extended
            if asked.extended is not None
            else like.extended_market_hours
            if like
            else False
        )
        fill = (
            asked.fill_forward
            if asked.fill_forward is not None
            else (like.fill_data_forward if like else True)
        )
        mode = (
            asked.mode
            if asked.mode is not None
            else (
                like.data_normalization_mode
                if like
                else kernel.universe_settings.data_normalization_mode
            )
        )
        end = now if asked.end is None else min(as_moment(kernel, asked.end), now)
        if isinstance(asked.periods, timedelta):
            start = end - asked.periods
        elif asked.periods is not None:
            start = bars_back(
                kernel.market, end, int(asked.periods), resolution, extended=extended, strict=strict
            )
        elif asked.start is not None:
            start = as_moment(kernel, asked.start)
        else:
            raise InvalidInputError(
                "history", "no period", "be asked with a number of bars, a timedelta or a start"
            )
        for type_, tick_type in _kinds(resolution, kind):
            config = SubscriptionDataConfig(
                symbol,
                type_,
                tick_type,
                resolution,
                fill_forward=bool(fill),
                extended_market_hours=extended,
                data_normalization_mode=DataNormalizationMode(mode),
            )
            requests.append(HistoryRequest(config, start, end))
    return requests


def _kinds(resolution: Resolution, kind: type | None) -> list[tuple[type, TickType]]:
    if kind is QuoteBar:
        return [(QuoteBar, TickType.QUOTE)]
    return [found for found in data_types(resolution) if kind is None or found[0] is kind]


class HistoryPart(AlgorithmPart):
    """``self.history``."""

    @property
    def history(self) -> Any:
        """Return data of the past.

        ``history(symbols, periods or timedelta, resolution)``, ``history(symbols, start, end, resolution)``: a frame by
        symbol and time; with `TradeBar` or `QuoteBar` first, of that kind alone. ``history(periods, resolution)``: the
        slices of all securities. ``history[TradeBar](symbol, …)``: the bars themselves.
        """
        return _History(self._lean)
