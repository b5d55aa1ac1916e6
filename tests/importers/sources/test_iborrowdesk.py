"""iborrowdesk's JSON: through the day as it was, a day's sum only when the day was over."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from shortable.clock import to_instant
from shortable.errors import ImportRefusedError
from shortable.importers.needs import NeedsError
from shortable.importers.sources.iborrowdesk import parse_iborrowdesk


def document(**changes: Any) -> bytes:
    whole: dict[str, Any] = {
        "symbol": "QQA",
        "country": "usa",
        "latest_fee": 99.0,
        "real_time": [
            {"available": 300, "fee": 0.75, "rebate": -0.5, "time": "2024-05-07T10:15:03"},
            {"available": "10000000", "fee": None, "rebate": None, "time": "2024-05-07T10:30:03"},
        ],
        "daily": [
            {"available": 4000, "fee": 0.5, "rebate": -0.25, "date": "2024-05-06", "high_fee": 9.0}
        ],
    }
    return json.dumps({k: v for k, v in (whole | changes).items() if v is not ...}).encode()


def rows(parsed: Any) -> list[tuple[Any, ...]]:
    return [
        (s.as_of, r["symbol"], r["quantity"], r["fee_rate"], r["rebate_rate"])
        for _, s in parsed.snapshots
        for r in s.table.to_pylist()
    ]


def at(*wall: int) -> int:
    return to_instant(datetime(*wall, tzinfo=UTC))  # type: ignore[arg-type, misc]  # a date's parts


def test_rows_of_the_day_and_the_day_when_it_was_over() -> None:
    parsed = parse_iborrowdesk(document())
    # US Eastern, UTC−4 in May; what is stated for the 6th was known from the 7th, 00:00 in New York.
    assert rows(parsed) == [
        (at(2024, 5, 7, 4), "QQA", 4000, 0.005, -0.0025),
        (at(2024, 5, 7, 14, 15, 3), "QQA", 300, 0.0075, -0.005),
        (at(2024, 5, 7, 14, 30, 3), "QQA", 10_000_000, None, None),
    ]
    assert not any(snapshot.complete for _, snapshot in parsed.snapshots)


def test_the_market_is_the_countrys_and_times_are_us_eastern_all_the_same() -> None:
    parsed = parse_iborrowdesk(document(country="canada", daily=...))
    assert [market.value for market, _ in parsed.snapshots] == ["canada", "canada"]
    assert rows(parsed)[0][0] == at(2024, 5, 7, 14, 15, 3)


def test_the_symbol_may_have_to_be_given() -> None:
    with pytest.raises(NeedsError, match="give `symbol='TICKER'`"):
        parse_iborrowdesk(document(symbol=...))
    assert rows(parse_iborrowdesk(document(symbol=...), symbol="QQB"))[0][1] == "QQB"


def test_rows_that_cannot_be_used_are_rejected() -> None:
    bad = [
        {"available": "many", "fee": 1, "rebate": 1, "time": "2024-05-07T10:15:03"},
        {"available": 5, "fee": "x", "rebate": 1, "time": "2024-05-07T10:15:03"},
        {"available": 5, "fee": 1, "rebate": 1},
        {"available": 5, "fee": 1, "rebate": 1, "time": "noon"},
    ]
    parsed = parse_iborrowdesk(document(real_time=bad))
    assert [r.reason.split(";")[0] for r in parsed.rejects] == [
        "available 'many' is not a number of shares",
        "fee 'x' is not a number",
        "the time is missing",
        "time 'noon' is not a date or time",
    ]
    assert parsed.rows_read == 5


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"<html>", "not JSON"),
        (b"[]", "JSON without real_time or daily"),
        (document(daily=..., real_time=...), "JSON without real_time or daily"),
        (document(daily={"a": 1}), "its 'daily' is no list of records"),
        (document(country="atlantis"), "market='atlantis' must be one of"),
        (document(daily=[], real_time=[{}]), "no row can be used"),
        (document(daily=[], real_time=[]), r"no row can be used \(it holds none\)"),
    ],
)
def test_what_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(ImportRefusedError, match=message):
        parse_iborrowdesk(data)
