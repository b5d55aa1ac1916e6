"""LEAN's indicators with LEAN's arithmetic, for the data of US equities."""

from shortable.lean.indicators.averages import (
    DoubleExponentialMovingAverage,
    ExponentialMovingAverage,
    HullMovingAverage,
    LinearWeightedMovingAverage,
    SimpleMovingAverage,
    Sum,
    T3MovingAverage,
    TriangularMovingAverage,
    TripleExponentialMovingAverage,
    WilderMovingAverage,
)
from shortable.lean.indicators.base import (
    BarIndicator,
    Indicator,
    IndicatorBase,
    TradeBarIndicator,
    WindowIndicator,
)
from shortable.lean.indicators.change import (
    Delay,
    FilteredIdentity,
    Identity,
    LogReturn,
    Momentum,
    MomentumPercent,
    RateOfChange,
    RateOfChangePercent,
    RateOfChangeRatio,
)
from shortable.lean.indicators.compose import (
    CompositeIndicator,
    ConstantIndicator,
    FunctionalIndicator,
    IndicatorExtensions,
)
from shortable.lean.indicators.event import Event
from shortable.lean.indicators.extremes import (
    AroonOscillator,
    DonchianChannel,
    Maximum,
    Minimum,
    Stochastic,
    WilliamsPercentR,
)
from shortable.lean.indicators.oscillators import (
    AverageDirectionalIndex,
    CommodityChannelIndex,
    MovingAverageConvergenceDivergence,
    RelativeStrengthIndex,
)
from shortable.lean.indicators.python_indicator import PythonIndicator
from shortable.lean.indicators.ranges import (
    AverageTrueRange,
    KeltnerChannels,
    NormalizedAverageTrueRange,
    TrueRange,
)
from shortable.lean.indicators.spread import (
    BollingerBands,
    MeanAbsoluteDeviation,
    StandardDeviation,
    Variance,
)
from shortable.lean.indicators.trends import (
    AbsolutePriceOscillator,
    LeastSquaresMovingAverage,
    ParabolicStopAndReverse,
    PercentagePriceOscillator,
    RegressionChannel,
)
from shortable.lean.indicators.volume import (
    AccumulationDistribution,
    IntradayVwap,
    MoneyFlowIndex,
    OnBalanceVolume,
    VolumeWeightedAveragePriceIndicator,
)
from shortable.lean.indicators.window import RollingWindow

__all__ = [
    "AbsolutePriceOscillator",
    "AccumulationDistribution",
    "AroonOscillator",
    "AverageDirectionalIndex",
    "AverageTrueRange",
    "BarIndicator",
    "BollingerBands",
    "CommodityChannelIndex",
    "CompositeIndicator",
    "ConstantIndicator",
    "Delay",
    "DonchianChannel",
    "DoubleExponentialMovingAverage",
    "Event",
    "ExponentialMovingAverage",
    "FilteredIdentity",
    "FunctionalIndicator",
    "HullMovingAverage",
    "Identity",
    "Indicator",
    "IndicatorBase",
    "IndicatorExtensions",
    "IntradayVwap",
    "KeltnerChannels",
    "LeastSquaresMovingAverage",
    "LinearWeightedMovingAverage",
    "LogReturn",
    "Maximum",
    "MeanAbsoluteDeviation",
    "Minimum",
    "Momentum",
    "MomentumPercent",
    "MoneyFlowIndex",
    "MovingAverageConvergenceDivergence",
    "NormalizedAverageTrueRange",
    "OnBalanceVolume",
    "ParabolicStopAndReverse",
    "PercentagePriceOscillator",
    "PythonIndicator",
    "RateOfChange",
    "RateOfChangePercent",
    "RateOfChangeRatio",
    "RegressionChannel",
    "RelativeStrengthIndex",
    "RollingWindow",
    "SimpleMovingAverage",
    "StandardDeviation",
    "Stochastic",
    "Sum",
    "T3MovingAverage",
    "TradeBarIndicator",
    "TriangularMovingAverage",
    "TripleExponentialMovingAverage",
    "TrueRange",
    "Variance",
    "VolumeWeightedAveragePriceIndicator",
    "WilderMovingAverage",
    "WilliamsPercentR",
    "WindowIndicator",
]
