"""Collections of insights."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shortable.lean.framework.insight import Insight, InsightDirection, InsightType
from shortable.lean.framework.insights import (
    GeneratedInsightsCollection,
    InsightCollection,
    InsightManager,
)
from shortable.lean.symbols import SecurityIdentifier, Symbol

NOON = datetime(2013, 10, 7, 16, tzinfo=UTC)
SPY, AIG = (
    Symbol(SecurityIdentifier.generate_equity(datetime(1998, 1, 2), t, "usa"), t)
    for t in ("SPY", "AIG")
)


def insight(symbol: Symbol, hours: float) -> Insight:
    return Insight(
        NOON, symbol, timedelta(hours=hours), InsightType.PRICE, InsightDirection.UP, None, None
    )


@pytest.fixture
def insights():
    found = InsightCollection()
    found.add_range([insight(SPY, 1), insight(AIG, 2), insight(SPY, 3)])
    return found


def test_it_is_grouped_by_symbol(insights):
    assert [i.symbol for i in insights] == [SPY, SPY, AIG]
    assert (insights.count, insights.ContainsKey(SPY), len(insights[SPY])) == (3, True, 2)
    assert insights.try_get_value(AIG)[0]
    insights.clear([SPY])
    assert (insights.count, SPY in insights) == (1, False)
    with pytest.raises(KeyError):
        insights[SPY]


def test_what_is_over_goes_but_is_on_record(insights):
    later = NOON + timedelta(hours=2)
    assert insights.get_next_expiry_time() == NOON + timedelta(hours=1)
    assert [i.symbol for i in insights.get_active_insights(later)] == [SPY, AIG]
    assert [i.symbol for i in insights.remove_expired_insights(later)] == [SPY]
    assert insights.has_active_insights(AIG, later)
    assert not insights.has_active_insights(AIG, later + timedelta(seconds=1))
    assert (insights.count, insights.total_count) == (2, 3)
    insights.remove_insights(lambda i: i.symbol == SPY)
    assert [i.symbol for i in insights.get_insights()] == [AIG]


def test_the_manager_ends_insights_by_symbol_or_one_by_one(insights):
    manager = InsightManager(lambda: NOON)
    manager.add_range(insights)
    manager.Cancel([AIG])
    assert [i.symbol for i in manager.get_active_insights(NOON)] == [SPY, SPY]
    manager.expire(manager.get_active_insights(NOON)[:1])
    assert len(manager.get_active_insights(NOON)) == 1


def test_the_manager_asks_an_evaluator():
    asked = []

    class Evaluator:
        def Score(self, manager, time):
            asked.append((manager.count, time))

    manager = InsightManager(lambda: NOON)
    manager.set_insight_score_function(Evaluator())
    manager.step(NOON)
    assert asked == [(0, NOON)]


def test_generated_insights_are_copies(insights):
    told = GeneratedInsightsCollection(NOON, insights)
    assert [i.id for i in told.Insights] == [i.id for i in insights]
    assert told.insights[0] is not insights[SPY][0]
