"""Raw Interactive Brokers files, every quirk written out by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shortable.clock import to_instant
from shortable.errors import (
    ImportRefusedError,
    InvalidInputError,
    SnapshotConflictError,
    SymbolError,
    TimeError,
)
from shortable.importers import import_source
from shortable.importers.needs import NeedsError
from shortable.importers.sources.interactive_brokers import parse_file, parse_interactive_brokers

BOF = "#BOF|2021.04.23|19:00:02"
HEADER = "#SYM|CUR|NAME|CON|ISIN|REBATERATE|FEERATE|AVAILABLE|"


def file_of(
    *rows: str, bof: str = BOF, header: str = HEADER, end: str = "\n", eof: str | None = ""
) -> bytes:
    lines = [line for line in (bof, header, *rows) if line]
    if eof is not None:
        lines.append(eof or f"#EOF|{len(rows)}")
    return (end.join(lines) + end).encode()


def row(
    symbol: str,
    available: str = "100",
    rebate: str = "-0.19",
    fee: str = "0.25",
    currency: str = "USD",
) -> str:
    return f"{symbol}|{currency}|SOME NAME|1|XX|{rebate}|{fee}|{available}|"


def stored(parsed: Any) -> list[dict[str, Any]]:
    ((_, snapshot),) = parsed.snapshots
    return snapshot.table.to_pylist()


def test_a_row_is_read_by_its_header_and_percent_becomes_fraction() -> None:
    parsed = parse_file(file_of(row("AA", ">10000000"), row("B C", "9300000", "NA", "NA")))
    assert stored(parsed) == [
        # −0.19 % is −0.0019 and 0.25 % is 0.0025 a year (S7); >10000000 is a floor.
        {
            "symbol": "AA",
            "currency": "USD",
            "quantity": 10_000_000,
            "quantity_is_floor": True,
            "fee_rate": 0.0025,
            "rebate_rate": -0.0019,
        },
        {
            "symbol": "B.C",
            "currency": "USD",
            "quantity": 9_300_000,
            "quantity_is_floor": False,
            "fee_rate": None,
            "rebate_rate": None,
        },
    ]
    assert parsed.rows_read == 2
    assert parsed.rejects == []
    assert parsed.snapshots[0][1].complete


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "header",
    [
        HEADER,
        "SYM|CUR|NAME|CON|ISIN|REBATERATE|FEERATE|AVAILABLE|",
        "#sym|cur|name|con|isin|RebateRate|feerate|available|",
        "# SYM | CUR | NAME | CON | ISIN | REBATERATE | FEERATE | AVAILABLE |",
        "#SYM|CUR|NAME|CON|ISIN|REBATERATE|FEERATE|AVAILABLE",
    ],
)
def test_header_spellings_and_line_ends(header: str, end: str) -> None:
    parsed = parse_file(file_of(row("GME", "350000"), header=header, end=end))
    assert [(r["symbol"], r["quantity"], r["fee_rate"]) for r in stored(parsed)] == [
        ("GME", 350_000, 0.0025)
    ]


def test_the_newer_layout_with_a_figi() -> None:
    data = file_of("GME|USD|X|1|Y|-0.1|0.2|300|BBG000BB5BF6|", header=HEADER + "FIGI|")
    assert [(r["quantity"], r["rebate_rate"], r["fee_rate"]) for r in stored(parse_file(data))] == [
        (300, -0.001, 0.002)
    ]


def test_columns_in_another_order_are_found_by_name() -> None:
    data = file_of("0.5|GME|7|USD|-1.5|", header="#FEERATE|SYM|AVAILABLE|CUR|REBATERATE|")
    (only,) = stored(parse_file(data))
    assert only["symbol"] == "GME"
    assert (only["quantity"], only["fee_rate"], only["rebate_rate"]) == (7, 0.005, -0.015)


def test_rows_without_their_closing_delimiter() -> None:
    data = file_of("GME|USD|X|1|Y|-0.1|0.2|300", "AMC|USD|X|1|Y|-0.1|0.2|5")
    assert [(r["symbol"], r["quantity"]) for r in stored(parse_file(data))] == [
        ("AMC", 5),
        ("GME", 300),
    ]


@pytest.mark.parametrize("market", ["usa", "canada", "hkex", "germany"])
def test_the_files_time_is_us_eastern_for_every_market(market: str) -> None:
    parsed = parse_file(file_of(row("ABC")), market=market)
    # 19:00:02 in New York on 23 April (summer time, UTC−4) is 23:00:02 UTC.
    assert parsed.snapshots[0][1].as_of == to_instant(datetime(2021, 4, 23, 23, 0, 2, tzinfo=UTC))


def test_a_repeated_hour_counts_from_its_second_occurrence() -> None:
    parsed = parse_file(file_of(row("A"), bof="#BOF|2021.11.07|01:30:00"))
    # Known no earlier than the second 01:30, Eastern Standard Time, UTC−5 (S2).
    assert parsed.snapshots[0][1].as_of == to_instant(datetime(2021, 11, 7, 6, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    ("time", "utc"),
    [
        (datetime(2021, 4, 23, 19), datetime(2021, 4, 23, 23, tzinfo=UTC)),
        ("2021-01-04 09:30", datetime(2021, 1, 4, 14, 30, tzinfo=UTC)),
        (datetime(2021, 4, 23, 19, tzinfo=UTC), datetime(2021, 4, 23, 19, tzinfo=UTC)),
    ],
)
def test_a_file_without_bof_takes_the_callers_time(time: Any, utc: datetime) -> None:
    parsed = parse_file(file_of(row("A"), bof=""), time=time, market="canada")
    assert parsed.snapshots[0][1].as_of == to_instant(utc)


def test_blank_lines_and_a_byte_order_mark_are_passed_over() -> None:
    data = b"\xef\xbb\xbf\r\n" + file_of(row("A") + "\r\n", row("?"), end="\r\n") + b"\r\n"
    parsed = parse_file(data)
    # Line 1 is blank, 2 BOF, 3 header, 4 A, 5 blank, 6 the row with no ticker.
    assert [(r.line, r.text) for r in parsed.rejects] == [(6, row("?"))]
    assert parsed.rows_read == 2
    assert [r["symbol"] for r in stored(parsed)] == ["A"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (row("GME", "-5"), "AVAILABLE -5 is negative"),
        (row("GME", "1.5"), "AVAILABLE 1.5 is not a whole number of shares"),
        (row("GME", "NaN"), "AVAILABLE 'NaN' states no quantity"),
        (row("GME", "many"), "AVAILABLE 'many' is not a number of shares"),
        (row("GME", ""), "AVAILABLE is empty"),
        (row("GME", "9" * 19), "is more shares than can be stored"),
        (row("GME", "0x10"), "AVAILABLE '0x10' is not a number of shares"),
        (row("GME", fee="inf"), "FEERATE 'inf' is not a number"),
        (row("GME", fee="nan?"), "FEERATE 'nan?' is not a number"),
        (row("GME", rebate="1e999"), "REBATERATE '1e999' is not finite"),
        (row("GME", currency="US"), "currency 'US' is not an ISO 4217 code"),
        (row(""), "the symbol is empty"),
        (row("#?"), "ticker='#?' must be"),
        (row("RY.CA"), "symbol 'RY.CA' would read as 'RY' of market 'canada'"),
        (row("GME.US"), "symbol 'GME.US' would read as 'GME' of market 'usa'"),
        (row("US GME"), "symbol 'US GME' would read as 'GME' of market 'usa'"),
        (row("HK.700"), "symbol 'HK.700' would read as '700' of market 'hkex'"),
        (row("AMC"), "duplicate of line 3: AMC in USD"),
        ("GME|USD|X|1|", "the row does not have the header's 8 cells"),
        (row("GME") + "more|", "the row does not have the header's 8 cells"),
    ],
)
def test_a_row_that_cannot_be_used_is_rejected_with_line_and_reason(text: str, reason: str) -> None:
    parsed = parse_file(file_of(row("AMC"), text, row("ZZZ")))
    assert [(r.source, r.line, r.text) for r in parsed.rejects] == [("<bytes>", 4, text)]
    assert reason in parsed.rejects[0].reason
    assert [r["symbol"] for r in stored(parsed)] == ["AMC", "ZZZ"]
    assert parsed.snapshots[0][1].complete


@pytest.mark.parametrize(
    ("market", "ticker"),
    [
        ("canada", "ZFS.L"),
        ("canada", "QQC.F"),
        ("canada", "BAM.PR.T"),
        ("canada", "ZUS.V"),
        ("usa", "RY.TO"),
    ],
)
def test_the_file_says_the_market_and_no_exchange_suffix_is_read(market: str, ticker: str) -> None:
    parsed = parse_file(file_of(row("AMC"), row(ticker)), market=market)
    assert parsed.rejects == []
    symbols = [r["symbol"] for _, s in parsed.snapshots for r in s.table.to_pylist()]
    assert sorted(symbols) == sorted(["AMC", ticker])


def test_a_symbol_in_two_currencies_is_no_duplicate() -> None:
    parsed = parse_file(file_of(row("ABX", "1"), row("ABX", "2", currency="CAD"), row("ABX", "3")))
    assert [(r["currency"], r["quantity"]) for r in stored(parsed)] == [("CAD", 2), ("USD", 1)]
    assert [(r.line, r.reason) for r in parsed.rejects] == [(5, "duplicate of line 3: ABX in USD")]


def test_spellings_of_one_symbol_are_duplicates_and_a_rejected_row_is_no_original() -> None:
    parsed = parse_file(file_of(row("BRK B", "-1"), row("BRK B", "2"), row("BRK/B", "3")))
    assert [(r["symbol"], r["quantity"]) for r in stored(parsed)] == [("BRK.B", 2)]
    assert [(r.line, r.reason) for r in parsed.rejects] == [
        (3, "AVAILABLE -1 is negative"),
        (5, "duplicate of line 4: BRK.B in USD"),
    ]


def test_all_faults_of_a_row_are_told() -> None:
    parsed = parse_file(file_of(row("A"), row("", "x", fee="y")))
    assert parsed.rejects[0].reason == (
        "the symbol is empty; FEERATE 'y' is not a number; AVAILABLE 'x' is not a number of shares"
    )


@pytest.mark.parametrize(
    "ticker", ["NA", "NAN", "TRUE", "FALSE", "INF", "ON", "E", "CON", "PRN", "AUX", "NULL", "NONE"]
)
def test_tickers_that_look_like_something_else(ticker: str) -> None:
    assert [r["symbol"] for r in stored(parse_file(file_of(row(ticker))))] == [ticker]


def test_hong_kong_codes_lose_their_leading_zeros() -> None:
    parsed = parse_file(
        file_of(row("00700", currency="HKD"), row("82800", currency="HKD")), market="hongkong"
    )
    assert [r["symbol"] for r in stored(parsed)] == ["700", "82800"]


def test_junk_tickers_and_quotes_are_text() -> None:
    parsed = parse_file(
        file_of(row("CBAT.OLD"), row("049323AB4"), 'Q|USD|"NAME|1|XX|0|0|5|', row("AAC="))
    )
    assert [r["symbol"] for r in stored(parsed)] == ["049323AB4", "AAC=", "CBAT.OLD", "Q"]
    assert parsed.rejects == []


def test_text_that_is_not_utf8_harms_only_the_cells_it_is_in() -> None:
    data = file_of(row("A"), row("B")).replace(b"SOME NAME", b"SOCI\xc9T\xc9")
    assert [r["symbol"] for r in stored(parse_file(data))] == ["A", "B"]
    damaged = parse_file(data.replace(b"\nB|", b"\n\xc9|"))
    assert [r["symbol"] for r in stored(damaged)] == ["A"]
    assert [r.line for r in damaged.rejects] == [4]


WHOLE = file_of(row("A"), row("B", "200"), row("C"))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b" \r\n ", "the file is empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "neither text nor Parquet"),
        (b"Symbol,Quantity\nA,1\n", "its header lacks SYM, CUR, REBATERATE, FEERATE, AVAILABLE"),
        (
            file_of(row("A"), header="#SYM|CUR|NAME|REBATERATE|FEERATE|"),
            "its header lacks AVAILABLE",
        ),
        (
            file_of(row("A"), header="#SYM|CUR|SYM|REBATERATE|FEERATE|AVAILABLE|"),
            "its header names SYM twice",
        ),
        (BOF.encode(), "cut off before its header"),
        (
            file_of(row("A"), eof=None),
            "closing #EOF line with the row count is missing after 1 rows",
        ),
        (file_of(row("A"), eof="#EOF|2"), "its #EOF line counts 2 rows, and 1 are there"),
        (file_of(row("A"), eof="#EOF|"), "closing #EOF line with the row count is missing"),
        (file_of(), "the file holds no rows"),
        (file_of(row("?")), "no row can be used; line 3: ticker='?' must be"),
        (file_of(row("A"), bof=""), "has no BOF line and so no time of its own: give `time`"),
        (file_of(row("A"), bof="#BOF|yesterday"), "holds no time"),
        (file_of(row("A"), bof="#BOF|2021.02.30|10:00:00"), "holds no time"),
        (file_of(row("A"), bof="#BOF|2021.03.14|02:30:00"), "must exist in America/New_York"),
        (WHOLE + WHOLE, "rows follow an #EOF line; were two files joined?"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused_by_name(
    tmp_path: Path, data: bytes, message: str
) -> None:
    file = tmp_path / "usa.txt"
    file.write_bytes(data)
    with pytest.raises(ImportRefusedError) as refused:
        import_source("ibkr", file, data_folder=tmp_path / "data")
    assert "usa.txt: " in str(refused.value)
    assert message in str(refused.value)
    assert not list(tmp_path.rglob("*.parquet"))


def test_a_time_that_contradicts_the_file_is_refused() -> None:
    assert parse_file(WHOLE, time=datetime(2021, 4, 23, 19, 0, 2)).rows_read == 3
    with pytest.raises(
        ImportRefusedError, match="contradicts the file's own time, 2021-04-23 19:00:02 US Eastern"
    ):
        parse_file(WHOLE, time=datetime(2021, 4, 23, 20))


@pytest.mark.parametrize("cut", range(len(BOF) + len(HEADER) + 2, len(WHOLE) - 1))
def test_a_file_cut_anywhere_is_refused_and_as_truncated_never_complete_nor_wrong(cut: int) -> None:
    with pytest.raises(ImportRefusedError):
        parse_file(WHOLE[:cut])
    lines = WHOLE[:cut].count(b"\n") - 2
    if lines < 1:
        with pytest.raises(ImportRefusedError):
            parse_file(WHOLE[:cut], allow_truncated=True)
        return
    parsed = parse_file(WHOLE[:cut], allow_truncated=True)
    ((_, snapshot),) = parsed.snapshots
    assert not snapshot.complete
    assert "cut off" in parsed.notes[0]
    whole_rows = stored(parse_file(WHOLE))
    assert snapshot.table.to_pylist() == whole_rows[: min(lines, 3)]
    assert parsed.rows_read == snapshot.rows + len(parsed.rejects)


def test_a_wrong_count_can_be_allowed_too() -> None:
    parsed = parse_file(file_of(row("A"), eof="#EOF|2"), allow_truncated=True)
    assert [r["symbol"] for r in stored(parsed)] == ["A"]
    assert not parsed.snapshots[0][1].complete


def test_an_unknown_market_and_a_missing_file_are_told(tmp_path: Path) -> None:
    with pytest.raises(SymbolError, match="market='mars' must be one of usa"):
        parse_file(WHOLE, market="mars")
    with pytest.raises(
        ImportRefusedError, match=r"nothing\.txt: cannot be read \(No such file or directory\)"
    ):
        parse_file(tmp_path / "nothing.txt")


def test_importing_reports_and_importing_again_changes_nothing(tmp_path: Path) -> None:
    first = import_source("ibkr", WHOLE, data_folder=tmp_path)
    (path,) = tmp_path.rglob("*.parquet")
    before = path.read_bytes()
    again = import_source("ibkr", WHOLE, data_folder=tmp_path)
    assert (first.rows_read, first.rows_stored, first.rows_unchanged) == (3, 3, 0)
    assert (again.rows_read, again.rows_stored, again.rows_unchanged) == (3, 0, 3)
    assert path.read_bytes() == before
    assert (
        path.relative_to(tmp_path).as_posix() == "equity/usa/shortable/interactivebrokers.parquet"
    )
    assert str(first).splitlines() == [
        "interactivebrokers: <bytes>",
        "3 rows read: 3 stored, 0 rejected",
        "  usa 2021-04-23 19:00:02 local (2021-04-23 23:00:02 UTC), complete, 3 rows, stored",
    ]


def test_another_file_of_the_same_time_conflicts_unless_it_replaces(tmp_path: Path) -> None:
    import_source("ibkr", WHOLE, data_folder=tmp_path)
    other = file_of(row("A"), row("B", "201"), row("C"))
    (path,) = tmp_path.rglob("*.parquet")
    before = path.read_bytes()
    with pytest.raises(SnapshotConflictError):
        import_source("ibkr", other, data_folder=tmp_path)
    assert path.read_bytes() == before
    report = import_source("ibkr", other, data_folder=tmp_path, replace=True)
    assert report.rows_stored == 3
    assert import_source("ibkr", other, data_folder=tmp_path).rows_unchanged == 3


def test_one_bad_file_of_several_refuses_all_and_names_itself(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.txt", tmp_path / "bad.txt"
    good.write_bytes(WHOLE)
    bad.write_bytes(WHOLE[:-20])
    with pytest.raises(ImportRefusedError, match=r"^bad\.txt: the file was cut off"):
        import_source("ibkr", [good, bad], data_folder=tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_several_files_in_one_call_and_progress(tmp_path: Path) -> None:
    later = file_of(row("A"), bof="#BOF|2021.04.23|19:15:00")
    seen: list[tuple[str, int, int]] = []
    report = import_source(
        "ibkr", [WHOLE, later], data_folder=tmp_path, progress=lambda *step: seen.append(step)
    )
    assert [s.rows for s in report.snapshots] == [3, 1]
    assert report.rows_read == 4
    assert seen[:3] == [("read", 0, 2), ("read", 1, 2), ("read", 2, 2)]
    assert {stage for stage, _, _ in seen} == {"read", "write"}


def test_the_same_file_twice_in_one_call_is_stored_once(tmp_path: Path) -> None:
    report = import_source("ibkr", [WHOLE, WHOLE], data_folder=tmp_path)
    assert (report.rows_read, report.rows_stored, report.rows_unchanged) == (6, 3, 3)
    other = file_of(row("A"), bof="#BOF|2021.04.24|10:00:00")
    contradicting = file_of(row("A", "9"), bof="#BOF|2021.04.24|10:00:00")
    (path,) = tmp_path.rglob("*.parquet")
    before = path.read_bytes()
    with pytest.raises(SnapshotConflictError):
        import_source("ibkr", [other, contradicting], data_folder=tmp_path)
    assert path.read_bytes() == before


def test_a_file_in_another_markets_currency_is_noted() -> None:
    canadian = file_of(row("ABX", currency="CAD"), row("RY", currency="CAD"), row("X"))
    assert parse_file(canadian).notes == [
        "most rows are in CAD and not in USD: is it the file of another market than 'usa'?"
    ]
    assert parse_file(canadian, market="canada").notes == []


def test_a_brokers_name_is_no_path(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="broker="):
        import_source("ibkr", WHOLE, broker="../../etc", data_folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_time_that_is_given_with_its_zone_is_read_in_it() -> None:
    # 2021-04-23 23:00:02 UTC is 19:00:02 in New York, which is also what the BOF line says.
    bare = parse_file(file_of(row("A"), bof=""), time="2021-04-23 23:00:02", time_zone="UTC")
    assert bare.snapshots[0][1].as_of == parse_file(file_of(row("A"))).snapshots[0][1].as_of
    assert parse_file(WHOLE, time="2021-04-23 23:00:02", time_zone="UTC").rows_read == 3


def test_a_file_that_lost_its_first_and_last_line_is_asked_for_both() -> None:
    stripped = file_of(row("A"), row("B"), bof="", eof=None)
    with pytest.raises(NeedsError) as refused:
        parse_file(stripped)
    assert len(refused.value.needs) == 2
    for option in ("`time`", "`complete=True`", "`allow_truncated=True`"):
        assert option in str(refused.value)
    (_, whole), *_ = parse_file(stripped, time="2021-04-23 19:00", complete=True).snapshots
    assert whole.complete
    (_, part), *_ = parse_file(stripped, time="2021-04-23 19:00", allow_truncated=True).snapshots
    assert not part.complete
    with pytest.raises(NeedsError, match="#EOF line with the row count is missing after 2 rows"):
        parse_file(stripped, time="2021-04-23 19:00")
    with pytest.raises(TimeError, match="time='2021-04-23' must have a time of day"):
        parse_file(stripped, time="2021-04-23", complete=True)


def test_a_count_that_contradicts_the_rows_is_refused_whatever_is_stated() -> None:
    with pytest.raises(ImportRefusedError, match="counts 3 rows, and 1 are there"):
        parse_file(file_of(row("A"), eof="#EOF|3"), complete=True)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_raw_file_with_another_delimiter(delimiter: str) -> None:
    data = file_of(row("A"), row("B", ">10000000")).replace(b"|", delimiter.encode())
    parsed = parse_interactive_brokers(data)
    assert [(r["symbol"], r["quantity"]) for r in stored(parsed)] == [("A", 100), ("B", 10_000_000)]
    assert parsed.snapshots[0][1].complete


def test_symbols_of_rows_that_cannot_be_read_are_unknown_not_absent_s3() -> None:
    parsed = parse_file(
        file_of(
            row("A"),
            row("QQB.US"),
            row("QQC", "1.5"),
            row("QQ D", fee="x"),
            "QQE|USD|X|1|",
            row("A", "7"),
            row("#?"),
            row("F", currency="?"),
        )
    )
    (_, snapshot), *_ = parsed.snapshots
    # As written and as another spelling would read; the second row of A leaves the first one readable.
    assert snapshot.unreadable == ("F", "QQ.D", "QQB", "QQB.US", "QQC", "QQE")
    assert len(parsed.rejects) == 7
    cut = parse_file(file_of(row("A"), row("QQC", "1.5"), eof=None), allow_truncated=True)
    assert cut.snapshots[0][1].unreadable == ()


def test_rows_of_another_currency_are_kept_so_that_they_can_be_found() -> None:
    parsed = parse_file(file_of(row("A"), row("QQL", "10000", currency="CAD")))
    assert [(r["symbol"], r["currency"], r["quantity"]) for r in stored(parsed)] == [
        ("A", "USD", 100),
        ("QQL", "CAD", 10_000),
    ]
