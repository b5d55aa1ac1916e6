"""Futu's margin ratios: a pool, a permission, percent, and one instant for all markets."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

from shortable.clock import to_instant
from shortable.errors import ImportRefusedError, InvalidInputError
from shortable.importers.needs import NeedsError
from shortable.importers.sources.brokers.futu import parse_futu

HEAD = "code,is_long_permit,is_short_permit,short_pool_remain,short_fee_rate,im_short_ratio"
LINES = (
    "US.QQA,True,True,1500.0,0.75,60.0",
    "US.QQB,True,False,,,60.0",
    "US.QQC,True,False,900.0,2.0,60.0",
    "HK.00005,True,True,26900.0,0.75,60.0",
    "US.QQ.B,True,True,,1.5,60.0",
)
MOMENT = "2024-05-06T10:00-04:00"


def table(*lines: str) -> bytes:
    return "\n".join([HEAD, *lines, ""]).encode()


def rows(parsed: Any) -> dict[str, tuple[str, int | None, float | None]]:
    return {
        r["symbol"]: (market.value, r["quantity"], r["fee_rate"])
        for market, s in parsed.snapshots
        for r in s.table.to_pylist()
    }


def test_pools_permissions_and_percent() -> None:
    parsed = parse_futu(table(*LINES), time=MOMENT)
    assert rows(parsed) == {
        "QQA": ("usa", 1500, 0.0075),
        "QQB": ("usa", 0, None),
        "QQC": ("usa", 0, 0.02),  # a pool that may not be used lends nothing
        "5": ("hkex", 26900, 0.0075),
        "QQ.B": ("usa", None, 0.015),  # permitted, but the pool is not stated
    }
    instant = to_instant(datetime(2024, 5, 6, 14, tzinfo=UTC))
    assert [snapshot.as_of for _, snapshot in parsed.snapshots] == [instant, instant]
    assert not any(snapshot.complete for _, snapshot in parsed.snapshots)


def test_a_frame_of_the_api() -> None:
    frame = pd.DataFrame(
        {
            "code": ["US.QQA", "US.QQB"],
            "is_short_permit": [True, False],
            "short_pool_remain": [1500.0, None],
            "short_fee_rate": [0.75, None],
        }
    )
    assert rows(parse_futu(frame, time=MOMENT)) == {
        "QQA": ("usa", 1500, 0.0075),
        "QQB": ("usa", 0, None),
    }


def test_one_instant_for_all_markets_however_the_time_is_given() -> None:
    zoned = parse_futu(table(*LINES), time="2024-05-06 10:00", time_zone="Asia/Hong_Kong")
    # 10:00 in Hong Kong is 02:00 UTC.
    assert {s.as_of for _, s in zoned.snapshots} == {
        to_instant(datetime(2024, 5, 6, 2, tzinfo=UTC))
    }
    naive = parse_futu(table(*LINES), time="2024-05-06 10:00")
    # Of the two clocks, New York's makes the later instant of it: nothing is known too early.
    assert {s.as_of for _, s in naive.snapshots} == {
        to_instant(datetime(2024, 5, 6, 14, tzinfo=UTC))
    }
    assert naive.notes[0].startswith("the time was read on the clock of America/New_York")
    assert parse_futu(table(LINES[0]), time="2024-05-06 10:00").notes == []
    with pytest.raises(NeedsError, match="give `time`, when it was asked for"):
        parse_futu(table(*LINES))
    with pytest.raises(InvalidInputError, match="time='2024-05-06' must be a date and time"):
        parse_futu(table(*LINES), time="2024-05-06")


def test_rows_that_cannot_be_used() -> None:
    parsed = parse_futu(
        table(
            LINES[0],
            "SH.600000,True,True,5,1,60",
            "QQA,True,True,5,1,60",
            "US.QQD,True,perhaps,5,1,60",
            "US.QQE,True,True,-5,1,60",
            "US.QQF,True,True,5,x,60",
        ),
        time=MOMENT,
    )
    assert [(r.line, r.reason) for r in parsed.rejects] == [
        (3, "code 'SH.600000' is of no market that is read; one reads US.GME or HK.00700"),
        (4, "code 'QQA' is of no market that is read; one reads US.GME or HK.00700"),
        (5, "is_short_permit 'perhaps' is neither true nor false"),
        (6, "short_pool_remain -5 is negative"),
        (7, "short_fee_rate 'x' is not a number"),
    ]


def test_a_table_of_something_else_is_refused() -> None:
    with pytest.raises(
        ImportRefusedError, match="its header lacks is_short_permit, short_pool_remain"
    ):
        parse_futu(b"code,short_fee_rate\nUS.QQA,1\n", time=MOMENT)
