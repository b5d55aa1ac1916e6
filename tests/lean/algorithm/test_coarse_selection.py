"""A universe filtered by what can be borrowed: LEAN's regression test of that name in our own words."""

from __future__ import annotations

from datetime import datetime

import pytest

from shortable.lean.symbols import SecurityIdentifier, Symbol

from ..folder import LeanFolder
from .folders import run

DAYS = (
    "2014-03-20",
    "2014-03-21",
    "2014-03-24",
    "2014-03-25",
    "2014-03-26",
    "2014-03-27",
    "2014-03-28",
)
BROKER = "testbrokerage"

BODY = """
class Lender(LocalDiskShortableProvider):
    def __init__(self):
        super().__init__("testbrokerage")

    def all_shortable_symbols(self, local_time):
        listed, back = {}, 0
        while not listed and back <= 7:
            day = (local_time - timedelta(days=back)).strftime("%Y%m%d")
            folder = os.path.join(Globals.data_folder, "equity", Market.USA, "shortable", self.brokerage)
            for line in Extensions.read_lines(self.data_provider, os.path.join(folder, "dates", f"{day}.csv")):
                ticker, shares = line.split(",")[:2]
                sid = SecurityIdentifier.generate_equity(ticker, Market.USA, mapping_resolve_date=local_time)
                listed[Symbol(sid, ticker)] = int(shares)
            back += 1
        return listed


class Broker(DefaultBrokerageModel):
    def __init__(self, provider):
        super().__init__()
        self._provider = provider

    def get_shortable_provider(self, security):
        return self._provider


class Filtered(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2014, 3, 25)
        self.set_end_date(2014, 3, 29)
        self.set_cash(10_000_000)
        self.selected, self.added, self.seen, self._last = {}, [], [], None
        self.provider = Lender()
        self.spy = self.add_equity(Symbol.create("SPY", SecurityType.EQUITY, Market.USA))
        self.add_universe(self._select)
        self.universe_settings.resolution = Resolution.DAILY
        self.set_brokerage_model(Broker(self.provider))

    def _select(self, coarse):
        listed = self.provider.all_shortable_symbols(self.time)
        chosen = [c.symbol for c in coarse if c.symbol in listed and listed[c.symbol] >= 500]
        self.selected[self.time] = sorted(s.value for s in chosen)
        return chosen

    def on_securities_changed(self, changes):
        self.added.append((self.time, [s.symbol.value for s in changes.added_securities],
                           [s.symbol.value for s in changes.removed_securities]))

    def on_data(self, data):
        self.seen.append(self.time)
        if self.time.date() == self._last:
            return
        for symbol, security in sorted(self.active_securities, key=lambda pair: pair.key):
            if not security.invested:
                self.market_order(symbol, -security.shortable_provider.shortable_quantity(symbol, self.time))
                self._last = self.time.date()
"""


@pytest.fixture
def folder(tmp_path):
    made = LeanFolder(tmp_path / "data")
    for ticker, price in {"SPY": 186.0, "BAC": 17.3, "QQQ": 88.0, "AAPL": 19.0}.items():
        made.map_file(ticker).factor_file(ticker)
        made.daily(
            ticker,
            [(d, price - i, price - i, price - i, price - i, 10**6) for i, d in enumerate(DAYS)],
        )
    # the class C share that was to be GOOG traded as GOOCV in its first days
    made.map_file(
        "goog",
        [("2014-03-27", "goocv", "Q"), ("2014-04-02", "goocv", "Q"), ("2050-12-31", "goog", "Q")],
    )
    made.factor_file("goog")
    made.daily(
        "goocv",
        [("2014-03-27", 558, 560, 550, 555, 10**5), ("2014-03-28", 556, 560, 550, 557, 10**5)],
    )
    goocv = Symbol(SecurityIdentifier.parse("GOOCV VP83T1ZUHROL"), "GOOCV")
    # the broker's GME is another security than the one that the universe knows by that ticker
    made.map_file("gme", [("2002-02-13", "gme", "N"), ("2050-12-31", "gme", "N")])
    other = Symbol(SecurityIdentifier.generate_equity(datetime(2005, 1, 3), "GME", "usa"), "GME")
    for day in DAYS[2:]:
        rows = [(t, p, 10**6) for t, p in {"SPY": 186, "BAC": 17.3, "QQQ": 88, "AAPL": 19}.items()]
        made.coarse(
            day, [*rows, (other, 40, 1000), *([(goocv, 555, 10**5)] if day >= "2014-03-27" else [])]
        )
    by_symbol = {
        "BAC": [500, 400, 20000, 499],
        "QQQ": [5000, 499, 5000, 100],
        "SPY": [1000, 501, 25000, 100],
        "AAPL": [400, None, 50000, 400],
        "GOOCV": [None, None, None, 5000],
    }
    for ticker, shares in by_symbol.items():
        rows = [(day, n) for day, n in zip(DAYS[3:], shares, strict=True) if n is not None]
        made.shortable(BROKER, ticker, rows)
    for i, day in enumerate(DAYS[3:]):
        listed = [(t, shares[i]) for t, shares in by_symbol.items() if shares[i] is not None]
        made.shortable_dates(BROKER, day, [*listed, *([("GME", 1000)] if i == 2 else [])])
    return made


