"""What algorithms find by bare name, and what says that it is not here."""

from __future__ import annotations

import subprocess
import sys

import pytest

from shortable.errors import EngineError, InvalidInputError
from shortable.lean.run import run_algorithm

from .folders import bars_folder, run

# Names that LEAN's regression algorithms about US equities use, gathered by hand from what its documentation shows.
NAMES = """
QCAlgorithm Slice TradeBar QuoteBar TradeBars QuoteBars Dividend Split Delisting SymbolChangedEvent CoarseFundamental
Fundamental FineFundamental Symbol SecurityIdentifier SymbolCache SecurityType Market Resolution AccountType BrokerageName
OrderType OrderStatus OrderDirection OrderField OrderRequestStatus OrderRequestType OrderResponseErrorCode OrderTicket
OrderEvent OrderFee OrderProperties TimeInForce UpdateOrderFields SubmitOrderRequest UpdateOrderRequest CancelOrderRequest
OrderResponse MarketOrder LimitOrder StopMarketOrder StopLimitOrder TrailingStopOrder MarketOnOpenOrder MarketOnCloseOrder
LimitIfTouchedOrder Security Equity SecurityHolding SecurityPortfolioManager DefaultBrokerageModel
InteractiveBrokersBrokerageModel BrokerageModelSecurityInitializer FuncSecurityInitializer FuncSecuritySeeder SecuritySeeder
ConstantFeeModel InteractiveBrokersFeeModel FeeModel ImmediateFillModel FillModel EquityFillModel NullSlippageModel
ConstantSlippageModel VolumeShareSlippageModel BuyingPowerModel SecurityMarginModel CashBuyingPowerModel
PatternDayTradingMarginModel ImmediateSettlementModel DelayedSettlementModel MarginCallModel DefaultMarginCallModel
ShortMarginInterestRateModel NullShortableProvider LocalDiskShortableProvider InteractiveBrokersShortableProvider
IShortableProvider RateOfChange BollingerBands SimpleMovingAverage ExponentialMovingAverage RelativeStrengthIndex
MovingAverageConvergenceDivergence AverageTrueRange Maximum Minimum Momentum Identity RollingWindow IndicatorDataPoint
IndicatorExtensions PythonIndicator TradeBarConsolidator QuoteBarConsolidator Calendar Field DayOfWeek MovingAverageType
DataNormalizationMode UniverseSettings Universe SecurityChanges PortfolioTarget Chart Series SeriesType TimeZones
CashAmount RegressionTestException Globals Extensions PythonData AlgorithmStatus Currencies TimeSpan
datetime timedelta date math np pd os json List Dict deque Enum
""".split()  # noqa: SIM905


def test_all_common_names_are_there_in_a_fresh_process():
    code = (
        "from shortable.lean.AlgorithmImports import *\n"
        f"print([n for n in {NAMES!r} if n not in globals()])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"


def test_the_room_imports_nothing_before_it_is_asked():
    code = (
        "import sys, shortable.lean; print('shortable.lean.algorithm.qc_algorithm' in sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "False"


@pytest.mark.parametrize(
    "call", ["set_alpha(1)", "SetPortfolioConstruction(1)", "set_universe_selection(1)"]
)
def test_the_framework_says_what_a_model_has(tmp_path, call):
    body = f"class Framed(QCAlgorithm):\n    def initialize(self):\n        self.{call}\n"
    with pytest.raises(InvalidInputError, match="have a method"):
        run(tmp_path, body, bars_folder(tmp_path / "data", "SPY"))


def test_an_algorithm_is_not_made_by_hand():
    from shortable.lean import QCAlgorithm

    with pytest.raises(EngineError, match="run_algorithm"):
        QCAlgorithm()


def test_a_users_own_init_and_private_names_do_not_meet_ours(tmp_path):
    body = """
class Own(QCAlgorithm):
    def __init__(self):
        self._orders = self._market = self._send = self._universe = self._settings = self._kernel = 1
        self.symbol = None

    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 8)
        self.symbol = self.add_equity("SPY", Resolution.DAILY).symbol

    def on_data(self, data):
        if not self.portfolio.invested:
            self.set_holdings(self.symbol, -0.5)
"""
    assert (
        run(tmp_path, body, bars_folder(tmp_path / "data", "SPY")).statistics["Total Orders"] == "1"
    )


def test_what_an_algorithm_raises_is_in_the_result(tmp_path):
    file = tmp_path / "raises.py"
    file.write_text(
        "from AlgorithmImports import *\n\n\nclass Raises(QCAlgorithm):\n    def initialize(self):\n        RateOfChangee(1)\n",
        encoding="utf-8",
    )
    result = run_algorithm(file, bars_folder(tmp_path / "data", "SPY").path)
    assert (result.exit_code, result.statistics) == (1, {})
    assert "near: RateOfChange" in result.error.__notes__[0]


@pytest.mark.parametrize(
    ("dates", "message"),
    [
        ("self.set_start_date(2013, 10, 8); self.set_end_date(2013, 10, 7)", "or later"),
        ("pass", "start_date"),
    ],
)
def test_a_run_needs_dates(tmp_path, dates, message):
    body = f"class Dated(QCAlgorithm):\n    def initialize(self):\n        {dates}\n"
    with pytest.raises(InvalidInputError, match=message):
        run(tmp_path, body, bars_folder(tmp_path / "data", "SPY"))
