"""Universe selection models."""

from __future__ import annotations

import pytest

from ..algorithm.folders import WEEK, bars_folder, minute_folder, run

SELECTED = """
class Selected(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 8)
        self.set_end_date(2013, 10, 10)
        self.universe_settings.resolution = Resolution.DAILY
        self.symbols = [Symbol.create(t, SecurityType.EQUITY, Market.USA) for t in ("SPY", "AIG")]
        self.changed = []
        self.set_universe_selection(MODEL)

    def on_securities_changed(self, changes):
        added, removed = ([s.symbol.value for s in c] for c in (changes.added_securities, changes.removed_securities))
        self.changed.append((f"{self.time:%d %H:%M}", added, removed))

class Coarse(FundamentalUniverseSelectionModel):
    def __init__(self):
        super().__init__(True, None)

    def SelectCoarse(self, algorithm, coarse):
        return [c.Symbol for c in coarse if c.Price > 50]

    def SelectFine(self, algorithm, fine):
        return [f.Symbol for f in fine]

class Single(FundamentalUniverseSelectionModel):
    def select(self, algorithm, fundamental):
        return [max(fundamental, key=lambda f: f.price).symbol]

class Custom(CustomUniverseSelectionModel):
    def __init__(self):
        super().__init__("mine", None)

    def select(self, algorithm, date):
        return ["SPY"] if date.day == 8 else ["AIG"]
"""


@pytest.fixture
def folder(tmp_path):
    folder = bars_folder(tmp_path / "data", "SPY", "AIG")
    for day in WEEK:
        # AIG overtakes SPY with the data of the 8th; only SPY has fundamental data
        folder.coarse(
            day, [("SPY", 100, 10, True), ("AIG", 60 if day < "2013-10-08" else 160, 10, False)]
        )
    return folder


BOTH, ONE, OTHER = ["AIG", "SPY"], ["SPY"], ["AIG"]


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("ManualUniverseSelectionModel(self.symbols)", [("08 00:00", BOTH, [])]),
        ("ManualUniverseSelectionModel(*self.symbols)", [("08 00:00", BOTH, [])]),
        ("ManualUniverseSelectionModel()", []),
        ("Coarse()", [("08 00:00", ONE, [])]),
        ("Single()", [("08 00:00", ONE, []), ("09 00:00", OTHER, ONE)]),
        (
            "FundamentalUniverseSelectionModel(lambda data: [d.symbol for d in data])",
            [("08 00:00", BOTH, [])],
        ),
        (
            "CoarseFundamentalUniverseSelectionModel(lambda data: [d.symbol for d in data])",
            [("08 00:00", BOTH, [])],
        ),
        (
            "FineFundamentalUniverseSelectionModel(lambda c: [d.symbol for d in c], lambda f: [d.symbol for d in f])",
            [("08 00:00", ONE, [])],
        ),
        ("Custom()", [("08 00:00", ONE, []), ("09 00:00", OTHER, ONE)]),
        ("CustomUniverseSelectionModel('mine', lambda time: ['SPY'])", [("08 00:00", ONE, [])]),
        (
            "ScheduledUniverseSelectionModel(self.date_rules.every_day(), self.time_rules.at(9, 0), lambda t: self.symbols)",
            [("08 09:00", BOTH, [])],
        ),
    ],
)
def test_models(tmp_path, folder, model, expected):
    assert run(tmp_path, SELECTED.replace("MODEL", model, 1), folder).algorithm.changed == expected


def test_several_models(tmp_path, folder):
    body = SELECTED.replace(
        "MODEL",
        "ManualUniverseSelectionModel(self.symbols[0])\n"
        "                                    if True else 0",
        1,
    )
    body = body.replace(
        "    def on_securities_changed",
        "        self.add_universe_selection(\n"
        "            CustomUniverseSelectionModel('more', lambda time: ['AIG']))\n\n"
        "    def on_securities_changed",
        1,
    )
    assert run(tmp_path, body, folder).algorithm.changed == [("08 00:00", BOTH, [])]


def test_what_rises(tmp_path):
    folder = bars_folder(tmp_path / "data", "SPY", "AIG", "BAC")
    for i, day in enumerate(WEEK):
        folder.coarse(
            day, [("SPY", 100 + 10 * i, 10), ("AIG", 100 + 20 * i, 10), ("BAC", 100 - 10 * i, 10)]
        )
    body = SELECTED.replace("MODEL", "EmaCrossUniverseSelectionModel(1, 2, 1)", 1).replace(
        "2013, 10, 10", "2013, 10, 11"
    )
    # the averages of two days are there with the second day's prices, and AIG rises more
    assert run(tmp_path, body, folder).algorithm.changed == [("09 00:00", OTHER, [])]


def test_two_selections_from_fundamental_data(tmp_path, folder):
    first, second = (
        f"FundamentalUniverseSelectionModel(lambda data: [d.symbol for d in data if d.price {c} 80])"
        for c in "<>"
    )
    body = SELECTED.replace("MODEL", f"CompositeUniverseSelectionModel([{first}, {second}])", 1)
    assert run(tmp_path, body, folder).algorithm.changed[0] == ("08 00:00", BOTH, [])


def test_what_is_subscribed_already_stays_as_it_is(tmp_path):
    body = SELECTED.replace(
        "self.changed = []",
        "self.changed = []\n        self.add_equity('SPY', Resolution.MINUTE)",
        1,
    )
    body += """
    def on_end_of_algorithm(self):
        self.found = [str(c.resolution) for c in self.securities["SPY"].subscriptions if not c.is_internal_feed]

Selected.on_end_of_algorithm = Custom.on_end_of_algorithm
"""
    folder = minute_folder(tmp_path / "data", SPY=100.0, AIG=50.0)
    found = run(
        tmp_path, body.replace("MODEL", "ManualUniverseSelectionModel(self.symbols)", 1), folder
    ).algorithm
    assert set(found.found) == {"Minute"}


REFRESHED = """
class Refreshed(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 8)
        self.set_end_date(2013, 10, 10)
        self.universe_settings.resolution = Resolution.DAILY
        self.changed = []
        self.set_universe_selection(Model())

    def on_securities_changed(self, changes):
        self.changed.append((f"{self.time:%d %H:%M}", str(changes).count("Added"), str(changes).count("Removed")))

class Model(UniverseSelectionModel):
    due = datetime(2013, 10, 9, 12)

    def get_next_refresh_time_utc(self):
        return self.due

    def create_universes(self, algorithm):
        if algorithm.time.day > 8:
            self.due = datetime.max
        ticker = "SPY" if algorithm.time.day == 8 else "AIG"
        return CustomUniverseSelectionModel(ticker, lambda time: [ticker]).create_universes(algorithm)
"""


def test_universes_are_made_anew_when_the_model_says_so(tmp_path, folder):
    # noon UTC is eight in New York, and the next bar is the benchmark's of nine to ten
    assert run(tmp_path, REFRESHED, folder).algorithm.changed == [
        ("08 00:00", 1, 0),
        ("09 10:00", 1, 1),
    ]
