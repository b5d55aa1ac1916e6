"""The SFC's weekly positions: days before months, unpadded codes, the close read off value and shares."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.errors import ImportRefusedError
from shortable.importers import import_source
from shortable.importers.sources.sfc import parse_sfc

HEAD = (
    "Date,Stock Code,Stock Name,Aggregated Reportable Short Positions (Shares),"
    "Aggregated Reportable Short Positions (HK$)\n"
)


def parse(*lines: str) -> list[dict[str, object]]:
    return parse_sfc((HEAD + "\n".join(lines) + "\n").encode()).figures[0][2].to_pylist()  # type: ignore[no-any-return]


def test_without_names() -> None:
    text = HEAD.replace("Stock Name,", "") + "02/12/2022,1,11681802,513999288\n"
    (row,) = parse_sfc(text.encode()).figures[0][2].to_pylist()
    assert (row["symbol"], row["name"]) == ("1", None)


def test_a_row() -> None:
    (row,) = parse("02/12/2022,1,CKH HOLDINGS,11681802,513999288")
    known = row.pop("known_at")
    # Midnight of 9 December in Hong Kong, eight hours ahead of UTC; 513,999,288 / 11,681,802 = 44.
    assert known.replace(tzinfo=None) == datetime(2022, 12, 8, 16)  # type: ignore[attr-defined]
    assert row["settlement_date"] == date(2022, 12, 2)
    assert (row["symbol"], row["shares_short"], row["value"], row["close"]) == (
        "1",
        11681802,
        513999288.0,
        44.0,
    )
    assert (row["avg_daily_volume"], row["days_to_cover"], row["name"], row["by_rule"]) == (
        None,
        None,
        "CKH HOLDINGS",
        True,
    )


def test_nothing_reportable_is_zero_and_has_no_close() -> None:
    (row,) = parse("02/12/2022,82800,TRACKER FUND-R,0,0")
    assert (row["symbol"], row["shares_short"], row["value"], row["close"]) == (
        "82800",
        0,
        0.0,
        None,
    )


@pytest.mark.parametrize(
    ("shares", "value", "close"),
    [
        # 0.5 / 1,001 is below half a tick of 0.001; at 1,000 shares two prices round to the same value.
        (1_001, 40_991, 40.95),
        (1_000, 40_950, None),
        (45_925_264, 13_593_878_144, 296.0),
        (253_514_077, 1_688_403_753, 6.66),
        (5_000_000, 1, None),
    ],
)
def test_the_close_is_read_off_where_only_one_price_fits(
    shares: int, value: int, close: float | None
) -> None:
    (row,) = parse(f"02/12/2022,700,TENCENT,{shares},{value}")
    assert row["close"] == close


@given(st.integers(1_001, 10**9), st.integers(1, 10**6))
def test_any_price_on_the_exchanges_grid_is_read_off(shares: int, ticks: int) -> None:
    value = round(shares * ticks / 1000)
    (row,) = parse(f"02/12/2022,700,TENCENT,{shares},{value}")
    assert row["close"] == (ticks / 1000 if value else None)


@pytest.mark.parametrize("code", ["700", "00700", " 700 "])
def test_codes_lose_their_zeros(code: str) -> None:
    assert parse(f"02/12/2022,{code},TENCENT,5,5")[0]["symbol"] == "700"


def test_names_may_hold_commas_and_quotes() -> None:
    assert parse('02/12/2022,700,"TENCENT, ""T""",5,5')[0]["name"] == 'TENCENT, "T"'


def test_rejects() -> None:
    lines = [
        "02/12/2022,1,A,5,5",
        "12/31/2022,2,A,5,5",
        "02/12/2022,ABC,A,5,5",
        "02/12/2022,0,A,5,5",
        "02/12/2022,3,A,-5,5",
        "02/12/2022,4,A,,5",
        "02/12/2022,00001,A,6,6",
        "02/12/2022,5,A",
    ]
    parsed = parse_sfc((HEAD + "\n".join(lines)).encode())
    assert parsed.figures[0][2]["symbol"].to_pylist() == ["1"]
    assert [(r.line, r.reason) for r in parsed.rejects] == [
        (3, "Date '12/31/2022' is not a date"),
        (4, "stock code 'ABC' is not 1 to 5 digits"),
        (5, "stock code '0' is not 1 to 5 digits"),
        (6, "shares -5 is negative"),
        (7, "shares is empty"),
        (8, "duplicate of line 2: 1 at 2022-12-02"),
        (9, "the row does not have the header's 5 cells"),
    ]
    assert parsed.rows_read == 8


def test_turnover_is_no_position(tmp_path: Path) -> None:
    """The exchange's daily short selling turnover is a flow; it never fills `amount`."""
    turnover = b"Date,Stock Code,Stock Name,Short Selling Turnover (Shares),Short Selling Turnover ($)\n28/04/2026,700,T,1,2\n"
    with pytest.raises(ImportRefusedError, match="turnover is a flow, which hkex-turnover reads"):
        import_source("sfc", turnover, data_folder=tmp_path)


def test_importing_again_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "sfc.csv"
    file.write_text(HEAD + "02/12/2022,1,A,5,5\n")
    report = import_source("sfc", file, data_folder=tmp_path / "d", lag=10)
    assert report.to_dict()["snapshots"][0]["local_time"] == "2022-12-12T00:00:00"
    again = import_source("sfc", file, data_folder=tmp_path / "d", lag=10)
    assert (again.rows_stored, again.rows_unchanged, again.broker) == (0, 1, "sfc")


def test_dates_of_another_scrape_and_of_a_file_whose_months_came_first() -> None:
    (row,) = parse("2022-12-02,1,CKH HOLDINGS,11681802,513999288")
    assert row["settlement_date"] == date(2022, 12, 2)
    # The 2nd of December, saved again month first: 12 February 2022 was a Saturday.
    with pytest.raises(ImportRefusedError, match="Date 2022-02-12 is no day of trading"):
        parse("12/02/2022,1,CKH HOLDINGS,11681802,513999288")
