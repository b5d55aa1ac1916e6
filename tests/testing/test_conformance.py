"""The suites pass what is right, and name what is wrong with what is not."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from shortable import CustomShortableProvider, FrameShortableProvider, NullShortableProvider, lagged
from shortable.testing.conformance import AdapterConformance, ProviderConformance
from shortable.testing.hosts import engine

ROWS = [
    ("2024-01-02 09:00", "SPY", 500),
    ("2024-01-02 09:00", "GME", 0),
    ("2024-01-03 12:00", "SPY", 200),
    ("2024-01-04 09:00", "GME", 7),
]


class TenLines:
    """A user's provider."""

    rows = tuple((datetime.fromisoformat(t), s, n) for t, s, n in ROWS)

    def shortable_quantity(self, symbol, local_time):
        said = [n for t, s, n in self.rows if s == symbol.ticker and t <= local_time]
        return said[-1] if said else 0

    def all_shortable_symbols(self, local_time):
        return {
            s: n
            for s in ("SPY", "GME")
            if (n := self.shortable_quantity(SimpleSymbol(s), local_time))
        }


@dataclasses.dataclass
class SimpleSymbol:
    ticker: str


class KnownRows(ProviderConformance):
    symbols = ("SPY", "GME", "AAPL")

    def known(self):
        return ROWS


class TestTenLines(KnownRows):
    def make(self):
        return TenLines()


class TestFrame(KnownRows):
    def make(self):
        table = pd.DataFrame(
            {"SPY": [500, 200, None], "GME": [0, None, 7]},
            index=pd.to_datetime([ROWS[0][0], ROWS[2][0], ROWS[3][0]]),
        )
        return FrameShortableProvider(table)


class TestLagged(ProviderConformance):
    def make(self):
        return lagged(TestFrame().make(), timedelta(hours=1))

    def known(self):
        return [(pd.Timestamp(t) + timedelta(hours=1), s, n) for t, s, n in ROWS]


class TestNull(ProviderConformance):
    def make(self):
        return NullShortableProvider()


class TestCustom(ProviderConformance):
    def make(self):
        return CustomShortableProvider({"SPY": 500, "GME": 0}, fee_rate={"SPY": 0.01})


class Future(TenLines):
    def shortable_quantity(self, symbol, local_time):
        return super().shortable_quantity(symbol, local_time + timedelta(hours=1))


class NoneForZero(TenLines):
    def shortable_quantity(self, symbol, local_time):
        return super().shortable_quantity(symbol, local_time) or None


class Fractions(TenLines):
    def shortable_quantity(self, symbol, local_time):
        return super().shortable_quantity(symbol, local_time) * 0.55


class AsUtc(TenLines):
    def shortable_quantity(self, symbol, local_time):
        utc = local_time.replace(tzinfo=ZoneInfo("America/New_York")).astimezone(ZoneInfo("UTC"))
        return super().shortable_quantity(symbol, utc.replace(tzinfo=None) - timedelta(hours=10))


class Remembers(TenLines):
    newest = datetime.min

    def shortable_quantity(self, symbol, local_time):
        self.newest = max(self.newest, local_time)
        return super().shortable_quantity(symbol, self.newest)


class Percent(TenLines):
    def fee_rate(self, symbol, local_time):
        return 35.0


class ListDisagrees(TenLines):
    def all_shortable_symbols(self, local_time):
        return {"SPY": 1}


@pytest.mark.parametrize(
    ("wrong", "test", "says"),
    [
        (
            Future,
            "test_answers_the_newest_row_that_was_known_and_none_from_the_future",
            "data from the future",
        ),
        (NoneForZero, "test_none_and_zero_are_told_apart", "that is 0"),
        (Fractions, "test_answers_whole_shares_zero_or_none", "whole numbers"),
        (
            AsUtc,
            "test_answers_the_newest_row_that_was_known_and_none_from_the_future",
            "read as UTC",
        ),
        (Remembers, "test_asking_does_not_change_the_answers", "another order"),
        (Percent, "test_rates_are_annual_fractions", "fractions, not percent"),
        (ListDisagrees, "test_the_list_of_all_agrees_with_each_answer", "lists 1 of SPY"),
    ],
)
def test_a_wrong_provider_fails_with_a_message_that_says_what_is_wrong(wrong, test, says):
    suite = type("Suite", (KnownRows,), {"make": lambda self: wrong()})()
    with pytest.raises(AssertionError, match=says):
        getattr(suite, test)()


def test_a_suite_without_a_provider_says_what_to_override():
    with pytest.raises(NotImplementedError, match="must override make"):
        ProviderConformance().test_has_the_contract_s_methods()


class TestEngine(AdapterConformance):
    def run(self, work):
        return engine.run(work)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda o: dataclasses.replace(o, refused=o.refused[1:]), "could not be borrowed"),
        (
            lambda o: dataclasses.replace(o, refused=[*o.refused, (o.refused[0][0], "S999", -1)]),
            "refused that could be borrowed",
        ),
        (lambda o: dataclasses.replace(o, total_fee=o.total_fee + 0.01), "by S8"),
        (
            lambda o: dataclasses.replace(o, cash_charged=o.cash_charged + 0.01),
            "left the host's cash",
        ),
        (lambda o: dataclasses.replace(o, filled=o.filled + 1), "orders filled"),
    ],
)
def test_a_wrong_adapter_fails_with_a_message_that_says_what_is_wrong(change, says):
    class Suite(AdapterConformance):
        kinds = ("daily",)
        sessions, tickers = 40, 3

        def run(self, work):
            return change(engine.run(work))

    def all_of_it():
        Suite().test_refuses_what_the_rules_refuse()
        Suite().test_charges_what_the_rules_charge()

    with pytest.raises(AssertionError, match=says):
        all_of_it()
