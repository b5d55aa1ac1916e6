"""India's SLBM: rupees a share for the whole contract, several series a day, quantities on loan."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings

from shortable import Market
from shortable.clock import from_instant
from shortable.errors import ImportRefusedError, InvalidInputError
from shortable.importers import SOURCES, import_source
from shortable.importers.files import SourceFile
from shortable.importers.needs import NeedsError
from shortable.importers.sources.exchanges.nse import parse_nse
from shortable.store import LENDING, Figures
from tests.importers.fuzz import damaged, read_or_refused

INDIA = Market.INDIA


def line(
    symbol: str = "ABB",
    series: str = "XN",
    *,
    until: str = "03-NOV-2026",
    low: str = "0000012.00",
    high: str = "0000012.00",
    quantity: str = "875",
    value: str = "10500.00",
    day: str = "18-SEP-2026",
) -> str:
    return (
        f"SOME INDIA LIMITED            ,{symbol:10},{series},{until},N,0000017.28,{low},{high},{low},{low},    ,"
        f"{quantity:>15},{value:>18},0000017.28,0000001.00,{day},      12"
    )


def rows(parsed: Any) -> list[dict[str, Any]]:
    return [row for _, _, one in parsed.figures for row in one.to_pylist()]


def test_the_average_fee_is_value_over_quantity() -> None:
    other = line(
        "M&M",
        "O1",
        until="06-OCT-2026",
        low="0000005.00",
        high="0000010.00",
        quantity="750",
        value="5400.50",
    )
    parsed = parse_nse("\r\n".join([line(), other, ""]).encode())
    abb, mahindra = rows(parsed)
    assert [
        abb[name] for name in ("symbol", "date", "contract", "until", "shares", "fees", "trades")
    ] == [
        "ABB",
        date(2026, 9, 18),
        "XN",
        date(2026, 11, 3),
        875,
        10_500.0,
        12,
    ]
    # 10,500 / 875 = 12 rupees; 5,400.50 / 750 = 7.200667.
    assert (abb["fee_per_share"], abb["fee_rate"]) == (12.0, None)
    assert [round(mahindra[f"fee_per_share{which}"], 6) for which in ("_min", "", "_max")] == [
        5,
        7.200667,
        10,
    ]
    assert mahindra["symbol"] == "M&M"
    assert from_instant(int(abb["known_at"].timestamp() * 1e6), INDIA) == datetime(2026, 9, 19)


def test_two_series_of_a_day_are_two_contracts(tmp_path: Path) -> None:
    import_source(
        "nse",
        "\n".join([line(), line(series="XO", until="06-OCT-2026")]).encode(),
        data_folder=tmp_path,
    )
    at = datetime(2026, 9, 19)
    both = Figures("lending", data_folder=tmp_path)
    assert both.value("shares", "ABB.NS", at) == 1750
    with pytest.raises(InvalidInputError, match="pick one of 2 figures of ABB on 2026-09-18"):
        both.value("fee_per_share", "ABB.NS", at)
    one = Figures("lending", where={"contract": "XN"}, data_folder=tmp_path)
    assert one.value("fee_per_share", "ABB.NS", at) == 12.0


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (line(until="03-XXX-2026"), "reverse leg '03-XXX-2026' is not a date such as 03-NOV-2026"),
        (line(until="01-SEP-2026"), "reverse leg 2026-09-01 lies before the trade date 2026-09-18"),
        (line(quantity="-5"), "quantity '-5' is not a number of shares"),
        (
            line(quantity="87"),
            "value / quantity 120.6897 lies outside the lowest and highest fee, 12.0 and 12.0",
        ),
        (line(series="X N"), "series 'X N' is not a series"),
        (line("2021-02-30"), "symbol '2021-02-30' is not a symbol"),  # cells that moved
        (line("ABC"), "duplicate of line 1: ABC at 2026-09-18 XN"),
        ("a,b", "the row does not have 17 cells"),
    ],
)
def test_a_row_that_cannot_be_used_is_rejected(text: str, reason: str) -> None:
    parsed = parse_nse("\n".join([line("ABC"), text]).encode())
    assert [(r.line, r.reason) for r in parsed.rejects] == [(2, reason)]
    assert (len(rows(parsed)), parsed.rows_read) == (1, 2)


POSITIONS = b'Open positions\nSr no,Security,Series,Outstanding Quantity at the end of the day\n1,ABB,XN,"1,875"\n2,ABB,XO,5\n'


def test_quantities_on_loan(tmp_path: Path) -> None:
    parsed = parse_nse(POSITIONS, day="2026-09-18")
    assert [(r["symbol"], r["date"], r["book"], r["balance"]) for r in rows(parsed)] == [
        ("ABB", date(2026, 9, 18), "on_loan:XN", 1875),
        ("ABB", date(2026, 9, 18), "on_loan:XO", 5),
    ]
    named = parse_nse(SourceFile("slb_open_18092026.csv", POSITIONS))
    assert rows(named)[0]["date"] == date(2026, 9, 18)
    assert named.notes == ["the day of the positions, 2026-09-18, was read from the file's name"]
    with pytest.raises(NeedsError, match="neither it nor its name states the day"):
        parse_nse(POSITIONS)
    with pytest.raises(ImportRefusedError, match="must be a date"):
        parse_nse(POSITIONS, day="soon")
    import_source("nse", POSITIONS, day="2026-09-18", data_folder=tmp_path)
    assert (
        Figures("short_balances", data_folder=tmp_path).value(
            "balance", "ABB.NS", datetime(2026, 9, 19)
        )
        == 1880
    )


@pytest.mark.parametrize("data", [b"a,b", b"\x00", line(until="x").encode()])
def test_what_is_no_file_of_nse_is_refused(data: bytes) -> None:
    with pytest.raises(ImportRefusedError):
        parse_nse(data)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(damaged("\n".join([line(), line("M&M", "O1"), ""]).encode()))
def test_a_damaged_file_is_refused_or_every_row_is_accounted_for(data: bytes) -> None:
    text = data.decode("cp1252", errors="replace").replace(",", "")

    def stated(row: dict[str, Any]) -> bool:
        return row["symbol"] in text and str(row["shares"]) in text and row["contract"] in text

    read_or_refused(SOURCES["nse"], data, stated)


def test_the_real_excerpt(real_data: Path, tmp_path: Path) -> None:
    """awk -F, '{gsub(/ /,"",$12); n++; q+=$12; v+=$13; t+=$17} END {printf "%d %.0f %.2f %d"}': 13 2605660 18974732.47 2315."""
    report = import_source(
        "nse", real_data / "india" / "SLBM_BC_18092026_excerpt.DAT", data_folder=tmp_path
    )
    assert (report.rows_read, report.rows_stored) == (13, 13)
    loans = LENDING.open(tmp_path, INDIA, "nse").table()
    sums = [round(pc.sum(loans[name]).as_py(), 2) for name in ("shares", "fees", "trades")]
    assert sums == [2_605_660, 18_974_732.47, 2315]
    found = {(r["symbol"], r["contract"]): round(r["fee_per_share"], 6) for r in loans.to_pylist()}
    # awk: value / quantity.
    assert found["DIXON", "O1"] == 183.363923
    assert found["ATHERENERG", "XO"] == 29.240053
    assert found["ABB", "XN"] == 12.0
    figures = Figures("lending", where={"contract": "XN"}, data_folder=tmp_path)
    assert figures.value("until", "ABB.NS", datetime(2026, 9, 19)) == date(2026, 11, 3)
