"""Mistakes of users: each is said with what was given, and where in their file."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from shortable.cli.app import app

from .folders import minute_folder

HEAD = """from AlgorithmImports import *

class Wrong(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 8)
        self.set_end_date(2013, 10, 9)
        self.spy = self.add_equity("SPY", Resolution.MINUTE)
"""
SETUP = "        {}\n"
DATA = "\n    def on_data(self, data):\n        {}\n"
SHORT = DATA.format('self.market_order("SPY", -10)')


def said(tmp_path, text):
    file = tmp_path / "wrong.py"
    file.write_text(HEAD + text)
    folder = minute_folder(tmp_path / "data", SPY=100.0)
    result = CliRunner().invoke(app, ["run", str(file), "--data", str(folder.path)])
    assert result.exit_code == 1
    assert "Traceback" not in result.stderr
    return " ".join(result.stderr.split())


@pytest.mark.parametrize(
    ("text", "message", "where"),
    [
        (
            SETUP.format("self.add_equity(5)"),
            "ticker='5' must be a text or a Symbol",
            "line 8, in initialize",
        ),
        (
            SETUP.format('self.set_warm_up("10")'),
            "warm_up='10' must be a timedelta",
            "line 8, in initialize",
        ),
        (
            SETUP.format("self.schedule.on(self.date_rules.today, self.time_rules.noon, 5)"),
            "a function",
            "line 8",
        ),
        (
            SETUP.format("self.settings.free_portfolio_valu = 5"),
            "near: free_portfolio_value",
            "line 8",
        ),
        (SETUP.format("self.universe_settings.leverge = 5"), "near: leverage", "line 8"),
        (
            DATA.format('self.market_order("SPY", "ten")'),
            "quantity='ten' must be a finite number",
            "line 10, in on_data",
        ),
        (
            DATA.format('self.market_order("SPY", None)'),
            "quantity='None' must be a finite number",
            "line 10",
        ),
        (
            DATA.format('self.sell("SPY", math.nan)'),
            "quantity='nan' must be a finite number",
            "line 10",
        ),
        (
            DATA.format('self.limit_order("SPY", 1, math.inf)'),
            "limit_price='inf' must be a finite number",
            "line 10",
        ),
        (
            DATA.format('self.set_holdings("SPY", np.nan)'),
            "target='nan' must be a finite number",
            "line 10",
        ),
        (
            DATA.format("fields = UpdateOrderFields(); fields.LimitPrise = 1"),
            "near: limit_price",
            "line 10",
        ),
        (
            "\n    def on_data(self):\n        pass\n",
            "on_data() takes 1 positional argument",
            "line 9, in on_data",
        ),
        (
            SETUP.format('self.consolidate("SPY", timedelta(minutes=5), self.made)')
            + "\n    def made(self, sender, bar):\n        pass\n",
            "made() missing 1 required positional argument: 'bar'",
            "line 10, in made",
        ),
        (
            SETUP.format('self.consolidate("SPY", timedelta(minutes=5), Helper().made)')
            + "\nclass Helper:\n    def made(self):\n        pass\n",
            "Helper.made() takes 1 positional argument",
            "line 11, in made",
        ),
        (
            SETUP.format("self.spy.set_fee_model(Free())")
            + SHORT
            + "\nclass Free(FeeModel):\n    def get_order_fee(self, parameters):\n        return 1\n",
            "fee_model='Free' must answer an OrderFee. get_order_fee answered 1.",
            "line 11, in on_data",
        ),
        (
            SETUP.format("self.spy.set_slippage_model(Slips())")
            + SHORT
            + "\nclass Slips:\n    def get_slippage_approximation(self, asset, order):\n        return 'much'\n",
            "Slips.get_slippage_approximation answered 'much'; it must answer a number",
            "line 11, in on_data",
        ),
        (
            SETUP.format("self.spy.set_shortable_provider(Many())")
            + DATA.format('self.shortable("SPY", 1)')
            + "\nclass Many:\n    def shortable_quantity(self, symbol, time):\n        return 'many'\n",
            "Many.shortable_quantity answered 'many' for SPY",
            "line 11, in on_data",
        ),
    ],
)
def test_a_mistake_is_said_with_its_place(tmp_path, text, message, where):
    told = said(tmp_path, text)
    assert message in told
    assert f"wrong.py, {where}" in told


@pytest.mark.parametrize(
    ("answer", "message"),
    [("5", "universe='5' must be a list of symbols"), ("['SPY']", "be a Symbol")],
)
def test_a_selection_is_named(tmp_path, answer, message):
    folder = minute_folder(tmp_path / "data", SPY=100.0)
    folder.coarse("2013-10-07", [("SPY", 100, 1000)])
    text = (
        SETUP.format("self.add_universe(self.choose)")
        + f"\n    def choose(self, coarse):\n        return {answer}\n"
    )
    told = said(tmp_path, text)
    assert message in told
    assert "Wrong.choose selected it." in told
