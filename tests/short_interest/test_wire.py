"""Longbridge's JSON, both ways: the documents' own examples, round trips, and what is refused."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable import Market, Symbol
from shortable.errors import InvalidInputError
from shortable.short_interest import HKShortPosition, ShortPositions, USShortPosition
from shortable.short_interest.positions import midnight
from shortable.short_interest.wire import from_json, to_documented, to_wire

US = {
    "timestamp": "1647316800",
    "current_shares_short": "111286790",
    "avg_daily_share_volume": "95077016",
    "days_to_cover": "1.17",
    "rate": "0.0068",
    "close": "",
}
HK = {
    "timestamp": "1718294400",
    "amount": "53677721",
    "balance": "20386798436",
    "cost": "379.800",
    "rate": "0.0057",
}
TSLA, TENCENT = Symbol.create("TSLA"), Symbol.create("700.HK")


def wire(counter: str, *rows: dict[str, Any]) -> dict[str, Any]:
    return {"code": 0, "message": "success", "data": {"counter_id": counter, "data": list(rows)}}


def test_the_wires_us_example() -> None:
    (row,) = read = from_json(wire("ST/US/TSLA", US))
    # 1647316800 is 2022-03-15 04:00 UTC, midnight in New York (summer time).
    assert row == USShortPosition(
        datetime(2022, 3, 15, 4, tzinfo=UTC), 111286790, 95077016, 1.17, 0.0068, None
    )
    assert (read.symbol, row.settlement_date) == (TSLA, date(2022, 3, 15))
    assert to_wire(read) == wire("ST/US/TSLA", US)


def test_the_wires_hk_example() -> None:
    (row,) = read = from_json(wire("ST/HK/700", HK))
    # 2024-06-13 16:00 UTC is the 14th in Hong Kong; 53,677,721 × 379.8 = 20,386,798,435.8.
    assert row == HKShortPosition(
        datetime(2024, 6, 13, 16, tzinfo=UTC), 53677721, 20386798436.0, 379.8, 0.0057
    )
    assert round(53677721 * 379.8) == row.balance
    assert (read.symbol, row.settlement_date) == (TENCENT, date(2024, 6, 14))
    assert to_wire(read) == wire("ST/HK/700", HK)


@pytest.mark.parametrize(
    ("symbol", "row", "time"),
    [("TSLA.US", US, "2022-03-15T04:00:00Z"), ("700.HK", HK, "2024-06-13T16:00:00Z")],
)
def test_the_documented_form(symbol: str, row: dict[str, str], time: str) -> None:
    documented = {"code": 0, "message": "success", "data": [row | {"timestamp": time}]}
    read = from_json(documented, symbol)
    assert to_documented(read) == documented
    assert read.rows == from_json({"data": {"data": [row]}}, symbol).rows


def test_numbers_and_missing_values_in_every_form() -> None:
    row = US | {
        "current_shares_short": 5,
        "avg_daily_share_volume": None,
        "days_to_cover": 1.5,
        "rate": "",
    }
    (read,) = from_json([row], "TSLA.US")
    assert (
        read.current_shares_short,
        read.avg_daily_share_volume,
        read.days_to_cover,
        read.rate,
    ) == (5, None, 1.5, None)
    assert from_json({"data": {"counter_id": "ST/US/TSLA", "data": None}}).rows == ()
    assert from_json({"data": None}, "700.HK").rows == ()


def test_rows_are_ordered_by_date_whatever_their_order() -> None:
    later = US | {"timestamp": str(1647316800 + 16 * 86400)}
    assert [r.settlement_date.day for r in from_json([later, US], "TSLA.US")] == [15, 31]


def test_a_time_inside_the_day_means_the_day() -> None:
    (row,) = from_json([US | {"timestamp": "2022-03-15T23:59:59-04:00"}], "TSLA.US")
    assert row.timestamp == datetime(2022, 3, 15, 4, tzinfo=UTC)


def test_the_client_keeps_its_own_counter() -> None:
    positions = ShortPositions(Symbol.create("SPY"), ())
    assert to_wire(positions, counter_id="ETF/US/SPY") == wire("ETF/US/SPY")


def test_small_and_large_numbers_have_no_exponent() -> None:
    row = USShortPosition(midnight(date(2021, 1, 15), Market.USA), 2**62, 0, 1e-7, 3e-8, 1e22)
    (sent,) = to_wire(ShortPositions(TSLA, (row,)))["data"]["data"]
    assert sent["current_shares_short"] == "4611686018427387904"
    assert (sent["days_to_cover"], sent["rate"], sent["close"]) == (
        "0.0000001",
        "0.00000003",
        "1" + "0" * 22 + ".000",
    )
    assert from_json(wire("ST/US/TSLA", sent)).rows == (row,)


amounts = st.integers(0, 2**63 - 1)
reals = st.none() | st.floats(0, 1e15, allow_nan=False)
days = st.lists(st.dates(date(1990, 1, 1), date(2090, 1, 1)), unique=True, max_size=5).map(sorted)


@given(days, st.data())
def test_what_is_sent_is_read_back(dates: list[date], data: st.DataObject) -> None:
    us = [
        USShortPosition(
            midnight(d, Market.USA),
            data.draw(amounts),
            data.draw(st.none() | amounts),
            *(data.draw(reals) for _ in range(3)),
        )
        for d in dates
    ]
    hk = [
        HKShortPosition(
            midnight(d, Market.HKEX), data.draw(amounts), *(data.draw(reals) for _ in range(3))
        )
        for d in dates
    ]
    for symbol, rows in ((TSLA, us), (TENCENT, hk)):
        positions = ShortPositions(symbol, tuple(rows))
        body = json.loads(json.dumps(to_wire(positions)))
        assert all(isinstance(v, str) for row in body["data"]["data"] for v in row.values())
        assert from_json(body).rows == positions.rows
        assert from_json(to_documented(positions), str(symbol)).rows == positions.rows


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"timestamp": "soon"}, "row 1, timestamp='soon' must be unix seconds or an RFC 3339 time"),
        ({"timestamp": None}, "row 1, timestamp=None must be unix seconds"),
        ({"timestamp": "2022-03-15T04:00:00"}, "must be unix seconds or an RFC 3339"),
        ({"timestamp": "999999999999"}, "must be unix seconds"),
        (
            {"current_shares_short": "1.5"},
            "row 1, current_shares_short='1.5' must be a whole number of shares",
        ),
        ({"current_shares_short": "-1"}, "must be a whole number of shares, at least 0"),
        ({"current_shares_short": ""}, "row 1, current_shares_short='' must be stated"),
        ({"current_shares_short": str(2**63)}, "must be a whole number of shares"),
        (
            {"days_to_cover": "many"},
            "row 1, days_to_cover='many' must be a decimal number as text, at least 0, or empty",
        ),
        ({"rate": "nan"}, "must be a decimal number"),
        ({"rate": "1e400"}, "must be a decimal number"),
        ({"rate": "-0.01"}, "at least 0"),
        ({"close": True}, "must be a decimal number"),
    ],
)
def test_values_that_cannot_be_read(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        from_json([US | change], "TSLA.US")
    assert message in str(caught.value)


def test_documents_that_cannot_be_read() -> None:
    for document, symbol, message in (
        (
            {"code": 301600, "message": "invalid symbol"},
            "X.US",
            "Longbridge answered code 301600: invalid symbol",
        ),
        ({"data": [US]}, None, "The document does not say whose positions these are"),
        (
            wire("ST/US/TSLA", US),
            "GME.US",
            "symbol='GME.US' must be what the document is of, 'ST/US/TSLA'",
        ),
        ({"data": "x"}, "TSLA.US", "must hold a list of rows under 'data'"),
        ("text", "TSLA.US", "must hold a list of rows"),
        ([5], "TSLA.US", "row 1=5 must be an object"),
        ([US, US], "TSLA.US", "must be the only one of its date"),
        ([HK], "TSLA.US", "current_shares_short=None must be stated"),
        ([US], "700.HK", "amount=None must be stated"),
    ):
        with pytest.raises(InvalidInputError) as caught:
            from_json(document, symbol)
        assert message in str(caught.value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["data", "code", "counter_id", "timestamp", "amount", "x"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_whatever_arrives_is_read_or_refused_by_name(document: Any) -> None:
    with contextlib.suppress(InvalidInputError):
        from_json(document, "700.HK")


def test_days_start_at_midnight_on_both_sides_of_a_clock_change() -> None:
    """New York is five hours behind UTC in winter and four in summer; it changes at 02:00."""
    behind = {
        date(2024, 3, 10): 5,
        date(2024, 3, 11): 4,
        date(2024, 11, 3): 4,
        date(2024, 11, 4): 5,
    }
    for day, hours in behind.items():
        assert midnight(day, Market.USA) == datetime(
            day.year, day.month, day.day, hours, tzinfo=UTC
        )


def test_hong_kongs_labels_the_other_way_round() -> None:
    # 53,677,721 shares x 379.8 = 20,386,798,436 HKD: the number that is shares is known by it.
    swapped = HK | {"amount": HK["balance"], "balance": HK["amount"]}
    assert from_json(wire("ST/HK/700", swapped)) == from_json(wire("ST/HK/700", HK))
