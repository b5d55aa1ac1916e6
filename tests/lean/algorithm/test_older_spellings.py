"""Algorithms in C#'s spelling and of older LEAN: named arguments, modules, annotations, names of their own."""

from __future__ import annotations

import pytest

from shortable.lean.run import run_algorithm

from .folders import bars_folder, minute_folder, run

HEAD = """
class Older(QCAlgorithm):
    def Initialize(self):
        self.SetStartDate(2013, 10, 8)
        self.SetEndDate(2013, 10, 9)
"""


def test_named_arguments_in_camel_case(tmp_path):
    body = (
        HEAD
        + """
        spy = self.AddEquity("SPY", Resolution.Daily, fillDataForward=False, extendedMarketHours=True)
        self.AddEquity("AIG", resolution=Resolution.Daily, dataNormalizationMode=DataNormalizationMode.Raw)
        self.found = [spy.Subscriptions[0].FillDataForward, spy.Subscriptions[0].ExtendedMarketHours]
        self.limits = VolumeShareSlippageModel(volumeLimit=0.3, priceImpact=0.05)
        self.past = len(self.History("SPY", 2, Resolution.Daily, dataNormalizationMode=DataNormalizationMode.Raw))

    def OnData(self, data):
        if not self.Portfolio.Invested:
            self.MarketOrder("AIG", 10)
        else:
            self.SetHoldings([PortfolioTarget("SPY", 0.5)], liquidateExistingHoldings=True)
"""
    )
    result = run(tmp_path, body, bars_folder(tmp_path / "data", "SPY", "AIG"))
    assert result.algorithm.found == [False, True]
    assert result.algorithm.past == 2
    assert [(str(o.symbol.value), o.quantity) for o in result.objects.orders][:2] == [
        ("AIG", 10),
        ("AIG", -10),
    ]


def test_a_wrong_name_is_still_wrong_in_camel_case(tmp_path):
    body = HEAD + '        self.AddEquity("SPY", fillBackward=True)\n'
    with pytest.raises(TypeError, match="fill_backward"):
        run(tmp_path, body, bars_folder(tmp_path / "data", "SPY"))


def test_a_user_may_take_a_name_that_csharp_spells_otherwise(tmp_path):
    body = (
        HEAD
        + """
        self.universe = self.AddUniverse("mine", lambda time: ["SPY"])
        self.portfolio = {"SPY": 1}
        self.found = [type(self.universe).__name__, self.Universe.Unchanged, self.portfolio, self.Portfolio.Cash]

    def OnData(self, data):
        if not self.Portfolio.Invested:
            self.SetHoldings("SPY", 0.1)
"""
    )
    result = run(tmp_path, body, minute_folder(tmp_path / "data", SPY=100.0))
    universe, unchanged, mine, cash = result.algorithm.found
    assert (universe, mine, cash) == ("TickerUniverse", {"SPY": 1}, 100_000)
    assert unchanged == ("unchanged",)
    assert len(result.objects.orders) == 1


def test_modules_of_older_algorithms(tmp_path):
    file = tmp_path / "older.py"
    text = (
        """
from clr import AddReference
AddReference("System")
from System import *
from System.Collections.Generic import List
from QuantConnect import *
from QuantConnect.Algorithm import *
from QuantConnect.Data.UniverseSelection import *
from QCAlgorithm import QCAlgorithm
from Orders.Slippage.VolumeShareSlippageModel import VolumeShareSlippageModel
from Risk import Own
from helper import double
"""
        + HEAD
        + """
        self.symbols = List[Symbol]()
        self.symbols.Add(self.AddEquity("SPY", Resolution.Daily).Symbol)
        self.found = [self.symbols.Count, Own, double(2), VolumeShareSlippageModel.__name__]

    def Select(self, chain: OptionChain) -> Unheard:
        return chain
"""
    )
    file.write_text(text)
    (tmp_path / "helper.py").write_text("def double(x: Unknown) -> Unknown:\n    return 2 * x\n")
    (tmp_path / "Risk.py").write_text(
        "Own = 'mine'\n"
    )  # a user's module goes before LEAN's of that name
    folder = bars_folder(tmp_path / "data", "SPY")
    result = run_algorithm(file, folder.path, raising=True)
    assert result.algorithm.found == [1, "mine", 4, "VolumeShareSlippageModel"]
    (tmp_path / "helper.py").write_text("def double(x):\n    return 20 * x\n")
    assert run_algorithm(file, folder.path, raising=True).algorithm.found[2] == 40


def test_both_halves_of_a_property_by_name(tmp_path):
    body = (
        HEAD
        + """
        self.AddEquity("SPY", Resolution.Daily)

    def OnData(self, slice):
        self.found = [bar.Close for bar in slice.get_Values()]
        slice.Bars["SPY"].set_Close(5)
        self.found.append(slice.Bars["SPY"].get_Close())
"""
    )
    # the second day is the fourth of the folder: 100 + 3 and a half
    assert run(tmp_path, body, bars_folder(tmp_path / "data", "SPY")).algorithm.found == [104.5, 5]


def test_what_leans_modules_have_and_we_have_not_may_be_imported_but_not_used(tmp_path):
    file = tmp_path / "older.py"
    text = f"""from AlgorithmImports import *
from QuantConnect.Securities.Equity import NoSuchExchange
from QuantConnect.Data.Custom.Vendor import NoSuchPrice
from Risk.NoSuchModel import NoSuchModel
import QuantConnect.Indicators as indicators
{HEAD}        self.found = [isinstance(3, NoSuchExchange), indicators.Sum.__name__]
"""
    file.write_text(text)
    folder = bars_folder(tmp_path / "data", "SPY").path
    assert run_algorithm(file, folder, raising=True).algorithm.found == [False, "Sum"]
    for use in (
        "NoSuchModel(3)",
        "NoSuchPrice.Value",
        "type('Own', (NoSuchModel,), {})",
        "indicators.NoSuchModel(1)",
    ):
        file.write_text(text + f"        {use}\n")
        error = run_algorithm(file, folder).error
        assert isinstance(error, (NameError, TypeError)), use
        if isinstance(error, NameError):
            assert "is not in shortable.lean" in error.__notes__[0]


def test_what_leans_file_of_names_has_not_cannot_be_imported(tmp_path):
    file = tmp_path / "older.py"
    file.write_text(f"from AlgorithmImports import NoSuchModel\n{HEAD}        pass\n")
    with pytest.raises(ImportError, match="cannot import name 'NoSuchModel'") as caught:
        run_algorithm(file, bars_folder(tmp_path / "data", "SPY").path)
    assert "NoSuchModel is not in shortable.lean" in caught.value.__notes__[0]


def test_a_file_that_forgets_leans_names_is_told_of_them(tmp_path):
    file = tmp_path / "older.py"
    file.write_text(HEAD + "        pass\n")
    with pytest.raises(NameError) as caught:
        run_algorithm(file, bars_folder(tmp_path / "data", "SPY").path)
    assert caught.value.__notes__ == [
        "QCAlgorithm is one of LEAN's names: begin the file with `from AlgorithmImports import *`"
    ]