def test_the_universe_is_what_can_be_borrowed_and_orders_follow_leans_clock(tmp_path, folder):
    result = run(tmp_path, BODY, folder)
    algorithm = result.algorithm
    assert {f"{t:%d}": names for t, names in algorithm.selected.items()} == {
        "25": ["BAC", "QQQ", "SPY"],
        "26": ["SPY"],
        "27": ["AAPL", "BAC", "QQQ", "SPY"],
        "28": ["GOOCV"],
        "29": ["GOOCV"],  # a Saturday: Friday's file, and the broker's newest list is Friday's
    }
    # On the 26th LEAN's readers have run ahead in minutes, because SPY was wanted in minutes when they began: the
    # three orders that the algorithm sends at 09:31 meet resting ones and are refused. Later there is no minute
    # subscription any more (SPY has no minutes), and the algorithm hears of the days at their close.
    sent = [
        (f"{o.time:%d %H:%M}", o.symbol.value, o.quantity, o.status.name)
        for o in result.objects.orders
    ]
    assert sent == [
        ("25 20:00", "BAC", -500, "FILLED"),
        ("25 20:00", "QQQ", -5000, "FILLED"),
        ("25 20:00", "SPY", -1000, "FILLED"),
        ("26 13:31", "BAC", -400, "INVALID"),
        ("26 13:31", "QQQ", -499, "INVALID"),
        ("26 13:31", "SPY", -501, "INVALID"),
        ("27 20:00", "AAPL", -50000, "FILLED"),
        ("28 20:00", "GOOCV", -5000, "SUBMITTED"),
    ]
    assert result.statistics["Total Orders"] == "8"
    # 0.005 a share: 500 + 5,000 + 1,000 + 50,000 shares = 56,500 -> 282.50, LEAN's published figure
    assert result.statistics["Total Fees"] == "$282.50"
    # Days fall by a dollar: BAC, QQQ and SPY were sold at the open of the 26th and are two dollars lower at the end,
    # AAPL at the 28th's open, which is its close: 6,500 x 2 + 50,000 x 0 - 282.50 = 12,717.50.
    assert result.statistics["End Equity"] == "10012717.5"


def test_a_model_of_leans_older_kind_brings_its_provider_as_an_attribute(tmp_path, folder):
    body = """
class Broker(DefaultBrokerageModel):
    def __init__(self):
        self.ShortableProvider = LocalDiskShortableProvider(SecurityType.Equity, "testbrokerage", Market.USA)


class Filtered(QCAlgorithm):
    def Initialize(self):
        self.Settings.DailyPreciseEndTime = False
        self.SetStartDate(2014, 3, 25)
        self.SetEndDate(2014, 3, 29)
        self.SetCash(10000000)
        self.lastTrade = None
        self.AddUniverse(self.Select)
        self.UniverseSettings.Resolution = Resolution.Daily
        self.SetBrokerageModel(Broker())

    def Select(self, coarse):
        listed = self.AllShortableSymbols()
        return list(sorted([c.Symbol for c in coarse if c.Symbol in listed and listed[c.Symbol] >= 500]))

    def OnData(self, data):
        if self.Time.date() == self.lastTrade:
            return
        for symbol in sorted(self.ActiveSecurities.Keys, key=lambda s: s.ID.Symbol):
            if not self.Portfolio[symbol].Invested:
                assert self.Shortable(symbol), symbol
                self.MarketOrder(symbol, -float(self.ShortableQuantity(symbol)))
                self.lastTrade = self.Time.date()
"""
    result = run(tmp_path, body, folder)
    # The LEAN that had AllShortableSymbols let days end at midnight, as the setting says here: what was selected at
    # midnight has its last day at once, orders are sent then and fill with the next day's bar. No order is refused:
    # three on the 25th, AAPL, GOOCV.
    assert [f"{o.time:%d %H:%M}" for o in result.objects.orders] == ["25 04:00"] * 3 + [
        "27 04:00",
        "28 04:00",
    ]
    assert result.statistics["Total Orders"] == "5"
    # 61,500 shares at 0.005: what LEAN published for that version
    assert result.statistics["Total Fees"] == "$307.50"


def test_days_end_at_the_close_however_an_algorithm_is_spelled(tmp_path, folder):
    body = """
class Filtered(QCAlgorithm):
    def Initialize(self):
        self.SetStartDate(2014, 3, 25)
        self.SetEndDate(2014, 3, 25)
        self.AddEquity("SPY", Resolution.Daily)
        self.SetBrokerageModel(BrokerageName.Axos)
        self.times = []

    def OnData(self, data):
        self.times.append(self.Time.hour)
        self.AllShortableSymbols()
"""
    assert run(tmp_path, body, folder).algorithm.times == [16]
