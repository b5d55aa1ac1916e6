"""Rules on short sales: each by hand with its tag, dated, combined with ``|``; a Null drops out."""

from __future__ import annotations

from datetime import date, datetime, time

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable import Symbol
from shortable.errors import InvalidInputError
from shortable.market import Market
from shortable.restrictions import (
    BANS,
    DesignatedSecurities,
    ListedDays,
    NullRestriction,
    Restriction,
    Rule201,
    ShortSale,
    ShortSaleBan,
    ThresholdSecurities,
    TickRule,
)


def sale(symbol: str, day: str, kind: str = "market", **more) -> ShortSale:
    moment = datetime.fromisoformat(day if " " in day else f"{day} 10:00")
    return ShortSale(Symbol.create(symbol), moment, kind, **more)  # type: ignore[arg-type]


LISTS = pd.DataFrame(
    {
        "symbol": ["*", "GME", "KOSS"],
        "date": ["2021-01-28", "2021-01-28", "2021-01-29"],
        "until": ["2021-01-28", "2021-01-28", None],
    }
)


def test_a_listed_threshold_security_needs_a_locate() -> None:
    rule = ThresholdSecurities(LISTS)
    tag = "Short sale of GME refused: Regulation SHO threshold security without a locate"
    assert rule.refusal(sale("GME", "2021-01-28")) == tag
    assert rule.refusal(sale("GME", "2021-01-28", located=True)) is None
    assert rule.refusal(sale("AMC", "2021-01-28")) is None
    assert rule.refusal(sale("GME", "2021-01-29")) is None  # no list is known of that day
    assert rule.refusal(sale("KOSS", "2022-06-01")) is not None  # until further notice
    assert rule.dated() == date.max


def test_s3_not_listed_is_known_only_where_a_whole_list_speaks() -> None:
    days = ListedDays(LISTS)
    gme, amc = Symbol.create("GME"), Symbol.create("AMC")
    assert days.listed(amc, date(2021, 1, 28)) is False
    assert days.listed(gme, date(2021, 1, 27)) is None
    hong_kong = pd.DataFrame(
        {"symbol": ["*", "700.HK"], "date": ["2026-01-02"] * 2, "until": ["2026-03-31"] * 2}
    )
    rule = DesignatedSecurities(hong_kong)
    assert rule.refusal(sale("700.HK", "2026-02-02")) is None
    assert (
        rule.refusal(sale("5.HK", "2026-02-02"))
        == "Short sale of 5 refused: no designated security"
    )
    unknown = "Short sale of 700 refused: no list of designated securities is known for 2026-04-01"
    assert rule.refusal(sale("700.HK", "2026-04-01")) == unknown
    assert (
        DesignatedSecurities(hong_kong, unknown="allow").refusal(sale("5.HK", "2026-04-01")) is None
    )
    with pytest.raises(InvalidInputError, match="columns symbol, date, until"):
        ListedDays(LISTS.drop(columns="until"))
    with pytest.raises(InvalidInputError, match="not lie before"):
        ListedDays(LISTS.assign(until="2020-01-01"))


def test_rule_201_holds_from_its_trigger_to_the_end_of_the_next_session() -> None:
    # Triggered on Friday 12 February 2021 at 11:00; Monday is Presidents' Day, so the next session is Tuesday.
    rule = Rule201([("GME", date(2021, 2, 12), time(11))])
    held = {
        "2021-02-12 10:59": False,
        "2021-02-12 11:00": False,  # an order of the very instant came before its news
        "2021-02-12 11:01": True,
        "2021-02-16 09:30": True,
        "2021-02-16 16:00": True,
        "2021-02-17 09:30": False,
    }
    for moment, holds in held.items():
        assert (rule.refusal(sale("GME", moment)) is not None) is holds
        assert (rule.refusal(sale("GME", moment, "stop")) is not None) is holds
        assert rule.refusal(sale("GME", moment, "limit", limit_price=20.0)) is None
        assert rule.fills_only_above(Symbol.create("GME"), datetime.fromisoformat(moment)) is holds
        assert rule.refusal(sale("AMC", moment)) is None


def test_rule_201_from_daily_bars_holds_in_the_next_session_alone() -> None:
    days = pd.to_datetime(["2011-02-24", "2011-02-25", "2011-02-28", "2011-03-01", "2011-03-02"])
    closes = pd.DataFrame({"GME": [10.0, 10.0, 10.0, 7.0, 7.0], "AMC": [7.0] * 5}, days)
    # 9.00 is exactly 0.9 x 10; 6.30 exactly 0.9 x 7; 9.01 is above it. The 25th lies before the rule.
    lows = pd.DataFrame(
        {"GME": [10.0, 8.0, 9.0, 9.01, 6.99], "AMC": [7.0, 7.0, 6.30, 6.31, 7.0]}, days
    )
    rule = Rule201.of_prices(lows, closes)
    for symbol in ("GME", "AMC"):
        refused = [
            day.date().isoformat()
            for day in pd.bdate_range("2011-02-24", "2011-03-03")
            if rule.refusal(sale(symbol, day.date().isoformat())) is not None
        ]
        assert refused == ["2011-03-01"]
    with pytest.raises(InvalidInputError, match="not lie before 2011-02-28"):
        Rule201([("GME", date(2011, 2, 25), None)])
    with pytest.raises(InvalidInputError, match="index and columns"):
        Rule201.of_prices(lows, closes.iloc[1:])


