"""The short names by which an algorithm makes indicators: ``self.bb(symbol, 20, 2, resolution=Resolution.HOUR)``.

LEAN: Algorithm/QCAlgorithm.Indicators.cs. One table says for each name which indicator it makes, what it may be told
and what stands in for what it is not told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from shortable.errors import InvalidInputError
from shortable.lean import indicators as lean
from shortable.lean.enums import MovingAverageType, Resolution
from shortable.lean.indicators.field import Field
from shortable.names import pascal_case, snake_case

__all__ = ["IndicatorMixin", "indicator_name"]

_SHORT = {
    Resolution.TICK: "tick",
    Resolution.SECOND: "sec",
    Resolution.MINUTE: "min",
    Resolution.HOUR: "hr",
    Resolution.DAILY: "day",
}
_REQUIRED = object()


@dataclass(frozen=True, slots=True)
class _Helper:
    """How one short name makes its indicator."""

    make: Callable[..., Any]
    parameters: dict[str, Any]
    """Names in order, with defaults or `_REQUIRED`."""
    selector: Callable[[Any], Any] | None = None


def _with(
    make: Callable[..., Any], selector: Callable[[Any], Any] | None = None, /, **parameters: Any
) -> _Helper:
    return _Helper(make, parameters, selector)


def _period(
    make: Callable[..., Any], selector: Callable[[Any], Any] | None = None, /, **more: Any
) -> _Helper:
    return _Helper(make, {"period": _REQUIRED, **more}, selector)


def _vwap(name: str, period: int | None) -> Any:
    return (
        lean.IntradayVwap(name)
        if period is None
        else lean.VolumeWeightedAveragePriceIndicator(name, period)
    )


def _stochastic(name: str, period: int, k_period: int | None, d_period: int | None) -> Any:
    return lean.Stochastic(name, period, k_period or period, d_period or period)


def _ema(name: str, period: int, smoothing_factor: float | None) -> Any:
    return lean.ExponentialMovingAverage(name, period, smoothing_factor)


_SIMPLE, _WILDERS = MovingAverageType.SIMPLE, MovingAverageType.WILDERS
_HELPERS: dict[str, _Helper] = {
    "ad": _with(lean.AccumulationDistribution),
    "adx": _period(lean.AverageDirectionalIndex),
    "apo": _with(
        lean.AbsolutePriceOscillator,
        fast_period=_REQUIRED,
        slow_period=_REQUIRED,
        moving_average_type=_SIMPLE,
    ),
    "aroon": _with(lean.AroonOscillator, up_period=_REQUIRED, down_period=None),
    "atr": _period(lean.AverageTrueRange, type=_SIMPLE),
    "bb": _period(lean.BollingerBands, k=_REQUIRED, moving_average_type=_SIMPLE),
    "cci": _period(lean.CommodityChannelIndex, moving_average_type=_SIMPLE),
    "dch": _with(lean.DonchianChannel, upper_period=_REQUIRED, lower_period=None),
    "dema": _period(lean.DoubleExponentialMovingAverage),
    "ema": _period(_ema, smoothing_factor=None),
    "hma": _period(lean.HullMovingAverage),
    "identity": _with(lean.Identity),
    "kch": _period(lean.KeltnerChannels, k=_REQUIRED, moving_average_type=_SIMPLE),
    "logr": _period(lean.LogReturn),
    "lsma": _period(lean.LeastSquaresMovingAverage),
    "lwma": _period(lean.LinearWeightedMovingAverage),
    "macd": _with(
        lean.MovingAverageConvergenceDivergence,
        fast_period=_REQUIRED,
        slow_period=_REQUIRED,
        signal_period=_REQUIRED,
        type=MovingAverageType.EXPONENTIAL,
    ),
    "mad": _period(lean.MeanAbsoluteDeviation),
    "max": _period(lean.Maximum, Field.HIGH),
    "mfi": _period(lean.MoneyFlowIndex),
    "min": _period(lean.Minimum, Field.LOW),
    "mom": _period(lean.Momentum),
    "momp": _period(lean.MomentumPercent),
    "natr": _period(lean.NormalizedAverageTrueRange),
    "obv": _with(lean.OnBalanceVolume),
    "ppo": _with(
        lean.PercentagePriceOscillator,
        fast_period=_REQUIRED,
        slow_period=_REQUIRED,
        moving_average_type=_SIMPLE,
    ),
    "psar": _with(lean.ParabolicStopAndReverse, af_start=0.02, af_increment=0.02, af_max=0.2),
    "rc": _period(lean.RegressionChannel, k=_REQUIRED),
    "roc": _period(lean.RateOfChange),
    "rocp": _period(lean.RateOfChangePercent),
    "rocr": _period(lean.RateOfChangeRatio),
    "rsi": _period(lean.RelativeStrengthIndex, moving_average_type=_WILDERS),
    "sma": _period(lean.SimpleMovingAverage),
    "std": _period(lean.StandardDeviation),
    "sto": _period(_stochastic, k_period=None, d_period=None),
    "sum": _period(lean.Sum),
    "t3": _period(lean.T3MovingAverage, volume_factor=0.7),
    "tema": _period(lean.TripleExponentialMovingAverage),
    "tr": _with(lean.TrueRange),
    "trima": _period(lean.TriangularMovingAverage),
    "v": _period(lean.Variance),
    "vwap": _with(_vwap, period=None),
    "wilr": _period(lean.WilliamsPercentR),
    "wwma": _period(lean.WilderMovingAverage),
}


def indicator_name(symbol: Any, kind: str, resolution: Any = None) -> str:
    """Return a name such as ``SMA(20,SPY_day)``.

    Examples
    --------
    >>> indicator_name("SPY", "SMA(20)", Resolution.DAILY), indicator_name("SPY", "OBV")
    ('SMA(20,SPY_day)', 'OBV(SPY)')
    """
    ticker = str(getattr(symbol, "value", symbol) or "")
    short = _SHORT.get(resolution, "") if not isinstance(resolution, timedelta) else str(resolution)
    return f"{kind}({'_'.join(part for part in (ticker, short) if part)})".replace(")(", ",")


def _arguments(
    short: str, helper: _Helper, given: tuple[Any, ...], keywords: dict[str, Any]
) -> dict[str, Any]:
    """Return the indicator's parameters with `resolution` and `selector`, from what the algorithm wrote.

    Parameters with defaults may be left out before a resolution, since C# tells overloads apart by type.
    """
    names = [*helper.parameters, "resolution", "selector"]
    values: dict[str, Any] = {}
    waiting = list(names)
    for value in given:
        if isinstance(value, (Resolution, timedelta)) and "resolution" in waiting:
            waiting = waiting[waiting.index("resolution") :]
        if not waiting:
            raise InvalidInputError(short, given, f"take at most {', '.join(names)}")
        values[waiting.pop(0)] = value
    aliases = {
        "moving_average_type": "type",
        "type": "moving_average_type",
        "upper_period": "period",
        "period": "upper_period",
    }
    for keyword, value in keywords.items():
        name = snake_case(keyword)
        if name not in names:
            name = aliases.get(name, name)
        if name not in names and not (short == "identity" and name == "field_name"):
            raise InvalidInputError(short, keyword, f"be one of {', '.join(names)}")
        values[name] = value
    for name, default in helper.parameters.items():
        if values.setdefault(name, default) is _REQUIRED:
            raise InvalidInputError(short, name, f"be given: {short}(symbol, {', '.join(names)})")
    return values


class IndicatorMixin:
    """Methods ``sma(symbol, period, resolution=None, selector=None)`` and their like for an algorithm.

    Each makes an indicator, has it fed with the symbol's data and, where ``settings.automatic_indicator_warm_up`` is
    set, warmed up with history. The algorithm brings `_feed`, `warm_up_indicator` and `settings`.
    """

    _feed: Callable[..., Any]
    warm_up_indicator: Callable[..., Any]
    settings: Any

    def _make_indicator(
        self, short: str, symbol: Any, given: tuple[Any, ...], keywords: dict[str, Any]
    ) -> Any:
        helper = _HELPERS[short]
        values = _arguments(short, helper, given, keywords)
        resolution, selector = values.pop("resolution", None), values.pop("selector", None)
        values.pop("field_name", None)
        shown = [
            str(v)
            for v in values.values()
            if isinstance(v, (int, float)) and not isinstance(v, MovingAverageType)
        ]
        kind = short.upper() + (f"({','.join(shown)})" if shown else "")
        indicator = helper.make(indicator_name(symbol, kind, resolution), *values.values())
        selector = selector or helper.selector
        self._feed(symbol, indicator, resolution, selector)
        if getattr(self.settings, "automatic_indicator_warm_up", False):
            self.warm_up_indicator(symbol, indicator, resolution, selector)
        return indicator

    def create_indicator_name(self, symbol: Any, kind: str, resolution: Any = None) -> str:
        """Return a name such as ``SMA(20,SPY_day)``."""
        return indicator_name(symbol, kind, resolution)


def _add(short: str, helper: _Helper) -> None:
    """Give the mixin a method, under its three spellings: ``sma``, ``SMA`` and ``Sma``."""

    def method(self: IndicatorMixin, symbol: Any, *given: Any, **keywords: Any) -> Any:
        return self._make_indicator(short, symbol, given, keywords)

    told = [n if d is _REQUIRED else f"{n}={d!s}" for n, d in helper.parameters.items()]
    method.__name__ = short
    method.__doc__ = (
        f"``{short}(symbol, {', '.join([*told, 'resolution=None', 'selector=None'])})``."
    )
    for spelling in {short, short.upper(), pascal_case(short)}:
        setattr(IndicatorMixin, spelling, method)


for _short, _helper in _HELPERS.items():
    _add(_short, _helper)
