"""FinMind's JSON: lots and percent, balances of both books, quotas that overflowed, suspensions."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shortable.clock import from_instant
from shortable.errors import ImportRefusedError
from shortable.importers import SOURCES, import_source
from shortable.importers.sources.exchanges.finmind import parse_finmind
from shortable.market import Market
from shortable.store import Figures
from tests.importers.fuzz import damaged_json, read_or_refused
from tests.importers.sources.exchanges.taiwan_lists import csv_list, row


def loan(**more: Any) -> dict[str, Any]:
    return {
        "date": "2025-03-03",
        "stock_id": "2330",
        "transaction_type": "議借",
        "volume": 5,
        "fee_rate": 0.25,
        "close": 1100.0,
        "original_return_date": "2025-09-03",
        "original_lending_period": 184,
        **more,
    }


def balance(**more: Any) -> dict[str, Any]:
    return {
        "stock_id": "2330",
        "MarginShortSalesPreviousDayBalance": 179_000,
        "MarginShortSalesShortSales": 6_000,
        "MarginShortSalesShortCovering": 16_000,
        "MarginShortSalesStockRedemption": 3_000,
        "MarginShortSalesCurrentDayBalance": 166_000,
        "MarginShortSalesQuota": -1_766_000_000,
        "SBLShortSalesPreviousDayBalance": 5_000,
        "SBLShortSalesShortSales": 100,
        "SBLShortSalesReturns": 200,
        "SBLShortSalesAdjustments": -1_000,
        "SBLShortSalesCurrentDayBalance": 3_900,
        "SBLShortSalesQuota": 77,
        "SBLShortSalesShortCovering": 0,
        "date": "2025-03-03",
        **more,
    }


def answer(*records: dict[str, Any]) -> bytes:
    return json.dumps({"msg": "success", "status": 200, "data": list(records)}).encode()


def rows(parsed: Any) -> list[dict[str, Any]]:
    return [r for _, _, one in (*parsed.figures, *parsed.also) for r in one.to_pylist()]


def test_lots_become_shares_and_percent_fractions() -> None:
    parsed = parse_finmind(
        answer(loan(), loan(fee_rate=3.5, transaction_type="定價", original_return_date=None))
    )
    one, other = rows(parsed)
    assert [
        one[name] for name in ("symbol", "date", "shares", "fee_rate", "price", "until", "trades")
    ] == [
        "2330",
        date(2025, 3, 3),
        5000,
        0.0025,
        1100.0,
        date(2025, 9, 3),
        1,
    ]
    assert (one["contract"], other["contract"]) == (
        "negotiated 0.25 % to 2025-09-03",
        "fixed 3.5 %",
    )
    assert from_instant(int(one["known_at"].timestamp() * 1e6), Market.TAIWAN) == datetime(
        2025, 3, 4
    )


def test_loans_of_the_same_terms_are_added_and_counted(tmp_path: Path) -> None:
    report = import_source(
        "finmind",
        answer(loan(), loan(volume=2), loan(fee_rate=0.75, volume=1)),
        data_folder=tmp_path,
    )
    assert (report.rows_read, report.rows_stored) == (3, 2)
    assert report.passed_over == {"added to a loan of the same terms": 1}
    figures = Figures("lending", data_folder=tmp_path)
    at = datetime(2025, 3, 4)
    assert (figures.value("shares", "2330.TW", at), figures.value("trades", "2330.TW", at)) == (
        8000,
        3,
    )
    # (7,000 × 0.0025 + 1,000 × 0.0075) / 8,000 = 0.003125.
    assert figures.value("fee_rate", "2330.TW", at) == pytest.approx(0.003125, rel=1e-12)
    again = import_source(
        "finmind",
        answer(loan(), loan(volume=2), loan(fee_rate=0.75, volume=1)),
        data_folder=tmp_path,
    )
    assert (again.rows_stored, again.rows_unchanged) == (0, 2)


def test_balances_of_both_books_and_a_quota_that_overflowed(tmp_path: Path) -> None:
    report = import_source(
        "finmind",
        answer(balance(), balance(stock_id="2317", MarginShortSalesQuota=5)),
        data_folder=tmp_path,
    )
    assert (report.rows_read, report.rows_stored) == (2, 2)
    assert report.notes == (
        "1 quotas are negative, overflowed on their way: they are not stated here",
    )
    assert [(c.checked, c.broken) for c in report.identities] == [(4, ())]
    at = datetime(2025, 3, 3, 22, 30)
    margin = Figures("short_balances", where={"book": "margin"}, data_folder=tmp_path)
    assert [margin.value("limit", f"{s}.TW", at) for s in ("2330", "2317")] == [None, 5]
    assert margin.value("balance", "2330.TW", at) == 166_000
    borrowed = Figures("short_balances", where={"book": "borrowed"}, data_folder=tmp_path)
    assert borrowed.rows("2330.TW", at)[0]["adjusted"] == -1000
    with pytest.raises(
        ImportRefusedError, match="2330 borrowed on 2025-03-03: 3,901 instead of 3,900"
    ):
        import_source(
            "finmind",
            answer(balance(SBLShortSalesCurrentDayBalance=3_901)),
            data_folder=tmp_path / "other",
        )


def test_the_exchanges_own_figures_count_before_what_is_passed_on(tmp_path: Path) -> None:
    import_source("finmind", answer(balance()), data_folder=tmp_path)
    import_source(
        "twse", csv_list(date(2025, 3, 3), row("2330", 5_000, 100, 200, -900)), data_folder=tmp_path
    )
    figures = Figures("short_balances", where={"book": "borrowed"}, data_folder=tmp_path)
    assert figures.value("balance", "2330.TW", datetime(2025, 3, 3, 22, 30)) == 4_000


def test_suspensions(tmp_path: Path) -> None:
    record = {"stock_id": "2330", "date": "2025-03-14", "end_date": "2025-03-19", "reason": "除息"}
    import_source("finmind", answer(record), data_folder=tmp_path)
    figures = Figures("restrictions", data_folder=tmp_path)
    assert figures.value("until", "2330.TW", datetime(2025, 3, 13, 23)) is None
    assert figures.rows("2330.TW", datetime(2025, 3, 14))[0]["rule"] == "tw_margin_short_suspension"
    assert figures.value("until", "2330.TW", datetime(2025, 3, 14)) == date(2025, 3, 19)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (loan(stock_id="23"), "stock_id '23' is not a code of 4 to 7 digits and letters"),
        (loan(volume=1.5), "volume '1.5' is not a number of lots"),
        (loan(fee_rate=-1), "fee_rate '-1' is not percent a year"),
        (loan(transaction_type="x"), "transaction_type 'x' is not one of 議借, 競價, 定價"),
        (
            loan(original_return_date="2025-03-01"),
            "returned 2025-03-01 before it was lent 2025-03-03",
        ),
        (loan(date=None), "date '' is not a date"),
        (loan(volume=[1]), "a cell is no text and no number"),
    ],
)
def test_a_record_that_cannot_be_used_is_rejected(record: dict[str, Any], reason: str) -> None:
    parsed = parse_finmind(answer(loan(), record))
    assert [(r.line, r.reason) for r in parsed.rejects] == [(2, reason)]
    assert (len(rows(parsed)), parsed.rows_read) == (1, 2)


@pytest.mark.parametrize(
    "data",
    [
        b"a,b",
        b"[",
        b"{}",
        answer(),
        answer({"date": "2025-03-03", "stock_id": "2330"}),
        answer(loan(volume="x")),
    ],
)
def test_what_is_no_answer_of_finmind_is_refused(data: bytes) -> None:
    with pytest.raises(ImportRefusedError):
        parse_finmind(data)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(["loans", "balances"]), st.data())
def test_a_damaged_answer_is_refused_or_every_row_is_accounted_for(
    kind: str, data: st.DataObject
) -> None:
    given_ = (
        answer(loan(), loan(stock_id="2317"))
        if kind == "loans"
        else answer(balance(), balance(stock_id="2317"))
    )
    document = json.dumps(data.draw(damaged_json(json.loads(given_))))

    def stated(row: dict[str, Any]) -> bool:
        number = row["balance"] if "balance" in row else row["shares"] // 1000
        return f'"{row["symbol"]}' in document and (number > 9 or str(number) in document)

    read_or_refused(SOURCES["finmind"], document.encode("utf-8", "surrogatepass"), stated)