def test_the_tick_rule_takes_limit_orders_at_or_above_the_last_price() -> None:
    rule = TickRule()
    assert "asks for a limit order" in str(rule.refusal(sale("700.HK", "2026-02-02")))
    low = sale("700.HK", "2026-02-02", "limit", limit_price=499.8, last_price=500.0)
    assert str(rule.refusal(low)).endswith("a limit of at least 500, the last price")
    assert (
        rule.refusal(sale("700.HK", "2026-02-02", "limit", limit_price=500.0, last_price=500.0))
        is None
    )
    assert rule.fills_only_above(Symbol.create("700.HK"), datetime(2026, 2, 2))
    assert rule.refusal(sale("SPY", "2026-02-02")) is None


def test_bans_hold_on_their_days_for_their_constituents() -> None:
    financials = ShortSaleBan.of(BANS["us_financials_2008"], ["GS", "C"])
    days = {"2008-09-18": False, "2008-09-19": True, "2008-10-08": True, "2008-10-09": False}
    for day, banned in days.items():
        assert (financials.refusal(sale("GS", day)) is not None) is banned
        assert financials.refusal(sale("MSFT", day)) is None
    # Korea: all shut from 2020-03-16; from 2021-05-03 open for those two indices alone; shut again 2023-11-06 to 2025-03-30.
    korea = (
        ShortSaleBan.of(BANS["korea_2020"])
        | ShortSaleBan.of(BANS["korea_2021"], but=["005930.KR"])
        | ShortSaleBan.of(BANS["korea_2023"])
    )
    samsung, other = "005930.KR", "123456.KR"
    expected = {
        "2020-03-13": (False, False),
        "2020-03-16": (True, True),
        "2021-05-03": (False, True),
        "2023-11-03": (False, True),
        "2023-11-06": (True, True),
        "2025-03-28": (True, True),
        "2025-03-31": (False, False),
    }
    for day, banned in expected.items():
        found = tuple(korea.refusal(sale(symbol, day)) is not None for symbol in (samsung, other))
        assert found == banned, day
    assert ShortSaleBan.of(BANS["italy_2020"]).refusal(sale("ENI.IT", "2020-05-18")) is not None
    # Austria's was published in the evening of the 18th: an order of that session was still allowed.
    austria = ShortSaleBan.of(BANS["austria_2020"])
    assert [austria.refusal(sale("EBS.AT", f"2020-03-{day}")) is None for day in (18, 19)] == [
        True,
        False,
    ]
    assert BANS["korea_2023"].market is Market.KOREA
    for name in ("us_financials_2008", "korea_2021"):
        with pytest.raises(InvalidInputError, match="list the constituents"):
            ShortSaleBan.of(BANS[name])
    with pytest.raises(InvalidInputError, match="or market, and not both"):
        ShortSaleBan([])
    with pytest.raises(InvalidInputError, match="end after they begin"):
        ShortSaleBan([(date(2024, 1, 2), date(2024, 1, 1))], ["A"])


RULES: list[Restriction] = [
    NullRestriction(),
    ThresholdSecurities(LISTS),
    Rule201([("GME", date(2021, 1, 28), time(11))]),
    ShortSaleBan([(date(2021, 1, 29), date(2021, 2, 1))], ["GME"], name="made up"),
    TickRule(),
]


@given(
    st.lists(st.sampled_from(RULES), max_size=5),
    st.sampled_from(["GME", "AMC", "700.HK"]),
    st.datetimes(datetime(2021, 1, 27), datetime(2021, 2, 3)),
    st.sampled_from(["market", "limit", "stop"]),
)
def test_several_rules_refuse_exactly_what_one_of_them_refuses(rules, ticker, moment, kind) -> None:
    together: Restriction = NullRestriction()
    for rule in rules:
        together = together | rule
    asked = ShortSale(Symbol.create(ticker), moment, kind, 20.0, 20.0)
    tags = [tag for rule in rules if (tag := rule.refusal(asked)) is not None]
    assert together.refusal(asked) == (tags[0] if tags else None)
    above = any(rule.fills_only_above(asked.symbol, moment) for rule in rules)
    assert together.fills_only_above(asked.symbol, moment) is above
    assert len(together.parts()) == sum(not isinstance(rule, NullRestriction) for rule in rules)


def test_null_drops_out_and_what_is_left_is_the_rule_itself() -> None:
    ban = RULES[3]
    assert (NullRestriction() | ban) is ban
    assert (ban | NullRestriction()) is ban
    assert isinstance(NullRestriction() | NullRestriction(), NullRestriction)
    assert "ShortSaleBan('made up'" in repr(ban | RULES[4])
